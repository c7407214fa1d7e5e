//! What changes from run to run, written down the same each time. This is the
//! only place where that happens.
//!
//! | as received | in a transcript |
//! |---|---|
//! | a cookie sealed with the server's key | `session=sealed(Ada)`: what was sealed |
//! | one sealed with a key the server had before | `session=sealed with an old key(Ada)` |
//! | a sealed value that no longer opens | `session=sealed(unreadable)` |
//! | one of a server whose key nobody has, other in each play | `session=sealed(…)`, in a pin that was recorded |
//! | a session that Flask signed, where that is asked for | `session=signed({"name":"Ada"})`: what anyone can read in it; `signed(…)` of one that Flask packed first |
//! | a time in unix seconds in a sealed value | `now`, `now-31m`: to the nearest ten seconds |
//! | a percent-encoded cookie value | decoded, with `;` and control characters as `\u{3b}` |
//! | a plain value that begins with `sealed` or `signed(` | `\u{73}ealed`, since nobody opened it |
//! | `Expires=Mon, 30 Nov 2026 10:00:00 GMT` | `Expires=in 7 days`, to the nearest ten seconds |
//! | a `Set-Cookie` that removes | `name=; removed; Path=/` |
//! | `Date: …` | `date: now`, and left out unless all headers are asked for |
//! | the server's own address | `http://server`, and `http://localhost` where it goes by that name; in a query percent-encoded, in a page escaped |
//! | what the server made up: a `state`, a `code`, a token | `{{state}}`, by its name |
//! | headers and cookies in any order | sorted by name |
//! | the methods of `Allow` in any order | sorted |

use crate::format::cookie::{self as shown, Attribute, SetCookie, Value};
use crate::format::time;
use crate::format::transcript::{Response, body_text};
use crate::play::fresh::Fresh;
use crate::play::http::RawResponse;
use cookie::{Cookie, CookieJar, Key};

/// Headers that say nothing about one exchange: every response of a server
/// carries them, or every page that is for one reader, so exchanges of their own
/// pin them (`# @all-headers`).
const COMMON: [&str; 13] = [
    "cache-control",
    "connection",
    "content-length",
    "content-security-policy",
    "date",
    "keep-alive",
    "permissions-policy",
    "referrer-policy",
    "server",
    "transfer-encoding",
    "vary",
    "x-content-type-options",
    "x-frame-options",
];

/// What the player knows about the server, to read what it says.
#[derive(Clone, Default)]
pub struct Knowledge {
    /// The server's keys, the present one first. Empty for a server that
    /// somebody else started.
    pub keys: Vec<Key>,
    /// `http://127.0.0.1:8000`, as it stands in absolute URLs. Empty, like the
    /// next one, to leave them as they are.
    pub origin: String,
    /// `http://localhost:8000`, the same under its other name.
    pub other_origin: String,
    /// The server's time in unix seconds; 0 leaves times in sealed values as
    /// they are.
    pub now: i64,
    /// What it has made up.
    pub fresh: Fresh,
    /// Whether what it signed, as Flask does, is shown read. Who looks for what a reader
    /// could forge needs the value itself.
    pub reads_signed: bool,
}

impl Knowledge {
    /// Takes note of what the server made up in this answer: in where it leads,
    /// in a JSON body, in what it sealed.
    pub fn learn(&mut self, raw: &RawResponse) {
        if let Some(location) = raw.header("location") {
            self.fresh.learn_from_location(location);
        }
        let kind = raw.header("content-type").unwrap_or_default();
        if kind.starts_with("application/json") {
            self.fresh
                .learn_from_json(&String::from_utf8_lossy(&raw.body));
        }
        for (_, value) in raw.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let text = String::from_utf8_lossy(value);
            let pair = text.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let mut keys = self.keys.iter();
            if let Some(opened) = keys.find_map(|key| open(name, value, key)) {
                self.fresh.learn_from_json(&opened);
            }
        }
    }

    /// The text with the server's addresses, and what it made up, by their names.
    pub fn shown(&self, text: &str) -> String {
        let mut shown = self.fresh.shown(text);
        for (origin, name) in [
            (&self.origin, "http://server"),
            (&self.other_origin, "http://localhost"),
        ] {
            if !origin.is_empty() {
                let encode = |text: &str| text.replace(':', "%3A").replace('/', "%2F");
                let escape = |text: &str| text.replace('/', "&#x2f;");
                shown = replace_origin(&shown, origin, name);
                shown = replace_origin(&shown, &encode(origin), &encode(name));
                shown = replace_origin(&shown, &escape(origin), &escape(name));
            }
        }
        shown
    }

    /// The shown form of a response: see the module's table. `now` is in unix
    /// seconds, `all` also shows the headers that every response carries.
    pub fn response(&self, raw: &RawResponse, now: i64, all: bool) -> Response {
        let (cookies, headers): (Vec<_>, Vec<_>) = raw
            .headers
            .iter()
            .partition(|(name, _)| name == "set-cookie");
        let mut headers: Vec<(String, String)> = headers
            .into_iter()
            .filter(|(name, _)| all || !COMMON.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), self.header(name, value)))
            .collect();
        headers.sort();
        let mut cookies: Vec<SetCookie> = cookies
            .into_iter()
            .map(|(_, line)| self.set_cookie(&String::from_utf8_lossy(line), now))
            .collect();
        cookies.sort_by_key(ToString::to_string);
        Response {
            status: raw.status,
            reason: raw.reason.clone(),
            headers,
            cookies,
            notes: Vec::new(),
            body: self.shown(&body_text(&raw.body)),
        }
    }

    fn header(&self, name: &str, value: &[u8]) -> String {
        match name {
            "date" => "now".to_owned(),
            "allow" => {
                let text = one_line(&String::from_utf8_lossy(value));
                let mut methods: Vec<&str> = text.split(',').map(str::trim).collect();
                methods.sort_unstable();
                methods.join(", ")
            }
            _ => self.shown(&one_line(&String::from_utf8_lossy(value))),
        }
    }

    /// The shown form of a cookie, its value opened or decoded.
    pub fn cookie(&self, name: &str, value: &str) -> shown::Cookie {
        shown::Cookie {
            name: name.to_owned(),
            value: self.value(name, value),
        }
    }

    /// The shown form of a `Cookie` header: cookies that came with one answer
    /// came in any order, and go back in that order.
    pub fn cookie_header(&self, header: &str) -> String {
        let pairs = header.split("; ").map(|pair| match pair.split_once('=') {
            Some((name, value)) => self.cookie(name, value).to_string(),
            None => one_line(pair),
        });
        let mut pairs: Vec<String> = pairs.collect();
        pairs.sort();
        pairs.join("; ")
    }

    fn value(&self, name: &str, value: &str) -> Value {
        for (age, key) in self.keys.iter().enumerate() {
            if let Some(opened) = open(name, value, key) {
                let shown =
                    one_value(&time::shown(&self.fresh.shown(&opened), self.now));
                return match age {
                    0 => Value::Sealed(shown),
                    _ => Value::SealedWithOldKey(shown),
                };
            }
        }
        if !self.keys.is_empty() && looks_sealed(value) {
            return Value::Unreadable;
        }
        if let Some(read) = signed(value).filter(|_| self.reads_signed) {
            return Value::Signed(one_value(&self.fresh.shown(&read)));
        }
        let shown = match Cookie::parse_encoded(format!("{name}={value}")) {
            Ok(cookie) if !cookie.value().contains('%') => one_value(cookie.value()),
            _ => one_value(value),
        };
        // Or it would be taken for one that was opened.
        let starts = ["sealed", "signed("];
        Value::Plain(match starts.iter().any(|start| shown.starts_with(start)) {
            true => format!("\\u{{73}}{}", &shown[1..]),
            false => shown,
        })
    }

    /// The shown form of a `Set-Cookie` header. `now` is in unix seconds.
    pub fn set_cookie(&self, text: &str, now: i64) -> SetCookie {
        let mut parts = text.split(';').map(str::trim);
        let pair = parts.next().unwrap_or_default();
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        let mut attributes: Vec<Attribute> = Vec::new();
        let (mut age, mut until) = (None, None);
        for part in parts.filter(|part| !part.is_empty()) {
            let (attribute, value) = part.split_once('=').unwrap_or((part, ""));
            let shown = Attribute::parse(&one_line(part));
            match attribute.trim().to_ascii_lowercase().as_str() {
                "max-age" => {
                    age = time::cookie_age(value.trim()).or(age);
                    attributes.push(shown);
                }
                "expires" => {
                    let left = time::cookie_date(value).map(|date| date - now);
                    until = left.or(until);
                    attributes.push(match left {
                        Some(left) if left > 0 => Attribute {
                            name: "Expires".to_owned(),
                            value: Some(time::ahead(left)),
                        },
                        _ => shown,
                    });
                }
                _ => attributes.push(shown),
            }
        }
        // Max-Age wins over Expires (RFC 6265bis, section 5.7).
        let removed = age.or(until).is_some_and(|left| left <= 0);
        if removed {
            let ends = |name: &str| {
                ["Max-Age", "Expires"]
                    .iter()
                    .any(|end| end.eq_ignore_ascii_case(name))
            };
            attributes.retain(|attribute| !ends(attribute.name.trim()));
        }
        attributes.sort_by_key(|attribute| {
            (place(attribute.name.trim()), attribute.to_string())
        });
        SetCookie {
            name: name.to_owned(),
            value: (!removed).then(|| self.value(name, value)),
            attributes,
        }
    }
}

/// The text with `origin` as `name`; `:80` is no part of `:8000`.
fn replace_origin(text: &str, origin: &str, name: &str) -> String {
    let mut parts = text.split(origin);
    let mut replaced = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let longer = part.starts_with(|char: char| char.is_ascii_digit());
        replaced += if longer { origin } else { name };
        replaced += part;
    }
    replaced
}

/// Where an attribute stands in the shown form, whatever order it came in.
fn place(attribute: &str) -> usize {
    const ORDER: [&str; 7] = [
        "Max-Age", "Expires", "Domain", "Path", "Secure", "HttpOnly", "SameSite",
    ];
    ORDER
        .iter()
        .position(|known| known.eq_ignore_ascii_case(attribute))
        .unwrap_or(ORDER.len())
}

/// Opens a private cookie of Rocket (and of the `cookie` crate): AES-256-GCM
/// with the cookie's name as associated data.
fn open(name: &str, value: &str, key: &Key) -> Option<String> {
    let cookie = Cookie::parse_encoded(format!("{name}={value}")).ok()?;
    let opened = CookieJar::new().private(key).decrypt(cookie.into_owned())?;
    Some(opened.value().to_owned())
}

/// Whether a value could be a sealed one: base64 of at least nonce and tag,
/// 28 bytes.
pub fn looks_sealed(value: &str) -> bool {
    let value = value.replace("%2F", "/").replace("%3D", "=");
    value.len() >= 38
        && value.len().is_multiple_of(4)
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// What stands in a session that Flask signed: JSON, in base64, before a time of 4
/// bytes and a signature of 20. Whether the signature fits, only the server knows. A
/// long one is packed by zlib, and begins with a dot: what zlib makes of a text is not
/// the same on each machine.
fn signed(value: &str) -> Option<String> {
    let (packed, value) = match value.strip_prefix('.') {
        Some(rest) => (true, rest),
        None => (false, value),
    };
    let parts: Vec<&str> = value.split('.').collect();
    let [payload, time, signature] = parts[..] else {
        return None;
    };
    if decoded(time)?.len() != 4 || decoded(signature)?.len() != 20 {
        return None;
    }
    let payload = decoded(payload)?;
    if packed {
        return payload.starts_with(b"x").then(|| "…".to_owned());
    }
    let text = String::from_utf8(payload).ok()?;
    (text.starts_with('{') && text.ends_with('}')).then_some(text)
}

/// Base64 as it stands in a URL, without padding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        bits = (bits << 6 | u32::try_from(digit).ok()?) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// The text with control characters written as escapes, so that it stays on
/// its line.
fn one_line(text: &str) -> String {
    escape(text, char::is_control)
}

/// The same for a cookie's value, which a `;` would end, too.
fn one_value(text: &str) -> String {
    escape(text, |char| char == ';' || char.is_control())
}

fn escape(text: &str, unwanted: impl Fn(char) -> bool) -> String {
    text.chars()
        .map(|char| match unwanted(char) {
            true => format!("\\u{{{:x}}}", u32::from(char)),
            false => char.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowledge(keys: &[&Key]) -> Knowledge {
        Knowledge {
            keys: keys.iter().map(|key| (*key).clone()).collect(),
            origin: "http://127.0.0.1:4242".into(),
            other_origin: "http://localhost:4242".into(),
            now: 0,
            fresh: Fresh::default(),
            reads_signed: true,
        }
    }

    fn seal(name: &str, value: &str, key: &Key) -> String {
        let mut jar = CookieJar::new();
        jar.private_mut(key)
            .add(Cookie::new(name.to_owned(), value.to_owned()));
        jar.get(name).unwrap().encoded().stripped().to_string()
    }

    #[test]
    fn a_sealed_value_prints_as_what_was_sealed() {
        let key = Key::generate();
        let set = seal("session", "Ada; Lovelace", &key);
        let shown = knowledge(&[&key]).set_cookie(&format!("{set}; Path=/"), 0);
        assert_eq!(
            shown.to_string(),
            r"session=sealed(Ada\u{3b} Lovelace); Path=/"
        );
    }

    #[test]
    fn a_plain_value_can_not_be_taken_for_a_sealed_one() {
        for (sent, shown) in [
            ("a=sealed(Ada)", r"a=\u{73}ealed(Ada)"),
            ("a=sealed%28Ada%29", r"a=\u{73}ealed(Ada)"),
            (
                "a=sealed with an old key(Ada)",
                r"a=\u{73}ealed with an old key(Ada)",
            ),
            ("a=unsealed", "a=unsealed"),
            (r#"a=signed({"b":1})"#, r#"a=\u{73}igned({"b":1})"#),
            ("a=signed", "a=signed"),
        ] {
            let knowledge = knowledge(&[&Key::generate()]);
            assert_eq!(knowledge.cookie_header(sent), shown);
            assert_eq!(knowledge.set_cookie(sent, 0).to_string(), shown);
        }
    }

    #[test]
    fn a_session_that_flask_signed_prints_as_what_anyone_can_read_in_it() {
        let (time, signature) = ("aSYzGQ", "Z4Hc1cXyB0ZbBvGk3m0oU5J3oXo");
        let signed = format!("session=eyJuYW1lIjoiQWRhIn0.{time}.{signature}");
        let shown = knowledge(&[]).set_cookie(&format!("{signed}; HttpOnly"), 0);
        assert_eq!(
            shown.to_string(),
            r#"session=signed({"name":"Ada"}); HttpOnly"#
        );
        let sealing = knowledge(&[&Key::generate()]);
        assert_eq!(
            sealing.cookie_header(&signed),
            r#"session=signed({"name":"Ada"})"#
        );
        let packed = "session=.eJyrVspLzE1VslJyTFFKqgUAKWsE9g";
        assert_eq!(
            sealing.cookie_header(&format!("{packed}.{time}.{signature}")),
            "session=signed(…)"
        );
        let unread = Knowledge::default().cookie_header(&signed);
        assert_eq!(unread, signed);
    }

    #[test]
    fn what_only_looks_a_little_like_a_signed_session_stays_as_it_is() {
        for sent in [
            // By hand, and without a signature.
            "session=eyJuYW1lIjoiRXZlIn0.made.up",
            "session=eyJuYW1lIjoiRXZlIn0",
            // A token of three parts that are others.
            "session=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJBZGEifQ.Z4Hc1cXyB0ZbBvGk3m0oU5J3oXo",
        ] {
            assert_eq!(knowledge(&[]).cookie_header(sent), sent);
        }
    }

    #[test]
    fn a_value_sealed_with_an_old_key_says_so() {
        let (old, new) = (Key::generate(), Key::generate());
        let sent = seal("session", "Ada", &old);
        assert_eq!(
            knowledge(&[&new, &old]).cookie_header(&sent),
            "session=sealed with an old key(Ada)"
        );
        assert_eq!(
            knowledge(&[&new]).cookie_header(&sent),
            "session=sealed(unreadable)"
        );
    }

    #[test]
    fn the_methods_that_are_allowed_print_in_one_order() {
        for sent in ["POST, OPTIONS", "OPTIONS,POST"] {
            let shown = knowledge(&[]).header("allow", sent.as_bytes());
            assert_eq!(shown, "OPTIONS, POST");
        }
    }

    #[test]
    fn a_date_prints_as_how_far_off_it_is() {
        let shown = knowledge(&[]).set_cookie(
            "a=1; SameSite=Lax; Path=/; Expires=Thu, 08 Jan 1970 00:00:03 GMT",
            0,
        );
        assert_eq!(
            shown.to_string(),
            "a=1; Expires=in 7 days; Path=/; SameSite=Lax"
        );
    }

    #[test]
    fn a_removal_prints_as_removed() {
        let shown = knowledge(&[]).set_cookie(
            "a=; Path=/; Max-Age=0; Expires=Thu, 08 Jan 1970 00:00:00 GMT",
            1_000_000_000,
        );
        assert_eq!(shown.to_string(), "a=; removed; Path=/");
    }

    #[test]
    fn max_age_says_whether_it_is_removed_and_expires_where_there_is_none() {
        for (set_cookie, wanted) in [
            ("a=1; Max-Age=-99999999999999999999", "a=; removed"),
            ("a=1; Max-Age = -1 ; Path=/", "a=; removed; Path=/"),
            (
                "a=1; Max-Age=0; Expires=Tue, 01 Jan 2030 00:00:00 GMT",
                "a=; removed",
            ),
            (
                "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            ),
            (
                "a=1; Max-Age=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "a=; removed",
            ),
        ] {
            let shown = knowledge(&[]).set_cookie(set_cookie, 1_000_000_000);
            assert_eq!(shown.to_string(), wanted, "{set_cookie}");
        }
    }

    #[test]
    fn an_address_of_the_server_is_shown_by_its_name() {
        let shown = knowledge(&[]).shown(
            "http://localhost:4242/a?to=http%3A%2F%2F127.0.0.1%3A4242%2Fb http://127.0.0.1:42421/",
        );
        assert_eq!(
            shown,
            "http://localhost/a?to=http%3A%2F%2Fserver%2Fb http://127.0.0.1:42421/"
        );
    }

    #[test]
    fn headers_are_sorted_and_common_ones_left_out() {
        let header =
            |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        let raw = RawResponse {
            status: 303,
            reason: "See Other".into(),
            headers: vec![
                header("set-cookie", "b=2"),
                header("server", "Rocket"),
                header("location", "http://127.0.0.1:4242/note"),
                header("set-cookie", "a=1"),
                header("date", "Thu, 08 Jan 1970 00:00:03 GMT"),
            ],
            body: Vec::new(),
        };
        let names = |all| -> Vec<String> {
            let shown = knowledge(&[]).response(&raw, 0, all);
            let lines = shown.lines().into_iter();
            lines
                .map(|(name, value)| format!("{name}: {value}"))
                .collect()
        };
        assert_eq!(
            names(false),
            [
                "location: http://server/note",
                "set-cookie: a=1",
                "set-cookie: b=2"
            ]
        );
        assert!(names(true).contains(&"date: now".to_owned()));
    }

    #[test]
    fn a_plain_value_is_decoded() {
        assert_eq!(
            knowledge(&[]).cookie_header("_flash=7:successNote%20saved."),
            "_flash=7:successNote saved."
        );
    }
}
