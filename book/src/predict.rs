//! What a reader may predict before a step is sent. Questions, choices and the
//! right one all come from the pins, so no answer key can be wrong.

use exchange::format::cookie::{Fate, SetCookie};
use exchange::format::page;
use exchange::format::transcript::{Note, Response, Transcript, Turn};
use serde::Serialize;
use std::collections::BTreeSet;

/// The most choices of a question.
const CHOICES: usize = 4;
/// A longer value is cut, in characters.
const BRIEF: usize = 90;
/// A longer body is no choice.
const SAYING: usize = 70;

/// A question about what comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The question.
    pub ask: String,
    /// What may be chosen.
    pub choices: Vec<Choice>,
}

/// One of a question's choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What it says.
    pub text: String,
    /// What in the pin speaks against it; nothing for the right one.
    pub wrong: Option<String>,
}

/// The questions for each step of `pin`. The other choices are what the pins
/// of the same lesson, `lesson`, hold elsewhere.
pub fn questions(pin: &Transcript, lesson: &[Transcript]) -> Vec<Vec<Question>> {
    let elsewhere: Vec<&Turn> = lesson.iter().flat_map(|pin| &pin.turns).collect();
    let mut before: Option<&Turn> = None;
    let mut questions = Vec::new();
    for turn in &pin.turns {
        let of_step = [
            Some(status(turn, &elsewhere)),
            Some(location(turn, &elsewhere)),
            jar(turn, before),
            saying(turn, &elsewhere),
        ];
        questions.push(of_step.into_iter().flatten().collect());
        before = Some(turn);
    }
    questions
}

/// A question, its choices in order, the right one among them.
fn question(
    ask: &str,
    right: &str,
    others: impl IntoIterator<Item = String>,
    wrong: impl Fn(&str) -> String,
) -> Question {
    let others: BTreeSet<String> =
        others.into_iter().filter(|text| text != right).collect();
    let mut texts: Vec<String> = others.into_iter().take(CHOICES - 1).collect();
    texts.push(right.to_owned());
    texts.sort();
    let choices = texts.into_iter().map(|text| Choice {
        wrong: (text != right).then(|| wrong(&text)),
        text,
    });
    Question {
        ask: ask.to_owned(),
        choices: choices.collect(),
    }
}

fn status_line(response: &Response) -> String {
    format!("{} {}", response.status, response.reason)
}

fn status(turn: &Turn, elsewhere: &[&Turn]) -> Question {
    let response = &turn.response;
    let right = status_line(response);
    let known = elsewhere.iter().map(|turn| status_line(&turn.response));
    let usual = ["200 OK", "303 See Other", "404 Not Found"].map(str::to_owned);
    let came = format!(
        "The answer is {right}{}.",
        meaning(response.status)
            .map(|words| format!(": {words}"))
            .unwrap_or_default()
    );
    question(
        "Which status comes back?",
        &right,
        known.chain(usual),
        |chosen| {
            let code = chosen.split(' ').next().and_then(|code| code.parse().ok());
            match code.and_then(meaning) {
                Some(words) => format!("{chosen} would mean: {words}. {came}"),
                None => came.clone(),
            }
        },
    )
}

/// What a status tells a browser (RFC 9110, section 15).
fn meaning(status: u16) -> Option<&'static str> {
    Some(match status {
        200 => "here is what you asked for",
        204 => "done, and there is nothing to show",
        301 => "this has moved for good",
        302 => "go there this time, by most browsers with a GET",
        303 => "go there with a GET",
        307 => "send the same request again, over there",
        308 => "send the same request over there, from now on",
        400 => "the server can't understand the request",
        401 => "log in first",
        403 => "you may not",
        404 => "there is nothing at this address",
        405 => "not with this method",
        409 => "this no longer fits what the server has",
        413 => "that is too much",
        422 => "the form is understood, and doesn't fit",
        429 => "too many requests",
        500..=599 => "the server failed",
        _ => return None,
    })
}

fn location(turn: &Turn, elsewhere: &[&Turn]) -> Question {
    const NOWHERE: &str = "nowhere: it stays";
    let to = |turn: &Turn| match turn.response.header("location") {
        Some(location) => format!("to {}", brief(location)),
        None => NOWHERE.to_owned(),
    };
    let right = to(turn);
    let targets = elsewhere
        .iter()
        .map(|turn| format!("to {}", brief(&turn.request.target)));
    let known = elsewhere.iter().map(|turn| to(turn));
    let others = [NOWHERE.to_owned()].into_iter().chain(known).chain(targets);
    let came = match turn.response.header("location") {
        Some(location) => format!("The answer says “location: {}”.", brief(location)),
        None => {
            "The answer has no location line, so the browser shows what came.".into()
        }
    };
    question("Where does it send the browser?", &right, others, |_| {
        came.clone()
    })
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
    let refused = response.notes.iter().find(
        |note| matches!(note, Note::Refuses { name: refused, .. } if refused == name),
    );
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
    let ask = format!("What becomes of the cookie {name}?");
    Some(question(&ask, right, others.map(str::to_owned), |_| {
        came.clone()
    }))
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

fn saying(turn: &Turn, elsewhere: &[&Turn]) -> Option<Question> {
    let right = line(turn)?;
    let others: Vec<String> = elsewhere.iter().filter_map(|turn| line(turn)).collect();
    if others.iter().all(|other| *other == right) {
        return None;
    }
    let came = format!("What came is: {right}.");
    Some(question("What does it say?", &right, others, |_| {
        came.replace("..", ".")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_target_is_cut_before_its_query() {
        assert_eq!(brief("/login?next=%2Faccount"), "/login?next=%2Faccount");
        let long = format!("/authorize?state={}", "x".repeat(100));
        assert_eq!(brief(&long), "/authorize?…");
        assert_eq!(brief(&"x".repeat(91)).chars().count(), 91);
    }

    const PIN: &str = "### A\n> POST /save\n< 303 See Other\n< location: /note\n< set-cookie: _flash=x; Path=/\n* keeps _flash=x\n\n\
        ### B\n> GET /note\n> cookie: _flash=x\n< 200 OK\n< content-type: text/html\n< set-cookie: _flash=; removed\n* keeps nothing\n\n<p role=status>Saved.</p>\n";

    fn asked() -> Vec<Vec<Question>> {
        let pin = Transcript::parse(PIN).unwrap();
        questions(&pin, std::slice::from_ref(&pin))
    }

    fn right(question: &Question) -> &str {
        let mut right = question
            .choices
            .iter()
            .filter(|choice| choice.wrong.is_none());
        let only = right.next().expect("a right choice");
        assert_eq!(right.next(), None, "{question:?}");
        &only.text
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
    fn a_wrong_choice_hears_what_speaks_against_it() {
        let first = &asked()[0];
        let wrong = |question: &Question, text: &str| {
            let choice = question.choices.iter().find(|choice| choice.text == text);
            choice
                .and_then(|choice| choice.wrong.clone())
                .expect("a wrong choice")
        };
        assert_eq!(
            wrong(&first[0], "200 OK"),
            "200 OK would mean: here is what you asked for. The answer is 303 See Other: go there with a GET."
        );
        assert_eq!(
            wrong(&first[1], "nowhere: it stays"),
            "The answer says “location: /note”."
        );
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
