//! Logging in: who you are, kept in the session. Needs `flash.rs` beside it.

use super::flash::Feedback;
use argon2::password_hash::PasswordHash;
use argon2::{Argon2, PasswordVerifier};
use rocket::form::Form;
use rocket::http::uri::Origin;
use rocket::http::{Cookie, CookieJar, Header, SameSite, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::serde::json;
use rocket::tokio::task::spawn_blocking;
use rocket::{FromForm, Responder, Route, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::{Deserialize, Serialize};
use std::time::{SystemTime, UNIX_EPOCH};

/// Ada's password is `correct horse`. What is stored is its argon2id hash.
const ADA: &str = "$argon2id$v=19$m=19456,t=2,p=1$itulcx7zW8Gq7Yga7oPEFw$2irEFbSWJehHM1OgV0Xhdyw1viTWv2uzTcx75ka1CHc";

// ANCHOR: session
/// What is sealed in the cookie `login`. The times are unix seconds.
#[derive(Serialize, Deserialize)]
struct Session {
    user: String,
    started: u64,
    seen: u64,
}

impl Session {
    const IDLE: u64 = 30 * 60;
    const LONGEST: u64 = 12 * 60 * 60;

    /// The cookie's own expiry is the browser's affair. This is the server's.
    fn is_over(&self, now: u64) -> bool {
        now.saturating_sub(self.seen) > Session::IDLE
            || now.saturating_sub(self.started) > Session::LONGEST
    }

    fn keep(&self, cookies: &CookieJar<'_>) {
        let sealed = json::to_string(self).expect("a name and two numbers are JSON");
        let cookie = Cookie::build(("login", sealed)).same_site(SameSite::Lax);
        cookies.add_private(cookie.expires(None));
    }
}
// ANCHOR_END: session

// ANCHOR: user
/// The reader who is logged in. A route that takes a `User` is for them alone.
struct User {
    name: String,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<User, ()> {
        let cookies = request.cookies();
        let sealed = cookies.get_private("login");
        let session = sealed.and_then(|it| json::from_str::<Session>(it.value()).ok());
        let session = session.filter(|session| !session.is_over(now()));
        let Some(mut session) = session else {
            return Outcome::Forward(Status::Unauthorized);
        };
        // Once a minute is enough to know who is still here.
        if now().saturating_sub(session.seen) > 60 {
            session.seen = now();
            session.keep(cookies);
        }
        Outcome::Success(User { name: session.user })
    }
}
// ANCHOR_END: user

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}

// ANCHOR: private
/// A page for one reader: no cache keeps it, and Back asks for it again.
#[derive(Responder)]
pub struct Private {
    page: Template,
    cache: Header<'static>,
    vary: Header<'static>,
}

impl Private {
    /// This page, with those two headers.
    pub fn new(page: Template) -> Private {
        Private {
            page,
            cache: Header::new("Cache-Control", "no-store"),
            vary: Header::new("Vary", "Cookie"),
        }
    }
}
// ANCHOR_END: private

// ANCHOR: account
#[get("/account/<page>")]
fn account(page: &str, user: User, feedback: Feedback<'_>) -> Private {
    let name = user.name;
    let page = Template::render("login/account", context! { name, page, feedback });
    Private::new(page)
}

/// The same address for everyone else: log in first, and come back.
#[get("/account/<_>", rank = 2)]
fn stranger(origin: &Origin<'_>, cookies: &CookieJar<'_>) -> Flash<Redirect> {
    let was_here = cookies.get("login").is_some();
    cookies.remove("login");
    let form = Redirect::to(uri!(form(Some(origin.to_string()))));
    match was_here {
        true => Flash::warning(form, "Your session is over. Log in again."),
        false => Flash::warning(form, "Log in to see that page."),
    }
}
// ANCHOR_END: account

#[get("/login?<next>")]
fn form(next: Option<String>, feedback: Feedback<'_>) -> Private {
    let next = next.unwrap_or_default();
    Private::new(Template::render("login/form", context! { next, feedback }))
}

#[derive(FromForm)]
struct Login<'r> {
    user: &'r str,
    password: &'r str,
    next: &'r str,
}

// ANCHOR: login
#[post("/login", data = "<form>")]
async fn log_in(form: Form<Login<'_>>, cookies: &CookieJar<'_>) -> Flash<Redirect> {
    let (user, password) = (form.user.to_owned(), form.password.to_owned());
    let checked = spawn_blocking(move || is_right(&user, &password)).await;
    if !checked.unwrap_or(false) {
        let again = Redirect::to(uri!(form(Some(form.next))));
        return Flash::error(again, "That name and password do not fit together.");
    }
    let now = now();
    let session = Session {
        user: "Ada".into(),
        started: now,
        seen: now,
    };
    session.keep(cookies);
    Flash::success(Redirect::to(way_back(form.next)), "Welcome back, Ada.")
}

#[post("/logout")]
fn log_out(cookies: &CookieJar<'_>) -> Flash<Redirect> {
    cookies.remove("login");
    let form = Redirect::to(uri!(form(None::<String>)));
    Flash::success(form, "You are logged out.")
}
// ANCHOR_END: login

// ANCHOR: password
/// Whether the password is this user's. A name that nobody has costs as much
/// time as a wrong password, so that the time tells nothing.
fn is_right(user: &str, password: &str) -> bool {
    let is_known = user == "ada";
    let hash = PasswordHash::new(ADA).expect("a hash in its usual form");
    let fits = Argon2::default()
        .verify_password(password.as_bytes(), &hash)
        .is_ok();
    fits && is_known
}
// ANCHOR_END: password

// ANCHOR: back
/// Where the reader was going, if that is a page of this server's account.
fn way_back(next: &str) -> Origin<'static> {
    let fallback = uri!(account("letters"));
    // Browsers read a backslash as a slash, and pass over control characters.
    if !next.starts_with("/account/") || next.contains(['\\', '\t', '\r', '\n']) {
        return fallback;
    }
    match Origin::parse_owned(next.to_owned()) {
        Ok(origin) => origin.into_normalized(),
        Err(_) => fallback,
    }
}
// ANCHOR_END: back

/// The lesson's routes, to be mounted at `/`.
pub fn routes() -> Vec<Route> {
    routes![account, stranger, form, log_in, log_out]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_adas_password_is_right_and_only_for_her() {
        assert!(is_right("ada", "correct horse"));
        for (user, password) in [
            ("ada", "wrong horse"),
            ("ada", ""),
            ("eve", "correct horse"),
            ("", ""),
            ("Ada", "correct horse"),
        ] {
            assert!(!is_right(user, password), "{user} {password}");
        }
    }

    #[test]
    fn a_session_ends_after_half_an_hour_of_silence_or_twelve_hours() {
        let session = |started, seen| Session {
            user: "Ada".into(),
            started,
            seen,
        };
        let now = 1_000_000;
        assert!(!session(now, now).is_over(now));
        assert!(!session(now - 12 * 3600, now - 1800).is_over(now));
        assert!(session(now - 3600, now - 1801).is_over(now));
        assert!(session(now - 12 * 3600 - 1, now).is_over(now));
        // A clock that was set back ends nobody's session by surprise.
        assert!(!session(now + 100, now + 100).is_over(now));
    }

    /// The cases of Django's `test_is_safe_url`, and some of our own.
    #[test]
    fn a_way_back_never_leads_off_the_server() {
        for next in [
            "http://example.com",
            "http:///example.com",
            "https://example.com",
            "ftp://example.com",
            r"\\example.com",
            r"\\\example.com",
            r"/\\/example.com",
            r"\\//example.com",
            r"/\/example.com",
            r"\/example.com",
            r"/\example.com",
            r"http:/\//example.com",
            r"http:\/example.com",
            r"http:/\example.com",
            "javascript:alert(\"XSS\")",
            "\njavascript:alert(x)",
            "java\nscript:alert(x)",
            "\u{8}//example.com",
            r"http://otherserver\@example.com",
            r"http:\\testserver\@example.com",
            r"http://testserver\me:pass@example.com",
            "http:999999999",
            "\n",
            "",
            "//example.com",
            "///example.com",
            "/",
            "account/x",
            "/accounting",
            r"/account/\example.com",
            "/account/x\r\nSet-Cookie: a=1",
        ] {
            let back = way_back(next).to_string();
            assert_eq!(back, "/account/letters", "{next:?}");
        }
        for next in [
            "/account/orders",
            "/account/orders?page=2",
            "/account/%2F%2Fexample.com",
        ] {
            assert_eq!(way_back(next).to_string(), next);
        }
        assert_eq!(
            way_back("/account//example.com").to_string(),
            "/account/example.com"
        );
    }
}
