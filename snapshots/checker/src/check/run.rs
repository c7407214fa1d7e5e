//! A run: what is played, what is learnt on the way, and what is skipped for it.

use super::exchange::{Exchange, Pinned};
use super::names::{OwnNames, renamed};
use super::probe::Readable;
use super::{Check, Names, Outcome, Report, Settings, Subject};
use crate::compare::{self, Compared, Finding, exact};
use crate::course::Terms;
use crate::faults::Fault;
use crate::heard;
use crate::repository;
use ::exchange::format::route::path_of;
use ::exchange::format::script::{Directive, Step};
use ::exchange::format::transcript::Turn;
use ::exchange::play::http::{HttpError, Limits};
use ::exchange::play::player::{Player, Stopped};
use ::exchange::play::server::Server;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

/// So many requests in a row without an answer end a run.
const PATIENCE: usize = 3;

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

/// What is known in the middle of a run.
pub struct Run {
    server: Shared,
    url: String,
    settings: Settings,
    started: Instant,
    deadline: Instant,
    names: OwnNames,
    /// What the server says at each address to a browser that has done nothing yet.
    strangers: HashMap<String, HashSet<String>>,
    pinned: Pinned,
    /// The lessons' cookies, by the pins' names, that were tried with another name in a
    /// value that can be read.
    probed: HashSet<(String, String)>,
    unanswered: usize,
    ended: Option<String>,
}

impl Run {
    /// At the beginning. `url` is what the server is called; `known` are its names of the
    /// pins' cookies, of a run before.
    pub fn new(
        server: Rc<RefCell<dyn Subject>>,
        url: &str,
        settings: &Settings,
        pinned: Pinned,
        known: Names,
    ) -> Run {
        let started = Instant::now();
        Run {
            server: Shared(server),
            url: url.trim_end_matches('/').to_owned(),
            settings: *settings,
            started,
            deadline: started + settings.time,
            names: OwnNames::new(known, pinned.names.clone(), settings.is_project),
            strangers: HashMap::new(),
            pinned,
            probed: HashSet::new(),
            unanswered: 0,
            ended: None,
        }
    }

    /// The server's names of the pins' cookies, as far as they are known.
    pub fn names(&self) -> Names {
        self.names.all()
    }

    /// What the run gave, with these checks.
    pub fn report(self, checks: Vec<Check>) -> Report {
        Report {
            url: self.url,
            exact: self.settings.exact,
            checks,
            ended: self.ended,
            took: self.started.elapsed(),
            notices: Vec::new(),
        }
    }

    /// Plays an exchange: a check for each of its steps.
    pub fn exchange(&mut self, exchange: &Exchange<'_>) -> Vec<Check> {
        let limits = self.limits();
        let player = Player::new(self.server.clone(), limits);
        // Where an answer leads is compared with that answer, and may be written
        // in other ways.
        let mut player = match self.settings.exact {
            true => player.that_reads_signed(),
            false => player.that_strays(),
        };
        let mut checks = unplayed(exchange, &self.url);
        let mut lives: Vec<Option<Turn>> = Vec::new();
        let mut skipped: Option<Outcome> = None;
        for (index, check) in checks.iter_mut().enumerate() {
            let why_not = || self.why_not(exchange, &exchange.script.steps[index]);
            let (live, stops) = match skipped.clone().or_else(why_not) {
                Some(outcome) => {
                    check.outcome = outcome;
                    (None, true)
                }
                None => self.step(&mut player, exchange, &lives, check),
            };
            if stops {
                skipped.get_or_insert_with(|| after(check));
            }
            lives.push(live);
        }
        if !self.settings.exact {
            self.probe(exchange, &lives, limits, &mut checks);
        }
        checks
    }

    /// Bounds on each request: no more time than the run has left.
    fn limits(&self) -> Limits {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let limits = self.settings.limits;
        Limits {
            time: limits.time.min(left),
            ..limits
        }
    }

    /// Tries a session in which a name can be read with another one, once for each cookie
    /// of a lesson.
    fn probe(
        &mut self,
        exchange: &Exchange<'_>,
        lives: &[Option<Turn>],
        limits: Limits,
        checks: &mut [Check],
    ) {
        let key = |name: &str| (exchange.entry.lesson.clone(), name.to_owned());
        let is_tried = |name: &str| self.probed.contains(&key(name));
        let Some(found) = Readable::find(exchange, lives, is_tried) else {
            return;
        };
        let Some(said_at) = found.said_at(exchange, lives) else {
            return;
        };
        self.probed.insert(key(&found.wanted.name));
        let player = Player::new(self.server.clone(), limits).that_strays();
        if found.is_believed(exchange, said_at, &self.names.all(), player) {
            found.tell(lives, checks);
        }
    }

    /// Why a step is not for this server, or not any more.
    fn why_not(&mut self, exchange: &Exchange<'_>, step: &Step) -> Option<Outcome> {
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
            && exchange
                .entry
                .script_path()
                .starts_with(repository::exchanges());
        // Of a project it is asked by any name, unless a step writes that cookie by hand.
        let is_written = exchange
            .script
            .steps
            .iter()
            .any(|step| step.header("cookie").is_some());
        let is_needed =
            |name: &String| !self.names.has_seen(name) && (is_written || !is_asked);
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
        exchange: &Exchange<'_>,
        before: &[Option<Turn>],
        check: &mut Check,
    ) -> (Option<Turn>, bool) {
        let index = before.len();
        let (step, pin) = (&exchange.script.steps[index], &exchange.pin.turns[index]);
        // What was known before this answer.
        let names = self.names.all();
        let strangers = self.strangers.get(&step.target).cloned();
        let _ = self.server.0.borrow_mut().news();
        let sent = match self.settings.exact {
            true => player.step(step),
            false => player.step(&renamed(step, &names)),
        };
        let live = match sent {
            Ok(live) => live,
            Err(stopped) => {
                check.outcome = self.stopped(stopped, pin);
                return (None, true);
            }
        };
        self.unanswered = 0;
        self.names.learn(pin, &live);
        if check.step == 1 && live.request.header("cookie").is_none() {
            self.meet(&step.target, &live);
        }
        let pinned = &self.pinned;
        let none = HashSet::new();
        let compared = Compared {
            step,
            pin,
            requirement: &exchange.requirement,
            has_items: exchange.has_items,
            before,
            is_project: self.settings.is_project,
            names: &names,
            has_own_layout: self.settings.has_own_layout,
            later: &exchange.later(index),
            strangers: strangers.as_ref().unwrap_or(&none),
            headings: &pinned.headings,
            pages: pinned.pages.get(path_of(&step.target)).unwrap_or(&none),
        };
        let mut verdict = match self.settings.exact {
            true => exact::compare(pin, &live),
            false => compare::compare(&compared, &live),
        };
        if let Some(finding) = verdict.findings.first_mut() {
            let said = self.server.0.borrow_mut().news();
            match finding.fault {
                Fault::ServerError => heard::failure(&said, finding),
                Fault::Missing | Fault::Refused => heard::refusal(&said, step, finding),
                _ if self.settings.is_project => heard::handler(&said, step, finding),
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
    fn meet(&mut self, target: &str, live: &Turn) {
        let words = compare::body::words(&live.response);
        let spoken = self.pinned.spoken.get(target);
        if !spoken.is_some_and(|spoken| spoken.contains(&words)) {
            let strangers = self.strangers.entry(target.to_owned()).or_default();
            strangers.insert(words);
        }
    }

    /// What becomes of a step that had no answer.
    fn stopped(&mut self, stopped: Stopped, pin: &Turn) -> Outcome {
        match stopped {
            Stopped::Skipped(why) => Outcome::Excused(why.to_owned()),
            Stopped::Impossible(why) => Outcome::Skipped(why),
            Stopped::Http(error) => Outcome::Failed(vec![self.no_answer(pin, &error)]),
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
}

/// A check for each step of an exchange, before any is played on the server `url`.
fn unplayed(exchange: &Exchange<'_>, url: &str) -> Vec<Check> {
    let steps = exchange.script.steps.iter().zip(exchange.curls(url));
    let checks = steps.enumerate().map(|(index, (step, curl))| Check {
        lesson: exchange.entry.lesson.clone(),
        exchange: exchange.entry.id(),
        step: index + 1,
        title: step.title.clone(),
        requirement: exchange.requirement.clone(),
        page: exchange.page.clone(),
        request: format!("{} {}", step.method, step.target),
        outcome: Outcome::Passed,
        advice: Vec::new(),
        response: String::new(),
        curl,
        terms: Terms::default(),
    });
    checks.collect()
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
