//! Whether a redirect leads to the pin's address.

use super::Verdict;
use crate::faults::Fault;
use exchange::format::transcript::Turn;
use exchange::play::redirect;

pub fn compare(pin: &Turn, live: &Turn, verdict: &mut Verdict) {
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
        verdict.find(Fault::WrongLocation, expected, actual);
    }
}

/// Where a `Location` leads from `target`, written the same way each time, and on
/// the server as a path.
fn leads(location: &str, target: &str) -> String {
    let own = ["http://server", "http://localhost"];
    let own = own.into_iter().find_map(|own| location.strip_prefix(own));
    redirect::canonical(&redirect::resolve(own.unwrap_or(location), target))
}
