//! The server, started in process on a free port.

// Each test program uses its own part of this.
#![allow(dead_code)]

pub mod chromium;

use exchange::play::server::Server;
use rocket::config::{Config, LogLevel};
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::{Build, Rocket, Shutdown};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

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
    inboxes: Inboxes,
    /// Any free one, the first time.
    port: u16,
    running: Option<Running>,
}

struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    thread: JoinHandle<()>,
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
        let (sender, receiver) = mpsc::channel();
        let failed = sender.clone();
        let listen = AdHoc::on_liftoff("listen", move |rocket| {
            let config = rocket.config();
            let address = SocketAddr::new(config.address, config.port);
            let _ = sender.send(Ok((address, rocket.shutdown())));
            Box::pin(async {})
        });
        // Started again, it listens where it did, and has what it kept.
        let figment = figment(self.key)
            .merge(("port", self.port))
            .merge(("inboxes", &self.inboxes.0));
        let rocket = (self.make)(figment).attach(listen);
        let thread = std::thread::spawn(move || {
            rocket::execute(async {
                // Once it listens, nobody waits for this any more.
                if let Err(error) = rocket.launch().await {
                    let _ = failed.send(Err(error.to_string()));
                }
            });
        });
        let (address, shutdown) =
            receiver.recv().map_err(|error| error.to_string())??;
        self.port = address.port();
        self.running = Some(Running {
            address,
            shutdown,
            thread,
        });
        Ok(())
    }

    /// Stops it, as Ctrl-C would.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown.notify();
            let _ = running.thread.join();
        }
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Server for InProcess {
    fn address(&self) -> SocketAddr {
        self.running.as_ref().expect("the server runs").address
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

/// The configuration of a test server: quiet, on a free port, with `key`.
fn figment(key: &str) -> Figment {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let material =
        server::lessons::secret_key::secret_key(Some(key), false).expect("a good key");
    Figment::from(Config::release_default())
        .merge(("address", "127.0.0.1"))
        .merge(("port", 0))
        .merge(("workers", 1))
        .merge(("log_level", LogLevel::Off))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.grace", 0))
        .merge(("shutdown.mercy", 0))
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
    let figment = figment(KEY).merge(("inboxes", &inboxes.0));
    // Managed, it is dropped with the server.
    server::rocket(figment).manage(inboxes)
}
