//! What became of a message that is not shown, or is shown again.

use super::Compared;
use super::brought::{left_behind, taken_by};
use exchange::format::cookie::Cookie;
use exchange::format::page::{title, visible};
use exchange::format::transcript::Turn;

/// What became of a message that is not shown, by the cookie that the pin's page takes out
/// of the jar, where this server has one of that name, too.
pub fn where_it_is(
    compared: &Compared<'_>,
    live: &Turn,
    message: &[String],
) -> Option<String> {
    let shown = visible(&live.response.body);
    if message.iter().all(|text| shown.contains(text.as_str())) {
        let said =
            "the words are there, in no element with role=\"status\" or role=\"alert\"";
        return Some(said.to_owned());
    }
    let title = title(&live.response.body);
    if message.iter().all(|text| title.contains(text.as_str())) {
        return Some("the title has it, and the page does not".to_owned());
    }
    let cookies = &compared.pin.response.cookies;
    let name = &cookies.iter().find(|set| set.removes())?.name;
    let mut sets = live.response.cookies.iter();
    let is_removed = sets.any(|set| set.name == *name && set.removes());
    let of_name = |turn: &Turn| {
        let mut brought = turn.request.cookies().into_iter();
        brought.rfind(|cookie| cookie.name == *name)
    };
    Some(match (of_name(live), of_name(compared.pin)) {
        (None, _) => match left_behind(compared, live, |left| {
            left == name || live.request.cookies().is_empty()
        })
        .or_else(|| taken_by(compared, |taken| taken == name))
        {
            Some(why) => why,
            None if compared.is_project => {
                format!("no answer before has set {name}: in Rocket, `Flash` does")
            }
            None if live.request.cookies().is_empty() => {
                "the browser brought no cookie: no answer before has set one".to_owned()
            }
            None => return None,
        },
        // One that no guard of Rocket's can read.
        (Some(came), Some(wanted)) if is_flash(&wanted) && !is_flash(&came) => {
            format!("the browser brought {came}, and to the page's server {wanted}")
        }
        (Some(_), _) if is_removed => format!(
            "it was taken out of {name}, and did not reach the page: a guard let it go, or \
             the template calls it something else"
        ),
        (Some(_), _) => format!("{name} is still in the jar: nobody has read it"),
    })
}

/// The message of the page's that came to the handler, where the page shows another.
pub fn as_it_was_brought(compared: &Compared<'_>, live: &Turn) -> Option<String> {
    let wanted = compared.pin.request.cookies();
    let mut messages = wanted.iter().filter(|cookie| is_flash(cookie));
    let came = live.request.cookies();
    let message = messages.find(|message| came.contains(message))?;
    Some(format!(
        "the browser brought {message}, as it should: what does the page print of it?"
    ))
}

/// Where a message was until now that should not be shown, by the cookies that came.
pub fn where_it_was(
    compared: &Compared<'_>,
    live: &Turn,
    shown: &[String],
) -> Option<String> {
    let brought = live.request.cookies().into_iter();
    let has_it = |cookie: &Cookie| {
        let text = cookie.value.to_string();
        shown.iter().any(|shown| text.contains(shown.as_str()))
    };
    let mut having = brought.filter(has_it);
    let Cookie { name, .. } = having.next()?;
    if live.response.sets().any(|set| set.name == name) {
        return Some(format!("this answer reads {name}, and sets it anew"));
    }
    if live.response.keeps(&name).is_some() {
        return Some(format!(
            "{name} has it, and is still in the jar: no answer has taken it out"
        ));
    }
    let mut before = compared.before.iter().flatten();
    let sets = |turn: &&Turn| turn.response.sets().any(|set| set.name == name);
    let turn = before.rfind(sets)?;
    Some(format!(
        "it was in {name}, which the answer to {} has set",
        turn.request.line()
    ))
}

/// Whether it is written as Rocket writes a message: its kind's length, a colon, the rest.
fn is_flash(cookie: &Cookie) -> bool {
    let text = cookie.value.to_string();
    let length = text.split_once(':').map(|(length, _)| length);
    length.is_some_and(|length| length.parse::<usize>().is_ok())
}
