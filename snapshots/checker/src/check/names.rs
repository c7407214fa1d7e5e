//! What a server calls the pins' cookies.
//!
//! A server has cookies of its own names. Where a pin's step sets one cookie
//! and the server's answer does, too, the two are taken for one another from
//! then on, so that a script that flips `session` flips the right one.

use super::exchange::names_of;
use crate::compare::Names;
use ::exchange::format::cookie::SetCookie;
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
    /// Whether it has set any that no script reads.
    has_closed: bool,
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
            has_closed: false,
            is_project,
        }
    }

    /// Whether the server has set a cookie of this name.
    pub fn has_seen(&self, name: &str) -> bool {
        self.seen.contains(name)
    }

    /// Takes the one cookie that only the pin names for the one that only the
    /// server names. For one that is closed to scripts no other is taken, where the server
    /// has any that is.
    pub fn learn(&mut self, pin: &Turn, live: &Turn) {
        let is_closed = |set: &&SetCookie| set.attribute("httponly").is_some();
        self.seen.extend(names_of(live));
        self.has_closed |= live.response.sets().any(|set| is_closed(&set));
        // Of an answer of another kind nothing is learnt; nor, of a project, of a name that
        // a pin has. Another server may have one cookie of that name for all.
        if pin.response.status / 100 != live.response.status / 100 {
            return;
        }
        let only = |one: &Turn, other: &Turn| -> Vec<SetCookie> {
            let others = names_of(other);
            let sets = one.response.sets();
            sets.filter(|set| !others.contains(&set.name))
                .cloned()
                .collect()
        };
        let (pinned, mut lives) = (only(pin, live), only(live, pin));
        if self.has_closed && pinned.iter().any(|set| is_closed(&set)) {
            lives.retain(|set| is_closed(&set));
        }
        if let ([pinned], [live]) = (&pinned[..], &lives[..])
            && !(self.is_project && self.pinned.contains(&live.name))
        {
            let (pinned, live) = (pinned.name.clone(), live.name.clone());
            self.learnt.entry(pinned).or_insert(live);
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

#[cfg(test)]
mod tests {
    use super::*;
    use ::exchange::format::transcript::Transcript;

    #[test]
    fn a_cookie_that_comes_with_every_answer_is_not_taken_for_the_session() {
        let turn = |sets: &str| {
            let text = format!("### T\n> GET /set\n< 200 OK\n{sets}");
            Transcript::parse(&text).unwrap().turns.remove(0)
        };
        let (theme, session) = (
            "< set-cookie: theme=dark; Path=/\n",
            "< set-cookie: sid=f00d; Path=/; HttpOnly\n",
        );
        let pin = turn("< set-cookie: session=x; Path=/; HttpOnly\n");
        let learnt = |answers: &[String]| {
            let mut names = OwnNames::new(Names::new(), HashSet::new(), false);
            for answer in answers {
                names.learn(&pin, &turn(answer));
            }
            names.all().get("session").cloned()
        };
        let both = format!("{theme}{session}");
        assert_eq!(learnt(&[both, theme.to_owned()]), Some("sid".to_owned()));
        // One that no answer keeps from scripts is a session with a fault.
        assert_eq!(learnt(&[theme.to_owned()]), Some("theme".to_owned()));
        let two = format!("{session}< set-cookie: sid.sig=x; Path=/; HttpOnly\n");
        assert_eq!(learnt(&[two, theme.to_owned()]), None);
    }
}
