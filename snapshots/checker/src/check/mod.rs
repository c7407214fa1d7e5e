//! Checks a server: plays the exchanges against it and compares what comes
//! with the pins, each step a check of its own.

mod exchange;
mod names;
mod probe;
mod run;

use crate::compare::Finding;
pub use crate::compare::Names;
use crate::course::Terms;
use crate::faults::Fault;
use crate::report::{CheckMembers, ReportMembers};
use ::exchange::format::library::Entry;
use ::exchange::play::http::Limits;
use ::exchange::play::server::{Remote, Server};
use exchange::{Exchange, Pinned};
use run::Run;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::net::TcpStream;
use std::rc::Rc;
use std::time::Duration;

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
        let does_nothing = matches!(
            finding.fault,
            Fault::NoAnswer | Fault::NotWritten | Fault::Missing | Fault::ServerError
        );
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

    /// Whether something did not come in time, or not at all: by the server's own fault, or
    /// since the machine had too much to do.
    pub fn lacks_answers(&self) -> bool {
        let mut findings = self.checks.iter().flat_map(Check::findings);
        self.ended.is_some() || findings.any(|it| it.fault == Fault::NoAnswer)
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
    let mut exchanges = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        exchanges.push(Exchange::read(index, entry)?);
    }
    // What needs to know the server's cookies comes when they are known.
    exchanges.sort_by_key(Exchange::needs_a_name);
    let known = std::mem::take(names);
    let mut run = Run::new(server, url, settings, Pinned::by(&exchanges), known);
    let mut checks: Vec<(usize, Vec<Check>)> = Vec::new();
    for exchange in &exchanges {
        checks.push((exchange.index, run.exchange(exchange)));
    }
    checks.sort_by_key(|(index, _)| *index);
    *names = run.names();
    Ok(run.report(checks.into_iter().flat_map(|(_, checks)| checks).collect()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{SocketAddr, TcpListener};

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
