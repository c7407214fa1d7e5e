//! Whether the status means the same as the pin's.

use super::brought::brought;
use super::{Compared, Verdict, headings};
use crate::faults::Fault;
use exchange::format::page;
use exchange::format::script::Directive;
use exchange::format::transcript::{Response, Turn};

fn status_line(response: &Response) -> String {
    format!("{} {}", response.status, response.reason)
        .trim_end()
        .to_owned()
}

pub fn compare(compared: &Compared<'_>, live: &Turn, verdict: &mut Verdict) {
    let pin = compared.pin;
    let (was, is) = (pin.response.status, live.response.status);
    let is_safe = matches!(pin.request.method.as_str(), "GET" | "HEAD");
    let fault = match (was, is) {
        (_, 500..) => Fault::ServerError,
        (303, 303) => return,
        // Where the very code is what the lesson is about.
        (303, 302) if compared.requirement.contains("303") => Fault::OtherStatus,
        (303, 302) => {
            verdict.advice.push(
                "302 is 303 to most browsers. 303 says what is meant: go there with a GET."
                    .to_owned(),
            );
            return;
        }
        (303, 307) if is_safe => {
            verdict
                .advice
                .push("307 keeps the method. For a GET it does no harm.".to_owned());
            return;
        }
        (303, 301 | 308) => Fault::Permanent,
        (303, 307) => Fault::KeepsMethod,
        (300..400, 300..400) if was == is => return,
        (300..400, 300..400) => Fault::OtherStatus,
        (300..400, 200..300) if refreshes(&live.response.body) => Fault::MetaRefresh,
        // The page that this address has for others.
        (300..400, 200..300)
            if is_safe
                && (is_for_others(compared, live) || is_its_own(compared, live)) =>
        {
            Fault::LetIn
        }
        (300..400, 200..300) => Fault::NoRedirect,
        // What was never written refuses everything, and proves nothing.
        (400 | 401 | 403 | 413 | 422, 404 | 405) => Fault::Missing,
        // Another code of its kind says as much, unless it is asked for.
        (404, 400..500) if is != 404 && compared.requirement.contains("404") => {
            Fault::OtherStatus
        }
        (200..300, 200..300) | (400..500, 400..500) => return,
        (200..300, 300..400) => Fault::NeedlessRedirect,
        // A form of another site may be refused, where the page's server only does not know
        // who sends it.
        (300..400, 400 | 401 | 403 | 422) if is_from_elsewhere(compared) => return,
        // A page to ask first. What the link has done is seen in the steps after it.
        (404, 200..300) if is_safe && only_asks(&live.response) => {
            verdict.advice.push(
                "A page says that something is here. 404 says there is nothing."
                    .to_owned(),
            );
            return;
        }
        // Who is sent on, and has nothing to show for it, has changed nothing.
        (404, 300..400) if is_safe && live.response.cookies.is_empty() => {
            verdict.advice.push(
                "A redirect says that something is here. 404 says there is nothing."
                    .to_owned(),
            );
            return;
        }
        // An address that is to be none asks for no proof.
        (404, _) if !is_safe => Fault::OtherStatus,
        (400..500, _) => Fault::Accepted,
        (_, 404 | 405) => Fault::Missing,
        _ => Fault::Refused,
    };
    // Who is sent away, or let in, is so by what the browser brought.
    let note = match fault {
        Fault::NeedlessRedirect | Fault::LetIn if compared.is_project => {
            brought(compared, live, false)
        }
        Fault::OtherStatus if was == 404 => Some(
            "nothing is at this address: in Rocket, a handler says so by giving None"
                .to_owned(),
        ),
        _ => None,
    };
    verdict.find_with(
        fault,
        status_line(&pin.response),
        status_line(&live.response),
        note,
    );
}

/// Whether a form of another site is sent, with no cookie.
fn is_from_elsewhere(compared: &Compared<'_>) -> bool {
    let request = &compared.pin.request;
    let crosses = compared.step.directives.contains(&Directive::CrossSite);
    crosses && request.method == "POST" && request.header("cookie").is_none()
}

/// Whether it is a page that leaves nothing behind, and says of nothing that it is done.
fn only_asks(response: &Response) -> bool {
    let is_page = response
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    let said = page::said(&response.body);
    let is_message = |said: &page::Said| !matches!(said.kind, "heading" | "item");
    is_page && response.cookies.is_empty() && !said.iter().any(is_message)
}

/// Whether the page is one that is pinned at this address.
fn is_for_others(compared: &Compared<'_>, live: &Turn) -> bool {
    headings(live).any(|text| compared.pages.contains(&text))
}

/// Whether a reader's project has a page of its own where one is pinned, and not the form
/// that lets in.
fn is_its_own(compared: &Compared<'_>, live: &Turn) -> bool {
    let body = &live.response.body;
    let is_another = headings(live).any(|text| compared.headings.contains(&text));
    let asks = page::forms(body)
        .fields
        .iter()
        .any(|name| name == "password");
    compared.is_project && !compared.pages.is_empty() && !is_another && !asks
}

/// Whether a page sends its reader on by itself.
fn refreshes(body: &str) -> bool {
    let body = body.to_ascii_lowercase();
    body.contains("http-equiv=\"refresh\"")
        || body.contains("http-equiv=refresh")
        || body.contains("http-equiv='refresh'")
}
