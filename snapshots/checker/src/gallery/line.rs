//! The cookies of the lesson on the line, and what came of them.

use super::http::{Request, Response};
use super::site::Site;
use cookie::Cookie;
use cookie::time::{Duration, OffsetDateTime};

/// An address, what is said there, and the lines that are set.
type Shelf = (&'static str, &'static str, &'static [&'static str]);

const SHELVES: [Shelf; 9] = [
    (
        "/line",
        "One line, and five words after the value.",
        &["__Host-reader=Ada; Max-Age=604800; Path=/; Secure; HttpOnly; SameSite=Lax"],
    ),
    (
        "/line/ends",
        "Three cookies, and three ends.",
        &[
            "until-closed=Ada; Path=/; SameSite=Strict",
            "minute=Ada; Max-Age=60; Path=/; SameSite=Strict",
            "day=Ada; Expires=tomorrow; Path=/; SameSite=Strict",
        ],
    ),
    (
        "/line/paths",
        "Two cookies, and two paths.",
        &[
            "house=Ada; Path=/; SameSite=Strict",
            "kitchen=Ada; Path=/came/kitchen; SameSite=Strict",
        ],
    ),
    (
        "/line/domains",
        "Three cookies, and two of them name a domain.",
        &[
            "own=Ada; Path=/; SameSite=Strict",
            "family=Ada; Domain=notes.example; Path=/; SameSite=Strict",
            "foreign=Ada; Domain=bank.example; Path=/; SameSite=Strict",
        ],
    ),
    (
        "/line/hidden",
        "Two cookies, and a script sees one.",
        &[
            "open=Ada; Path=/; SameSite=Strict",
            "hidden=Ada; Path=/; HttpOnly; SameSite=Strict",
        ],
    ),
    (
        "/line/secure",
        "One cookie, for a connection that nobody reads.",
        &["secure=Ada; Path=/; Secure; SameSite=Strict"],
    ),
    (
        "/line/sites",
        "Three cookies, and three answers to another site.",
        &[
            "strict=Ada; Path=/; SameSite=Strict",
            "lax=Ada; Path=/; SameSite=Lax",
            "none=Ada; Path=/; Secure; SameSite=None",
        ],
    ),
    (
        "/line/partitioned",
        "Two cookies, and one for this window alone.",
        &[
            "__Host-everywhere=Ada; Path=/; Secure; SameSite=None",
            "__Host-here=Ada; Path=/; Secure; SameSite=None; Partitioned",
        ],
    ),
    (
        "/line/names",
        "Four cookies, and three broken promises.",
        &[
            "__Host-kept=Ada; Path=/; Secure; SameSite=Strict",
            "__Host-path=Ada; Path=/came; Secure; SameSite=Strict",
            "__Host-plain=Ada; Path=/; SameSite=Strict",
            "__Secure-plain=Ada; Path=/; SameSite=Strict",
        ],
    ),
];

impl Site {
    /// The lesson's answer, if the request is for one of its addresses.
    pub fn line(&self, request: &Request) -> Option<Response> {
        let is_get = matches!(request.method.as_str(), "GET" | "HEAD");
        let is_post = request.method == "POST";
        match request.path.as_str() {
            "/came" if is_get || is_post => Some(came(request)),
            "/line/script" if is_post => Some(Response::text(format!(
                "The script read: {}.",
                request.body
            ))),
            path if is_get && path.starts_with("/came/") => Some(came(request)),
            path if is_get => self.shelf(path),
            _ => None,
        }
    }

    fn shelf(&self, path: &str) -> Option<Response> {
        let (_, words, lines) = SHELVES.iter().find(|(found, ..)| *found == path)?;
        let mut response = Response::text(*words);
        let lines = lines.iter().filter(|line| !self.leaves_out(line));
        for line in lines {
            response.set_cookie(self.written(line));
        }
        Some(response)
    }

    fn leaves_out(&self, line: &str) -> bool {
        match self.fault {
            "one-domain-of-three" => line.contains("; Domain="),
            "one-name-of-four" => {
                line.starts_with("__Host-p") || line.starts_with("__Secure-")
            }
            _ => false,
        }
    }

    /// The line, as this server writes it.
    fn written(&self, line: &str) -> String {
        let name = line.split('=').next().unwrap_or_default();
        match (self.fault, name) {
            ("secure-on-any-connection", "secure") => line.replace("; Secure", ""),
            ("line-without-an-age", "__Host-reader") => {
                line.replace("; Max-Age=604800", "")
            }
            ("day-by-its-age", "day") => {
                line.replace("Expires=tomorrow", "Max-Age=86400")
            }
            ("hidden-is-open", "hidden") => line.replace("; HttpOnly", ""),
            ("host-without-secure", "__Host-kept") => line.replace("; Secure", ""),
            ("kitchen-goes-everywhere", "kitchen") => {
                line.replace("/came/kitchen", "/")
            }
            ("strict-is-lax", "strict") => line.replace("Strict", "Lax"),
            ("until-closed-has-an-age", "until-closed") => {
                line.replace("; Path", "; Max-Age=604800; Path")
            }
            _ => line.replace("tomorrow", &in_days(1)),
        }
    }
}

fn came(request: &Request) -> Response {
    let names = request.cookie_names().join(", ");
    Response::text(match names.is_empty() {
        true => "No cookie came.".to_owned(),
        false => format!("These came: {names}."),
    })
}

/// This time in so many days, as a cookie writes it.
pub(super) fn in_days(days: i64) -> String {
    let then = OffsetDateTime::now_utc() + Duration::days(days);
    let cookie = Cookie::build(("day", "")).expires(then).to_string();
    let date = cookie.split_once("Expires=").map(|(_, date)| date);
    date.unwrap_or_default().to_owned()
}
