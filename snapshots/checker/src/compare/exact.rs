//! Compares all of an answer, line by line.

use super::Verdict;
use crate::faults::Fault;
use exchange::format::cookie::Value;
use exchange::format::difference;
use exchange::format::transcript::{Note, Turn};
use exchange::play::normalize::looks_sealed;
use std::collections::HashMap;

/// The most bytes of an answer that are kept for who reads of it.
const LONG: usize = 64 * 1024;

/// Compares all of an answer. What only the server's key can open stays closed:
/// it must look sealed where the pin has something sealed. Where the pin's value is
/// closed itself, any value is right.
pub fn compare(pin: &Turn, live: &Turn) -> Verdict {
    let sealed = names_of_sealed(pin);
    let (pin, live) = (closed(pin, &sealed), closed(live, &sealed));
    let mut verdict = Verdict::default();
    if !difference::of_answers(&pin.response, &live.response).is_empty() {
        verdict.find(Fault::Differs, answer(&pin), answer(&live));
    }
    verdict
}

/// The cookies whose values the pin shows opened, by name, and whether any value of
/// theirs is right.
fn names_of_sealed(pin: &Turn) -> HashMap<&str, bool> {
    let sets = pin.response.sets();
    let set = sets.map(|set| (&set.name, set.value.as_ref()));
    let kept = pin.response.kept();
    let kept = kept.map(|cookie| (&cookie.name, Some(&cookie.value)));
    set.chain(kept)
        .filter_map(|(name, value)| Some((name.as_str(), value?)))
        .filter(|(_, value)| value.is_sealed())
        .map(|(name, value)| (name, value.is_closed()))
        .collect()
}

/// The turn with the values of these cookies closed.
fn closed(turn: &Turn, sealed: &HashMap<&str, bool>) -> Turn {
    let close = |name: &str, value: &mut Value| {
        let Some(any) = sealed.get(name) else {
            return;
        };
        let opaque = match value {
            Value::Plain(text) => *any || looks_sealed(text),
            _ => true,
        };
        if opaque {
            *value = Value::closed();
        }
    };
    let mut turn = turn.clone();
    for set in &mut turn.response.cookies {
        if let Some(value) = &mut set.value {
            close(&set.name, value);
        }
    }
    turn.response.cookies.sort_by_key(ToString::to_string);
    for note in &mut turn.response.notes {
        if let Note::Keeps(cookie) = note {
            close(&cookie.name, &mut cookie.value);
        }
    }
    turn
}

/// The answer's part of a transcript.
pub fn answer(turn: &Turn) -> String {
    let text = turn.to_string();
    let from = text.find("\n< ").map_or(0, |at| at + 1);
    cut(text[from..].trim_end(), LONG)
}

/// The beginning of a text that is longer than so many bytes, with how many it has.
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
    let shown = &text[..end.unwrap_or(0)];
    format!("{shown}…\n(cut here: it has {} bytes)", text.len())
}
