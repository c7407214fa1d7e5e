//! The exchanges of a run, and what their pins say.

use crate::compare;
use ::exchange::format::curl;
use ::exchange::format::library::Entry;
use ::exchange::format::page;
use ::exchange::format::route::path_of;
use ::exchange::format::script::{Directive, Script};
use ::exchange::format::transcript::{Transcript, Turn};
use std::collections::{HashMap, HashSet};

/// One exchange of a run.
pub struct Exchange<'a> {
    /// Its place among those that were asked for.
    pub index: usize,
    /// Its files.
    pub entry: &'a Entry,
    /// What is sent.
    pub script: Script,
    /// What must come.
    pub pin: Transcript,
    /// What the lesson asks, that it is part of; empty where it is not said.
    pub requirement: String,
    /// The page that teaches it, as a path on the book's server.
    pub page: String,
    /// Whether any of its pages has list items.
    pub has_items: bool,
}

impl Exchange<'_> {
    /// Reads its files.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub fn read(index: usize, entry: &Entry) -> Result<Exchange<'_>, String> {
        let requirement = entry.requirement()?;
        let page = requirement.as_ref().map(|requirement| &*requirement.page);
        let page = page.unwrap_or(&entry.lesson);
        let anchor = entry.id().replace('/', "-");
        let pin = entry.pin()?;
        Ok(Exchange {
            index,
            entry,
            script: entry.script()?,
            has_items: has_items(&pin),
            pin,
            page: format!("/book/{page}.html#exchange-{anchor}"),
            requirement: requirement.map_or_else(String::new, |it| it.text),
        })
    }

    /// Whether it can only be played when the server's names of its cookies are known.
    pub fn needs_a_name(&self) -> bool {
        let is_need = |it: &Directive| matches!(it, Directive::Needs(_));
        let mut steps = self.script.steps.iter();
        steps.any(|step| {
            step.header("cookie").is_some() || step.directives.iter().any(is_need)
        })
    }

    /// The targets to which the same browser brings cookies after this step.
    pub fn later(&self, index: usize) -> Vec<&str> {
        let browser = self.script.steps[index].browser();
        let steps = self
            .script
            .steps
            .iter()
            .zip(&self.pin.turns)
            .skip(index + 1);
        steps
            .filter(|(step, pin)| {
                step.browser() == browser && pin.request.header("cookie").is_some()
            })
            .map(|(step, _)| step.target.as_str())
            .collect()
    }

    /// For each step the commands up to it, a line each, at the server `url`. Where one of
    /// another browser can't be given, those of its own browser.
    pub fn curls(&self, url: &str) -> Vec<Result<String, &'static str>> {
        let steps = &self.script.steps;
        let commands = curl::commands(&self.script, &self.pin, url);
        let before = |index: usize| {
            let all = &commands[..=index];
            let all_given = all.iter().all(Result::is_ok);
            let own = all.iter().zip(steps).filter(|(_, step)| {
                all_given || step.browser() == steps[index].browser()
            });
            let given = own.filter_map(|(command, _)| command.as_deref().ok());
            given.collect::<Vec<_>>().join("\n")
        };
        let all = commands.iter().enumerate();
        all.map(|(index, command)| match command {
            Ok(_) => Ok(before(index)),
            Err(why) => Err(*why),
        })
        .collect()
    }
}

fn has_items(pin: &Transcript) -> bool {
    let is_item = |said: &page::Said| said.kind == "item";
    let mut turns = pin.turns.iter();
    turns.any(|turn| page::said(&turn.response.body).iter().any(is_item))
}

/// What all pins of a run say.
pub struct Pinned {
    /// The names of their cookies.
    pub names: HashSet<String>,
    /// What is said at each address to a browser that brings a cookie.
    pub spoken: HashMap<String, HashSet<String>>,
    /// The headings of all pages.
    pub headings: HashSet<String>,
    /// The same, by the address.
    pub pages: HashMap<String, HashSet<String>>,
}

impl Pinned {
    /// What the pins of these exchanges say.
    pub fn by(exchanges: &[Exchange<'_>]) -> Pinned {
        let mut pinned = Pinned {
            names: HashSet::new(),
            spoken: HashMap::new(),
            headings: HashSet::new(),
            pages: HashMap::new(),
        };
        for exchange in exchanges {
            for (step, turn) in exchange.script.steps.iter().zip(&exchange.pin.turns) {
                pinned.take(&step.target, turn);
            }
        }
        pinned
    }

    fn take(&mut self, target: &str, turn: &Turn) {
        self.names.extend(names_of(turn));
        if turn.request.header("cookie").is_some() {
            let spoken = self.spoken.entry(target.to_owned()).or_default();
            spoken.insert(compare::body::words(&turn.response));
        }
        self.headings.extend(compare::headings(turn));
        let page = self.pages.entry(path_of(target).to_owned()).or_default();
        page.extend(compare::headings(turn));
    }
}

/// The names of the cookies that an answer sets.
pub fn names_of(turn: &Turn) -> Vec<String> {
    turn.response.sets().map(|set| set.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::exchange::format::library;

    fn curls(id: &str) -> Vec<Result<String, &'static str>> {
        let entries = library::entries(&crate::repository::exchanges()).unwrap();
        let entry = entries.iter().find(|entry| entry.id() == id);
        let exchange = Exchange::read(0, entry.unwrap()).unwrap();
        exchange.curls("http://127.0.0.1:8001")
    }

    #[test]
    fn a_browser_that_brings_nothing_is_one_command() {
        // The steps before it change a cookie, and it brings none.
        let all = curls("secret-key/edited");
        assert!(all[3].is_err());
        let wanted = "curl -i -c second-browser.txt http://127.0.0.1:8001/open";
        assert_eq!(all[4].as_deref(), Ok(wanted));
    }

    #[test]
    fn a_report_gives_no_curl_line_that_the_page_refuses() {
        // Its second answer deletes one cookie and sets another.
        let curls = curls("login/logged-out");
        let given: Vec<bool> = curls.iter().map(Result::is_ok).collect();
        assert_eq!(given, [true, true, false]);
    }
}
