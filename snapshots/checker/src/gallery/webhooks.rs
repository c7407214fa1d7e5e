//! Deliveries from other servers, each signed in its sender's way.

use super::http::{Request, Response, encode, escape};
use super::sign::{from_hex, now, tag, to_hex};
use super::site::{Session, Site};
use crate::random::random_name;
use crate::unpoisoned::unpoisoned;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use exchange::format::percent::decode;
use std::collections::HashMap;
use std::sync::Mutex;

/// The lesson's secrets, which are in a book: the newest, and the one before it.
const SECRETS: [&str; 2] = ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "cHJldmlvdXMgc2VjcmV0"];

/// Seconds that a delivery may be late, or its sender's clock ahead.
const TOLERANCE: u64 = 5 * 60;

/// The most bytes of a delivery.
const LONGEST: usize = 8 * 1024;

/// What has arrived, by the inbox.
#[derive(Default)]
pub struct Inboxes(Mutex<HashMap<String, Vec<Delivery>>>);

struct Delivery {
    sender: String,
    id: String,
    body: String,
}

/// What a delivery is called, or why it is not taken.
type Verdict = Result<String, Refusal>;

/// A status, and what is said with it.
type Refusal = (&'static str, &'static str);

const UNSIGNED: Refusal =
    ("400 Bad Request", "There is no signature that can be read.");
const STALE: Refusal = (
    "400 Bad Request",
    "The delivery is more than 5 minutes off.",
);
const FORGED: Refusal = ("401 Unauthorized", "The signature does not fit.");
const UNKNOWN: Refusal = ("404 Not Found", "No such sender is known here.");
const TOO_LARGE: Refusal = (
    "413 Content Too Large",
    "A delivery has at most 8192 bytes.",
);

/// A header's value, if it came.
type Header<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

impl Site {
    /// The lesson's answer, if the request is for one of its addresses.
    pub fn webhooks(
        &self,
        request: &Request,
        session: &mut Session,
    ) -> Option<Response> {
        let is_get = matches!(request.method.as_str(), "GET" | "HEAD");
        let is_post = request.method == "POST";
        let parts: Vec<String> = request.path.split('/').skip(1).map(decode).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts[..] {
            ["webhooks"] if is_get => Some(own_inbox(session)),
            ["webhooks", inbox] if is_get => Some(self.inbox(inbox, session)),
            ["webhooks", inbox, "lab"] if is_get => Some(self.lab(inbox, request)),
            ["webhooks", inbox, "empty"] if is_post => Some(self.empty(inbox, session)),
            ["webhooks", inbox, sender] if is_post => {
                Some(self.receive(inbox, sender, request))
            }
            _ => None,
        }
    }

    fn receive(&self, inbox: &str, sender: &str, request: &Request) -> Response {
        if self.has("webhook-asks-for-a-login") && request.cookie("login").is_none() {
            return Response::see_other("/login");
        }
        let body = match self.has("webhook-is-read-as-a-form") {
            true => written_again(&request.body).into_bytes(),
            false => request.raw.clone(),
        };
        match self.verdict(sender, &|name| request.header(name), &body) {
            Ok(id) => Response::text(self.keep(inbox, sender, id, &request.body)),
            Err((_, words)) if self.has("webhook-refused-with-200") => {
                Response::text(words)
            }
            Err((status, words)) => Response::new(status, "text/plain", words),
        }
    }

    fn verdict(&self, sender: &str, header: Header<'_>, body: &[u8]) -> Verdict {
        match sender {
            _ if body.len() > LONGEST => Err(TOO_LARGE),
            "github" => self.github(header, body),
            _ if self.has("webhook-of-one-sender") => Err(UNKNOWN),
            "stripe" => self.stripe(header, body),
            "standard" => self.standard(header, body),
            _ => Err(UNKNOWN),
        }
    }

    /// Over the body. It has no time in it.
    fn github(&self, header: Header<'_>, body: &[u8]) -> Verdict {
        let id = header("x-github-delivery").ok_or(UNSIGNED)?;
        let signature = header("x-hub-signature-256").ok_or(UNSIGNED)?;
        let tag = signature.strip_prefix("sha256=").and_then(from_hex);
        self.fits(&[body], tag)?;
        Ok(id.to_owned())
    }

    /// Over the time and the body.
    fn stripe(&self, header: Header<'_>, body: &[u8]) -> Verdict {
        let signature = header("stripe-signature").ok_or(UNSIGNED)?;
        let values = |wanted: &'static str| {
            let pairs = signature.split(',').filter_map(|pair| pair.split_once('='));
            pairs.filter_map(move |(name, value)| (name == wanted).then_some(value))
        };
        let time = values("t").next().ok_or(UNSIGNED)?;
        self.is_fresh(time)?;
        let parts = [time.as_bytes(), body];
        if !values("v1").any(|hex| self.fits(&parts, from_hex(hex)).is_ok()) {
            return Err(FORGED);
        }
        let event: Option<serde_json::Value> = serde_json::from_slice(body).ok();
        let id = event.and_then(|event| Some(event["id"].as_str()?.to_owned()));
        Ok(id.unwrap_or_else(|| to_hex(&tag(&self.key, &parts))))
    }

    /// Over an id, the time and the body, and perhaps with several secrets.
    fn standard(&self, header: Header<'_>, body: &[u8]) -> Verdict {
        let id = header("webhook-id").ok_or(UNSIGNED)?;
        let time = header("webhook-timestamp").ok_or(UNSIGNED)?;
        let signatures = header("webhook-signature").ok_or(UNSIGNED)?;
        self.is_fresh(time)?;
        let parts = [id.as_bytes(), time.as_bytes(), body];
        let mut tags = signatures
            .split(' ')
            .filter_map(|one| one.strip_prefix("v1,"));
        let fits = |one: &str| self.fits(&parts, BASE64_STANDARD.decode(one).ok());
        match tags.any(|one| fits(one).is_ok()) {
            true => Ok(id.to_owned()),
            false => Err(FORGED),
        }
    }

    fn is_fresh(&self, time: &str) -> Result<(), Refusal> {
        let sent: u64 = time.parse().map_err(|_| UNSIGNED)?;
        match now().abs_diff(sent) <= TOLERANCE || self.has("webhook-of-any-time") {
            true => Ok(()),
            false => Err(STALE),
        }
    }

    /// Whether one of the secrets makes this tag. It is compared as the tags of both
    /// under a key of this server's: how long that takes tells nothing of either.
    fn fits(&self, parts: &[&[u8]], sent: Option<Vec<u8>>) -> Result<(), Refusal> {
        let believed = match self.has("webhook-of-the-old-secret-refused") {
            true => &SECRETS[..1],
            false => &SECRETS[..],
        };
        let blind = |made: &[u8]| tag(&self.key, &[made]);
        let sent = blind(&sent.ok_or(FORGED)?);
        let mut made = believed.iter().map(|text| tag(&secret(text), parts));
        made.any(|made| blind(&made) == sent)
            .then_some(())
            .ok_or(FORGED)
    }

    /// Keeps a delivery once, and says what is said to its sender.
    fn keep(&self, inbox: &str, sender: &str, id: String, body: &str) -> &'static str {
        let mut all = self.inboxes.all();
        let deliveries = all.entry(inbox.to_owned()).or_default();
        let was_here = deliveries
            .iter()
            .any(|kept| kept.sender == sender && kept.id == id);
        if was_here && !self.has("webhook-taken-twice") {
            return "It was taken before. Thank you.";
        }
        deliveries.push(Delivery {
            sender: sender.to_owned(),
            id,
            body: body.to_owned(),
        });
        "Thank you."
    }

    fn inbox(&self, inbox: &str, session: &mut Session) -> Response {
        let all = self.inboxes.all();
        let kept = all.get(inbox).into_iter().flatten().rev();
        let mut items: Vec<String> = kept
            .map(|kept| format!("{}, {}: {}", kept.sender, kept.id, kept.body))
            .collect();
        if items.is_empty() {
            items.push("Nothing has arrived.".to_owned());
        }
        let form = format!(
            "<form method=\"post\" action=\"/webhooks/{}/empty\"><button>Empty it</button></form>",
            encode(inbox)
        );
        let body = format!("{}{}{form}", self.message(session), list(&items));
        Response::html(&format!("Inbox {}", escape(inbox)), &body)
    }

    fn empty(&self, inbox: &str, session: &mut Session) -> Response {
        self.inboxes.all().remove(inbox);
        session.flash = Some(("status", "The inbox is empty.".to_owned(), 0));
        Response::see_other(&format!("/webhooks/{}", encode(inbox)))
    }

    /// Signs one text, delivers another at another time, and says what is found.
    fn lab(&self, inbox: &str, request: &Request) -> Response {
        let field = |name: &str| request.field(name).unwrap_or_default();
        let (signed, sent, minutes) =
            (field("signed"), field("sent"), field("minutes"));
        let ahead = minutes.parse::<i32>().unwrap_or_default();
        let time = now().saturating_add_signed(i64::from(ahead) * 60);
        let time = time.to_string();
        let parts = [b"msg_lab", time.as_bytes(), signed.as_bytes()];
        let made = BASE64_STANDARD.encode(tag(&secret(SECRETS[0]), &parts));
        let signature = format!("v1,{made}");
        let header = |name: &str| match name {
            "webhook-id" => Some("msg_lab"),
            "webhook-timestamp" => Some(time.as_str()),
            _ => Some(signature.as_str()),
        };
        let refusal = self.standard(&header, sent.as_bytes()).err();
        let (status, words) = refusal.unwrap_or(("200 OK", "It is taken."));
        let role = if refusal.is_none() { "status" } else { "alert" };
        let items = [
            format!("Signed: {signed}"),
            format!("Arrived: {sent}"),
            format!("Minutes ahead: {minutes}"),
        ];
        let body = format!(
            "<p role=\"{role}\">{words}</p>{}<a href=\"/webhooks/{}\">Back to the inbox</a>",
            list(&items),
            encode(inbox)
        );
        Response::html(status, &body)
    }
}

impl Inboxes {
    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<Delivery>>> {
        unpoisoned(&self.0)
    }
}

/// Each reader has an inbox, whose name only they know.
fn own_inbox(session: &mut Session) -> Response {
    let inbox = session.inbox.get_or_insert_with(random_name);
    Response::see_other(&format!("/webhooks/{inbox}"))
}

fn secret(text: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(text).expect("a secret in base64")
}

fn list(items: &[String]) -> String {
    let items = items
        .iter()
        .map(|item| format!("<li>{}</li>", escape(item)));
    format!("<ul>{}</ul>", items.collect::<String>())
}

/// What a framework's form parser understood, as a form again.
fn written_again(body: &str) -> String {
    let fields = body.split('&').map(|field| {
        let (name, value) = field.split_once('=').unwrap_or((field, ""));
        format!("{}={}", encode(&decode(name)), encode(&decode(value)))
    });
    fields.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No exchange can send what is signed now.
    #[test]
    fn a_delivery_of_stripes_is_taken_by_one_of_its_signatures() {
        let site = Site::new(None);
        let body = b"{\"id\": \"evt_1\"}";
        let time = now().to_string();
        let made = to_hex(&tag(&secret(SECRETS[1]), &[time.as_bytes(), body]));
        let verdict = |signatures: &str| {
            let header = format!("t={time},{signatures}");
            site.verdict("stripe", &|_| Some(header.as_str()), body)
        };
        assert_eq!(verdict(&format!("v1=00,v1={made}")), Ok("evt_1".to_owned()));
        assert_eq!(verdict(&format!("v0={made}")), Err(FORGED));
        assert_eq!(verdict("v1=no hexadecimal"), Err(FORGED));
    }
}
