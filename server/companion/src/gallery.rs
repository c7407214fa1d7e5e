//! A faulty server of the gallery, started from the page that is about its fault. It is
//! the checker's, in a process of its own: what this server has of it is its command.
//!
//! Only for a reader alone, on whose machine this is, and one at a time. Nothing here
//! waits for it: a page asks what became of it.

use super::reader::SameOrigin;
use super::settings::{Audience, Settings, is_setting};
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::status::NoContent;
use rocket::serde::json::Json;
use rocket::{Route, State, delete, get, post, routes};
use serde::{Deserialize, Serialize};
use std::env;
use std::io::{self, BufRead, BufReader, Read};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Where a reader's server listens, and one of the gallery in its place.
const PORT: u16 = 8001;

/// What stands in the command's first line before the address.
const LISTENS: &str = " listens at ";

/// The most that is read of what it says, in bytes.
const LONGEST: u64 = 16 * 1024;

/// The server of the gallery that was started last.
pub struct Gallery {
    root: PathBuf,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    last: Option<Last>,
    /// The book's server ends, and starts no more.
    is_over: bool,
}

/// What was started, or could not be.
struct Last {
    fault: NonZeroU16,
    /// Nothing once it has ended.
    child: Option<Child>,
    said: Arc<Mutex<Said>>,
}

/// What it has said until now.
#[derive(Default)]
struct Said {
    url: Option<String>,
    errors: String,
    /// There is no more to come.
    is_all: bool,
}

/// What became of it, for the page.
#[derive(Serialize)]
#[serde(tag = "state", rename_all = "lowercase")]
enum Standing {
    None,
    Starting { fault: NonZeroU16 },
    Running { fault: NonZeroU16, url: String },
    Ended { fault: NonZeroU16, why: String },
}

impl Gallery {
    /// The gallery of the repository `root`, with nothing started.
    pub fn of(root: PathBuf) -> Gallery {
        Gallery {
            root,
            now: Mutex::default(),
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts this server in place of the one before. The checker is built first, where
    /// it is not.
    fn start(&self, fault: NonZeroU16) {
        let mut now = self.now();
        // Its port is for the next one.
        now.last = None;
        if now.is_over {
            return;
        }
        let said = Arc::new(Mutex::new(Said::default()));
        let child = match self.command(fault).spawn() {
            Ok(mut child) => {
                listen(&mut child, &said);
                Some(child)
            }
            Err(error) => {
                let mut said = lock(&said);
                said.errors = format!("cargo did not start: {error}");
                said.is_all = true;
                None
            }
        };
        now.last = Some(Last { fault, child, said });
    }

    fn command(&self, fault: NonZeroU16) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["run", "--quiet", "--package", "checker", "--", "gallery"])
            .args([&fault.to_string(), "--port", &PORT.to_string()])
            // Also when this program is killed.
            .arg("--until-stdin-ends")
            .current_dir(&self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // It needs neither this server's keys nor its address.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(is_setting) {
                command.env_remove(name);
            }
        }
        command
    }

    fn standing(&self) -> Standing {
        match &mut self.now().last {
            Some(last) => last.standing(),
            None => Standing::None,
        }
    }

    /// Stops it, or its build.
    fn stop(&self) {
        self.now().last = None;
    }

    /// The same, and nothing is started any more: the book's server ends.
    pub fn close(&self) {
        let mut now = self.now();
        now.last = None;
        now.is_over = true;
    }
}

impl Last {
    fn standing(&mut self) -> Standing {
        let fault = self.fault;
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok()?);
        let said = lock(&self.said);
        match (&said.url, ended, &self.child) {
            (Some(url), None, Some(_)) => Standing::Running {
                fault,
                url: url.clone(),
            },
            (None, None, Some(_)) => Standing::Starting { fault },
            // What it said last is on its way.
            (None, Some(_), _) if !said.is_all => Standing::Starting { fault },
            (_, ended, _) => {
                let why = match (said.errors.trim(), ended) {
                    ("", Some(status)) => {
                        format!("It has ended, and not said why: {status}")
                    }
                    (errors, _) => errors.to_owned(),
                };
                Standing::Ended { fault, why }
            }
        }
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn lock(said: &Mutex<Said>) -> MutexGuard<'_, Said> {
    said.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads what it says, each pipe to its end on a thread of its own: a full one would
/// hold it up.
fn listen(child: &mut Child, said: &Arc<Mutex<Said>>) {
    if let Some(stdout) = child.stdout.take() {
        let said = Arc::clone(said);
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout);
            let mut line = String::new();
            let _ = lines.by_ref().take(LONGEST).read_line(&mut line);
            if let Some((_, url)) = line.trim_end().split_once(LISTENS) {
                lock(&said).url = Some(url.to_owned());
            }
            let _ = io::copy(&mut lines, &mut io::sink());
        });
    }
    if let Some(mut stderr) = child.stderr.take() {
        let said = Arc::clone(said);
        thread::spawn(move || {
            let mut errors = Vec::new();
            let _ = stderr.by_ref().take(LONGEST).read_to_end(&mut errors);
            let _ = io::copy(&mut stderr, &mut io::sink());
            let mut said = lock(&said);
            said.errors = String::from_utf8_lossy(&errors).into_owned();
            said.is_all = true;
        });
    }
}

#[derive(Deserialize)]
struct Asked {
    /// Its number, from 1.
    fault: NonZeroU16,
}

/// A request of the one reader's own page, at this machine. A class has many readers, and
/// this server's machine is none of theirs.
struct AtThisMachine;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for AtThisMachine {
    type Error = &'static str;

    async fn from_request(
        request: &'r Request<'_>,
    ) -> Outcome<AtThisMachine, &'static str> {
        let settings = request.rocket().state::<Settings>();
        let is_alone = settings.is_some_and(|it| it.audience == Audience::One);
        let is_here = request.remote().is_none_or(|peer| peer.ip().is_loopback());
        match is_alone && is_here {
            true => SameOrigin::from_request(request)
                .await
                .map(|_| AtThisMachine),
            false => {
                Outcome::Error((Status::Forbidden, "it is not this machine's reader"))
            }
        }
    }
}

/// Starts a server of the gallery, in place of the one that runs.
#[post("/companion/gallery", format = "json", data = "<asked>")]
fn start(
    _reader: AtThisMachine,
    asked: Json<Asked>,
    gallery: &State<Arc<Gallery>>,
) -> Json<Standing> {
    gallery.start(asked.fault);
    Json(gallery.standing())
}

/// What became of it.
#[get("/companion/gallery")]
fn standing(_reader: AtThisMachine, gallery: &State<Arc<Gallery>>) -> Json<Standing> {
    Json(gallery.standing())
}

/// Stops it, where one runs.
#[delete("/companion/gallery")]
fn stop(_reader: AtThisMachine, gallery: &State<Arc<Gallery>>) -> NoContent {
    gallery.stop();
    NoContent
}

/// The routes, to be mounted at `/` with a managed `Arc<Gallery>`.
pub fn routes() -> Vec<Route> {
    routes![start, standing, stop]
}
