//! What is known of items that a page does not show, or shows otherwise.

use super::Compared;
use super::brought::brought;
use exchange::format::cookie::Cookie;
use exchange::format::page::visible;
use exchange::format::percent::decode;
use exchange::format::transcript::Turn;

/// What the book's pages say where a list has nothing in it.
pub const NONE: &str = "There are none yet.";

/// Whether a list has nothing in it, or some words for that: what nobody has sent.
pub fn is_placeholder(compared: &Compared<'_>, came: &[String]) -> bool {
    let bodies = compared.before.iter().flatten();
    let mut bodies = bodies.map(|turn| decode(&turn.request.body.replace('+', " ")));
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
    let shown = visible(&live.response.body);
    let is_outside = |text: &String| {
        shown.contains(text.as_str()) && !came.iter().any(|item| item.contains(text))
    };
    if wanted != [NONE] && wanted.iter().all(is_outside) {
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
    let is_sealed = |cookie: &&Cookie| cookie.value.is_sealed();
    let mut kept = compared.pin.response.kept().filter(is_sealed);
    let is_kept = |cookie: &&Cookie| live.response.keeps(&cookie.name) == Some(cookie);
    // In a cookie of another name, too, they are all that this answer should show.
    let has_all = |cookie: &&Cookie| {
        let text = cookie.value.to_string();
        let mut wanted = wanted.iter();
        compared.is_project && wanted.all(|item| text.contains(item.as_str()))
    };
    let others = || live.response.kept().find(has_all);
    match kept.find(is_kept).or_else(others) {
        Some(cookie) => Some(format!(
            "the jar has {cookie}, as it should: what does this answer show of it, and is it made \
             before or after?"
        )),
        None => brought(compared, live, false),
    }
}
