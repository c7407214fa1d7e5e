//! A faulty server of the gallery, started from the page that is about its fault. It is
//! the checker's, in a process of its own: what this server has of it is its command.
//!
//! Only for a reader alone, on whose machine this is, and one at a time.

use super::reader::SameOrigin;
use super::settings::{Audience, Settings};
use rocket::http::Status;
use rocket::response::status::NoContent;
use rocket::serde::json::Json;
use rocket::tokio::task::spawn_blocking;
use rocket::{Route, State, delete, post, routes};
use serde::{Deserialize, Serialize};
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

/// Where a reader's server listens, and one of the gallery in its place.
const PORT: u16 = 8001;

/// What stands in the command's first line before the address.
const LISTENS: &str = " listens at ";

/// The server of the gallery that was started last, in the repository.
pub struct Gallery {
    root: PathBuf,
    running: Mutex<Option<Running>>,
}

/// A process that ends when this is dropped, and when this program does: its standard
/// input is then over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Gallery {
    /// The gallery of the repository `root`, with nothing started.
    pub fn of(root: PathBuf) -> Gallery {
        Gallery {
            root,
            running: Mutex::new(None),
        }
    }

    /// Starts this server in place of the one before, once the checker is built, and
    /// gives its URL.
    fn start(&self, fault: u16) -> Result<String, Refusal> {
        let mut running = match self.running.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(refusal(
                    Status::Conflict,
                    "Another one is being started. Wait until it is.",
                ));
            }
        };
        // Its port is for the next one.
        *running = None;
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let child = Command::new(cargo)
            .args(["run", "--quiet", "--package", "checker", "--", "gallery"])
            .args([&fault.to_string(), "--port", &PORT.to_string()])
            .arg("--until-stdin-ends")
            .current_dir(&self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let child = child.map_err(|error| {
            refusal(Status::BadGateway, &format!("cargo did not start: {error}"))
        })?;
        let Running(child) = running.insert(Running(child));
        let mut line = String::new();
        if let Some(stdout) = &mut child.stdout {
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        if let Some((_, url)) = line.trim_end().split_once(LISTENS) {
            return Ok(url.to_owned());
        }
        // It has ended, and said why.
        let mut why = String::new();
        if let Some(stderr) = &mut child.stderr {
            let _ = stderr.read_to_string(&mut why);
        }
        *running = None;
        Err(refusal(Status::BadGateway, why.trim()))
    }

    fn stop(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = None;
    }
}

#[derive(Deserialize)]
struct Asked {
    /// Its number, from 1.
    fault: u16,
}

#[derive(Serialize)]
struct Started {
    url: String,
}

#[derive(Serialize)]
struct Error {
    error: String,
}

/// Why it was not started, for the reader.
type Refusal = (Status, Json<Error>);

fn refusal(status: Status, error: &str) -> Refusal {
    let error = error.to_owned();
    (status, Json(Error { error }))
}

/// A class has many readers, and this server's machine is none of theirs.
fn of_one_reader(settings: &Settings) -> Result<(), Refusal> {
    match settings.audience {
        Audience::One => Ok(()),
        _ => Err(refusal(
            Status::Forbidden,
            "In a class each reader starts it on a machine of their own, by its command.",
        )),
    }
}

/// Starts a server of the gallery, in place of the one that runs.
#[post("/companion/gallery", format = "json", data = "<asked>")]
async fn start(
    _page: SameOrigin,
    asked: Json<Asked>,
    gallery: &State<Arc<Gallery>>,
    settings: &State<Settings>,
) -> Result<Json<Started>, Refusal> {
    of_one_reader(settings)?;
    let (gallery, fault) = (Arc::clone(gallery), asked.fault);
    let started = spawn_blocking(move || gallery.start(fault)).await;
    let lost = |_| refusal(Status::InternalServerError, "It was not started.");
    started.map_err(lost)?.map(|url| Json(Started { url }))
}

/// Stops it, where one runs.
#[delete("/companion/gallery")]
async fn stop(
    _page: SameOrigin,
    gallery: &State<Arc<Gallery>>,
    settings: &State<Settings>,
) -> Result<NoContent, Refusal> {
    of_one_reader(settings)?;
    let gallery = Arc::clone(gallery);
    let stopped = spawn_blocking(move || gallery.stop()).await;
    let lost = |_| refusal(Status::InternalServerError, "It was not stopped.");
    stopped.map(|()| NoContent).map_err(lost)
}

/// The routes, to be mounted at `/` with a managed `Arc<Gallery>`.
pub fn routes() -> Vec<Route> {
    routes![start, stop]
}
