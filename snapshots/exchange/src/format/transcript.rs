//! A transcript: what was sent and what came back, as text that reads like
//! `curl -v` and parses back to the same transcript. It is long because what is
//! written here is read here, and nowhere else.
//!
//! ```text
//! ### POST /save answers with a redirect, and the message waits in a cookie
//! > POST /save
//! < 303 See Other
//! < location: /note
//! < set-cookie: _flash=7:successNote saved.; Max-Age=300; Path=/; SameSite=Strict
//! * keeps _flash=7:successNote saved.
//!
//! ### The next page shows it, and clears it
//! > GET /note
//! > cookie: _flash=7:successNote saved.
//! < 200 OK
//! < content-type: text/plain; charset=utf-8
//! < set-cookie: _flash=; removed; Path=/
//! * keeps nothing
//!
//! Note saved.
//! ```
//!
//! A line that starts with `> ` was sent, one with `< ` was received, and one
//! with `* ` says what the browser did with it: which cookies it keeps after
//! this step, which ones it refused and why. A request's body follows its
//! headers after a bare `>`. A response's body follows a blank line, as it is;
//! a body line that could be taken for the next title (`### `) or that starts
//! with a backslash is written with a backslash in front.
//!
//! What changes from run to run is written down the same each time; see
//! [`normalize`](crate::play::normalize).

use super::cookie::{Cookie, Fate, SetCookie};
use std::fmt::{self, Display, Formatter};

/// What a script's steps sent and received, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transcript {
    /// One turn for each step of the script.
    pub turns: Vec<Turn>,
}

/// One request, and the response to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The step's title in the script.
    pub title: String,
    /// What the browser sent.
    pub request: Request,
    /// What the server answered.
    pub response: Response,
}

/// A request as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path and query, as sent.
    pub target: String,
    /// Names in lower case; `host`, `connection` and `content-length` are left out.
    pub headers: Vec<(String, String)>,
    /// The body; empty when none was sent.
    pub body: String,
}

/// A response as it is shown, normalized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The reason phrase after the code.
    pub reason: String,
    /// Names in lower case, sorted, without `set-cookie`.
    pub headers: Vec<(String, String)>,
    /// The `set-cookie` lines, sorted by how they are written.
    pub cookies: Vec<SetCookie>,
    /// What the browser did with the response.
    pub notes: Vec<Note>,
    /// The body without its trailing line breaks.
    pub body: String,
}

/// What the browser did after a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It keeps this cookie after the step.
    Keeps(Cookie),
    /// It keeps no cookie at all after the step.
    KeepsNothing,
    /// It refused a `Set-Cookie`.
    Refuses {
        /// The cookie's name.
        name: String,
        /// The reason.
        why: String,
    },
}

const SET_COOKIE: &str = "set-cookie";

impl Note {
    fn parse(text: &str) -> Option<Note> {
        if text == "keeps nothing" {
            return Some(Note::KeepsNothing);
        }
        if let Some(cookie) = text.strip_prefix("keeps ") {
            return Some(Note::Keeps(Cookie::parse(cookie)));
        }
        let (name, why) = text.strip_prefix("refuses ")?.split_once(": ")?;
        Some(Note::Refuses {
            name: name.to_owned(),
            why: why.to_owned(),
        })
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Note::Keeps(cookie) => write!(f, "keeps {cookie}"),
            Note::KeepsNothing => f.write_str("keeps nothing"),
            Note::Refuses { name, why } => write!(f, "refuses {name}: {why}"),
        }
    }
}

impl Request {
    /// The cookies that the browser brings along.
    pub fn cookies(&self) -> Vec<Cookie> {
        self.header("cookie")
            .map(Cookie::parse_all)
            .unwrap_or_default()
    }

    /// The method and the target, as a request line has them: `POST /save`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    /// The first value of the header `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl Response {
    /// The first value of the header `name` (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Its header lines, `set-cookie` among them, in the order of a transcript.
    pub fn lines(&self) -> Vec<(String, String)> {
        let sorted = |(name, _): &(String, String)| &**name < SET_COOKIE;
        let at = self.headers.partition_point(sorted);
        let mut lines = self.headers.clone();
        let cookies = self.cookies.iter();
        let cookies = cookies.map(|set| (SET_COOKIE.to_owned(), set.to_string()));
        lines.splice(at..at, cookies);
        lines
    }

    /// The cookies the browser keeps after this step.
    pub fn kept(&self) -> impl Iterator<Item = &Cookie> {
        self.notes.iter().filter_map(|note| match note {
            Note::Keeps(cookie) => Some(cookie),
            _ => None,
        })
    }

    /// The cookie of this name that the browser keeps after this step.
    pub fn keeps(&self, name: &str) -> Option<&Cookie> {
        self.kept().find(|cookie| cookie.name == name)
    }

    /// The lines that ask the browser to keep something.
    pub fn sets(&self) -> impl Iterator<Item = &SetCookie> {
        self.cookies.iter().filter(|set| !set.removes())
    }

    /// The notes that the browser refuses a cookie of this name, each with its reason.
    pub fn refusals(&self, name: &str) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(
            move |note| matches!(note, Note::Refuses { name: refused, .. } if refused == name),
        )
    }

    /// What becomes of the cookie of this name in a browser that `had` it before
    /// or not; nothing where it never was.
    pub fn fate(&self, name: &str, had: bool) -> Option<Fate> {
        let sets = self.sets().filter(|set| set.name == name).count();
        // A line that the browser refuses changes nothing.
        let is_set = sets > self.refusals(name).count();
        Fate::of(had, is_set, self.keeps(name).is_some())
    }
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(candidate, _)| candidate == name)
        .map(|(_, value)| value.as_str())
}

/// A body as a transcript holds it: line breaks are `\n`, none at the end, and
/// bytes that are not UTF-8 become U+FFFD.
pub fn body_text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    text.replace('\r', "\n").trim_end_matches('\n').to_owned()
}

impl Display for Transcript {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, turn) in self.turns.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{turn}")?;
        }
        Ok(())
    }
}

impl Display for Turn {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}", self.title)?;
        writeln!(f, "> {}", self.request.line())?;
        for (name, value) in &self.request.headers {
            writeln!(f, "> {name}: {value}")?;
        }
        if !self.request.body.is_empty() {
            writeln!(f, ">")?;
            for line in self.request.body.split('\n') {
                writeln!(f, "> {line}")?;
            }
        }
        writeln!(f, "< {} {}", self.response.status, self.response.reason)?;
        for (name, value) in self.response.lines() {
            writeln!(f, "< {name}: {value}")?;
        }
        for note in &self.response.notes {
            writeln!(f, "* {note}")?;
        }
        if !self.response.body.is_empty() {
            writeln!(f)?;
            for line in self.response.body.split('\n') {
                let escape = if line.starts_with("### ") || line.starts_with('\\') {
                    "\\"
                } else {
                    ""
                };
                writeln!(f, "{escape}{line}")?;
            }
        }
        Ok(())
    }
}

/// Why a text is not a transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// What was expected there.
    pub message: String,
}

impl Display for ParseError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

impl Transcript {
    /// Reads a transcript back from its text, or from a whole `.snap` file: an
    /// insta header between `---` lines is passed over.
    ///
    /// # Errors
    ///
    /// The first line that is not what a transcript has in its place.
    pub fn parse(text: &str) -> Result<Transcript, ParseError> {
        let text = text.replace("\r\n", "\n");
        let lines: Vec<&str> = text.split('\n').collect();
        let mut reader = Reader {
            lines: &lines,
            next: front_matter(&lines),
        };
        let mut turns = Vec::new();
        while reader.skip_blank() {
            turns.push(reader.turn()?);
        }
        Ok(Transcript { turns })
    }
}

/// How many lines insta's header takes at the top of a `.snap` file.
fn front_matter(lines: &[&str]) -> usize {
    if lines.first() != Some(&"---") {
        return 0;
    }
    lines
        .iter()
        .skip(1)
        .position(|line| *line == "---")
        .map_or(0, |end| end + 2)
}

struct Reader<'a> {
    lines: &'a [&'a str],
    next: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.next).copied()
    }

    /// Moves past blank lines; true when a line is left.
    fn skip_blank(&mut self) -> bool {
        while self.peek() == Some("") {
            self.next += 1;
        }
        self.peek().is_some()
    }

    /// The rest of the next line when it starts with `prefix`, else nothing.
    fn take(&mut self, prefix: &str) -> Option<&'a str> {
        let rest = self.peek()?.strip_prefix(prefix)?;
        self.next += 1;
        Some(rest)
    }

    fn wants(&self, message: &str) -> ParseError {
        ParseError {
            line: self.next + 1,
            message: format!(
                "expected {message}, found {:?}",
                self.peek().unwrap_or("the end")
            ),
        }
    }

    fn turn(&mut self) -> Result<Turn, ParseError> {
        let title = self
            .take("### ")
            .ok_or_else(|| self.wants("`### ` and a title"))?
            .to_owned();
        Ok(Turn {
            title,
            request: self.request()?,
            response: self.response()?,
        })
    }

    fn request(&mut self) -> Result<Request, ParseError> {
        let line = self
            .take("> ")
            .ok_or_else(|| self.wants("`> ` and a request line"))?;
        let (method, target) = line.split_once(' ').ok_or_else(|| {
            self.next -= 1;
            self.wants("`> METHOD /path`")
        })?;
        let headers = self.headers("> ")?;
        let mut body = Vec::new();
        if self.peek() == Some(">") {
            self.next += 1;
            while let Some(line) = self.take("> ") {
                body.push(line);
            }
        }
        Ok(Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: body.join("\n"),
        })
    }

    fn response(&mut self) -> Result<Response, ParseError> {
        let line = self
            .take("< ")
            .ok_or_else(|| self.wants("`< ` and a status"))?;
        let (code, reason) = line.split_once(' ').unwrap_or((line, ""));
        let status = code.parse().map_err(|_| {
            self.next -= 1;
            self.wants("`< ` and a status code of three digits")
        })?;
        let (cookies, mut headers): (Vec<_>, Vec<_>) = self
            .headers("< ")?
            .into_iter()
            .partition(|(name, _)| name == SET_COOKIE);
        headers.sort();
        let cookies = cookies.iter().map(|(_, line)| SetCookie::parse(line));
        let cookies = cookies.collect();
        let mut notes = Vec::new();
        while let Some(text) = self.take("* ") {
            notes.push(Note::parse(text).ok_or_else(|| {
                self.next -= 1;
                self.wants("`* keeps …`, `* keeps nothing` or `* refuses …`")
            })?);
        }
        Ok(Response {
            status,
            reason: reason.to_owned(),
            headers,
            cookies,
            notes,
            body: self.body()?,
        })
    }

    fn headers(&mut self, prefix: &str) -> Result<Vec<(String, String)>, ParseError> {
        let mut headers = Vec::new();
        while let Some(line) = self.take(prefix) {
            let (name, value) = line.split_once(": ").ok_or_else(|| {
                self.next -= 1;
                self.wants("`name: value`")
            })?;
            headers.push((name.to_owned(), value.to_owned()));
        }
        Ok(headers)
    }

    fn body(&mut self) -> Result<String, ParseError> {
        match self.peek() {
            None => return Ok(String::new()),
            Some("") => self.next += 1,
            Some(_) => return Err(self.wants("a blank line before the body")),
        }
        let mut body = Vec::new();
        while let Some(line) = self.peek() {
            if line.starts_with("### ") {
                break;
            }
            body.push(line.strip_prefix('\\').unwrap_or(line));
            self.next += 1;
        }
        Ok(body.join("\n").trim_end_matches('\n').to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn turn(body: &str) -> Turn {
        Turn {
            title: "A title".into(),
            request: Request {
                method: "POST".into(),
                target: "/save".into(),
                headers: vec![("cookie".into(), "a=1".into())],
                body: "text=Milk".into(),
            },
            response: Response {
                status: 200,
                reason: "OK".into(),
                headers: vec![("content-type".into(), "text/plain".into())],
                cookies: vec![SetCookie::parse("a=1; Path=/")],
                notes: vec![Note::Keeps(Cookie::parse("a=1"))],
                body: body.into(),
            },
        }
    }

    fn round_trip(transcript: &Transcript) {
        let text = transcript.to_string();
        assert_eq!(Transcript::parse(&text).as_ref(), Ok(transcript), "{text}");
    }

    #[test]
    fn a_body_that_looks_like_a_title_stays_a_body() {
        let turns = vec![turn("### not a title\n\\### nor this\n\n< html"), turn("")];
        round_trip(&Transcript { turns });
    }

    #[test]
    fn a_snap_files_header_is_passed_over() {
        let transcript = Transcript {
            turns: vec![turn("Hello")],
        };
        let snap = format!("---\nsource: tests/snapshots.rs\n---\n{transcript}");
        assert_eq!(Transcript::parse(&snap), Ok(transcript));
    }

    #[test]
    fn a_broken_line_is_named() {
        let error = Transcript::parse("### Title\n> GET /\n< 200 OK\nno blank line\n")
            .unwrap_err();
        assert_eq!(error.line, 4);
        assert!(error.to_string().contains("blank line"), "{error}");
    }

    #[test]
    fn kept_cookies_are_name_and_value() {
        let turn = turn("");
        assert_eq!(turn.response.keeps("a"), Some(&Cookie::parse("a=1")));
        assert_eq!(turn.response.fate("a", false), Some(Fate::New));
    }

    #[test]
    fn a_line_that_is_refused_changes_nothing_in_the_jar() {
        let mut turn = turn("");
        assert_eq!(turn.response.fate("a", true), Some(Fate::Changed));
        let (name, why) = ("a".to_owned(), "it is Secure".to_owned());
        turn.response.notes.push(Note::Refuses { name, why });
        assert_eq!(turn.response.fate("a", true), Some(Fate::Kept));
    }

    fn sorted(mut headers: Vec<(String, String)>) -> Vec<(String, String)> {
        headers.sort();
        headers
    }

    prop_compose! {
        fn headers()(list in prop::collection::vec(("[a-z-]{1,12}", "[ -~é]{0,30}"), 0..4)) -> Vec<(String, String)> {
            list
        }
    }

    prop_compose! {
        fn any_turn()(
            title in "[ -~é]{1,40}",
            target in "/[!-~]{0,20}",
            request_headers in headers(),
            request_body in "\\PC{0,40}",
            status in 100u16..600,
            reason in "[A-Za-z ]{0,20}",
            response_headers in headers(),
            cookies in prop::collection::vec("[a-z]{1,8}=[ -:<-~]{0,20}(; [A-Z][a-z]{0,8}){0,2}", 0..3),
            kept in prop::collection::vec("[a-z]{1,8}=[ -~]{0,20}", 0..3),
            body in any::<Vec<u8>>(),
            lines in "([ -~]|\n|\\\\|#){0,80}",
        ) -> Turn {
            let body = [body_text(&body), body_text(lines.as_bytes())].concat();
            Turn {
                title,
                request: Request { method: "GET".into(), target, headers: request_headers, body: body_text(request_body.as_bytes()) },
                response: Response {
                    status, reason,
                    headers: sorted(response_headers),
                    cookies: cookies.iter().map(|text| SetCookie::parse(text)).collect(),
                    notes: kept.iter().map(|text| Note::Keeps(Cookie::parse(text))).collect(),
                    body,
                },
            }
        }
    }

    proptest! {
        #[test]
        fn every_transcript_parses_back_to_itself(turns in prop::collection::vec(any_turn(), 0..4)) {
            round_trip(&Transcript { turns });
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "([><*#] ?|[a-z: 0-9]|\n|\\PC){0,200}") {
            let _ = Transcript::parse(&text);
        }
    }
}
