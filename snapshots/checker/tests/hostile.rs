//! Servers that are broken below HTTP's meaning, or mean harm. Each costs one
//! clear result, never the run, and no more time or memory than was said.

use checker::check::{Check, Report, Settings, check};
use checker::faults::Fault;
use checker::repository::exchanges;
use exchange::format::library::{self, Entry};
use exchange::play::http::Limits;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// A server that does this to each connection, once it has read a request.
fn server(act: fn(&mut TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut request = [0; 4096];
                if stream.read(&mut request).unwrap_or(0) > 0 {
                    act(&mut stream);
                }
            });
        }
    });
    url
}

fn entries() -> Vec<Entry> {
    library::entries(&exchanges()).expect("the exchanges")
}

fn settings() -> Settings {
    Settings {
        limits: Limits {
            time: Duration::from_millis(300),
            ..Limits::default()
        },
        ..Settings::default()
    }
}

fn checked(act: fn(&mut TcpStream)) -> Report {
    let started = Instant::now();
    let report = check(&server(act), &entries(), &settings()).expect("a report");
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    report
}

/// Why there was no answer, said once, and that the run then ends.
fn no_answer(act: fn(&mut TcpStream)) -> String {
    let report = checked(act);
    let failed: Vec<&Check> = report
        .checks
        .iter()
        .filter(|check| check.word() == "failed")
        .collect();
    assert_eq!(failed.len(), 3, "three tries, and then no more");
    for check in &failed {
        assert_eq!(check.findings().len(), 1);
        assert_eq!(check.findings()[0].fault, Fault::NoAnswer);
        assert_eq!(check.audience(), "instructor");
    }
    assert!(!report.passed());
    assert!(report.ended.is_some());
    failed[0].findings()[0].actual.clone()
}

/// Writes for as long as somebody reads.
fn pour(stream: &mut TcpStream, bytes: &[u8]) {
    while stream.write_all(bytes).is_ok() {}
}

fn says(stream: &mut TcpStream, text: &str) {
    let _ = stream.write_all(text.as_bytes());
}

fn sleep() {
    thread::sleep(Duration::from_secs(20));
}

#[test]
fn nobody_listening_is_no_run_at_all() {
    let error = check("http://127.0.0.1:1", &entries(), &settings()).unwrap_err();
    assert!(
        error.contains("nobody listens there") && error.contains("Start your server"),
        "{error}"
    );
}

#[test]
fn a_server_that_hangs_before_its_answer() {
    assert_eq!(
        no_answer(|_| sleep()),
        "the server took too long over the headers"
    );
}

#[test]
fn a_server_that_hangs_in_its_headers() {
    let why = no_answer(|stream| {
        says(stream, "HTTP/1.1 200 OK\r\nContent-");
        sleep();
    });
    assert_eq!(why, "the server took too long over the headers");
}

#[test]
fn a_server_that_hangs_in_its_body() {
    let why = no_answer(|stream| {
        says(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        sleep();
    });
    assert_eq!(why, "the server took too long over the body");
}

#[test]
fn a_server_that_drips_a_byte_at_a_time() {
    let why = no_answer(|stream| {
        says(stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    assert_eq!(why, "the server took too long over the body");
}

#[test]
fn a_body_without_end() {
    let why = no_answer(|stream| {
        says(stream, "HTTP/1.1 200 OK\r\n\r\n");
        pour(stream, &[b'x'; 65536]);
    });
    assert!(why.starts_with("the body is over 1048576 bytes"), "{why}");
}

#[test]
fn chunks_without_end() {
    let why = no_answer(|stream| {
        says(
            stream,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        );
        pour(stream, b"10\r\n0123456789abcdef\r\n");
    });
    assert!(
        why.contains("the body is over") || why.contains("took too long"),
        "{why}"
    );
}

#[test]
fn two_megabytes_of_headers() {
    let why = no_answer(|stream| {
        says(stream, "HTTP/1.1 200 OK\r\n");
        for number in 0..20_000 {
            says(stream, &format!("X-{number}: {}\r\n", "x".repeat(100)));
        }
    });
    assert!(
        why.contains("too many headers") || why.contains("over 65536 bytes"),
        "{why}"
    );
}

#[test]
fn what_is_not_http() {
    let why = no_answer(|stream| says(stream, "220 mail.example ESMTP ready\r\n\r\n"));
    assert!(why.starts_with("the answer is not HTTP/1.1"), "{why}");
}

#[test]
fn half_an_answer() {
    let why = no_answer(|stream| {
        says(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    });
    assert_eq!(why, "the server hung up in the middle of the body");
}

#[test]
fn no_answer_at_all() {
    let why = no_answer(|_| {});
    assert!(
        why.contains("hung up") || why.contains("connection failed"),
        "{why}"
    );
}

#[test]
fn a_connection_that_is_reset() {
    // Closing with bytes that nobody read resets the connection.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || listener.incoming().flatten().for_each(drop));
    let report = check(&url, &entries(), &settings()).expect("a report");
    assert_eq!(report.count("failed"), 3);
    assert!(report.ended.is_some());
}

#[test]
fn a_length_that_is_too_short_cuts_the_body() {
    let report = checked(|stream| {
        says(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHello, stranger!",
        )
    });
    assert!(report.count("failed") > 10);
    assert_eq!(report.ended, None);
}

#[test]
fn a_redirect_to_itself_is_a_wrong_location_and_not_followed() {
    let report = checked(|stream| {
        says(
            stream,
            "HTTP/1.1 303 See Other\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
        )
    });
    let found = |fault: Fault| {
        report.checks.iter().any(|check| {
            check
                .findings()
                .iter()
                .any(|finding| finding.fault == fault)
        })
    };
    assert!(found(Fault::WrongLocation) && found(Fault::NeedlessRedirect));
}

#[test]
fn cookies_and_bytes_that_are_none() {
    let report = checked(|stream| {
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\nSet-Cookie: \xff\xfe=x; Expires=never; Path\r\nSet-Cookie: ;;;\r\n\
              Set-Cookie: =__Host-a=1\r\nContent-Type: text/\xff\r\nContent-Length: 6\r\n\r\n\xff\xfe\x00\xc3<h",
        );
    });
    assert!(report.count("failed") > 10);
    assert_eq!(report.ended, None);
}

#[test]
fn a_slow_server_costs_no_more_than_the_time_for_the_run() {
    let url = server(|stream| {
        thread::sleep(Duration::from_millis(150));
        says(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\nHello, stranger!",
        );
    });
    let settings = Settings {
        time: Duration::from_secs(1),
        ..settings()
    };
    let started = Instant::now();
    let report = check(&url, &entries(), &settings).expect("a report");
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(report.ended.as_deref(), Some("its time was over, 1 s"));
    assert!(!report.passed());
}
