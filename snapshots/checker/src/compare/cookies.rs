//! Whether the browser is left with what it needs: which cookies an answer sets,
//! with which attributes, and whether they reach the pages that need them.

use super::{Compared, Verdict};
use crate::faults::Fault;
use exchange::format::transcript::{Note, Response, Turn};

/// A `Set-Cookie` that keeps something, by its shown form.
struct Set<'a> {
    name: &'a str,
    text: &'a str,
}

impl Set<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.text.split("; ").skip(1);
        attributes.find_map(|attribute| {
            let (found, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// The cookies that a response asks the browser to keep.
fn sets(response: &Response) -> Vec<Set<'_>> {
    let lines = response
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    lines
        .filter(|(_, text)| !text.split("; ").any(|part| part == "removed"))
        .map(|(_, text)| Set {
            name: text.split('=').next().unwrap_or_default(),
            text,
        })
        .collect()
}

/// The names of the cookies that a response asks the browser to keep.
pub fn kept_names(response: &Response) -> Vec<&str> {
    sets(response).into_iter().map(|set| set.name).collect()
}

/// The names of the same cookies, with their values.
pub fn kept_pairs(response: &Response) -> Vec<(&str, &str)> {
    sets(response)
        .into_iter()
        .filter_map(|set| set.text.split("; ").next()?.split_once('='))
        .collect()
}

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (&compared.pin.response, &live.response);
    let (wanted, came) = (sets(was), sets(is));
    for note in &is.notes {
        if let Note::Refuses(refusal) = note
            && !was.notes.contains(note)
        {
            verdict.find(
                Fault::CookieRefused,
                "every cookie is kept",
                format!("refused {refusal}"),
            );
        }
    }
    let Some(first) = wanted.first() else {
        return;
    };
    let set_line = |set: &Set| format!("set-cookie: {}", set.text);
    // A cookie that the pin leaves to scripts is not the session's.
    let plain = |name: &str| {
        let of_pin = wanted.iter().find(|wanted| wanted.name == name);
        of_pin.is_some_and(|wanted| wanted.attribute("httponly").is_none())
    };
    let sessions: Vec<&Set> = came.iter().filter(|set| !plain(set.name)).collect();
    let keeps_session = is.kept().iter().any(|(name, _)| !plain(name));
    let is_refused = verdict
        .findings
        .iter()
        .any(|finding| finding.fault == Fault::CookieRefused);
    if let Some(text) = dying(live).filter(|_| !keeps_session) {
        verdict.find(
            Fault::DiesAtOnce,
            set_line(first),
            format!("set-cookie: {text}"),
        );
        return;
    }
    if is.kept().is_empty() && !is_refused {
        let (fault, actual) = match came.first() {
            Some(set) => (Fault::DiesAtOnce, set_line(set)),
            None => (
                Fault::NoCookie,
                "no cookie is set, and the jar is empty".to_owned(),
            ),
        };
        verdict.find(fault, set_line(first), actual);
        return;
    }
    let wants_http_only = wanted
        .iter()
        .find(|set| set.attribute("httponly").is_some());
    if let (Some(wanted), Some(session)) = (wants_http_only, sessions.first())
        && !sessions
            .iter()
            .any(|set| set.attribute("httponly").is_some())
    {
        verdict.find(
            Fault::ReadableByScripts,
            set_line(wanted),
            set_line(session),
        );
    }
    // Where the pin's cookies go from here.
    let goes = |target: &str| {
        let paths = wanted
            .iter()
            .map(|set| set.attribute("path").unwrap_or("/"));
        paths.into_iter().any(|path| covers(path, target))
    };
    for set in &came {
        let narrow = set.attribute("path").filter(|path| path.starts_with('/'));
        let misses = |target: &&&str| {
            goes(target) && narrow.is_some_and(|path| !covers(path, target))
        };
        if let Some(target) = compared.later.iter().find(misses) {
            let actual = format!("{} (not sent to {target})", set_line(set));
            verdict.find(Fault::NarrowPath, set_line(first), actual);
        }
        if set.attribute("samesite").is_none() {
            verdict.advice.push(format!(
                "The cookie {} has no SameSite. Browsers then choose, and not all choose Lax.",
                set.name
            ));
        }
    }
}

/// A `Set-Cookie` that deletes a cookie which the browser did not have.
fn dying(live: &Turn) -> Option<&str> {
    let sent = live.request.header("cookie").unwrap_or_default();
    let had = |name: &str| {
        sent.split("; ")
            .any(|pair| pair.split('=').next() == Some(name))
    };
    let lines = live
        .response
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    lines
        .map(|(_, text)| text.as_str())
        .filter(|text| text.split("; ").any(|part| part == "removed"))
        .find(|text| text.split('=').next().is_some_and(|name| !had(name)))
}

/// Whether a cookie of this `Path` goes to this target (RFC 6265, section 5.1.4).
fn covers(path: &str, target: &str) -> bool {
    let target = target.split('?').next().unwrap_or_default();
    match target.strip_prefix(path) {
        Some(rest) => path.ends_with('/') || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}
