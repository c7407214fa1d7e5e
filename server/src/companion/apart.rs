//! A server of an exchange's own: the lessons alone, in process, on a free port, for
//! the steps that restart it.

use super::wire::{Recorder, Wire};
use exchange::play::server::Server;
use rocket::Shutdown;
use rocket::config::LogLevel;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

/// A server that runs until it is dropped.
pub struct Apart {
    figment: Figment,
    wire: Arc<Wire>,
    key: Vec<u8>,
    inboxes: PathBuf,
    /// Any free one, the first time.
    port: u16,
    running: Option<Running>,
}

struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    thread: JoinHandle<()>,
}

impl Apart {
    /// Starts one like the server with this configuration, and waits until it
    /// listens.
    ///
    /// # Errors
    ///
    /// Why it does not start.
    pub fn start(figment: &Figment, wire: &Arc<Wire>) -> Result<Apart, String> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let text = |error: rocket::figment::Error| error.to_string();
        let key: Vec<u8> = figment.extract_inner("secret_key").map_err(text)?;
        let inboxes: PathBuf = figment.extract_inner("inboxes").map_err(text)?;
        // Beside the server's own, which nobody else may write.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("played-{}-{number}", std::process::id());
        let mut apart = Apart {
            figment: figment.clone(),
            wire: Arc::clone(wire),
            key,
            inboxes: inboxes.with_extension(name),
            port: 0,
            running: None,
        };
        apart.launch()?;
        Ok(apart)
    }

    fn launch(&mut self) -> Result<(), String> {
        let (sender, receiver) = mpsc::channel();
        let failed = sender.clone();
        let listen = AdHoc::on_liftoff("listen", move |rocket| {
            let config = rocket.config();
            let address = SocketAddr::new(config.address, config.port);
            let _ = sender.send(Ok((address, rocket.shutdown())));
            Box::pin(async {})
        });
        // Started again, it listens where it did, and has what it kept.
        let figment = self.figment.clone();
        let figment = figment
            .merge(("address", "127.0.0.1"))
            .merge(("port", self.port))
            .merge(("workers", 1))
            .merge(("log_level", LogLevel::Off))
            .merge(("shutdown.ctrlc", false))
            .merge(("shutdown.grace", 0))
            .merge(("shutdown.mercy", 0))
            .merge(("secret_key", &self.key))
            .merge(("inboxes", &self.inboxes));
        let recorder = Recorder(Arc::clone(&self.wire));
        let rocket = crate::rocket(figment).attach(recorder).attach(listen);
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

    fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown.notify();
            let _ = running.thread.join();
        }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir_all(&self.inboxes);
    }
}

impl Server for Apart {
    fn address(&self) -> SocketAddr {
        let running = self.running.as_ref();
        // One that did not start again refuses the connection.
        running.map_or(SocketAddr::from(([127, 0, 0, 1], self.port)), |it| {
            it.address
        })
    }

    fn key(&self) -> Option<cookie::Key> {
        Some(cookie::Key::derive_from(&self.key))
    }

    fn restart(&mut self, another_key: bool) -> Result<(), Option<String>> {
        self.stop();
        if another_key {
            let mut key = vec![0; 32];
            getrandom::fill(&mut key).map_err(|error| Some(error.to_string()))?;
            self.key = key;
        }
        self.launch().map_err(Some)
    }
}
