//! Checks a server: plays the exchanges against it and compares what comes
//! with the pins, each step a check of its own.
//!
//! A server has cookies of its own names. Where a pin's step sets one cookie
//! and the server's answer does, too, the two are taken for one another from
//! then on, so that a script that flips `session` flips the right one.
//!
//! It is long because a run is one thing: what is played, in which order, what is
//! learnt on the way, and what is skipped for it.

pub use crate::compare::Names;
use crate::compare::{self, Compared, Finding, exact};
use crate::course::Terms;
use crate::faults::Fault;
use crate::heard;
use crate::probe;
use crate::report::{CheckMembers, ReportMembers};
use crate::repository;
use exchange::format::cookie::{SetCookie, Value};
use exchange::format::curl;
use exchange::format::library::Entry;
use exchange::format::page;
use exchange::format::route::path_of;
use exchange::format::script::{Directive, Script, Step};
use exchange::format::transcript::{Transcript, Turn};
use exchange::play::http::{HttpError, Limits};
use exchange::play::player::{Player, Stopped};
use exchange::play::server::{Remote, Server};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// So many requests in a row without an answer end a run.
const PATIENCE: usize = 3;

/// How a server is checked.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Bounds on each request.
    pub limits: Limits,
    /// The most time that the whole run takes.
    pub time: Duration,
    /// Compare all of an answer, and not only the contract.
    pub exact: bool,
    /// The server is a reader's project, which begins with what the book's own server
    /// has and was started here: the book's exchanges leave out no step of it for being
    /// `@exact`.
    pub is_project: bool,
    /// The project's layout is its author's, and so may be its cookies' names: one that a
    /// step puts into the jar is asked for where the server was seen to set it.
    pub has_own_layout: bool,
}

impl Default for Settings {
    /// 5 seconds for a request and 60 for the run, and the contract.
    fn default() -> Settings {
        Settings {
            limits: Limits {
                time: Duration::from_secs(5),
                ..Limits::default()
            },
            time: Duration::from_secs(60),
            exact: false,
            is_project: false,
            has_own_layout: false,
        }
    }
}

/// One step, checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "CheckMembers", from = "CheckMembers")]
pub struct Check {
    /// The lesson's slug.
    pub lesson: String,
    /// The exchange, as `lesson/name`.
    pub exchange: String,
    /// The step's number, counted from 1.
    pub step: usize,
    /// The step's title.
    pub title: String,
    /// What the lesson asks, that this is part of; empty where it is not said.
    pub requirement: String,
    /// The page that teaches it, as a path on the book's server; empty where the book
    /// has none.
    pub page: String,
    /// The request line.
    pub request: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What passes and could be better.
    pub advice: Vec<String>,
    /// The whole answer, as a transcript has it; empty when there is none.
    pub response: String,
    /// The commands that repeat the steps up to this one, or why there are none.
    pub curl: Result<String, &'static str>,
    /// What a course says of its exchange.
    pub terms: Terms,
}

/// How a check came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As the pin.
    Passed,
    /// With at least one fault.
    Failed(Vec<Finding>),
    /// Not tried, for this reason.
    Skipped(String),
    /// Not tried, since it is not for this server. It counts for nothing.
    Excused(String),
}

impl Check {
    /// `flash/shown-once, step 2`.
    pub fn place(&self) -> String {
        format!("{}, step {}", self.exchange, self.step)
    }

    /// What is wrong; nothing unless it failed.
    pub fn findings(&self) -> &[Finding] {
        match &self.outcome {
            Outcome::Failed(findings) => findings,
            _ => &[],
        }
    }

    /// What to tell who made this mistake: the course's own hint, or the fault's. A
    /// course's is about what a server does, so it is not for one that does nothing.
    pub fn hint(&self, finding: &Finding) -> &str {
        let does_nothing = matches!(finding.fault, Fault::NoAnswer | Fault::NotWritten);
        let own = self.terms.hint.as_deref().filter(|_| !does_nothing);
        own.unwrap_or_else(|| finding.hint())
    }

    /// Why it was not tried, if it was not.
    pub fn why_skipped(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Skipped(why) | Outcome::Excused(why) => Some(why),
            _ => None,
        }
    }

    /// Whether it says something about the server: it passed, it failed, or it
    /// was skipped for what failed before it.
    pub fn counts(&self) -> bool {
        !matches!(self.outcome, Outcome::Excused(_))
    }

    /// `passed`, `failed` or `skipped`.
    pub fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed(_) => "failed",
            Outcome::Skipped(_) | Outcome::Excused(_) => "skipped",
        }
    }

    /// Who is to act on it: a `reader` on what a lesson teaches, an
    /// `instructor` on a server that gives no answer.
    pub fn audience(&self) -> &'static str {
        match self
            .findings()
            .iter()
            .any(|finding| finding.fault == Fault::NoAnswer)
        {
            true => "instructor",
            false => "reader",
        }
    }
}

/// What a run gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "ReportMembers", try_from = "ReportMembers")]
pub struct Report {
    /// The server's URL.
    pub url: String,
    /// Whether all of each answer was compared.
    pub exact: bool,
    /// Every step of every exchange, in the order they were asked for.
    pub checks: Vec<Check>,
    /// Why the run ended early, if it did.
    pub ended: Option<String>,
    /// How long it took.
    pub took: Duration,
    /// What a course tells its reader beside.
    pub notices: Vec<String>,
}

impl Report {
    /// How many checks came out so: `passed`, `failed` or `skipped`.
    pub fn count(&self, word: &str) -> usize {
        self.checks
            .iter()
            .filter(|check| check.word() == word)
            .count()
    }

    /// Whether nothing failed and the run came to its end.
    pub fn passed(&self) -> bool {
        self.count("failed") == 0 && self.ended.is_none()
    }
}

/// Checks the server at `url` with these exchanges.
///
/// # Errors
///
/// Why nothing could be checked: the URL, a file of an exchange, or that nobody
/// listens.
pub fn check(
    url: &str,
    entries: &[Entry],
    settings: &Settings,
) -> Result<Report, String> {
    let server = listening(url, Remote::at(url)?)?;
    let server = Rc::new(RefCell::new(server));
    check_subject(server, url, entries, settings, &mut Names::new())
}

/// A server that is checked, as far as it is in the checker's hands.
pub trait Subject: Server {
    /// What it has printed since this was asked last; nothing where that can't be
    /// heard.
    fn news(&mut self) -> String {
        String::new()
    }
}

impl Subject for Remote {}

/// The subject of all players of a run.
#[derive(Clone)]
struct Shared(Rc<RefCell<dyn Subject>>);

impl Server for Shared {
    fn address(&self) -> SocketAddr {
        self.0.borrow().address()
    }

    fn host(&self) -> String {
        self.0.borrow().host()
    }

    fn key(&self) -> Option<cookie::Key> {
        self.0.borrow().key()
    }

    fn restart(&mut self, another_key: bool) -> Result<(), Option<String>> {
        self.0.borrow_mut().restart(another_key)
    }
}

/// The same for a server that the checker may have started itself: then what it
/// prints is heard, and restarts are played. `url` is what it is called. `names` are
/// those of a run before, of a lesson that may not be played now; they are brought up to
/// date.
///
/// # Errors
///
/// A file of an exchange that can't be read.
pub fn check_subject(
    server: Rc<RefCell<dyn Subject>>,
    url: &str,
    entries: &[Entry],
    settings: &Settings,
    names: &mut Names,
) -> Result<Report, String> {
    let server = Shared(server);
    let started = Instant::now();
    let mut exchanges = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let requirement = entry.requirement()?;
        let page = requirement.as_ref().map(|requirement| &*requirement.page);
        let page = page.unwrap_or(&entry.lesson).to_owned();
        let requirement = requirement.map(|requirement| requirement.text);
        exchanges.push(Exchange {
            index,
            entry,
            script: entry.script()?,
            pin: entry.pin()?,
            requirement: requirement.unwrap_or_default(),
            page: page_of(&page, entry),
        });
    }
    let turns = || {
        let exchanges = exchanges.iter();
        exchanges.flat_map(|it: &Exchange| it.script.steps.iter().zip(&it.pin.turns))
    };
    let mut checker = Checker {
        server,
        url: url.trim_end_matches('/').to_owned(),
        settings: *settings,
        deadline: started + settings.time,
        names: Names::new(),
        known: names.clone(),
        pinned: turns().flat_map(|(_, turn)| names_of(turn)).collect(),
        seen: HashSet::new(),
        strangers: HashMap::new(),
        spoken: spoken(turns()),
        headings: Rc::new(headings(turns())),
        pages: Rc::new(pages(turns())),
        probed: HashSet::new(),
        unanswered: 0,
        ended: None,
    };
    // What needs to know the server's cookies comes when they are known.
    exchanges.sort_by_key(|exchange| needs_a_name(&exchange.script));
    let mut checks: Vec<(usize, Vec<Check>)> = Vec::new();
    for exchange in &exchanges {
        checks.push((exchange.index, checker.exchange(exchange)));
    }
    checks.sort_by_key(|(index, _)| *index);
    *names = checker.own_names();
    Ok(Report {
        url: checker.url,
        exact: settings.exact,
        checks: checks.into_iter().flat_map(|(_, checks)| checks).collect(),
        ended: checker.ended,
        took: started.elapsed(),
        notices: Vec::new(),
    })
}

/// One exchange of a run.
struct Exchange<'a> {
    /// Its place among those that were asked for.
    index: usize,
    entry: &'a Entry,
    script: Script,
    pin: Transcript,
    requirement: String,
    page: String,
}

/// Where an exchange stands in the book.
fn page_of(page: &str, entry: &Entry) -> String {
    let anchor = entry.id().replace('/', "-");
    format!("/book/{page}.html#exchange-{anchor}")
}

/// The first of these servers, which are the addresses of one URL, that takes a
/// connection.
pub(crate) fn listening(url: &str, servers: Vec<Remote>) -> Result<Remote, String> {
    let mut why = None;
    for server in servers {
        match TcpStream::connect_timeout(&server.address, Duration::from_secs(5)) {
            Ok(_) => return Ok(server),
            Err(error) => why = why.or(Some(error)),
        }
    }
    let why = why.map_or_else(String::new, |error| format!(" ({error})"));
    Err(format!(
        "{url}: nobody listens there{why}. Start your server, and try again."
    ))
}

/// What the pins say at each address to a browser that brings a cookie.
fn spoken<'a>(
    turns: impl Iterator<Item = (&'a Step, &'a Turn)>,
) -> HashMap<String, HashSet<String>> {
    let mut spoken: HashMap<String, HashSet<String>> = HashMap::new();
    for (step, turn) in turns {
        if turn.request.header("cookie").is_some() {
            let words = compare::body::words(&turn.response);
            spoken.entry(step.target.clone()).or_default().insert(words);
        }
    }
    spoken
}

/// The names of the cookies that an answer sets.
fn names_of(turn: &Turn) -> Vec<String> {
    turn.response.sets().map(|set| set.name.clone()).collect()
}

/// The headings of the pages that are pinned.
fn headings<'a>(turns: impl Iterator<Item = (&'a Step, &'a Turn)>) -> HashSet<String> {
    turns
        .flat_map(|(_, turn)| compare::headings(turn))
        .collect()
}

/// The same, by the address.
fn pages<'a>(
    turns: impl Iterator<Item = (&'a Step, &'a Turn)>,
) -> HashMap<String, HashSet<String>> {
    let mut pages: HashMap<String, HashSet<String>> = HashMap::new();
    for (step, turn) in turns {
        let found = pages.entry(path_of(&step.target).to_owned()).or_default();
        found.extend(compare::headings(turn));
    }
    pages
}

fn needs_a_name(script: &Script) -> bool {
    let directives = script.steps.iter().flat_map(|step| &step.directives);
    directives
        .clone()
        .any(|directive| matches!(directive, Directive::Needs(_)))
        || script
            .steps
            .iter()
            .any(|step| step.header("cookie").is_some())
}

struct Checker {
    server: Shared,
    url: String,
    settings: Settings,
    deadline: Instant,
    /// The server's names of the pins' cookies.
    names: Names,
    /// Those of a run before.
    known: Names,
    /// The names of the pins' cookies.
    pinned: HashSet<String>,
    /// Every cookie's name that the server has set.
    seen: HashSet<String>,
    /// What the server says at each address to a browser that has done nothing yet.
    strangers: HashMap<String, HashSet<String>>,
    /// What the pins say at each address to a browser that has done something.
    spoken: HashMap<String, HashSet<String>>,
    /// The headings of all pages that are pinned.
    headings: Rc<HashSet<String>>,
    /// The same, by the address.
    pages: Rc<HashMap<String, HashSet<String>>>,
    /// The lessons' cookies, by the pins' names, that were tried with another name in a
    /// value that can be read.
    probed: HashSet<(String, String)>,
    unanswered: usize,
    ended: Option<String>,
}

impl Checker {
    fn exchange(&mut self, exchange: &Exchange<'_>) -> Vec<Check> {
        let Exchange {
            entry, script, pin, ..
        } = exchange;
        let mut limits = self.settings.limits;
        limits.time = limits
            .time
            .min(self.deadline.saturating_duration_since(Instant::now()));
        let mut player = Player::new(self.server.clone(), limits);
        // Where an answer leads is compared with that answer, and may be written
        // in other ways.
        player = match self.settings.exact {
            true => player.that_reads_signed(),
            false => player.that_strays(),
        };
        let curls = curls(script, pin, &self.url);
        let has_items = pin.turns.iter().any(|turn| {
            page::said(&turn.response.body)
                .iter()
                .any(|said| said.kind == "item")
        });
        let mut checks: Vec<Check> = Vec::new();
        let mut lives: Vec<Option<Turn>> = Vec::new();
        let mut skipped: Option<Outcome> = None;
        for (index, (step, pinned)) in script.steps.iter().zip(&pin.turns).enumerate() {
            let mut check = Check {
                lesson: entry.lesson.clone(),
                exchange: entry.id(),
                step: index + 1,
                title: step.title.clone(),
                requirement: exchange.requirement.clone(),
                page: exchange.page.clone(),
                request: format!("{} {}", step.method, step.target),
                outcome: Outcome::Passed,
                advice: Vec::new(),
                response: String::new(),
                curl: curls[index].clone(),
                terms: Terms::default(),
            };
            let why_not = || self.why_not(entry, script, step);
            if let Some(outcome) = skipped.clone().or_else(why_not) {
                check.outcome = outcome;
                skipped.get_or_insert_with(|| after(&check));
                checks.push(check);
                lives.push(None);
                continue;
            }
            let later = later(script, pin, index);
            let strangers = self.strangers.get(&step.target);
            let strangers = strangers.cloned().unwrap_or_default();
            let headings = Rc::clone(&self.headings);
            let pages = self.pages.get(path_of(&step.target));
            let pages = pages.cloned().unwrap_or_default();
            let names = self.own_names();
            let compared = Compared {
                step,
                pin: pinned,
                requirement: &exchange.requirement,
                has_items,
                before: &lives,
                is_project: self.settings.is_project,
                names: &names,
                has_own_layout: self.settings.has_own_layout,
                later: &later,
                strangers: &strangers,
                headings: &headings,
                pages: &pages,
            };
            let (live, stops) = self.step(&mut player, &compared, &mut check);
            if stops {
                skipped = Some(after(&check));
            }
            checks.push(check);
            lives.push(live);
        }
        if !self.settings.exact {
            self.probe(script, pin, &lives, limits, &mut checks);
        }
        checks
    }

    /// Tries a session whose name can be read with another name in it.
    fn probe(
        &mut self,
        script: &Script,
        pin: &Transcript,
        lives: &[Option<Turn>],
        limits: Limits,
        checks: &mut [Check],
    ) {
        const OTHER: &str = "Eve";
        let found = pin
            .turns
            .iter()
            .zip(lives)
            .enumerate()
            .find_map(|(at, pair)| {
                let (pinned, Some(live)) = pair else {
                    return None;
                };
                let wanted = pinned
                    .response
                    .sets()
                    .find(|set| set.value.as_ref().is_some_and(Value::is_sealed))?;
                let sealed = wanted.value.as_ref()?.to_string();
                let name = probe::name(&sealed)?.to_owned();
                if self
                    .probed
                    .contains(&(checks[at].lesson.clone(), wanted.name.clone()))
                {
                    return None;
                }
                // A lesson may have a plain cookie of the same words, on purpose.
                let is_plain = |set: &SetCookie| {
                    let mut sets = pinned.response.sets();
                    sets.any(|wanted| {
                        let is_sealed =
                            wanted.value.as_ref().is_some_and(Value::is_sealed);
                        !is_sealed
                            && (wanted.name == set.name || wanted.value == set.value)
                    })
                };
                let sets = live.response.sets();
                let mut sets = sets.filter(|set| !is_plain(set));
                let (set, value) = sets.find_map(|set| {
                    // What was read with the key is for nobody else to read.
                    let value = set.value.as_ref().filter(|it| !it.is_sealed())?;
                    Some((set, probe::forged(&value.to_string(), &name, OTHER)?))
                })?;
                Some((at, name, (set, value), wanted))
            });
        let Some((at, name, (set, value), wanted)) = found else {
            return;
        };
        // The first step after it in which the server says the name.
        let says = |turn: &Turn, name: &str| {
            compare::body::words_but_messages(&turn.response).contains(name)
        };
        let browser = script.steps[at].browser();
        let then = (at + 1..script.steps.len()).find(|step| {
            script.steps[*step].browser() == browser
                && says(&pin.turns[*step], &name)
                && lives[*step].as_ref().is_some_and(|live| says(live, &name))
        });
        let Some(then) = then else {
            return;
        };
        let key = (checks[at].lesson.clone(), wanted.name.clone());
        self.probed.insert(key);
        let names = self.own_names();
        let mut player = Player::new(self.server.clone(), limits).that_strays();
        let edit = Directive::Edit {
            name: set.name.clone(),
            value,
        };
        for (index, step) in script.steps.iter().enumerate().take(then + 1) {
            let mut step = Checker::renamed(step, &names);
            if index == then {
                step.directives.push(edit.clone());
            }
            match player.step(&step) {
                Ok(live) if index == then && says(&live, OTHER) => {
                    let finding = Finding::new(
                        Fault::Unsealed,
                        format!("set-cookie: {wanted}"),
                        format!("set-cookie: {set}"),
                    );
                    // Where it was first set, and before what follows from it.
                    let sets = |live: &Option<Turn>| {
                        let mut sets =
                            live.iter().flat_map(|live| live.response.sets());
                        sets.any(|other| other.name == set.name)
                    };
                    let first = lives.iter().position(sets).unwrap_or(at);
                    match &mut checks[first].outcome {
                        Outcome::Failed(findings)
                            if findings.iter().any(|it| it.fault == finding.fault) => {}
                        Outcome::Failed(findings) => findings.insert(0, finding),
                        outcome => *outcome = Outcome::Failed(vec![finding]),
                    }
                }
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    /// Why a step is not for this server, or not any more.
    fn why_not(
        &mut self,
        entry: &Entry,
        script: &Script,
        step: &Step,
    ) -> Option<Outcome> {
        if self.ended.is_none() && Instant::now() >= self.deadline {
            let seconds = self.settings.time.as_secs_f32();
            self.ended = Some(format!("its time was over, {seconds} s"));
        }
        if let Some(ended) = &self.ended {
            return Some(Outcome::Skipped(ended.clone()));
        }
        if self.settings.exact {
            return None;
        }
        let is_asked = self.settings.is_project
            && entry.script_path().starts_with(repository::exchanges());
        // Of a project it is asked by any name, unless a step writes that cookie by hand.
        let is_written = script
            .steps
            .iter()
            .any(|step| step.header("cookie").is_some());
        let is_needed =
            |name: &String| !self.seen.contains(name) && (is_written || !is_asked);
        step.directives
            .iter()
            .find_map(|directive| match directive {
                Directive::Exact if is_asked => None,
                Directive::Exact if self.settings.is_project => Some(Outcome::Excused(
                    "it shows what one server does, and is asked of no other"
                        .to_owned(),
                )),
                Directive::Exact => Some(Outcome::Excused(
                    "it shows what the book's own server does; --exact checks it"
                        .to_owned(),
                )),
                Directive::Needs(name) if is_needed(name) => Some(Outcome::Excused(
                    format!("the server keeps no cookie named {name}"),
                )),
                _ => None,
            })
    }

    /// Plays one step. Gives the answer, if there is one, and whether nothing after it
    /// can mean anything.
    fn step(
        &mut self,
        player: &mut Player<Shared>,
        compared: &Compared<'_>,
        check: &mut Check,
    ) -> (Option<Turn>, bool) {
        let step = match self.settings.exact {
            true => compared.step.clone(),
            false => Checker::renamed(compared.step, compared.names),
        };
        let _ = self.server.0.borrow_mut().news();
        let live = match player.step(&step) {
            Ok(live) => live,
            Err(Stopped::Skipped(why)) => {
                check.outcome = Outcome::Excused(why.to_owned());
                return (None, true);
            }
            Err(Stopped::Impossible(why)) => {
                check.outcome = Outcome::Skipped(why);
                return (None, true);
            }
            Err(Stopped::Http(error)) => {
                check.outcome =
                    Outcome::Failed(vec![self.no_answer(compared.pin, &error)]);
                return (None, true);
            }
        };
        self.unanswered = 0;
        self.learn(compared.pin, &live);
        if check.step == 1 && live.request.header("cookie").is_none() {
            self.meet(compared, &live);
        }
        let mut verdict = match self.settings.exact {
            true => exact::compare(compared.pin, &live),
            false => compare::compare(compared, &live),
        };
        if let Some(finding) = verdict.findings.first_mut() {
            let said = self.server.0.borrow_mut().news();
            match finding.fault {
                Fault::ServerError => heard::failure(&said, finding),
                Fault::Missing | Fault::Refused => {
                    heard::refusal(&said, compared.step, finding);
                }
                _ if self.settings.is_project => heard::handler(&said, finding),
                _ => {}
            }
        }
        check.response = exact::answer(&live);
        check.advice = verdict.advice;
        let stops = verdict.findings.iter().any(|finding| finding.fault.stops());
        if !verdict.findings.is_empty() {
            check.outcome = Outcome::Failed(verdict.findings);
        }
        (Some(live), stops)
    }

    /// Takes note of what a browser is told that has done nothing yet, unless it is
    /// what another would be told.
    fn meet(&mut self, compared: &Compared<'_>, live: &Turn) {
        let target = &compared.step.target;
        let words = compare::body::words(&live.response);
        let spoken = self.spoken.get(target);
        if !spoken.is_some_and(|spoken| spoken.contains(&words)) {
            let strangers = self.strangers.entry(target.clone()).or_default();
            strangers.insert(words);
        }
    }

    fn no_answer(&mut self, pin: &Turn, error: &HttpError) -> Finding {
        self.unanswered += 1;
        if self.unanswered == PATIENCE {
            self.ended = Some(format!(
                "the server gave no answer {PATIENCE} times in a row"
            ));
        }
        let expected = format!("{} {}", pin.response.status, pin.response.reason);
        Finding::new(Fault::NoAnswer, expected, error.to_string())
    }

    /// Takes the one cookie that only the pin names for the one that only the
    /// server names.
    fn learn(&mut self, pin: &Turn, live: &Turn) {
        let (mut pinned, mut lives) = (names_of(pin), names_of(live));
        self.seen.extend(lives.iter().cloned());
        // Of an answer of another kind nothing is learnt; nor, of a project, of a name that
        // a pin has. Another server may have one cookie of that name for all.
        if pin.response.status / 100 != live.response.status / 100 {
            return;
        }
        let common: Vec<String> = pinned
            .iter()
            .filter(|name| lives.contains(name))
            .cloned()
            .collect();
        pinned.retain(|name| !common.contains(name));
        lives.retain(|name| !common.contains(name));
        if let ([pinned], [live]) = (&pinned[..], &lives[..])
            && !(self.settings.is_project && self.pinned.contains(live))
        {
            self.names
                .entry(pinned.clone())
                .or_insert_with(|| live.clone());
        }
    }

    /// The server's names of the pins' cookies, as far as they are known. One of a run
    /// before counts until the server sets a cookie of the pin's own name.
    fn own_names(&self) -> Names {
        let mut names = self.known.clone();
        names.retain(|pinned, _| !self.seen.contains(pinned));
        let same = self.pinned.intersection(&self.seen);
        names.extend(same.map(|name| (name.clone(), name.clone())));
        names.extend(self.names.clone());
        names
    }

    /// The step with the server's names for the pin's cookies.
    fn renamed(step: &Step, names: &Names) -> Step {
        let of =
            |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
        let mut step = step.clone();
        let directives = step.directives.into_iter();
        let directives = directives.map(|directive| match directive.cookie().map(of) {
            Some(name) => directive.with_cookie(name),
            None => directive,
        });
        step.directives = directives.collect();
        for (name, value) in &mut step.headers {
            if name.eq_ignore_ascii_case("cookie")
                && let Some((cookie, rest)) = value.split_once('=')
            {
                *value = format!("{}={rest}", of(cookie));
            }
        }
        step
    }
}

/// What becomes of the steps after this one: where it counts for nothing, so do
/// they.
fn after(check: &Check) -> Outcome {
    let why = format!("it follows on step {}: {}", check.step, check.title);
    match check.counts() {
        true => Outcome::Skipped(why),
        false => Outcome::Excused(why),
    }
}

/// For each step the commands up to it, a line each.
fn curls(
    script: &Script,
    pin: &Transcript,
    url: &str,
) -> Vec<Result<String, &'static str>> {
    let mut lines = String::new();
    let mut curls = Vec::new();
    for command in curl::commands(script, pin, url) {
        curls.push(command.map(|command| {
            if !lines.is_empty() {
                lines.push('\n');
            }
            lines += &command;
            lines.clone()
        }));
    }
    curls
}

/// The targets to which the same browser brings cookies after this step.
fn later<'a>(script: &'a Script, pin: &Transcript, index: usize) -> Vec<&'a str> {
    let browser = script.steps[index].browser();
    let steps = script.steps.iter().zip(&pin.turns).skip(index + 1);
    steps
        .filter(|(step, pin)| {
            step.browser() == browser && pin.request.header("cookie").is_some()
        })
        .map(|(step, _)| step.target.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use exchange::format::library;
    use std::net::{SocketAddr, TcpListener};

    #[test]
    fn a_report_gives_no_curl_line_that_the_page_refuses() {
        // Its second answer deletes one cookie and sets another.
        let entries = library::entries(&crate::repository::exchanges()).unwrap();
        let entry = entries
            .iter()
            .find(|entry| entry.id() == "login/logged-out");
        let entry = entry.unwrap();
        let (script, pin) = (entry.script().unwrap(), entry.pin().unwrap());
        let curls = curls(&script, &pin, "http://127.0.0.1:8001");
        let given: Vec<bool> = curls.iter().map(Result::is_ok).collect();
        assert_eq!(given, [true, true, false]);
    }

    #[test]
    fn a_server_on_the_second_address_of_its_name_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let second = listener.local_addr().unwrap();
        // Nobody listens on a port of the system's.
        let first = SocketAddr::from(([127, 0, 0, 1], 1));
        let servers = [first, second].map(|address| Remote {
            address,
            host: "localhost".to_owned(),
        });
        let found = listening("http://localhost", servers.to_vec()).unwrap();
        assert_eq!(found.address, second);
        let none = listening("http://localhost", servers[..1].to_vec());
        assert!(none.unwrap_err().contains("nobody listens there ("));
    }
}
