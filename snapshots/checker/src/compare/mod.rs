//! The contract view of an exchange: what a server in any language must do for
//! its author to have understood the page.
//!
//! | of the pin | a server must | and need not |
//! |---|---|---|
//! | the status | mean the same: show, send on, refuse | say 303 where 302 does the same (advice), unless the lesson is about that code |
//! | `location` | lead to the same address | write it the same way |
//! | a plain body | say the words, as text or inside a page | send `text/plain` |
//! | a page | be that page and no other's, by its `h1`, and have its messages (`role="status"`, `role="alert"`), its list items and what its forms send along that nobody fills in | have its markup, or the very words of its `h1` (advice) |
//! | `cache-control: no-store`, in a step about all headers | say so | have the other headers |
//! | the cookies | keep something where the pin does, `HttpOnly` where the pin has it, for every path that needs it; a cookie that the requirement names, by that name and with the pin's words | have its names, values and dates, as long as it is there when the pin's is |
//!
//! Each thing that is wrong is a [`Finding`], and names its [`Fault`].

pub(crate) mod body;
mod brought;
mod cookies;
pub mod exact;
mod forms;
mod items;
mod location;
mod messages;
mod page;
mod status;

use crate::faults::Fault;
use crate::report::FindingMembers;
use exchange::format::script::{Directive, Step};
use exchange::format::transcript::Turn;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

/// One thing that is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "FindingMembers", from = "FindingMembers")]
pub struct Finding {
    /// What it is.
    pub fault: Fault,
    /// What the pin has, in a line or more.
    pub expected: String,
    /// What came.
    pub actual: String,
    /// What the exchange tells of the cause, which the fault's own hint can't know.
    pub note: Option<String>,
}

impl Finding {
    /// One of which nothing more is known than the two texts.
    pub fn new(
        fault: Fault,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Finding {
        Finding {
            fault,
            expected: expected.into(),
            actual: actual.into(),
            note: None,
        }
    }

    /// What came, with the note in brackets behind its first line; the others are a log's.
    pub fn came(&self) -> String {
        let Some(note) = &self.note else {
            return self.actual.clone();
        };
        match self.actual.split_once('\n') {
            Some((first, rest)) => format!("{first} ({note})\n{rest}"),
            None => format!("{} ({note})", self.actual),
        }
    }

    /// What to try: the fault's own hint, unless the note says more.
    pub fn hint(&self) -> &'static str {
        match self.note {
            Some(_) => "What stands in brackets behind the line says where to look.",
            None => self.fault.hint(),
        }
    }
}

/// How an answer compares with its pin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// What is wrong; nothing when the step passes.
    pub findings: Vec<Finding>,
    /// What is right and could be better.
    pub advice: Vec<String>,
}

impl Verdict {
    fn is_well(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(
        &mut self,
        fault: Fault,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) {
        self.findings.push(Finding::new(fault, expected, actual));
    }

    fn find_with(
        &mut self,
        fault: Fault,
        expected: impl Into<String>,
        actual: impl Into<String>,
        note: Option<String>,
    ) {
        let finding = Finding::new(fault, expected, actual);
        self.findings.push(Finding { note, ..finding });
    }
}

/// What a server calls the pins' cookies, as far as it is known.
pub type Names = BTreeMap<String, String>;

/// The step of an exchange that is compared.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// What was played.
    pub step: &'a Step,
    /// The step's pin.
    pub pin: &'a Turn,
    /// What the lesson asks, that the exchange is part of.
    pub requirement: &'a str,
    /// Whether any page of the exchange has list items.
    pub has_items: bool,
    /// What came in the steps before, where anything did.
    pub before: &'a [Option<Turn>],
    /// Whether the server is a reader's project, whose cookies have the page's names.
    pub is_project: bool,
    /// The server's names of the pins' cookies, as far as they are known.
    pub names: &'a Names,
    /// Whether a project's cookies may have names of its author's.
    pub has_own_layout: bool,
    /// The paths that later steps of this browser ask for.
    pub later: &'a [&'a str],
    /// What this server has said here to those it knows nothing of, in words of its
    /// own.
    pub strangers: &'a HashSet<String>,
    /// The headings of all pages that are pinned.
    pub headings: &'a HashSet<String>,
    /// Those of them that are pinned at this address.
    pub pages: &'a HashSet<String>,
}

impl Compared<'_> {
    /// What this server calls the pin's cookie of this name.
    fn own_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.names.get(name).map_or(name, String::as_str)
    }
}

/// The headings that a page says.
pub fn headings(turn: &Turn) -> impl Iterator<Item = String> {
    let said = exchange::format::page::said(&turn.response.body).into_iter();
    let found = said.filter(|said| said.kind == "heading");
    found.map(|said| said.text)
}

/// Compares what came with the pin, as far as the contract goes.
pub fn compare(compared: &Compared<'_>, live: &Turn) -> Verdict {
    let mut verdict = Verdict::default();
    let pin = compared.pin;
    status::compare(compared, live, &mut verdict);
    // An answer of another kind has another body, and no address to go on to.
    if verdict.findings.is_empty() {
        location::compare(compared, live, &mut verdict);
        if (200..300).contains(&pin.response.status) && pin.request.method != "HEAD" {
            body::compare(compared, live, &mut verdict);
        }
    }
    let is_other_answer = |finding: &Finding| finding.fault.is_other_answer();
    if !verdict.findings.iter().any(is_other_answer) {
        cookies::compare(compared, live, &mut verdict);
        cache(compared, live, &mut verdict);
    }
    verdict
}

/// A page that no cache may keep, where the step is about an answer's headers, and the
/// answer may hold something of who asks.
fn cache(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let control = |turn: &Turn| {
        let value = turn.response.header("cache-control");
        value.unwrap_or("not there").to_owned()
    };
    let keeps_out =
        |turn: &Turn| control(turn).to_ascii_lowercase().contains("no-store");
    let is_about_headers = compared.step.directives.contains(&Directive::AllHeaders);
    let is_known = compared.pin.request.header("cookie").is_some();
    if is_about_headers && is_known && keeps_out(compared.pin) && !keeps_out(live) {
        verdict.find(
            Fault::Cached,
            format!("cache-control: {}", control(compared.pin)),
            format!("cache-control: {}", control(live)),
        );
    }
}

#[cfg(test)]
mod tests;
