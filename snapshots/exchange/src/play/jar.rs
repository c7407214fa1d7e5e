//! A browser's cookie jar, after RFC 6265bis (draft-ietf-httpbis-rfc6265bis).
//! Section numbers below are that draft's. It is long because the draft is: every
//! rule is here, and its test below. `Partitioned` is after CHIPS
//! (<https://github.com/privacycg/CHIPS>), which the draft does not have yet.
//!
//! Two things a browser does are left out. There is no public suffix list, so
//! `Domain=com` is not refused on `example.com`; exchanges are played against
//! one host. And a cookie without `SameSite` is `Lax` at once, without the two
//! minutes in which Chrome also sends it with a cross-site POST.

use crate::format::time::{cookie_age, cookie_date};
use std::fmt::{self, Display, Formatter};
use std::net::IpAddr;

/// Name and value together, in bytes (section 5.6).
const MAX_PAIR: usize = 4096;
/// One attribute's value, in bytes (section 5.6).
const MAX_ATTRIBUTE: usize = 1024;
/// The longest a cookie may live: 400 days, in seconds (section 5.5).
const MAX_AGE: i64 = 400 * 24 * 60 * 60;

/// Where a request goes, and who started it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The host name or address, without a port: cookies ignore ports.
    pub host: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// Whether it goes over https.
    pub secure: bool,
    /// The method.
    pub method: &'a str,
    /// Who started it.
    pub initiator: Initiator,
}

impl Request<'_> {
    /// Chrome and Firefox take a loopback host for a secure one.
    fn is_secure(&self) -> bool {
        let loopback = self.host.eq_ignore_ascii_case("localhost")
            || ip(self.host).is_some_and(|address| address.is_loopback());
        self.secure || loopback
    }

    /// Which site's page fills the window while this is asked for.
    fn partition(&self) -> Partition {
        match self.initiator {
            Initiator::SameSite | Initiator::CrossSite => Partition::Own,
            Initiator::Subresource => Partition::Elsewhere,
        }
    }
}

/// Who started a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initiator {
    /// The reader, or a page of the same site.
    SameSite,
    /// A page of another site, as a navigation of the whole window.
    CrossSite,
    /// A page of another site, for something that it shows.
    Subresource,
}

/// The `SameSite` attribute (section 5.4.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Only with requests that the same site started.
    Strict,
    /// Also when a link of another site leads here.
    Lax,
    /// With every request.
    None,
}

/// The part of the jar that a `Partitioned` cookie is in: there is one for each
/// site whose page fills the window. To one server these are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// The server's own pages.
    Own,
    /// Another site's page, which shows something of the server's.
    Elsewhere,
}

/// A cookie that the jar keeps (section 5.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// The name; may be empty.
    pub name: String,
    /// The value as received.
    pub value: String,
    /// The host it belongs to, in lower case.
    pub domain: String,
    /// True when no `Domain` widened it to subdomains.
    pub host_only: bool,
    /// The path it is sent to, and below.
    pub path: String,
    /// Only over a secure connection.
    pub secure: bool,
    /// Hidden from scripts.
    pub http_only: bool,
    /// As the server said; unset counts as `Lax`.
    pub same_site: Option<SameSite>,
    /// As the server said `Partitioned`; without, it is in all of them.
    pub partition: Option<Partition>,
    /// Unix seconds; without, until the browser closes.
    pub expires: Option<i64>,
    /// Counts up: which cookie came first.
    created: u64,
}

/// What a `Set-Cookie` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// The jar has a new cookie.
    Stored,
    /// A cookie has a new value.
    Replaced,
    /// A cookie is gone.
    Removed,
    /// It was to remove a cookie that is not there.
    NothingToRemove,
}

/// Why the jar refused a `Set-Cookie`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Name and value are over 4096 bytes.
    TooLarge,
    /// There is neither a name nor a value.
    Empty,
    /// A control character stands in it.
    Control,
    /// `Domain` names another host.
    ForeignDomain,
    /// `Secure` came over a connection that is not.
    NotSecure,
    /// `SameSite=None` without `Secure`.
    NoneWithoutSecure,
    /// `Partitioned` without `Secure`.
    PartitionedWithoutSecure,
    /// `__Secure-` or `__Host-` without what they promise.
    Prefix,
    /// It would cover a `Secure` cookie from an insecure connection.
    WouldCoverSecure,
    /// It came with what another site's page asked for, and is not `SameSite=None`.
    Elsewhere,
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            // No count: an escape in a sealed value takes three bytes, and how
            // many there are is another number each time.
            Refusal::TooLarge => {
                write!(f, "name and value are over {MAX_PAIR} bytes")
            }
            Refusal::Empty => f.write_str("it has neither a name nor a value"),
            Refusal::Control => f.write_str("it has a control character in it"),
            Refusal::ForeignDomain => f.write_str("its Domain is not this host"),
            Refusal::NotSecure => f.write_str("it is Secure and the connection is not"),
            Refusal::NoneWithoutSecure => f.write_str("SameSite=None needs Secure"),
            Refusal::PartitionedWithoutSecure => {
                f.write_str("Partitioned needs Secure")
            }
            Refusal::Prefix => {
                f.write_str("its name's prefix promises what it does not have")
            }
            Refusal::WouldCoverSecure => f.write_str("it would cover a Secure cookie"),
            Refusal::Elsewhere => f.write_str("another site's page asked for it"),
        }
    }
}

/// The cookies of one browser.
#[derive(Debug, Clone, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
    received: u64,
}

impl Jar {
    /// Takes the value of one `Set-Cookie` field in the response to `request`,
    /// at `now` in unix seconds (sections 5.6 and 5.7). Bytes that are not
    /// UTF-8 become U+FFFD.
    ///
    /// # Errors
    ///
    /// Why a browser would ignore it.
    pub fn receive(
        &mut self,
        set_cookie: &[u8],
        request: &Request,
        now: i64,
    ) -> Result<Received, Refusal> {
        self.receive_ahead(set_cookie, request, now, 0)
    }

    /// The same for a browser whose clock is `ahead` seconds of the server's, which
    /// wrote the date in `Expires` by its own: the time until then is what counts.
    ///
    /// # Errors
    ///
    /// Why a browser would ignore it.
    pub fn receive_ahead(
        &mut self,
        set_cookie: &[u8],
        request: &Request,
        now: i64,
        ahead: i64,
    ) -> Result<Received, Refusal> {
        let text = String::from_utf8_lossy(set_cookie);
        let (cookie, path) = parse(&text, request, now, ahead)?;
        allowed(&cookie, path, request)?;
        self.cookies.retain(|old| alive(old, now));
        if !request.is_secure() && self.covers_secure(&cookie) {
            return Err(Refusal::WouldCoverSecure);
        }
        Ok(self.keep(cookie, now))
    }

    fn keep(&mut self, mut cookie: Cookie, now: i64) -> Received {
        self.received += 1;
        cookie.created = self.received;
        let old = self.cookies.iter().position(|old| {
            (&old.name, &old.domain, &old.path)
                == (&cookie.name, &cookie.domain, &cookie.path)
                && old.host_only == cookie.host_only
                && old.partition == cookie.partition
        });
        match (old, alive(&cookie, now)) {
            (Some(at), true) => {
                cookie.created = self.cookies[at].created;
                self.cookies[at] = cookie;
                Received::Replaced
            }
            (Some(at), false) => {
                self.cookies.remove(at);
                Received::Removed
            }
            (None, true) => {
                self.cookies.push(cookie);
                Received::Stored
            }
            (None, false) => Received::NothingToRemove,
        }
    }

    /// "Leave secure cookies alone" (section 5.7, step 16).
    fn covers_secure(&self, cookie: &Cookie) -> bool {
        self.cookies.iter().any(|old| {
            old.secure
                && old.name == cookie.name
                && (domain_match(&old.domain, &cookie.domain)
                    || domain_match(&cookie.domain, &old.domain))
                && path_match(&cookie.path, &old.path)
        })
    }

    /// The cookies a browser sends with `request`, longest path first, then
    /// oldest first (section 5.8.3).
    pub fn cookies_for(&self, request: &Request, now: i64) -> Vec<&Cookie> {
        let mut sent: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| alive(cookie, now) && goes_with(cookie, request))
            .collect();
        sent.sort_by_key(|cookie| {
            (std::cmp::Reverse(cookie.path.len()), cookie.created)
        });
        sent
    }

    /// The `Cookie` header for `request`, when there is one to send.
    pub fn header_for(&self, request: &Request, now: i64) -> Option<String> {
        let pairs: Vec<String> = self
            .cookies_for(request, now)
            .into_iter()
            .map(|cookie| match cookie.name.as_str() {
                "" => cookie.value.clone(),
                name => format!("{name}={}", cookie.value),
            })
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// What a script of the page that makes `request` reads of the cookies: as
    /// [`header_for`](Jar::header_for), without those that are `HttpOnly`
    /// (section 5.8.3).
    pub fn script_reads(&self, request: &Request, now: i64) -> String {
        let mut readable = self.clone();
        readable.cookies.retain(|cookie| !cookie.http_only);
        readable.header_for(request, now).unwrap_or_default()
    }

    /// Every cookie that lives at `now`, by name, then path.
    pub fn cookies(&self, now: i64) -> Vec<&Cookie> {
        let mut living: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| alive(cookie, now))
            .collect();
        living.sort_by_key(|cookie| (&cookie.name, &cookie.path, cookie.created));
        living
    }

    /// The first living cookie of that name.
    pub fn get(&self, name: &str, now: i64) -> Option<&Cookie> {
        self.cookies(now)
            .into_iter()
            .find(|cookie| cookie.name == name)
    }

    /// Changes a cookie's value, as a reader does in the developer tools; false
    /// when none of that name lives at `now`.
    pub fn edit(&mut self, name: &str, value: &str, now: i64) -> bool {
        self.cookies.retain(|cookie| alive(cookie, now));
        let mut found = false;
        for cookie in self.cookies.iter_mut().filter(|cookie| cookie.name == name) {
            value.clone_into(&mut cookie.value);
            found = true;
        }
        found
    }

    /// Deletes a cookie by hand; false when none of that name lives at `now`.
    pub fn forget(&mut self, name: &str, now: i64) -> bool {
        self.cookies.retain(|cookie| alive(cookie, now));
        let before = self.cookies.len();
        self.cookies.retain(|cookie| cookie.name != name);
        self.cookies.len() < before
    }

    /// The browser closes: cookies without an expiry are gone.
    pub fn close(&mut self) {
        self.cookies.retain(|cookie| cookie.expires.is_some());
    }
}

fn alive(cookie: &Cookie, now: i64) -> bool {
    cookie.expires.is_none_or(|expires| expires > now)
}

fn goes_with(cookie: &Cookie, request: &Request) -> bool {
    let host = request.host.to_ascii_lowercase();
    let here = match cookie.host_only {
        true => cookie.domain == host,
        false => domain_match(&host, &cookie.domain),
    };
    let safe = matches!(request.method, "GET" | "HEAD" | "OPTIONS" | "TRACE");
    let site = match (request.initiator, cookie.same_site.unwrap_or(SameSite::Lax)) {
        (Initiator::SameSite, _) | (_, SameSite::None) => true,
        (Initiator::CrossSite, SameSite::Lax) => safe,
        _ => false,
    };
    let safely = !cookie.secure || request.is_secure();
    let window = cookie
        .partition
        .is_none_or(|partition| partition == request.partition());
    here && site && safely && window && path_match(request.path, &cookie.path)
}

/// Section 5.6: from the field's text to a cookie, before it is allowed in.
/// With it, whether its path is the one that the field gives.
fn parse(
    text: &str,
    request: &Request,
    now: i64,
    ahead: i64,
) -> Result<(Cookie, bool), Refusal> {
    if text
        .chars()
        .any(|char| char.is_ascii_control() && char != '\t')
    {
        return Err(Refusal::Control);
    }
    let mut parts = text.split(';');
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').unwrap_or(("", pair));
    let (name, value) = (trim(name), trim(value));
    if name.is_empty() && value.is_empty() {
        return Err(Refusal::Empty);
    }
    if name.len() + value.len() > MAX_PAIR {
        return Err(Refusal::TooLarge);
    }
    let host = request.host.to_ascii_lowercase();
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: host.clone(),
        host_only: true,
        path: default_path(request.path).to_owned(),
        secure: false,
        http_only: false,
        same_site: None,
        partition: None,
        expires: None,
        created: 0,
    };
    let mut domain = String::new();
    let mut max_age = None;
    let mut has_path = false;
    for part in parts {
        let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
        let value = trim(value);
        if value.len() > MAX_ATTRIBUTE {
            continue;
        }
        match trim(attribute).to_ascii_lowercase().as_str() {
            "expires" => {
                if let Some(date) = cookie_date(value) {
                    cookie.expires = Some((date + ahead).min(now + MAX_AGE));
                }
            }
            "max-age" => max_age = cookie_age(value).or(max_age),
            "domain" => {
                domain = value
                    .strip_prefix('.')
                    .unwrap_or(value)
                    .to_ascii_lowercase()
            }
            "path" => {
                has_path = value.starts_with('/');
                cookie.path = match has_path {
                    true => value.to_owned(),
                    false => default_path(request.path).to_owned(),
                }
            }
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "partitioned" => cookie.partition = Some(request.partition()),
            "samesite" => {
                cookie.same_site = match value.to_ascii_lowercase().as_str() {
                    "strict" => Some(SameSite::Strict),
                    "lax" => Some(SameSite::Lax),
                    "none" => Some(SameSite::None),
                    _ => None,
                }
            }
            _ => {}
        }
    }
    // Max-Age wins over Expires (section 5.7, step 3).
    if let Some(age) = max_age {
        cookie.expires = Some(if age <= 0 {
            i64::MIN
        } else {
            now + age.min(MAX_AGE)
        });
    }
    if !domain.is_empty() {
        if !domain_match(&host, &domain) {
            return Err(Refusal::ForeignDomain);
        }
        // An address has no subdomains: it stays the host's own (section 5.7).
        cookie.host_only = ip(&host).is_some();
        cookie.domain = domain;
    }
    Ok((cookie, has_path))
}

/// Without the spaces and tabs around it, and no other white space: that is part
/// of a value.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// Section 5.7: what a cookie must have to be let in. `has_path` when its path
/// is the one that the field gives.
fn allowed(cookie: &Cookie, has_path: bool, request: &Request) -> Result<(), Refusal> {
    if cookie.secure && !request.is_secure() {
        return Err(Refusal::NotSecure);
    }
    if cookie.same_site == Some(SameSite::None) && !cookie.secure {
        return Err(Refusal::NoneWithoutSecure);
    }
    if cookie.partition.is_some() && !cookie.secure {
        return Err(Refusal::PartitionedWithoutSecure);
    }
    if request.initiator == Initiator::Subresource
        && cookie.same_site != Some(SameSite::None)
    {
        return Err(Refusal::Elsewhere);
    }
    // A nameless cookie is sent as its value alone, so a value with a prefix
    // would pass for a name on the way back.
    let name = match cookie.name.as_str() {
        "" => &cookie.value,
        name => name,
    };
    let name = name.to_ascii_lowercase();
    let host = cookie.secure && cookie.host_only && has_path && cookie.path == "/";
    if (cookie.name.is_empty()
        && (name.starts_with("__secure-") || name.starts_with("__host-")))
        || (name.starts_with("__secure-") && !cookie.secure)
        || (name.starts_with("__host-") && !host)
    {
        return Err(Refusal::Prefix);
    }
    Ok(())
}

/// Section 5.1.4: the request's path up to its last slash.
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(slash) if slash > 0 && path.starts_with('/') => &path[..slash],
        _ => "/",
    }
}

/// Whether a cookie of this path goes to a request of that one (section 5.1.4).
pub fn path_match(request: &str, cookie: &str) -> bool {
    match request.strip_prefix(cookie) {
        Some(rest) => rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

/// Section 5.1.3; both in lower case.
fn domain_match(host: &str, domain: &str) -> bool {
    let below = || {
        host.strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    host == domain || (ip(host).is_none() && below())
}

fn ip(host: &str) -> Option<IpAddr> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_000_000;

    fn get(host: &'static str, path: &'static str) -> Request<'static> {
        Request {
            host,
            path,
            secure: false,
            method: "GET",
            initiator: Initiator::SameSite,
        }
    }

    const HERE: Request<'static> = Request {
        host: "127.0.0.1",
        path: "/set",
        secure: false,
        method: "GET",
        initiator: Initiator::SameSite,
    };

    fn jar_with(set_cookie: &str) -> Jar {
        let mut jar = Jar::default();
        jar.receive(set_cookie.as_bytes(), &HERE, NOW).unwrap();
        jar
    }

    fn refused(set_cookie: &str, request: &Request) -> Refusal {
        Jar::default()
            .receive(set_cookie.as_bytes(), request, NOW)
            .unwrap_err()
    }

    fn sent(jar: &Jar, request: &Request) -> String {
        jar.header_for(request, NOW).unwrap_or_default()
    }

    #[test]
    fn a_cookie_comes_back_on_the_next_request() {
        assert_eq!(
            sent(&jar_with("a=1; Path=/"), &get("127.0.0.1", "/greet")),
            "a=1"
        );
    }

    #[test]
    fn a_cookie_stays_with_its_host() {
        assert_eq!(sent(&jar_with("a=1; Path=/"), &get("localhost", "/")), "");
    }

    #[test]
    fn without_a_path_a_cookie_belongs_to_its_folder() {
        let mut jar = Jar::default();
        jar.receive(b"a=1", &get("h", "/app/login"), NOW).unwrap();
        assert_eq!(sent(&jar, &get("h", "/app/page")), "a=1");
        assert_eq!(sent(&jar, &get("h", "/apple")), "");
    }

    #[test]
    fn the_longest_path_goes_first_then_the_oldest() {
        let mut jar = jar_with("a=1; Path=/");
        for text in ["b=2; Path=/", "c=3; Path=/x", "a=9; Path=/"] {
            jar.receive(text.as_bytes(), &HERE, NOW).unwrap();
        }
        assert_eq!(sent(&jar, &get("127.0.0.1", "/x/y")), "c=3; a=9; b=2");
    }

    #[test]
    fn a_cookie_of_4096_bytes_is_kept_and_a_larger_one_is_refused() {
        jar_with(&format!("a={}", "x".repeat(4095)));
        let refused = refused(&format!("a={}", "x".repeat(4096)), &HERE);
        assert_eq!(refused, Refusal::TooLarge);
        assert_eq!(refused.to_string(), "name and value are over 4096 bytes");
    }

    #[test]
    fn max_age_wins_over_expires() {
        let jar = jar_with("a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        assert!(jar.get("a", NOW + 59).is_some());
        assert!(jar.get("a", NOW + 60).is_none());
    }

    #[test]
    fn a_date_of_a_server_that_is_behind_is_as_far_off_as_for_that_server() {
        let day = 86_400;
        let mut jar = Jar::default();
        // The server's clock is 1970-01-01, 00:00.
        let tomorrow = b"a=1; Expires=Fri, 02 Jan 1970 00:00:00 GMT";
        jar.receive_ahead(tomorrow, &HERE, NOW, NOW).unwrap();
        assert!(jar.get("a", NOW + day - 1).is_some());
        assert!(jar.get("a", NOW + day).is_none());
    }

    #[test]
    fn no_cookie_lives_longer_than_400_days() {
        let jar = jar_with("a=1; Max-Age=99999999999999999999");
        assert_eq!(jar.get("a", NOW).unwrap().expires, Some(NOW + MAX_AGE));
    }

    #[test]
    fn a_negative_age_is_in_the_past_however_long_it_is() {
        for age in ["-1", "-9223372036854775808", "-99999999999999999999"] {
            let mut jar = jar_with("a=1; Path=/");
            let removal = format!("a=; Path=/; Max-Age={age}");
            let received = jar.receive(removal.as_bytes(), &HERE, NOW);
            assert_eq!(received, Ok(Received::Removed), "{age}");
        }
    }

    #[test]
    fn a_removal_needs_the_same_path() {
        let mut jar = jar_with("a=1; Path=/app");
        let other = jar.receive(b"a=; Max-Age=0; Path=/", &HERE, NOW);
        assert_eq!(other, Ok(Received::NothingToRemove));
        let same = jar.receive(b"a=; Max-Age=0; Path=/app", &HERE, NOW);
        assert_eq!(same, Ok(Received::Removed));
        assert!(jar.cookies(NOW).is_empty());
    }

    #[test]
    fn closing_the_browser_ends_what_has_no_expiry() {
        let mut jar = jar_with("a=1");
        jar.receive(b"b=2; Max-Age=60", &HERE, NOW).unwrap();
        jar.close();
        let names: Vec<_> =
            jar.cookies(NOW).iter().map(|cookie| &cookie.name).collect();
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn another_site_gets_lax_only_with_a_link_and_strict_never() {
        let mut jar = jar_with("strict=1; SameSite=Strict; Path=/");
        for text in [
            "lax=1; SameSite=Lax; Path=/",
            "unset=1; Path=/",
            "none=1; SameSite=None; Secure; Path=/",
        ] {
            jar.receive(text.as_bytes(), &HERE, NOW).unwrap();
        }
        let link = Request {
            initiator: Initiator::CrossSite,
            ..HERE
        };
        assert_eq!(sent(&jar, &link), "lax=1; unset=1; none=1");
        assert_eq!(
            sent(
                &jar,
                &Request {
                    method: "POST",
                    ..link
                }
            ),
            "none=1"
        );
    }

    #[test]
    fn what_another_sites_page_shows_takes_and_gives_cookies_of_no_site_only() {
        let picture = Request {
            initiator: Initiator::Subresource,
            ..HERE
        };
        let mut jar = jar_with("lax=1; SameSite=Lax; Path=/");
        jar.receive(b"none=1; SameSite=None; Secure; Path=/", &HERE, NOW)
            .unwrap();
        assert_eq!(sent(&jar, &picture), "none=1");
        assert_eq!(
            jar.receive(b"lax=; Max-Age=0; Path=/", &picture, NOW),
            Err(Refusal::Elsewhere)
        );
        assert_eq!(
            jar.receive(
                b"none=; Max-Age=0; SameSite=None; Secure; Path=/",
                &picture,
                NOW
            ),
            Ok(Received::Removed)
        );
    }

    #[test]
    fn a_partitioned_cookie_goes_only_where_the_same_sites_page_fills_the_window() {
        let embedded = Request {
            initiator: Initiator::Subresource,
            ..HERE
        };
        let mut jar = Jar::default();
        for (text, request) in [
            ("a=1; Path=/; SameSite=None; Secure; Partitioned", &embedded),
            ("a=2; Path=/; SameSite=None; Secure; Partitioned", &HERE),
            ("b=3; Path=/; SameSite=None; Secure", &embedded),
        ] {
            let received = jar.receive(text.as_bytes(), request, NOW);
            assert_eq!(received, Ok(Received::Stored), "{text}");
        }
        assert_eq!(sent(&jar, &embedded), "a=1; b=3");
        assert_eq!(sent(&jar, &HERE), "a=2; b=3");
        let link = Request {
            initiator: Initiator::CrossSite,
            ..HERE
        };
        assert_eq!(sent(&jar, &link), "a=2; b=3");
        assert_eq!(
            refused("a=1; Path=/; Partitioned", &HERE),
            Refusal::PartitionedWithoutSecure
        );
    }

    #[test]
    fn a_script_reads_what_is_sent_and_not_http_only() {
        let mut jar = jar_with("a=1; Path=/");
        for text in ["b=2; Path=/; HttpOnly", "c=3; Path=/elsewhere"] {
            jar.receive(text.as_bytes(), &HERE, NOW).unwrap();
        }
        assert_eq!(sent(&jar, &HERE), "a=1; b=2");
        assert_eq!(jar.script_reads(&HERE, NOW), "a=1");
    }

    #[test]
    fn secure_needs_https_or_a_loopback_host() {
        assert_eq!(
            refused("a=1; Secure", &get("example.org", "/")),
            Refusal::NotSecure
        );
        jar_with("a=1; Secure");
    }

    #[test]
    fn same_site_none_needs_secure() {
        assert_eq!(
            refused("a=1; SameSite=None", &HERE),
            Refusal::NoneWithoutSecure
        );
    }

    #[test]
    fn a_prefix_promises_what_the_cookie_must_have() {
        for text in [
            "__Secure-a=1",
            "__Host-a=1; Secure; Path=/app",
            "__host-a=1; Path=/",
            "=__Host-a=1; Secure; Path=/",
            "__Host-a; Secure; Path=/",
            // The folder of /set is /, and the server must say so all the same.
            "__Host-a=1; Secure",
            "__Host-a=1; Secure; Path=set",
        ] {
            assert_eq!(refused(text, &HERE), Refusal::Prefix, "{text}");
        }
        jar_with("__Host-a=1; Secure; Path=/");
    }

    #[test]
    fn a_domain_reaches_subdomains_and_never_a_stranger() {
        let mut jar = Jar::default();
        jar.receive(
            b"a=1; Domain=.Example.org",
            &get("www.example.org", "/"),
            NOW,
        )
        .unwrap();
        assert_eq!(sent(&jar, &get("api.example.org", "/")), "a=1");
        assert_eq!(sent(&jar, &get("badexample.org", "/")), "");
        let foreign = refused("a=1; Domain=other.org", &get("www.example.org", "/"));
        assert_eq!(foreign, Refusal::ForeignDomain);
    }

    #[test]
    fn an_insecure_answer_leaves_secure_cookies_alone() {
        let https = Request {
            secure: true,
            ..get("h.example", "/")
        };
        let mut jar = Jar::default();
        jar.receive(b"a=1; Secure; Path=/", &https, NOW).unwrap();
        let covered = jar.receive(b"a=2; Path=/", &get("h.example", "/"), NOW);
        assert_eq!(covered, Err(Refusal::WouldCoverSecure));
    }

    #[test]
    fn a_secure_cookie_that_has_expired_is_in_nobodys_way() {
        let https = Request {
            secure: true,
            ..get("h.example", "/")
        };
        let mut jar = Jar::default();
        jar.receive(b"a=1; Secure; Path=/; Max-Age=60", &https, NOW)
            .unwrap();
        let plain = get("h.example", "/");
        let later = jar.receive(b"a=2; Path=/", &plain, NOW + 60);
        assert_eq!(later, Ok(Received::Stored));
    }

    #[test]
    fn only_spaces_and_tabs_are_cut_off_a_value() {
        let jar = jar_with("a= \t\u{a0}1\u{3000}\t ; Path=/");
        assert_eq!(sent(&jar, &HERE), "a=\u{a0}1\u{3000}");
    }

    #[test]
    fn an_edited_value_is_what_goes_out() {
        let mut jar = jar_with("a=1; Path=/");
        assert!(jar.edit("a", "2", NOW));
        assert_eq!(sent(&jar, &HERE), "a=2");
        assert!(!jar.edit("b", "2", NOW));
        assert!(jar.forget("a", NOW));
        assert!(!jar.forget("a", NOW));
    }

    #[test]
    fn a_cookie_that_has_expired_can_not_be_edited() {
        let mut jar = jar_with("a=1; Path=/; Max-Age=60");
        assert!(!jar.edit("a", "2", NOW + 60));
        assert!(!jar.forget("a", NOW + 60));
    }

    proptest! {
        #[test]
        fn no_field_makes_the_jar_panic_or_grow_past_the_limit(
            bytes in any::<Vec<u8>>(),
            attributes in "(; ?(Path|Domain|Max-Age|Expires|SameSite|Secure)=?[ -~é]{0,20}){0,4}",
        ) {
            let mut jar = Jar::default();
            let text = [&bytes[..], attributes.as_bytes()].concat();
            let _ = jar.receive(&text, &HERE, NOW);
            for cookie in jar.cookies(NOW) {
                prop_assert!(cookie.name.len() + cookie.value.len() <= MAX_PAIR);
            }
        }

        #[test]
        fn what_is_received_is_sent_back_to_the_same_path(name in "[a-z]{1,9}", value in "[!-:<-~]{0,40}") {
            let jar = jar_with(&format!("{name}={value}"));
            prop_assert_eq!(sent(&jar, &HERE), format!("{name}={value}"));
        }

        #[test]
        fn what_is_removed_is_not_sent(name in "[a-z]{1,9}", path in "(/[a-z]{1,5}){1,3}") {
            let mut jar = jar_with(&format!("{name}=1; Path={path}"));
            let removal = format!("{name}=; Max-Age=0; Path={path}");
            jar.receive(removal.as_bytes(), &HERE, NOW).unwrap();
            prop_assert!(jar.cookies(NOW).is_empty());
        }
    }
}
