//! Whether an answer says what the pin does.

use super::brought::brought;
use super::{Compared, Verdict, page};
use crate::faults::Fault;
use exchange::format::page::{said, visible};
use exchange::format::percent::decode_form;
use exchange::format::script::Directive;
use exchange::format::transcript::{Response, Turn};

/// Whether a browser takes it for a page.
pub fn is_html(response: &Response) -> bool {
    let kind = response.header("content-type").unwrap_or_default();
    kind.to_ascii_lowercase().contains("html")
}

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (&compared.pin.response, &live.response);
    if is_html(was) {
        if !is_html(is) {
            let kind = |response: &Response| {
                format!(
                    "content-type: {}",
                    response.header("content-type").unwrap_or("none")
                )
            };
            verdict.find(Fault::NotAPage, kind(was), kind(is));
            return;
        }
        page::compare(compared, live, verdict);
        return;
    }
    let wanted = line(&was.body);
    let came = words(is);
    // A stranger's markup, as it was written, in what a browser takes for a page.
    if is_html(is) && wanted.contains('<') && line(&is.body).contains(&wanted) {
        verdict.find(Fault::Unescaped, wanted, line(&is.body));
        return;
    }
    let says = match is_html(is) {
        true => came.contains(&wanted),
        false => came == wanted,
    };
    if !says {
        let fault = other_words(compared, live);
        let is_written_otherwise = letters(&wanted) == letters(&came);
        let note = match is_written_otherwise {
            true => None,
            // It may say what it says to those it doesn't know.
            false => {
                let is_unknown = fault == Fault::Forgotten
                    || compared.strangers.contains(&words(is));
                brought(compared, live, is_unknown)
                    .or_else(|| remembered(compared, &came, &wanted))
            }
        };
        verdict.find_with(fault, wanted, came, note);
    }
}

/// Where a name is from that nothing should remember, or a number that is the first.
fn remembered(compared: &Compared<'_>, said: &str, meant: &str) -> Option<String> {
    let is_first =
        compared.before.is_empty() && compared.pin.request.cookies().is_empty();
    if is_first && without_numbers(said) == without_numbers(meant) {
        return Some(
            "the browser asks for the first time here: where does the count begin?"
                .to_owned(),
        );
    }
    let (at, turn, _) = who_said(compared, said, meant)?;
    if !compared.pin.request.cookies().is_empty() {
        return None;
    }
    if says_stranger(compared.pin) {
        return Some(format!(
            "{} said that, and here it is forgotten",
            turn.request.line()
        ));
    }
    let (since, other, name) = who_said(compared, meant, said)?;
    (since > at).then(|| format!("since then {} has said {name}", other.request.line()))
}

/// What an answer says, however it is written.
pub fn words(response: &Response) -> String {
    match is_html(response) {
        true => visible(&response.body),
        false => line(&response.body),
    }
}

/// The same without a page's messages: what it says of itself.
pub fn words_but_messages(response: &Response) -> String {
    let mut words = words(response);
    if is_html(response) {
        let messages = page::of_kind(&said(&response.body), &["status", "alert"]);
        for message in messages {
            words = words.replace(&message, "");
        }
    }
    words
}

/// The letters and digits of a text alone: what is left when it is written in
/// another way.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(|char| char.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// The text with runs of white space as one space.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What other words in an answer mean, by what was done before it. A cause is named
/// where the words prove it: not where they are the right ones in another writing,
/// or this server's own for those it does not know.
fn other_words(compared: &Compared<'_>, live: &Turn) -> Fault {
    let said = words(&live.response);
    let meant = words(&compared.pin.response);
    // Nor where a name is left out: nobody's is told.
    let is_nameless = letters(&said) == letters(&meant.replace("stranger", ""));
    if letters(&said) == letters(&meant)
        || is_nameless
        || compared.strangers.contains(&said)
    {
        return Fault::OtherWords;
    }
    let directives = &compared.step.directives;
    let is_forged = compared.step.header("cookie").is_some()
        || directives.iter().any(Directive::forges);
    let sent = |turn: &Turn| turn.request.header("cookie").is_some();
    // Of another browser's requests nothing is known here.
    let is_told_its_own = compared.step.browser().is_none()
        && who_said(compared, &said, &meant).is_some();
    match (is_forged, compared.step.browser()) {
        (true, _) if tells_more(&said, &meant) => Fault::Believed,
        (true, _) => Fault::OtherWords,
        // A write is answered with what was written, and not with what is known.
        (_, Some(_))
            if compared.step.method != "POST"
                && !sent(compared.pin)
                && tells_more(&said, &meant) =>
        {
            Fault::SharedByAll
        }
        _ if sent(compared.pin) && says_stranger(live) && !goes_on(&said, &meant) => {
            Fault::Forgotten
        }
        _ if !sent(compared.pin)
            && !sent(live)
            && !is_told_its_own
            && tells_more(&said, &meant)
            && says_stranger(compared.pin)
            // A first number is another one where a count begins elsewhere, too.
            && (tells_a_name(&said, &meant) || compared.strangers.contains(&meant))
            && !directives.iter().any(Directive::restarts) =>
        {
            Fault::SharedByAll
        }
        _ => Fault::OtherWords,
    }
}

/// Whether it has a name or a number that is not in what is meant, or has one more often:
/// somebody is told what they should not be.
pub(super) fn tells_more(said: &str, meant: &str) -> bool {
    /// Words that are written as a name is, and name nobody.
    const NOBODY: [&str; 6] =
        ["Guest", "Nobody", "None", "Nothing", "Somebody", "Stranger"];
    fn facts(text: &str) -> Vec<&str> {
        let words = text.split(|char: char| !char.is_alphanumeric());
        let is_fact = |word: &&str| {
            // "Hello", the first word, is in both.
            word.starts_with(|char: char| char.is_uppercase() || char.is_ascii_digit())
                && !NOBODY.contains(word)
        };
        words.filter(is_fact).collect()
    }
    let mut meant = facts(meant);
    facts(said).iter().any(|fact| {
        let known = meant.iter().position(|it| it == fact);
        known.map(|at| meant.swap_remove(at)).is_none()
    })
}

/// Whether a name is among what [`tells_more`].
fn tells_a_name(said: &str, meant: &str) -> bool {
    tells_more(&without_numbers(said), &without_numbers(meant))
}

fn without_numbers(text: &str) -> String {
    text.replace(|char: char| char.is_ascii_digit(), "")
}

/// The last of the requests before that says a name which is in `here` and not in
/// `there`: the place of its answer, the answer, and the name.
fn who_said<'a>(
    compared: &Compared<'a>,
    here: &str,
    there: &str,
) -> Option<(usize, &'a Turn, String)> {
    let mut before = compared.before.iter().enumerate().rev();
    before.find_map(|(at, turn)| {
        let turn = turn.as_ref()?;
        let request = &turn.request;
        let said = decode_form(&format!("{} {}", request.target, request.body));
        let mut words = said.split(|char: char| !char.is_alphanumeric());
        let name = words.find(|word| {
            let is_name = word.starts_with(char::is_uppercase);
            is_name && here.contains(word) && !there.contains(word)
        })?;
        Some((at, turn, name.to_owned()))
    })
}

/// Whether it says the number that is pinned, from the second on: that is remembered.
fn goes_on(said: &str, meant: &str) -> bool {
    let number = |text: &str| -> Option<u32> {
        let digits = text.split(|char: char| !char.is_ascii_digit());
        digits.filter_map(|digits| digits.parse().ok()).next()
    };
    number(meant) > Some(1) && number(said) == number(meant)
}

/// The word for a browser that the server doesn't know.
pub(super) fn says_stranger(turn: &Turn) -> bool {
    turn.response.body.contains("stranger")
}
