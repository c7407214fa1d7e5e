//! What the gallery's servers do, with the places where a fault changes it. It is
//! long because it is all of the first six lessons; each later one has a file.

use super::Exhibit;
use super::http::{Request, Response, escape};
use super::line::in_days;
use super::oauth::{Trip, Trips};
use super::webhooks::Inboxes;
use crate::random::random_name;
use crate::unpoisoned::unpoisoned;
use exchange::format::percent::decode;
use std::collections::HashMap;
use std::sync::Mutex;

/// One server: its fault, and what it remembers.
pub struct Site {
    pub(super) fault: &'static str,
    /// What its logins are signed with.
    pub(super) key: Vec<u8>,
    pub(super) inboxes: Inboxes,
    pub(super) trips: Trips,
    /// The name of the last guest.
    guest: Mutex<String>,
    store: Mutex<Store>,
}

#[derive(Default)]
struct Store {
    sessions: HashMap<String, Session>,
    /// What the server with this fault keeps for all.
    everyones: Session,
}

#[derive(Default, Clone)]
pub struct Session {
    name: Option<String>,
    visitor: Option<String>,
    visits: u32,
    sealed: Option<String>,
    notes: Vec<String>,
    pub(super) inbox: Option<String>,
    /// Whose music it shows, and what was asked to show it.
    pub(super) music: Option<String>,
    pub(super) trip: Option<Trip>,
    /// Role and words of the message that waits, and how often it was shown.
    pub(super) flash: Option<(&'static str, String, u32)>,
    /// Whether it goes on under another name.
    is_renewed: bool,
}

const DOES_NOT_FIT: &str = "That note does not fit. Your other notes are safe.";

impl Site {
    /// With this fault, or with none.
    pub fn new(exhibit: Option<&'static Exhibit>) -> Site {
        Site {
            fault: exhibit.map_or("", |exhibit| exhibit.name),
            key: random_name().into_bytes(),
            inboxes: Inboxes::default(),
            trips: Trips::default(),
            guest: Mutex::default(),
            store: Mutex::default(),
        }
    }

    pub(super) fn has(&self, fault: &str) -> bool {
        self.fault == fault
    }

    /// What it answers.
    pub fn answer(&self, request: &Request) -> Response {
        if request.method == "HEAD" && self.has("head-is-not-known") {
            return Response::new("404 Not Found", "text/plain", "");
        }
        let mut store = unpoisoned(&self.store);
        let id = request.cookie("sid").map(str::to_owned);
        let known = id.as_deref().and_then(|id| store.sessions.get(id)).cloned();
        let is_broken = known.is_none() && request.cookie("sid").is_some();
        if is_broken && self.has("broken-cookie-fails") {
            return Response::new(
                "500 Internal Server Error",
                "text/plain",
                "KeyError",
            );
        }
        let before = known.unwrap_or_default();
        let mut session = before.clone();
        self.take_over(request, &store.everyones, &mut session);
        let mut response = self
            .login(request, &mut session)
            .or_else(|| self.webhooks(request, &mut session))
            .or_else(|| self.line(request))
            .or_else(|| self.oauth(request, &mut session))
            .unwrap_or_else(|| self.route(request, &mut session));
        self.lose(request, &response, &mut session);
        self.give_back(request, &mut store.everyones, &mut session, &mut response);
        if !session.is_empty() || !before.is_empty() {
            // A name that came from outside is never taken for a new session.
            let kept = id.filter(|id| store.sessions.contains_key(id));
            let kept = kept.filter(|id| !session.leaves(id, &mut store.sessions));
            let id = kept.clone().unwrap_or_else(|| {
                match self.has("session-names-are-numbers") {
                    true => (store.sessions.len() + 1).to_string(),
                    false => random_name(),
                }
            });
            if self.has("session-forgotten") {
                session.name = None;
            }
            store.sessions.insert(id.clone(), session);
            let is_new = kept.is_none() || self.has("session-renewed-by-each-request");
            if is_new && !self.has("cookie-never-set") {
                response.set_cookie(self.cookie(&id));
            }
        }
        response
    }

    /// The session cookie, as this server writes it.
    fn cookie(&self, id: &str) -> String {
        let line = "Max-Age=604800; Path=/; HttpOnly; SameSite=Lax";
        let line = match self.fault {
            "cookie-readable-by-scripts" => line.replace(" HttpOnly;", ""),
            "cookie-path-too-narrow" => line.replace("Path=/", "Path=/admin"),
            "cookie-dies-at-once" => line.replace("=604800", "=0"),
            "cookie-of-another-domain" => format!("Domain=example.com; {line}"),
            "cookie-for-a-hundred-years" => line.replace("=604800", "=3153600000"),
            "cookie-none-without-secure" => line.replace("=Lax", "=None"),
            "cookie-lives-for-eight-days" => line.replace("=604800", "=691200"),
            "session-is-strict" => line.replace("=Lax", "=Strict"),
            "session-renewed-by-each-request" => {
                line.replace("Max-Age=604800", &format!("Expires={}", in_days(7)))
            }
            _ => line.to_owned(),
        };
        match self.has("cookie-too-large") {
            true => format!("sid={id}{}; {line}", "x".repeat(5000)),
            false => format!("sid={id}; {line}"),
        }
    }

    /// What the faults put into a session from elsewhere.
    fn take_over(&self, request: &Request, everyones: &Session, session: &mut Session) {
        match self.fault {
            "session-in-a-variable" => session.name = everyones.name.clone(),
            "everyone-is-ada" => session.name = Some("Ada".to_owned()),
            "notes-of-everyone" => session.notes = everyones.notes.clone(),
            "visits-of-everyone" => session.visits = everyones.visits,
            "greeting-remembered" => session.visitor = everyones.visitor.clone(),
            "flash-of-everyone" => session.flash = everyones.flash.clone(),
            "cookie-holds-the-name" | "session-can-be-changed" => {
                session.name = request.cookie("session").map(str::to_owned)
            }
            "cookie-holds-the-name-in-hex" => {
                let hex = request.cookie("session").unwrap_or_default();
                let escapes: String = hex
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| format!("%{}", String::from_utf8_lossy(pair)))
                    .collect();
                let is_hex = hex.len().is_multiple_of(2)
                    && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
                session.name = (is_hex && !hex.is_empty()).then(|| decode(&escapes));
            }
            "flash-not-escaped" | "flash-fails-inside-a-character" => {
                // As Rocket's: the length of the kind, the kind, the message.
                let flash = request.cookie("_flash").map(decode);
                let parts = flash.as_deref().and_then(|flash| flash.split_once(':'));
                session.flash = parts.and_then(|(length, text)| {
                    let message = text.get(length.parse().ok()?..)?;
                    Some(("status", message.to_owned(), 0))
                });
            }
            _ => {}
        }
    }

    /// What the faults keep elsewhere than in the session.
    fn give_back(
        &self,
        request: &Request,
        everyones: &mut Session,
        session: &mut Session,
        response: &mut Response,
    ) {
        match self.fault {
            "session-in-a-variable" => {
                everyones.name = session.name.take();
            }
            "everyone-is-ada" => session.name = None,
            "notes-of-everyone" => everyones.notes = session.notes.clone(),
            "visits-of-everyone" => everyones.visits = session.visits,
            "greeting-remembered" => everyones.visitor = session.visitor.clone(),
            "flash-of-everyone" => everyones.flash = session.flash.take(),
            "cookie-holds-the-name"
            | "session-can-be-changed"
            | "cookie-holds-the-name-in-hex" => {
                if let Some(name) = session.name.take() {
                    let hex: String =
                        name.bytes().map(|byte| format!("{byte:02x}")).collect();
                    let value = match self.has("cookie-holds-the-name-in-hex") {
                        true => hex,
                        false => name,
                    };
                    // Who has it keeps it until it ends.
                    if request.cookie("session") != Some(&value) {
                        response.set_cookie(format!(
                            "session={value}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
                        ));
                    }
                }
            }
            "flash-not-escaped" | "flash-fails-inside-a-character" => {
                match session.flash.take() {
                    Some((role, message, _)) => {
                        let kind = if role == "status" {
                            "success"
                        } else {
                            "warning"
                        };
                        response.set_cookie(format!(
                            "_flash={}:{kind}{}; Path=/; Max-Age=300; SameSite=Lax",
                            kind.len(),
                            message.replace(' ', "%20")
                        ));
                    }
                    None if request.cookie("_flash").is_some() => response.set_cookie(
                        "_flash=; Path=/; Max-Age=0; SameSite=Lax".to_owned(),
                    ),
                    None => {}
                }
            }
            _ => {}
        }
    }

    /// The message that a fault loses after an answer.
    fn lose(&self, request: &Request, response: &Response, session: &mut Session) {
        let is_write = request.method == "POST";
        let is_redirect = response.status.starts_with('3');
        let loses = match self.fault {
            "flash-never-shown" => true,
            "flash-lost-on-any-page" => !is_write && !is_redirect,
            "flash-lost-in-a-redirect" => !is_write && is_redirect,
            _ => false,
        };
        if loses {
            session.flash = None;
        }
    }

    fn route(&self, request: &Request, session: &mut Session) -> Response {
        let is_get = matches!(request.method.as_str(), "GET" | "HEAD");
        let is_post = request.method == "POST";
        match request.path.as_str() {
            "/hello" if is_get && self.has("greeting-remembered") => {
                session.visitor = request.field("name").or(session.visitor.take());
                Response::text(format!("Hello, {}!", name(&session.visitor)))
            }
            "/hello" if is_get => {
                Response::text(format!("Hello, {}!", name(&request.field("name"))))
            }
            "/guest" if is_get || is_post => self.guest(request),
            "/set" if is_get => {
                session.name = Some("Ada".to_owned());
                Response::see_other("/greet")
            }
            "/greet"
                if is_get
                    && session.name.is_none()
                    && self.has("stranger-is-sent-away") =>
            {
                Response::see_other("/set")
            }
            "/greet" if is_get => {
                Response::text(format!("Hello, {}!", name(&session.name)))
            }
            "/visits" if is_get && self.has("nothing-at-visits") => not_found(),
            "/visits" if is_get => self.visits(request, session),
            "/seal" if is_get => {
                session.sealed = Some("Ada".to_owned());
                let mut response = Response::see_other("/open");
                response.set_cookie("plain=Ada; Path=/; SameSite=Lax".to_owned());
                response
            }
            "/open" if is_get => Response::text(format!(
                "The plain cookie says {}. The sealed cookie says {}.",
                request.cookie("plain").unwrap_or("nothing"),
                session.sealed.as_deref().unwrap_or("nothing"),
            )),
            "/old-home" if is_get => match self.fault {
                "old-home-shows-a-page" => {
                    Response::text(format!("Hello, {}!", name(&session.name)))
                }
                "old-home-refreshes" => Response::refresh("/greet"),
                "old-home-moved-for-good" => {
                    Response::redirect("301 Moved Permanently", "/greet")
                }
                _ => Response::see_other("/greet"),
            },
            "/first" if is_get && self.has("space-in-a-location") => {
                Response::see_other("/people/Ada Lovelace")
            }
            "/first" if is_get => Response::see_other("/people/Ada%20Lovelace"),
            "/parcel" if is_get => {
                Response::text("It came as a GET, and its contents stayed behind.")
            }
            "/parcel" if is_post => {
                Response::text(format!("It came as a POST, with {}.", request.body))
            }
            "/save" if is_post || self.has("save-by-a-link") => self.save(session),
            "/discard" if is_post => {
                session.flash = Some(("alert", "Note discarded.".to_owned(), 0));
                Response::see_other("/note")
            }
            "/note" if is_get && self.has("note-is-plain-text") => {
                Response::text("A note")
            }
            "/note" if is_get => self.note(request, session),
            "/notes" if is_get => self.notes(session, true),
            "/notes" if is_post => self.add(request, session),
            "/notes/careless" if is_post => {
                let text = request.field("text").unwrap_or_default();
                if !text.trim().is_empty() {
                    session.notes.push(text);
                }
                self.notes(session, false)
            }
            path => self.with_argument(path, is_get, is_post),
        }
    }

    fn visits(&self, request: &Request, session: &mut Session) -> Response {
        let named = request.field("name").filter(|name| name.len() <= 100);
        if self.has("visits-can-be-written") {
            let known = request
                .cookie("been")
                .map_or_else(|| "0;".to_owned(), decode);
            let (visits, known) = known.split_once(';').unwrap_or_default();
            let visitor = named.unwrap_or_else(|| known.to_owned());
            let visits = visits.parse().unwrap_or(0) + 1;
            let shown = Some(visitor.clone()).filter(|visitor| !visitor.is_empty());
            let mut response = visit(&shown, visits);
            response.set_cookie(format!(
                "been={visits}%3B{visitor}; Path=/; HttpOnly; SameSite=Lax"
            ));
            return response;
        }
        session.visitor = named.or(session.visitor.take());
        if session.visits == 0 || !self.has("visits-not-counted") {
            session.visits += 1;
        }
        visit(&session.visitor, session.visits)
    }

    fn note(&self, request: &Request, session: &mut Session) -> Response {
        let flash = request.cookie("_flash").unwrap_or_default();
        if self.has("flash-fails-inside-a-character") && flash.starts_with("1:%") {
            return Response::new(
                "500 Internal Server Error",
                "text/plain",
                "not a char boundary",
            );
        }
        let heading = match self.has("note-has-another-heading") {
            true => "Your notes",
            false => "A note",
        };
        Response::html(heading, &self.message(session))
    }

    fn guest(&self, request: &Request) -> Response {
        let mut guest = unpoisoned(&self.guest);
        if request.method == "POST" {
            if !self.has("guest-not-remembered") {
                guest.clone_from(&request.body);
            }
            return Response::text(format!("I will remember {}.", request.body));
        }
        let name = if guest.is_empty() {
            "stranger"
        } else {
            &**guest
        };
        Response::text(format!("Hello, {name}!"))
    }

    fn with_argument(&self, path: &str, is_get: bool, is_post: bool) -> Response {
        if let Some(name) = path.strip_prefix("/people/").filter(|_| is_get) {
            return Response::text(format!("Hello, {}!", decode(name)));
        }
        match path.strip_prefix("/parcel/").filter(|_| is_post) {
            Some("301" | "302" | "308") if self.has("every-code-is-303") => {
                Response::see_other("/parcel")
            }
            Some("301") => Response::redirect("301 Moved Permanently", "/parcel"),
            Some("302") => Response::redirect("302 Found", "/parcel"),
            Some("303") => Response::see_other("/parcel"),
            Some("307") => Response::redirect("307 Temporary Redirect", "/parcel"),
            Some("308") => Response::redirect("308 Permanent Redirect", "/parcel"),
            _ => not_found(),
        }
    }

    fn save(&self, session: &mut Session) -> Response {
        let words = if self.has("flash-with-other-words") {
            "Saved!"
        } else {
            "Note saved."
        };
        session.flash = Some(("status", words.to_owned(), 0));
        match self.fault {
            "flash-in-the-same-answer" => {
                Response::html("A note", &self.message(session))
            }
            "flash-in-the-address" => {
                session.flash = None;
                Response::see_other("/note?message=Note+saved.")
            }
            "save-refused" => {
                Response::new("403 Forbidden", "text/plain", "CSRF token missing")
            }
            "save-moved-for-good" => {
                Response::redirect("301 Moved Permanently", "/note")
            }
            "save-keeps-the-method" => {
                Response::redirect("307 Temporary Redirect", "/note")
            }
            "save-refreshes" => Response::refresh("/note"),
            "save-leads-elsewhere" => Response::see_other("/save"),
            _ => Response::see_other("/note"),
        }
    }

    /// The message that waits, as markup; it is taken out of the session.
    pub(super) fn message(&self, session: &mut Session) -> String {
        let Some((role, words, shown)) = session.flash.take() else {
            return String::new();
        };
        if self.has("flash-shown-twice") && shown == 0 {
            session.flash = Some((role, words.clone(), 1));
        }
        let words = match self.fault {
            "flash-not-escaped" => words,
            _ => escape(&words),
        };
        match self.fault {
            "flash-shown-double" => format!("<p role=\"{role}\">{words}</p>").repeat(2),
            "flash-without-a-role" => format!("<p>{words}</p>"),
            _ => format!("<p role=\"{role}\">{words}</p>"),
        }
    }

    fn add(&self, request: &Request, session: &mut Session) -> Response {
        let is_own = request.header("origin").is_none_or(|origin| {
            let host = origin.strip_prefix("http://");
            host == request.header("host") && !self.has("own-form-refused")
        });
        if !is_own && !self.has("form-of-any-site") {
            return Response::new("403 Forbidden", "text/plain", "Not from here.");
        }
        let text = request.field("text").unwrap_or_default().trim().to_owned();
        if text.len() >= 2_000 {
            session.flash = Some(match self.has("note-dropped-as-saved") {
                true => ("status", "Note saved.".to_owned(), 0),
                false => ("alert", DOES_NOT_FIT.to_owned(), 0),
            });
            if self.has("notes-lost-with-one-too-long") {
                session.notes.clear();
            }
            return Response::see_other("/notes");
        }
        if text.is_empty() && !self.has("empty-notes-saved") {
            session.flash =
                Some(("alert", "A note needs at least one word.".to_owned(), 0));
            return Response::see_other("/notes");
        }
        if self.has("notes-saved-twice") {
            session.notes.push(text.clone());
        }
        session.notes.push(text);
        if self.has("notes-without-a-redirect") {
            return self.notes(session, false);
        }
        session.flash = Some(("status", "Note saved.".to_owned(), 0));
        Response::see_other("/notes")
    }

    fn notes(&self, session: &mut Session, shows_message: bool) -> Response {
        let mut body = match shows_message {
            true => self.message(session),
            false => String::new(),
        };
        body += "<ul>";
        for note in &session.notes {
            let note = if self.has("notes-not-escaped") {
                note.clone()
            } else {
                escape(note)
            };
            body += &format!("<li>{note}</li>");
        }
        if session.notes.is_empty() {
            body += "<li>There are none yet.</li>";
        }
        Response::html("Your notes", &(body + "</ul>"))
    }
}

/// Who is greeted, where nobody is known.
fn name(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or("stranger")
}

fn visit(visitor: &Option<String>, visits: u32) -> Response {
    let name = name(visitor);
    Response::text(format!("Hello, {name}! This is visit {visits}."))
}

impl Session {
    /// A new one, under another name than the browser's.
    pub(super) fn renewed() -> Session {
        Session {
            is_renewed: true,
            ..Session::default()
        }
    }

    /// Whether it leaves this name, under which nothing is then left.
    fn leaves(&mut self, id: &str, sessions: &mut HashMap<String, Session>) -> bool {
        let leaves = std::mem::take(&mut self.is_renewed);
        if leaves {
            sessions.insert(id.to_owned(), Session::default());
        }
        leaves
    }

    fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.visits == 0
            && self.sealed.is_none()
            && self.notes.is_empty()
            && self.inbox.is_none()
            && self.music.is_none()
            && self.trip.is_none()
            && self.flash.is_none()
    }
}

pub(super) fn not_found() -> Response {
    Response::new("404 Not Found", "text/plain", "There is nothing here.")
}
