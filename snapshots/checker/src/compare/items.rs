//! What is known of items that a page does not show, or shows otherwise.

use super::Compared;
use super::brought::{brought, cut, shown};
use exchange::format::cookie::Cookie;
use exchange::format::page::visible;
use exchange::format::percent::decode_form;
use exchange::format::transcript::Turn;

/// What the book's pages say where a list has nothing in it.
pub const NONE: &str = "There are none yet.";

/// Whether a list has nothing in it, or some words for that: what nobody has sent.
pub fn is_placeholder(compared: &Compared<'_>, came: &[String]) -> bool {
    let bodies = compared.before.iter().flatten();
    let mut bodies = bodies.map(|turn| decode_form(&turn.request.body));
    match came {
        [] => true,
        [one] => !one.trim().is_empty() && !bodies.any(|body| body.contains(one)),
        _ => false,
    }
}

/// What is known of items that a page does not show, or shows otherwise.
pub fn where_they_are(
    compared: &Compared<'_>,
    live: &Turn,
    wanted: &[String],
    came: &[String],
) -> Option<String> {
    let words = visible(&live.response.body);
    let is_outside = |text: &String| {
        words.contains(text.as_str()) && !came.iter().any(|item| item.contains(text))
    };
    if !wanted.is_empty() && wanted != [NONE] && wanted.iter().all(is_outside) {
        return Some("the words are there, in no <li> of their own".to_owned());
    }
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort();
        texts
    };
    if sorted(wanted) == sorted(came) {
        return Some("the same, in another order".to_owned());
    }
    let came = match is_placeholder(compared, came) {
        true => &[],
        false => came,
    };
    let lacks =
        came.len() < wanted.len() && came.iter().all(|item| wanted.contains(item));
    match as_it_should_be(compared, live, wanted).filter(|_| lacks) {
        Some(cookie) => Some(format!(
            "the jar has {}, as it should: what does this answer show of it, and is it made \
             before or after?",
            shown(cookie)
        )),
        None => match (otherwise(compared, live), brought(compared, live, false)) {
            (Some(set), Some(brought)) => Some(format!("{brought}; {set}")),
            (Some(set), None) => Some(set),
            (None, brought) => put_there(compared, wanted, came).or(brought),
        },
    }
}

/// The cookie in the jar that has all that the page should show: the pin's, or, of a
/// reader's project, one of another name.
fn as_it_should_be<'a>(
    compared: &Compared<'_>,
    live: &'a Turn,
    wanted: &[String],
) -> Option<&'a Cookie> {
    let pinned: Vec<&Cookie> = compared.pin.response.kept().collect();
    let is_pinned =
        |cookie: &&Cookie| cookie.value.is_sealed() && pinned.contains(cookie);
    let is_own =
        |cookie: &Cookie| pinned.iter().all(|pinned| pinned.name != cookie.name);
    let has_all = |cookie: &&Cookie| {
        let text = cookie.value.to_string();
        let count = |item: &String| wanted.iter().filter(|it| *it == item).count();
        let mut wanted = wanted.iter();
        let has = wanted.all(|item| text.matches(item.as_str()).count() >= count(item));
        compared.is_project && is_own(cookie) && has
    };
    // One that did not come is of no use to this answer.
    let came = live.request.cookies();
    let is_here = |kept: &&Cookie| {
        let is_set = live.response.sets().any(|set| set.name == kept.name);
        is_set || came.iter().any(|cookie| cookie.name == kept.name)
    };
    let kept = || live.response.kept().filter(is_here);
    kept().find(is_pinned).or_else(|| kept().find(has_all))
}

/// The sealed cookie that this answer of a project sets otherwise than the page's, which
/// may leave it as it is.
fn otherwise(compared: &Compared<'_>, live: &Turn) -> Option<String> {
    let pin = &compared.pin.response;
    let mut sets = live.response.sets();
    let told = sets.find_map(|came| {
        let kept = pin
            .keeps(&came.name)
            .filter(|kept| kept.value.is_sealed())?;
        let value = came.value.as_ref().filter(|value| **value != kept.value)?;
        let page = match pin.sets().any(|set| set.name == came.name) {
            true => format!("the page's {}", cut(kept.value.to_string())),
            false => "the page's leaves it as it is".to_owned(),
        };
        Some(format!(
            "this answer sets {}={}, and {page}",
            came.name,
            cut(value.to_string())
        ))
    });
    told.filter(|_| compared.is_project)
}

/// The answer before that put an item into the jar of a project which should not be there.
fn put_there(
    compared: &Compared<'_>,
    wanted: &[String],
    came: &[String],
) -> Option<String> {
    let is_more = |item: &&String| !item.trim().is_empty() && !wanted.contains(item);
    let more = came.iter().find(is_more)?;
    let mut before = compared.before.iter().flatten();
    let turn = before.rfind(|turn| {
        let mut sets = turn.response.sets();
        sets.any(|set| {
            let value = set.value.as_ref().map(ToString::to_string);
            value.is_some_and(|value| value.contains(more.as_str()))
        })
    })?;
    compared.is_project.then(|| {
        format!(
            "the answer to {} put that into the jar",
            turn.request.line()
        )
    })
}
