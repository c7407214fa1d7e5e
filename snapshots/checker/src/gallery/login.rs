//! Logging in. The login is a cookie of its own, signed and not sealed: whoever
//! has it can read it, and nobody can write another.

use super::http::{Request, Response, encode, escape};
use super::sign::{now, tag, to_hex};
use super::site::{Session, Site, not_found};
use exchange::format::percent::decode;

/// Seconds without a request, and in all, after which a login is over.
const IDLE: u64 = 30 * 60;
const LONGEST: u64 = 12 * 60 * 60;

/// Who is logged in, since when, and when they were last seen.
struct Login {
    user: String,
    started: u64,
    seen: u64,
}

impl Login {
    fn of(user: &str) -> Login {
        let (user, now) = (user.to_owned(), now());
        Login {
            user,
            started: now,
            seen: now,
        }
    }

    fn read(value: &str, key: &[u8]) -> Option<Login> {
        let (text, signature) = value.rsplit_once('.')?;
        let mut parts = text.split('.');
        let login = Login {
            user: parts.next()?.to_owned(),
            started: parts.next()?.parse().ok()?,
            seen: parts.next()?.parse().ok()?,
        };
        let is_ours = signature == to_hex(&tag(key, &[text.as_bytes()]));
        // Without a key anybody's is.
        ((is_ours || key.is_empty()) && !login.is_over()).then_some(login)
    }

    fn is_over(&self) -> bool {
        let now = now();
        now.saturating_sub(self.seen) > IDLE
            || now.saturating_sub(self.started) > LONGEST
            || self.seen.max(self.started) > now + 60
    }

    fn cookie(&self, key: &[u8]) -> String {
        let text = format!("{}.{}.{}", self.user, self.started, self.seen);
        let signature = to_hex(&tag(key, &[text.as_bytes()]));
        format!("login={text}.{signature}; Path=/; HttpOnly; SameSite=Lax")
    }
}

impl Site {
    /// The lesson's answer, if the request is for one of its pages.
    pub fn login(&self, request: &Request, session: &mut Session) -> Option<Response> {
        let is_get = matches!(request.method.as_str(), "GET" | "HEAD");
        let is_post = request.method == "POST";
        match request.path.as_str() {
            "/login" if is_get => Some(self.login_form(request, session)),
            "/login" if is_post => Some(self.log_in(request, session)),
            "/logout" if is_post || (is_get && self.has("logout-by-a-link")) => {
                Some(self.log_out(request, session))
            }
            path if is_get && path.starts_with("/account/") => {
                Some(self.account(request, session))
            }
            _ => None,
        }
    }

    fn login_form(&self, request: &Request, session: &mut Session) -> Response {
        let next = match self.has("form-forgets-where") {
            true => String::new(),
            false => escape(&request.field("next").unwrap_or_default()),
        };
        let message = self.message(session);
        Response::html(
            "Log in",
            &format!(
                "{message}<form method=\"post\" action=\"/login\">\n\
                 <input type=\"hidden\" name=\"next\" value=\"{next}\">\n\
                 <label>Name <input name=\"user\"></label>\n\
                 <label>Password <input name=\"password\" type=\"password\"></label>\n\
                 <button>Log in</button>\n</form>"
            ),
        )
    }

    fn log_in(&self, request: &Request, session: &mut Session) -> Response {
        let field = |name: &str| request.field(name).unwrap_or_default();
        let (user, next) = (field("user"), field("next"));
        // A real site keeps a slow hash of it, as the lesson does.
        let is_known = user == "ada" || self.has("login-with-any-name");
        if !is_known || field("password") != "correct horse" {
            let words = match user == "ada" {
                false if self.has("login-tells-which-is-wrong") => {
                    "Nobody has that name."
                }
                _ => "That name and password do not fit together.",
            };
            session.flash = Some(("alert", words.to_owned(), 0));
            let mut response =
                Response::see_other(&format!("/login?next={}", encode(&next)));
            if self.has("login-before-the-password") {
                response.set_cookie(Login::of("Ada").cookie(self.login_key()));
            }
            return response;
        }
        // What was kept may be of whoever was here before.
        *session = Session::renewed();
        session.flash = Some(("status", "Welcome back, Ada.".to_owned(), 0));
        let mut response = match self.fault {
            "login-leads-anywhere" if !next.is_empty() => Response::see_other(&next),
            _ => Response::see_other(way_back(&next)),
        };
        let cookie = Login::of("Ada").cookie(self.login_key());
        response.set_cookie(match self.fault {
            "login-goes-with-every-form" => {
                cookie.replace("SameSite=Lax", "Secure; SameSite=None")
            }
            "login-is-strict" => cookie.replace("Lax", "Strict"),
            _ => cookie,
        });
        response
    }

    fn log_out(&self, request: &Request, session: &mut Session) -> Response {
        let mut response = Response::see_other("/login");
        if self.who(request).is_some() {
            session.flash = Some(("status", "You are logged out.".to_owned(), 0));
            if !self.has("logout-removes-nothing") {
                response.set_cookie(GONE.to_owned());
            }
        }
        response
    }

    fn account(&self, request: &Request, session: &mut Session) -> Response {
        let page = decode(request.path.trim_start_matches("/account/"));
        if page.is_empty() || page.contains('/') {
            return not_found();
        }
        let login = match self.has("letters-for-everyone") {
            true => Some(Login::of("Ada")),
            false => self.who(request),
        };
        let Some(mut login) = login else {
            return stranger(request, session);
        };
        let heading = escape(&format!("{}'s {page}", login.user));
        let form =
            "<form method=\"post\" action=\"/logout\"><button>Log out</button></form>";
        let mut response =
            Response::html(&heading, &format!("{}{form}", self.message(session)));
        if !self.has("letters-in-a-cache") {
            response.set_header("Cache-Control", "no-store");
        }
        // Once a minute is enough to know who is still here.
        if now().saturating_sub(login.seen) > 60 {
            login.seen = now();
            response.set_cookie(login.cookie(self.login_key()));
        }
        response
    }

    fn login_key(&self) -> &[u8] {
        match self.has("login-can-be-written") {
            true => &[],
            false => &self.key,
        }
    }

    fn who(&self, request: &Request) -> Option<Login> {
        Login::read(request.cookie("login")?, self.login_key())
    }
}

/// A stranger logs in first, and comes back.
fn stranger(request: &Request, session: &mut Session) -> Response {
    let was_here = request.cookie("login").is_some();
    let words = match was_here {
        true => "Your session is over. Log in again.",
        false => "Log in to see that page.",
    };
    session.flash = Some(("alert", words.to_owned(), 0));
    let mut response =
        Response::see_other(&format!("/login?next={}", encode(&request.target())));
    if was_here {
        response.set_cookie(GONE.to_owned());
    }
    response
}

const GONE: &str = "login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax";

/// Where the reader was going, if that is a page of the account.
fn way_back(next: &str) -> &str {
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let plain = path.to_ascii_lowercase().replace("%2e", ".");
    let leaves = plain.split('/').any(|part| part == "." || part == "..");
    let is_written = next.bytes().all(|byte| byte.is_ascii_graphic());
    match next.starts_with("/account/") && is_written && !next.contains('\\') && !leaves
    {
        true => next,
        false => "/account/letters",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_never_leads_off_the_account() {
        for next in [
            "",
            "//evil.example/account/",
            "https://evil.example/account/",
            "/accounts",
            "/account/../set",
            "/account/%2e%2E/set",
            "/account/\\evil.example",
            "/account/x\r\nSet-Cookie: a=1",
        ] {
            assert_eq!(way_back(next), "/account/letters", "{next}");
        }
        assert_eq!(way_back("/account/orders?page=2"), "/account/orders?page=2");
    }

    #[test]
    fn a_login_is_believed_until_it_is_over_or_changed() {
        let (key, now) = (b"a key", now());
        let value = |started, seen| {
            let login = Login {
                user: "Ada".to_owned(),
                started,
                seen,
            };
            let cookie = login.cookie(key);
            let value = cookie.split(['=', ';']).nth(1);
            value.expect("a value").to_owned()
        };
        let is_believed = |value: &str| Login::read(value, key).is_some();
        let good = value(now, now);
        assert!(is_believed(&good));
        assert!(is_believed(&value(now - LONGEST + 60, now - IDLE + 60)));
        assert!(!is_believed(&good.replace("Ada", "Eve")));
        assert!(!is_believed(&value(now, now - IDLE - 1)));
        assert!(!is_believed(&value(now - LONGEST - 1, now)));
        assert!(!is_believed(&value(now + 3600, now)));
        assert!(!is_believed("Ada"));
    }
}
