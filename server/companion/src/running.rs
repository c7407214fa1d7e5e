//! A server on a thread of this process: one of an exchange's own, or a test's.

use rocket::config::LogLevel;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::{Build, Rocket, Shutdown};
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;

/// A server that listens, until it is dropped. It stops as Ctrl-C would stop it.
pub struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Launches it, and waits until it listens.
    ///
    /// # Errors
    ///
    /// Why it does not start.
    pub fn launch(rocket: Rocket<Build>) -> Result<Running, String> {
        let (sender, receiver) = mpsc::channel();
        let failed = sender.clone();
        let listen = AdHoc::on_liftoff("listen", move |rocket| {
            let config = rocket.config();
            let address = SocketAddr::new(config.address, config.port);
            let _ = sender.send(Ok((address, rocket.shutdown())));
            Box::pin(async {})
        });
        let rocket = rocket.attach(listen);
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
        Ok(Running {
            address,
            shutdown,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// This configuration for such a server: on `port` of loopback, any free one where it
/// is 0; small, silent, and gone at once.
pub fn alone(figment: Figment, port: u16) -> Figment {
    figment
        .merge(("address", "127.0.0.1"))
        .merge(("port", port))
        .merge(("workers", 1))
        .merge(("log_level", LogLevel::Off))
        .merge(("shutdown.ctrlc", false))
        .merge(("shutdown.grace", 0))
        .merge(("shutdown.mercy", 0))
}
