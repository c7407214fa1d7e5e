//! What a reader may predict before a step is sent. Questions, choices and the
//! right one all come from the pins, so no answer key can be wrong.

use exchange::format::cookie::{Fate, SetCookie};
use exchange::format::page;
use exchange::format::transcript::{Response, Transcript, Turn};
use serde::Serialize;
use std::collections::BTreeSet;

/// The most choices of a question.
const CHOICES: usize = 4;
/// A longer value is cut, in characters.
const BRIEF: usize = 60;
/// A longer body is no choice.
const SAYING: usize = 70;

/// What a question asks; the words are the page's script's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// Which status comes back.
    Status,
    /// Where the answer sends the browser.
    Location,
    /// What becomes of the cookie of this name.
    Cookie(String),
    /// What the answer says.
    Body,
}

/// A question about what comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// What it asks.
    pub about: About,
    /// What may be chosen.
    pub choices: Vec<String>,
    /// The right one, by its place in them.
    pub right: usize,
    /// What in the pin speaks against the others, where the right one does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub came: Option<String>,
}

/// What the pins of a lesson hold, of which the choices are made.
#[derive(Debug, Default)]
pub struct Known {
    statuses: BTreeSet<String>,
    /// Where its answers send a browser, and what it asks for.
    locations: BTreeSet<String>,
    sayings: BTreeSet<String>,
}

impl Known {
    /// What the pins of one lesson hold.
    pub fn of(lesson: &[Transcript]) -> Known {
        let mut known = Known::default();
        for turn in lesson.iter().flat_map(|pin| &pin.turns) {
            known.statuses.insert(status_line(&turn.response));
            known.locations.insert(to(turn));
            let target = brief(&turn.request.target);
            known.locations.insert(format!("to {target}"));
            known.sayings.extend(line(turn));
        }
        known
    }
}

/// The questions for each step of `pin`. The other choices are what the pins
/// of the same lesson hold elsewhere.
pub fn questions(pin: &Transcript, lesson: &Known) -> Vec<Vec<Question>> {
    let mut before: Option<&Turn> = None;
    let mut questions = Vec::new();
    for turn in &pin.turns {
        let of_step = [
            Some(status(turn, lesson)),
            Some(location(turn, lesson)),
            jar(turn, before),
            saying(turn, lesson),
        ];
        questions.push(of_step.into_iter().flatten().collect());
        before = Some(turn);
    }
    questions
}

/// A question, its choices in order, the right one among them.
fn question(
    about: About,
    right: &str,
    others: impl IntoIterator<Item = String>,
    came: Option<String>,
) -> Question {
    let others: BTreeSet<String> =
        others.into_iter().filter(|text| text != right).collect();
    let mut choices: Vec<String> = others.into_iter().take(CHOICES - 1).collect();
    choices.push(right.to_owned());
    choices.sort();
    let place = choices.iter().position(|text| text == right);
    Question {
        about,
        choices,
        right: place.unwrap_or_default(),
        came,
    }
}

fn status_line(response: &Response) -> String {
    format!("{} {}", response.status, response.reason)
}

fn status(turn: &Turn, lesson: &Known) -> Question {
    let right = status_line(&turn.response);
    let usual = ["200 OK", "303 See Other", "404 Not Found"].map(str::to_owned);
    let others = lesson.statuses.iter().cloned().chain(usual);
    question(About::Status, &right, others, None)
}

const NOWHERE: &str = "nowhere: it stays";

/// Where the answer sends a browser.
fn to(turn: &Turn) -> String {
    match turn.response.header("location") {
        Some(location) => format!("to {}", brief(location)),
        None => NOWHERE.to_owned(),
    }
}

fn location(turn: &Turn, lesson: &Known) -> Question {
    let right = to(turn);
    let known = lesson.locations.iter().cloned();
    let others = [NOWHERE.to_owned()].into_iter().chain(known);
    let came = match turn.response.header("location") {
        Some(location) => format!("The answer says “location: {}”.", brief(location)),
        None => {
            "The answer has no location line, so the browser shows what came.".into()
        }
    };
    question(About::Location, &right, others, Some(came))
}

/// A header's value, cut where a choice would be too long to be read: a target
/// before its query, anything else where it is.
fn brief(text: &str) -> String {
    if text.chars().count() <= BRIEF {
        return text.to_owned();
    }
    match text.split_once('?') {
        Some((path, _)) if path.len() <= BRIEF => format!("{path}?…"),
        _ => text.chars().take(BRIEF).chain(['…']).collect(),
    }
}

/// What becomes of the first cookie that this step is about.
fn jar(turn: &Turn, before: Option<&Turn>) -> Option<Question> {
    let response = &turn.response;
    let sent = turn.request.cookies();
    let set = |name: &str| response.cookies.iter().find(|set| set.name == name);
    let first = response.cookies.first().map(|set| &set.name);
    let name = first
        .or(sent.first().map(|cookie| &cookie.name))
        .or(response.kept().next().map(|cookie| &cookie.name))?;
    let had = sent.iter().any(|cookie| cookie.name == *name)
        || before.is_some_and(|before| before.response.keeps(name).is_some());
    let refused = response.refusals(name).next();
    let says = |set: &SetCookie| {
        format!("The answer says “set-cookie: {}”.", brief(&set.to_string()))
    };
    let (right, came) = match (refused, response.fate(name, had), set(name)) {
        (Some(refused), ..) => {
            ("The browser refuses it", format!("The browser {refused}."))
        }
        (None, Some(Fate::Changed), Some(set)) => ("It changes", says(set)),
        (None, Some(Fate::New), Some(set)) => ("It is new in the jar", says(set)),
        (None, Some(Fate::Gone) | None, Some(set)) => ("It leaves the jar", says(set)),
        (None, Some(Fate::Gone), None) => (
            "It leaves the jar",
            "Its time is over, so the browser lets go of it.".into(),
        ),
        (None, ..) => (
            "It stays as it was",
            format!("No line of the answer sets {name}."),
        ),
    };
    let others = [
        "It changes",
        "It is new in the jar",
        "It leaves the jar",
        "It stays as it was",
    ];
    let others = others.map(str::to_owned);
    let about = About::Cookie(name.to_owned());
    Some(question(about, right, others, Some(came)))
}

/// What an answer's body says, in a line; nothing when it is too long for one.
fn line(turn: &Turn) -> Option<String> {
    let response = &turn.response;
    let kind = response.header("content-type").unwrap_or_default();
    let text = match kind.starts_with("text/html") {
        true => {
            let said = page::said(&response.body).into_iter();
            let said = said
                .filter(|said| said.kind != "heading")
                .map(|said| said.text);
            match said.collect::<Vec<_>>().join(" · ") {
                text if text.is_empty() => "No message and no list".to_owned(),
                text => text,
            }
        }
        false if response.body.is_empty() => "Nothing: the body is empty".to_owned(),
        false => response.body.clone(),
    };
    (text.chars().count() <= SAYING && !text.contains('\n')).then_some(text)
}

fn saying(turn: &Turn, lesson: &Known) -> Option<Question> {
    let right = line(turn)?;
    if lesson.sayings.iter().all(|other| *other == right) {
        return None;
    }
    let others = lesson.sayings.iter().cloned();
    Some(question(About::Body, &right, others, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_target_is_cut_before_its_query() {
        assert_eq!(brief("/login?next=%2Faccount"), "/login?next=%2Faccount");
        let long = format!("/authorize?state={}", "x".repeat(100));
        assert_eq!(brief(&long), "/authorize?…");
        assert_eq!(brief(&"x".repeat(61)).chars().count(), 61);
    }

    const PIN: &str = "### A\n> POST /save\n< 303 See Other\n< location: /note\n< set-cookie: _flash=x; Path=/\n* keeps _flash=x\n\n\
        ### B\n> GET /note\n> cookie: _flash=x\n< 200 OK\n< content-type: text/html\n< set-cookie: _flash=; removed\n* keeps nothing\n\n<p role=status>Saved.</p>\n";

    fn asked() -> Vec<Vec<Question>> {
        let pin = Transcript::parse(PIN).unwrap();
        questions(&pin, &Known::of(std::slice::from_ref(&pin)))
    }

    fn right(question: &Question) -> &str {
        &question.choices[question.right]
    }

    #[test]
    fn the_pin_says_which_choice_is_right() {
        let rights: Vec<Vec<String>> = asked()
            .iter()
            .map(|step| {
                step.iter()
                    .map(|question| right(question).to_owned())
                    .collect()
            })
            .collect();
        assert_eq!(
            rights,
            [
                [
                    "303 See Other",
                    "to /note",
                    "It is new in the jar",
                    "Nothing: the body is empty"
                ],
                ["200 OK", "nowhere: it stays", "It leaves the jar", "Saved."],
            ]
        );
    }

    #[test]
    fn what_speaks_against_a_wrong_choice_is_the_pins() {
        let first = &asked()[0];
        let came = |index: usize| first[index].came.as_deref();
        assert_eq!(came(1), Some("The answer says “location: /note”."));
        // The right choice says it itself.
        assert_eq!((came(0), came(3)), (None, None));
    }

    #[test]
    fn no_question_has_one_choice_or_more_than_four() {
        for question in asked().iter().flatten() {
            assert!(
                (2..=CHOICES).contains(&question.choices.len()),
                "{question:?}"
            );
        }
    }
}
