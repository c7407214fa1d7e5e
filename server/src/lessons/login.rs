//! Logging in: who you are, kept in the session. Needs `flash.rs` beside it. It is
//! long because a login has two sides: who is let in, and how often one may ask.

use super::flash::Feedback;
use argon2::password_hash::{Output, PasswordHash};
use argon2::{Argon2, Block};
use rocket::form::Form;
use rocket::http::uri::Origin;
use rocket::http::{Cookie, CookieJar, Header, SameSite, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect};
use rocket::serde::json;
use rocket::tokio::sync::Semaphore;
use rocket::tokio::task::spawn_blocking;
use rocket::tokio::time::{sleep, timeout};
use rocket::{FromForm, Responder, Route, State, get, post, routes, uri};
use rocket_dyn_templates::{Template, context};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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
            || self.seen.max(self.started) > now.saturating_add(60)
    }

    fn keep(&self, cookies: &CookieJar<'_>) {
        let sealed = json::to_string(self).expect("a name and two numbers are JSON");
        let cookie = Cookie::build(("login", sealed)).same_site(SameSite::Lax);
        cookies.add_private(cookie.expires(None));
    }
}
// ANCHOR_END: session

impl Session {
    /// A new one, that starts now.
    fn of(user: &str) -> Session {
        let now = now();
        Session {
            user: user.to_owned(),
            started: now,
            seen: now,
        }
    }
}

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

/// What such a page may load and do.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

// ANCHOR: private
/// A page for one reader: no cache keeps it. No script runs in it, and no other
/// site hears its address.
#[derive(Responder)]
pub struct Private {
    page: Template,
    cache: Header<'static>,
    vary: Header<'static>,
    policy: Header<'static>,
    referrer: Header<'static>,
}

impl Private {
    /// This page, with those headers.
    pub fn new(page: Template) -> Private {
        Private {
            page,
            cache: Header::new("Cache-Control", "no-store"),
            vary: Header::new("Vary", "Cookie"),
            policy: Header::new("Content-Security-Policy", POLICY),
            referrer: Header::new("Referrer-Policy", "same-origin"),
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
// ANCHOR_END: account

// ANCHOR: strangers
/// A request without a `User`.
struct Stranger;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Stranger {
    type Error = Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Stranger, Infallible> {
        match request.guard::<User>().await {
            Outcome::Success(_) => Outcome::Forward(Status::NotFound),
            _ => Outcome::Success(Stranger),
        }
    }
}
// ANCHOR_END: strangers

// ANCHOR: sent-away
/// Every page below `/account`, for a stranger: log in first, and come back.
#[get("/account/<_..>")]
fn stranger(
    _stranger: Stranger,
    origin: &Origin<'_>,
    cookies: &CookieJar<'_>,
) -> Flash<Redirect> {
    let form = Redirect::to(uri!(form(Some(origin.to_string()))));
    let was_here = cookies.get("login").is_some();
    cookies.remove("login");
    let why = if was_here {
        "Your session is over. Log in again."
    } else {
        "Log in to see that page."
    };
    Flash::warning(form, why)
}
// ANCHOR_END: sent-away

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
/// What this server's other pages keep: it may be of whoever was here before.
const OTHERS: [&str; 5] = ["session", "visitor", "notes", "inbox", "music"];

#[post("/login", data = "<form>")]
async fn log_in(
    form: Form<Login<'_>>,
    desk: &State<Desk>,
    cookies: &CookieJar<'_>,
) -> Result<Flash<Redirect>, Busy> {
    if !desk.checks(form.user, form.password).await? {
        let again = Redirect::to(uri!(form(Some(form.next))));
        let words = "That name and password do not fit together.";
        return Ok(Flash::error(again, words));
    }
    for name in OTHERS {
        cookies.remove(name);
    }
    Session::of("Ada").keep(cookies);
    let back = Redirect::to(way_back(form.next));
    Ok(Flash::success(back, "Welcome back, Ada."))
}
// ANCHOR_END: login

// ANCHOR: logout
#[post("/logout")]
fn log_out(_user: User, cookies: &CookieJar<'_>) -> Flash<Redirect> {
    cookies.remove("login");
    let form = Redirect::to(uri!(form(None::<String>)));
    Flash::success(form, "You are logged out.")
}

/// Who has no session ends none.
#[post("/logout", rank = 2)]
fn nobody() -> Redirect {
    Redirect::to(uri!(form(None::<String>)))
}
// ANCHOR_END: logout

// ANCHOR: password
/// Whether the password is this user's. A name that nobody has costs as much
/// time as a wrong password, so that the time tells nothing.
fn is_right(user: &str, password: &str, memory: &mut [Block]) -> bool {
    let is_known = user == "ada";
    let kept = PasswordHash::new(ADA).expect("a hash in its usual form");
    let (mut salt, mut made) = ([0; 64], [0; 32]);
    let salt = kept.salt.expect("a salt").decode_b64(&mut salt);
    let salt = salt.expect("a salt in base64");
    let argon2 = Argon2::default();
    let password = password.as_bytes();
    let done = argon2.hash_password_into_with_memory(password, salt, &mut made, memory);
    // `Output` is compared in a time that tells nothing.
    done.is_ok() && Output::new(&made).ok() == kept.hash && is_known
}
// ANCHOR_END: password

// ANCHOR: desk
/// Where passwords are looked at: as many at once as there are cores, each in
/// 19 MiB of memory that is kept for the next.
pub struct Desk {
    places: Semaphore,
    memory: Mutex<Vec<Vec<Block>>>,
    guesses: Guesses,
}

impl Desk {
    async fn checks(&self, user: &str, password: &str) -> Result<bool, Busy> {
        sleep(self.guesses.pause(user)).await;
        let place = timeout(PATIENCE, self.places.acquire());
        let _place = place.await.map_err(|_| Busy::new())?;
        let memory = unpoisoned(&self.memory).pop();
        let mut memory = memory.unwrap_or_else(|| vec![Block::new(); 19 * 1024]);
        let (name, password) = (user.to_owned(), password.to_owned());
        let work = move || (is_right(&name, &password, &mut memory), memory);
        let (right, memory) = spawn_blocking(work).await.map_err(|_| Busy::new())?;
        unpoisoned(&self.memory).push(memory);
        if !right {
            self.guesses.was_wrong(user);
        }
        Ok(right)
    }
}
// ANCHOR_END: desk

impl Default for Desk {
    fn default() -> Desk {
        Desk::with(available_parallelism().map_or(1, usize::from))
    }
}

impl Desk {
    fn with(places: usize) -> Desk {
        Desk {
            places: Semaphore::new(places),
            memory: Mutex::default(),
            guesses: Guesses::default(),
        }
    }
}

// ANCHOR: busy
/// Nobody waits longer for a place.
const PATIENCE: Duration = Duration::from_secs(4);

#[derive(Debug, Responder)]
#[response(status = 503)]
struct Busy {
    words: &'static str,
    later: Header<'static>,
}

impl Busy {
    fn new() -> Busy {
        Busy {
            words: "Too many are logging in. Try again in a few seconds.",
            later: Header::new("Retry-After", PATIENCE.as_secs().to_string()),
        }
    }
}
// ANCHOR_END: busy

/// How much each name was guessed at.
struct Guesses {
    /// When the debt is paid. A name has one of these by its hash, whether
    /// anybody has that name or not.
    paid: Mutex<Vec<Instant>>,
    names: RandomState,
}

// ANCHOR: guesses
/// Each wrong guess at a name is a second of debt, and each second pays one
/// back. What is over ten seconds is waited for, five seconds at the most.
impl Guesses {
    const FREE: Duration = Duration::from_secs(10);
    const LONGEST: Duration = Duration::from_secs(5);

    fn pause(&self, name: &str) -> Duration {
        let paid = unpoisoned(&self.paid)[self.place(name)];
        let debt = paid.saturating_duration_since(Instant::now());
        debt.saturating_sub(Self::FREE).min(Self::LONGEST)
    }

    fn was_wrong(&self, name: &str) {
        let now = Instant::now();
        let most = now + Self::FREE + Self::LONGEST;
        let mut all = unpoisoned(&self.paid);
        let paid = &mut all[self.place(name)];
        *paid = most.min(now.max(*paid) + Duration::from_secs(1));
    }
}
// ANCHOR_END: guesses

impl Guesses {
    /// So many are kept, and no more.
    const HELD: usize = 4096;

    fn place(&self, name: &str) -> usize {
        let hash = self.names.hash_one(name) % Self::HELD as u64;
        usize::try_from(hash).expect("less than 4096")
    }
}

impl Default for Guesses {
    fn default() -> Guesses {
        Guesses {
            paid: Mutex::new(vec![Instant::now(); Self::HELD]),
            names: RandomState::new(),
        }
    }
}

/// What the lock holds is never half changed, so a panic spoils nothing.
fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

// ANCHOR: back
/// Where the reader was going, if that is a page of this server's account.
fn way_back(next: &str) -> Origin<'static> {
    let fallback = uri!(account("letters"));
    // Browsers read a backslash as a slash, pass over control characters, and go
    // up a folder for two dots, also where those are written `%2e%2e`.
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let plain = path.to_ascii_lowercase().replace("%2e", ".");
    let is_dots = |part: &str| part == "." || part == "..";
    if !next.starts_with("/account/")
        || next.contains(['\\', '\t', '\r', '\n'])
        || plain.split('/').any(is_dots)
    {
        return fallback;
    }
    match Origin::parse_owned(next.to_owned()) {
        Ok(origin) => origin.into_normalized(),
        Err(_) => fallback,
    }
}
// ANCHOR_END: back

// ANCHOR: routes
/// The lesson's routes, to be mounted at `/`, with [`Desk`] managed.
pub fn routes() -> Vec<Route> {
    let mut first = routes![stranger];
    // Rocket gives -12 at the least, and an attribute takes no rank below zero.
    first[0].rank = -20;
    let others = routes![account, form, log_in, log_out, nobody];
    first.into_iter().chain(others).collect()
}
// ANCHOR_END: routes

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_adas_password_is_right_and_only_for_her() {
        let mut memory = vec![Block::new(); 19 * 1024];
        assert!(is_right("ada", "correct horse", &mut memory));
        for (user, password) in [
            ("ada", "wrong horse"),
            ("ada", ""),
            ("eve", "correct horse"),
            ("", ""),
            ("Ada", "correct horse"),
        ] {
            assert!(!is_right(user, password, &mut memory), "{user} {password}");
        }
    }

    #[test]
    fn wrong_guesses_are_slowed_alike_for_a_name_that_nobody_has() {
        let guesses = Guesses::default();
        for _ in 0..10 {
            guesses.was_wrong("ada");
            guesses.was_wrong("nobody");
        }
        assert_eq!(guesses.pause("ada"), Duration::ZERO);
        for _ in 0..3 {
            guesses.was_wrong("ada");
            guesses.was_wrong("nobody");
        }
        let (known, unknown) = (guesses.pause("ada"), guesses.pause("nobody"));
        assert!(known > Duration::from_secs(2), "{known:?}");
        assert!(known.abs_diff(unknown).as_millis() < 100);
        assert_eq!(guesses.pause("somebody else"), Duration::ZERO);
    }

    #[test]
    fn however_many_guesses_a_stranger_makes_the_wait_is_five_seconds() {
        let guesses = Guesses::default();
        for _ in 0..100_000 {
            guesses.was_wrong("ada");
        }
        assert!(guesses.pause("ada") <= Guesses::LONGEST);
        assert!(guesses.pause("ada") > Duration::from_secs(4));
        // And fifteen seconds later it is as if there had been none.
        let paid = unpoisoned(&guesses.paid)[guesses.place("ada")];
        assert!(paid <= Instant::now() + Duration::from_secs(15));
    }

    #[test]
    fn who_finds_no_place_for_four_seconds_is_told_when_to_come_back() {
        use rocket::http::ContentType;
        use rocket::local::blocking::Client;
        let config = rocket::Config::debug_default();
        let rocket = rocket::custom(config).manage(Desk::with(0));
        let client = Client::tracked(rocket.mount("/", routes![log_in]));
        let client = client.expect("a server");
        let request = client.post("/login").header(ContentType::Form);
        let answer = request
            .body("user=ada&password=correct+horse&next=")
            .dispatch();
        assert_eq!(answer.status(), Status::ServiceUnavailable);
        assert_eq!(answer.headers().get_one("retry-after"), Some("4"));
        assert_eq!(answer.headers().get_one("set-cookie"), None);
    }

    #[test]
    fn a_handler_that_forgets_to_ask_is_held_all_the_same() {
        use rocket::local::blocking::Client;
        #[get("/account/open")]
        fn forgot() -> &'static str {
            "for everybody"
        }
        let rocket = rocket::custom(rocket::Config::debug_default());
        let rocket = rocket.manage(Desk::with(1)).mount("/", routes());
        let client = Client::tracked(rocket.mount("/", routes![forgot]));
        let client = client.expect("a server");
        let answer = client.get("/account/open").dispatch();
        assert_eq!(answer.status(), Status::SeeOther);
        let sealed = json::to_string(&Session::of("Ada")).expect("JSON");
        let request = client.get("/account/open");
        let answer = request.private_cookie(("login", sealed)).dispatch();
        assert_eq!(answer.into_string().as_deref(), Some("for everybody"));
    }

    #[rocket::async_test]
    async fn no_more_memory_is_taken_than_there_are_places() {
        let desk = Desk::with(2);
        let one = || desk.checks("eve", "a guess");
        let all = [one(), one(), one(), one(), one(), one()];
        for done in rocket::futures::future::join_all(all).await {
            assert!(!done.expect("a place"));
        }
        assert_eq!(unpoisoned(&desk.memory).len(), 2);
        assert_eq!(desk.places.available_permits(), 2);
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
        // Two machines' clocks differ a little. A time that is to come is made up.
        assert!(!session(now + 60, now + 60).is_over(now));
        assert!(session(now, now + 61).is_over(now));
        assert!(session(now + 3600, now).is_over(now));
        assert!(session(u64::MAX, u64::MAX).is_over(now));
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
            "/account/../../x",
            "/account/..",
            "/account/./../login",
            "/account/x/%2e%2E/%2E./login",
            "/account/.%2e/x?page=2",
        ] {
            let back = way_back(next).to_string();
            assert_eq!(back, "/account/letters", "{next:?}");
        }
        for next in [
            "/account/orders",
            "/account/orders?page=2",
            "/account/%2F%2Fexample.com",
            "/account/..letters",
            "/account/orders?next=/../x",
        ] {
            assert_eq!(way_back(next).to_string(), next);
        }
        assert_eq!(
            way_back("/account//example.com").to_string(),
            "/account/example.com"
        );
    }
}
