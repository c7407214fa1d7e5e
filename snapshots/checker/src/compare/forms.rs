//! What a page's forms send along by themselves, and where they lead.

use super::{Compared, Verdict};
use crate::faults::Fault;
use exchange::format::page;
use exchange::format::percent::decode;
use exchange::format::route::path_of;
use exchange::format::transcript::Turn;
use exchange::play::redirect;

/// What the page's forms send along by themselves, and where they lead.
pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let (was, is) = (
        page::forms(&compared.pin.response.body),
        page::forms(&live.response.body),
    );
    // A form may lead to an address that has it, or to this one, which does.
    let is_in_the_address = |value: &str| {
        let mut leads = is.leads.iter();
        leads.any(|(_, address)| match address.is_empty() {
            true => decode(&live.request.target).contains(value),
            false => decode(address).contains(value),
        })
    };
    let is_lost = |(name, value): &&(String, String)| {
        let is_sent = is.hidden.iter().any(|it| it.0 == *name && it.1 == *value);
        !value.is_empty() && !is_sent && !is_in_the_address(value)
    };
    let field = |(name, value): &(String, String)| {
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    };
    if let Some(lost) = was.hidden.iter().find(is_lost) {
        let came = is.hidden.iter().find(|it| it.0 == lost.0);
        let came = came.map_or_else(|| format!("no hidden {}", lost.0), field);
        // A session may have it, where this answer writes one.
        match compared.is_project || live.response.sets().next().is_none() {
            true => verdict.find(Fault::FieldLost, field(lost), came),
            false => verdict
                .advice
                .push(format!("No form of this page sends {} along.", field(lost))),
        }
    }
    if !compared.is_project {
        return;
    }
    let path = |turn: &Turn, address: &str| {
        let url = redirect::resolve(address, &turn.request.target);
        path_of(&url).to_owned()
    };
    let writes = |forms: &page::Forms, turn: &Turn| -> Vec<String> {
        let leads = forms.leads.iter().filter(|(method, _)| method == "POST");
        leads.map(|(_, address)| path(turn, address)).collect()
    };
    for name in &was.fields {
        if !is.fields.contains(name) {
            verdict.advice.push(format!(
                "No form of this page has a field named {name}, which the page's has."
            ));
        }
    }
    let leads = writes(&is, live);
    for wanted in writes(&was, compared.pin) {
        if !leads.contains(&wanted) {
            verdict.advice.push(format!(
                "No form or button of this page sends a POST to {wanted}, so a reader with a \
                 browser alone can't."
            ));
        }
    }
}
