//! Plays a page's exchange for its reader, one step at a time, with the player
//! that made the pin: over a socket, to this very server.

use super::reader::Keyed;
use super::wire::Wire;
use book::{Jar, draw_live, kept};
use exchange::format::library;
use exchange::format::script::Script;
use exchange::format::transcript::Transcript;
use exchange::play::http::Limits;
use exchange::play::player::{Player, Server, Stopped};
use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::tokio::task::spawn_blocking;
use rocket::{Config, Route, State, post, routes};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// The most runs that are held; the one that rested longest makes room.
const RUNS: usize = 256;
/// The longest name of a run.
const NAME: usize = 64;
/// How long this server may take to answer itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// The runs that are under way.
pub struct Stage {
    /// The exchanges.
    exchanges: PathBuf,
    /// Where this server listens, once it does.
    address: OnceLock<SocketAddr>,
    key: Option<cookie::Key>,
    runs: Mutex<HashMap<String, Held>>,
}

struct Held {
    used: Instant,
    run: Arc<Mutex<Run>>,
}

/// One reader's way through one exchange.
struct Run {
    exchange: String,
    script: Script,
    pin: Transcript,
    next: usize,
    player: Player<Own>,
    /// By the browser's name.
    jars: HashMap<String, Jar>,
}

/// This server, as its player knows it.
struct Own {
    address: SocketAddr,
    key: Option<cookie::Key>,
}

impl Server for Own {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn key(&self) -> Option<cookie::Key> {
        self.key.clone()
    }

    fn restart(&mut self, _: bool) -> Result<(), Option<String>> {
        Err(None)
    }
}

impl Stage {
    /// For the exchanges in this folder, and a server that seals with `key`.
    pub fn new(exchanges: PathBuf, key: Option<cookie::Key>) -> Stage {
        Stage {
            exchanges,
            address: OnceLock::new(),
            key,
            runs: Mutex::default(),
        }
    }

    /// Takes note of where the server listens. One that listens everywhere is
    /// reached on loopback.
    pub fn open(&self, config: &Config) {
        let ip = match config.address.is_unspecified() {
            true => Ipv4Addr::LOCALHOST.into(),
            false => config.address,
        };
        let _ = self.address.set(SocketAddr::new(ip, config.port));
    }

    fn begin(
        &self,
        exchange: &str,
        header: (&'static str, String),
    ) -> Result<Run, Refusal> {
        let entry = library::entry(&self.exchanges, exchange);
        let entry = entry.filter(|entry| entry.script_path().is_file());
        let entry = entry.ok_or_else(|| {
            refusal(
                Status::NotFound,
                "There is no such exchange. Reload the page.",
            )
        })?;
        let broken = |fault: String| refusal(Status::InternalServerError, &fault);
        let address = *self.address.get().ok_or_else(|| {
            refusal(
                Status::ServiceUnavailable,
                "The server is only just starting.",
            )
        })?;
        let own = Own {
            address,
            key: self.key.clone(),
        };
        let limits = Limits {
            time: PATIENCE,
            ..Limits::default()
        };
        let (name, value) = header;
        Ok(Run {
            exchange: exchange.to_owned(),
            script: entry.script().map_err(broken)?,
            pin: entry.pin().map_err(broken)?,
            next: 0,
            player: Player::new(own, limits).with_unseen(name, value),
            jars: HashMap::new(),
        })
    }

    /// The run of this name. Step 0 begins it, or begins it again.
    fn run(
        &self,
        asked: &Asked,
        header: (&'static str, String),
    ) -> Result<Arc<Mutex<Run>>, Refusal> {
        let fresh = match asked.step {
            0 => Some(self.begin(&asked.exchange, header)?),
            _ => None,
        };
        let mut runs = self
            .runs
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(run) = fresh {
            let oldest = runs.iter().min_by_key(|(_, held)| held.used);
            let oldest = oldest.map(|(name, _)| name.clone());
            if let Some(oldest) = oldest.filter(|_| runs.len() >= RUNS) {
                runs.remove(&oldest);
            }
            let held = Held {
                used: Instant::now(),
                run: Arc::new(Mutex::new(run)),
            };
            runs.insert(asked.run.clone(), held);
        }
        let held = runs.get_mut(&asked.run).ok_or_else(|| {
            refusal(
                Status::Conflict,
                "The server has started anew and doesn't know the steps before this one. \
                 Start over.",
            )
        })?;
        held.used = Instant::now();
        Ok(Arc::clone(&held.run))
    }
}

impl Run {
    fn step(&mut self, asked: &Asked) -> Result<Answer, Refusal> {
        let step = match self.script.steps.get(asked.step) {
            Some(step)
                if self.next == asked.step && self.exchange == asked.exchange =>
            {
                step
            }
            _ => {
                return Err(refusal(
                    Status::Conflict,
                    "This is not the exchange's next step. Start over.",
                ));
            }
        };
        let browser = step.browser().unwrap_or_default().to_owned();
        let before = self.jars.get(&browser).cloned().unwrap_or_default();
        let started = Instant::now();
        let live = match self.player.step(step) {
            Ok(live) => live,
            // No failure of anything: to a browser it is an answer like others.
            Err(Stopped::Skipped(_)) => {
                return Err(refusal(
                    Status::Ok,
                    "This step restarts the server, which a page can't do. Stop the server \
                     with Ctrl-C and start it again, or see the step played: cargo test.",
                ));
            }
            Err(stopped) => {
                return Err(refusal(
                    Status::BadGateway,
                    &format!("No answer: {stopped}."),
                ));
            }
        };
        let took = started.elapsed();
        self.next += 1;
        let drawn = draw_live(step, &self.pin.turns[asked.step], &live, &before);
        self.jars.insert(browser, kept(&live));
        Ok(Answer {
            html: drawn.html,
            differences: drawn.differences,
            micros: took.as_micros(),
        })
    }
}

#[derive(Deserialize)]
struct Asked {
    /// A name that the page made for this run; who knows it can go on with it.
    run: String,
    exchange: String,
    /// Counted from 0.
    step: usize,
}

#[derive(Serialize)]
struct Answer {
    /// The live answer, drawn like the pinned one.
    html: String,
    /// How many things differ from the pin.
    differences: usize,
    micros: u128,
}

/// Why a step was not sent, for the reader.
type Refusal = (Status, Json<Error>);

#[derive(Serialize)]
struct Error {
    error: String,
}

fn refusal(status: Status, error: &str) -> Refusal {
    let error = error.to_owned();
    (status, Json(Error { error }))
}

/// Sends one step. The steps of a run come in order; step 0 begins it anew.
#[post("/companion/play", format = "json", data = "<asked>")]
async fn play(
    page: Keyed,
    asked: Json<Asked>,
    stage: &State<Arc<Stage>>,
    wire: &State<Arc<Wire>>,
) -> Result<Json<Answer>, Refusal> {
    let asked = asked.into_inner();
    if asked.run.is_empty() || asked.run.len() > NAME {
        return Err(refusal(Status::BadRequest, "A run needs a name."));
    }
    let Keyed(reader) = page;
    let header = wire.plays_for(&reader);
    let stage = Arc::clone(stage);
    let played = spawn_blocking(move || {
        let run = stage.run(&asked, header)?;
        let mut run = run.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        run.step(&asked).map(Json)
    });
    let lost = |_| refusal(Status::InternalServerError, "The step was not finished.");
    played.await.map_err(lost)?
}

/// The routes, to be mounted at `/` with a managed `Arc<Stage>` and `Arc<Wire>`.
pub fn routes() -> Vec<Route> {
    routes![play]
}
