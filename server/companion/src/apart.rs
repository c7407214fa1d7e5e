//! A server apart from this one: the lessons alone, in process, on a free port. It is
//! an exchange's own, for the steps that restart it; or it takes the deliveries that
//! are played, which are signed with the book's secrets.

use crate::Practice;
use crate::inbox::Inboxes;
use crate::running::{self, Running};
use crate::wire::{Recorder, Wire};
use exchange::play::server::Server;
use rocket::figment::Figment;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Seconds after which an inbox that is played with makes room for another.
const REST: u64 = 60;

/// What such a server is made from.
#[derive(Clone)]
pub struct Plan {
    /// The configuration of the server that it is apart from.
    pub figment: Figment,
    /// The lessons that are to be played.
    pub practice: Practice,
}

/// A server that runs until it is dropped.
pub struct Apart {
    plan: Plan,
    wire: Arc<Wire>,
    key: Vec<u8>,
    inboxes: PathBuf,
    /// Any free one, the first time.
    port: u16,
    running: Option<Running>,
}

impl Apart {
    /// Starts one, and waits until it listens.
    ///
    /// # Errors
    ///
    /// Why it does not start.
    pub fn start(plan: &Plan, wire: &Arc<Wire>) -> Result<Apart, String> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let text = |error: rocket::figment::Error| error.to_string();
        let key: Vec<u8> = plan.figment.extract_inner("secret_key").map_err(text)?;
        let inboxes: PathBuf = plan.figment.extract_inner("inboxes").map_err(text)?;
        // Beside the server's own, which nobody else may write.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("played-{}-{number}", std::process::id());
        let mut apart = Apart {
            plan: plan.clone(),
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
        // Started again, it listens where it did, and has what it kept.
        let figment = running::alone(self.plan.figment.clone(), self.port)
            .merge(("secret_key", &self.key))
            .merge(("inboxes", &self.inboxes))
            .merge(("inboxes_rest", REST));
        let rocket = (self.plan.practice)(figment)
            .attach(Inboxes(Arc::clone(&self.wire)))
            .attach(Recorder(Arc::clone(&self.wire)));
        let running = Running::launch(rocket)?;
        self.port = running.address().port();
        self.running = Some(running);
        Ok(())
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        self.running = None;
        let _ = fs::remove_dir_all(&self.inboxes);
    }
}

impl Server for Apart {
    fn address(&self) -> SocketAddr {
        let running = self.running.as_ref();
        // One that did not start again refuses the connection.
        let was = SocketAddr::from(([127, 0, 0, 1], self.port));
        running.map_or(was, Running::address)
    }

    fn key(&self) -> Option<cookie::Key> {
        Some(cookie::Key::derive_from(&self.key))
    }

    fn restart(&mut self, another_key: bool) -> Result<(), Option<String>> {
        self.running = None;
        if another_key {
            let mut key = vec![0; 32];
            getrandom::fill(&mut key).map_err(|error| Some(error.to_string()))?;
            self.key = key;
        }
        self.launch().map_err(Some)
    }
}
