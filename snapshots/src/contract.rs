//! The contract view of an exchange: what a server in any language must do for
//! its author to have understood the page.
//!
//! | of the pin | a server must | and need not |
//! |---|---|---|
//! | the status | mean the same: show, send on, refuse | say 303 where 302 does the same (advice) |
//! | `location` | lead to the same address | write it the same way |
//! | a plain body | say the words, as text or inside a page | send `text/plain` |
//! | a page | have its `h1`, its messages (`role="status"`, `role="alert"`) and its list items | have its markup |
//! | the cookies | keep something where the pin does, `HttpOnly` where the pin has it, for every path that needs it | have its names, values and dates |
//!
//! A fault has a [`Kind`], which names it.

use crate::page::{Said, said, visible};
use crate::script::{Directive, Step};
use crate::transcript::{Exchange, Note, Response};

/// What is wrong. The comment is what a reader gets to hear first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    ServerError,
    Missing,
    Refused,
    Accepted,
    NoRedirect,
    MetaRefresh,
    NeedlessRedirect,
    Permanent,
    KeepsMethod,
    OtherStatus,
    WrongLocation,
    BrokenLocation,
    Forgotten,
    SharedByAll,
    Believed,
    OtherWords,
    NotAPage,
    OtherHeading,
    MessageLost,
    MessageAgain,
    OtherMessage,
    Unescaped,
    OtherItems,
    NoCookie,
    DiesAtOnce,
    CookieRefused,
    ReadableByScripts,
    NarrowPath,
    Differs,
    NoAnswer,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 30] = [
        Kind::ServerError,
        Kind::Missing,
        Kind::Refused,
        Kind::Accepted,
        Kind::NoRedirect,
        Kind::MetaRefresh,
        Kind::NeedlessRedirect,
        Kind::Permanent,
        Kind::KeepsMethod,
        Kind::OtherStatus,
        Kind::WrongLocation,
        Kind::BrokenLocation,
        Kind::Forgotten,
        Kind::SharedByAll,
        Kind::Believed,
        Kind::OtherWords,
        Kind::NotAPage,
        Kind::OtherHeading,
        Kind::MessageLost,
        Kind::MessageAgain,
        Kind::OtherMessage,
        Kind::Unescaped,
        Kind::OtherItems,
        Kind::NoCookie,
        Kind::DiesAtOnce,
        Kind::CookieRefused,
        Kind::ReadableByScripts,
        Kind::NarrowPath,
        Kind::Differs,
        Kind::NoAnswer,
    ];

    /// The name in reports: lower case, with hyphens.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What is wrong, in a sentence.
    pub fn headline(self) -> &'static str {
        self.words().1
    }

    /// Why it matters.
    pub fn rationale(self) -> &'static str {
        self.words().2
    }

    /// One hint.
    pub fn hint(self) -> &'static str {
        self.words().3
    }

    /// Whether later steps of the exchange mean nothing after it.
    pub fn stops(self) -> bool {
        !matches!(
            self,
            Kind::ReadableByScripts | Kind::NoCookie | Kind::OtherHeading
        )
    }

    /// Whether the whole answer is another one, so that its cookies mean nothing.
    fn is_other_answer(self) -> bool {
        matches!(
            self,
            Kind::ServerError
                | Kind::Missing
                | Kind::Refused
                | Kind::Accepted
                | Kind::NoRedirect
                | Kind::MetaRefresh
                | Kind::NeedlessRedirect
                | Kind::WrongLocation
        )
    }

    fn words(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Kind::ServerError => (
                "server-error",
                "The server fails.",
                "Whatever a client sends, a server says what is wrong with it. An answer of 500 \
                 means that nobody thought of the case, and a reader who keeps a bad cookie \
                 meets it on every page.",
                "Look at the server's own log for the error. Treat every cookie and field as \
                 text that anyone may have written.",
            ),
            Kind::Missing => (
                "missing",
                "The server has nothing at this address.",
                "The page asks for this method and path.",
                "Add the route. If there is one, compare its method and its path with the request.",
            ),
            Kind::Refused => (
                "refused",
                "The server refuses the request.",
                "The request is a good one: the page's own server answers it.",
                "Compare what the handler expects with the request: field names, content type, \
                 a cookie that need not be there.",
            ),
            Kind::Accepted => (
                "accepted",
                "The server accepts what it should refuse.",
                "A GET must change nothing: links, previews and search engines send it without \
                 asking anybody.",
                "Bind the handler to the one method that it is for.",
            ),
            Kind::NoRedirect => (
                "no-redirect",
                "The server answers with a page, where it should send the browser on.",
                "A page that answers a POST is sent again by reload, and a message in it can't \
                 wait for the next page.",
                "Answer with 303 See Other and a Location, and show the result there.",
            ),
            Kind::MetaRefresh => (
                "meta-refresh",
                "The page refreshes itself. That is no redirect.",
                "A browser that has shown a page has it in its history: Back and reload come to \
                 it, and a client that is no browser never leaves it.",
                "Answer with 303 See Other and a Location header.",
            ),
            Kind::NeedlessRedirect => (
                "needless-redirect",
                "The server sends the browser on, where it should answer.",
                "A redirect here leads away from what was asked for, and perhaps in a circle.",
                "Look at what the handler does when there is no session, or no message.",
            ),
            Kind::Permanent => (
                "permanent",
                "The redirect is permanent: the browser will not ask again.",
                "After 301 or 308 a browser goes to the new address by itself, for as long as \
                 it likes, and your handler is never called.",
                "Answer with 303 See Other.",
            ),
            Kind::KeepsMethod => (
                "keeps-method",
                "The redirect keeps the method: the browser sends its form again, there.",
                "307 and 308 repeat the POST with its body. After a form the next request must be \
                 a GET.",
                "Answer with 303 See Other.",
            ),
            Kind::OtherStatus => (
                "other-status",
                "The status is another one.",
                "This exchange is about the difference between these codes.",
                "Send the very code that the page names.",
            ),
            Kind::WrongLocation => (
                "wrong-location",
                "The redirect leads elsewhere.",
                "The browser goes where Location says, and nowhere else.",
                "Build the address from the route's name, so that it can't drift.",
            ),
            Kind::BrokenLocation => (
                "broken-location",
                "The Location is not an address.",
                "A Location is a URL: a space or a control character in it is not one, and what \
                 a client makes of it is its own affair.",
                "Let the framework build the address; it writes a space as %20.",
            ),
            Kind::Forgotten => (
                "forgotten",
                "The session is lost.",
                "What one request wrote, the next one must find again: HTTP itself remembers \
                 nothing.",
                "Did the browser send the cookie? If not, look at how it was set. If so, look \
                 at how it is read.",
            ),
            Kind::SharedByAll => (
                "shared-by-all",
                "One browser sees what belongs to another.",
                "A value in a variable of the server is there for everyone who asks.",
                "Keep it in the session, which is each browser's own.",
            ),
            Kind::Believed => (
                "believed",
                "The server believes a cookie that it did not write.",
                "Anyone can change a cookie. Only a seal or a signature tells that somebody did.",
                "Seal or sign the session, or keep it on the server under a random name.",
            ),
            Kind::OtherWords => (
                "other-words",
                "The answer says something else.",
                "The words show what the server knows at this moment.",
                "Compare the two lines, and look at what the handler reads.",
            ),
            Kind::NotAPage => (
                "not-a-page",
                "The answer is not an HTML page.",
                "The page's messages and headings are looked for in HTML.",
                "Send content-type: text/html.",
            ),
            Kind::OtherHeading => (
                "other-heading",
                "The page has another heading.",
                "The h1 says which page this is.",
                "Give the page the h1 that the book's has.",
            ),
            Kind::MessageLost => (
                "message-lost",
                "The message is not shown.",
                "A flash message waits until a page shows it. If no page does, the reader never \
                 learns what became of the form.",
                "Keep the message until a page shows it, and print it in an element with \
                 role=\"status\" or role=\"alert\".",
            ),
            Kind::MessageAgain => (
                "message-again",
                "A message is shown that should be gone, or was never sent.",
                "Once shown, a flash message must be taken out of where it waited.",
                "Delete it in the same answer that shows it.",
            ),
            Kind::OtherMessage => (
                "other-message",
                "The message is another one.",
                "The message tells the reader what the request before it did.",
                "Compare the two lines, and look at who wrote the message last.",
            ),
            Kind::Unescaped => (
                "unescaped",
                "The page runs what a stranger wrote.",
                "Text from outside that is printed as it is becomes part of the page: markup, \
                 and scripts too.",
                "Escape it. A template does so by itself, unless it is told not to.",
            ),
            Kind::OtherItems => (
                "other-items",
                "The list has other items.",
                "The list is this browser's own: what it saved, each thing once.",
                "More items than were saved: reload sends the form again, or the list is \
                 everybody's. Fewer: the session lost them.",
            ),
            Kind::NoCookie => (
                "no-cookie",
                "The browser has nothing to remember by.",
                "A server tells browsers apart by what they bring along, and this one brings \
                 nothing.",
                "Set a cookie in this answer.",
            ),
            Kind::DiesAtOnce => (
                "dies-at-once",
                "The cookie is over as soon as it comes.",
                "A cookie with Max-Age=0 or an Expires in the past deletes itself.",
                "Give it a lifetime, or none: then it lasts as long as the browser is open.",
            ),
            Kind::CookieRefused => (
                "cookie-refused",
                "A browser does not keep this cookie.",
                "A browser says nothing about a cookie that it refuses. It is not there on the \
                 next request.",
                "The reason stands behind the cookie's name.",
            ),
            Kind::ReadableByScripts => (
                "readable-by-scripts",
                "Scripts can read the session cookie.",
                "One line of hostile script on any page takes the session along.",
                "Add HttpOnly.",
            ),
            Kind::NarrowPath => (
                "narrow-path",
                "The cookie is not sent to the next page.",
                "A browser sends a cookie to its Path and below, and nowhere else.",
                "Set Path=/.",
            ),
            Kind::Differs => (
                "differs",
                "The answer is not the pinned one.",
                "With --exact, each line of an answer is compared.",
                "Compare the lines. Without --exact only the meaning counts.",
            ),
            Kind::NoAnswer => (
                "no-answer",
                "There is no answer that can be read.",
                "A client has to be able to rely on a whole answer, in time.",
                "Look at the server's own log, and send the request with curl.",
            ),
        }
    }
}

/// One thing that is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What it is.
    pub kind: Kind,
    /// What the pin has, in a line or more.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// How an answer compares with its pin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// What is wrong; nothing when the step passes.
    pub faults: Vec<Fault>,
    /// What is right and could be better.
    pub advice: Vec<String>,
}

impl Verdict {
    fn fault(
        &mut self,
        kind: Kind,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) {
        self.faults.push(Fault {
            kind,
            expected: expected.into(),
            actual: actual.into(),
        });
    }
}

/// The step of an exchange that is compared.
#[derive(Debug, Clone, Copy)]
pub struct Compared<'a> {
    /// What was played.
    pub step: &'a Step,
    /// The step's pin.
    pub pin: &'a Exchange,
    /// Whether any page of the exchange has list items.
    pub has_items: bool,
    /// The paths that later steps of this browser ask for.
    pub later: &'a [&'a str],
}

/// Compares what came with the pin, as far as the contract goes.
pub fn compare(compared: &Compared<'_>, live: &Exchange) -> Verdict {
    let mut verdict = Verdict::default();
    let pin = compared.pin;
    status(pin, live, &mut verdict);
    // An answer of another kind has another body, and no address to go on to.
    if verdict.faults.is_empty() {
        location(pin, live, &mut verdict);
        if (200..300).contains(&pin.response.status) && pin.request.method != "HEAD" {
            body(compared, live, &mut verdict);
        }
    }
    let is_other_answer = |fault: &Fault| fault.kind.is_other_answer();
    if !verdict.faults.iter().any(is_other_answer) {
        cookies(compared, live, &mut verdict);
    }
    verdict
}

fn status_line(response: &Response) -> String {
    format!("{} {}", response.status, response.reason)
        .trim_end()
        .to_owned()
}

fn status(pin: &Exchange, live: &Exchange, verdict: &mut Verdict) {
    let (was, is) = (pin.response.status, live.response.status);
    let is_safe = matches!(pin.request.method.as_str(), "GET" | "HEAD");
    let kind = match (was, is) {
        (_, 500..) => Kind::ServerError,
        (303, 303) => return,
        (303, 302) => {
            verdict.advice.push(
                "302 is 303 to most browsers. 303 says what is meant: go there with a GET."
                    .to_owned(),
            );
            return;
        }
        (303, 307) if is_safe => {
            verdict
                .advice
                .push("307 keeps the method. For a GET it does no harm.".to_owned());
            return;
        }
        (303, 301 | 308) => Kind::Permanent,
        (303, 307) => Kind::KeepsMethod,
        (300..400, 300..400) if was == is => return,
        (300..400, 300..400) => Kind::OtherStatus,
        (300..400, 200..300) if refreshes(&live.response.body) => Kind::MetaRefresh,
        (300..400, 200..300) => Kind::NoRedirect,
        (200..300, 200..300) | (400..500, 400..500) => return,
        (200..300, 300..400) => Kind::NeedlessRedirect,
        (400..500, _) => Kind::Accepted,
        (_, 404 | 405) => Kind::Missing,
        _ => Kind::Refused,
    };
    verdict.fault(
        kind,
        status_line(&pin.response),
        status_line(&live.response),
    );
}

/// Whether a page sends its reader on by itself.
fn refreshes(body: &str) -> bool {
    let body = body.to_ascii_lowercase();
    body.contains("http-equiv=\"refresh\"")
        || body.contains("http-equiv=refresh")
        || body.contains("http-equiv='refresh'")
}

fn location(pin: &Exchange, live: &Exchange, verdict: &mut Verdict) {
    let Some(was) = pin.response.header("location") else {
        return;
    };
    let Some(is) = live.response.header("location") else {
        verdict.fault(
            Kind::WrongLocation,
            format!("location: {was}"),
            "no location",
        );
        return;
    };
    let (expected, actual) = (format!("location: {was}"), format!("location: {is}"));
    if is.is_empty()
        || is.contains(|char: char| char.is_whitespace() || char.is_control())
    {
        verdict.fault(Kind::BrokenLocation, expected, actual);
    } else if resolve(was, &pin.request.target) != resolve(is, &live.request.target) {
        verdict.fault(Kind::WrongLocation, expected, actual);
    }
}

/// Where a `Location` leads from `target` (RFC 3986, section 5.2), written the
/// same way each time: decoded, on the server as a path, the query's parameters
/// in one order.
fn resolve(location: &str, target: &str) -> String {
    // Browsers take a backslash for a slash (WHATWG URL, section 4.4).
    let location = location.replace('\\', "/");
    let location = location.split('#').next().unwrap_or_default();
    let location = ["http://server", "http://localhost"]
        .into_iter()
        .find_map(|own| location.strip_prefix(own))
        .unwrap_or(location);
    let absolute = match location {
        "" if target.is_empty() => "/".to_owned(),
        "" => target.to_owned(),
        _ if location.starts_with('/') || location.contains("://") => {
            location.to_owned()
        }
        _ => {
            let path = target.split('?').next().unwrap_or("/");
            let folder = path.rfind('/').map_or("/", |slash| &path[..=slash]);
            format!("{folder}{location}")
        }
    };
    if absolute.contains("://") || absolute.starts_with("//") {
        return absolute;
    }
    let (path, query) = match absolute.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (absolute.as_str(), None),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').skip(1) {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let path = format!("/{}", parts.join("/"));
    decode(&match query {
        Some(query) => {
            let mut parameters: Vec<&str> = query.split('&').collect();
            parameters.sort_unstable();
            format!("{path}?{}", parameters.join("&"))
        }
        None => path,
    })
}

/// Percent-escapes read as what they stand for.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escape = text_escape(rest);
        match (byte, escape) {
            (b'%', Some(decoded)) => {
                bytes.push(decoded);
                rest = &rest[3..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn text_escape(bytes: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(bytes.get(1..3)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}

fn is_html(response: &Response) -> bool {
    let kind = response.header("content-type").unwrap_or_default();
    kind.to_ascii_lowercase().contains("html")
}

fn body(compared: &Compared<'_>, live: &Exchange, verdict: &mut Verdict) {
    let (was, is) = (&compared.pin.response, &live.response);
    if is_html(was) {
        if !is_html(is) {
            let kind = |response: &Response| {
                format!(
                    "content-type: {}",
                    response.header("content-type").unwrap_or("none")
                )
            };
            verdict.fault(Kind::NotAPage, kind(was), kind(is));
            return;
        }
        page(compared, live, verdict);
        return;
    }
    let wanted = line(&was.body);
    let came = match is_html(is) {
        true => visible(&is.body),
        false => line(&is.body),
    };
    let says = match is_html(is) {
        true => came.contains(&wanted),
        false => came == wanted,
    };
    if !says {
        verdict.fault(other_words(compared, live), wanted, came);
    }
}

/// The text with runs of white space as one space.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What other words in an answer mean, by what was done before it.
fn other_words(compared: &Compared<'_>, live: &Exchange) -> Kind {
    let directives = &compared.step.directives;
    let is_forged = compared.step.header("cookie").is_some()
        || directives.iter().any(|directive| {
            matches!(
                directive,
                Directive::Flip(_) | Directive::Edit { .. } | Directive::Paste(_)
            )
        });
    let sent = |exchange: &Exchange| exchange.request.header("cookie").is_some();
    match (is_forged, compared.step.browser()) {
        (true, _) => Kind::Believed,
        (_, Some(_)) if !sent(compared.pin) => Kind::SharedByAll,
        _ if sent(compared.pin) && says_stranger(live) => Kind::Forgotten,
        _ if !sent(compared.pin)
            && !sent(live)
            && !says_stranger(live)
            && says_stranger(compared.pin) =>
        {
            Kind::SharedByAll
        }
        _ => Kind::OtherWords,
    }
}

/// The word for a browser that the server doesn't know.
fn says_stranger(exchange: &Exchange) -> bool {
    exchange.response.body.contains("stranger")
}

/// Texts of one kind of what a page says.
fn of_kind(said: &[Said], kinds: &[&str]) -> Vec<String> {
    let texts = said.iter().filter(|said| kinds.contains(&said.kind));
    texts.map(|said| said.text.clone()).collect()
}

fn list(texts: &[String]) -> String {
    match texts.is_empty() {
        true => "nothing".to_owned(),
        false => texts.join(" · "),
    }
}

fn page(compared: &Compared<'_>, live: &Exchange, verdict: &mut Verdict) {
    let (was, is) = (said(&compared.pin.response.body), said(&live.response.body));
    let both = |kinds: &[&str]| (of_kind(&was, kinds), of_kind(&is, kinds));

    let (wanted, came) = both(&["heading"]);
    if wanted != came {
        verdict.fault(Kind::OtherHeading, list(&wanted), list(&came));
    }
    let (wanted, came) = both(&["status", "alert"]);
    // Markup that a stranger wrote, as it was written.
    let runs = |texts: &[String]| {
        let mut texts = texts.iter().filter(|text| text.contains('<'));
        texts.any(|text| live.response.body.contains(text.as_str()))
    };
    let kind = match (wanted.is_empty(), came.is_empty()) {
        _ if wanted == came => None,
        (true, _) => Some(Kind::MessageAgain),
        _ if runs(&wanted) => Some(Kind::Unescaped),
        (_, true) => Some(Kind::MessageLost),
        _ if came.len() > wanted.len() => Some(Kind::MessageAgain),
        _ => Some(Kind::OtherMessage),
    };
    if let Some(kind) = kind {
        verdict.fault(kind, list(&wanted), list(&came));
    } else if both(&["status"]).0 != both(&["status"]).1 {
        verdict.advice.push(
            "The message has another role: status is for what went well, alert for what \
             needs the reader now."
                .to_owned(),
        );
    }
    let (wanted, came) = both(&["item"]);
    if compared.has_items && wanted != came {
        let kind = match runs(&wanted) {
            true => Kind::Unescaped,
            false => Kind::OtherItems,
        };
        verdict.fault(kind, list(&wanted), list(&came));
    }
}

/// A `Set-Cookie` that keeps something, by its shown form.
struct Set<'a> {
    name: &'a str,
    text: &'a str,
}

impl Set<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.text.split("; ").skip(1);
        attributes.find_map(|attribute| {
            let (found, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// The cookies that a response asks the browser to keep.
fn sets(response: &Response) -> Vec<Set<'_>> {
    let lines = response
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    lines
        .filter(|(_, text)| !text.split("; ").any(|part| part == "removed"))
        .map(|(_, text)| Set {
            name: text.split('=').next().unwrap_or_default(),
            text,
        })
        .collect()
}

/// The names of the cookies that a response asks the browser to keep.
pub fn kept_names(response: &Response) -> Vec<&str> {
    sets(response).into_iter().map(|set| set.name).collect()
}

/// The names of the same cookies, with their values.
pub fn kept_pairs(response: &Response) -> Vec<(&str, &str)> {
    sets(response)
        .into_iter()
        .filter_map(|set| set.text.split("; ").next()?.split_once('='))
        .collect()
}

fn cookies(compared: &Compared<'_>, live: &Exchange, verdict: &mut Verdict) {
    let (was, is) = (&compared.pin.response, &live.response);
    let (wanted, came) = (sets(was), sets(is));
    for note in &is.notes {
        if let Note::Refuses(refusal) = note
            && !was.notes.contains(note)
        {
            verdict.fault(
                Kind::CookieRefused,
                "every cookie is kept",
                format!("refused {refusal}"),
            );
        }
    }
    let Some(first) = wanted.first() else {
        return;
    };
    let set_line = |set: &Set| format!("set-cookie: {}", set.text);
    // A cookie that the pin leaves to scripts is not the session's.
    let plain = |name: &str| {
        let of_pin = wanted.iter().find(|wanted| wanted.name == name);
        of_pin.is_some_and(|wanted| wanted.attribute("httponly").is_none())
    };
    let sessions: Vec<&Set> = came.iter().filter(|set| !plain(set.name)).collect();
    let keeps_session = is.kept().iter().any(|(name, _)| !plain(name));
    let is_refused = verdict
        .faults
        .iter()
        .any(|fault| fault.kind == Kind::CookieRefused);
    if let Some(text) = dying(live).filter(|_| !keeps_session) {
        verdict.fault(
            Kind::DiesAtOnce,
            set_line(first),
            format!("set-cookie: {text}"),
        );
        return;
    }
    if is.kept().is_empty() && !is_refused {
        let (kind, actual) = match came.first() {
            Some(set) => (Kind::DiesAtOnce, set_line(set)),
            None => (
                Kind::NoCookie,
                "no cookie is set, and the jar is empty".to_owned(),
            ),
        };
        verdict.fault(kind, set_line(first), actual);
        return;
    }
    let wants_http_only = wanted
        .iter()
        .find(|set| set.attribute("httponly").is_some());
    if let (Some(wanted), Some(session)) = (wants_http_only, sessions.first())
        && !sessions
            .iter()
            .any(|set| set.attribute("httponly").is_some())
    {
        verdict.fault(Kind::ReadableByScripts, set_line(wanted), set_line(session));
    }
    // Where the pin's cookies go from here.
    let goes = |target: &str| {
        let paths = wanted
            .iter()
            .map(|set| set.attribute("path").unwrap_or("/"));
        paths.into_iter().any(|path| covers(path, target))
    };
    for set in &came {
        let narrow = set.attribute("path").filter(|path| path.starts_with('/'));
        let misses = |target: &&&str| {
            goes(target) && narrow.is_some_and(|path| !covers(path, target))
        };
        if let Some(target) = compared.later.iter().find(misses) {
            let actual = format!("{} (not sent to {target})", set_line(set));
            verdict.fault(Kind::NarrowPath, set_line(first), actual);
        }
        if set.attribute("samesite").is_none() {
            verdict.advice.push(format!(
                "The cookie {} has no SameSite. Browsers then choose, and not all choose Lax.",
                set.name
            ));
        }
    }
}

/// A `Set-Cookie` that deletes a cookie which the browser did not have.
fn dying(live: &Exchange) -> Option<&str> {
    let sent = live.request.header("cookie").unwrap_or_default();
    let had = |name: &str| {
        sent.split("; ")
            .any(|pair| pair.split('=').next() == Some(name))
    };
    let lines = live
        .response
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    lines
        .map(|(_, text)| text.as_str())
        .filter(|text| text.split("; ").any(|part| part == "removed"))
        .find(|text| text.split('=').next().is_some_and(|name| !had(name)))
}

/// Whether a cookie of this `Path` goes to this target (RFC 6265, section 5.1.4).
fn covers(path: &str, target: &str) -> bool {
    let target = target.split('?').next().unwrap_or_default();
    match target.strip_prefix(path) {
        Some(rest) => path.ends_with('/') || rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use crate::transcript::Transcript;

    fn exchange(text: &str) -> Exchange {
        Transcript::parse(text).unwrap().exchanges.remove(0)
    }

    /// The kinds of fault of a live answer, for one request.
    fn kinds(request: &str, pin: &str, live: &str) -> Vec<Kind> {
        let script = Script::parse(&format!("### T\n{request}\n")).unwrap();
        let request = request.lines().last().unwrap();
        let parse = |answer: &str| exchange(&format!("### T\n> {request}\n{answer}"));
        let compared = Compared {
            step: &script.steps[0],
            pin: &parse(pin),
            has_items: true,
            later: &["/greet"],
        };
        let verdict = compare(&compared, &parse(live));
        verdict.faults.into_iter().map(|fault| fault.kind).collect()
    }

    const SEE_OTHER: &str = "< 303 See Other\n< location: /note\n* keeps nothing\n";

    #[test]
    fn a_redirect_after_a_post_must_lead_on_with_a_get_this_once() {
        for (live, fault) in [
            ("< 303 See Other\n< location: /note\n", None),
            ("< 302 Found\n< location: http://server/note\n", None),
            ("< 302 Found\n< location: note#top\n", None),
            ("< 301 Moved\n< location: /note\n", Some(Kind::Permanent)),
            ("< 308 Moved\n< location: /note\n", Some(Kind::Permanent)),
            (
                "< 307 Temporary\n< location: /note\n",
                Some(Kind::KeepsMethod),
            ),
            (
                "< 303 See Other\n< location: /save\n",
                Some(Kind::WrongLocation),
            ),
            (
                "< 303 See Other\n< location: //note\n",
                Some(Kind::WrongLocation),
            ),
            ("< 303 See Other\n", Some(Kind::WrongLocation)),
            (
                "< 303 See Other\n< location: /no te\n",
                Some(Kind::BrokenLocation),
            ),
            ("< 200 OK\n\nSaved\n", Some(Kind::NoRedirect)),
            (
                "< 200 OK\n\n<meta http-equiv=\"Refresh\" content=\"0\">\n",
                Some(Kind::MetaRefresh),
            ),
            ("< 404 Not Found\n", Some(Kind::Missing)),
            ("< 422 No\n", Some(Kind::Refused)),
            ("< 500 Oh\n", Some(Kind::ServerError)),
        ] {
            assert_eq!(
                kinds("POST /save", SEE_OTHER, live),
                Vec::from_iter(fault),
                "{live}"
            );
        }
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        for (one, other) in [
            (
                "/people/Ada%20Lovelace",
                "http://server/people/Ada%20Lovelace",
            ),
            ("/a/b", "b"),
            ("/b", "../b"),
            ("/a/%C3%A9", "%c3%a9"),
        ] {
            assert_eq!(
                resolve(one, "/a/x?y=1"),
                resolve(other, "/a/x?y=1"),
                "{other}"
            );
        }
        assert_ne!(resolve("/note", "/"), resolve("/\\note", "/"));
        assert_ne!(
            resolve("/note", "/"),
            resolve("http://evil.example/note", "/")
        );
    }

    #[test]
    fn plain_words_may_stand_in_a_page() {
        let pin = "< 200 OK\n< content-type: text/plain\n\nHello, <Ada>!\n";
        for (live, fault) in [
            (
                "< 200 OK\n< content-type: text/html\n\n<h1>Hello,\n&lt;Ada&gt;!</h1>\n",
                None,
            ),
            ("< 200 OK\n\nHello, <Ada>!\n", None),
            (
                "< 200 OK\n< content-type: text/html\n\nHello, <Ada>!\n",
                Some(Kind::OtherWords),
            ),
            ("< 200 OK\n\nHello, Ada!\n", Some(Kind::OtherWords)),
        ] {
            assert_eq!(
                kinds("GET /hello", pin, live),
                Vec::from_iter(fault),
                "{live}"
            );
        }
    }

    #[test]
    fn other_words_are_named_by_what_was_done() {
        let stranger = "< 200 OK\n\nHello, stranger!\n";
        let ada = "< 200 OK\n\nHello, Ada!\n";
        assert_eq!(
            kinds("# @flip a\nGET /greet", stranger, ada),
            [Kind::Believed]
        );
        assert_eq!(
            kinds("# @browser two\nGET /greet", stranger, ada),
            [Kind::SharedByAll]
        );
    }

    fn html(body: &str) -> String {
        format!("< 200 OK\n< content-type: text/html\n\n<h1>Notes</h1>{body}\n")
    }

    #[test]
    fn a_page_says_its_messages_and_items_in_any_markup() {
        let pin = html("<p role=status>Saved.</p><ul><li>&lt;b&gt;Milk</li></ul>");
        for (live, faults) in [
            (
                "<div class=x role=alert>Saved.</div><ol><li>&lt;b&gt;Milk</li></ol>",
                vec![],
            ),
            ("<ul><li>&lt;b&gt;Milk</li></ul>", vec![Kind::MessageLost]),
            (
                "<p role=status>Saved.</p><p role=status>Saved.</p><ul><li>&lt;b&gt;Milk</li></ul>",
                vec![Kind::MessageAgain],
            ),
            (
                "<p role=status>Sent.</p><ul><li>&lt;b&gt;Milk</li></ul>",
                vec![Kind::OtherMessage],
            ),
            (
                "<p role=status>Saved.</p><ul><li><b>Milk</li></ul>",
                vec![Kind::Unescaped],
            ),
            ("<p role=status>Saved.</p>", vec![Kind::OtherItems]),
        ] {
            assert_eq!(kinds("GET /notes", &pin, &html(live)), faults, "{live}");
        }
    }

    #[test]
    fn a_session_cookie_must_live_and_be_out_of_reach() {
        let pin = "< 200 OK\n< set-cookie: session=x; Expires=in 7 days; Path=/; HttpOnly; SameSite=Strict\n* keeps session=x\n";
        for (live, fault) in [
            (
                "< 200 OK\n< set-cookie: sid=1; Path=/; HttpOnly\n* keeps sid=1\n",
                None,
            ),
            ("< 200 OK\n* keeps sid=1\n", None),
            (
                "< 200 OK\n< set-cookie: sid=1; Path=/\n* keeps sid=1\n",
                Some(Kind::ReadableByScripts),
            ),
            (
                "< 200 OK\n< set-cookie: sid=1; Path=/set; HttpOnly\n* keeps sid=1\n",
                Some(Kind::NarrowPath),
            ),
            (
                "< 200 OK\n< set-cookie: sid=1; Path=/greet; HttpOnly\n* keeps sid=1\n",
                None,
            ),
            (
                "< 200 OK\n< set-cookie: sid=; removed; HttpOnly\n* keeps nothing\n",
                Some(Kind::DiesAtOnce),
            ),
            ("< 200 OK\n* keeps nothing\n", Some(Kind::NoCookie)),
            (
                "< 200 OK\n< set-cookie: sid=1; HttpOnly\n* refuses sid: too large\n* keeps nothing\n",
                Some(Kind::CookieRefused),
            ),
        ] {
            assert_eq!(
                kinds("GET /set", pin, live),
                Vec::from_iter(fault),
                "{live}"
            );
        }
    }
}
