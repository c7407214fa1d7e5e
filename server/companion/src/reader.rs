//! Who reads, and who may ask the companion for what it knows.
//!
//! A server that listens on loopback has one reader, who also owns what `curl`
//! sends from the same machine. Anywhere else it is a classroom: each reader's
//! page makes a key and keeps it, and the browser carries a sealed cookie with
//! the key's hash. The cookie says whose a request is; the key is what reads.
//! So a copied cookie reads nothing, and a forged one doesn't open.
//!
//! The key travels in a header and in one JSON body, which only a script of the
//! book's own pages can send: a link makes nobody another reader.

use super::settings::{Audience, CLOSED, Settings, is_loopback};
use rocket::http::{Cookie, CookieJar, SameSite, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::status::NoContent;
use rocket::serde::json::Json;
use rocket::{Route, delete, post, routes};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The cookie that says whose a request is. It is the companion's own: neither
/// the wire nor the jar shows it.
const COOKIE: &str = "companion-reader";

/// The same where the reader's browser speaks TLS: no other host and no page
/// without TLS can set it (RFC 6265bis, section 4.1.3.2).
const SECURE_COOKIE: &str = "__Host-companion-reader";

/// The header with the reader's key.
const KEY: &str = "companion-key";

/// Whether the companion has set the cookie with this name.
pub fn is_own(name: &str) -> bool {
    [COOKIE, SECURE_COOKIE].contains(&name)
}

/// A reader's name: the empty text on loopback, else the hash of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Reader(String);

impl Reader {
    /// The reader who holds `key`, 32 hexadecimal digits that the page made.
    fn with_key(key: &str) -> Option<Reader> {
        if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut name = String::new();
        for byte in &Sha256::digest(key.as_bytes())[..16] {
            let _ = write!(name, "{byte:02x}");
        }
        Some(Reader(name))
    }

    /// The reader whose browser sent this request, if it is known.
    pub fn of(request: &Request<'_>) -> Option<Reader> {
        if settings(request).audience == Audience::One {
            return Some(Reader::default());
        }
        let cookie = request.cookies().get_private(cookie_name(request))?;
        Some(Reader(cookie.value().to_owned()))
    }

    /// The reader that [`name`](Reader::name) came from.
    pub fn named(name: &str) -> Reader {
        Reader(name.to_owned())
    }

    /// The name, without the key that reads.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// This server's settings.
fn settings<'r>(request: &'r Request<'_>) -> &'r Settings {
    request.rocket().state().unwrap_or(&CLOSED)
}

/// What the cookie is called at the name by which this request has come.
fn cookie_name(request: &Request<'_>) -> &'static str {
    let host = request.headers().get_one("host").unwrap_or_default();
    match settings(request).name(host).is_some_and(|name| name.tls) {
        true => SECURE_COOKIE,
        false => COOKIE,
    }
}

/// A request from the book's own page, or from a tool on the reader's machine.
///
/// Another site's page is refused, by `Sec-Fetch-Site` and `Origin`. On
/// loopback a foreign `Host` is refused, too: it is how a page elsewhere would
/// reach a server that only listens here (DNS rebinding). What a class is
/// reached by, and what a proxy passed on, the gate has looked at.
pub struct SameOrigin;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SameOrigin {
    type Error = &'static str;

    async fn from_request(
        request: &'r Request<'_>,
    ) -> Outcome<SameOrigin, &'static str> {
        match refusal(request) {
            None => Outcome::Success(SameOrigin),
            Some(why) => Outcome::Error((Status::Forbidden, why)),
        }
    }
}

fn refusal(request: &Request<'_>) -> Option<&'static str> {
    let header = |name| request.headers().get_one(name);
    if header("sec-fetch-site")
        .is_some_and(|site| !["same-origin", "none"].contains(&site))
    {
        return Some("another site's page asks");
    }
    let host = header("host").unwrap_or_default();
    if header("origin").is_some_and(|origin| origin.split("://").nth(1) != Some(host)) {
        return Some("a page of another origin asks");
    }
    let alone = settings(request).audience == Audience::One;
    (alone && !is_loopback(host)).then_some("the Host is not this machine")
}

/// A request of the reader's own page, which has their key: on loopback no key
/// is looked at.
pub struct Keyed(pub Reader);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Keyed {
    type Error = &'static str;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Keyed, &'static str> {
        if let Some(why) = refusal(request) {
            return Outcome::Error((Status::Forbidden, why));
        }
        if settings(request).audience == Audience::One {
            return Outcome::Success(Keyed(Reader::default()));
        }
        let key = request.headers().get_one(KEY);
        match key.and_then(Reader::with_key) {
            Some(reader) => Outcome::Success(Keyed(reader)),
            None => Outcome::Error((Status::BadRequest, "there is no reader's key")),
        }
    }
}

/// Whose the browser's requests are, by its cookie.
pub struct Known {
    reader: Option<Reader>,
    cookie: &'static str,
}

impl Known {
    /// Whether its requests are this reader's.
    pub fn is(&self, reader: &Reader) -> bool {
        self.reader.as_ref() == Some(reader)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Known {
    type Error = std::convert::Infallible;

    async fn from_request(
        request: &'r Request<'_>,
    ) -> Outcome<Known, std::convert::Infallible> {
        Outcome::Success(Known {
            reader: Reader::of(request),
            cookie: cookie_name(request),
        })
    }
}

/// What a page says of itself when it opens.
#[derive(Deserialize)]
struct Introduction<'r> {
    key: &'r str,
}

/// Has the browser carry the reader's name. Lax, so that a reader who comes
/// back from another site is still the same one. A browser that carries a valid
/// one keeps it: the page must first have it taken away.
#[post("/companion/reader", format = "json", data = "<page>")]
fn introduce(
    _here: SameOrigin,
    known: Known,
    page: Json<Introduction<'_>>,
    cookies: &CookieJar<'_>,
) -> Status {
    if known.is(&Reader::default()) {
        return Status::NoContent;
    }
    let Some(reader) = Reader::with_key(page.key) else {
        return Status::BadRequest;
    };
    if known.reader.is_some() {
        return match known.is(&reader) {
            true => Status::NoContent,
            false => Status::Conflict,
        };
    }
    let cookie = Cookie::build((known.cookie, reader.0))
        .same_site(SameSite::Lax)
        .secure(known.cookie == SECURE_COOKIE)
        .expires(None);
    cookies.add_private(cookie);
    Status::NoContent
}

/// Takes the name away, whosever it is.
#[delete("/companion/reader")]
fn forget(_here: SameOrigin, known: Known, cookies: &CookieJar<'_>) -> NoContent {
    let secure = known.cookie == SECURE_COOKIE;
    cookies.remove(Cookie::build(known.cookie).path("/").secure(secure));
    NoContent
}

/// The routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![introduce, forget]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readers_name_does_not_give_the_key_away() {
        let key = "0123456789abcdef0123456789abcdef";
        let reader = Reader::with_key(key).unwrap();
        assert!(!reader.name().is_empty() && !key.contains(reader.name()));
        assert_ne!(Reader::with_key(reader.name()), Some(reader));
    }

    #[test]
    fn what_is_no_key_is_no_readers() {
        for key in ["", "short", "0123456789abcdef0123456789abcdeg"] {
            assert_eq!(Reader::with_key(key), None, "{key:?}");
        }
    }
}
