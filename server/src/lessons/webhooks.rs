//! Requests from another server, signed so that they can be believed. Needs
//! `flash.rs` beside it.

use super::flash::Feedback;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use rocket::data::{Data, ToByteUnit};
use rocket::figment::Figment;
use rocket::http::{Cookie, CookieJar, HeaderMap, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::serde::json;
use rocket::{Route, State, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::convert::Infallible;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The newest first; the ones after it are still believed, for as long as it
/// takes to tell every sender. Set `WEBHOOK_SECRETS` for secrets of your own.
const SECRETS: &str =
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_cHJldmlvdXMgc2VjcmV0";

/// Seconds that a delivery may be late, or the sender's clock ahead.
const TOLERANCE: u64 = 5 * 60;

/// The most bytes of a delivery. Some senders need more.
const LONGEST: usize = 8 * 1024;

/// What a delivery is called, or why it is not taken.
type Verdict = Result<String, Refusal>;

// ANCHOR: fits
/// Whether one of the secrets makes this tag of these parts, joined by dots.
/// `verify_slice` takes as long for a wrong tag as for a right one.
fn fits(secrets: &[Vec<u8>], parts: &[&[u8]], tag: &[u8]) -> bool {
    secrets.iter().any(|secret| {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
        mac.update(&parts.join(&b'.'));
        mac.verify_slice(tag).is_ok()
    })
}
// ANCHOR_END: fits

// ANCHOR: github
/// `X-Hub-Signature-256: sha256=…`, over the body. It has no time in it.
fn github(secrets: &[Vec<u8>], headers: &HeaderMap<'_>, body: &[u8]) -> Verdict {
    let header = |name| headers.get_one(name).ok_or(Refusal::Unsigned);
    let (id, signature) =
        (header("x-github-delivery")?, header("x-hub-signature-256")?);
    let tag = signature.strip_prefix("sha256=").and_then(from_hex);
    match fits(secrets, &[body], &tag.unwrap_or_default()) {
        true => Ok(id.to_owned()),
        false => Err(Refusal::Forged),
    }
}
// ANCHOR_END: github

// ANCHOR: stripe
/// `Stripe-Signature: t=…,v1=…`, over the time and the body. The id is in it.
fn stripe(secrets: &[Vec<u8>], headers: &HeaderMap<'_>, body: &[u8]) -> Verdict {
    let signature = headers
        .get_one("stripe-signature")
        .ok_or(Refusal::Unsigned)?;
    let pairs: Vec<_> = signature
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let time = pairs.iter().find(|(name, _)| *name == "t");
    let (_, time) = time.ok_or(Refusal::Unsigned)?;
    is_fresh(time)?;
    let mut tags = pairs.iter().filter(|(name, _)| *name == "v1");
    let tag = |(_, hex): &(&str, &str)| from_hex(hex).unwrap_or_default();
    match tags.any(|pair| fits(secrets, &[time.as_bytes(), body], &tag(pair))) {
        true => Ok(event_id(body).unwrap_or_else(|| what_was_signed(time, body))),
        false => Err(Refusal::Forged),
    }
}
// ANCHOR_END: stripe

// ANCHOR: standard
/// Standard Webhooks: an id, a time and the body are signed, and there may be
/// several signatures while the sender changes its secret.
fn standard(secrets: &[Vec<u8>], headers: &HeaderMap<'_>, body: &[u8]) -> Verdict {
    let header = |name| headers.get_one(name).ok_or(Refusal::Unsigned);
    let (id, time) = (header("webhook-id")?, header("webhook-timestamp")?);
    let signatures = header("webhook-signature")?;
    is_fresh(time)?;
    let mut tags = signatures
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"));
    let tag = |base64: &str| BASE64_STANDARD.decode(base64).unwrap_or_default();
    let parts = [id.as_bytes(), time.as_bytes(), body];
    match tags.any(|one| fits(secrets, &parts, &tag(one))) {
        true => Ok(id.to_owned()),
        false => Err(Refusal::Forged),
    }
}

fn is_fresh(time: &str) -> Result<(), Refusal> {
    let sent: u64 = time.parse().map_err(|_| Refusal::Unsigned)?;
    match now().abs_diff(sent) <= TOLERANCE {
        true => Ok(()),
        false => Err(Refusal::Stale),
    }
}
// ANCHOR_END: standard

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let pairs = digits.chunks(2).map(|pair| str::from_utf8(pair).ok());
    pairs
        .map(|pair| u8::from_str_radix(pair?, 16).ok())
        .collect()
}

/// Stripe's events name themselves.
fn event_id(body: &[u8]) -> Option<String> {
    let event: json::Value = json::from_slice(body).ok()?;
    event["id"].as_str().map(str::to_owned)
}

/// A name for a delivery that has none. It is made of nothing that a stranger on
/// the way could change.
fn what_was_signed(time: &str, body: &[u8]) -> String {
    format!("{time}.{:x}", Sha256::digest(body))
}

/// A secret's bytes: base64 after `whsec_`, else the text itself.
fn secrets() -> Vec<Vec<u8>> {
    let texts = std::env::var("WEBHOOK_SECRETS").unwrap_or_else(|_| SECRETS.to_owned());
    let secrets = texts.split_whitespace().map(|text| {
        let base64 = text
            .strip_prefix("whsec_")
            .and_then(|text| BASE64_STANDARD.decode(text).ok());
        base64.unwrap_or_else(|| text.as_bytes().to_vec())
    });
    secrets.filter(|secret| !secret.is_empty()).collect()
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    TooLarge,
    Unsigned,
    Stale,
    Forged,
    Replayed,
    Unstored,
}

// ANCHOR: refusal
impl Refusal {
    fn answer(self) -> (Status, &'static str) {
        match self {
            Refusal::TooLarge => (
                Status::PayloadTooLarge,
                "A delivery has at most 8192 bytes.",
            ),
            Refusal::Unsigned => (
                Status::BadRequest,
                "There is no signature that can be read.",
            ),
            Refusal::Stale => (
                Status::BadRequest,
                "The delivery is more than 5 minutes off.",
            ),
            Refusal::Forged => (Status::Unauthorized, "The signature does not fit."),
            Refusal::Replayed => (Status::Conflict, "This delivery was here before."),
            Refusal::Unstored => (
                Status::ServiceUnavailable,
                "It can't be kept now. Send it again.",
            ),
        }
    }
}
// ANCHOR_END: refusal

/// The headers of a request.
struct Headers<'r>(&'r HeaderMap<'r>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Headers<'r> {
    type Error = Infallible;

    async fn from_request(
        request: &'r Request<'_>,
    ) -> Outcome<Headers<'r>, Infallible> {
        Outcome::Success(Headers(request.headers()))
    }
}

// ANCHOR: receive
#[post("/webhooks/<inbox>/<sender>", data = "<data>", rank = 2)]
async fn receive(
    inbox: &str,
    sender: &str,
    headers: Headers<'_>,
    data: Data<'_>,
    inboxes: &State<Inboxes>,
) -> (Status, &'static str) {
    let body = match data.open(LONGEST.bytes()).into_bytes().await {
        Ok(body) if body.is_complete() => body.into_inner(),
        _ => return Refusal::TooLarge.answer(),
    };
    let checked = match sender {
        "github" => github(&secrets(), headers.0, &body),
        "stripe" => stripe(&secrets(), headers.0, &body),
        "standard" => standard(&secrets(), headers.0, &body),
        _ => return (Status::NotFound, "No such sender is known here."),
    };
    match checked.and_then(|id| inboxes.keep(inbox, sender, &id, &body)) {
        Ok(()) => (Status::Ok, "Thank you."),
        Err(refusal) => refusal.answer(),
    }
}
// ANCHOR_END: receive

/// A delivery that was taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Delivery {
    inbox: String,
    sender: String,
    id: String,
    /// The body's beginning.
    body: String,
}

/// What arrived, by inbox, in memory and in a file that outlives the process.
pub struct Inboxes {
    file: PathBuf,
    state: Mutex<HashMap<String, Vec<Delivery>>>,
}

impl Inboxes {
    /// An inbox holds so many deliveries; the oldest makes room.
    const DELIVERIES: usize = 50;
    /// The longest name of an inbox, id of a delivery and text of one, in
    /// characters. What is kept is compared, so a longer id comes once, too.
    const NAME: usize = 40;
    const ID: usize = 200;
    const BODY: usize = 200;
    /// There are so many inboxes.
    const MOST: usize = 1_000;

    /// The inboxes in the file that `inboxes` names in the configuration, or in
    /// one of the system's temporary files.
    pub fn open(figment: &Figment) -> Inboxes {
        let file = figment.extract_inner("inboxes");
        let file = file.unwrap_or_else(|_| {
            std::env::temp_dir().join("http-has-no-memory-inboxes")
        });
        let mut state: HashMap<String, Vec<Delivery>> = HashMap::new();
        for line in fs::read_to_string(&file).unwrap_or_default().lines() {
            if let Ok(delivery) = json::from_str::<Delivery>(line) {
                put(&mut state, delivery);
            }
        }
        let inboxes = Inboxes {
            file,
            state: Mutex::new(state),
        };
        // What made room is left behind.
        let _ = inboxes.rewrite();
        inboxes
    }

    /// Keeps a delivery, unless it is there. It is in the file before the
    /// sender hears of it: what is acknowledged is never sent again.
    fn keep(
        &self,
        inbox: &str,
        sender: &str,
        id: &str,
        body: &[u8],
    ) -> Result<(), Refusal> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let delivery = Delivery {
            inbox: short(inbox, Inboxes::NAME),
            sender: sender.to_owned(),
            id: short(id, Inboxes::ID),
            body: short(&String::from_utf8_lossy(body), Inboxes::BODY),
        };
        let is_this = |known: &Delivery| {
            known.sender == delivery.sender && known.id == delivery.id
        };
        match state.get(&delivery.inbox) {
            Some(known) if known.iter().any(is_this) => return Err(Refusal::Replayed),
            None if state.len() >= Inboxes::MOST => return Err(Refusal::Unstored),
            _ => {}
        }
        let line = json::to_string(&delivery).map_err(|_| Refusal::Unstored)?;
        let file = File::options().create(true).append(true).open(&self.file);
        let written = file.and_then(|mut file| writeln!(file, "{line}"));
        written.map_err(|_| Refusal::Unstored)?;
        put(&mut state, delivery);
        Ok(())
    }

    fn rewrite(&self) -> io::Result<()> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        for delivery in state.values().flatten() {
            text += &json::to_string(delivery).unwrap_or_default();
            text.push('\n');
        }
        fs::write(&self.file, text)
    }

    fn empty(&self, inbox: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.remove(&short(inbox, Inboxes::NAME));
        drop(state);
        let _ = self.rewrite();
    }

    fn list(&self, inbox: &str) -> Vec<Delivery> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .get(&short(inbox, Inboxes::NAME))
            .cloned()
            .unwrap_or_default()
    }
}

/// The text's first characters.
fn short(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

fn put(state: &mut HashMap<String, Vec<Delivery>>, delivery: Delivery) {
    let inbox = state.entry(delivery.inbox.clone()).or_default();
    if inbox.len() == Inboxes::DELIVERIES {
        inbox.remove(0);
    }
    inbox.push(delivery);
}

// ANCHOR: inbox
/// Each reader has an inbox, whose name only they know.
#[get("/webhooks")]
fn own_inbox(cookies: &CookieJar<'_>) -> Redirect {
    let kept = cookies
        .get_private("inbox")
        .map(|cookie| cookie.value().to_owned());
    let name = kept
        .unwrap_or_else(|| format!("{:016x}", RandomState::new().hash_one("inbox")));
    cookies.add_private(Cookie::new("inbox", name.clone()));
    Redirect::to(uri!(show(name)))
}

#[get("/webhooks/<inbox>")]
fn show(inbox: &str, inboxes: &State<Inboxes>, feedback: Feedback<'_>) -> Template {
    let deliveries = inboxes.list(inbox);
    Template::render("webhooks/inbox", context! { inbox, deliveries, feedback })
}

#[post("/webhooks/<inbox>/empty")]
fn empty(inbox: &str, inboxes: &State<Inboxes>) -> Flash<Redirect> {
    inboxes.empty(inbox);
    Flash::success(Redirect::to(uri!(show(inbox))), "The inbox is empty.")
}
// ANCHOR_END: inbox

/// Signs one text, delivers another at another time, and says what is found.
#[get("/webhooks/<inbox>/lab?<signed>&<sent>&<minutes>")]
fn lab(inbox: &str, signed: &str, sent: &str, minutes: i32) -> Template {
    let time = now()
        .saturating_add_signed(i64::from(minutes) * 60)
        .to_string();
    let newest = secrets().into_iter().next().unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(&newest).expect("a key of any length");
    mac.update(format!("msg_lab.{time}.{signed}").as_bytes());
    let tag = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let mut headers = HeaderMap::new();
    headers.add_raw("webhook-id", "msg_lab");
    headers.add_raw("webhook-timestamp", time.clone());
    headers.add_raw("webhook-signature", format!("v1,{tag}"));
    let refusal = standard(&secrets(), &headers, sent.as_bytes()).err();
    let (status, words) = refusal.map_or((Status::Ok, "It is taken."), Refusal::answer);
    let (status, is_taken) = (status.to_string(), refusal.is_none());
    Template::render(
        "webhooks/lab",
        context! { inbox, signed, sent, minutes, status, words, is_taken },
    )
}

/// The lesson's routes, to be mounted at `/`, with [`Inboxes`] managed.
pub fn routes() -> Vec<Route> {
    routes![own_inbox, show, receive, empty, lab]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published secret, id and payload of Standard Webhooks.
    const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const PAYLOAD: &[u8] = b"{\"test\": 2432232314}";

    fn secret(text: &str) -> Vec<u8> {
        BASE64_STANDARD.decode(text).unwrap()
    }

    fn sign(secret: &[u8], id: &str, time: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(&[id.as_bytes(), time.as_bytes(), body].join(&b'.'));
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn headers(pairs: &[(&'static str, String)]) -> HeaderMap<'static> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.add_raw(*name, value.clone());
        }
        headers
    }

    /// A good delivery's headers, sent at this time.
    fn good(time: u64) -> Vec<(&'static str, String)> {
        let time = time.to_string();
        let signature = sign(&secret(SECRET), ID, &time, PAYLOAD);
        vec![
            ("webhook-id", ID.into()),
            ("webhook-timestamp", time),
            ("webhook-signature", signature),
        ]
    }

    fn verdict(pairs: &[(&'static str, String)]) -> Verdict {
        standard(&[secret(SECRET)], &headers(pairs), PAYLOAD)
    }

    /// The cases of `webhook.test.ts` in Standard Webhooks' repository.
    #[test]
    fn the_fourteen_cases_of_standard_webhooks_come_out_as_published() {
        let with = |name: &str, value: Option<&str>| {
            let mut pairs = good(now());
            pairs.retain(|(known, _)| value.is_some() || *known != name);
            for pair in pairs.iter_mut().filter(|(known, _)| *known == name) {
                pair.1 = value.unwrap_or_default().to_owned();
            }
            verdict(&pairs)
        };
        // 1: an empty secret signs nothing.
        assert_eq!(
            standard(&[], &headers(&good(now())), PAYLOAD),
            Err(Refusal::Forged)
        );
        // 2 to 5: what is missing or no number.
        assert_eq!(with("webhook-id", None), Err(Refusal::Unsigned));
        assert_eq!(with("webhook-timestamp", None), Err(Refusal::Unsigned));
        assert_eq!(
            with("webhook-timestamp", Some("hello")),
            Err(Refusal::Unsigned)
        );
        assert_eq!(with("webhook-signature", None), Err(Refusal::Unsigned));
        // 6 and 7: a wrong signature, and half of one.
        assert_eq!(
            with("webhook-signature", Some("v1,dawfeoifkpqwoekfpqoekf")),
            Err(Refusal::Forged)
        );
        assert_eq!(with("webhook-signature", Some("v1,")), Err(Refusal::Forged));
        // 8 and 9: a good one, whatever the headers' case.
        assert_eq!(verdict(&good(now())), Ok(ID.into()));
        let mut upper = good(now());
        upper[0].0 = "Webhook-Id";
        assert_eq!(verdict(&upper), Ok(ID.into()));
        // 10 and 11: too old, and too new.
        assert_eq!(verdict(&good(now() - TOLERANCE - 1)), Err(Refusal::Stale));
        assert_eq!(verdict(&good(now() + TOLERANCE + 2)), Err(Refusal::Stale));
        // 12: several signatures, one of which fits.
        let mut many = good(now());
        many[2].1 = format!(
            "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= {} v1,AAAA",
            many[2].1
        );
        assert_eq!(verdict(&many), Ok(ID.into()));
        // 13: the secret with and without its prefix. `secrets` takes it off.
        assert_eq!(secrets()[0], secret(SECRET));
        // 14: what is signed is the published signature.
        assert_eq!(
            sign(&secret(SECRET), ID, "1614265330", PAYLOAD),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn githubs_published_signature_fits_and_no_other_does() {
        let secrets = [b"It's a Secret to Everybody".to_vec()];
        let tag = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let signed = |tag: String| {
            headers(&[
                ("x-github-delivery", "1".into()),
                ("x-hub-signature-256", tag),
            ])
        };
        let right = signed(format!("sha256={tag}"));
        assert_eq!(github(&secrets, &right, b"Hello, World!"), Ok("1".into()));
        assert_eq!(
            github(&secrets, &right, b"Hello, World?"),
            Err(Refusal::Forged)
        );
        assert_eq!(github(&[], &right, b"Hello, World!"), Err(Refusal::Forged));
        for tag in [
            tag.to_owned(),
            "sha256=".into(),
            "sha256=é".into(),
            format!("sha1={tag}"),
            format!("sha256={tag}00"),
        ] {
            assert_eq!(
                github(&secrets, &signed(tag), b"Hello, World!"),
                Err(Refusal::Forged)
            );
        }
    }

    /// What Stripe sends for a body, signed with `whsec` at this time.
    fn stripes(time: u64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"whsec").unwrap();
        mac.update(format!("{time}.{body}").as_bytes());
        format!("t={time},v1={:x}", mac.finalize().into_bytes())
    }

    fn stripes_verdict(signature: &str, body: &str) -> Verdict {
        let headers = headers(&[("stripe-signature", signature.to_owned())]);
        stripe(&[b"whsec".to_vec()], &headers, body.as_bytes())
    }

    #[test]
    fn stripes_time_is_signed_with_the_body() {
        let body = r#"{"id":"evt_1"}"#;
        let verdict = |signature: &str| stripes_verdict(signature, body);
        let now = now();
        let signed = stripes(now, body);
        assert_eq!(verdict(&signed), Ok("evt_1".into()));
        assert_eq!(
            verdict(&signed.replace("v1=", "v1=00,v1=")),
            Ok("evt_1".into())
        );
        let later = signed.replace(&now.to_string(), &(now + 1).to_string());
        assert_eq!(verdict(&later), Err(Refusal::Forged));
        assert_eq!(verdict(&stripes(now - 400, body)), Err(Refusal::Stale));
        for broken in ["", "t=", "v1=00", "t=x,v1=00", ",,,"] {
            assert_eq!(verdict(broken), Err(Refusal::Unsigned), "{broken}");
        }
    }

    #[test]
    fn a_delivery_without_an_id_has_one_name_however_its_header_is_written() {
        let signed = stripes(now(), "Milk");
        let name = stripes_verdict(&signed, "Milk");
        assert!(name.is_ok());
        assert_eq!(stripes_verdict(&format!("{signed},v0=1"), "Milk"), name);
        assert_eq!(
            stripes_verdict(&signed.replace("v1=", "v1=00,v1="), "Milk"),
            name
        );
        assert_ne!(stripes_verdict(&stripes(now(), "Bread"), "Bread"), name);
    }

    #[test]
    fn while_the_secret_changes_both_are_believed() {
        let both = secrets();
        assert_eq!(both.len(), 2);
        for secret in &both {
            let time = now().to_string();
            let signature = sign(secret, ID, &time, PAYLOAD);
            let pairs = [
                ("webhook-id", ID.to_owned()),
                ("webhook-timestamp", time),
                ("webhook-signature", signature),
            ];
            assert_eq!(standard(&both, &headers(&pairs), PAYLOAD), Ok(ID.into()));
        }
    }

    #[test]
    fn a_long_id_comes_once_and_a_long_name_has_an_inbox() {
        let file = std::env::temp_dir()
            .join(format!("inboxes-{}", RandomState::new().hash_one(2)));
        let inboxes = Inboxes::open(&Figment::new().merge(("inboxes", &file)));
        let (inbox, id) = ("ada".repeat(100), "7".repeat(1_000));
        assert_eq!(inboxes.keep(&inbox, "github", &id, b"Milk"), Ok(()));
        assert_eq!(
            inboxes.keep(&inbox, "github", &id, b"Milk"),
            Err(Refusal::Replayed)
        );
        assert_eq!(inboxes.list(&inbox).len(), 1);
        inboxes.empty(&inbox);
        assert_eq!(inboxes.list(&inbox).len(), 0);
        let _ = fs::remove_file(file);
    }

    #[test]
    fn a_delivery_survives_a_restart_and_comes_once() {
        let file = std::env::temp_dir()
            .join(format!("inboxes-{}", RandomState::new().hash_one(1)));
        let figment = Figment::new().merge(("inboxes", &file));
        let inboxes = Inboxes::open(&figment);
        assert_eq!(inboxes.keep("ada", "github", "1", b"Milk"), Ok(()));
        assert_eq!(
            inboxes.keep("ada", "github", "1", b"Milk"),
            Err(Refusal::Replayed)
        );
        assert_eq!(inboxes.keep("eve", "github", "1", b"Milk"), Ok(()));
        let again = Inboxes::open(&figment);
        assert_eq!(
            again.keep("ada", "github", "1", b"Milk"),
            Err(Refusal::Replayed)
        );
        assert_eq!(again.list("ada").len(), 1);
        for number in 0..60 {
            assert_eq!(
                again.keep("ada", "github", &format!("n{number}"), b""),
                Ok(())
            );
        }
        assert_eq!(again.list("ada").len(), Inboxes::DELIVERIES);
        again.empty("ada");
        assert_eq!(Inboxes::open(&figment).list("ada").len(), 0);
        assert_eq!(Inboxes::open(&figment).list("eve").len(), 1);
        let _ = fs::remove_file(file);
    }
}
