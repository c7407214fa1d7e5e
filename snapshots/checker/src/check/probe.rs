//! Whether what a cookie says can be read and changed by whoever has the browser: a
//! session in which a name can be read is sent once more with another name in it.

use super::exchange::Exchange;
use super::names::renamed;
use super::{Check, Names, Outcome};
use crate::compare::Finding;
use crate::compare::body::words_but_messages;
use crate::faults::Fault;
use ::exchange::format::cookie::{SetCookie, Value};
use ::exchange::format::script::Directive;
use ::exchange::format::transcript::Turn;
use ::exchange::play::player::Player;
use ::exchange::play::server::Server;
use base64::Engine;
use base64::prelude::{
    BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD,
};

/// The name that nobody has said.
const OTHER: &str = "Eve";

/// A cookie that the pin seals, and in whose value a name can be read.
pub struct Readable<'a> {
    /// That of the pin.
    pub wanted: &'a SetCookie,
    set: &'a SetCookie,
    /// The index of the step that set it.
    at: usize,
    name: String,
    forged: String,
}

impl<'a> Readable<'a> {
    /// The first of an exchange, in what came. `is_tried` tells by the pin's name of one
    /// whether it needs no further look.
    pub fn find(
        exchange: &'a Exchange<'_>,
        lives: &'a [Option<Turn>],
        is_tried: impl Fn(&str) -> bool,
    ) -> Option<Readable<'a>> {
        let mut turns = exchange.pin.turns.iter().zip(lives).enumerate();
        turns.find_map(|(at, (pinned, live))| {
            let mut sets = pinned.response.sets();
            let wanted = sets.find(|set| is_sealed(set))?;
            let value = wanted.value.as_ref()?.to_string();
            let name = name(&value).filter(|_| !is_tried(&wanted.name))?;
            let (set, forged) = read(pinned, live.as_ref()?, name)?;
            Some(Readable {
                wanted,
                set,
                at,
                name: name.to_owned(),
                forged,
            })
        })
    }

    /// The index of the first step after it in which the server says the name, where the
    /// pin says it, too.
    pub fn said_at(
        &self,
        exchange: &Exchange<'_>,
        lives: &[Option<Turn>],
    ) -> Option<usize> {
        let steps = &exchange.script.steps;
        (self.at + 1..steps.len()).find(|step| {
            steps[*step].browser() == steps[self.at].browser()
                && says(&exchange.pin.turns[*step], &self.name)
                && lives[*step].as_ref().is_some_and(|it| says(it, &self.name))
        })
    }

    /// Plays the exchange once more, up to this step, which is sent with the other name:
    /// whether the server says that.
    pub fn is_believed(
        &self,
        exchange: &Exchange<'_>,
        said_at: usize,
        names: &Names,
        mut player: Player<impl Server>,
    ) -> bool {
        let (before, rest) = exchange.script.steps.split_at(said_at);
        let mut before = before.iter().map(|step| renamed(step, names));
        if before.any(|step| player.step(&step).is_err()) {
            return false;
        }
        let mut step = renamed(&rest[0], names);
        step.directives.push(Directive::Edit {
            name: self.set.name.clone(),
            value: self.forged.clone(),
        });
        player.step(&step).is_ok_and(|live| says(&live, OTHER))
    }

    /// Says so at the step that first set it, before what follows from it.
    pub fn tell(&self, lives: &[Option<Turn>], checks: &mut [Check]) {
        let finding = Finding::new(
            Fault::Unsealed,
            format!("set-cookie: {}", self.wanted),
            format!("set-cookie: {}", self.set),
        );
        let is_set = |live: &Option<Turn>| {
            let mut sets = live.iter().flat_map(|live| live.response.sets());
            sets.any(|other| other.name == self.set.name)
        };
        let first = lives.iter().position(is_set).unwrap_or(self.at);
        match &mut checks[first].outcome {
            Outcome::Failed(findings)
                if findings.iter().any(|it| it.fault == finding.fault) => {}
            Outcome::Failed(findings) => findings.insert(0, finding),
            outcome => *outcome = Outcome::Failed(vec![finding]),
        }
    }
}

fn is_sealed(set: &SetCookie) -> bool {
    set.value.as_ref().is_some_and(Value::is_sealed)
}

fn says(turn: &Turn, name: &str) -> bool {
    words_but_messages(&turn.response).contains(name)
}

/// The cookie of an answer in whose value this name can be read, and the value with the
/// other name.
fn read<'a>(
    pinned: &Turn,
    live: &'a Turn,
    name: &str,
) -> Option<(&'a SetCookie, String)> {
    // A lesson may have a plain cookie of the same words, on purpose.
    let is_plain = |set: &SetCookie| {
        let mut plain = pinned.response.sets().filter(|wanted| !is_sealed(wanted));
        plain.any(|wanted| wanted.name == set.name || wanted.value == set.value)
    };
    let mut sets = live.response.sets().filter(|set| !is_plain(set));
    sets.find_map(|set| {
        // What was read with the key is for nobody else to read.
        let value = set.value.as_ref().filter(|it| !it.is_sealed())?;
        Some((set, forged(&value.to_string(), name, OTHER)?))
    })
}

/// The first name in a text: three letters or more, the first one a capital.
fn name(text: &str) -> Option<&str> {
    let words = text.split(|char: char| !char.is_alphabetic());
    let mut names = words.filter(|word| {
        word.chars().count() >= 3 && word.starts_with(char::is_uppercase)
    });
    names.next()
}

/// The value with another name in place of this one, written in the same way: as it
/// is, in base64, or in hexadecimal digits. Nothing where the name is not found. What
/// follows a signature's dot stays, so that a signed value no longer fits it.
fn forged(value: &str, name: &str, other: &str) -> Option<String> {
    if value.contains(name) {
        return Some(as_sent(&value.replace(name, other)));
    }
    let (text, rest) = match value.split_once('.') {
        Some((text, rest)) => (text, format!(".{rest}")),
        None => (value, String::new()),
    };
    let changed = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).ok()?;
        text.contains(name).then(|| text.replace(name, other))
    };
    let engines = [
        BASE64_STANDARD,
        BASE64_STANDARD_NO_PAD,
        BASE64_URL_SAFE,
        BASE64_URL_SAFE_NO_PAD,
    ];
    let in_base64 = engines.iter().find_map(|engine| {
        let text = changed(engine.decode(text).ok()?)?;
        Some(engine.encode(text))
    });
    let in_hex = || {
        let text = changed(from_hex(text)?)?;
        Some(text.bytes().map(|byte| format!("{byte:02x}")).collect())
    };
    Some(in_base64.or_else(in_hex)? + &rest)
}

/// A value as it is sent, of one as a transcript has it: a letter that can't stand in a
/// line, `\u{3b}`, is one that was sent in percent.
fn as_sent(value: &str) -> String {
    let mut parts = value.split("\\u{");
    let mut sent = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.split_once('}');
        let read = digits.and_then(|(digits, rest)| {
            Some((u8::from_str_radix(digits, 16).ok()?, rest))
        });
        match read {
            Some((byte, rest)) => sent += &format!("%{byte:02X}{rest}"),
            None => sent += &format!("\\u{{{part}"),
        }
    }
    sent
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    let bytes = (0..text.len()).step_by(2);
    bytes
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_however_it_is_written_and_nothing_else_is() {
        for (value, wanted) in [
            ("Ada", Some("Eve")),
            ("name=Ada; n=1", Some("name=Eve; n=1")),
            ("eyJuIjoiQWRhIn0=", Some("eyJuIjoiRXZlIn0=")),
            (
                "eyJuIjoiQWRhIn0.aSd3.f9-a",
                Some("eyJuIjoiRXZlIn0.aSd3.f9-a"),
            ),
            ("416461", Some("457665")),
            ("2\\u{3b}Ada", Some("2%3BEve")),
            ("\\u{Ada", Some("\\u{Eve")),
            ("8f14e45fceea167a5a36dedd4bea2543", None),
            ("", None),
        ] {
            assert_eq!(forged(value, "Ada", "Eve").as_deref(), wanted, "{value}");
        }
    }

    #[test]
    fn a_name_has_a_capital() {
        assert_eq!(name("{\"name\":\"Ada\",\"visits\":1}"), Some("Ada"));
        assert_eq!(name("[\"milk\"]"), None);
    }
}
