//! The wire from outside: what it streams, to whom, and what it leaves out.

mod harness;

use exchange::play::http::{Limits, RawResponse, send};
use exchange::play::server::Server;
use harness::InProcess;
use rocket::figment::Figment;
use rocket::{Build, Rocket};
use serde_json::Value;
use server::companion::{Pages, attach};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

fn companion(figment: Figment) -> Rocket<Build> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    attach(
        server::rocket(figment),
        Pages::open(&root).expect("the book"),
    )
}

fn classroom(figment: Figment) -> Rocket<Build> {
    companion(figment.merge(("classroom", true)))
}

fn without_wire(figment: Figment) -> Rocket<Build> {
    companion(figment.merge(("wire", false)))
}

/// Sends one request, with a `Host` unless `headers` have one.
fn ask(server: &InProcess, line: &str, headers: &str, body: &str) -> RawResponse {
    let host = match headers.to_ascii_lowercase().contains("host:") {
        true => "",
        false => "Host: 127.0.0.1\r\n",
    };
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\n{host}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let method = line.split(' ').next().expect("a method");
    send(
        server.address(),
        method,
        request.as_bytes(),
        &Limits::default(),
    )
    .expect("an answer")
}

fn get(server: &InProcess, path: &str) -> String {
    let answer = ask(server, &format!("GET {path}"), "", "");
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// An open stream of events.
struct Wire {
    lines: std::io::Lines<BufReader<TcpStream>>,
}

#[derive(Debug)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

impl Event {
    fn target(&self) -> &str {
        self.data["request"]["target"].as_str().unwrap_or_default()
    }
}

impl Wire {
    /// Opens it, and takes its greeting.
    fn open(server: &InProcess, headers: &str) -> (Wire, Event) {
        let mut socket = TcpStream::connect(server.address()).expect("a connection");
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a time limit");
        write!(
            socket,
            "GET /companion/wire HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n"
        )
        .expect("sent");
        let mut wire = Wire {
            lines: BufReader::new(socket).lines(),
        };
        let hello = wire.next();
        assert_eq!(hello.name, "hello");
        (wire, hello)
    }

    fn next(&mut self) -> Event {
        let mut event = Event {
            name: "message".to_owned(),
            id: String::new(),
            data: Value::Null,
        };
        loop {
            let line = self.lines.next().expect("an open stream").expect("a line");
            if let Some(name) = line.strip_prefix("event:") {
                event.name = name.trim().to_owned();
            } else if let Some(id) = line.strip_prefix("id:") {
                event.id = id.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data:") {
                event.data = serde_json::from_str(data.trim()).expect("JSON");
            } else if line.is_empty() && event.data != Value::Null {
                return event;
            }
        }
    }
}

#[test]
fn a_turn_is_told_with_what_is_sealed_in_its_cookies() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    get(&server, "/set");
    let taken = wire.next().data;
    assert_eq!(taken["request"]["method"], "GET");
    assert_eq!(taken["response"]["status"], 303);
    let headers = taken["response"]["headers"].as_array().expect("headers");
    let set = headers
        .iter()
        .find(|header| header["name"] == "set-cookie")
        .expect("a cookie");
    assert_eq!(
        set["shown"],
        "session=sealed(Ada); Expires=in 7 days; Path=/; HttpOnly; SameSite=Strict"
    );
}

#[test]
fn a_head_request_is_told_as_one() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    ask(&server, "HEAD /note", "", "");
    let taken = wire.next().data;
    assert_eq!(taken["request"]["method"], "HEAD");
    assert_eq!(taken["response"]["body"]["text"], Value::Null);
}

#[test]
fn a_form_is_told_without_its_passwords_and_the_handler_gets_all_of_it() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    let form =
        "Content-Type: application/x-www-form-urlencoded\r\nX-Api-Key: hunter3\r\n";
    let long = format!("password=hunter2&text=Milk&rest={}", "x".repeat(2000));
    let answer = ask(&server, "POST /notes", form, &long);
    assert_eq!(answer.status, 303);
    let taken = wire.next().data;
    let body = taken["request"]["body"].as_str().expect("a body");
    assert!(
        body.starts_with("password=(left out)&text=Milk&rest=xxx"),
        "{body}"
    );
    assert!(body.len() < 600, "{} bytes", body.len());
    assert!(!taken.to_string().contains("hunter"), "{taken}");
}

#[test]
fn an_answer_is_the_same_whether_or_not_somebody_watches() {
    let server = InProcess::start(companion);
    let plain = ask(&server, "GET /note", "", "");
    let (mut wire, _) = Wire::open(&server, "");
    let watched = ask(&server, "GET /note", "", "");
    assert_eq!(wire.next().target(), "/note");
    let without_date = |answer: RawResponse| {
        let mut headers = answer.headers;
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        (answer.status, headers, answer.body)
    };
    assert_eq!(without_date(plain), without_date(watched));
}

#[test]
fn who_comes_back_gets_what_passed_in_between() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    for path in ["/greet?1", "/greet?2", "/greet?3"] {
        get(&server, path);
    }
    let first = wire.next();
    assert_eq!(first.target(), "/greet?1");
    let (mut again, hello) =
        Wire::open(&server, &format!("Last-Event-ID: {}\r\n", first.id));
    assert_eq!(hello.data["restarted"], false);
    assert_eq!(again.next().target(), "/greet?2");
    assert_eq!(again.next().target(), "/greet?3");
}

#[test]
fn what_the_ring_no_longer_holds_is_said_to_be_lost() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    get(&server, "/greet?first");
    let first = wire.next();
    for number in 0..250 {
        get(&server, &format!("/greet?{number}"));
    }
    let (mut again, _) =
        Wire::open(&server, &format!("Last-Event-ID: {}\r\n", first.id));
    let lost = again.next();
    assert_eq!(
        (lost.name.as_str(), &lost.data["lost"]),
        ("lost", &Value::from(50))
    );
    assert_eq!(again.next().target(), "/greet?50");
}

#[test]
fn a_server_that_started_anew_says_so_and_begins_at_its_first() {
    let server = InProcess::start(companion);
    let (mut wire, hello) = Wire::open(&server, "Last-Event-ID: 18f-7\r\n");
    assert_eq!(hello.data["restarted"], true);
    get(&server, "/greet?first");
    assert_eq!(wire.next().target(), "/greet?first");
}

#[test]
fn the_companions_own_requests_do_not_pass_here() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    for own in [
        "/",
        "/book",
        "/book/",
        "/book/flash.html",
        "/style.css",
        "/companion/jar",
        "/companion/nothing",
    ] {
        get(&server, own);
    }
    get(&server, "/nowhere");
    let taken = wire.next();
    assert_eq!(taken.target(), "/nowhere");
    assert_eq!(taken.data["response"]["status"], 404);
}

#[test]
fn another_site_and_another_host_are_refused() {
    let server = InProcess::start(companion);
    for headers in [
        "Host: evil.example\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "X-Forwarded-For: 10.0.0.1\r\n",
    ] {
        for line in [
            "GET /companion/wire",
            "GET /companion/jar",
            "DELETE /companion/jar",
        ] {
            assert_eq!(
                ask(&server, line, headers, "").status,
                403,
                "{line} {headers}"
            );
        }
        let json = format!("{headers}Content-Type: application/json\r\n");
        let play = r#"{"run":"a","exchange":"flash/shown-once","step":0}"#;
        assert_eq!(
            ask(&server, "POST /companion/play", &json, play).status,
            403,
            "{headers}"
        );
    }
}

#[test]
fn in_a_classroom_there_is_no_wire_without_a_key() {
    let server = InProcess::start(classroom);
    for query in [
        "",
        "?reader=",
        "?reader=ada",
        "?reader=0123456789abcdef0123456789abcdeg",
    ] {
        let line = format!("GET /companion/wire{query}");
        assert_eq!(ask(&server, &line, "", "").status, 400, "{query}");
    }
}

#[test]
fn a_run_takes_its_steps_in_order_and_only_known_ones() {
    let server = InProcess::start(companion);
    let play = |body: &str| {
        ask(
            &server,
            "POST /companion/play",
            "Content-Type: application/json\r\n",
            body,
        )
        .status
    };
    let step = |exchange: &str, step: &str| {
        play(&format!(
            r#"{{"run":"a","exchange":{exchange:?},"step":{step}}}"#
        ))
    };
    assert_eq!(step("flash/shown-once", "1"), 409);
    assert_eq!(step("flash/shown-once", "0"), 200);
    assert_eq!(step("flash/shown-once", "2"), 409);
    assert_eq!(step("flash/one-slot", "1"), 409);
    assert_eq!(step("flash/shown-once", "1"), 200);
    assert_eq!(step("flash/shown-once", "99"), 409);
    for exchange in [
        "flash/nothing",
        "../Cargo",
        "flash",
        "",
        "src/../flash/shown-once",
    ] {
        assert_eq!(step(exchange, "0"), 404, "{exchange}");
    }
    for body in [
        "",
        "{",
        "[]",
        "{\"run\":7}",
        r#"{"run":"a","exchange":"flash/shown-once","step":-1}"#,
    ] {
        assert!([400, 422].contains(&play(body)), "{body}");
    }
}

#[test]
fn more_runs_than_are_held_cost_the_oldest_and_nothing_else() {
    let server = InProcess::start(companion);
    let play = |run: usize, step: usize| {
        let body =
            format!(r#"{{"run":"{run}","exchange":"flash/shown-once","step":{step}}}"#);
        ask(
            &server,
            "POST /companion/play",
            "Content-Type: application/json\r\n",
            &body,
        )
        .status
    };
    for run in 0..300 {
        assert_eq!(play(run, 0), 200);
    }
    assert_eq!(play(0, 1), 409);
    assert_eq!(play(299, 1), 200);
}

#[test]
fn the_wire_can_be_left_out() {
    let server = InProcess::start(without_wire);
    let (wire, _) = Wire::open(&server, "");
    get(&server, "/greet");
    // Nothing comes before the heartbeat, which is a comment and no event.
    let lines = wire.lines.map(|line| line.expect("a line"));
    let before: Vec<String> = lines.take_while(|line| !line.starts_with(':')).collect();
    assert!(
        !before.iter().any(|line| line.starts_with("data:")),
        "{before:?}"
    );
}
