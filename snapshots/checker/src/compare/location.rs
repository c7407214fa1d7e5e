//! Whether a redirect leads to the pin's address.

use super::{Compared, Verdict};
use crate::faults::Fault;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use exchange::format::cookie::Value;
use exchange::format::percent::{decode, decode_form};
use exchange::format::transcript::Turn;
use exchange::play::redirect;
use std::collections::BTreeMap;

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let pin = compared.pin;
    let Some(was) = pin.response.header("location") else {
        return;
    };
    // Where it may be refused, there is no address to go on to.
    if live.response.status >= 400 {
        return;
    }
    let Some(is) = live.response.header("location") else {
        verdict.find(
            Fault::WrongLocation,
            format!("location: {was}"),
            "no location",
        );
        return;
    };
    let (expected, actual) = (format!("location: {was}"), format!("location: {is}"));
    if is.contains(|char: char| char.is_whitespace() || char.is_control()) {
        verdict.find(Fault::BrokenLocation, expected, actual);
    } else if leads(was, &pin.request.target) != leads(is, &live.request.target) {
        verdict.find_with(
            Fault::WrongLocation,
            expected,
            actual,
            other_query(was, is)
                .or_else(|| let_in(compared, live))
                .or_else(|| not_let_in(compared, live))
                .or_else(|| by_the_request(was, is, live)),
        );
    }
}

/// What is other in the query of an address with a host, where all before it is right.
fn other_query(was: &str, is: &str) -> Option<String> {
    let (page, wanted) = was.split_once('?')?;
    let (same, came) = is.split_once('?').unwrap_or((is, ""));
    if page != same || !page.contains("://") {
        return None;
    }
    let pairs = |query| -> BTreeMap<&str, &str> {
        str::split(query, '&')
            .filter_map(|pair| pair.split_once('='))
            .collect()
    };
    let (wanted, came) = (pairs(wanted), pairs(came));
    let lacks = |of: &BTreeMap<&str, &str>, all: &BTreeMap<&str, &str>| {
        let names = of.keys().filter(|name| !all.contains_key(*name));
        let names = names.copied().collect::<Vec<_>>().join(" and ");
        Some(names).filter(|names| !names.is_empty())
    };
    if let Some(names) = lacks(&wanted, &came) {
        return Some(format!("its query lacks {names}"));
    }
    if let Some(names) = lacks(&came, &wanted) {
        return Some(format!("its query has {names}, too"));
    }
    let mut others = wanted
        .iter()
        .filter(|(name, value)| came.get(*name) != Some(value));
    let (name, _) = others.next()?;
    Some(format!("{name} in its query is another"))
}

/// What the request says of where to go, where this answer leads elsewhere for it.
fn by_the_request(was: &str, is: &str, live: &Turn) -> Option<String> {
    let target = &live.request.target;
    let fields = fields(live);
    let named = |text: &str| {
        let mut fields = fields.iter();
        let (name, _) = fields.find(|(_, value)| value == text)?;
        Some(name)
    };
    if is.is_empty() {
        return Some(match named("") {
            Some(name) => format!("it is empty, as {name} is in the request"),
            None => "it is empty, which is this very address again".to_owned(),
        });
    }
    // The name that is sealed anew is in the jar by now, too.
    let text = decode(is.rsplit('/').next().unwrap_or_default());
    let came = live.request.cookies();
    if came.iter().any(|cookie| cookie.value.is_sealed()) && is_sealed(&text) {
        return Some("that is a cookie's text as it is sealed: open it".to_owned());
    }
    if let Some(name) = named(was) {
        return Some(format!("the request says where to go, in {name}"));
    }
    let carries = |location: &str, text: &str| {
        let query = location.split_once('?').map(|(_, query)| query);
        query.is_some_and(|query| decode(query).contains(text))
    };
    let is_lost = |text: &str| carries(was, text) && !carries(is, text);
    let is_get = live.request.method == "GET";
    if is_get && leads(is, target) == redirect::canonical(target) {
        return Some("it leads back to this very address, in a circle".to_owned());
    }
    if is_lost(target) {
        return Some(format!("the page's has in it what was asked for, {target}"));
    }
    let is_field_lost =
        |(_, value): &&(String, String)| !value.is_empty() && is_lost(value);
    if let Some((name, value)) = fields.iter().find(is_field_lost) {
        return Some(format!(
            "the page's has in it the request's {name}, {value}"
        ));
    }
    // Read as an address, and written again, it has other slashes.
    let bare = |text: &str| {
        let parts = text.split(['/', '\\']).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("/")
    };
    let is_bare =
        |(_, value): &&(String, String)| !value.is_empty() && bare(value) == bare(is);
    let (name, value) = fields.iter().find(is_bare)?;
    Some(match value == is {
        true => format!("the request says so, in {name}, and anyone can write that"),
        false => {
            format!("the request says {value}, in {name}, and anyone can write that")
        }
    })
}

/// The fields of a request's query and form, decoded.
fn fields(turn: &Turn) -> Vec<(String, String)> {
    let query = turn.request.target.split_once('?').map(|(_, query)| query);
    let kind = turn.request.header("content-type").unwrap_or_default();
    let form = kind
        .contains("x-www-form-urlencoded")
        .then_some(&*turn.request.body);
    let pairs = query.into_iter().chain(form);
    let pairs = pairs.flat_map(|text| text.split('&'));
    pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode_form(name), decode_form(value)))
        .collect()
}

/// What the page's server seals here and a reader's project does not: it has not come to
/// where it does.
fn not_let_in(compared: &Compared<'_>, live: &Turn) -> Option<String> {
    let is_set = |name: &str| live.response.cookies.iter().any(|set| set.name == name);
    let is_pinned =
        |name: &str| compared.pin.response.sets().any(|set| set.name == name);
    // One of another name may be the same.
    if live.response.sets().any(|set| !is_pinned(&set.name)) {
        return None;
    }
    let mut sets = compared.pin.response.sets();
    let set = sets.find(|set| {
        set.value.as_ref().is_some_and(Value::is_sealed) && !is_set(&set.name)
    })?;
    compared.is_project.then(|| {
        format!(
            "the page's answer sets {}, and this one does not: look at what keeps it from that",
            set.name
        )
    })
}

/// What a reader's project seals here and the page's server does not, such as the session
/// of somebody who should not get one.
fn let_in(compared: &Compared<'_>, live: &Turn) -> Option<String> {
    let is_pinned = |name: &str| {
        let mut sets = compared.pin.response.sets();
        sets.any(|set| set.name == name)
    };
    // One that came with the request is no new one.
    let brought = live.request.cookies();
    let is_new = |name: &str| brought.iter().all(|cookie| cookie.name != name);
    let mut sets = live.response.sets();
    let set = sets.find(|set| {
        let is_sealed = set.value.as_ref().is_some_and(Value::is_sealed);
        is_sealed && !is_pinned(&set.name) && is_new(&set.name)
    })?;
    compared.is_project.then(|| {
        format!(
            "this answer sets {}, which the page's does not: look at what lets it come to that",
            set.name
        )
    })
}

/// Whether it looks as sealed texts do: 28 bytes or more, in base64.
fn is_sealed(text: &str) -> bool {
    let bytes = BASE64_STANDARD.decode(text);
    bytes.is_ok_and(|bytes| bytes.len() >= 28) && text.ends_with('=')
}

/// Where a `Location` leads from `target`, written the same way each time, and on
/// the server as a path.
fn leads(location: &str, target: &str) -> String {
    let own = ["http://server", "http://localhost"];
    let own = own.into_iter().find_map(|own| location.strip_prefix(own));
    redirect::canonical(&redirect::resolve(own.unwrap_or(location), target))
}
