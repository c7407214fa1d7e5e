//! Whether the browser is left with what it needs: which cookies an answer sets,
//! with which attributes, and whether they reach the pages that need them.

use super::body::words;
use super::{Compared, Verdict};
use crate::faults::Fault;
use exchange::format::cookie::{Cookie, SetCookie, Value};
use exchange::format::route::path_of;
use exchange::format::script::Directive;
use exchange::format::time::cookie_age;
use exchange::format::transcript::{Note, Response, Turn};
use exchange::play::jar::path_match;

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (&compared.pin.response, &live.response);
    let wanted: Vec<&SetCookie> = was.sets().collect();
    let came: Vec<&SetCookie> = is.sets().collect();
    for note in &is.notes {
        if let Note::Refuses { name, why } = note
            && !was.notes.contains(note)
            && !refused_by_another_name(was, is, name, why)
        {
            verdict.find(
                Fault::CookieRefused,
                format!("{name} is kept"),
                format!("refused {name}: {why}"),
            );
        }
    }
    kinds(compared, is, verdict);
    if let Some((name, seen)) =
        not_taken_out(compared, live).filter(|_| verdict.is_well())
    {
        verdict.find_with(
            Fault::OtherCookie,
            format!("set-cookie: {name}=; removed"),
            seen,
            Some(match is.cookies.iter().find(|set| set.name == name) {
                Some(line) if line.removes() => format!(
                    "this answer says {line}, and a jar tells cookies apart by name, domain and \
                     path: with which path was it set?"
                ),
                _ => "the page's answer takes it out, and this one leaves it there".to_owned(),
            }),
        );
    }
    if let Some((line, kept)) = taken_too(compared, is).filter(|_| verdict.is_well()) {
        verdict.find(
            Fault::OtherCookie,
            format!("{kept} stays in the jar"),
            format!("set-cookie: {line}"),
        );
    }
    let Some(first) = wanted.first() else {
        return;
    };
    let set_line = |set: &SetCookie| format!("set-cookie: {set}");
    // A cookie that the pin leaves to scripts is not the session's.
    let plain = |name: &str| {
        let of_pin = wanted.iter().find(|wanted| wanted.name == name);
        of_pin.is_some_and(|wanted| wanted.attribute("httponly").is_none())
    };
    let sessions: Vec<&SetCookie> = came
        .iter()
        .copied()
        .filter(|set| !plain(&set.name))
        .collect();
    let keeps_session = is.kept().any(|cookie| !plain(&cookie.name));
    let is_refused = verdict
        .findings
        .iter()
        .any(|finding| finding.fault == Fault::CookieRefused);
    if let Some(set) = dying(live).filter(|_| !keeps_session) {
        verdict.find(Fault::DiesAtOnce, set_line(first), set_line(set));
        return;
    }
    // What is in the jar is of no use any more, and nothing takes its place.
    let is_closed = |set: &&&SetCookie| {
        is.keeps(&set.name).is_some_and(|kept| {
            matches!(kept.value, Value::SealedWithOldKey(_) | Value::Unreadable)
        })
    };
    if came.is_empty()
        && let Some(wanted) = wanted.iter().find(is_closed)
    {
        let actual = format!(
            "no cookie is set, and {} in the jar opens no more",
            wanted.name
        );
        verdict.find(Fault::NoCookie, set_line(wanted), actual);
        return;
    }
    if is.kept().next().is_none() && !is_refused {
        let (fault, actual) = match came.first() {
            Some(set) => (Fault::DiesAtOnce, set_line(set)),
            None => (
                Fault::NoCookie,
                "no cookie is set, and the jar is empty".to_owned(),
            ),
        };
        let is_message = fault == Fault::NoCookie && first.name == "_flash";
        let note = is_message.then(|| "in Rocket, `Flash` sets it".to_owned());
        verdict.find_with(fault, set_line(first), actual, note);
        return;
    }
    if let Some(wanted) = left_out(compared, &wanted, is) {
        verdict.find(
            Fault::NoCookie,
            set_line(wanted),
            format!("{} is not set", wanted.name),
        );
    }
    if let Some((wanted, session)) = unsealed(&wanted, &sessions) {
        verdict.find(Fault::Unsealed, set_line(wanted), set_line(session));
    }
    if let Some((wanted, kept)) = not_renewed(compared, &wanted, is) {
        verdict.find(
            Fault::OtherCookie,
            set_line(wanted),
            format!("in the jar is {kept}"),
        );
    }
    if let Some((wanted, set)) = sealed(&wanted, &came) {
        verdict.find(Fault::OtherCookie, set_line(wanted), set_line(set));
    }
    let asked = wanted.iter().find(|set| {
        let is_asked = is_asked_by_name(compared, set);
        is_asked && came.iter().all(|came| came.name != set.name)
    });
    if let Some(wanted) = asked {
        let actual = format!("no cookie of the name {}", wanted.name);
        verdict.find(Fault::OtherCookie, set_line(wanted), actual);
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
    for set in &came {
        // Where this one goes from here, in the pin; by another name any of them.
        let same: Vec<&SetCookie> = wanted
            .iter()
            .copied()
            .filter(|wanted| wanted.name == set.name)
            .collect();
        let like = if same.is_empty() { &wanted } else { &same };
        let goes = |target: &str| {
            let mut paths = like.iter().map(|set| set.attribute("path").unwrap_or("/"));
            paths.any(|path| path_match(path_of(target), path))
        };
        let pinned = |path: &str| {
            let mut like = like.iter();
            like.any(|wanted| wanted.attribute("path") == Some(path))
        };
        let narrow = set
            .attribute("path")
            .filter(|path| path.starts_with('/') && !pinned(path));
        let misses = |target: &&&str| {
            goes(target)
                && narrow.is_some_and(|path| !path_match(path_of(target), path))
        };
        if let Some(target) = compared.later.iter().find(misses) {
            let actual = format!("{} (not sent to {target})", set_line(set));
            verdict.find(Fault::NarrowPath, set_line(like[0]), actual);
        }
        if lifetime(set).is_some_and(|days| days > 400) {
            verdict.find(Fault::TooLong, set_line(first), set_line(set));
        }
        let value = set.value.as_ref().map(ToString::to_string);
        let is_number =
            |value: &String| value.len() <= 5 && value.parse::<u64>().is_ok();
        if sessions.iter().any(|it| it.name == set.name)
            && let Some(number) = value.filter(is_number)
        {
            // What a reader's project says of it is no name of a session.
            let said = words(is);
            let mut said = said.split(|char: char| !char.is_ascii_digit());
            let fault = match compared.is_project && said.any(|it| it == number) {
                true => Fault::Unsealed,
                false => Fault::Guessable,
            };
            verdict.find(fault, set_line(first), set_line(set));
        }
        if set.attribute("samesite").is_none() {
            verdict.advice.push(format!(
                "The cookie {} has no SameSite. Browsers then choose, and not all choose Lax.",
                set.name
            ));
        }
        let has_end = |set: &SetCookie| {
            set.attribute("expires").is_some() || set.attribute("max-age").is_some()
        };
        let ends = same.iter().any(|wanted| has_end(wanted));
        if !same.is_empty() && !ends && has_end(set) {
            verdict.advice.push(format!(
                "The cookie {} stays when the browser is closed. The page's names no end.",
                set.name
            ));
        }
        if compared.is_project && ends && !has_end(set) {
            verdict.advice.push(format!(
                "The cookie {} names no end: it goes when the browser is closed. The page's stays \
                 longer.",
                set.name
            ));
        }
    }
    if verdict.findings.is_empty() {
        asked_by_name(compared, live, verdict);
    }
}

/// A cookie that the pin's answer takes out of the jar, and that a reader's project leaves
/// there; its name, and what is to be seen of it.
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
/// there, and that cookie.
fn taken_too<'a>(
    compared: &'a Compared<'_>,
    is: &'a Response,
) -> Option<(&'a SetCookie, &'a Cookie)> {
    let pin = &compared.pin.response;
    let mut removed = is.cookies.iter().filter(|line| line.removes());
    let found = removed.find_map(|line| {
        let kept = pin.keeps(&line.name)?;
        let is_set = pin.cookies.iter().any(|set| set.name == line.name);
        (!is_set && is.keeps(&line.name).is_none()).then_some((line, kept))
    });
    found.filter(|_| compared.is_project)
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

/// A sealed cookie of the pin that a reader's project has left out: beside it the answer
/// sets others of the page's names, and no cookie of a name of its own.
fn left_out<'a>(
    compared: &Compared<'_>,
    wanted: &[&'a SetCookie],
    is: &Response,
) -> Option<&'a SetCookie> {
    let is_known =
        |set: &SetCookie| wanted.iter().any(|wanted| wanted.name == set.name);
    if !compared.is_project || !is.sets().all(is_known) {
        return None;
    }
    let mut wanted = wanted.iter().copied();
    wanted.find(|wanted| {
        let is_sealed = wanted.value.as_ref().is_some_and(Value::is_sealed);
        // One that is set may be refused, as the page's is.
        let is_set = is.sets().any(|set| set.name == wanted.name);
        let own = compared.own_name(&wanted.name);
        is_sealed && !is_set && is.keeps(own).is_none()
    })
}

/// A cookie that was put into the jar before this step, and that the pin's answer puts there
/// anew with other words; and the one that is there after this answer, in words of its own.
fn not_renewed<'a>(
    compared: &Compared<'_>,
    wanted: &[&'a SetCookie],
    is: &'a Response,
) -> Option<(&'a SetCookie, &'a Cookie)> {
    let directives = &compared.step.directives;
    let put = directives.iter().filter_map(|directive| match directive {
        Directive::Seal { name, .. } => Some(name),
        _ => None,
    });
    let mut pairs = put.filter_map(|name| {
        let wanted = wanted.iter().copied().find(|set| set.name == *name)?;
        Some((wanted, is.keeps(compared.own_name(name))?))
    });
    pairs.find(|(wanted, kept)| {
        matches!(kept.value, Value::Sealed(_))
            && wanted.value.as_ref() != Some(&kept.value)
    })
}

/// A cookie of the name of a sealed one of the pin, or the only one that came, where it
/// is the pin's text as it was before it was sealed; and that cookie of the pin.
fn unsealed<'a>(
    wanted: &[&'a SetCookie],
    sessions: &[&'a SetCookie],
) -> Option<(&'a SetCookie, &'a SetCookie)> {
    let text = |set: &SetCookie| set.value.as_ref().map(ToString::to_string);
    let is_of = |wanted: &SetCookie, set: &SetCookie| {
        let sealed = text(set).map(|value| format!("sealed({value})"));
        let is_same = sealed.is_some() && text(wanted) == sealed;
        is_same || (set.name == wanted.name && is_object_like(wanted, set))
    };
    // Where there are more, one may be another's signature.
    let is_alone = sessions.len() == 1;
    // A lesson may have a plain cookie of the same words, on purpose.
    let is_plain =
        |set: &SetCookie| wanted.iter().any(|wanted| text(wanted) == text(set));
    wanted.iter().copied().find_map(|wanted| {
        let mut sets = sessions.iter().copied().filter(|set| is_of(wanted, set));
        let found = sets.find(|set| match set.name == wanted.name {
            true => is_alone || is_plain(set),
            false => is_alone && !is_plain(set),
        })?;
        Some((wanted, found))
    })
}

/// Whether both are JSON with the same members, the one with a seal and the other without:
/// a time in them is another one each time.
fn is_object_like(sealed: &SetCookie, plain: &SetCookie) -> bool {
    let (Some(Value::Sealed(sealed)), Some(Value::Plain(plain))) =
        (&sealed.value, &plain.value)
    else {
        return false;
    };
    let members = |text: &str| -> Option<Vec<String>> {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(text).ok()?;
        Some(object.into_iter().map(|(name, _)| name).collect())
    };
    // What a transcript writes for a time is no JSON.
    let names = |text: &str| -> Vec<String> {
        let parts = text.split('"').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    members(plain).is_some_and(|members| {
        let known = names(sealed);
        members.iter().all(|member| known.contains(member))
    })
}

/// A cookie that is to be read by all, where it came with a seal; and that of the pin.
fn sealed<'a>(
    wanted: &[&'a SetCookie],
    came: &[&'a SetCookie],
) -> Option<(&'a SetCookie, &'a SetCookie)> {
    wanted.iter().copied().find_map(|wanted| {
        let Some(Value::Plain(text)) = &wanted.value else {
            return None;
        };
        let sealed = Value::Sealed(text.clone());
        let mut came = came.iter().copied().filter(|set| set.name == wanted.name);
        let found = came.find(|set| set.value.as_ref() == Some(&sealed))?;
        Some((wanted, found))
    })
}

/// The cookies that the requirement calls by their names: each has the words that the pin
/// has after its value; its value, its `SameSite` and its path, where they are said, too.
fn asked_by_name(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    const WORDS: [&str; 6] = [
        "domain",
        "expires",
        "httponly",
        "max-age",
        "partitioned",
        "secure",
    ];
    let pin = &compared.pin.response;
    let says = |text: &str| compared.requirement.contains(text);
    let is_valued = |set: &SetCookie| {
        let value = set.value.as_ref();
        value.is_some_and(|value| says(&format!("`{}={value}`", set.name)))
    };
    for wanted in pin.sets().filter(|set| is_asked_by_name(compared, set)) {
        // What else stands in a line that is refused is all the same.
        let is_refused = pin.refusals(&wanted.name).next().is_some();
        let mut words = match is_refused {
            true => WORDS[..1].to_vec(),
            false => WORDS.to_vec(),
        };
        let more = [("samesite", "SameSite"), ("path", " path")];
        let said = more.iter().filter(|(_, text)| !is_refused && says(text));
        words.extend(said.map(|(word, _)| *word));
        let lacks = |came: &&SetCookie| {
            words.iter().any(|word| {
                let (wanted, came) = (wanted.attribute(word), came.attribute(word));
                // A reader's project says no more than the page either.
                let is_said = wanted.is_some() || (compared.is_project && !is_refused);
                is_said && came != wanted
            }) || (is_valued(wanted) && came.value != wanted.value)
        };
        let mut sets = live.response.sets();
        // That there is one was looked at before.
        let came = sets.find(|set| set.name == wanted.name);
        if let Some(came) = came.filter(lacks) {
            verdict.find(
                Fault::OtherCookie,
                format!("set-cookie: {wanted}"),
                format!("set-cookie: {came}"),
            );
        }
    }
}

/// Whether the requirement calls it by its name, as `name` or `name=value`.
fn is_asked_by_name(compared: &Compared<'_>, set: &SetCookie) -> bool {
    let says = |text: String| compared.requirement.contains(&text);
    says(format!("`{}`", set.name)) || says(format!("`{}=", set.name))
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

/// A `Set-Cookie` that deletes a cookie which the browser did not have.
fn dying(live: &Turn) -> Option<&SetCookie> {
    let sent = live.request.cookies();
    let had = |name: &str| sent.iter().any(|cookie| cookie.name == name);
    let mut cookies = live.response.cookies.iter();
    cookies.find(|set| set.removes() && !had(&set.name))
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
