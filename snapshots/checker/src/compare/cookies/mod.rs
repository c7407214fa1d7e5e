//! Whether the browser is left with what it needs: which cookies an answer sets,
//! with which attributes, and whether they reach the pages that need them.

mod jar;
mod line;
mod seal;

use super::{Compared, Verdict};
use exchange::format::cookie::SetCookie;
use exchange::format::transcript::{Response, Turn};

/// The cookies that an answer sets, beside those of its pin.
struct Sets<'a> {
    /// Those of the pin.
    wanted: Vec<&'a SetCookie>,
    /// Those of the answer.
    came: Vec<&'a SetCookie>,
    /// Those of the answer that the pin does not leave to scripts.
    sessions: Vec<&'a SetCookie>,
}

impl<'a> Sets<'a> {
    fn of(was: &'a Response, is: &'a Response) -> Sets<'a> {
        let mut sets = Sets {
            wanted: was.sets().collect(),
            came: is.sets().collect(),
            sessions: Vec::new(),
        };
        let came = sets.came.iter().copied();
        sets.sessions = came.filter(|set| !sets.is_plain(&set.name)).collect();
        sets
    }

    /// Whether it is one that the pin leaves to scripts: it is not the session's.
    fn is_plain(&self, name: &str) -> bool {
        let of_pin = self.wanted.iter().find(|wanted| wanted.name == name);
        of_pin.is_some_and(|wanted| wanted.attribute("httponly").is_none())
    }
}

/// A cookie's line, as it is shown.
fn set_line(set: &SetCookie) -> String {
    format!("set-cookie: {set}")
}

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (&compared.pin.response, &live.response);
    let sets = Sets::of(was, is);
    verdict.findings.extend(jar::refused(was, is));
    kinds(compared, is, verdict);
    if verdict.is_well() {
        verdict.findings.extend(jar::left_in(compared, live));
    }
    if verdict.is_well() {
        verdict.findings.extend(jar::taken_too(compared, is));
    }
    let Some(first) = sets.wanted.first() else {
        return;
    };
    // In an empty jar there is nothing else to be looked at.
    if let Some(finding) = jar::empty(first, &sets, live, verdict) {
        verdict.findings.push(finding);
        return;
    }
    verdict.findings.extend(jar::left_out(compared, &sets, is));
    verdict.findings.extend(seal::unsealed(&sets));
    verdict
        .findings
        .extend(jar::not_renewed(compared, &sets, is));
    verdict.findings.extend(seal::sealed(&sets));
    if let Some(finding) = line::other_name(compared, &sets) {
        verdict.findings.push(finding);
        return;
    }
    verdict
        .findings
        .extend(line::readable_by_scripts(compared, &sets, is));
    for set in &sets.came {
        line::compare(compared, &sets, first, set, is, verdict);
    }
    if verdict.is_well() {
        verdict.findings.extend(line::other_words(compared, &sets));
    }
}

/// The kind of a message of Rocket's, which a template may go by, where it is another one
/// than that of the pin's message of the same words.
fn kinds(compared: &Compared<'_>, is: &Response, verdict: &mut Verdict) {
    // Its length, a colon, the kind, and then the message.
    let parts = |set: &SetCookie| -> Option<(String, String)> {
        let text = set.value.as_ref()?.to_string();
        let (length, rest) = text.split_once(':')?;
        let (kind, words) = rest.split_at_checked(length.parse().ok()?)?;
        Some((kind.to_owned(), words.to_owned()))
    };
    for wanted in compared.pin.response.sets() {
        let came = is.sets().find(|set| set.name == wanted.name);
        if let (Some((wanted, words)), Some((came, said))) =
            (parts(wanted), came.and_then(parts))
            && compared.is_project
        {
            if words == said && wanted != came {
                verdict.advice.push(format!(
                    "The message is of the kind {came}, and the page's of the kind {wanted}. A \
                     template may show them in two ways."
                ));
            }
            if words != said {
                verdict.advice.push(format!(
                    "The message says “{said}”, and the page's “{words}”."
                ));
            }
        }
    }
}
