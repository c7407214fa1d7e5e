//! The browser that plays a script: it keeps the cookies, a clock and the last
//! answer, and sends one step at a time over a real socket. It is long because a
//! browser is one thing: what a directive changes, a later one sees.

use crate::format::directive;
use crate::format::script::{Directive, Script, Step, own_origin};
use crate::format::time;
use crate::format::transcript::{Note, Request, Transcript, Turn};
use crate::play::delivery;
use crate::play::fresh::{Fresh, Unknown};
use crate::play::http::{self, HttpError, Limits};
use crate::play::jar::{Initiator, Jar, Refusal, Request as JarRequest};
use crate::play::normalize::Knowledge;
use crate::play::redirect;
use crate::play::server::Server;
use cookie::{Cookie, CookieJar};
use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};
use std::time::{SystemTime, UNIX_EPOCH};

/// What playing a script gave.
#[derive(Debug)]
pub struct Played {
    /// The steps that were sent and answered.
    pub transcript: Transcript,
    /// Why the rest was not: the number of the step, counted from 0, and the
    /// reason.
    pub stopped: Option<(usize, Stopped)>,
}

/// Why a script was not played to its end.
#[derive(Debug)]
pub enum Stopped {
    /// The step needs what this server can't be asked for.
    Skipped(&'static str),
    /// The script asks for something that is not there: a cookie to flip, a
    /// redirect to follow.
    Impossible(String),
    /// The server did not answer.
    Http(HttpError),
}

impl Display for Stopped {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Skipped(why) => write!(f, "skipped: {why}"),
            Stopped::Impossible(why) => f.write_str(why),
            Stopped::Http(error) => write!(f, "{error}"),
        }
    }
}

/// Plays `script` against `server`, from empty jars and the present time.
pub fn play(script: &Script, server: &mut dyn Server, limits: &Limits) -> Played {
    play_with(Player::new(server, *limits), script)
}

/// Plays `script` with this player.
pub fn play_with<S: Server>(mut player: Player<S>, script: &Script) -> Played {
    let mut transcript = Transcript::default();
    for (index, step) in script.steps.iter().enumerate() {
        match player.step(step) {
            Ok(exchange) => transcript.turns.push(exchange),
            Err(stopped) => {
                return Played {
                    transcript,
                    stopped: Some((index, stopped)),
                };
            }
        }
    }
    Played {
        transcript,
        stopped: None,
    }
}

/// The browsers of one script, between its steps.
pub struct Player<S> {
    server: S,
    limits: Limits,
    /// By the name a script gives; the first browser has none.
    browsers: HashMap<String, Browser>,
    old_keys: Vec<cookie::Key>,
    /// Value and path.
    copied: HashMap<String, (String, String)>,
    /// What the server has made up.
    fresh: Fresh,
    /// Seconds the browsers' clocks are ahead.
    clock: i64,
    unseen: Option<(&'static str, String)>,
    /// Whether a redirect may lead elsewhere than its script says.
    strays: bool,
    /// Whether what a server signed is shown read.
    reads_signed: bool,
}

#[derive(Default)]
struct Browser {
    jar: Jar,
    /// Where the last answer sent this browser.
    redirected: Option<Redirect>,
}

/// Where an answer sends a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Redirect {
    method: String,
    /// As a transcript has it: a path, or a URL of another host.
    shown: String,
    /// The path and query to ask for.
    target: String,
    /// Where the first of these redirects came from.
    began: Began,
}

impl Redirect {
    /// Whether it leads where the script goes on. The parameters of a query may
    /// come in any order.
    fn leads_to(&self, step: &Step) -> bool {
        self.method == step.method
            && redirect::canonical(&self.shown)
                == redirect::canonical(&shown_target(step))
    }
}

/// How a chain of redirects began.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Began {
    /// The host of the first request, whose page had the link or the form.
    host: String,
    initiator: Initiator,
}

impl<S: Server> Player<S> {
    /// A player with empty jars, at the present time.
    pub fn new(server: S, limits: Limits) -> Player<S> {
        Player {
            server,
            limits,
            browsers: HashMap::new(),
            old_keys: Vec::new(),
            copied: HashMap::new(),
            fresh: Fresh::default(),
            clock: 0,
            unseen: None,
            strays: false,
            reads_signed: false,
        }
    }

    /// The same player, which goes on where its script says when a redirect
    /// leads elsewhere: for those who compare the redirect themselves.
    pub fn that_strays(self) -> Player<S> {
        Player {
            strays: true,
            ..self
        }
    }

    /// The same player, which shows what a server signed as what anyone can read in it.
    pub fn that_reads_signed(self) -> Player<S> {
        Player {
            reads_signed: true,
            ..self
        }
    }

    /// The same player, which adds this header to what it sends. A transcript
    /// doesn't show it: it tells a server who plays, and is no part of a script.
    pub fn with_unseen(self, name: &'static str, value: String) -> Player<S> {
        Player {
            unseen: Some((name, value)),
            ..self
        }
    }

    /// Does what the step's directives say, sends its request, and takes the
    /// answer into the browser's jar.
    ///
    /// # Errors
    ///
    /// Why there is no answer. The jars are then as the directives left them.
    pub fn step(&mut self, step: &Step) -> Result<Turn, Stopped> {
        let name = step.browser().unwrap_or_default().to_owned();
        let mut browser = self.browsers.remove(&name).unwrap_or_default();
        let exchange = self.act(&mut browser, step);
        self.browsers.insert(name, browser);
        exchange
    }

    fn act(&mut self, browser: &mut Browser, step: &Step) -> Result<Turn, Stopped> {
        for directive in &step.directives {
            self.direct(browser, directive, step)?;
        }
        for (name, value) in delivery::made(step, self.now() - self.clock) {
            self.fresh.give(name, value);
        }
        let filled = self.filled(browser, step)?;
        self.send(browser, step, &filled)
    }

    /// The step with what the server made up in its places, and at the address
    /// where a redirect leads it.
    fn filled(&self, browser: &Browser, step: &Step) -> Result<Step, Stopped> {
        let fill =
            |text: &str| self.fill(text).map(|text| self.with_own_address(&text));
        let follows = step.directives.contains(&Directive::Follow);
        let target = match &browser.redirected {
            Some(redirect) if follows && redirect.leads_to(step) => {
                redirect.target.clone()
            }
            _ => fill(&step.target)?,
        };
        let headers = step.headers.iter().map(|(name, value)| {
            let value = self.fill(value)?;
            let value = self.own_origin(name, &value).unwrap_or(value);
            Ok((name.clone(), value))
        });
        Ok(Step {
            target,
            headers: headers.collect::<Result<_, Stopped>>()?,
            body: match step.directives.contains(&Directive::Script) {
                true => self.script_reads(browser, step),
                false => fill(&step.body)?,
            },
            ..step.clone()
        })
    }

    /// What a script of the page that sends `step` reads of the cookies.
    fn script_reads(&self, browser: &Browser, step: &Step) -> String {
        let host = self.host(step);
        let request = context(step, &host, Initiator::SameSite);
        browser.jar.script_reads(&request, self.now())
    }

    fn fill(&self, text: &str) -> Result<String, Stopped> {
        self.fresh
            .fill(text)
            .map_err(|Unknown(name)| match self.server.key() {
                None => Stopped::Skipped(
                    "it needs a value that only the server and its cookies know",
                ),
                Some(_) => Stopped::Impossible(Unknown(name).to_string()),
            })
    }

    /// The text with an author's own server, percent-encoded as a query has it,
    /// as the one that this script is played against.
    fn with_own_address(&self, text: &str) -> String {
        let port = self.server.address().port();
        let mut with = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(ENCODED) {
            let host = ["127.0.0.1", "localhost"]
                .into_iter()
                .find(|host| after.strip_prefix(host).is_some_and(has_port));
            with += before;
            with += ENCODED;
            rest = after;
            if let Some(host) = host {
                with += &format!("{}%3A{port}", self.host_of(host));
                let after = &rest[host.len() + 3..];
                rest = after.trim_start_matches(|char: char| char.is_ascii_digit());
            }
        }
        with + rest
    }

    /// The origin of the server's own pages, where a script has that of an author's
    /// own server.
    fn own_origin(&self, name: &str, value: &str) -> Option<String> {
        let host = own_origin(name, value)?;
        let port = self.server.address().port();
        Some(format!("http://{}:{port}", self.host_of(host)))
    }

    /// The host that a step asks.
    fn host(&self, step: &Step) -> String {
        self.host_of(step.host.as_deref().unwrap_or("127.0.0.1"))
    }

    /// The server's name where a script says `host`. Its other name is another
    /// host to a cookie; a server that is not on loopback has none.
    fn host_of(&self, host: &str) -> String {
        let own = self.server.host();
        match (host, own.as_str()) {
            ("127.0.0.1", _) => own,
            ("localhost", "127.0.0.1") => "localhost".to_owned(),
            ("localhost", "localhost") => "127.0.0.1".to_owned(),
            ("localhost", _) => own,
            (other, _) => other.to_owned(),
        }
    }

    fn knowledge(&self) -> Knowledge {
        let port = self.server.address().port();
        let old = self.old_keys.iter().rev().cloned();
        Knowledge {
            keys: self.server.key().into_iter().chain(old).collect(),
            origin: format!("http://{}:{port}", self.host_of("127.0.0.1")),
            other_origin: format!("http://{}:{port}", self.host_of("localhost")),
            now: self.now() - self.clock,
            fresh: self.fresh.clone(),
            reads_signed: self.reads_signed,
        }
    }

    fn direct(
        &mut self,
        browser: &mut Browser,
        directive: &Directive,
        step: &Step,
    ) -> Result<(), Stopped> {
        let now = self.now();
        let missing = |name: &str| {
            Stopped::Impossible(format!(
                "the browser has no cookie `{name}` at this step"
            ))
        };
        match directive {
            Directive::Browser(_)
            | Directive::CrossSite
            | Directive::Subresource
            | Directive::Script
            | Directive::AllHeaders
            | Directive::Needs(_)
            | Directive::Exact => {}
            Directive::Fresh => browser.jar = Jar::default(),
            Directive::Close => browser.jar.close(),
            Directive::Clock(seconds) => self.clock += seconds,
            Directive::Edit { name, value } => {
                if !browser.jar.edit(name, value, now) {
                    return Err(missing(name));
                }
            }
            Directive::Flip(name) => {
                let flipped = browser
                    .jar
                    .get(name, now)
                    .and_then(|cookie| flip(&cookie.value));
                match flipped {
                    Some(value) => browser.jar.edit(name, &value, now),
                    None => return Err(missing(name)),
                };
            }
            Directive::Forget(name) => {
                if !browser.jar.forget(name, now) {
                    return Err(missing(name));
                }
            }
            Directive::Copy(name) => {
                // A server may have no such cookie; it is missed where it is pasted.
                if let Some(cookie) = browser.jar.get(name, now) {
                    let copied = (cookie.value.clone(), cookie.path.clone());
                    self.copied.insert(name.clone(), copied);
                }
            }
            Directive::Paste(name) => {
                let (value, path) =
                    self.copied.get(name).ok_or_else(|| missing(name))?;
                if !browser.jar.edit(name, value, now) {
                    let plain = format!("{name}={value}; Path={path}");
                    let host = self.host(step);
                    let request = context(step, &host, Initiator::SameSite);
                    browser
                        .jar
                        .receive(plain.as_bytes(), &request, now)
                        .map_err(|refused| Stopped::Impossible(refused.to_string()))?;
                }
            }
            Directive::Seal { name, value } => self.seal(browser, step, name, value)?,
            Directive::Follow if self.strays => {}
            Directive::Follow => follows(browser, step)?,
            Directive::Restart { another_key } => self.restart(*another_key)?,
        }
        Ok(())
    }

    /// Puts a value into the jar as the server would have sealed it.
    fn seal(
        &self,
        browser: &mut Browser,
        step: &Step,
        name: &str,
        value: &str,
    ) -> Result<(), Stopped> {
        let key = self
            .server
            .key()
            .ok_or(Stopped::Skipped(directive::NEEDS_THE_KEY))?;
        let now = self.now();
        let value = self.fill(value)?;
        let cookie =
            Cookie::new(name.to_owned(), time::filled(&value, now - self.clock));
        let mut jar = CookieJar::new();
        jar.private_mut(&key).add(cookie);
        let sealed = jar.get(name).map(|cookie| cookie.encoded().to_string());
        let sealed = sealed.unwrap_or_default();
        let value = sealed.split_once('=').map_or("", |(_, value)| value);
        if browser.jar.edit(name, value, now) {
            return Ok(());
        }
        let set_cookie = format!("{sealed}; Path=/; HttpOnly");
        let host = self.host(step);
        let request = context(step, &host, Initiator::SameSite);
        let received = browser.jar.receive(set_cookie.as_bytes(), &request, now);
        received
            .map(drop)
            .map_err(|refused| Stopped::Impossible(refused.to_string()))
    }

    fn restart(&mut self, another_key: bool) -> Result<(), Stopped> {
        let old = self.server.key();
        self.server
            .restart(another_key)
            .map_err(|reason| match reason {
                None => Stopped::Skipped(directive::NEEDS_A_RESTART),
                Some(why) => {
                    Stopped::Impossible(format!("the server did not restart: {why}"))
                }
            })?;
        if another_key {
            self.old_keys.extend(old);
        }
        Ok(())
    }

    /// Sends `sent`, which is `step` with its places filled.
    fn send(
        &mut self,
        browser: &mut Browser,
        step: &Step,
        sent: &Step,
    ) -> Result<Turn, Stopped> {
        let address = self.server.address();
        let host = self.host(step);
        let began = began(browser.redirected.as_ref(), step, &host);
        let initiator = match began.initiator {
            Initiator::SameSite if began.host != host => Initiator::CrossSite,
            initiator => initiator,
        };
        let context = context(sent, &host, initiator);
        let jar_header = browser.jar.header_for(&context, self.now());
        let unseen = self.unseen.as_ref();
        let bytes =
            request_bytes(sent, &host, address.port(), jar_header.as_deref(), unseen);
        let raw = http::send(address, &step.method, &bytes, &self.limits)
            .map_err(Stopped::Http)?;

        let now = self.now();
        let mut knowledge = self.knowledge();
        knowledge.learn(&raw);
        self.fresh = knowledge.fresh.clone();
        let all = step.directives.contains(&Directive::AllHeaders);
        // A moved clock is the browser's: the server's dates are on the server's.
        let mut response = knowledge.response(&raw, now - self.clock, all);
        for (_, value) in raw.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let received = browser.jar.receive_ahead(value, &context, now, self.clock);
            if let Err(refused) = received {
                response.notes.push(refusal(value, &refused));
            }
        }
        response.notes.sort_by_key(ToString::to_string);
        let kept = browser.jar.cookies(now);
        if kept.is_empty() {
            response.notes.push(Note::KeepsNothing);
        }
        for cookie in kept {
            let shown = knowledge.cookie(&cookie.name, &cookie.value);
            response.notes.push(Note::Keeps(shown));
        }
        browser.redirected = raw
            .header("location")
            .and_then(|location| leads(sent, location, raw.status, &knowledge))
            .map(|(method, shown, target)| Redirect {
                method,
                shown,
                target,
                began,
            });
        let mut request = shown_request(step, jar_header.as_deref(), &knowledge);
        if step.directives.contains(&Directive::Script) {
            request.body = knowledge.cookie_header(&sent.body);
        }
        Ok(Turn {
            title: step.title.clone(),
            request,
            response,
        })
    }

    /// The browsers' time in unix seconds.
    fn now(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX) + self.clock
    }
}

/// A step's request, as the jar looks at it.
fn context<'s>(step: &'s Step, host: &'s str, initiator: Initiator) -> JarRequest<'s> {
    JarRequest {
        host,
        path: step.target.split('?').next().unwrap_or("/"),
        secure: false,
        method: &step.method,
        initiator,
    }
}

fn request_bytes(
    step: &Step,
    host: &str,
    port: u16,
    cookies: Option<&str>,
    unseen: Option<&(&'static str, String)>,
) -> Vec<u8> {
    let mut text = format!("{} {} HTTP/1.1\r\n", step.method, step.target);
    let length = step.body.len().to_string();
    // A browser says so when a form has no field: some servers wait for it
    // (RFC 9110, section 8.6).
    let has_body = !step.body.is_empty()
        || matches!(step.method.as_str(), "POST" | "PUT" | "PATCH");
    // Not beside the coding of a script's own (RFC 9112, section 6.2).
    let says_length = has_body && step.header("transfer-encoding").is_none();
    let added = [
        ("Host", Some(format!("{host}:{port}"))),
        ("Connection", Some("close".to_owned())),
        ("Cookie", cookies.map(str::to_owned)),
        ("Content-Length", says_length.then_some(length)),
    ];
    for (name, value) in added {
        if let (Some(value), None) = (value, step.header(name)) {
            text += &format!("{name}: {value}\r\n");
        }
    }
    for (name, value) in &step.headers {
        text += &format!("{name}: {value}\r\n");
    }
    if let Some((name, value)) = unseen {
        text += &format!("{name}: {value}\r\n");
    }
    text += "\r\n";
    text += &step.body;
    text.into_bytes()
}

/// Percent-encoded `http://`, as the query of a URL has it.
const ENCODED: &str = "http%3A%2F%2F";

/// Whether the text starts with an encoded port.
fn has_port(text: &str) -> bool {
    let port = text.strip_prefix("%3A").unwrap_or_default();
    port.starts_with(|char: char| char.is_ascii_digit())
}

fn shown_request(step: &Step, cookies: Option<&str>, knowledge: &Knowledge) -> Request {
    let mut headers: Vec<(String, String)> = Vec::new();
    if let (Some(cookies), None) = (cookies, step.header("cookie")) {
        headers.push(("cookie".to_owned(), knowledge.cookie_header(cookies)));
    }
    // What the script itself says is shown as it says it.
    for (name, value) in &step.headers {
        headers.push((name.to_ascii_lowercase(), value.clone()));
    }
    Request {
        method: step.method.clone(),
        target: shown_target(step),
        headers,
        body: with_shown_address(&step.body),
    }
}

/// The step's target as a transcript has it: with the host, where it is not the
/// server's own.
fn shown_target(step: &Step) -> String {
    let target = with_shown_address(&step.target);
    match step.host.as_deref() {
        None | Some("127.0.0.1") => target,
        Some(host) => format!("http://{host}{target}"),
    }
}

/// The text with an encoded address of an author's own server as a transcript
/// has it.
fn with_shown_address(text: &str) -> String {
    let mut parts = text.split(ENCODED);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown += ENCODED;
        let own = [("127.0.0.1", "server"), ("localhost", "localhost")];
        let own = own.into_iter().find_map(|(host, name)| {
            let rest = part.strip_prefix(host).filter(|rest| has_port(rest))?;
            Some((
                name,
                rest["%3A".len()..]
                    .trim_start_matches(|char: char| char.is_ascii_digit()),
            ))
        });
        match own {
            Some((name, rest)) => {
                shown += name;
                shown += rest;
            }
            None => shown += part,
        }
    }
    shown
}

fn refusal(set_cookie: &[u8], refusal: &Refusal) -> Note {
    let text = String::from_utf8_lossy(set_cookie);
    let name = text.split(['=', ';']).next().unwrap_or_default().trim();
    Note::Refuses {
        name: name.to_owned(),
        why: refusal.to_string(),
    }
}

/// How the chain of redirects began that this step belongs to.
fn began(redirected: Option<&Redirect>, step: &Step, host: &str) -> Began {
    let follows = step.directives.contains(&Directive::Follow);
    let mut began = match redirected.filter(|_| follows) {
        Some(redirect) => redirect.began.clone(),
        None => Began {
            host: host.to_owned(),
            initiator: Initiator::SameSite,
        },
    };
    for directive in &step.directives {
        match directive {
            Directive::CrossSite => began.initiator = Initiator::CrossSite,
            Directive::Subresource => began.initiator = Initiator::Subresource,
            _ => {}
        }
    }
    began
}

/// Where the answer to `sent` leads a browser: with which method (RFC 9110,
/// section 15.4, and what browsers do: 301 and 302 turn POST into GET), as a
/// transcript has it, and the path and query to ask for.
fn leads(
    sent: &Step,
    location: &str,
    status: u16,
    knowledge: &Knowledge,
) -> Option<(String, String, String)> {
    let method = match (status, sent.method.as_str()) {
        (303, "HEAD") | (301 | 302, "HEAD") => "HEAD",
        (303, _) | (301 | 302, "POST") => "GET",
        (301 | 302 | 307 | 308, method) => method,
        _ => return None,
    };
    let absolute = redirect::resolve(location, &sent.target);
    let mut shown = knowledge.shown(&absolute);
    if let (Some("localhost"), true) = (sent.host.as_deref(), shown.starts_with('/')) {
        shown = format!("http://localhost{shown}");
    }
    let shown = shown.strip_prefix("http://server").unwrap_or(&shown);
    let target = escaped(&redirect::below_host(&absolute));
    Some((method.to_owned(), shown.to_owned(), target))
}

/// The target as a request line can have it, where a space ends it (RFC 9112,
/// section 3).
fn escaped(target: &str) -> String {
    let mut escaped = String::new();
    for byte in target.bytes() {
        match byte.is_ascii_graphic() {
            true => escaped.push(char::from(byte)),
            false => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}

/// Whether the redirect before the step leads where its script says.
fn follows(browser: &Browser, step: &Step) -> Result<(), Stopped> {
    match &browser.redirected {
        Some(redirect) if redirect.leads_to(step) => Ok(()),
        Some(redirect) => Err(Stopped::Impossible(format!(
            "the answer before leads to {} {}, the script to {} {}",
            redirect.method,
            redirect.shown,
            step.method,
            shown_target(step)
        ))),
        None => Err(Stopped::Impossible(
            "the answer before is not a redirect, so there is nothing to follow".into(),
        )),
    }
}

/// The value with one bit flipped near its middle. A letter or digit stands for
/// six bits, as in base64, and its lowest one is flipped; the characters of an
/// escape (`%2F`) are passed over, since they stand for something else.
fn flip(value: &str) -> Option<String> {
    const ALPHABET: &[u8; 62] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut bytes = value.as_bytes().to_vec();
    let escaped = |at: usize| bytes[at.saturating_sub(2)..at].contains(&b'%');
    let middle = bytes.len() / 2;
    let at = (middle..bytes.len())
        .find(|at| bytes[*at].is_ascii_alphanumeric() && !escaped(*at))?;
    let six_bits = ALPHABET.iter().position(|letter| *letter == bytes[at])?;
    bytes[at] = ALPHABET[six_bits ^ 1];
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn step(text: &str) -> Step {
        Script::parse(text).unwrap().steps.remove(0)
    }

    #[test]
    fn the_origin_of_an_authors_own_server_is_that_of_the_server_that_is_asked() {
        let server = crate::play::server::Remote {
            address: SocketAddr::from(([127, 0, 0, 1], 4242)),
            host: "127.0.0.1".to_owned(),
        };
        let player = Player::new(server, Limits::default());
        let sent = |origin: &str| {
            let text = format!("### T\nPOST /notes\nOrigin: {origin}\n");
            let filled = player.filled(&Browser::default(), &step(&text));
            filled.unwrap().header("origin").unwrap().to_owned()
        };
        assert_eq!(sent("http://127.0.0.1:8000"), "http://127.0.0.1:4242");
        assert_eq!(sent("http://elsewhere.example"), "http://elsewhere.example");
        assert_eq!(sent("http://a.example:8000"), "http://a.example:8000");
    }

    #[test]
    fn what_the_script_writes_is_sent_as_written() {
        let step =
            step("### T\nPOST /save\nX-Twice: 1\nx-twice: 2\nCookie: a=%C3%A9\n\nhi\n");
        let bytes = request_bytes(&step, "127.0.0.1", 80, Some("ignored=1"), None);
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "POST /save HTTP/1.1\r\nHost: 127.0.0.1:80\r\nConnection: close\r\nContent-Length: 2\r\n\
             X-Twice: 1\r\nx-twice: 2\r\nCookie: a=%C3%A9\r\n\r\nhi"
        );
    }

    #[test]
    fn a_post_without_a_body_says_so() {
        let sent = |text: &str| {
            let bytes = request_bytes(&step(text), "127.0.0.1", 80, None, None);
            String::from_utf8(bytes).unwrap()
        };
        assert!(sent("### T\nPOST /save\n").contains("Content-Length: 0\r\n"));
        assert!(!sent("### T\nGET /note\n").contains("Content-Length"));
        // Two lengths for one body is how requests are smuggled.
        let chunked = "### T\nPOST /save\nTransfer-Encoding: chunked\n\n0\n\n";
        assert!(!sent(chunked).contains("Content-Length"));
    }

    #[test]
    fn a_flip_changes_one_character_and_never_an_escape() {
        for (value, flipped) in [
            ("AbcDz", "AbdDz"),
            ("ab%2Fz", "ab%2Fy"),
            ("a9%2F%2Fz", "a9%2F%2Fy"),
            ("0", "1"),
            ("zzé", "zzé"),
        ] {
            let found = flip(value);
            assert_eq!(
                found.as_deref(),
                Some(flipped).filter(|_| flipped != value),
                "{value}"
            );
        }
        assert_eq!(flip(""), None);
    }

    #[test]
    fn a_303_turns_a_post_into_a_get_and_a_307_does_not() {
        let sent = step("### T\nPOST /a/save?x=1\n");
        let to = |location, status| {
            leads(&sent, location, status, &Knowledge::default())
                .map(|(method, shown, _)| (method, shown))
        };
        let found = |method: &str, shown: &str| Some((method.into(), shown.into()));
        assert_eq!(to("note", 303), found("GET", "/a/note"));
        assert_eq!(to("note", 307), found("POST", "/a/note"));
        assert_eq!(to("#top", 303), found("GET", "/a/save?x=1"));
        assert_eq!(to("note", 200), None);
    }

    #[test]
    fn an_address_with_a_space_is_escaped_where_it_is_asked_for() {
        let sent = step("### T\nGET /a\n");
        let (_, _, target) =
            leads(&sent, "/b c/é?d=\t%20", 303, &Knowledge::default()).unwrap();
        assert_eq!(target, "/b%20c/%C3%A9?d=%09%20");
    }
}
