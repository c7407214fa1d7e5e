//! Servers with one fault each, and one without. For readers a bug hunt; for
//! the checks the proof that each fault is caught, and named.
//!
//! They share one server in plain Rust, with its sessions in memory under
//! random names: another way of doing what the lessons do with sealed cookies.

use crate::contract::{Kind, decode};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request's head and body may be this long, in bytes.
const LONGEST: usize = 64 * 1024;

/// The lessons that these servers have.
pub const LESSONS: [&str; 6] = [
    "no-memory",
    "session",
    "secret-key",
    "redirects",
    "flash",
    "post-redirect-get",
];

/// What is wrong with a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Its name, as `cargo snapshots gallery` lists it.
    pub name: &'static str,
    /// The exchange that catches it.
    pub caught_by: &'static str,
    /// What the checks call it, and what else they may find because of it.
    pub kinds: &'static [Kind],
}

/// Every fault, in the order of the lessons.
pub const FAULTS: &[Fault] = &[
    fault(
        "greeting-remembered",
        "no-memory/forgotten",
        &[Kind::SharedByAll],
    ),
    fault("nothing-at-visits", "session/typed", &[Kind::Missing]),
    fault(
        "stranger-is-sent-away",
        "session/remembered",
        &[Kind::NeedlessRedirect],
    ),
    fault(
        "session-in-a-variable",
        "session/one-browser-each",
        &[Kind::SharedByAll, Kind::NoCookie, Kind::Believed],
    ),
    fault(
        "everyone-is-ada",
        "session/one-browser-each",
        &[
            Kind::SharedByAll,
            Kind::Believed,
            Kind::NoCookie,
            Kind::OtherWords,
        ],
    ),
    fault(
        "session-forgotten",
        "session/remembered",
        &[Kind::Forgotten],
    ),
    fault(
        "cookie-never-set",
        "session/remembered",
        &[
            Kind::NoCookie,
            Kind::Forgotten,
            Kind::OtherWords,
            Kind::MessageLost,
            Kind::OtherItems,
        ],
    ),
    fault(
        "cookie-readable-by-scripts",
        "session/remembered",
        &[Kind::ReadableByScripts],
    ),
    fault(
        "cookie-path-too-narrow",
        "session/remembered",
        &[Kind::NarrowPath],
    ),
    fault(
        "cookie-dies-at-once",
        "session/remembered",
        &[Kind::DiesAtOnce],
    ),
    fault(
        "cookie-too-large",
        "session/remembered",
        &[Kind::CookieRefused],
    ),
    fault(
        "cookie-of-another-domain",
        "session/remembered",
        &[Kind::CookieRefused],
    ),
    fault(
        "cookie-none-without-secure",
        "session/remembered",
        &[Kind::CookieRefused],
    ),
    fault("visits-of-everyone", "session/typed", &[Kind::SharedByAll]),
    fault("visits-not-counted", "session/typed", &[Kind::OtherWords]),
    fault(
        "cookie-holds-the-name",
        "secret-key/plain-forgery",
        &[Kind::Believed],
    ),
    fault(
        "cookie-holds-the-name-in-hex",
        "secret-key/flipped",
        &[Kind::Believed],
    ),
    fault(
        "broken-cookie-fails",
        "secret-key/flipped",
        &[Kind::ServerError],
    ),
    fault(
        "old-home-shows-a-page",
        "redirects/old-home",
        &[Kind::NoRedirect],
    ),
    fault(
        "old-home-refreshes",
        "redirects/old-home",
        &[Kind::MetaRefresh],
    ),
    fault(
        "old-home-moved-for-good",
        "redirects/old-home",
        &[Kind::Permanent],
    ),
    fault(
        "space-in-a-location",
        "redirects/filled-in",
        &[Kind::BrokenLocation],
    ),
    fault(
        "every-code-is-303",
        "redirects/three-more-codes",
        &[Kind::OtherStatus],
    ),
    fault(
        "flash-in-the-same-answer",
        "flash/shown-once",
        &[Kind::NoRedirect],
    ),
    fault(
        "flash-in-the-address",
        "flash/shown-once",
        &[Kind::WrongLocation, Kind::NoCookie],
    ),
    fault(
        "flash-shown-twice",
        "flash/shown-once",
        &[Kind::MessageAgain],
    ),
    fault(
        "flash-shown-double",
        "flash/shown-once",
        &[Kind::MessageAgain],
    ),
    fault(
        "flash-of-everyone",
        "flash/one-browser-each",
        &[Kind::MessageAgain, Kind::NoCookie],
    ),
    fault(
        "flash-never-shown",
        "flash/shown-once",
        &[Kind::MessageLost, Kind::NoCookie],
    ),
    fault(
        "flash-without-a-role",
        "flash/shown-once",
        &[Kind::MessageLost],
    ),
    fault(
        "flash-with-other-words",
        "flash/shown-once",
        &[Kind::OtherMessage],
    ),
    fault(
        "flash-lost-on-any-page",
        "flash/waits-to-be-shown",
        &[Kind::MessageLost],
    ),
    fault(
        "flash-lost-in-a-redirect",
        "flash/survives-redirects",
        &[Kind::MessageLost],
    ),
    fault("flash-not-escaped", "flash/forged", &[Kind::Unescaped]),
    fault(
        "flash-fails-inside-a-character",
        "flash/half-a-character",
        &[Kind::ServerError],
    ),
    fault("save-refused", "flash/shown-once", &[Kind::Refused]),
    fault(
        "save-moved-for-good",
        "flash/shown-once",
        &[Kind::Permanent],
    ),
    fault(
        "save-keeps-the-method",
        "flash/shown-once",
        &[Kind::KeepsMethod],
    ),
    fault("save-refreshes", "flash/shown-once", &[Kind::MetaRefresh]),
    fault(
        "save-leads-elsewhere",
        "flash/shown-once",
        &[Kind::WrongLocation],
    ),
    fault(
        "save-by-a-link",
        "flash/a-link-saves-nothing",
        &[Kind::Accepted, Kind::MessageAgain],
    ),
    fault("note-is-plain-text", "flash/shown-once", &[Kind::NotAPage]),
    fault(
        "note-has-another-heading",
        "flash/shown-once",
        &[Kind::OtherHeading],
    ),
    fault("head-is-not-known", "flash/eaten-by-head", &[Kind::Missing]),
    fault(
        "notes-without-a-redirect",
        "post-redirect-get/saved-once",
        &[Kind::NoRedirect],
    ),
    fault(
        "notes-saved-twice",
        "post-redirect-get/saved-once",
        &[Kind::OtherItems],
    ),
    fault(
        "notes-of-everyone",
        "post-redirect-get/saved-once",
        &[Kind::OtherItems],
    ),
    fault(
        "notes-not-escaped",
        "post-redirect-get/escaped",
        &[Kind::Unescaped],
    ),
    fault(
        "empty-notes-saved",
        "post-redirect-get/empty",
        &[Kind::OtherMessage, Kind::OtherItems],
    ),
];

const fn fault(
    name: &'static str,
    caught_by: &'static str,
    kinds: &'static [Kind],
) -> Fault {
    Fault {
        name,
        caught_by,
        kinds,
    }
}

/// A server of the gallery, on a port of its own. It goes on until the process
/// ends.
pub struct Exhibit {
    /// Where it listens.
    pub address: SocketAddr,
}

impl Exhibit {
    /// Starts the server with this fault, or without one, on `port` of
    /// loopback; 0 is any free port.
    ///
    /// # Errors
    ///
    /// The port can't be listened on.
    pub fn start(fault: Option<&'static Fault>, port: u16) -> io::Result<Exhibit> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        let site = Arc::new(Site {
            fault: fault.map_or("", |fault| fault.name),
            store: Mutex::default(),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = Arc::clone(&site);
                std::thread::spawn(move || site.serve(stream));
            }
        });
        Ok(Exhibit { address })
    }
}

struct Site {
    fault: &'static str,
    store: Mutex<Store>,
}

#[derive(Default)]
struct Store {
    sessions: HashMap<String, Session>,
    /// What the server with this fault keeps for all.
    everyones: Session,
}

#[derive(Default, Clone)]
struct Session {
    name: Option<String>,
    visitor: Option<String>,
    visits: u32,
    sealed: Option<String>,
    notes: Vec<String>,
    /// Role and words of the message that waits, and how often it was shown.
    flash: Option<(&'static str, String, u32)>,
}

struct Request {
    method: String,
    path: String,
    query: String,
    cookies: Vec<(String, String)>,
    body: String,
}

impl Request {
    fn read(stream: &mut TcpStream) -> Option<Request> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
            bytes.extend(&buffer[..count]);
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut head = httparse::Request::new(&mut headers);
            match head.parse(&bytes).ok()? {
                httparse::Status::Partial if bytes.len() < LONGEST => continue,
                httparse::Status::Partial => return None,
                httparse::Status::Complete(start) => {
                    let text = |name: &str| {
                        let header = head
                            .headers
                            .iter()
                            .find(|header| header.name.eq_ignore_ascii_case(name));
                        header.map(|header| {
                            String::from_utf8_lossy(header.value).into_owned()
                        })
                    };
                    let length: usize = text("content-length")
                        .and_then(|text| text.parse().ok())
                        .unwrap_or(0);
                    if length > LONGEST {
                        return None;
                    }
                    if bytes.len() < start + length {
                        continue;
                    }
                    let target = head.path?;
                    let (path, query) = target.split_once('?').unwrap_or((target, ""));
                    let cookies = text("cookie").unwrap_or_default();
                    let cookies =
                        cookies.split("; ").filter_map(|pair| pair.split_once('='));
                    return Some(Request {
                        method: head.method?.to_owned(),
                        path: path.to_owned(),
                        query: query.to_owned(),
                        cookies: cookies
                            .map(|(name, value)| (name.to_owned(), value.to_owned()))
                            .collect(),
                        body: String::from_utf8_lossy(&bytes[start..start + length])
                            .into_owned(),
                    });
                }
            }
        }
    }

    fn cookie(&self, name: &str) -> Option<&str> {
        let cookie = self.cookies.iter().find(|(found, _)| found == name);
        cookie.map(|(_, value)| value.as_str())
    }

    /// A field of the query or the form.
    fn field(&self, name: &str) -> Option<String> {
        let fields = self.query.split('&').chain(self.body.split('&'));
        fields
            .filter_map(|field| field.split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| decode(&value.replace('+', " ")))
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

struct Response {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Response {
    fn new(status: &'static str, kind: &str, body: impl Into<String>) -> Response {
        Response {
            status,
            headers: vec![("Content-Type", format!("{kind}; charset=utf-8"))],
            body: body.into(),
        }
    }

    fn text(body: impl Into<String>) -> Response {
        Response::new("200 OK", "text/plain", body)
    }

    fn html(heading: &str, body: &str) -> Response {
        let page = format!(
            "<!doctype html>\n<html lang=\"en\"><title>{heading}</title>\n<h1>{heading}</h1>\n{body}\n"
        );
        Response::new("200 OK", "text/html", page)
    }

    fn redirect(status: &'static str, location: &str) -> Response {
        let mut response = Response::new(status, "text/plain", "");
        response.headers.push(("Location", location.to_owned()));
        response
    }

    fn see_other(location: &str) -> Response {
        Response::redirect("303 See Other", location)
    }

    fn refresh(location: &str) -> Response {
        Response::html(
            "On the way",
            &format!("<meta http-equiv=\"refresh\" content=\"0; url={location}\">"),
        )
    }

    fn set_cookie(&mut self, cookie: String) {
        self.headers.push(("Set-Cookie", cookie));
    }
}

impl Site {
    fn has(&self, fault: &str) -> bool {
        self.fault == fault
    }

    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let Some(request) = Request::read(&mut stream) else {
            return;
        };
        let response = self.answer(&request);
        let mut head = format!(
            "HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n",
            response.status,
            response.body.len()
        );
        for (name, value) in response.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let body = if request.method == "HEAD" {
            ""
        } else {
            &response.body
        };
        let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
    }

    fn answer(&self, request: &Request) -> Response {
        if request.method == "HEAD" && self.has("head-is-not-known") {
            return Response::new("404 Not Found", "text/plain", "");
        }
        let mut store = self
            .store
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
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
        let mut response = self.route(request, &mut session);
        self.lose(request, &response, &mut session);
        self.give_back(&mut store.everyones, &mut session, &mut response);
        if !session.is_empty() || !before.is_empty() {
            // A name that came from outside is never taken for a new session.
            let kept = id.filter(|id| store.sessions.contains_key(id));
            let id = kept.clone().unwrap_or_else(random_name);
            if self.has("session-forgotten") {
                session.name = None;
            }
            store.sessions.insert(id.clone(), session);
            if kept.is_none() && !self.has("cookie-never-set") {
                response.set_cookie(self.cookie(&id));
            }
        }
        response
    }

    /// The session cookie, as this server writes it.
    fn cookie(&self, id: &str) -> String {
        match self.fault {
            "cookie-readable-by-scripts" => format!("sid={id}; Path=/; SameSite=Lax"),
            "cookie-path-too-narrow" => {
                format!("sid={id}; Path=/admin; HttpOnly; SameSite=Lax")
            }
            "cookie-dies-at-once" => {
                format!("sid={id}; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
            }
            "cookie-too-large" => format!(
                "sid={id}{}; Path=/; HttpOnly; SameSite=Lax",
                "x".repeat(5000)
            ),
            "cookie-of-another-domain" => {
                format!("sid={id}; Domain=example.com; Path=/; HttpOnly; SameSite=Lax")
            }
            "cookie-none-without-secure" => {
                format!("sid={id}; Path=/; HttpOnly; SameSite=None")
            }
            _ => format!("sid={id}; Path=/; HttpOnly; SameSite=Lax"),
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
            "cookie-holds-the-name" => {
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
            "cookie-holds-the-name" | "cookie-holds-the-name-in-hex" => {
                if let Some(name) = session.name.take() {
                    let hex: String =
                        name.bytes().map(|byte| format!("{byte:02x}")).collect();
                    let value = if self.has("cookie-holds-the-name") {
                        name
                    } else {
                        hex
                    };
                    response.set_cookie(format!(
                        "session={value}; Path=/; HttpOnly; SameSite=Lax"
                    ));
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
                    None => response.set_cookie(
                        "_flash=; Path=/; Max-Age=0; SameSite=Lax".to_owned(),
                    ),
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
        let name = |name: &Option<String>| {
            name.clone().unwrap_or_else(|| "stranger".to_owned())
        };
        match request.path.as_str() {
            "/hello" if is_get && self.has("greeting-remembered") => {
                session.visitor = request.field("name").or(session.visitor.take());
                Response::text(format!("Hello, {}!", name(&session.visitor)))
            }
            "/hello" if is_get => {
                Response::text(format!("Hello, {}!", name(&request.field("name"))))
            }
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
            "/visits" if is_get => {
                session.visitor = request.field("name").or(session.visitor.take());
                session.visits +=
                    if self.has("visits-not-counted") && session.visits > 0 {
                        0
                    } else {
                        1
                    };
                Response::text(format!(
                    "Hello, {}! This is visit {}.",
                    name(&session.visitor),
                    session.visits
                ))
            }
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
            "/note" if is_get => {
                if self.has("flash-fails-inside-a-character")
                    && request
                        .cookie("_flash")
                        .is_some_and(|flash| flash.starts_with("1:%"))
                {
                    return Response::new(
                        "500 Internal Server Error",
                        "text/plain",
                        "not a char boundary",
                    );
                }
                let heading = if self.has("note-has-another-heading") {
                    "Welcome"
                } else {
                    "A note"
                };
                Response::html(heading, &self.message(session))
            }
            "/notes" if is_get => self.notes(session, true),
            "/notes" if is_post => self.add(request, session),
            "/notes/careless" if is_post => {
                session
                    .notes
                    .push(request.field("text").unwrap_or_default());
                self.notes(session, false)
            }
            path => self.with_argument(path, is_get, is_post),
        }
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
    fn message(&self, session: &mut Session) -> String {
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
        let text = request.field("text").unwrap_or_default().trim().to_owned();
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

impl Session {
    fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.visits == 0
            && self.sealed.is_none()
            && self.notes.is_empty()
            && self.flash.is_none()
    }
}

fn not_found() -> Response {
    Response::new("404 Not Found", "text/plain", "There is nothing here.")
}

/// 128 bits that nobody guesses: the standard library's hasher has random keys,
/// which are the operating system's the first time and differ each time.
pub(crate) fn random_name() -> String {
    let part = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}
