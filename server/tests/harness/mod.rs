//! The server, started in process on a free port.

// Each test program uses its own part of this.
#![allow(dead_code)]

pub mod chromium;

use companion::running::{self, Running};
use exchange::play::server::Server;
use rocket::config::Config;
use rocket::figment::Figment;
use rocket::{Build, Rocket};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A key as `SECRET_KEY` would hold it.
pub const KEY: &str = "the first key, in place of 32 random bytes";
/// Another one.
pub const OTHER_KEY: &str = "the other key, in place of 32 random bytes";

/// Makes a server out of a configuration.
pub type Make = fn(Figment) -> Rocket<Build>;

/// A server on a thread of its own. It stops when it is dropped.
pub struct InProcess {
    make: Make,
    key: &'static str,
    /// Any free one, the first time.
    port: u16,
    running: Option<Running>,
    // Dropped after the server that has it open.
    inboxes: Inboxes,
}

impl InProcess {
    /// Starts what `make` makes, and waits until it listens.
    pub fn start(make: Make) -> InProcess {
        // Rocket's log level is one for the process, and each new server sets
        // it back: so that none speaks into the tests, the logger is silent.
        let _ = log::set_logger(&Silent);
        let mut server = InProcess {
            make,
            key: KEY,
            inboxes: Inboxes::new(),
            port: 0,
            running: None,
        };
        server.launch().expect("the server starts");
        server
    }

    /// Starts it again where it was, with the key it had.
    pub fn launch(&mut self) -> Result<(), String> {
        // Started again, it listens where it did, and has what it kept.
        let figment = figment(self.key, self.port).merge(("inboxes", &self.inboxes.0));
        let running = Running::launch((self.make)(figment))?;
        self.port = running.address().port();
        self.running = Some(running);
        Ok(())
    }

    /// Stops it, as Ctrl-C would.
    pub fn stop(&mut self) {
        self.running = None;
    }
}

impl Server for InProcess {
    fn address(&self) -> SocketAddr {
        self.running.as_ref().expect("the server runs").address()
    }

    fn key(&self) -> Option<cookie::Key> {
        let material = server::lessons::secret_key::secret_key(Some(self.key), false);
        material.ok().map(|bytes| cookie::Key::derive_from(&bytes))
    }

    fn restart(&mut self, another_key: bool) -> Result<(), Option<String>> {
        self.stop();
        if another_key {
            self.key = OTHER_KEY;
        }
        self.launch().map_err(Some)
    }
}

struct Silent;

impl log::Log for Silent {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        false
    }
    fn log(&self, _: &log::Record<'_>) {}
    fn flush(&self) {}
}

/// The configuration of a test server, with `key`, on `port` or any free one.
fn figment(key: &str, port: u16) -> Figment {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let material =
        server::lessons::secret_key::secret_key(Some(key), false).expect("a good key");
    running::alone(Figment::from(Config::release_default()), port)
        .merge(("secret_key", material))
        .merge(("template_dir", here.join("templates")))
}

/// A folder for the inboxes of one server, deleted when it is dropped.
struct Inboxes(PathBuf);

impl Inboxes {
    fn new() -> Inboxes {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("inboxes-{}-{number}", std::process::id());
        Inboxes(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }
}

impl Drop for Inboxes {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The lessons, for a local client.
pub fn rocket() -> Rocket<Build> {
    let _ = log::set_logger(&Silent);
    let inboxes = Inboxes::new();
    let figment = figment(KEY, 0).merge(("inboxes", &inboxes.0));
    // Managed, it is dropped with the server.
    server::rocket(figment).manage(inboxes)
}
