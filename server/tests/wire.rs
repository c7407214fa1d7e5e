//! The wire from outside: what it streams, to whom, and what it leaves out.

mod harness;

use companion::{Pages, attach};
use exchange::play::http::{Limits, RawResponse, send};
use exchange::play::server::Server;
use harness::InProcess;
use rocket::figment::Figment;
use rocket::{Build, Rocket};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

fn companion(figment: Figment) -> Rocket<Build> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    attach(
        server::rocket(figment),
        server::practice,
        Pages::open(&root).expect("the book"),
    )
}

fn classroom(figment: Figment) -> Rocket<Build> {
    let named = figment.merge(("hosts", "127.0.0.1 https://tls.example"));
    companion(named.merge(("classroom", true)))
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

/// How a page asks for the stream.
const EVENTS: &str = "Accept: text/event-stream\r\n";

const JSON: &str = "Content-Type: application/json\r\n";

/// Two readers' keys.
const ADA: &str = "0123456789abcdef0123456789abcdef";
const EVE: &str = "fedcba9876543210fedcba9876543210";

/// The answer to a page that says whose it is.
fn introduce(server: &InProcess, key: &str, headers: &str) -> RawResponse {
    let headers = format!("{JSON}{headers}");
    let body = format!("{{\"key\":{key:?}}}");
    ask(server, "POST /companion/reader", &headers, &body)
}

/// The cookies that an answer sets, with their attributes.
fn cookies(answer: &RawResponse) -> Vec<String> {
    let set = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    set.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        .collect()
}

/// The headers of the page of the reader with this key, whom it makes known.
fn page_of(server: &InProcess, key: &str) -> String {
    let set = cookies(&introduce(server, key, ""));
    let pair = set[0].split(';').next().expect("a cookie").to_owned();
    format!("Companion-Key: {key}\r\nCookie: {pair}\r\n")
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
    /// Opens it, and takes its greeting. HTTP/1.0 has no chunks, whose sizes would
    /// stand between the lines.
    fn open(server: &InProcess, headers: &str) -> (Wire, Event) {
        let mut socket = TcpStream::connect(server.address()).expect("a connection");
        socket
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a time limit");
        write!(
            socket,
            "GET /companion/wire HTTP/1.0\r\nHost: 127.0.0.1\r\n{EVENTS}{headers}\r\n"
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
        set["value"],
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
fn what_passes_between_two_pages_is_kept_for_one_reader_and_not_in_a_class() {
    let server = InProcess::start(companion);
    ask(&server, "GET /note", "", "");
    let (mut wire, _) = Wire::open(&server, "");
    assert_eq!(wire.next().target(), "/note");

    let server = InProcess::start(classroom);
    let headers = page_of(&server, ADA);
    ask(&server, "GET /note", &headers, "");
    let (mut wire, _) = Wire::open(&server, &headers);
    ask(&server, "GET /greet", &headers, "");
    assert_eq!(wire.next().target(), "/greet");
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
    for key in ["", "ada", "0123456789abcdef0123456789abcdeg"] {
        let headers = format!("{EVENTS}Companion-Key: {key}\r\n");
        let answer = ask(&server, "GET /companion/wire", &headers, "");
        assert_eq!(answer.status, 400, "{key}");
        assert_eq!(introduce(&server, key, "").status, 400, "{key}");
    }
    let without = ask(&server, "GET /companion/wire", EVENTS, "");
    assert_eq!(without.status, 400);
}

#[test]
fn a_link_makes_nobody_another_reader() {
    let server = InProcess::start(classroom);
    let ada = page_of(&server, ADA);
    // What a browser sends along when Ada follows a link to it.
    let link = "Accept: text/html,*/*;q=0.8\r\nSec-Fetch-Site: none\r\n";
    for line in [
        format!("GET /companion/wire?reader={EVE}"),
        format!("GET /companion/wire?companion-key={EVE}"),
        format!("GET /companion/reader?key={EVE}"),
    ] {
        for headers in [link.to_owned(), format!("{link}{ada}")] {
            let answer = ask(&server, &line, &headers, "");
            assert!(answer.status >= 400, "{line}: {}", answer.status);
            assert_eq!(cookies(&answer), [""; 0], "{line}");
        }
    }
    // Nor does a form of another page, which can't send JSON.
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let headers = format!("Content-Type: {kind}\r\n");
        let body = format!("{{\"key\":{EVE:?}}}");
        let answer = ask(&server, "POST /companion/reader", &headers, &body);
        assert!(
            answer.status >= 400 && cookies(&answer).is_empty(),
            "{kind}"
        );
    }
}

#[test]
fn a_reader_who_is_known_stays_that_reader() {
    let server = InProcess::start(classroom);
    let ada = page_of(&server, ADA);
    let other = introduce(&server, EVE, &ada);
    assert_eq!((other.status, cookies(&other).len()), (409, 0));
    let same = introduce(&server, ADA, &ada);
    assert_eq!((same.status, cookies(&same).len()), (204, 0));
    // A cookie that does not open is nobody's.
    let forged = introduce(&server, EVE, "Cookie: companion-reader=forged\r\n");
    assert_eq!((forged.status, cookies(&forged).len()), (204, 1));
    // The page may take it away, and begin anew.
    let taken = ask(&server, "DELETE /companion/reader", &ada, "");
    assert_eq!(taken.status, 204);
    assert!(
        cookies(&taken)[0].contains("Max-Age=0"),
        "{:?}",
        cookies(&taken)
    );
}

#[test]
fn a_key_reads_nothing_with_another_readers_cookie() {
    let server = InProcess::start(classroom);
    let ada = page_of(&server, ADA);
    let mixed = ada.replace(ADA, EVE);
    for headers in [mixed, format!("Companion-Key: {EVE}\r\n")] {
        let headers = format!("{EVENTS}{headers}");
        let answer = ask(&server, "GET /companion/wire", &headers, "");
        assert_eq!(answer.status, 409);
    }
    let (mut wire, _) = Wire::open(&server, &ada);
    ask(&server, "GET /greet?ada", &ada, "");
    assert_eq!(wire.next().target(), "/greet?ada");
}

#[test]
fn where_there_is_tls_the_readers_cookie_is_bound_to_its_host() {
    let server = InProcess::start(classroom);
    let tls = "Host: tls.example\r\n";
    let set = cookies(&introduce(&server, ADA, tls));
    assert!(set[0].starts_with("__Host-companion-reader="), "{set:?}");
    for attribute in ["; Secure", "; Path=/", "; HttpOnly", "; SameSite=Lax"] {
        assert!(set[0].contains(attribute), "{set:?} lacks {attribute}");
    }
    assert!(!set[0].contains("Domain"), "{set:?}");
    // One that a page without TLS could have set says nothing there.
    let plain = page_of(&server, EVE);
    let headers = format!("{tls}{EVENTS}{plain}");
    assert_eq!(
        ask(&server, "GET /companion/wire", &headers, "").status,
        409
    );
}

#[test]
fn the_stream_is_for_who_asks_for_events() {
    let server = InProcess::start(companion);
    for accept in ["", "Accept: */*\r\n", "Accept: text/html, text/*\r\n"] {
        let answer = ask(&server, "GET /companion/wire", accept, "");
        assert_eq!(answer.status, 406, "{accept}");
    }
}

#[test]
fn head_takes_no_stream() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    for _ in 0..20 {
        assert_eq!(ask(&server, "HEAD /companion/wire", EVENTS, "").status, 405);
    }
    get(&server, "/greet");
    assert_eq!(wire.next().target(), "/greet");
}

#[test]
fn a_reader_has_eight_streams_and_the_ninth_ends_the_oldest() {
    let server = InProcess::start(classroom);
    let (ada, eve) = (page_of(&server, ADA), page_of(&server, EVE));
    let (mut hers, _) = Wire::open(&server, &ada);
    let mut open: Vec<_> = (0..20).map(|_| Wire::open(&server, &eve).0).collect();
    for ended in &mut open[..12] {
        assert_eq!(ended.next().name, "elsewhere");
        assert!(ended.lines.next().is_none_or(|line| line.is_err()));
    }
    ask(&server, "GET /greet", &eve, "");
    for wire in &mut open[12..] {
        assert_eq!(wire.next().target(), "/greet");
    }
    // Nobody else's have ended.
    ask(&server, "GET /note", &ada, "");
    assert_eq!(hers.next().target(), "/note");
}

#[test]
fn a_reader_who_takes_nothing_holds_sixteen_streams_and_no_more() {
    let server = InProcess::start(companion);
    let (_first, _) = Wire::open(&server, "");
    // Half a megabyte to send, and nobody reads it.
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for _ in 0..200 {
        let header = format!("{form}X-Long: {}\r\n", "x".repeat(2500));
        ask(&server, "POST /notes", &header, "text=Milk");
    }
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..40 {
        let mut socket = TcpStream::connect(server.address()).expect("a connection");
        write!(
            socket,
            "GET /companion/wire HTTP/1.1\r\nHost: 127.0.0.1\r\n{EVENTS}\r\n"
        )
        .expect("sent");
        let mut start = [0; 12];
        std::io::Read::read_exact(&mut socket, &mut start).expect("a status");
        match &start {
            b"HTTP/1.1 200" => held.push(socket),
            b"HTTP/1.1 429" => refused += 1,
            _ => panic!("{}", String::from_utf8_lossy(&start)),
        }
    }
    assert_eq!(held.len() + refused, 40);
    // Sockets hold some of it, and a stream may end before the next begins.
    assert!(refused > 0, "{} are held", held.len());
}

#[test]
fn what_is_sealed_is_told_opened_or_not_at_all() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    let set = cookies(&ask(&server, "GET /set", "", ""));
    let pair = set[0].split(';').next().expect("a cookie");
    let sealed = pair.split_once('=').expect("a value").1;
    let raw = &sealed[4..30];
    assert!(!wire.next().data.to_string().contains(raw));
    // However it is sent: alone, changed, cut, under another name, without the
    // space that a browser puts between two.
    for header in [
        pair.to_owned(),
        format!("{pair}x"),
        format!("{pair}."),
        pair[..pair.len() - 3].to_owned(),
        format!("other={sealed}"),
        format!("a=1;{pair}"),
        sealed.to_owned(),
    ] {
        let cookie = format!("Cookie: {header}\r\n");
        ask(&server, "GET /greet", &cookie, "");
        let taken = wire.next().data.to_string();
        assert!(!taken.contains(raw), "{header}: {taken}");
        let jar = ask(&server, "GET /companion/jar", &cookie, "");
        let jar = String::from_utf8_lossy(&jar.body).into_owned();
        assert!(!jar.contains(raw), "{header}: {jar}");
    }
}

#[test]
fn a_class_answers_to_its_own_names() {
    let server = InProcess::start(classroom);
    for host in [
        "evil.example",
        "",
        "127.0.0.1.evil.example",
        "class.example",
    ] {
        for line in [
            "GET /greet",
            "GET /book/",
            "GET /companion/jar",
            "GET /nowhere",
        ] {
            let answer = ask(&server, line, &format!("Host: {host}\r\n"), "");
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, 403, "{line} of {host}");
            assert!(said.contains("ROCKET_HOSTS"), "{said}");
        }
    }
    // This machine's own name does for the lessons alone.
    for (line, status) in [("GET /greet", 200), ("GET /companion/jar", 403)] {
        let answer = ask(&server, line, "Host: localhost:8000\r\n", "");
        assert_eq!(answer.status, status, "{line}");
    }
    assert_eq!(ask(&server, "GET /companion/refused", "", "").status, 404);
}

#[test]
fn a_class_plays_for_its_readers() {
    let server = InProcess::start(classroom);
    let headers = format!("{JSON}{}", page_of(&server, ADA));
    let (mut wire, _) = Wire::open(&server, &page_of(&server, ADA));
    for step in 0..2 {
        let body =
            format!(r#"{{"run":"a","exchange":"flash/shown-once","step":{step}}}"#);
        let played = ask(&server, "POST /companion/play", &headers, &body);
        assert_eq!(played.status, 200);
    }
    assert_eq!(wire.next().target(), "/save");
}

#[test]
fn a_proxy_in_front_of_one_reader_is_refused_and_told_what_to_set() {
    let server = InProcess::start(companion);
    for header in [
        "X-Forwarded-For: 10.0.0.1",
        "Via: 1.1 a",
        "Forwarded: for=b",
    ] {
        for line in ["GET /greet", "GET /book/", "POST /notes"] {
            let answer = ask(&server, line, &format!("{header}\r\n"), "");
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            assert_eq!(answer.status, 403, "{line} {header}");
            assert!(said.contains("ROCKET_CLASSROOM=true"), "{said}");
        }
    }
    let class = InProcess::start(classroom);
    let behind = "Host: tls.example\r\nX-Forwarded-For: 10.0.0.1\r\n";
    assert_eq!(ask(&class, "GET /greet", behind, "").status, 200);
}

/// Sends a request whose body ends before it is whole, and reads the answer.
fn cut_short(server: &InProcess, line: &str, headers: &str, body: &str) -> String {
    let mut socket = TcpStream::connect(server.address()).expect("a connection");
    write!(
        socket,
        "{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n{body}"
    )
    .expect("sent");
    socket.shutdown(std::net::Shutdown::Write).expect("its end");
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a time limit");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut socket, &mut answer).expect("an answer");
    let date = |line: &&str| !line.to_ascii_lowercase().starts_with("date:");
    let mut lines: Vec<&str> = answer.lines().filter(date).collect();
    let blank = lines.iter().position(|line| line.is_empty()).unwrap_or(0);
    lines[..blank].sort_unstable();
    lines.join("\n")
}

#[test]
fn a_body_cut_short_is_refused_with_a_page_open_as_with_none() {
    let server = InProcess::start(companion);
    let form =
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n";
    let chunked = "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n";
    let login = "user=ada&password=correct+horse&next=%2Faccount";
    let requests = [
        ("POST /login", form, login.to_owned()),
        (
            "POST /login",
            chunked,
            format!("{:x}\r\n{login}\r\n", login.len()),
        ),
        ("POST /notes", form, "text=Milk+and+tea+and+more".to_owned()),
    ];
    let answers = || {
        requests
            .each_ref()
            .map(|(line, headers, body)| cut_short(&server, line, headers, body))
    };
    let alone = answers();
    let (mut wire, _) = Wire::open(&server, "");
    let watched = answers();
    for answer in &alone {
        assert!(answer.contains("HTTP/1.1 400 "), "{answer}");
        assert!(
            !answer.to_ascii_lowercase().contains("set-cookie"),
            "{answer}"
        );
    }
    assert_eq!(alone, watched);
    // The wire tells what was asked for, and not where it was sent instead.
    let taken = wire.next();
    assert_eq!(taken.target(), "/login");
    assert_eq!(taken.data["request"]["method"], "POST");
    assert_eq!(taken.data["response"]["status"], 400);
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

/// Plays one step for the reader with this key.
fn play(
    server: &InProcess,
    key: &str,
    run: &str,
    exchange: &str,
    step: usize,
) -> RawResponse {
    let headers = format!("{JSON}Companion-Key: {key}\r\n");
    let body = format!(r#"{{"run":{run:?},"exchange":{exchange:?},"step":{step}}}"#);
    ask(server, "POST /companion/play", &headers, &body)
}

#[test]
fn a_step_that_restarts_is_played_on_a_server_of_its_own() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    for (exchange, steps) in [
        ("secret-key/another-key", 5),
        ("no-memory/one-variable-for-everyone", 6),
        ("webhooks/restarted", 4),
    ] {
        for step in 0..steps {
            let answer = play(&server, ADA, exchange, exchange, step);
            let answer: Value = serde_json::from_slice(&answer.body).expect("JSON");
            assert_eq!(answer["differences"], 0, "{exchange}, {step}: {answer}");
            // And the wire tells of it like of any other.
            assert!(!wire.next().target().is_empty());
        }
    }
}

#[test]
fn one_readers_runs_cost_nobody_elses() {
    let server = InProcess::start(classroom);
    let step = |key: &str, run: &str, step: usize| {
        play(&server, key, run, "flash/shown-once", step).status
    };
    assert_eq!(step(ADA, "a", 0), 200);
    for run in 0..300 {
        assert_eq!(step(EVE, &run.to_string(), 0), 200);
    }
    // A run's name is its reader's: another goes on with none.
    assert_eq!(step(EVE, "a", 1), 409);
    assert_eq!(step(ADA, "a", 1), 200);
    // The last four are held.
    for (run, status) in [("295", 409), ("296", 200), ("299", 200)] {
        assert_eq!(step(EVE, run, 1), status, "{run}");
    }
}

#[test]
fn a_reader_plays_four_exchanges_at_once() {
    let server = InProcess::start(classroom);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let one = |run: usize| {
            let server = &server;
            scope.spawn(move || {
                play(server, EVE, &run.to_string(), "login/way-back", 0).status
            })
        };
        let all: Vec<_> = (0..40).map(one).collect();
        // Ada's step is among those of one who sends ten times as many.
        let ada = play(&server, ADA, "a", "flash/shown-once", 0).status;
        assert_eq!(ada, 200);
        all.into_iter()
            .map(|thread| thread.join().expect("a status"))
            .collect()
    });
    let count = |status| statuses.iter().filter(|one| **one == status).count();
    assert!(count(200) >= 4 && count(429) > 0, "{statuses:?}");
    assert_eq!(count(200) + count(429), 40, "{statuses:?}");
}

#[test]
fn readers_who_play_at_once_have_inboxes_of_their_own() {
    let server = InProcess::start(classroom);
    std::thread::scope(|scope| {
        for reader in 0..4 {
            let server = &server;
            scope.spawn(move || {
                let key = format!("{reader:032x}");
                for run in 0..10 {
                    for exchange in ["webhooks/once", "webhooks/taken"] {
                        for step in 0..3 {
                            let run = format!("{exchange}{run}");
                            let played = play(server, &key, &run, exchange, step);
                            let answer: Value =
                                serde_json::from_slice(&played.body).expect("JSON");
                            assert_eq!(answer["differences"], 0, "{answer}");
                        }
                    }
                }
            });
        }
    });
    // What a reader sends by hand is in the inbox that it names.
    let empty = get(&server, "/webhooks/ada");
    assert!(empty.contains("Nothing has arrived."), "{empty}");
}

#[test]
fn the_wire_names_the_inbox_of_the_script() {
    let server = InProcess::start(companion);
    let (mut wire, _) = Wire::open(&server, "");
    for step in 0..5 {
        play(&server, "", "a", "webhooks/taken", step);
    }
    let targets = [(); 5].map(|()| wire.next().target().to_owned());
    let wanted = [
        "/webhooks/ada/empty",
        "/webhooks/ada/github",
        "/webhooks/ada/stripe",
        "/webhooks/ada/standard",
        "/webhooks/ada",
    ];
    assert_eq!(targets, wanted);
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

#[test]
fn what_a_lesson_answers_is_kept_from_caches_scripts_and_other_sites() {
    let server = InProcess::start(companion);
    let header = |answer: &RawResponse, name: &str| {
        let found = answer.headers.iter().find(|(known, _)| known == name);
        let value = found.map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        value.unwrap_or_default()
    };
    let mut asked = 0;
    for (lesson, routes) in server::lessons::all() {
        for route in routes {
            // A dynamic part takes a word.
            let parts = route
                .uri
                .path()
                .split('/')
                .map(|part| if part.starts_with('<') { "ada" } else { part });
            let path = parts.collect::<Vec<_>>().join("/");
            let method = route.method;
            let answer = ask(&server, &format!("{method} {path}"), "", "");
            let said = format!("{lesson}: {method} {path}: {answer:?}");
            assert_eq!(header(&answer, "cache-control"), "no-store", "{said}");
            let policy = header(&answer, "content-security-policy");
            assert!(policy.contains("default-src 'none'"), "{said}");
            assert!(!policy.contains("unsafe"), "{said}");
            let referrer = header(&answer, "referrer-policy");
            assert!(
                ["same-origin", "no-referrer"].contains(&&*referrer),
                "{said}"
            );
            asked += 1;
        }
    }
    assert!(asked > 20, "{asked}");
    // What is the same for all may be kept.
    let style = ask(&server, "GET /style.css", "", "");
    assert_ne!(header(&style, "cache-control"), "no-store");
}
