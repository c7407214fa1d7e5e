//! Requests from another server, signed so that they can be believed. Needs
//! `flash.rs` and `login.rs` beside it, and `webhooks/store.rs`, which keeps what
//! came. It is long because three senders sign in three ways, and its tests have
//! what they publish.

mod store;

use super::flash::Feedback;
use super::login::Private;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
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
use std::time::{SystemTime, UNIX_EPOCH};

pub use store::Inboxes;
use store::Taken;

/// What each sender signs with; who has one can write deliveries. Each sender's newest
/// first; the ones after it are still believed, for as long as it takes to tell the
/// sender. Set `WEBHOOK_SECRETS` for secrets of your own: these are in a book.
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

/// A sender's secrets, of all: of `github=…`, what follows the name. Base64 after
/// `whsec_`, else the text itself.
fn secrets(all: &str, sender: &str) -> Vec<Vec<u8>> {
    let own = all.split_whitespace().filter_map(|text| {
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
        "github" => github(&inboxes.secrets(sender), headers.0, &body),
        "stripe" => stripe(&inboxes.secrets(sender), headers.0, &body),
        "standard" => standard(&inboxes.secrets(sender), headers.0, &body),
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

/// 128 bits that nobody can guess.
fn random_name() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("random numbers of the operating system");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

// ANCHOR: inbox
/// Each reader has an inbox, whose name only they know.
#[get("/webhooks")]
fn own_inbox(cookies: &CookieJar<'_>) -> Redirect {
    let kept = cookies.get_private("inbox");
    let name = kept.map_or_else(random_name, |kept| kept.value().to_owned());
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
fn lab(
    inbox: &str,
    signed: &str,
    sent: &str,
    minutes: i32,
    inboxes: &State<Inboxes>,
) -> Private {
    let time = now()
        .saturating_add_signed(i64::from(minutes) * 60)
        .to_string();
    let secrets = inboxes.secrets("standard");
    let newest = secrets.first().map_or(&[][..], Vec::as_slice);
    let mut mac = Hmac::<Sha256>::new_from_slice(newest).expect("a key of any length");
    mac.update(format!("msg_lab.{time}.{signed}").as_bytes());
    let tag = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let mut headers = HeaderMap::new();
    headers.add_raw("webhook-id", "msg_lab");
    headers.add_raw("webhook-timestamp", time.clone());
    headers.add_raw("webhook-signature", format!("v1,{tag}"));
    let refusal = standard(&secrets, &headers, sent.as_bytes()).err();
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
        assert_eq!(secrets(SECRETS, "standard")[0], secret(SECRET));
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
        let both = secrets(SECRETS, "standard");
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
    fn an_inbox_has_a_random_name_of_128_bits() {
        let names: std::collections::BTreeSet<String> =
            (0..100).map(|_| random_name()).collect();
        assert_eq!(names.len(), 100);
        // 22 characters of base64 are 132 bits.
        assert!(names.iter().all(|name| name.len() == 22), "{names:?}");
    }

    #[test]
    fn a_sender_is_not_believed_with_anothers_secret() {
        for sender in ["github", "stripe", "standard"] {
            assert_eq!(secrets(SECRETS, sender).len(), 2);
        }
        assert!(secrets(SECRETS, "git").is_empty());
        assert!(secrets(SECRETS, "").is_empty());
    }
}
