//! Who reads, and who may ask the companion for what it knows.
//!
//! A server that listens on loopback has one reader, who also owns what `curl`
//! sends from the same machine. Anywhere else it is a classroom: each reader's
//! page makes a key and keeps it, and the browser carries a sealed cookie with
//! the key's hash. The cookie says whose a request is; the key is what reads.
//! So a copied cookie reads nothing, and a forged one doesn't open.

use rocket::http::{Cookie, CookieJar, SameSite, Status};
use rocket::request::{FromRequest, Outcome, Request};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::net::IpAddr;

/// The cookie that says whose a request is. It is the companion's own: neither
/// the wire nor the jar shows it.
pub const COOKIE: &str = "companion-reader";

/// How many readers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// One, on this machine.
    One,
    /// Many, on a network.
    Classroom,
}

impl Audience {
    /// Of a server that listens on `address`, unless its configuration says
    /// otherwise (`ROCKET_CLASSROOM`).
    pub fn of(address: IpAddr, classroom: Option<bool>) -> Audience {
        match classroom.unwrap_or(!address.is_loopback()) {
            true => Audience::Classroom,
            false => Audience::One,
        }
    }
}

/// A reader's name: the empty text on loopback, else the hash of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Reader(String);

impl Reader {
    /// The reader who holds `key`, 32 hexadecimal digits that the page made.
    /// `None` when it is not such a key. On loopback no key is looked at.
    pub fn with_key(audience: Audience, key: Option<&str>) -> Option<Reader> {
        if audience == Audience::One {
            return Some(Reader::default());
        }
        let key = key.filter(|key| {
            key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit())
        })?;
        let mut name = String::new();
        for byte in &Sha256::digest(key.as_bytes())[..16] {
            let _ = write!(name, "{byte:02x}");
        }
        Some(Reader(name))
    }

    /// The reader whose browser sent these cookies, if it is known.
    pub fn of_cookies(audience: Audience, cookies: &CookieJar<'_>) -> Option<Reader> {
        match audience {
            Audience::One => Some(Reader::default()),
            Audience::Classroom => cookies
                .get_private(COOKIE)
                .map(|cookie| Reader(cookie.value().to_owned())),
        }
    }

    /// The reader that [`name`](Reader::name) came from.
    pub fn named(name: &str) -> Reader {
        Reader(name.to_owned())
    }

    /// The name, without the key that reads.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Has the browser carry the reader's name. Lax, so that a reader who comes
    /// back from another site is still the same one.
    pub fn remember(&self, audience: Audience, cookies: &CookieJar<'_>) {
        let known = Reader::of_cookies(audience, cookies);
        if known.as_ref() != Some(self) {
            let cookie = Cookie::build((COOKIE, self.0.clone()))
                .same_site(SameSite::Lax)
                .expires(None);
            cookies.add_private(cookie);
        }
    }
}

/// A request from the book's own page, or from a tool on the reader's machine.
///
/// Another site's page is refused, by `Sec-Fetch-Site` and `Origin`. On
/// loopback a foreign `Host` is refused, too: it is how a page elsewhere would
/// reach a server that only listens here (DNS rebinding), and so is anything
/// that a proxy passed on, since its reader isn't on this machine.
pub struct SameOrigin;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SameOrigin {
    type Error = &'static str;

    async fn from_request(
        request: &'r Request<'_>,
    ) -> Outcome<SameOrigin, &'static str> {
        let audience = request.rocket().state::<Audience>();
        match refusal(request, audience.copied().unwrap_or(Audience::Classroom)) {
            None => Outcome::Success(SameOrigin),
            Some(why) => Outcome::Error((Status::Forbidden, why)),
        }
    }
}

fn refusal(request: &Request<'_>, audience: Audience) -> Option<&'static str> {
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
    if audience == Audience::Classroom {
        return None;
    }
    if !is_loopback(host) {
        return Some("the Host is not this machine");
    }
    let passed_on = ["forwarded", "x-forwarded-for", "via"];
    passed_on
        .into_iter()
        .any(|name| header(name).is_some())
        .then_some("a proxy asks for somebody; set ROCKET_CLASSROOM=true behind one")
}

/// Whether an authority (`127.0.0.1:8000`) names this machine.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_loopback_has_one_reader_unless_told_otherwise() {
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        let network: IpAddr = "0.0.0.0".parse().unwrap();
        assert_eq!(Audience::of(loopback, None), Audience::One);
        assert_eq!(Audience::of(loopback, Some(true)), Audience::Classroom);
        assert_eq!(Audience::of(network, None), Audience::Classroom);
    }

    #[test]
    fn a_readers_name_does_not_give_the_key_away() {
        let key = "0123456789abcdef0123456789abcdef";
        let reader = Reader::with_key(Audience::Classroom, Some(key)).unwrap();
        assert!(!reader.name().is_empty() && !key.contains(reader.name()));
        let named = Reader::with_key(Audience::Classroom, Some(reader.name()));
        assert_ne!(named, Some(reader));
    }

    #[test]
    fn in_a_classroom_there_is_no_reader_without_a_key() {
        for key in [
            None,
            Some(""),
            Some("short"),
            Some("0123456789abcdef0123456789abcdeg"),
        ] {
            assert_eq!(Reader::with_key(Audience::Classroom, key), None, "{key:?}");
        }
        assert!(Reader::with_key(Audience::One, None).is_some());
    }

    #[test]
    fn only_loopback_names_are_this_machine() {
        for host in [
            "127.0.0.1:8000",
            "localhost",
            "localhost:1",
            "[::1]:8000",
            "127.9.9.9",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8000",
            "192.168.1.2:8000",
            "127.0.0.1.evil.example",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
