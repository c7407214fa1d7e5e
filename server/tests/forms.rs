//! Forms as they come over a socket.

mod harness;

use exchange::play::server::Server;
use harness::InProcess;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

fn post(server: &InProcess, path: &str, form: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).expect("a connection");
    let wait = Some(Duration::from_secs(10));
    stream.set_read_timeout(wait).expect("a limit");
    let length = form.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_form_that_calls_itself_a_head_gets_an_answer() {
    let server = InProcess::start(server::rocket);
    let answer = post(&server, "/save", "_method=HEAD");
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    let answer = post(&server, "/note", "_method=head&text=Milk");
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.ends_with("</html>\n"), "{answer}");
    for method in ["GET", "DELETE", "OPTIONS", "TRACE", "CONNECT"] {
        let answer = post(&server, "/note", &format!("_method={method}"));
        assert!(answer.starts_with("HTTP/1.1 "), "{method}: {answer}");
    }
}
