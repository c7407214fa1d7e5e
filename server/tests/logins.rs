//! What many logins at once cost the machine: the real binary's memory. With
//! `LOGINS=1000 cargo test --release --test logins -- --nocapture` it says the
//! figures of a release.

#![cfg(target_os = "linux")]

#[path = "harness/binary.rs"]
mod binary;

use binary::Running;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Of what Linux says about a process, one number, in MiB.
fn memory(process: u32, name: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.expect("the process runs");
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    let kib: usize = number.expect("a number").parse().expect("a number");
    kib / 1024
}

/// A login that is refused, or told to come later.
fn log_in(port: u16, name: usize) {
    let form = format!("user=name-{name}&password=a+guess&next=");
    let length = form.len();
    let request = format!(
        "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let is_later = answer.contains(" 503 ") && answer.contains("retry-after: ");
    assert!(answer.contains(" 303 ") || is_later, "{answer}");
}

#[test]
fn many_logins_at_once_take_no_more_memory_than_there_are_cores() {
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_server"));
    command
        .current_dir(temporary)
        .env("ROCKET_PORT", "0")
        .env("ROCKET_INBOXES", temporary.join("logins-inboxes"))
        .env("SECRET_KEY", "a key that is long enough for this test");
    let mut server = Running::start(&mut command);
    let (process, port) = (server.id(), server.port());
    let all =
        std::env::var("LOGINS").map_or(150, |text| text.parse().expect("a number"));

    let (before, next) = (memory(process, "VmRSS"), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..30 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= all {
                        break;
                    }
                    log_in(port, number);
                }
            });
        }
    });
    let (peak, after) = (memory(process, "VmHWM"), memory(process, "VmRSS"));
    println!(
        "{all} logins, 30 at a time: {before} MiB before, {peak} at the most, {after} after"
    );
    let cores = thread::available_parallelism().map_or(1, usize::from);
    // A start that builds the book has its own peak.
    assert!(after <= before + 20 * cores + 30, "{before} to {after} MiB");
    assert!(peak <= before + 20 * cores + 150, "{peak} MiB");
}
