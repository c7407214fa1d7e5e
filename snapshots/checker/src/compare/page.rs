//! Whether a page is the pin's: its heading, its messages and its items.

use super::brought::brought;
use super::{Compared, Verdict, forms, items, messages};
use crate::faults::Fault;
use exchange::format::cookie::Cookie;
use exchange::format::page::{Said, said, title, visible};
use exchange::format::transcript::Turn;

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (said(&compared.pin.response.body), said(&live.response.body));
    let both = |kinds: &[&str]| (of_kind(&was, kinds), of_kind(&is, kinds));

    let (wanted, came) = both(&["heading"]);
    if wanted != came {
        // In other words it is the author's own page; in those of another page, or
        // with nothing to say, it is another one.
        let is_another = came.iter().any(|text| compared.headings.contains(text));
        let mistake = compared
            .is_project
            .then(|| mistaken(compared, live, &wanted, &came))
            .flatten();
        match is_another || is.is_empty() || mistake.is_some() {
            true => verdict.find_with(
                Fault::OtherHeading,
                list(&wanted),
                list(&came),
                mistake,
            ),
            false => verdict.advice.push(format!(
                "The page's h1 is another one than the book's: {}, and there {}.",
                list(&came),
                list(&wanted)
            )),
        }
    }
    if verdict.is_well()
        && let Some((name, brought)) = somebody_elses(compared, live)
    {
        let note =
            format!("{name} is from {brought}, which the browser brought before");
        let (wanted, came) = both(&["heading"]);
        verdict.find_with(Fault::OtherWords, list(&wanted), list(&came), Some(note));
    }
    let (wanted, came) = both(&["status", "alert"]);
    // Markup that a stranger wrote, as it was written.
    let runs = |texts: &[String]| {
        let mut texts = texts.iter().filter(|text| text.contains('<'));
        texts.any(|text| live.response.body.contains(text.as_str()))
    };
    let fault = match (wanted.is_empty(), came.is_empty()) {
        // In a title, too, it can end what is around it.
        _ if runs(&wanted) => Some(Fault::Unescaped),
        _ if wanted == came => None,
        (true, _) => Some(Fault::MessageAgain),
        (_, true) => Some(Fault::MessageLost),
        _ if came.iter().all(|text| wanted.contains(text)) => Some(Fault::OtherMessage),
        _ if came.len() > wanted.len() => Some(Fault::MessageAgain),
        _ => Some(Fault::OtherMessage),
    };
    if let Some(fault) = fault {
        let note = match fault {
            Fault::MessageLost => messages::where_it_is(compared, live, &wanted),
            Fault::OtherMessage if came.len() > wanted.len() => {
                Some("the page says it more than once".to_owned())
            }
            Fault::OtherMessage => messages::as_it_was_brought(compared, live),
            Fault::MessageAgain => messages::where_it_was(compared, live, &came),
            _ => None,
        };
        verdict.find_with(fault, list(&wanted), list(&came), note);
    } else if is_not_in_the_title(compared, live, &came) {
        verdict.advice.push(
            "The page's title does not have its message, which many screen readers say \
             first."
                .to_owned(),
        );
    } else if both(&["status"]).0 != both(&["status"]).1 {
        verdict.advice.push(
            "The message has another role: status is for what went well, alert for what \
             needs the reader now."
                .to_owned(),
        );
    }
    let (wanted, came) = both(&["item"]);
    let is_none = wanted == [items::NONE] && items::is_placeholder(compared, &came);
    if compared.has_items && wanted != came && !is_none {
        let fault = match runs(&wanted) {
            true => Fault::Unescaped,
            false => Fault::OtherItems,
        };
        let note = match fault {
            Fault::Unescaped => None,
            _ => items::where_they_are(compared, live, &wanted, &came),
        };
        verdict.find_with(fault, list(&wanted), list(&came), note);
    }
    forms::compare(compared, live, verdict);
}

/// Whether a reader's project leaves a message out of a title where the pin has it.
fn is_not_in_the_title(
    compared: &Compared<'_>,
    live: &Turn,
    messages: &[String],
) -> bool {
    let (was, is) = (
        title(&compared.pin.response.body),
        title(&live.response.body),
    );
    let mut messages = messages.iter();
    let lacks =
        |text: &String| was.contains(text.as_str()) && !is.contains(text.as_str());
    compared.is_project && messages.any(lacks)
}

/// A name on a page of a reader's project that is not on the pin's, and was in a sealed
/// cookie that the browser brought with a request before; with that cookie.
fn somebody_elses(compared: &Compared<'_>, live: &Turn) -> Option<(String, Cookie)> {
    if !compared.is_project {
        return None;
    }
    let names = |text: &str| -> Vec<String> {
        let words = text.split(|char: char| !char.is_alphabetic());
        let words = words.filter(|word| word.starts_with(char::is_uppercase));
        words.map(str::to_owned).collect()
    };
    let meant = names(&visible(&compared.pin.response.body));
    let said = names(&visible(&live.response.body));
    let before = compared.before.iter().flatten();
    let brought = before.flat_map(|turn| turn.request.cookies());
    let mut sealed = brought.filter(|cookie| cookie.value.is_sealed());
    sealed.find_map(|cookie| {
        let mut names = names(&cookie.value.to_string()).into_iter();
        let name = names.find(|name| said.contains(name) && !meant.contains(name))?;
        Some((name, cookie))
    })
}

/// What was not chosen by who wrote the heading: the page's own words in another order or
/// with other capitals, or an `'s` without what stands beside it.
fn mistaken(
    compared: &Compared<'_>,
    live: &Turn,
    wanted: &[String],
    came: &[String],
) -> Option<String> {
    let (wanted, came) = (wanted.join(" "), came.join(" "));
    let lacks = |text: &str| text.starts_with("'s") || text.ends_with("'s");
    if lacks(&came) && !lacks(&wanted) {
        let words = "a word is missing: does the template call it something else?";
        return Some(words.to_owned());
    }
    let capitals = |text: &str| text.chars().filter(|char| char.is_uppercase()).count();
    if wanted.to_lowercase() == came.to_lowercase() {
        // All in capitals is a way to write.
        return (capitals(&came) < capitals(&wanted)).then(|| {
            let brought = brought(compared, live, false);
            brought.unwrap_or_else(|| "without its capitals".to_owned())
        });
    }
    let words = |text: &str| {
        let text = text.to_lowercase().replace("'s", "");
        let mut words: Vec<String> =
            text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    (words(&wanted) == words(&came)).then(|| "its words, in another order".to_owned())
}

/// Texts of one kind of what a page says.
pub fn of_kind(said: &[Said], kinds: &[&str]) -> Vec<String> {
    let texts = said.iter().filter(|said| kinds.contains(&said.kind));
    texts.map(|said| said.text.clone()).collect()
}

fn list(texts: &[String]) -> String {
    match texts.is_empty() {
        true => "nothing".to_owned(),
        false => {
            let shown = texts.iter().map(|text| match text.trim() {
                "" => "(empty)",
                text => text,
            });
            shown.collect::<Vec<_>>().join(" · ")
        }
    }
}
