//! What an answer leaves in the browser's jar.

use super::{Sets, set_line};
use crate::compare::brought::left_behind;
use crate::compare::{Compared, Finding, Verdict};
use crate::faults::Fault;
use exchange::format::cookie::{Cookie, SetCookie, Value};
use exchange::format::script::Directive;
use exchange::format::transcript::{Note, Response, Turn};

/// The cookies that a browser refuses, and the pin's it does not.
pub fn refused(was: &Response, is: &Response) -> Vec<Finding> {
    let mut findings = Vec::new();
    for note in &is.notes {
        if let Note::Refuses { name, why } = note
            && !was.notes.contains(note)
            && !refused_by_another_name(was, is, name, why)
        {
            findings.push(Finding::new(
                Fault::CookieRefused,
                format!("{name} is kept"),
                format!("refused {name}: {why}"),
            ));
        }
    }
    findings
}

/// Whether the pin has the same refusal, of a cookie that this server calls
/// something else.
fn refused_by_another_name(
    was: &Response,
    is: &Response,
    name: &str,
    why: &str,
) -> bool {
    let sets = |answer: &Response, name: &str| {
        answer.cookies.iter().any(|set| set.name == name)
    };
    let same = |note: &Note| match note {
        Note::Refuses { name, why: because } => because == why && !sets(is, name),
        _ => false,
    };
    !sets(was, name) && was.notes.iter().any(same)
}

/// A cookie that the pin's answer takes out of the jar, and that a reader's project leaves
/// there.
pub fn left_in(compared: &Compared<'_>, live: &Turn) -> Option<Finding> {
    let (name, seen) = not_taken_out(compared, live)?;
    let lines = &live.response.cookies;
    let left = left_behind(compared, live, |left| left == name);
    let note = left.unwrap_or_else(|| match lines.iter().find(|set| set.name == name) {
        Some(line) if line.removes() => format!(
            "this answer says {line}, and a jar tells cookies apart by name, domain and path: \
             with which path was it set?"
        ),
        _ => "the page's answer takes it out, and this one leaves it there".to_owned(),
    });
    let wanted = format!("set-cookie: {name}=; removed");
    let finding = Finding::new(Fault::OtherCookie, wanted, seen);
    Some(Finding {
        note: Some(note),
        ..finding
    })
}

/// Its name, and what is to be seen of it.
fn not_taken_out<'a>(
    compared: &'a Compared<'_>,
    live: &Turn,
) -> Option<(&'a str, String)> {
    let (pin, is) = (&compared.pin.response, &live.response);
    let brought = live.request.cookies();
    let mut removed = pin.cookies.iter().filter(|set| set.removes());
    let found = removed.find_map(|set| {
        let is_again = |other: &SetCookie| other.name == set.name;
        if pin.keeps(&set.name).is_some() || pin.sets().any(is_again) {
            return None;
        }
        if compared.has_own_layout && !compared.names.contains_key(&set.name) {
            return None;
        }
        let name = compared.own_name(&set.name);
        let is_of_it = |other: &SetCookie| other.name == name;
        // Under a name of its own it may hold more than the pin's does.
        let is_same = |kept: &Cookie| kept.value.is_sealed() && brought.contains(kept);
        if name != set.name && !is.keeps(name).is_some_and(is_same) {
            return None;
        }
        // One that a request writes by itself is in no jar.
        let came = brought.iter().any(|cookie| cookie.name == name);
        let is_unanswered = came && !is.cookies.iter().any(is_of_it);
        let seen = match is.keeps(name) {
            Some(kept) => format!("in the jar is {kept}"),
            None if is_unanswered => format!("nothing of {name}"),
            None => return None,
        };
        Some((name, seen))
    });
    found.filter(|_| compared.is_project)
}

/// The line by which a reader's project takes out of the jar what the pin's answer leaves
/// there.
pub fn taken_too(compared: &Compared<'_>, is: &Response) -> Option<Finding> {
    let pin = &compared.pin.response;
    let mut removed = is.cookies.iter().filter(|line| line.removes());
    let found = removed.find_map(|line| {
        let kept = pin.keeps(&line.name)?;
        let is_set = pin.cookies.iter().any(|set| set.name == line.name);
        (!is_set && is.keeps(&line.name).is_none()).then_some((line, kept))
    });
    let (line, kept) = found.filter(|_| compared.is_project)?;
    let wanted = format!("{kept} stays in the jar");
    Some(Finding::new(Fault::OtherCookie, wanted, set_line(line)))
}

/// Why the browser is left without what the pin leaves it; nothing where it has any cookie,
/// or where it was said that it refuses one. `first` is the first that the pin sets.
pub fn empty(
    first: &SetCookie,
    sets: &Sets<'_>,
    live: &Turn,
    verdict: &Verdict,
) -> Option<Finding> {
    let is = &live.response;
    let keeps_session = is.kept().any(|cookie| !sets.is_plain(&cookie.name));
    if let Some(set) = dying(live).filter(|_| !keeps_session) {
        return Some(Finding::new(
            Fault::DiesAtOnce,
            set_line(first),
            set_line(set),
        ));
    }
    // What is in the jar is of no use any more, and nothing takes its place.
    let is_closed = |set: &&&SetCookie| {
        is.keeps(&set.name).is_some_and(|kept| {
            matches!(kept.value, Value::SealedWithOldKey(_) | Value::Unreadable)
        })
    };
    if sets.came.is_empty()
        && let Some(wanted) = sets.wanted.iter().find(is_closed)
    {
        let actual = format!(
            "no cookie is set, and {} in the jar opens no more",
            wanted.name
        );
        return Some(Finding::new(Fault::NoCookie, set_line(wanted), actual));
    }
    let mut findings = verdict.findings.iter();
    if is.kept().next().is_some() || findings.any(|it| it.fault == Fault::CookieRefused)
    {
        return None;
    }
    if let Some(set) = sets.came.first() {
        return Some(Finding::new(
            Fault::DiesAtOnce,
            set_line(first),
            set_line(set),
        ));
    }
    let actual = "no cookie is set, and the jar is empty";
    let finding = Finding::new(Fault::NoCookie, set_line(first), actual);
    let is_message = first.name == "_flash";
    let note = is_message.then(|| "in Rocket, `Flash` sets it".to_owned());
    Some(Finding { note, ..finding })
}

/// A `Set-Cookie` that deletes a cookie which the browser did not have.
fn dying(live: &Turn) -> Option<&SetCookie> {
    let sent = live.request.cookies();
    let had = |name: &str| sent.iter().any(|cookie| cookie.name == name);
    let mut cookies = live.response.cookies.iter();
    cookies.find(|set| set.removes() && !had(&set.name))
}

/// A sealed cookie of the pin that a reader's project has left out: beside it the answer
/// sets others of the page's names, and no cookie of a name of its own.
pub fn left_out(
    compared: &Compared<'_>,
    sets: &Sets<'_>,
    is: &Response,
) -> Option<Finding> {
    let is_known =
        |set: &SetCookie| sets.wanted.iter().any(|wanted| wanted.name == set.name);
    if !compared.is_project || !is.sets().all(is_known) {
        return None;
    }
    let wanted = sets.wanted.iter().find(|wanted| {
        let is_sealed = wanted.value.as_ref().is_some_and(Value::is_sealed);
        // One that is set may be refused, as the page's is.
        let is_set = is.sets().any(|set| set.name == wanted.name);
        let own = compared.own_name(&wanted.name);
        is_sealed && !is_set && is.keeps(own).is_none()
    })?;
    let actual = format!("{} is not set", wanted.name);
    let finding = Finding::new(Fault::NoCookie, set_line(wanted), actual);
    let note = other_message(compared, is);
    Some(Finding { note, ..finding })
}

/// The message that an answer leaves, where the page's leaves another: it may say why
/// there is nothing else.
fn other_message(compared: &Compared<'_>, is: &Response) -> Option<String> {
    let message = |response: &Response| {
        let set = response.sets().find(|set| set.name == "_flash")?;
        Some(set.value.as_ref()?.to_string())
    };
    let (wanted, came) = (message(&compared.pin.response)?, message(is)?);
    (wanted != came).then(|| format!("the message that it leaves is {came}"))
}

/// A cookie that was put into the jar before this step, and that the pin's answer puts there
/// anew with other words, where the one that is there after this answer has others still.
pub fn not_renewed(
    compared: &Compared<'_>,
    sets: &Sets<'_>,
    is: &Response,
) -> Option<Finding> {
    let directives = &compared.step.directives;
    let put = directives.iter().filter_map(|directive| match directive {
        Directive::Seal { name, .. } => Some(name),
        _ => None,
    });
    let mut pairs = put.filter_map(|name| {
        let wanted = sets.wanted.iter().find(|set| set.name == *name)?;
        Some((wanted, is.keeps(compared.own_name(name))?))
    });
    let (wanted, kept) = pairs.find(|(wanted, kept)| {
        matches!(kept.value, Value::Sealed(_))
            && wanted.value.as_ref() != Some(&kept.value)
    })?;
    let actual = format!("in the jar is {kept}");
    Some(Finding::new(Fault::OtherCookie, set_line(wanted), actual))
}
