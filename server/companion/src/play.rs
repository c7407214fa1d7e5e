//! Plays a page's exchange for its reader, one step at a time, with the player
//! that made the pin: over a socket, to this very server; or to one apart, where a step
//! restarts it or sends a delivery signed with a secret that is not this server's.

use super::apart::{Apart, Plan};
use super::reader::{Keyed, Reader};
use super::wire::Wire;
use book::{Kept, draw_live, kept};
use exchange::format::directive::Directive;
use exchange::format::library;
use exchange::format::script::Script;
use exchange::format::transcript::Transcript;
use exchange::play::http::Limits;
use exchange::play::player::{Player, Stopped};
use exchange::play::server::Server;
use rocket::http::Status;
use rocket::serde::json::Json;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task::spawn_blocking;
use rocket::tokio::time::timeout;
use rocket::{Config, Route, State, post, routes};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// The most runs of one reader that are held; the one that rested longest makes
/// room.
const RUNS: usize = 4;
/// The most runs of all readers, for whom the same goes.
const ALL_RUNS: usize = 1024;
/// The longest name of a run.
const NAME: usize = 64;
/// How long a step may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long this server may take to answer itself: a login at whose name somebody
/// guesses waits five seconds, and four more for a place to be hashed at.
const ANSWER: Duration = Duration::from_secs(12);
/// Said when the server can't play one more.
const FULL: &str = "Many readers play at this moment. Try again.";
/// The most steps that are played at once, and their part of Rocket's threads for
/// what blocks: the lessons need such threads, too, to answer. A login does.
const PLAYERS: usize = 16;
const PART: usize = 4;

/// The runs that are under way.
pub struct Stage {
    /// The exchanges.
    exchanges: PathBuf,
    /// Where this server listens, once it does.
    address: OnceLock<SocketAddr>,
    key: Option<cookie::Key>,
    /// What a server apart is made from.
    apart: Plan,
    /// Whether an exchange may have one of its own. Not in a class, where each
    /// would be paid for by all.
    alone: bool,
    /// The one that takes the deliveries of all, where this server does not believe
    /// the secrets of the book.
    practice: Mutex<Option<Apart>>,
    runs: Mutex<HashMap<Name, Held>>,
    players: Arc<Semaphore>,
}

/// A run is its reader's: another who knows its name has another run.
type Name = (Reader, String);

/// A run that a step is played of, and its place.
type Taken = (Arc<Mutex<Option<Run>>>, usize);

struct Held {
    used: Instant,
    /// Which of its reader's runs it is, below [`RUNS`].
    place: usize,
    /// None until its first step.
    run: Arc<Mutex<Option<Run>>>,
}

impl Held {
    /// Whether a step of it is being played, or waits for its turn.
    fn is_busy(&self) -> bool {
        Arc::strong_count(&self.run) > 1
    }
}

/// One reader's way through one exchange.
struct Run {
    exchange: String,
    script: Script,
    pin: Transcript,
    next: usize,
    player: Player<Box<dyn Server + Send>>,
    /// By the browser's name.
    jars: HashMap<String, Kept>,
}

/// Whether a step of it restarts the server.
fn restarts(script: &Script) -> bool {
    let mut directives = script.steps.iter().flat_map(|step| &step.directives);
    directives.any(|directive| matches!(directive, Directive::Restart { .. }))
}

/// Whether it is one of the lesson whose requests are signed.
fn delivers(exchange: &str) -> bool {
    exchange.starts_with("webhooks/")
}

/// Whether this server takes what is signed with the secrets of the book.
fn believes_the_book() -> bool {
    env::var_os("WEBHOOK_SECRETS").is_none()
}

/// A server, as its player knows it: this one, or the one that takes deliveries.
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
    /// For the exchanges in this folder, and a server with this configuration, that
    /// seals with `key`. `alone` is whether an exchange may have a server of its own.
    pub fn new(
        exchanges: PathBuf,
        key: Option<cookie::Key>,
        apart: Plan,
        alone: bool,
    ) -> Stage {
        let threads = apart.figment.extract_inner("max_blocking");
        let threads = threads.unwrap_or_else(|_| Config::default().max_blocking);
        let players = (threads / PART).clamp(1, PLAYERS);
        Stage {
            exchanges,
            address: OnceLock::new(),
            key,
            apart,
            alone,
            practice: Mutex::default(),
            runs: Mutex::default(),
            players: Arc::new(Semaphore::new(players)),
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
        wire: &Arc<Wire>,
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
        let busy = |fault: String| refusal(Status::ServiceUnavailable, &fault);
        let address = *self.address.get().ok_or_else(|| {
            refusal(
                Status::ServiceUnavailable,
                "The server is only just starting.",
            )
        })?;
        let script = entry.script().map_err(broken)?;
        let own = |address| {
            let key = self.key.clone();
            Box::new(Own { address, key })
        };
        let asked: Box<dyn Server + Send> = if self.alone && restarts(&script) {
            Box::new(Apart::start(&self.apart, wire).map_err(busy)?)
        } else if delivers(exchange) && !believes_the_book() {
            own(self.practice(wire).map_err(busy)?)
        } else {
            own(address)
        };
        let limits = Limits {
            time: ANSWER,
            ..Limits::default()
        };
        let (name, value) = header;
        Ok(Run {
            exchange: exchange.to_owned(),
            script,
            pin: entry.pin().map_err(broken)?,
            next: 0,
            player: Player::new(asked, limits).with_unseen(name, value),
            jars: HashMap::new(),
        })
    }

    /// Where the server listens that takes the deliveries, started if need be.
    fn practice(&self, wire: &Arc<Wire>) -> Result<SocketAddr, String> {
        let practice = self.practice.lock();
        let mut practice = practice.unwrap_or_else(|poisoned| poisoned.into_inner());
        match &mut *practice {
            Some(running) => Ok(running.address()),
            none => {
                let running = Apart::start(&self.apart, wire)?;
                Ok(none.insert(running).address())
            }
        }
    }

    /// The run of this name, which is busy as long as this is held, and its place.
    /// Step 0 begins it, or begins it again.
    fn take(&self, reader: &Reader, asked: &Asked) -> Result<Taken, Refusal> {
        let mut runs = self
            .runs
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let name = (reader.clone(), asked.run.clone());
        if runs.get(&name).is_some_and(Held::is_busy) {
            return Err(refusal(
                Status::TooManyRequests,
                "The step before this one is still being answered.",
            ));
        }
        if asked.step == 0 {
            runs.remove(&name);
            let theirs = |(owner, _): &Name| owner == reader;
            let own = runs.keys().filter(|name| theirs(name)).count();
            if own >= RUNS {
                let busy =
                    "As many of your exchanges as may are being played. Wait for one.";
                make_room(&mut runs, theirs)
                    .ok_or_else(|| refusal(Status::TooManyRequests, busy))?;
            } else if runs.len() >= ALL_RUNS {
                make_room(&mut runs, |_| true)
                    .ok_or_else(|| refusal(Status::ServiceUnavailable, FULL))?;
            }
            let taken = runs.iter().filter(|(name, _)| theirs(name));
            let taken: Vec<usize> = taken.map(|(_, held)| held.place).collect();
            let free = (0..RUNS).find(|place| !taken.contains(place));
            let held = Held {
                used: Instant::now(),
                place: free.unwrap_or_default(),
                run: Arc::default(),
            };
            runs.insert(name.clone(), held);
        }
        let held = runs.get_mut(&name).ok_or_else(|| {
            refusal(
                Status::Conflict,
                "The server no longer knows the steps before this one: it has started anew, or \
                 you have begun other exchanges since. Start over.",
            )
        })?;
        held.used = Instant::now();
        Ok((Arc::clone(&held.run), held.place))
    }
}

/// Drops the run that rested longest, of those that it may be, if one rests.
fn make_room(
    runs: &mut HashMap<Name, Held>,
    may_go: impl Fn(&Name) -> bool,
) -> Option<Held> {
    let resting = runs
        .iter()
        .filter(|(name, held)| may_go(name) && !held.is_busy());
    let (oldest, _) = resting.min_by_key(|(_, held)| held.used)?;
    let oldest = oldest.clone();
    runs.remove(&oldest)
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
                    "This step restarts the server, which no page may do to a class. On your \
                     own machine it is played: cargo run.",
                ));
            }
            Err(stopped) => {
                return Err(refusal(
                    Status::ServiceUnavailable,
                    &format!("No answer: {stopped}."),
                ));
            }
        };
        let took = started.elapsed();
        self.next += 1;
        let pinned = self.pin.turns.get(asked.step).ok_or_else(|| {
            refusal(
                Status::Conflict,
                "This step has no pin yet. Run cargo test, and reload the page.",
            )
        })?;
        let drawn = draw_live(step, pinned, &live, &before);
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
    /// A name that the page made for this run.
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
    let (run, place) = stage.take(&reader, &asked)?;
    let turn = timeout(PATIENCE, Arc::clone(&stage.players).acquire_owned());
    let Ok(Ok(turn)) = turn.await else {
        return Err(refusal(Status::ServiceUnavailable, FULL));
    };
    let header = wire.plays_for(&reader, place);
    let stage = Arc::clone(stage);
    let wire = Arc::clone(wire);
    let played = spawn_blocking(move || {
        let _turn = turn;
        let mut run = run.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let run = match &mut *run {
            Some(run) => run,
            none => none.insert(stage.begin(&asked.exchange, header, &wire)?),
        };
        run.step(&asked).map(Json)
    });
    let lost = |_| refusal(Status::InternalServerError, "The step was not finished.");
    played.await.map_err(lost)?
}

/// The routes, to be mounted at `/` with a managed `Arc<Stage>` and `Arc<Wire>`.
pub fn routes() -> Vec<Route> {
    routes![play]
}
