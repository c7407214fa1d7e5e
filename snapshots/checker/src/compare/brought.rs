//! What the browser brought with a request whose answer is wrong, where it is not what it
//! brings to the page's server: then the mistake is in an answer before this one.

use super::Compared;
use super::body::{says_stranger, tells_more, words};
use exchange::format::cookie::{Cookie, SetCookie, Value};
use exchange::format::route::path_of;
use exchange::format::script::Directive;
use exchange::format::transcript::{Note, Turn};
use exchange::play::jar::path_match;

/// The most letters of a cookie that are shown.
const SHOWN: usize = 120;

/// What is to be said of it; nothing where there is nothing to say.
/// `is_unknown` is an answer that takes the browser for one that it does not know.
pub fn brought(
    compared: &Compared<'_>,
    live: &Turn,
    is_unknown: bool,
) -> Option<String> {
    let (wanted, came) = (compared.pin.request.cookies(), live.request.cookies());
    let directives = &compared.step.directives;
    let is_later = directives
        .iter()
        .any(|directive| matches!(directive, Directive::Clock(_)));
    let is_restarted =
        |another_key| directives.contains(&Directive::Restart { another_key });
    let is_known = says_stranger(compared.pin)
        && tells_more(&words(&live.response), &words(&compared.pin.response));
    let is_missing = |name: &str| {
        let mut wanted = wanted.iter();
        wanted.any(|it| compared.own_name(&it.name) == name)
    };
    if let Some(left) = left_behind(compared, live, is_missing) {
        return Some(left);
    }
    match (&wanted[..], &came[..]) {
        (_, came) if says_sealed_text(live, came) => {
            // One that can't be read may only have a key that is not known here.
            let is_dead = |cookie: &&Cookie| match cookie.value {
                Value::SealedWithOldKey(_) => true,
                Value::Unreadable => is_flipped(compared),
                _ => false,
            };
            Some(match came.iter().find(is_dead) {
                Some(cookie) => format!(
                    "that is {} as it came, which no key opens: it says nothing",
                    cookie.name
                ),
                None => "that is the cookie's text as it is sealed: open it".to_owned(),
            })
        }
        _ if is_restarted(true) && is_known => Some(
            "started again with another SECRET_KEY, it still opens the cookie: is that the \
             key it seals with?"
                .to_owned(),
        ),
        ([], []) if is_restarted(false) && is_known => {
            Some("it was started again, so this is kept outside of it".to_owned())
        }
        ([], []) => in_another_browser(compared, live),
        ([], came) if is_later => {
            let names = names(came);
            Some(format!(
                "the browser still brought {names}, which should be over"
            ))
        }
        ([], came) => not_the_pages(compared, came),
        (_, []) if is_later => Some(over_by_then(compared)),
        (wanted, []) => Some(match what_became(compared, wanted) {
            Some(became) => format!("the browser brought no cookie: {became}"),
            None => "the browser brought no cookie".to_owned(),
        }),
        (_, came) if is_unknown && is_restarted(false) && is_closed(came) => Some(
            "started again with the same SECRET_KEY, it does not know its own cookie: is \
             that the key it seals with?"
                .to_owned(),
        ),
        (_, came) if is_known_by_none(compared, live, came) => {
            let broken = came.iter().find(|cookie| cookie.value == Value::Unreadable);
            let name = broken.map_or("it", |cookie| &*cookie.name);
            Some(format!(
                "no key opens {name}: what does the handler say then?"
            ))
        }
        (wanted, came) => {
            other_name(compared, wanted, came, is_unknown || compared.is_project)
                .or_else(|| other_value(wanted, came))
                .or_else(|| not_the_pages(compared, came))
                .or_else(|| as_it_should(wanted, came))
        }
    }
}

/// The last answer of those before in which `is_meant` is true of a line, and that line.
fn last_line<'a>(
    compared: &Compared<'a>,
    is_meant: impl Fn(&SetCookie) -> bool,
) -> Option<(&'a Turn, &'a SetCookie)> {
    let mut before = compared.before.iter().flatten().rev();
    before.find_map(|turn| {
        let mut lines = turn.response.cookies.iter();
        Some((turn, lines.rfind(|line| is_meant(line))?))
    })
}

/// A cookie, of those that are meant by their names, that is in the jar and did not come
/// with this request, where the line that set it says why.
pub fn left_behind(
    compared: &Compared<'_>,
    live: &Turn,
    is_meant: impl Fn(&str) -> bool,
) -> Option<String> {
    let came = live.request.cookies();
    let mut kept = live.response.kept();
    let left = kept.find(|kept| {
        is_meant(&kept.name)
            && came.iter().all(|cookie| cookie.name != kept.name)
            && live.response.sets().all(|set| set.name != kept.name)
    })?;
    let (turn, line) =
        last_line(compared, |line| line.name == left.name && !line.removes())?;
    let said = |name: &str, value: &str| {
        let attribute = line.attribute(name);
        attribute.is_some_and(|said| said.eq_ignore_ascii_case(value))
    };
    let path = line.attribute("path").unwrap_or("/");
    let why = if said("samesite", "strict") {
        "with SameSite=Strict, and another site's page began this request".to_owned()
    } else if !path_match(path_of(&live.request.target), path) {
        format!("for the path {path}, and this is another")
    } else {
        return None;
    };
    Some(format!(
        "{} is in the jar and did not come: the answer to {} set it {why}",
        left.name,
        turn.request.line()
    ))
}

/// What the answers before did with the cookies that did not come; nothing where that is
/// not known, as of another server, whose names are others.
fn what_became(compared: &Compared<'_>, missing: &[Cookie]) -> Option<String> {
    let is_missing = |name: &str| missing.iter().any(|it| it.name == name);
    if let Some(taken) = taken_by(compared, is_missing) {
        return Some(taken);
    }
    if !compared.is_project {
        return None;
    }
    // Or by a name of its author's own.
    let known = compared.pin.request.cookies();
    let is_own = |line: &SetCookie| known.iter().all(|known| known.name != line.name);
    let line = last_line(compared, |line| is_missing(&line.name));
    let Some((turn, line)) = line.or_else(|| last_line(compared, is_own)) else {
        return Some(format!("no answer before has set {}", names(missing)));
    };
    if line.removes() {
        return Some(format!(
            "the answer to {} has taken {} out of the jar",
            turn.request.line(),
            line.name
        ));
    }
    let refusal = turn.response.refusals(&line.name).next();
    Some(match refusal {
        Some(Note::Refuses { name, why }) => format!(
            "the answer to {} set {name}, and a browser refuses it: {why}",
            turn.request.line()
        ),
        _ => format!(
            "the answer to {} set {}",
            turn.request.line(),
            cut(line.to_string())
        ),
    })
}

/// How long it was kept that did not come later.
fn over_by_then(compared: &Compared<'_>) -> String {
    let line = last_line(compared, |line| !line.removes());
    match line.filter(|_| compared.is_project) {
        Some((turn, line)) => format!(
            "the browser brought no cookie: it was over by then, as the answer to {} set {}",
            turn.request.line(),
            cut(line.to_string())
        ),
        None => "the browser brought no cookie: it was over by then, or never set"
            .to_owned(),
    }
}

/// The cookie of another browser by which it is known, where the page's server knows
/// every browser.
fn in_another_browser(compared: &Compared<'_>, live: &Turn) -> Option<String> {
    compared.step.browser()?;
    let is_for_all = says_stranger(live) && !says_stranger(compared.pin);
    let (turn, line) =
        last_line(compared, |line| !line.removes()).filter(|_| is_for_all)?;
    Some(format!(
        "the answer to {} set {} in another browser, and this one has no cookie",
        turn.request.line(),
        line.name
    ))
}

/// A cookie that a reader's project has had kept, and the page's has not, with the line
/// that did it.
fn not_the_pages(compared: &Compared<'_>, came: &[Cookie]) -> Option<String> {
    if !compared.is_project {
        return None;
    }
    let wanted = compared.pin.request.cookies();
    let is_other = |it: &&Cookie| {
        let mut wanted = wanted.iter();
        wanted.all(|wanted| compared.own_name(&wanted.name) != it.name)
    };
    let other = came.iter().find(is_other)?;
    let line = last_line(compared, |line| line.name == other.name);
    Some(match line {
        Some((turn, line)) => format!(
            "the browser brought {}, which it does not bring to the page's server: the answer \
             to {} set {}",
            other.name,
            turn.request.line(),
            cut(line.to_string())
        ),
        None => format!(
            "the browser still brought {}, and to the page's server it does not: no answer has \
             taken it out of the jar",
            shown(other)
        ),
    })
}

/// Which answer was the last that took a cookie out of the jar, of those that are meant by
/// their names; nothing where none did.
pub fn taken_by(
    compared: &Compared<'_>,
    is_meant: impl Fn(&str) -> bool,
) -> Option<String> {
    let (turn, _) = last_line(compared, |line| line.removes() && is_meant(&line.name))?;
    Some(format!(
        "the answer to {} has taken it out of the jar",
        turn.request.line()
    ))
}

/// Whether the answer says what a sealed cookie looks like to those without the key:
/// 28 bytes more than its text, in base64.
fn says_sealed_text(live: &Turn, came: &[Cookie]) -> bool {
    // Which has all kinds of letters, and none as a reader would write them.
    let is_mixed = |run: &&str| {
        let has = |kind: fn(char) -> bool| run.chars().any(kind);
        has(|char| char.is_ascii_digit())
            && has(|char| char.is_ascii_uppercase())
            && has(|char| char.is_ascii_lowercase())
    };
    let is_in_a_cookie = |run: &&str| {
        let mut kept = came.iter().chain(live.response.kept());
        kept.any(|cookie| cookie.value.to_string().contains(*run))
    };
    let is_base64 =
        |char: char| char.is_ascii_alphanumeric() || ['+', '/', '='].contains(&char);
    let mut runs = live.response.body.split(|char| !is_base64(char));
    came.iter().any(|cookie| cookie.value.is_sealed())
        && runs.any(|run| {
            run.len() >= 38
                && !run.starts_with('/')
                && is_mixed(&run)
                && !is_in_a_cookie(&run)
        })
}

/// The names of the cookies that came, and of those that the page's server has, where
/// they are others: a handler may look for the one and set the other. A server of which
/// no name is the page's may have names of its own, and these are told where `is_told`.
fn other_name(
    compared: &Compared<'_>,
    wanted: &[Cookie],
    came: &[Cookie],
    is_told: bool,
) -> Option<String> {
    let lacks = |all: &[Cookie], one: &Cookie| all.iter().all(|it| it.name != one.name);
    let without = |these: &[Cookie], those: &[Cookie]| -> Vec<Cookie> {
        let these = these.iter().filter(|one| lacks(those, one));
        these.cloned().collect()
    };
    let (missing, other) = (without(wanted, came), without(came, wanted));
    let has_the_pages = other.len() < came.len();
    if missing.is_empty() || !(has_the_pages || is_told) {
        return None;
    }
    // Which of the two is the cause can't be seen where neither is read.
    if compared.has_own_layout && !other.is_empty() && !is_open(&other) {
        return None;
    }
    Some(match other.is_empty() {
        true => {
            let became = what_became(compared, &missing);
            format!(
                "the browser brought {}, and not {}{}",
                names(came),
                names(&missing),
                became.map_or_else(String::new, |became| format!(": {became}"))
            )
        }
        // The value may be what is wrong, and the name its author's own.
        false if compared.is_project && is_open(&other) && is_open(&missing) => {
            format!(
                "the browser brought {}, and to the page's server {}",
                all_shown(&other),
                all_shown(&missing)
            )
        }
        false => {
            let called = match &missing[..] {
                [_] => "the page's cookie is called",
                _ => "the page's cookies are called",
            };
            format!(
                "the browser brought {}; {called} {}",
                names(&other),
                names(&missing)
            )
        }
    })
}

/// Whether all that they say can be read.
fn is_open(cookies: &[Cookie]) -> bool {
    let is_open = |cookie: &Cookie| match &cookie.value {
        Value::Plain(_) => true,
        value => is_sealed_text(value),
    };
    cookies.iter().all(is_open)
}

fn all_shown(cookies: &[Cookie]) -> String {
    let shown: Vec<String> = cookies.iter().map(shown).collect();
    shown.join(" and ")
}

/// The first cookie with another value than the page's has by now, where both can be
/// read.
fn other_value(wanted: &[Cookie], came: &[Cookie]) -> Option<String> {
    let pairs = wanted.iter().filter_map(|wanted| {
        let came = came.iter().find(|came| came.name == wanted.name)?;
        Some((wanted, came))
    });
    let mut others = pairs.filter(|(wanted, came)| {
        wanted.value != came.value
            && is_sealed_text(&wanted.value)
            && is_sealed_text(&came.value)
    });
    let (wanted, came) = others.next()?;
    Some(format!(
        "the browser brought {}, and to the page's server by now {}",
        shown(came),
        shown(wanted)
    ))
}

/// The cookies, where they are all that the page's browser brings, so that nothing before
/// this answer was wrong.
fn as_it_should(wanted: &[Cookie], came: &[Cookie]) -> Option<String> {
    let is_there = |wanted: &Cookie| came.contains(wanted);
    let is_read = wanted.iter().any(|wanted| is_sealed_text(&wanted.value));
    (is_read && wanted.iter().all(is_there)).then(|| {
        let told = wanted.iter().filter(|wanted| wanted.name != "_flash");
        let shown: Vec<String> = told.map(shown).collect();
        format!("the browser brought {}, as it should", shown.join(" and "))
    })
}

/// Whether a reader's project says of a cookie more than it should, and no key of its own
/// opens that.
fn is_known_by_none(compared: &Compared<'_>, live: &Turn, came: &[Cookie]) -> bool {
    compared.is_project
        && is_flipped(compared)
        && came.iter().any(|cookie| cookie.value == Value::Unreadable)
        && tells_more(&words(&live.response), &words(&compared.pin.response))
}

/// Whether the step has changed a cookie, so that no key opens it.
fn is_flipped(compared: &Compared<'_>) -> bool {
    let mut directives = compared.step.directives.iter();
    directives.any(|directive| matches!(directive, Directive::Flip(_)))
}

/// Whether no cookie has a seal that could be opened.
fn is_closed(cookies: &[Cookie]) -> bool {
    !cookies.iter().any(|cookie| is_sealed_text(&cookie.value))
}

/// A text whose seal could be opened.
fn is_sealed_text(value: &Value) -> bool {
    matches!(value, Value::Sealed(_)) && !value.is_closed()
}

fn names(cookies: &[Cookie]) -> String {
    let names: Vec<&str> = cookies.iter().map(|cookie| &*cookie.name).collect();
    names.join(" and ")
}

/// The cookie, cut to what is read.
pub fn shown(cookie: &Cookie) -> String {
    cut(cookie.to_string())
}

/// The text, cut to what is read.
pub fn cut(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
