//! A delivery that was thanked for is there: the real binary is killed while
//! deliveries come, while an inbox is emptied, and while it starts.

#[path = "harness/binary.rs"]
mod binary;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use binary::Running;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// The binary, with its inboxes there.
struct Server {
    _binary: Running,
    port: u16,
}

impl Server {
    fn start(inboxes: &Path) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
        command
            .current_dir(inboxes.parent().expect("a folder above"))
            .env("ROCKET_PORT", "0")
            .env("ROCKET_INBOXES", inboxes)
            .env_remove("WEBHOOK_SECRETS")
            .stderr(Stdio::null());
        Running::start(&mut command)
    }

    /// Once it listens.
    fn started(inboxes: &Path) -> Server {
        let mut binary = Server::start(inboxes);
        let port = binary.port();
        Server {
            _binary: binary,
            port,
        }
    }
}

/// What the server says, if it says all of it.
fn post(port: u16, path: &str, head: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn deliver(port: u16, inbox: &str, id: &str) -> Option<String> {
    let secret = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&secret.expect("base64")).expect("a key");
    mac.update(b"Milk");
    let head = format!(
        "X-GitHub-Delivery: {id}\r\nX-Hub-Signature-256: sha256={:x}\r\n",
        mac.finalize().into_bytes()
    );
    post(port, &format!("/webhooks/{inbox}/github"), &head, "Milk")
}

/// Delivers to an inbox until the server is gone, and says what was thanked for.
fn deliver_on(port: u16, inbox: &str, from: usize) -> Vec<String> {
    let mut thanked = Vec::new();
    for number in 0..400 {
        let id = format!("{from}-{number}");
        match deliver(port, inbox, &id) {
            Some(answer) if answer.contains("Thank you.") => thanked.push(id),
            Some(answer) => assert!(answer.is_empty(), "{answer}"),
            None => break,
        }
    }
    thanked
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder.join("inboxes")
}

/// What of this the server no longer knows.
fn lost(port: u16, inbox: &str, thanked: &[String]) -> Vec<String> {
    let is_lost = |id: &&String| {
        let answer = deliver(port, inbox, id).expect("an answer");
        !answer.contains("It was taken before.")
    };
    thanked.iter().filter(is_lost).cloned().collect()
}

#[test]
fn what_was_thanked_for_outlives_kill_9_while_deliveries_come_and_an_inbox_is_emptied()
{
    let inboxes = folder("killed");
    let mut thanked: Vec<(String, Vec<String>)> = Vec::new();
    for round in 0..6_u64 {
        let server = Server::started(&inboxes);
        let (port, inbox) = (server.port, format!("round-{round}"));
        let threads: Vec<_> = (0..3)
            .map(|from| {
                let inbox = inbox.clone();
                thread::spawn(move || deliver_on(port, &inbox, from))
            })
            .collect();
        let emptying = thread::spawn(move || {
            while let Some(answer) = post(port, "/webhooks/other/empty", "", "") {
                assert!(answer.is_empty() || answer.contains("303"), "{answer}");
                deliver(port, "other", "1");
            }
        });
        thread::sleep(Duration::from_millis(120 + 37 * round));
        drop(server);
        emptying.join().expect("no other answer");
        let ids = threads
            .into_iter()
            .flat_map(|it| it.join().expect("an end"));
        thanked.push((inbox, ids.collect()));
    }
    let server = Server::started(&inboxes);
    for (inbox, ids) in thanked {
        assert!(!ids.is_empty(), "{inbox}: nothing was taken");
        assert_eq!(
            lost(server.port, &inbox, &ids),
            Vec::<String>::new(),
            "{inbox}"
        );
    }
}

#[test]
fn what_was_thanked_for_outlives_kill_9_at_the_start() {
    let inboxes = folder("killed-at-start");
    let server = Server::started(&inboxes);
    let ids: Vec<String> = (0..50).map(|number| number.to_string()).collect();
    for id in &ids {
        let answer = deliver(server.port, "ada", id).expect("an answer");
        assert!(answer.contains("Thank you."), "{answer}");
    }
    drop(server);
    for round in 0..30 {
        let server = Server::start(&inboxes);
        thread::sleep(Duration::from_millis(2 * round));
        drop(server);
    }
    let server = Server::started(&inboxes);
    assert_eq!(lost(server.port, "ada", &ids), Vec::<String>::new());
}

#[test]
fn a_second_server_thanks_for_nothing_and_the_first_goes_on() {
    let inboxes = folder("two");
    let first = Server::started(&inboxes);
    let second = Server::started(&inboxes);
    let answer = deliver(second.port, "ada", "1").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    let empty = post(second.port, "/webhooks/ada/empty", "", "").expect("an answer");
    assert!(empty.contains("Nothing%20has%20changed."), "{empty}");
    let answer = deliver(first.port, "ada", "1").expect("an answer");
    assert!(answer.contains("Thank you."), "{answer}");
}
