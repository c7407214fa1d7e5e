//! What the line says that sets a cookie.

use super::{Sets, set_line};
use crate::compare::body::words;
use crate::compare::{Compared, Finding, Verdict};
use crate::faults::Fault;
use exchange::format::cookie::SetCookie;
use exchange::format::route::path_of;
use exchange::format::time::cookie_age;
use exchange::format::transcript::Response;
use exchange::play::jar::path_match;

/// A cookie that the requirement calls by its name, where none of that name came.
pub fn other_name(compared: &Compared<'_>, sets: &Sets<'_>) -> Option<Finding> {
    let wanted = sets.wanted.iter().find(|wanted| {
        is_asked_by_name(compared, wanted)
            && sets.came.iter().all(|came| came.name != wanted.name)
    })?;
    let actual = format!("no cookie of the name {}", wanted.name);
    Some(Finding::new(Fault::OtherCookie, set_line(wanted), actual))
}

/// The session, where the pin keeps it from scripts and no line of the answer does.
pub fn readable_by_scripts(
    compared: &Compared<'_>,
    sets: &Sets<'_>,
    is: &Response,
) -> Option<Finding> {
    let is_closed = |set: &SetCookie| set.attribute("httponly").is_some();
    let wanted = sets.wanted.iter().find(|set| is_closed(set))?;
    let session = sets.sessions.first()?;
    if sets.sessions.iter().any(|set| is_closed(set)) {
        return None;
    }
    // A session that was set before is still in the jar, and this is something else.
    let before = compared.before.iter().flatten();
    let mut before = before.flat_map(|turn| turn.response.sets());
    let is_beside = before.any(|set| is_closed(set) && is.keeps(&set.name).is_some());
    let own = |set: &SetCookie| compared.own_name(&set.name) == session.name;
    if is_beside && !sets.wanted.iter().any(|set| is_closed(set) && own(set)) {
        return None;
    }
    let (expected, actual) = (set_line(wanted), set_line(session));
    Some(Finding::new(Fault::ReadableByScripts, expected, actual))
}

/// Compares one that came with those of the pin. `first` is the first of them.
pub fn compare(
    compared: &Compared<'_>,
    sets: &Sets<'_>,
    first: &SetCookie,
    set: &SetCookie,
    is: &Response,
    verdict: &mut Verdict,
) {
    // Where this one goes from here, in the pin; by another name any of them.
    let wanted = sets.wanted.iter().copied();
    let same: Vec<&SetCookie> = wanted.filter(|it| it.name == set.name).collect();
    let like = if same.is_empty() { &sets.wanted } else { &same };
    if let Some(target) = missed(compared, like, set) {
        let actual = format!("{} (not sent to {target})", set_line(set));
        verdict.find(Fault::NarrowPath, set_line(like[0]), actual);
    }
    if lifetime(set).is_some_and(|days| days > 400) {
        verdict.find(Fault::TooLong, set_line(first), set_line(set));
    }
    let is_session = sets.sessions.iter().any(|it| it.name == set.name);
    if let Some(fault) = counted(compared, set, is).filter(|_| is_session) {
        verdict.find(fault, set_line(first), set_line(set));
    }
    verdict.advice.extend(advice(compared, &same, set));
}

/// The first page that needs it, by the pin, and to which this one's path does not reach.
fn missed<'a>(
    compared: &Compared<'a>,
    like: &[&SetCookie],
    set: &SetCookie,
) -> Option<&'a str> {
    let narrow = set.attribute("path").filter(|path| {
        let mut like = like.iter();
        path.starts_with('/') && like.all(|it| it.attribute("path") != Some(path))
    })?;
    let goes = |target: &str| {
        let mut paths = like.iter().map(|set| set.attribute("path").unwrap_or("/"));
        paths.any(|path| path_match(path_of(target), path))
    };
    let mut later = compared.later.iter().copied();
    later.find(|target| goes(target) && !path_match(path_of(target), narrow))
}

/// What is wrong with a session of which all is a small number.
fn counted(compared: &Compared<'_>, set: &SetCookie, is: &Response) -> Option<Fault> {
    let number = set.value.as_ref()?.to_string();
    if number.len() > 5 || number.parse::<u64>().is_err() {
        return None;
    }
    // What a reader's project says of it is no name of a session.
    let said = words(is);
    let mut said = said.split(|char: char| !char.is_ascii_digit());
    Some(match compared.is_project && said.any(|it| it == number) {
        true => Fault::Unsealed,
        false => Fault::Guessable,
    })
}

/// What is right and could be better. `same` are those of the pin of its name.
fn advice(
    compared: &Compared<'_>,
    same: &[&SetCookie],
    set: &SetCookie,
) -> Vec<String> {
    let mut advice = Vec::new();
    if set.attribute("samesite").is_none() {
        advice.push(format!(
            "The cookie {} has no SameSite. Browsers then choose, and not all choose Lax.",
            set.name
        ));
    }
    let has_end = |set: &SetCookie| {
        set.attribute("expires").is_some() || set.attribute("max-age").is_some()
    };
    let ends = same.iter().any(|wanted| has_end(wanted));
    if !same.is_empty() && !ends && has_end(set) {
        advice.push(format!(
            "The cookie {} stays when the browser is closed. The page's names no end.",
            set.name
        ));
    }
    if compared.is_project && ends && !has_end(set) {
        advice.push(format!(
            "The cookie {} names no end: it goes when the browser is closed. The page's stays \
             longer.",
            set.name
        ));
    }
    advice
}

/// For how many days a cookie asks to be kept, if it says.
fn lifetime(set: &SetCookie) -> Option<i64> {
    let seconds = set.attribute("max-age").and_then(cookie_age);
    // As a transcript has it: `in 7 days`.
    let shown = set
        .attribute("expires")
        .and_then(|text| text.strip_prefix("in "));
    let shown = shown.and_then(|text| {
        let (count, unit) = text.split_once(' ')?;
        let length = match unit.trim_end_matches('s') {
            "day" => 86_400,
            "hour" => 3_600,
            "minute" => 60,
            _ => 1,
        };
        Some(count.parse::<i64>().ok()? * length)
    });
    Some(seconds.or(shown)? / 86_400)
}

/// The cookies that the requirement calls by their names: each has the words that the pin
/// has after its value; its value, its `SameSite` and its path, where they are said, too.
pub fn other_words(compared: &Compared<'_>, sets: &Sets<'_>) -> Vec<Finding> {
    let asked = sets.wanted.iter();
    let asked = asked.filter(|wanted| is_asked_by_name(compared, wanted));
    asked
        .filter_map(|wanted| {
            // That there is one was looked at before.
            let came = sets.came.iter().find(|set| set.name == wanted.name)?;
            lacks(compared, wanted, came).then(|| {
                let (expected, actual) = (set_line(wanted), set_line(came));
                Finding::new(Fault::OtherCookie, expected, actual)
            })
        })
        .collect()
}

/// Whether its words or its value are others than what is asked.
fn lacks(compared: &Compared<'_>, wanted: &SetCookie, came: &SetCookie) -> bool {
    const WORDS: [&str; 6] = [
        "domain",
        "expires",
        "httponly",
        "max-age",
        "partitioned",
        "secure",
    ];
    let says = |text: &str| compared.requirement.contains(text);
    // What else stands in a line that is refused is all the same.
    let mut refusals = compared.pin.response.refusals(&wanted.name);
    let is_refused = refusals.next().is_some();
    let mut words = match is_refused {
        true => WORDS[..1].to_vec(),
        false => WORDS.to_vec(),
    };
    let more = [("samesite", "SameSite"), ("path", " path")];
    let said = more.iter().filter(|(_, text)| !is_refused && says(text));
    words.extend(said.map(|(word, _)| *word));
    let is_other = |word: &&str| {
        let (wanted, came) = (wanted.attribute(word), came.attribute(word));
        // A reader's project says no more than the page either.
        let is_said = wanted.is_some() || (compared.is_project && !is_refused);
        is_said && came != wanted
    };
    let is_valued = wanted
        .value
        .as_ref()
        .is_some_and(|value| says(&format!("`{}={value}`", wanted.name)));
    words.iter().any(is_other) || (is_valued && came.value != wanted.value)
}

/// Whether the requirement calls it by its name, as `name` or `name=value`.
fn is_asked_by_name(compared: &Compared<'_>, set: &SetCookie) -> bool {
    let says = |text: String| compared.requirement.contains(&text);
    says(format!("`{}`", set.name)) || says(format!("`{}=", set.name))
}
