//! The wire: what passed between a reader's clients and the lessons.
//!
//! A fairing takes down each turn while its reader has a page open, into a
//! ring of bounded size; where there is one reader alone with their machine, also
//! between two pages: what a link does in the same tab is told by the next one. `GET /companion/wire` streams the ring as server-sent
//! events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>),
//! one JSON object an event; a client that comes back with `Last-Event-ID`
//! gets what it missed, or is told how much of it is gone.
//!
//! In a class with no page open anywhere, a request costs one look at an atomic number
//! before and after it. A turn is kept as it passed; what may be shown of it is made when
//! a page first asks, so that nobody who only sends requests waits for it. This file is
//! long because what is taken down, for whom, and for how long are one question: each is
//! a way to tell a reader another's turn.

use super::gate::{self, SEEN};
use super::private::{self, LEFT_OUT};
use super::reader::{Keyed, Known, Reader, is_own};
use exchange::play::normalize::Knowledge;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Accept, HeaderMap, Method, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::stream::{Event, EventStream};
use rocket::serde::json::{self, json};
use rocket::tokio::select;
use rocket::tokio::sync::Notify;
use rocket::{Data, Responder, Response, Route, Shutdown, State, get, head, routes};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::io::Cursor;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The most turns that a ring holds.
const TURNS: usize = 200;
/// The most bytes that a ring's turns have together as they passed. As they are told,
/// which may be six times as much, they are not kept.
const BYTES: usize = 256 * 1024;
/// A response's text body is cut to this many bytes.
const BODY: usize = 8 * 1024;
/// A longer body is passed on without a look at it.
const LONGEST: usize = 1024 * 1024;
/// The most readers whose turns are held at once.
const READERS: usize = 300;
/// The most streams of one reader. One more ends the oldest: it may be that of a
/// page which is gone, and only the next write to it would tell.
const STREAMS: usize = 8;
/// The most with those that are to end and whose clients take nothing.
const HELD: usize = 2 * STREAMS;
/// How long a reader's ring is kept after the last page was closed.
const KEPT: Duration = Duration::from_secs(60);
/// A silent stream says it is alive this often; this is also how soon a page
/// that went away is noticed.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The header by which the companion's own player says for whom it plays.
pub const PLAYS_FOR: &str = "companion-plays-for";

/// The companion's own paths, which are never taken down.
const OWN: [&str; 5] = ["/", "/book", "/companion", "/style.css", "/favicon.ico"];

/// The rings of all readers.
pub struct Wire {
    knowledge: Knowledge,
    /// Tells a server's events from those of the one before it.
    epoch: String,
    /// Vouches for [`PLAYS_FOR`]: no client knows it.
    token: String,
    /// Whether there is one reader, for whom turns are taken down also while no
    /// page is open.
    always: bool,
    /// How many streams are open.
    streams: AtomicUsize,
    rings: Mutex<HashMap<Reader, Ring>>,
}

/// What the companion's player says of a request.
pub struct Played<'r> {
    /// A name of the place at which it plays, which nobody guesses.
    pub place: &'r str,
    /// For whom it plays.
    pub reader: Reader,
}

struct Ring {
    /// The oldest first, with their numbers.
    turns: VecDeque<(u64, Arc<Turn>)>,
    bytes: usize,
    /// The number of the next turn; the first is 1.
    next: u64,
    /// The numbers of the open streams, the oldest first.
    open: VecDeque<u64>,
    /// How many streams are open, or about to end.
    held: usize,
    /// The number of the next stream.
    stream: u64,
    closed: Instant,
    news: Arc<Notify>,
}

impl Default for Ring {
    fn default() -> Ring {
        Ring {
            turns: VecDeque::new(),
            bytes: 0,
            next: 1,
            open: VecDeque::new(),
            held: 0,
            stream: 0,
            closed: Instant::now(),
            news: Arc::default(),
        }
    }
}

impl Ring {
    fn push(&mut self, turn: Turn) {
        self.bytes += turn.bytes();
        self.turns.push_back((self.next, Arc::new(turn)));
        self.next += 1;
        while self.turns.len() > TURNS || self.bytes > BYTES {
            let Some((_, gone)) = self.turns.pop_front() else {
                break;
            };
            self.bytes -= gone.bytes();
        }
        self.news.notify_waiters();
    }

    /// What came after the turn `last`, and how many of those are gone.
    fn after(&self, last: u64) -> (u64, Vec<(u64, Arc<Turn>)>) {
        let oldest = self.turns.front().map_or(self.next, |(number, _)| *number);
        let lost = oldest.saturating_sub(last + 1);
        let news = self.turns.iter().filter(|(number, _)| *number > last);
        (lost, news.cloned().collect())
    }
}

impl Wire {
    /// A wire that opens cookies with what `knowledge` knows, and takes down what
    /// passes `always`, or while a page is open.
    pub fn new(knowledge: Knowledge, always: bool) -> Wire {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Wire {
            knowledge,
            always,
            epoch: format!("{:x}", epoch.unwrap_or_default().as_millis()),
            token: unguessable(),
            streams: AtomicUsize::new(0),
            rings: Mutex::default(),
        }
    }

    /// The header by which the player says that it plays for this reader, and at
    /// which of the reader's places.
    pub fn plays_for(&self, reader: &Reader, place: usize) -> (&'static str, String) {
        let (token, reader) = (&self.token, reader.name());
        let known = Sha256::digest(format!("{token}.{place}.{reader}"));
        // Short, since it becomes part of an inbox's name.
        let known: String = known[..6].iter().map(|it| format!("{it:02x}")).collect();
        (PLAYS_FOR, format!("{token}.{known}.{reader}"))
    }

    /// For whom the companion's own player has sent this, if it has.
    pub fn played<'r>(&self, request: &'r Request<'_>) -> Option<Played<'r>> {
        let value = request.headers().get_one(PLAYS_FOR)?;
        let value = value.strip_prefix(&self.token)?.strip_prefix('.')?;
        let (place, name) = value.split_once('.')?;
        let reader = Reader::named(name);
        Some(Played { place, reader })
    }

    /// A cookie's value: what is sealed in it, where it opens, and never a sealed
    /// value as it is sent.
    pub fn opened(&self, name: &str, value: &str) -> String {
        let pair = self.knowledge.cookie(name, value);
        private::without_seals(&private::within(&pair.value.to_string()))
    }

    fn rings(&self) -> MutexGuard<'_, HashMap<Reader, Ring>> {
        // A panic can't leave a ring half changed in a way that matters.
        self.rings
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Opens a stream for the reader, unless there are too many.
    fn open(self: &Arc<Wire>, reader: &Reader) -> Result<Open, Refusal> {
        let mut rings = self.rings();
        rings.retain(|_, ring| {
            self.always || ring.held > 0 || ring.closed.elapsed() < KEPT
        });
        if rings.len() >= READERS && !rings.contains_key(reader) {
            return Err(Refusal::Full(
                "As many readers as this server takes have a page open. Try again in a minute.",
            ));
        }
        let ring = rings.entry(reader.clone()).or_default();
        if ring.held >= HELD {
            return Err(Refusal::Streams(
                "As many of your pages listen as may. Close one.",
            ));
        }
        if ring.open.len() >= STREAMS {
            ring.open.pop_front();
            ring.news.notify_waiters();
        }
        let number = ring.stream;
        ring.stream += 1;
        ring.open.push_back(number);
        ring.held += 1;
        self.streams.fetch_add(1, Ordering::Relaxed);
        Ok(Open {
            wire: Arc::clone(self),
            reader: reader.clone(),
            number,
            news: Arc::clone(&ring.news),
        })
    }

    /// Whether a turn may be one to be taken down.
    fn is_awake(&self) -> bool {
        self.always || self.streams.load(Ordering::Relaxed) > 0
    }

    /// The reader whose turn this is, if it is to be taken down.
    fn watched(&self, request: &Request<'_>) -> Option<Reader> {
        let (_, uri) = gate::asked(request);
        let path = uri.path();
        let first = path.segments().next().unwrap_or_default();
        if OWN.iter().any(|own| own[1..] == *first) {
            return None;
        }
        let played = self.played(request).map(|played| played.reader);
        let reader = played.or_else(|| Reader::of(request))?;
        let mut rings = self.rings();
        if self.always {
            rings.entry(reader.clone()).or_default();
        }
        let ring = rings.get(&reader)?;
        (self.always || !ring.open.is_empty()).then_some(reader)
    }
}

/// 64 hexadecimal digits that nobody else has.
fn unguessable() -> String {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("random numbers of the operating system");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An open stream. Its reader is watched until it is dropped.
struct Open {
    wire: Arc<Wire>,
    reader: Reader,
    number: u64,
    news: Arc<Notify>,
}

impl Open {
    /// Whether no newer stream has taken its place.
    fn goes_on(&self) -> bool {
        let rings = self.wire.rings();
        let ring = rings.get(&self.reader);
        ring.is_some_and(|ring| ring.open.contains(&self.number))
    }

    fn after(&self, last: u64) -> (u64, Vec<(u64, Arc<Turn>)>) {
        let rings = self.wire.rings();
        rings
            .get(&self.reader)
            .map(|ring| ring.after(last))
            .unwrap_or_default()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.wire.streams.fetch_sub(1, Ordering::Relaxed);
        if let Some(ring) = self.wire.rings().get_mut(&self.reader) {
            ring.open.retain(|number| *number != self.number);
            ring.held -= 1;
            ring.closed = Instant::now();
        }
    }
}

/// A request that is being answered, and will be taken down.
struct Pending {
    reader: Reader,
    started: Instant,
    at: u128,
    /// Rocket turns HEAD into GET on the way to the handler.
    method: Method,
    body: Option<RequestBody>,
}

/// The start of a body that may be shown in part.
enum RequestBody {
    Form(Vec<u8>),
    Json(Vec<u8>),
}

/// A turn as it passed.
struct Turn {
    /// When the request came, in unix milliseconds.
    at: u128,
    took: Duration,
    from: &'static str,
    method: Method,
    target: String,
    /// A line for each header.
    asked: String,
    body: Option<RequestBody>,
    status: Status,
    answered: String,
    answer: AnswerBody,
}

impl Turn {
    fn bytes(&self) -> usize {
        let body = match &self.body {
            Some(RequestBody::Form(bytes) | RequestBody::Json(bytes)) => bytes.len(),
            None => 0,
        };
        let answer = self.answer.start.as_ref().map_or(0, Vec::len);
        size_of::<Turn>()
            + self.target.len()
            + self.asked.len()
            + body
            + self.answered.len()
            + answer
    }
}

/// An answer's body, as far as it is kept.
#[derive(Default)]
struct AnswerBody {
    /// In bytes, where it is known before it is sent.
    size: Option<usize>,
    is_json: bool,
    /// The first bytes of a text.
    start: Option<Vec<u8>>,
    cut: bool,
}

/// The fairing that takes turns down.
pub struct Recorder(pub Arc<Wire>);

#[rocket::async_trait]
impl Fairing for Recorder {
    fn info(&self) -> Info {
        Info {
            name: "The wire",
            kind: Kind::Request | Kind::Response,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        if !self.0.is_awake() {
            return;
        }
        let Some(reader) = self.0.watched(request) else {
            return;
        };
        let started = Instant::now();
        let at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let body = start_of(request, data).await;
        let pending = Pending {
            reader,
            started,
            at: at.as_millis(),
            method: gate::asked(request).0,
            body,
        };
        request.local_cache(|| Mutex::new(Some(pending)));
    }

    async fn on_response<'r>(
        &self,
        request: &'r Request<'_>,
        response: &mut Response<'r>,
    ) {
        if !self.0.is_awake() {
            return;
        }
        let pending = request.local_cache(|| Mutex::new(None::<Pending>));
        let pending = pending.lock().ok().and_then(|mut pending| pending.take());
        let Some(pending) = pending else {
            return;
        };
        let took = pending.started.elapsed();
        let answer = kept_body(pending.method, response).await;
        let turn = Turn {
            at: pending.at,
            took,
            from: self.0.from(request),
            method: pending.method,
            target: gate::asked(request).1.to_string(),
            asked: lines(request.headers()),
            body: pending.body,
            status: response.status(),
            answered: lines(response.headers()),
            answer,
        };
        if let Some(ring) = self.0.rings().get_mut(&pending.reader) {
            ring.push(turn);
        }
    }
}

/// A line for each header.
fn lines(headers: &HeaderMap<'_>) -> String {
    let mut lines = String::with_capacity(512);
    for header in headers.iter() {
        lines.extend([header.name().as_str(), ":", header.value(), "\n"]);
    }
    lines
}

/// The request's body as far as it is kept; the handler still gets all of it.
async fn start_of(request: &Request<'_>, data: &mut Data<'_>) -> Option<RequestBody> {
    let kind = request.content_type()?;
    if !kind.is_form() && !kind.is_json() {
        return None;
    }
    let bytes = data.peek(SEEN).await.to_vec();
    Some(match kind.is_form() {
        true => RequestBody::Form(bytes),
        false => RequestBody::Json(bytes),
    })
}

/// The answer's body as far as it is kept. It is put back as it was.
async fn kept_body(method: Method, response: &mut Response<'_>) -> AnswerBody {
    let size = response.body().preset_size();
    let unread = AnswerBody {
        size,
        ..AnswerBody::default()
    };
    let Some(kind) = response.content_type() else {
        return unread;
    };
    let text = kind.is_text() || kind.is_html() || kind.is_plain() || kind.is_json();
    let readable = size.is_some_and(|size| size <= LONGEST);
    if method == Method::Head || !text || !readable {
        return unread;
    }
    let Ok(bytes) = response.body_mut().to_bytes().await else {
        return unread;
    };
    let body = AnswerBody {
        size,
        is_json: kind.is_json(),
        start: Some(bytes[..bytes.len().min(BODY)].to_vec()),
        cut: bytes.len() > BODY,
    };
    response.set_sized_body(bytes.len(), Cursor::new(bytes));
    body
}

/// A turn as its event has it.
#[derive(Serialize)]
struct Told<'a> {
    id: String,
    /// When the request came, in unix milliseconds.
    at: u128,
    /// From the request's headers to the answer's, in microseconds.
    micros: u128,
    from: &'static str,
    request: ToldRequest<'a>,
    response: ToldResponse<'a>,
}

#[derive(Serialize)]
struct ToldRequest<'a> {
    method: &'a str,
    target: String,
    headers: Vec<ToldHeader>,
    /// The first bytes of a form or a JSON text.
    body: Option<String>,
}

#[derive(Serialize)]
struct ToldResponse<'a> {
    status: u16,
    reason: &'a str,
    headers: Vec<ToldHeader>,
    body: ToldBody,
}

#[derive(Serialize)]
struct ToldHeader {
    name: String,
    /// Of cookies with what is sealed in them opened.
    value: String,
}

#[derive(Serialize)]
struct ToldBody {
    /// In bytes, where it is known before it is sent.
    size: Option<usize>,
    /// The first bytes of a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    cut: bool,
}

impl Wire {
    /// The name of a turn's event.
    fn id(&self, number: u64) -> String {
        format!("{}-{number}", self.epoch)
    }

    /// What may be shown of a turn, as JSON.
    fn told(&self, number: u64, turn: &Turn) -> String {
        let now = (turn.at / 1000) as i64;
        let told = Told {
            id: self.id(number),
            at: turn.at,
            micros: turn.took.as_micros(),
            from: turn.from,
            request: ToldRequest {
                method: turn.method.as_str(),
                target: private::url(&turn.target),
                headers: self.headers(&turn.asked, now),
                body: turn.body.as_ref().and_then(shown_request_body),
            },
            response: ToldResponse {
                status: turn.status.code,
                reason: turn.status.reason_lossy(),
                headers: self.headers(&turn.answered, now),
                body: shown_body(&turn.answer),
            },
        };
        json::to_string(&told).unwrap_or_default()
    }

    fn headers(&self, lines: &str, now: i64) -> Vec<ToldHeader> {
        let headers = lines.lines().filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            self.header(name, value, now)
        });
        let mut headers: Vec<ToldHeader> = headers.collect();
        headers.sort_by(|one, other| one.name.cmp(&other.name));
        headers
    }

    fn header(&self, name: &str, value: &str, now: i64) -> Option<ToldHeader> {
        let name = name.to_ascii_lowercase();
        let value = match name.as_str() {
            PLAYS_FOR => return None,
            "cookie" => self.cookies(value)?,
            "set-cookie" if is_own(name_of(value)) => return None,
            "set-cookie" => {
                let shown = self.knowledge.set_cookie(value, now).to_string();
                private::without_seals(&private::within(&shown))
            }
            "location" | "referer" => private::url(value),
            name if private::is_private(name) => LEFT_OUT.to_owned(),
            _ => value.to_owned(),
        };
        Some(ToldHeader { name, value })
    }

    /// A `Cookie` header without the companion's own.
    fn cookies(&self, header: &str) -> Option<String> {
        let pairs = header.split(';').map(str::trim);
        let others = pairs.filter(|pair| !pair.is_empty() && !is_own(name_of(pair)));
        let others = others.collect::<Vec<_>>().join("; ");
        if others.is_empty() {
            return None;
        }
        let shown = private::within(&self.knowledge.cookie_header(&others));
        Some(private::without_seals(&shown))
    }
}

/// The name in `name=value`.
fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default().trim()
}

impl Wire {
    /// Who sent the request, as far as its headers tell.
    fn from(&self, request: &Request<'_>) -> &'static str {
        if self.played(request).is_some() {
            return "the book";
        }
        match request.headers().get_one("user-agent") {
            Some(agent) if agent.starts_with("curl/") => "curl",
            Some(agent) if agent.starts_with("Mozilla/") => "a browser",
            _ => "another client",
        }
    }
}

/// The request's body as it may be shown.
fn shown_request_body(body: &RequestBody) -> Option<String> {
    match body {
        RequestBody::Form(bytes) => {
            Some(private::form(&String::from_utf8_lossy(bytes)))
        }
        RequestBody::Json(bytes) => private::json(&String::from_utf8_lossy(bytes)),
    }
}

/// The answer's body as it may be shown.
fn shown_body(answer: &AnswerBody) -> ToldBody {
    let text = answer.start.as_ref().map(|bytes| {
        let start = String::from_utf8_lossy(bytes);
        match answer.is_json {
            true => private::json(&start).unwrap_or_else(|| private::within(&start)),
            false => start.into_owned(),
        }
    });
    ToldBody {
        size: answer.size,
        text,
        cut: answer.cut,
    }
}

/// The event that a client saw last, as it stands in `Last-Event-ID`.
fn last_seen<'r>(header: &LastEventId<'r>) -> Option<(&'r str, u64)> {
    let (epoch, number) = header.0?.rsplit_once('-')?;
    Some((epoch, number.parse().ok()?))
}

struct LastEventId<'r>(Option<&'r str>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for LastEventId<'r> {
    type Error = Infallible;

    async fn from_request(
        request: &'r Request<'_>,
    ) -> Outcome<LastEventId<'r>, Infallible> {
        Outcome::Success(LastEventId(request.headers().get_one("last-event-id")))
    }
}

#[derive(Responder)]
enum Refusal {
    #[response(status = 406)]
    Accept(&'static str),
    #[response(status = 409)]
    Unknown(&'static str),
    #[response(status = 429)]
    Streams(&'static str),
    #[response(status = 503)]
    Full(&'static str),
}

/// Whether the client asks for a stream of events by its name: what follows a
/// link takes anything, and reads none.
fn takes_events(accept: Option<&Accept>) -> bool {
    accept.is_some_and(|accept| {
        let mut kinds = accept.media_types();
        kinds.any(|kind| kind.top() == "text" && kind.sub() == "event-stream")
    })
}

/// The reader's turns: those in the ring, then each as it passes.
#[get("/companion/wire")]
fn stream(
    page: Keyed,
    known: Known,
    accept: Option<&Accept>,
    header: LastEventId<'_>,
    wire: &State<Arc<Wire>>,
    mut shutdown: Shutdown,
) -> Result<EventStream![], Refusal> {
    let Keyed(reader) = page;
    if !takes_events(accept) {
        return Err(Refusal::Accept(
            "Ask for it with Accept: text/event-stream.",
        ));
    }
    if !known.is(&reader) {
        return Err(Refusal::Unknown(
            "This browser's requests are not this reader's. POST /companion/reader makes them so.",
        ));
    }
    let open = wire.open(&reader)?;
    let seen = last_seen(&header);
    let restarted = seen.is_some_and(|(epoch, _)| epoch != wire.epoch);
    let mut last = match seen {
        Some((_, number)) if !restarted => number,
        _ => 0,
    };
    let hello = json!({ "restarted": restarted, "holds": TURNS }).to_string();
    Ok(EventStream! {
        yield Event::data(hello).event("hello").with_retry(Duration::from_secs(1));
        // A first look starts at the oldest that is left: nothing is missed.
        let mut first = last == 0;
        loop {
            let mut news = pin!(open.news.notified());
            // From here on no news is missed.
            news.as_mut().enable();
            if !open.goes_on() {
                yield Event::data("{}").event("elsewhere");
                break;
            }
            let (lost, turns) = open.after(last);
            if lost > 0 && !first {
                yield Event::data(json!({ "lost": lost }).to_string()).event("lost");
            }
            first = false;
            for (number, turn) in &turns {
                let told = open.wire.told(*number, turn);
                yield Event::data(told).id(open.wire.id(*number));
                last = *number;
            }
            if turns.is_empty() {
                select! {
                    () = news => {}
                    () = &mut shutdown => break,
                }
            }
        }
    }
    .heartbeat(HEARTBEAT))
}

/// A stream has no end to tell the length of, so nothing is opened for HEAD.
#[head("/companion/wire")]
fn no_stream() -> Status {
    Status::MethodNotAllowed
}

/// The routes, to be mounted at `/` with a managed `Arc<Wire>`.
pub fn routes() -> Vec<Route> {
    routes![stream, no_stream]
}
