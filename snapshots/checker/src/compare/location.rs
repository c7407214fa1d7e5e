//! Whether a redirect leads to the pin's address.

use super::{Compared, Verdict};
use crate::faults::Fault;
use exchange::format::cookie::Value;
use exchange::format::transcript::Turn;
use exchange::play::redirect;

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let pin = compared.pin;
    let Some(was) = pin.response.header("location") else {
        return;
    };
    let Some(is) = live.response.header("location") else {
        verdict.find(
            Fault::WrongLocation,
            format!("location: {was}"),
            "no location",
        );
        return;
    };
    let (expected, actual) = (format!("location: {was}"), format!("location: {is}"));
    if is.is_empty()
        || is.contains(|char: char| char.is_whitespace() || char.is_control())
    {
        verdict.find(Fault::BrokenLocation, expected, actual);
    } else if leads(was, &pin.request.target) != leads(is, &live.request.target) {
        verdict.find_with(
            Fault::WrongLocation,
            expected,
            actual,
            let_in(compared, live),
        );
    }
}

/// What a reader's project seals here and the page's server does not, such as the session
/// of somebody who should not get one.
fn let_in(compared: &Compared<'_>, live: &Turn) -> Option<String> {
    let is_pinned = |name: &str| {
        let mut sets = compared.pin.response.sets();
        sets.any(|set| set.name == name)
    };
    let mut sets = live.response.sets();
    let set = sets.find(|set| {
        set.value.as_ref().is_some_and(Value::is_sealed) && !is_pinned(&set.name)
    })?;
    compared.is_project.then(|| {
        format!(
            "this answer sets {}, which the page's does not: look at what lets it come to that",
            set.name
        )
    })
}

/// Where a `Location` leads from `target`, written the same way each time, and on
/// the server as a path.
fn leads(location: &str, target: &str) -> String {
    let own = ["http://server", "http://localhost"];
    let own = own.into_iter().find_map(|own| location.strip_prefix(own));
    redirect::canonical(&redirect::resolve(own.unwrap_or(location), target))
}
