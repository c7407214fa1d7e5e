//! What a page lets a reader take along works when it is run: every `curl`
//! command in a shell, every `.http` request in the player. The Rocket tests
//! are a file of their own, `generated/copied.rs`, which this one keeps up to
//! date: `UPDATE=1 cargo test --test copies`.

mod harness;

use book::copies;
use exchange::format::library::{self, Entry};
use exchange::format::script::Script;
use exchange::format::transcript::{Transcript, body_text};
use exchange::play::http::Limits;
use exchange::play::normalize::Knowledge;
use exchange::play::player::play;
use exchange::play::server::Server;
use harness::InProcess;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn entries() -> Vec<Entry> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots");
    library::entries(&root).expect("the exchanges")
}

fn read(entry: &Entry) -> (Script, Transcript) {
    (
        entry.script().expect("a script"),
        entry.pin().expect("a pin"),
    )
}

/// An empty folder for one exchange's jar.
fn folder(entry: &Entry) -> PathBuf {
    let name = format!("copies/{}", entry.id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn every_http_copy_is_the_exchange_when_it_is_played() {
    for entry in entries() {
        let (script, pin) = read(&entry);
        let text: String = copies(&script, &pin)
            .into_iter()
            .map(|copies| copies.http + "\n")
            .collect();
        let copied = Script::parse(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", entry.id()));
        let mut server = InProcess::start(server::rocket);
        let played = play(&copied, &mut server, &Limits::default());
        assert_eq!(
            played.transcript.to_string(),
            pin.to_string(),
            "{}",
            entry.id()
        );
    }
}

/// Whether a command is on this machine. What needs it is left out, and said to
/// be; with `REQUIRE_BROWSER=1`, as in CI, that is a failure.
fn has(command: &str) -> bool {
    let found = Command::new(command).arg("--version").output().is_ok();
    if !found {
        eprintln!("left out, the curl commands: there is no {command}");
        assert!(
            std::env::var_os("REQUIRE_BROWSER").is_none(),
            "{command} is required"
        );
    }
    found
}

#[test]
fn every_curl_copy_gets_the_pinned_answer() {
    if !has("bash") || !has("curl") {
        return;
    }
    let mut ran = 0;
    for entry in entries() {
        let (script, pin) = read(&entry);
        let server = InProcess::start(server::rocket);
        let folder = folder(&entry);
        let steps = copies(&script, &pin).into_iter().zip(&pin.turns);
        for (copies, exchange) in steps {
            let Ok(command) = copies.curl else { break };
            let port = server.address().port().to_string();
            let command = command.replace("8000", &port);
            let output = Command::new("bash")
                .args(["-c", &format!("{command} -s")])
                .current_dir(&folder)
                .output()
                .expect("bash");
            let text = body_text(&output.stdout);
            let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
            let what = format!("{}, {command}", entry.id());
            let status = format!("HTTP/1.1 {}", exchange.response.status);
            assert!(head.starts_with(&status), "{what}: {text}");
            let knowledge = Knowledge {
                origin: format!("http://127.0.0.1:{port}"),
                other_origin: format!("http://localhost:{port}"),
                ..Knowledge::default()
            };
            let location = head
                .lines()
                .find_map(|line| line.strip_prefix("location: "))
                .map(|location| knowledge.shown(location));
            let pinned = exchange.response.header("location");
            // What the server makes up is another value here.
            if !pinned.is_some_and(|location| location.contains("{{")) {
                assert_eq!(location.as_deref(), pinned, "{what}");
            }
            assert_eq!(knowledge.shown(body), exchange.response.body, "{what}");
            ran += 1;
        }
    }
    assert!(ran > 40, "only {ran} commands were run");
}

#[test]
fn the_copied_rocket_tests_are_those_that_the_pages_offer() {
    let mut text =
        "//! Made from the pins by `UPDATE=1 cargo test --test copies`: the Rocket tests\n\
         //! that the book's pages offer, as a reader copies them.\n\n\
         #![cfg_attr(rustfmt, rustfmt_skip)]\n\n\
         #[path = \"../harness/mod.rs\"]\n\
         mod harness;\n\n\
         /// A reader's `main.rs` has this function.\n\
         fn rocket() -> rocket::Rocket<rocket::Build> {\n    harness::rocket()\n}\n"
            .to_owned();
    for entry in entries() {
        let (script, pin) = read(&entry);
        for (number, copies) in copies(&script, &pin).into_iter().enumerate() {
            if let Ok(test) = copies.rocket {
                let name = entry.id().replace(['/', '-'], "_");
                let _ = write!(
                    text,
                    "\nmod {name}_{} {{\n    use super::rocket;\n\n{test}}}\n",
                    number + 1
                );
            }
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generated/copied.rs");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &text).expect("copied.rs is written");
    }
    let committed = fs::read_to_string(&path).expect("copied.rs");
    assert!(
        committed == text,
        "server/tests/generated/copied.rs is not what the pins give. Refresh it: UPDATE=1 cargo test --test copies"
    );
}
