//! Requests from another server, signed so that they can be believed. Needs
//! `flash.rs` and `login.rs` beside it.

use super::flash::Feedback;
use super::login::Private;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use rocket::data::{Data, ToByteUnit};
use rocket::http::{Cookie, CookieJar, HeaderMap, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::serde::json;
use rocket::{Route, State, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

pub use store::Inboxes;
use store::Taken;

/// Who may send. Each has secrets of its own: who has one can write deliveries.
pub const SENDERS: [&str; 3] = ["github", "stripe", "standard"];

/// Each sender's newest first; the ones after it are still believed, for as long
/// as it takes to tell the sender. Set `WEBHOOK_SECRETS` for secrets of your own:
/// these are in a book.
pub const SECRETS: &str = "\
    github=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw github=whsec_cHJldmlvdXMgc2VjcmV0 \
    stripe=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw stripe=whsec_cHJldmlvdXMgc2VjcmV0 \
    standard=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw standard=whsec_cHJldmlvdXMgc2VjcmV0";

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

/// A sender's secrets: of `github=…`, what follows the name. Base64 after
/// `whsec_`, else the text itself.
fn secrets(sender: &str) -> Vec<Vec<u8>> {
    let texts = std::env::var("WEBHOOK_SECRETS").unwrap_or_else(|_| SECRETS.to_owned());
    let own = texts.split_whitespace().filter_map(|text| {
        let (name, secret) = text.split_once('=')?;
        (name == sender).then_some(secret)
    });
    let bytes = own.map(|text| {
        let base64 = text
            .strip_prefix("whsec_")
            .and_then(|text| BASE64_STANDARD.decode(text).ok());
        base64.unwrap_or_else(|| text.as_bytes().to_vec())
    });
    bytes.filter(|secret| !secret.is_empty()).collect()
}

/// Why a delivery is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    TooLarge,
    Unsigned,
    Stale,
    Forged,
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
        "github" => github(&secrets(sender), headers.0, &body),
        "stripe" => stripe(&secrets(sender), headers.0, &body),
        "standard" => standard(&secrets(sender), headers.0, &body),
        _ => return (Status::NotFound, "No such sender is known here."),
    };
    match checked {
        Ok(id) => inboxes.keep(inbox, sender, &id, &body).await.answer(),
        Err(refusal) => refusal.answer(),
    }
}
// ANCHOR_END: receive

// ANCHOR: answer
impl Taken {
    /// Any status of 200 to 299 tells the sender not to send it again.
    fn answer(self) -> (Status, &'static str) {
        match self {
            Taken::Now => (Status::Ok, "Thank you."),
            Taken::Before => (Status::Ok, "It was taken before. Thank you."),
            Taken::Not => Refusal::Unstored.answer(),
        }
    }
}
// ANCHOR_END: answer

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
async fn show(
    inbox: &str,
    inboxes: &State<Inboxes>,
    feedback: Feedback<'_>,
) -> Private {
    let deliveries = inboxes.list(inbox).await;
    let shown = context! { inbox, deliveries, feedback };
    Private::new(Template::render("webhooks/inbox", shown))
}
// ANCHOR_END: inbox

// ANCHOR: empty
#[post("/webhooks/<inbox>/empty")]
async fn empty(inbox: &str, inboxes: &State<Inboxes>) -> Flash<Redirect> {
    let to = Redirect::to(uri!(show(inbox)));
    match inboxes.empty(inbox).await {
        true => Flash::success(to, "The inbox is empty."),
        false => Flash::error(to, "That can't be written now. Nothing has changed."),
    }
}
// ANCHOR_END: empty

/// Signs one text, delivers another at another time, and says what is found.
#[get("/webhooks/<inbox>/lab?<signed>&<sent>&<minutes>")]
fn lab(inbox: &str, signed: &str, sent: &str, minutes: i32) -> Private {
    let time = now()
        .saturating_add_signed(i64::from(minutes) * 60)
        .to_string();
    let newest = secrets("standard").into_iter().next().unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(&newest).expect("a key of any length");
    mac.update(format!("msg_lab.{time}.{signed}").as_bytes());
    let tag = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let mut headers = HeaderMap::new();
    headers.add_raw("webhook-id", "msg_lab");
    headers.add_raw("webhook-timestamp", time.clone());
    headers.add_raw("webhook-signature", format!("v1,{tag}"));
    let refusal = standard(&secrets("standard"), &headers, sent.as_bytes()).err();
    let (status, words) = refusal.map_or((Status::Ok, "It is taken."), Refusal::answer);
    let (status, is_taken) = (status.to_string(), refusal.is_none());
    let said = context! { inbox, signed, sent, minutes, status, words, is_taken };
    Private::new(Template::render("webhooks/lab", said))
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
        assert_eq!(secrets("standard")[0], secret(SECRET));
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
        let both = secrets("standard");
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
    fn a_sender_is_not_believed_with_anothers_secret() {
        assert!(SENDERS.iter().all(|sender| secrets(sender).len() == 2));
        assert!(secrets("git").is_empty());
        assert!(secrets("").is_empty());
    }
}

/// Where deliveries are kept. One thread has them all, in memory and in a file
/// that only grows, so that nothing that was written is ever written again.
mod store {
    use super::now;
    use rocket::figment::Figment;
    use rocket::serde::json;
    use rocket::tokio::sync::oneshot;
    use serde::{Deserialize, Serialize};
    use sha2::{Digest, Sha256};
    use std::collections::{BTreeMap, VecDeque};
    use std::fs::{self, File, OpenOptions, TryLockError};
    use std::io::{self, ErrorKind, Write};
    use std::path::{Path, PathBuf};
    use std::sync::mpsc::{self, Receiver, Sender};
    use std::thread::{self, JoinHandle};
    use std::time::Duration;
    use std::{iter, mem};

    /// An inbox shows so many deliveries of a sender; the oldest makes room.
    const SHOWN: usize = 30;
    /// A sender has so many inboxes, whatever the others have.
    const INBOXES: usize = 300;
    /// So many ids of a sender are known in one inbox, and in all of them.
    const IDS: usize = 2_000;
    const ALL_IDS: usize = 50_000;
    /// Seconds that an id is known at the least: the five minutes that a clock may
    /// be ahead, the five that a delivery may be late, and ten more. Where there
    /// is no room for it, the delivery isn't taken; no id is forgotten for it.
    const ONCE: u64 = 20 * 60;
    /// Seconds after which an inbox to which nothing came is gone.
    const UNUSED: u64 = 7 * 24 * 60 * 60;
    /// The most characters of an inbox's name, of an id and of a body.
    const NAME: usize = 40;
    const ID: usize = 200;
    const BODY: usize = 200;
    /// The file is written anew when it has more bytes than this, and twice as
    /// many as are needed.
    const SMALL: u64 = 1 << 20;

    /// Whether a delivery was taken.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(super) enum Taken {
        Now,
        Before,
        /// There is no room for it, or it can't be written.
        Not,
    }

    /// What arrived.
    #[derive(Debug, Clone, Serialize, Deserialize)]
    pub(super) struct Delivery {
        inbox: String,
        sender: String,
        id: String,
        /// The body's beginning.
        body: String,
        at: u64,
    }

    type Key = [u8; 32];

    impl Delivery {
        fn key(&self) -> Key {
            Sha256::digest(&self.id).into()
        }
    }

    /// A line of the file.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Line {
        Took(Delivery),
        /// An id that is known, of a delivery that is no longer shown.
        Knows {
            inbox: String,
            sender: String,
            key: Key,
            at: u64,
        },
        Emptied(String),
    }

    impl Line {
        fn text(&self) -> String {
            let line = json::to_string(self).expect("texts and numbers are JSON");
            line + "\n"
        }
    }

    /// The text's first characters.
    fn short(text: &str, length: usize) -> String {
        text.chars().take(length).collect()
    }

    enum Ask {
        Keep(Delivery, oneshot::Sender<Taken>),
        Empty(String, oneshot::Sender<bool>),
        List(String, oneshot::Sender<Vec<Delivery>>),
    }

    /// What arrived, by inbox. It outlives the process.
    pub struct Inboxes {
        asks: Option<Sender<Ask>>,
        thread: Option<JoinHandle<()>>,
    }

    impl Inboxes {
        /// The inboxes in the folder that `inboxes` names in the configuration, or
        /// in `.inboxes`. Where that can't be had, it is said, and nothing is taken.
        pub fn open(figment: &Figment) -> Inboxes {
            let folder = figment.extract_inner("inboxes");
            let folder: PathBuf = folder.unwrap_or_else(|_| ".inboxes".into());
            match Store::open(&folder) {
                Ok(store) => Inboxes::of(store),
                Err(error) => {
                    eprintln!("{}: {error}. No webhook is taken.", folder.display());
                    Inboxes {
                        asks: None,
                        thread: None,
                    }
                }
            }
        }

        fn of(mut store: Store) -> Inboxes {
            let (asks, asked) = mpsc::channel();
            Inboxes {
                asks: Some(asks),
                thread: Some(thread::spawn(move || store.serve(&asked))),
            }
        }

        async fn ask<T>(
            &self,
            ask: impl FnOnce(oneshot::Sender<T>) -> Ask,
        ) -> Option<T> {
            let (answer, answered) = oneshot::channel();
            self.asks.as_ref()?.send(ask(answer)).ok()?;
            answered.await.ok()
        }

        /// Keeps a delivery, unless it is there. It is on the disk before anybody
        /// hears of it: what is acknowledged is never sent again.
        pub(super) async fn keep(
            &self,
            inbox: &str,
            sender: &str,
            id: &str,
            body: &[u8],
        ) -> Taken {
            let is_short = id.chars().count() <= ID;
            let delivery = Delivery {
                inbox: short(inbox, NAME),
                sender: sender.to_owned(),
                id: match is_short {
                    true => id.to_owned(),
                    false => format!("sha256={:x}", Sha256::digest(id)),
                },
                body: short(&String::from_utf8_lossy(body), BODY),
                at: now(),
            };
            let answer = self.ask(|answer| Ask::Keep(delivery, answer)).await;
            answer.unwrap_or(Taken::Not)
        }

        /// Forgets what is in an inbox, and says whether that is on the disk.
        pub(super) async fn empty(&self, inbox: &str) -> bool {
            let ask = |answer| Ask::Empty(short(inbox, NAME), answer);
            self.ask(ask).await.unwrap_or(false)
        }

        /// The oldest first.
        pub(super) async fn list(&self, inbox: &str) -> Vec<Delivery> {
            let ask = |answer| Ask::List(short(inbox, NAME), answer);
            self.ask(ask).await.unwrap_or_default()
        }
    }

    impl Drop for Inboxes {
        /// The next server may have the folder when this one is gone.
        fn drop(&mut self) {
            self.asks = None;
            if let Some(thread) = self.thread.take() {
                let _ = thread.join();
            }
        }
    }

    /// What one sender has in one inbox.
    #[derive(Default)]
    struct Shelf {
        used: u64,
        /// With the place of each in the order of coming.
        shown: VecDeque<(u64, Delivery)>,
        ids: BTreeMap<Key, u64>,
    }

    /// By sender and inbox.
    #[derive(Default)]
    struct Shelves {
        all: BTreeMap<(String, String), Shelf>,
        came: u64,
    }

    impl Shelves {
        fn of(&mut self, sender: &str) -> impl Iterator<Item = (&String, &mut Shelf)> {
            let own = self
                .all
                .iter_mut()
                .filter(move |((name, _), _)| name == sender);
            own.map(|((_, inbox), shelf)| (inbox, shelf))
        }

        fn knows(&self, delivery: &Delivery) -> bool {
            let place = (delivery.sender.clone(), delivery.inbox.clone());
            let shelf = self.all.get(&place);
            shelf.is_some_and(|shelf| shelf.ids.contains_key(&delivery.key()))
        }

        /// Whether there is room, after what is old enough was forgotten.
        fn has_room(&mut self, sender: &str, inbox: &str) -> bool {
            let old = now().saturating_sub(ONCE);
            let is_new = !self.of(sender).any(|(name, _)| name == inbox);
            if is_new && self.of(sender).count() >= INBOXES {
                let oldest = self.of(sender).min_by_key(|(_, shelf)| shelf.used);
                let oldest = oldest.filter(|(_, shelf)| shelf.used < old);
                let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                    return false;
                };
                self.all.remove(&(sender.to_owned(), name));
            }
            let is_full = |own: &mut Shelves| {
                let here = own.of(sender).find(|(name, _)| *name == inbox);
                let here = here.map_or(0, |(_, shelf)| shelf.ids.len());
                here >= IDS
                    || own.of(sender).map(|it| it.1.ids.len()).sum::<usize>() >= ALL_IDS
            };
            if is_full(self) {
                for (_, shelf) in self.of(sender) {
                    shelf.ids.retain(|_, at| *at >= old);
                }
            }
            !is_full(self)
        }

        fn put(&mut self, line: Line) {
            match line {
                Line::Took(delivery) => {
                    let shelf = self.shelf(&delivery.sender, &delivery.inbox);
                    shelf.used = shelf.used.max(delivery.at);
                    shelf.ids.insert(delivery.key(), delivery.at);
                    self.came += 1;
                    let came = self.came;
                    let shelf = self.shelf(&delivery.sender, &delivery.inbox);
                    shelf.shown.push_back((came, delivery));
                }
                Line::Knows {
                    inbox,
                    sender,
                    key,
                    at,
                } => {
                    let shelf = self.shelf(&sender, &inbox);
                    shelf.used = shelf.used.max(at);
                    shelf.ids.insert(key, at);
                }
                Line::Emptied(inbox) => self.all.retain(|(_, name), _| *name != inbox),
            }
        }

        fn shelf(&mut self, sender: &str, inbox: &str) -> &mut Shelf {
            let place = (sender.to_owned(), inbox.to_owned());
            self.all.entry(place).or_default()
        }

        /// Once a line is on the disk, the oldest ones make room.
        fn trim(&mut self) {
            for shelf in self.all.values_mut() {
                let more = shelf.shown.len().saturating_sub(SHOWN);
                shelf.shown.drain(..more);
            }
        }

        fn list(&self, inbox: &str) -> Vec<Delivery> {
            let here = self.all.iter().filter(|((_, name), _)| name == inbox);
            let mut all: Vec<_> = here.flat_map(|(_, shelf)| &shelf.shown).collect();
            all.sort_by_key(|(came, _)| came);
            all.into_iter()
                .map(|(_, delivery)| delivery.clone())
                .collect()
        }

        /// All of it, as lines, without the inboxes that nobody uses.
        fn text(&mut self) -> String {
            let old = now().saturating_sub(UNUSED);
            self.all.retain(|_, shelf| shelf.used >= old);
            let mut text = String::new();
            let mut shown = Vec::new();
            for ((sender, inbox), shelf) in &self.all {
                let mut ids = shelf.ids.clone();
                for (came, delivery) in &shelf.shown {
                    ids.remove(&delivery.key());
                    shown.push((came, delivery));
                }
                for (key, at) in ids {
                    let (inbox, sender) = (inbox.clone(), sender.clone());
                    text += &Line::Knows {
                        inbox,
                        sender,
                        key,
                        at,
                    }
                    .text();
                }
            }
            shown.sort_by_key(|(came, _)| *came);
            for (_, delivery) in shown {
                text += &Line::Took(delivery.clone()).text();
            }
            text
        }
    }

    struct Store {
        folder: PathBuf,
        /// Held as long as the store is. A second server finds it locked.
        _lock: File,
        log: Log,
        shelves: Shelves,
    }

    impl Store {
        fn open(folder: &Path) -> io::Result<Store> {
            if let Ok(found) = fs::symlink_metadata(folder)
                && !found.is_dir()
            {
                return Err(io::Error::other("this is no folder"));
            }
            fs::create_dir_all(folder)?;
            only_mine(folder)?;
            let lock = locked(&folder.join("lock"))?;
            let file = folder.join("deliveries");
            let bytes = match fs::symlink_metadata(&file) {
                Ok(found) if !found.is_file() => {
                    return Err(io::Error::other("`deliveries` is no file"));
                }
                Ok(_) => fs::read(&file)?,
                Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
                Err(error) => return Err(error),
            };
            let mut shelves = Shelves::default();
            let mut unread = Vec::new();
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                // What was cut was not thanked for, and may be half a number.
                match json::from_slice::<Line>(line) {
                    Ok(read) if line.ends_with(b"\n") => shelves.put(read),
                    _ if line == b"\n" => {}
                    _ => unread.extend_from_slice(line),
                }
            }
            shelves.trim();
            if !unread.is_empty() {
                set_aside(folder, &unread)?;
            }
            let log = Log::anew(folder, &shelves.text())?;
            Ok(Store {
                folder: folder.to_owned(),
                _lock: lock,
                log,
                shelves,
            })
        }

        /// Answers, until nobody asks any more. What has come meanwhile is written
        /// together, so that many wait for the disk as long as one.
        fn serve(&mut self, asked: &Receiver<Ask>) {
            while let Ok(first) = asked.recv() {
                let together = iter::once(first).chain(asked.try_iter().take(255));
                self.answer(together.collect());
                if self.log.length > SMALL.max(2 * self.log.needed) {
                    match Log::anew(&self.folder, &self.shelves.text()) {
                        Ok(log) => self.log = log,
                        // The old one is as good, and it is tried again later.
                        Err(_) => self.log.needed = self.log.length,
                    }
                }
            }
        }

        fn answer(&mut self, asks: Vec<Ask>) {
            let (mut text, mut undo) = (String::new(), Vec::new());
            let (mut kept, mut emptied, mut lists) =
                (Vec::new(), Vec::new(), Vec::new());
            for ask in asks {
                match ask {
                    Ask::Keep(delivery, to) => {
                        let (sender, inbox) = (&delivery.sender, &delivery.inbox);
                        let taken = if self.shelves.knows(&delivery) {
                            Taken::Before
                        } else if self.shelves.has_room(sender, inbox) {
                            let line = Line::Took(delivery.clone());
                            text += &line.text();
                            self.shelves.put(line);
                            undo.push(Undo::Took(delivery));
                            Taken::Now
                        } else {
                            Taken::Not
                        };
                        kept.push((to, taken));
                    }
                    Ask::Empty(inbox, to) => {
                        text += &Line::Emptied(inbox.clone()).text();
                        let (gone, rest) = mem::take(&mut self.shelves.all)
                            .into_iter()
                            .partition(|((_, name), _)| *name == inbox);
                        self.shelves.all = rest;
                        undo.push(Undo::Emptied(gone));
                        emptied.push(to);
                    }
                    Ask::List(inbox, to) => lists.push((inbox, to)),
                }
            }
            let written = text.is_empty() || self.log.append(text.as_bytes()).is_ok();
            if !written {
                undo.into_iter().rev().for_each(|step| self.undo(step));
            }
            self.shelves.trim();
            // Who asked may be gone. What is written stays.
            for (to, taken) in kept {
                let _ = to.send(if written { taken } else { Taken::Not });
            }
            for to in emptied {
                let _ = to.send(written);
            }
            for (inbox, to) in lists {
                let _ = to.send(self.shelves.list(&inbox));
            }
        }

        fn undo(&mut self, step: Undo) {
            match step {
                Undo::Took(delivery) => {
                    let shelf = self.shelves.shelf(&delivery.sender, &delivery.inbox);
                    shelf.ids.remove(&delivery.key());
                    shelf.shown.pop_back();
                }
                Undo::Emptied(mut gone) => self.shelves.all.append(&mut gone),
            }
        }
    }

    /// What was done in memory, in case it can't be written.
    enum Undo {
        Took(Delivery),
        Emptied(BTreeMap<(String, String), Shelf>),
    }

    /// The file, opened to be added to.
    struct Log {
        file: File,
        length: u64,
        /// How many bytes it had when it was new.
        needed: u64,
        /// Half a line may be at its end.
        is_cut: bool,
    }

    impl Log {
        /// A new file in the place of the old one, which is whole until then.
        fn anew(folder: &Path, text: &str) -> io::Result<Log> {
            let new = folder.join("deliveries.new");
            match fs::remove_file(&new) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = create(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, folder.join("deliveries"))?;
            sync_folder(folder)?;
            let length = text.len() as u64;
            Ok(Log {
                file,
                length,
                needed: length,
                is_cut: false,
            })
        }

        // ANCHOR: append
        /// Adds whole lines, and waits until they are on the disk.
        fn append(&mut self, lines: &[u8]) -> io::Result<()> {
            if self.is_cut {
                self.file.set_len(self.length)?;
                self.is_cut = false;
            }
            let written = self.file.write_all(lines);
            match written.and_then(|()| self.file.sync_data()) {
                Ok(()) => self.length += lines.len() as u64,
                Err(error) => {
                    // Half of it may be there. Nothing is added to half a line.
                    self.is_cut = self.file.set_len(self.length).is_err();
                    return Err(error);
                }
            }
            Ok(())
        }
        // ANCHOR_END: append
    }

    fn options() -> OpenOptions {
        let mut options = File::options();
        options.append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options
    }

    /// A file that nobody else reads. It must not be there, not as a link either.
    fn create(path: &Path) -> io::Result<File> {
        options().create_new(true).open(path)
    }

    #[cfg(unix)]
    fn only_mine(folder: &Path) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
    }

    #[cfg(not(unix))]
    fn only_mine(_: &Path) -> io::Result<()> {
        Ok(())
    }

    /// A file's name is on the disk when its folder is.
    fn sync_folder(folder: &Path) -> io::Result<()> {
        match cfg!(unix) {
            true => File::open(folder)?.sync_all(),
            false => Ok(()),
        }
    }

    /// The lock that one server has. A server that is just ending is waited for.
    fn locked(path: &Path) -> io::Result<File> {
        let file = match create(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if !fs::symlink_metadata(path)?.is_file() {
                    return Err(io::Error::other("`lock` is no file"));
                }
                options().open(path)?
            }
            made => made?,
        };
        for _ in 0..50 {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(Duration::from_millis(20));
                }
            }
        }
        Err(io::Error::other("another server has these inboxes"))
    }

    /// Keeps what can't be read beside the file, and says so.
    fn set_aside(folder: &Path, bytes: &[u8]) -> io::Result<()> {
        let names = (1..1000).map(|number| folder.join(format!("unread-{number}")));
        for path in names {
            match create(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(mut file) => {
                    file.write_all(bytes)?;
                    file.sync_all()?;
                    let length = bytes.len();
                    eprintln!(
                        "{}: {length} bytes of the deliveries can't be read, and are kept here.",
                        path.display()
                    );
                    return sync_folder(folder);
                }
            }
        }
        Err(io::Error::other(
            "there are too many files that can't be read",
        ))
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::hash::{BuildHasher, RandomState};

        /// A folder that is gone when this is.
        struct Folder(PathBuf);

        impl Folder {
            fn new() -> Folder {
                let name = RandomState::new().hash_one(1);
                Folder(std::env::temp_dir().join(format!("inboxes-{name:x}")))
            }

            fn open(&self) -> Inboxes {
                Inboxes::open(&Figment::new().merge(("inboxes", &self.0)))
            }

            fn file(&self) -> PathBuf {
                self.0.join("deliveries")
            }
        }

        impl Drop for Folder {
            fn drop(&mut self) {
                let _ = fs::remove_dir_all(&self.0);
            }
        }

        async fn keep(inboxes: &Inboxes, inbox: &str, id: &str) -> Taken {
            inboxes.keep(inbox, "github", id, b"Milk").await
        }

        #[rocket::async_test]
        async fn a_long_id_comes_once_and_a_long_name_has_an_inbox() {
            let folder = Folder::new();
            let inboxes = folder.open();
            let (inbox, id) = ("ada".repeat(100), "7".repeat(1_000));
            assert_eq!(keep(&inboxes, &inbox, &id).await, Taken::Now);
            assert_eq!(keep(&inboxes, &inbox, &id).await, Taken::Before);
            let other = format!("{id}8");
            assert_eq!(keep(&inboxes, &inbox, &other).await, Taken::Now);
            assert_eq!(inboxes.list(&inbox).await.len(), 2);
            assert!(inboxes.empty(&inbox).await);
            assert_eq!(inboxes.list(&inbox).await.len(), 0);
        }

        #[rocket::async_test]
        async fn a_delivery_survives_a_restart_and_comes_once_though_it_is_not_shown() {
            let folder = Folder::new();
            let inboxes = folder.open();
            assert_eq!(keep(&inboxes, "ada", "1").await, Taken::Now);
            assert_eq!(keep(&inboxes, "eve", "1").await, Taken::Now);
            for number in 0..SHOWN {
                assert_eq!(
                    keep(&inboxes, "ada", &format!("n{number}")).await,
                    Taken::Now
                );
            }
            drop(inboxes);
            let inboxes = folder.open();
            assert_eq!(keep(&inboxes, "ada", "1").await, Taken::Before);
            assert_eq!(inboxes.list("ada").await.len(), SHOWN);
            assert!(inboxes.empty("ada").await);
            drop(inboxes);
            let inboxes = folder.open();
            assert_eq!(inboxes.list("ada").await.len(), 0);
            assert_eq!(inboxes.list("eve").await.len(), 1);
        }

        #[test]
        fn an_id_is_known_until_it_is_old_and_a_full_inbox_takes_no_more() {
            let mut shelves = Shelves::default();
            let line = |inbox: &str, number: usize, at| Line::Knows {
                inbox: inbox.into(),
                sender: "github".into(),
                key: Sha256::digest(number.to_string()).into(),
                at,
            };
            (0..IDS).for_each(|number| shelves.put(line("ada", number, now())));
            assert!(!shelves.has_room("github", "ada"));
            assert_eq!(shelves.shelf("github", "ada").ids.len(), IDS);
            assert!(shelves.has_room("github", "eve"));
            assert!(shelves.has_room("stripe", "ada"));
            // What can't come again makes room.
            (0..9)
                .for_each(|number| shelves.put(line("ada", number, now() - ONCE - 1)));
            assert!(shelves.has_room("github", "ada"));
            assert_eq!(shelves.shelf("github", "ada").ids.len(), IDS - 9);
        }

        #[test]
        fn one_senders_inboxes_shut_out_nobody_and_the_unused_make_room() {
            let mut shelves = Shelves::default();
            for number in 0..INBOXES {
                shelves.shelf("github", &number.to_string()).used = now();
            }
            assert!(!shelves.has_room("github", "ada"));
            assert!(shelves.has_room("stripe", "ada"));
            assert!(shelves.has_room("github", "7"));
            shelves.shelf("github", "7").used = now() - ONCE - 1;
            assert!(shelves.has_room("github", "ada"));
            assert!(!shelves.all.contains_key(&("github".into(), "7".into())));
            // After a week it is gone from the file, too.
            shelves.shelf("github", "8").used = now() - UNUSED - 1;
            shelves.text();
            assert!(!shelves.all.contains_key(&("github".into(), "8".into())));
        }

        #[rocket::async_test]
        async fn what_cannot_be_read_is_kept_aside_and_the_rest_is_served() {
            let folder = Folder::new();
            let inboxes = folder.open();
            assert_eq!(keep(&inboxes, "ada", "1").await, Taken::Now);
            drop(inboxes);
            let good = fs::read(folder.file()).expect("a file");
            let cut = &good[..good.len() / 2];
            let bytes = [b"\xff\xfe\n", &good[..], b"{}\n", cut].concat();
            fs::write(folder.file(), bytes).expect("written");
            let inboxes = folder.open();
            assert_eq!(inboxes.list("ada").await.len(), 1);
            let aside = fs::read(folder.0.join("unread-1")).expect("kept aside");
            assert_eq!(aside, [b"\xff\xfe\n{}\n", cut].concat());
            // The next is on a line of its own.
            assert_eq!(keep(&inboxes, "ada", "2").await, Taken::Now);
            drop(inboxes);
            assert_eq!(folder.open().list("ada").await.len(), 2);
            assert!(!folder.0.join("unread-2").exists());
        }

        #[rocket::async_test]
        async fn a_second_server_takes_nothing_and_loses_nothing() {
            let folder = Folder::new();
            let first = folder.open();
            let second = folder.open();
            assert_eq!(keep(&second, "ada", "1").await, Taken::Not);
            assert!(!second.empty("ada").await);
            assert_eq!(keep(&first, "ada", "1").await, Taken::Now);
        }

        #[rocket::async_test]
        async fn many_at_once_are_each_taken_once() {
            let folder = Folder::new();
            let inboxes = folder.open();
            let each = (0..400).map(|number| {
                let id = (number % 200).to_string();
                let inboxes = &inboxes;
                async move { keep(inboxes, "ada", &id).await }
            });
            let taken = rocket::futures::future::join_all(each).await;
            let count = |wanted| taken.iter().filter(|it| **it == wanted).count();
            assert_eq!((count(Taken::Now), count(Taken::Before)), (200, 200));
        }

        #[cfg(unix)]
        #[rocket::async_test]
        async fn a_link_is_not_followed_and_nobody_else_reads_the_file() {
            use std::os::unix::fs::{PermissionsExt, symlink};
            let (folder, elsewhere) = (Folder::new(), Folder::new());
            drop(elsewhere.open());
            let mode = |path: &Path| {
                let found = fs::metadata(path).expect("a file");
                found.permissions().mode() & 0o777
            };
            assert_eq!(mode(&elsewhere.0), 0o700);
            assert_eq!(mode(&elsewhere.file()), 0o600);
            fs::create_dir(&folder.0).expect("a folder");
            for name in ["deliveries", "lock"] {
                let link = folder.0.join(name);
                let _ = fs::remove_file(&link);
                symlink(elsewhere.file(), &link).expect("a link");
                assert_eq!(keep(&folder.open(), "ada", "1").await, Taken::Not);
                fs::remove_file(link).expect("the link is still one");
            }
            fs::remove_dir_all(&folder.0).expect("removed");
            symlink(&elsewhere.0, &folder.0).expect("a link");
            assert_eq!(keep(&folder.open(), "ada", "1").await, Taken::Not);
            fs::remove_file(&folder.0).expect("the link is still one");
            assert_eq!(fs::read(elsewhere.file()).expect("a file"), b"");
        }

        #[cfg(target_os = "linux")]
        #[rocket::async_test]
        async fn what_cannot_be_written_is_not_thanked_for_and_not_half_there() {
            let folder = Folder::new();
            let mut store = Store::open(&folder.0).expect("a store");
            // A disk that is full.
            let full = options().open("/dev/full").expect("Linux has one");
            let good = mem::replace(&mut store.log.file, full);
            let ask = |id: &str| Delivery {
                inbox: "ada".into(),
                sender: "github".into(),
                id: id.into(),
                body: String::new(),
                at: now(),
            };
            let (answer, mut taken) = oneshot::channel();
            let (told, mut emptied) = oneshot::channel();
            store.answer(vec![
                Ask::Keep(ask("1"), answer),
                Ask::Empty("ada".into(), told),
            ]);
            assert_eq!(taken.try_recv(), Ok(Taken::Not));
            assert_eq!(emptied.try_recv(), Ok(false));
            assert!(store.shelves.list("ada").is_empty());
            store.log.file = good;
            // Half a line got through.
            store
                .log
                .file
                .write_all(b"{\"took\":{\"inb")
                .expect("written");
            store.log.is_cut = true;
            let (answer, mut taken) = oneshot::channel();
            store.answer(vec![Ask::Keep(ask("1"), answer)]);
            assert_eq!(taken.try_recv(), Ok(Taken::Now));
            drop(store);
            assert_eq!(folder.open().list("ada").await.len(), 1);
            assert!(!folder.0.join("unread-1").exists());
        }

        #[rocket::async_test]
        async fn a_file_that_has_grown_is_written_anew() {
            let folder = Folder::new();
            let inboxes = folder.open();
            for round in 0..40 {
                let each = (0..200).map(|number| {
                    let (inboxes, id) = (&inboxes, format!("{round}-{number}"));
                    async move { inboxes.keep("ada", "github", &id, &[b'x'; 200]).await }
                });
                rocket::futures::future::join_all(each).await;
                assert!(inboxes.empty("ada").await);
            }
            let length = fs::metadata(folder.file()).expect("a file").len();
            assert!(length < SMALL + 300 * 400, "{length} bytes");
        }
    }
}
