//! What a server calls the pins' cookies.
//!
//! A server has cookies of its own names. Where a pin's step sets one cookie
//! and the server's answer does, too, the two are taken for one another from
//! then on, so that a script that flips `session` flips the right one.

use super::exchange::names_of;
use crate::compare::Names;
use ::exchange::format::script::Step;
use ::exchange::format::transcript::Turn;
use std::collections::HashSet;

/// What is known of it.
pub struct OwnNames {
    /// What this run has learnt.
    learnt: Names,
    /// What a run before had.
    known: Names,
    /// The names of the pins' cookies.
    pinned: HashSet<String>,
    /// Every cookie's name that the server has set.
    seen: HashSet<String>,
    /// Whether the server is a reader's project.
    is_project: bool,
}

impl OwnNames {
    /// At the beginning of a run.
    pub fn new(known: Names, pinned: HashSet<String>, is_project: bool) -> OwnNames {
        OwnNames {
            learnt: Names::new(),
            known,
            pinned,
            seen: HashSet::new(),
            is_project,
        }
    }

    /// Whether the server has set a cookie of this name.
    pub fn has_seen(&self, name: &str) -> bool {
        self.seen.contains(name)
    }

    /// Takes the one cookie that only the pin names for the one that only the
    /// server names.
    pub fn learn(&mut self, pin: &Turn, live: &Turn) {
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
            && !(self.is_project && self.pinned.contains(live))
        {
            self.learnt
                .entry(pinned.clone())
                .or_insert_with(|| live.clone());
        }
    }

    /// The server's names of the pins' cookies, as far as they are known. One of a run
    /// before counts until the server sets a cookie of the pin's own name.
    pub fn all(&self) -> Names {
        let mut names = self.known.clone();
        names.retain(|pinned, _| !self.seen.contains(pinned));
        let same = self.pinned.intersection(&self.seen);
        names.extend(same.map(|name| (name.clone(), name.clone())));
        names.extend(self.learnt.clone());
        names
    }
}

/// The step with the server's names for the pin's cookies.
pub fn renamed(step: &Step, names: &Names) -> Step {
    let of = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
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
