//! The script format: a plain `.http` file, as REST Client for VS Code and the
//! HTTP client of JetBrains read it.
//!
//! ```http
//! ### POST /save answers with a redirect, and the message waits in a cookie
//! POST http://127.0.0.1:8000/save
//!
//! ### The next page shows it, and clears it
//! # @follow
//! GET http://127.0.0.1:8000/note
//!
//! ### A form
//! POST http://127.0.0.1:8000/notes
//! Content-Type: application/x-www-form-urlencoded
//!
//! text=Milk
//! ```
//!
//! # Steps
//!
//! A line `### Title` starts a step. Every step has a title: it is the caption
//! on the page and the check's name in a report. Then, in this order: comments
//! and directives, the request line, header lines, and after a blank line the
//! body, which ends before the next `###`. Blank lines at the body's end are
//! not sent. Lines that start with `#` or `//` before the request line are
//! comments.
//!
//! The request line is `METHOD target`. A target is a path (`/note`) or a whole
//! `http://` URL. A URL's port is where an author's own server listens; the
//! player sends the request to the server it was given, and keeps the URL's
//! host name when it is `localhost`, which is another host to a cookie. An
//! address in a query or a body, `http%3A%2F%2F127.0.0.1%3A8000`, is the
//! server's own in the same way, and so is one in `Origin: http://127.0.0.1:8000`.
//!
//! # What is sent
//!
//! The request line and the headers go out as written: names in their case,
//! duplicates and order kept. The player adds only what a browser must:
//! `Host` and `Connection: close`, `Content-Length` for a body or a `POST`, and a
//! `Cookie` header from the browser's jar. A step that writes one of these
//! itself sends its own in place of the player's. Redirects are never
//! followed by the player: the next hop is the next step.
//!
//! What a server makes up anew each time, and wants back, has a name in place of
//! its value: `{{state}}`, `{{code}}`, `{{code_challenge}}`, `{{verifier}}`,
//! `{{access_token}}`, `{{refresh_token}}`. The player takes the values from
//! the query of a redirect, from a JSON body and, when it knows the server's
//! key, from what is sealed in a cookie; the newest one counts. `{{inbox}}` is what
//! follows `/webhooks/` in a redirect's path. In a header, `{{now}}` is the unix time at
//! which the step is sent, and `{{signature}}` that of a delivery, made then with the book's
//! own secret: Standard Webhooks' beside a `webhook-id`, else Stripe's.
//!
//! # Directives
//!
//! A comment `# @name …` before the request line says what a request cannot.
//! They happen in the order written, before the step's request is sent.
//!
//! | directive | what happens |
//! |---|---|
//! | `# @browser NAME` | another browser sends this step, or another program, with a jar of its own: `second browser`, `bank`, or `server` for what the server itself asks another one |
//! | `# @fresh` | the browser starts with an empty jar |
//! | `# @close` | the browser is closed and opened again: cookies without an expiry die |
//! | `# @clock +8d` | the browser's clock moves on (`s`, `m`, `h` or `d`) |
//! | `# @edit NAME=VALUE` | the reader changes a cookie's value by hand |
//! | `# @flip NAME` | one bit in the middle of a cookie's value is flipped |
//! | `# @forget NAME` | the reader deletes a cookie by hand |
//! | `# @copy NAME` | somebody copies the cookie's value as it is now |
//! | `# @paste NAME` | the copied value is put back |
//! | `# @seal NAME=VALUE` | the cookie holds this value, as if the server had sealed it then; `now-31m` in it is that time in unix seconds |
//! | `# @cross-site` | a page of another site starts this request: its link is followed, or its form is sent, and the window shows the answer |
//! | `# @subresource` | a page of another site asks for this for itself, as for a picture or a frame; the window stays where it is |
//! | `# @script` | a script of the page sends this, with `document.cookie` for its body: the cookies that it can read |
//! | `# @follow` | the step is where the redirect before it leads a browser; playing fails if it leads elsewhere. What began on another site, or with another host's form, is `@cross-site` still, and so is a `@subresource` |
//! | `# @all-headers` | the transcript shows the headers that every response carries, too, and those about caches and what a page may do |
//! | `# @needs NAME` | the step is for servers that keep a cookie of this name; a check skips it for others |
//! | `# @exact` | the step shows what the book's own server does; a check of another one skips it, unless it is a reader's project that `watch` has started |
//! | `# @restart` | the server is stopped and started, with the key it had |
//! | `# @restart with another key` | the same, with another key |
//!
//! `@seal` needs the server's key, and the last two need it to be the player's own:
//! none can be asked of a server that the player didn't start. Such a step, and every step after it, is skipped and reported as skipped. So is a
//! step that a check skips for `@needs` or `@exact`; a test of the book's own
//! server plays all of them.

pub use super::directive::Directive;
use crate::play::fresh;
use std::fmt::{self, Display, Formatter};

/// A parsed `.http` file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The steps in the order they are sent; at least one.
    pub steps: Vec<Step>,
}

/// One request of a script, and what happens before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The line of the step's `###`, counted from 1.
    pub line: usize,
    /// The text after `###`.
    pub title: String,
    /// What happens before the request, in order.
    pub directives: Vec<Directive>,
    /// The method, as written.
    pub method: String,
    /// The host name in the request line, when it has one.
    pub host: Option<String>,
    /// The path and query, as written.
    pub target: String,
    /// Header names and values, as written.
    pub headers: Vec<(String, String)>,
    /// The body, empty when there is none.
    pub body: String,
}

/// Why a text is not a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there, and what to write instead.
    pub message: String,
}

impl Display for ScriptError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ScriptError {}

/// The host of an origin that is the server's own, as an author's server had it:
/// `127.0.0.1` or `localhost`, with any port. Nothing for another header, and for another
/// site's origin.
pub fn own_origin<'v>(name: &str, value: &'v str) -> Option<&'v str> {
    let origin = value.strip_prefix("http://")?;
    let (host, _) = origin.rsplit_once(':')?;
    let is_own = ["127.0.0.1", "localhost"].contains(&host);
    (is_own && name.eq_ignore_ascii_case("origin")).then_some(host)
}

impl Step {
    /// The name of the browser that sends this step, when it is not the first one.
    pub fn browser(&self) -> Option<&str> {
        self.directives
            .iter()
            .find_map(|directive| match directive {
                Directive::Browser(name) => Some(name.as_str()),
                _ => None,
            })
    }

    /// Whether it sends back what a server has made up: `{{code}}` and its kind.
    pub fn has_place(&self) -> bool {
        let headers = self.headers.iter().map(|(_, value)| value);
        [&self.target, &self.body]
            .into_iter()
            .chain(headers)
            .any(|text| fresh::has_place(text))
    }

    /// Whether a header has a place for the time and the signature of a delivery.
    pub fn is_signed(&self) -> bool {
        let mut headers = self.headers.iter();
        headers.any(|(_, value)| fresh::is_signed(value))
    }

    /// The value of the header `name`, compared without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Script {
    /// Reads the text of a `.http` file.
    ///
    /// # Errors
    ///
    /// The first line that can't be understood: text before the first `###`, a
    /// step without a title or a request, a header without a colon, a target
    /// that is neither a path nor an `http://` URL, an unknown directive.
    pub fn parse(text: &str) -> Result<Script, ScriptError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines: Vec<&str> = text.lines().collect();
        let starts: Vec<usize> = (0..lines.len())
            .filter(|index| lines[*index].starts_with("###"))
            .collect();
        let preamble = starts.first().copied().unwrap_or(lines.len());
        for (index, line) in lines[..preamble].iter().enumerate() {
            if !line.trim().is_empty() && !is_comment(line) {
                return Err(error(index, "write `### ` and a title before a request"));
            }
        }
        if starts.is_empty() {
            return Err(error(
                0,
                "there is no step: start one with `### ` and a title",
            ));
        }
        let ends = starts[1..].iter().copied().chain([lines.len()]);
        let steps = starts
            .iter()
            .zip(ends)
            .map(|(start, end)| step(&lines, *start, end))
            .collect::<Result<_, _>>()?;
        Ok(Script { steps })
    }
}

fn error(index: usize, message: impl Into<String>) -> ScriptError {
    ScriptError {
        line: index + 1,
        message: message.into(),
    }
}

fn is_comment(line: &str) -> bool {
    line.starts_with('#') || line.starts_with("//")
}

fn step(lines: &[&str], start: usize, end: usize) -> Result<Step, ScriptError> {
    let title = lines[start].trim_start_matches('#').trim();
    if title.is_empty() {
        return Err(error(start, "give the step a title after `###`"));
    }
    let mut at = start + 1;
    let mut directives = Vec::new();
    while at < end && (lines[at].trim().is_empty() || is_comment(lines[at])) {
        if let Some(text) = directive_text(lines[at]) {
            directives
                .push(Directive::parse(text).map_err(|message| error(at, message))?);
        }
        at += 1;
    }
    if at == end {
        return Err(error(start, "the step has no request: add `GET /path`"));
    }
    let (method, host, target) =
        request_line(lines[at]).map_err(|message| error(at, message))?;
    at += 1;
    let mut headers = Vec::new();
    while at < end && !lines[at].trim().is_empty() {
        headers.push(header(lines[at]).map_err(|message| error(at, message))?);
        at += 1;
    }
    let body = lines[(at + 1).min(end)..end].join("\n");
    Ok(Step {
        line: start + 1,
        title: title.to_owned(),
        directives,
        method,
        host,
        target,
        headers,
        body: body.trim_end_matches('\n').to_owned(),
    })
}

fn directive_text(line: &str) -> Option<&str> {
    line.strip_prefix('#')?.trim().strip_prefix('@')
}

fn request_line(line: &str) -> Result<(String, Option<String>, String), String> {
    let mut words = line.split_whitespace();
    let (method, target) = match (words.next(), words.next()) {
        (Some(method), Some(target)) => (method, target),
        _ => return Err("write `METHOD /path`, for example `GET /greet`".into()),
    };
    if !matches!(words.next(), None | Some("HTTP/1.1")) || words.next().is_some() {
        return Err("a target has no spaces in it: write them as `%20`".into());
    }
    if !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(format!("write the method in capitals, not `{method}`"));
    }
    if target.starts_with('/') {
        return Ok((method.to_owned(), None, target.to_owned()));
    }
    let rest = target
        .strip_prefix("http://")
        .ok_or_else(|| format!("`{target}` is neither a path nor an http:// URL"))?;
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, "/"),
    };
    let host = authority
        .split_once(':')
        .map_or(authority, |(host, _)| host);
    Ok((method.to_owned(), Some(host.to_owned()), path.to_owned()))
}

fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line
        .split_once(':')
        .ok_or("write a header as `Name: value`, and a blank line before the body")?;
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(format!("`{name}` is not a header name"));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn only_step(text: &str) -> Step {
        let script = Script::parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(script.steps.len(), 1);
        script.steps.into_iter().next().unwrap()
    }

    fn error_of(text: &str) -> ScriptError {
        Script::parse(text).unwrap_err()
    }

    #[test]
    fn a_request_is_read_as_written() {
        let step = only_step(
            "### A form\nPOST http://127.0.0.1:8000/notes?x=1\nCONTENT-Type: a/b\nX: 1\nX: 2\n\ntext=Milk\n\nand more\n\n",
        );
        assert_eq!(step.method, "POST");
        assert_eq!(step.host.as_deref(), Some("127.0.0.1"));
        assert_eq!(step.target, "/notes?x=1");
        let headers: Vec<_> = step
            .headers
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(headers, ["CONTENT-Type=a/b", "X=1", "X=2"]);
        assert_eq!(step.body, "text=Milk\n\nand more");
    }

    #[test]
    fn directives_come_in_order_and_other_comments_are_passed_over() {
        let step = only_step(
            "### T\n# a remark\n# @fresh\n// @close\n# @edit a=b=c\n# @clock +2h\n# @restart with another key\nGET /\n",
        );
        assert_eq!(
            step.directives,
            [
                Directive::Fresh,
                Directive::Edit {
                    name: "a".into(),
                    value: "b=c".into()
                },
                Directive::Clock(7200),
                Directive::Restart { another_key: true },
            ]
        );
    }

    #[test]
    fn every_documented_directive_is_understood() {
        let manual = include_str!("script.rs");
        let examples: Vec<&str> = manual
            .lines()
            .filter_map(|line| line.strip_prefix("//! | `# @")?.split('`').next())
            .collect();
        assert_eq!(examples.len(), 19);
        for example in examples {
            let read =
                Directive::parse(example).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(Directive::parse(&read.to_string()), Ok(read), "{example}");
        }
    }

    #[test]
    fn a_url_without_a_path_means_the_root() {
        assert_eq!(only_step("### T\nGET http://localhost:8000\n").target, "/");
    }

    #[test]
    fn an_unknown_directive_is_an_error_at_its_line() {
        let error = error_of("### T\n# @frsh\nGET /\n");
        assert_eq!(error.line, 2);
        assert!(error.message.contains("`@frsh`"), "{error}");
    }

    #[test]
    fn a_request_before_the_first_title_is_an_error() {
        assert_eq!(error_of("\nGET /\n").line, 2);
    }

    #[test]
    fn a_step_without_a_title_is_an_error() {
        assert_eq!(error_of("###\nGET /\n").line, 1);
    }

    #[test]
    fn a_step_without_a_request_is_an_error() {
        assert_eq!(error_of("### T\nGET /\n\n### U\n# @fresh\n").line, 4);
    }

    #[test]
    fn a_body_without_a_blank_line_is_an_error_that_says_so() {
        let error = error_of("### T\nPOST /notes\ntext=Milk\n");
        assert_eq!(error.line, 3);
        assert!(error.message.contains("blank line"), "{error}");
    }

    #[test]
    fn an_https_target_is_an_error() {
        assert!(
            error_of("### T\nGET https://example.org/\n")
                .message
                .contains("http://")
        );
    }

    #[test]
    fn an_empty_file_is_an_error() {
        assert_eq!(error_of("").line, 1);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(### |# @[a-z]{0,9} ?|GET /|[ -~]|\n|\\PC){0,80}") {
            let _ = Script::parse(&text);
        }

        #[test]
        fn a_body_survives_whatever_is_in_it(body in "[!-~][ -~]{0,40}(\n[a-z ]{0,10}){0,3}[a-z]") {
            prop_assume!(!body.lines().any(|line| line.starts_with("###")));
            let step = only_step(&format!("### T\nPOST /\n\n{body}\n\n"));
            prop_assert_eq!(step.body, body);
        }
    }
}
