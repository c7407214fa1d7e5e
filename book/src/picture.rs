//! An exchange as HTML: for each step the browser on the left, the server on
//! the right, and between them what the browser keeps. It is read in the order
//! in which it happens: request, answer, jar.

use exchange::format::cookie::{Cookie, Fate};
use exchange::format::page::{self, Said};
use exchange::format::script::{Directive, Script, Step};
use exchange::format::transcript::{Note, Response, Transcript, Turn};
use std::collections::HashMap;
use std::fmt::Write;

/// The longest text shown whole, in characters; more is cut and counted.
const LONG: usize = 160;

/// The picture of the exchange `id`, without a blank line in it, so that
/// Markdown leaves it alone. Each step has the `data` that a page's scripts
/// make it live with. A step that is `folded`, because the page has shown it
/// before, is a line to be opened.
pub fn draw(
    id: &str,
    script: &Script,
    pin: &Transcript,
    data: &[String],
    folded: &[bool],
) -> String {
    let mut html = String::new();
    let anchor = id.replace('/', "-");
    let _ = write!(
        html,
        "<http-exchange>\n<figure class=\"exchange\" id=\"exchange-{anchor}\" data-exchange=\"{id}\">\n<ol>\n"
    );
    let mut jars: HashMap<&str, Kept> = HashMap::new();
    for (index, (step, turn)) in script.steps.iter().zip(&pin.turns).enumerate() {
        let browser = step.browser().unwrap_or_default();
        let before = jars.remove(browser).unwrap_or_default();
        let data = data.get(index).map(String::as_str).unwrap_or_default();
        let is_folded = folded.get(index).copied().unwrap_or(false);
        html += &draw_step(step, turn, &before, data, is_folded);
        jars.insert(browser, kept(turn));
    }
    let _ = write!(
        html,
        "</ol>\n<figcaption>Pinned in <samp>snapshots/{id}.snap</samp></figcaption>\n</figure>\n</http-exchange>\n"
    );
    html
}

/// What a browser keeps between two turns.
pub type Kept = Vec<Cookie>;

/// What the browser keeps after a turn.
pub fn kept(turn: &Turn) -> Kept {
    turn.response.kept().cloned().collect()
}

fn draw_step(
    step: &Step,
    turn: &Turn,
    before: &Kept,
    data: &str,
    is_folded: bool,
) -> String {
    let mut html = format!(
        "<li class=\"step\" data-step=\"{}\">\n<p class=\"step-title\">{}</p>\n",
        escape(data),
        escape(&turn.title)
    );
    for event in step.directives.iter().filter_map(event) {
        let _ = writeln!(html, "<p class=\"event\">{event}</p>");
    }
    let lanes = draw_lanes(step, turn, before, None);
    html += &match is_folded {
        true => draw_folded(turn, &lanes),
        false => lanes,
    };
    html += "</li>\n";
    html
}

/// A step in a line, with the whole of it below.
fn draw_folded(turn: &Turn, lanes: &str) -> String {
    let (request, response) = (&turn.request, &turn.response);
    let path = request.target.split('?').next().unwrap_or_default();
    format!(
        "<details class=\"folded\">\n<summary>As before: <samp>{} {}</samp>, \
         and <samp>{} {}</samp></summary>\n{lanes}</details>\n",
        escape(&request.method),
        escape(&short(path)),
        response.status,
        escape(&response.reason),
    )
}

/// A live answer, drawn beside its pin.
pub struct Live {
    /// The verdict, what differs in words, and the lanes.
    pub html: String,
    /// How many things differ.
    pub differences: usize,
}

/// Draws what came from a running server, and says where it is not what `pin`
/// has. `before` is what the browser kept before the step.
pub fn draw_live(step: &Step, pin: &Turn, live: &Turn, before: &Kept) -> Live {
    let differences = differences(pin, live);
    let verdict = match differences.len() {
        0 => "<p class=\"verdict same\">Live: the same as the pin.</p>".to_owned(),
        1 => "<p class=\"verdict differs\">Live: one thing differs from the pin.</p>"
            .to_owned(),
        many => format!(
            "<p class=\"verdict differs\">Live: {many} things differ from the pin.</p>"
        ),
    };
    let mut html = verdict;
    if !differences.is_empty() {
        let items = differences.iter().map(|words| format!("<li>{words}</li>"));
        let _ = write!(
            html,
            "<ul class=\"differences\">{}</ul>",
            items.collect::<String>()
        );
    }
    html += &draw_lanes(step, live, before, Some(pin));
    Live {
        html,
        differences: differences.len(),
    }
}

/// Where two exchanges differ, each difference in words, as HTML.
fn differences(pin: &Turn, live: &Turn) -> Vec<String> {
    let line = |text: &str| format!("<samp>{}</samp>", escape(&short(text)));
    let mut words = Vec::new();
    let (was, is) = (&pin.response, &live.response);
    lines_differ(
        &pin.request.headers,
        &live.request.headers,
        "request",
        &mut words,
    );
    if (was.status, &was.reason) != (is.status, &is.reason) {
        words.push(format!(
            "The status is {}; the pin has {}.",
            line(&format!("{} {}", is.status, is.reason)),
            line(&format!("{} {}", was.status, was.reason))
        ));
    }
    lines_differ(&was.lines(), &is.lines(), "answer", &mut words);
    let mut pinned = was.body.lines();
    let mut lives = is.body.lines();
    for number in 1.. {
        match (pinned.next(), lives.next()) {
            (None, None) => break,
            (was, is) if was == is => {}
            (was, is) => {
                let text =
                    |line: Option<&str>| line.unwrap_or("nothing").trim().to_owned();
                words.push(format!(
                    "Line {number} of the body is {}; the pin has {}.",
                    line(&text(is)),
                    line(&text(was))
                ));
                break;
            }
        }
    }
    if was.notes != is.notes {
        let notes = |response: &Response| {
            let notes: Vec<String> =
                response.notes.iter().map(ToString::to_string).collect();
            line(&notes.join(", "))
        };
        words.push(format!(
            "The browser {}; with the pin it {}.",
            notes(is),
            notes(was)
        ));
    }
    words
}

/// Adds the lines that only one of two lists of headers has.
fn lines_differ(
    pinned: &[(String, String)],
    live: &[(String, String)],
    whose: &str,
    words: &mut Vec<String>,
) {
    let line = |(name, value): &(String, String)| {
        format!("<samp>{}: {}</samp>", escape(name), escape(&short(value)))
    };
    for header in pinned.iter().filter(|header| !live.contains(header)) {
        words.push(format!(
            "The pinned {whose} has {}, the live one has not.",
            line(header)
        ));
    }
    for header in live.iter().filter(|header| !pinned.contains(header)) {
        words.push(format!(
            "The live {whose} has {}, the pinned one has not.",
            line(header)
        ));
    }
}

/// Browser, server and jar. What is not as in `pin` is marked with a word.
fn draw_lanes(step: &Step, turn: &Turn, before: &Kept, pin: Option<&Turn>) -> String {
    let browser = match step.browser() {
        Some(name) => format!("Browser, the {name} one"),
        None => "Browser".to_owned(),
    };
    let live = if pin.is_some() { " live" } else { "" };
    format!(
        "<div class=\"lanes{live}\">\n\
         <div class=\"lane browser\"><p class=\"who\">{} <span class=\"arrow\" aria-hidden=\"true\">→</span></p>{}</div>\n\
         <div class=\"lane server\"><p class=\"who\"><span class=\"arrow\" aria-hidden=\"true\">←</span> {}{}</p>{}</div>\n\
         <div class=\"lane jar\"><p class=\"who\">Cookie jar, before → after</p>{}</div>\n\
         </div>\n",
        escape(&browser),
        draw_request(turn, pin),
        match step.host.as_deref() {
            None | Some("127.0.0.1") => "Server".to_owned(),
            Some(host) => format!("Server at {}", escape(host)),
        },
        if pin.is_some() { ", live" } else { "" },
        draw_response(&turn.response, pin.map(|pin| &pin.response)),
        draw_jar(step, turn, before),
    )
}

/// What happens before the request, in words; nothing for what shows elsewhere.
fn event(directive: &Directive) -> Option<String> {
    let cookie = |name: &str| format!("<samp>{}</samp>", escape(name));
    Some(match directive {
        Directive::Browser(_)
        | Directive::AllHeaders
        | Directive::Needs(_)
        | Directive::Exact => return None,
        Directive::Follow => "The browser follows the redirect.".into(),
        Directive::Fresh => "The browser starts with an empty jar.".into(),
        Directive::Close => "The browser is closed and opened again.".into(),
        Directive::Clock(seconds) => {
            format!("The clock moves on by {}.", period(*seconds))
        }
        Directive::Edit { name, value } => format!(
            "The reader changes the cookie {} to {}.",
            cookie(name),
            cookie(value)
        ),
        Directive::Flip(name) => {
            format!("One bit of the cookie {} is flipped.", cookie(name))
        }
        Directive::Forget(name) => {
            format!("The reader deletes the cookie {}.", cookie(name))
        }
        Directive::Copy(name) => {
            format!("Somebody copies the cookie {}.", cookie(name))
        }
        Directive::Paste(name) => {
            format!("The copied cookie {} is put back.", cookie(name))
        }
        Directive::Seal { name, value } => format!(
            "The cookie {} holds what the server has sealed in it: {}.",
            cookie(name),
            cookie(value)
        ),
        Directive::CrossSite => "A page of another site starts this request.".into(),
        Directive::Restart { another_key: false } => {
            "The server restarts with the key it had.".into()
        }
        Directive::Restart { another_key: true } => {
            "The server restarts with another key.".into()
        }
    })
}

fn period(seconds: i64) -> String {
    let (unit, length) = [("day", 86_400), ("hour", 3_600), ("minute", 60)]
        .into_iter()
        .find(|(_, length)| seconds >= *length && seconds % length == 0)
        .unwrap_or(("second", 1));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

fn draw_request(turn: &Turn, pin: Option<&Turn>) -> String {
    let request = &turn.request;
    let mut html = format!(
        "<p class=\"line\"><samp><b>{}</b> {}</samp></p>",
        escape(&request.method),
        draw_value(&request.target)
    );
    html += &draw_headers(&request.headers, pin.map(|pin| &*pin.request.headers));
    if !request.body.is_empty() {
        let _ = write!(
            html,
            "<pre class=\"body\">{}</pre>",
            draw_value(&request.body)
        );
    }
    html
}

/// `pinned` are the lines that are no difference, where there may be one.
fn draw_headers(
    headers: &[(String, String)],
    pinned: Option<&[(String, String)]>,
) -> String {
    let mut html = String::new();
    for header in headers {
        let (name, value) = header;
        let differs = pinned.is_some_and(|pinned| !pinned.contains(header));
        let _ = write!(
            html,
            "<p class=\"line{}\">{}<samp><span class=\"name\">{}:</span> {}</samp></p>",
            if differs { " differs" } else { "" },
            mark(differs),
            escape(name),
            draw_value(value)
        );
    }
    html
}

/// A value, as HTML. One that is too long for a line and is made of parameters
/// has each on a line of its own.
fn draw_value(text: &str) -> String {
    match text.chars().count() > LONG && text.contains('&') {
        false => escape(&short(text)),
        true => {
            let text = escape(text).replace("?", "<br>?");
            text.replace("&amp;", "<br>&amp;")
        }
    }
}

/// The word for what is not as in the pin.
fn mark(differs: bool) -> &'static str {
    match differs {
        true => "<span class=\"word\">differs</span> ",
        false => "",
    }
}

fn draw_response(response: &Response, pin: Option<&Response>) -> String {
    let differs = pin.is_some_and(|pin| pin.status != response.status);
    let mut html = format!(
        "<p class=\"line{}\">{}<samp><b>{} {}</b></samp></p>",
        if differs { " differs" } else { "" },
        mark(differs),
        response.status,
        escape(&response.reason)
    );
    let pinned = pin.map(Response::lines);
    html += &draw_headers(&response.lines(), pinned.as_deref());
    if response.body.is_empty() {
        return html;
    }
    if pin.is_some_and(|pin| pin.body != response.body) {
        let _ = write!(html, "<p class=\"line differs\">{}the body</p>", mark(true));
    }
    let is_html = response
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    if is_html {
        html += &draw_page(&page::said(&response.body));
        let _ = write!(
            html,
            "<details><summary>The whole body</summary><pre class=\"body\">{}</pre></details>",
            escape(&response.body)
        );
    } else {
        let _ = write!(html, "<pre class=\"body\">{}</pre>", escape(&response.body));
    }
    html
}

/// A page by what it says, as a small page.
fn draw_page(said: &[Said]) -> String {
    let mut html = "<div class=\"page-says\">".to_owned();
    for said in said {
        let text = escape(&said.text);
        let _ = match said.kind {
            "heading" => write!(html, "<p class=\"heading\">{text}</p>"),
            "item" => write!(html, "<p class=\"item\">{text}</p>"),
            kind => write!(
                html,
                "<p class=\"message\"><span class=\"word\">{kind}</span> {text}</p>"
            ),
        };
    }
    html + "</div>"
}

fn draw_jar(step: &Step, turn: &Turn, before: &Kept) -> String {
    let response = &turn.response;
    let mut html = String::new();
    for cookie in response.kept() {
        let old = before.iter().find(|old| old.name == cookie.name);
        let word = match response.fate(&cookie.name, old.is_some()) {
            Some(Fate::Changed) => "changed",
            Some(Fate::New) => "new",
            _ if touched(step, &cookie.name) => "edited",
            _ => "kept",
        };
        html += &draw_cookie(word, cookie);
        if let (Some(old), "changed" | "edited") = (old, word) {
            let old = escape(&short(&old.value.to_string()));
            let _ = write!(html, "<p class=\"was\">before: <samp>{old}</samp></p>");
        }
    }
    for cookie in before {
        if response.fate(&cookie.name, true) == Some(Fate::Gone) {
            html += &draw_cookie("gone", cookie);
        }
    }
    for note in &response.notes {
        if let Note::Refuses { name, why } = note {
            let _ = write!(
                html,
                "<p class=\"cookie refused\"><span class=\"word\">refused</span> {}: {}</p>",
                escape(name),
                escape(why)
            );
        }
    }
    match html.is_empty() {
        true => "<p class=\"empty\">empty</p>".to_owned(),
        false => html,
    }
}

fn draw_cookie(word: &str, cookie: &Cookie) -> String {
    format!(
        "<p class=\"cookie {word}\"><span class=\"word\">{word}</span> <samp><b>{}</b> = {}</samp></p>",
        escape(&cookie.name),
        escape(&short(&cookie.value.to_string()))
    )
}

/// Whether somebody changed the cookie by hand before the step.
fn touched(step: &Step, cookie: &str) -> bool {
    step.directives.iter().any(|directive| match directive {
        Directive::Edit { name, .. }
        | Directive::Flip(name)
        | Directive::Paste(name) => name == cookie,
        _ => false,
    })
}

/// The text, cut when it is long, with how long it is.
fn short(text: &str) -> String {
    let count = text.chars().count();
    if count <= LONG {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONG / 4).collect();
    format!("{start}… ({count} characters)")
}

/// The text as HTML that neither Markdown nor mdBook takes for something else:
/// line breaks and braces are written as references, too.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '{' => html += "&#123;",
            '\n' => html += "&#10;",
            char => html.push(char),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(script: &str, pin: &str) -> String {
        draw(
            "flash/sample",
            &Script::parse(script).unwrap(),
            &Transcript::parse(pin).unwrap(),
            &[],
            &[],
        )
    }

    #[test]
    fn steps_that_were_shown_before_are_a_line_each() {
        let html = draw(
            "flash/sample",
            &Script::parse("### A\nGET /\n### B\nGET /\n").unwrap(),
            &Transcript::parse(
                "### A\n> GET /\n< 200 OK\n* keeps nothing\n\n### B\n> GET /\n< 404 Not Found\n* keeps nothing\n",
            )
            .unwrap(),
            &[],
            &[true],
        );
        let (first, second) = html.split_once("B</p>").unwrap();
        assert!(
            first.contains("As before: <samp>GET /</samp>, and <samp>200 OK</samp>")
        );
        assert!(!second.contains("<details"), "{second}");
    }

    fn turn(pin: &str) -> Turn {
        Transcript::parse(pin).unwrap().turns.remove(0)
    }

    #[test]
    fn the_jar_says_what_became_of_each_cookie() {
        let html = picture(
            "### A\nGET /\n### B\n# @edit b=9\nGET /\n",
            "### A\n> GET /\n< 200 OK\n< set-cookie: a=1\n< set-cookie: b=1\n* keeps a=1\n* keeps b=1\n* keeps c=1\n\n\
             ### B\n> GET /\n< 200 OK\n< set-cookie: a=; removed\n< set-cookie: c=2\n* refuses d: too large\n* keeps b=9\n* keeps c=2\n",
        );
        let words: Vec<&str> = html
            .split("<p class=\"cookie ")
            .skip(1)
            .map(|rest| &rest[..rest.find('"').unwrap()])
            .collect();
        assert_eq!(
            words,
            ["new", "new", "kept", "edited", "changed", "gone", "refused"]
        );
        assert!(html.contains("before: <samp>1</samp>"), "{html}");
    }

    #[test]
    fn hostile_text_stays_text() {
        let html = picture(
            "### </p><script>\nGET /\n",
            "### </p><script>\n> GET /\n< 200 OK\n\n</pre><script>alert(1)</script>\n\n{{#include /etc/passwd}}\n",
        );
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("{{"), "{html}");
        assert!(!html.contains("\n\n"), "{html}");
    }

    #[test]
    fn a_long_value_is_cut_and_counted() {
        assert_eq!(short(&"x".repeat(160)).len(), 160);
        assert!(short(&"x".repeat(161)).ends_with("… (161 characters)"));
    }

    #[test]
    fn two_browsers_have_two_jars() {
        let html = picture(
            "### A\nGET /\n### B\n# @browser second\nGET /\n",
            "### A\n> GET /\n< 200 OK\n< set-cookie: a=1\n* keeps a=1\n\n### B\n> GET /\n< 200 OK\n* keeps nothing\n",
        );
        assert!(html.contains("Browser, the second one"));
        assert!(html.contains("<p class=\"empty\">empty</p>"));
        assert!(!html.contains("gone"));
    }

    #[test]
    fn a_live_answer_like_the_pin_is_said_to_be_the_same() {
        let step = &Script::parse("### A\nGET /\n").unwrap().steps[0];
        let pin = turn("### A\n> GET /\n< 200 OK\n* keeps nothing\n\nHello\n");
        let live = draw_live(step, &pin, &pin, &Kept::new());
        assert_eq!(live.differences, 0);
        assert!(
            live.html.contains("Live: the same as the pin."),
            "{}",
            live.html
        );
        assert!(!live.html.contains("differs"), "{}", live.html);
    }

    #[test]
    fn each_difference_is_told_in_words_and_marked_where_it_is() {
        let step = &Script::parse("### A\nGET /\n").unwrap().steps[0];
        let pin = turn(
            "### A\n> GET /\n< 303 See Other\n< location: /note\n* keeps nothing\n",
        );
        let live = turn(
            "### A\n> GET /\n< 302 Found\n< location: /<b>\n* keeps a=1\n\nmoved\n",
        );
        let live = draw_live(step, &pin, &live, &Kept::new());
        assert_eq!(live.differences, 5);
        for words in [
            "The status is <samp>302 Found</samp>; the pin has <samp>303 See Other</samp>.",
            "The pinned answer has <samp>location: /note</samp>, the live one has not.",
            "The live answer has <samp>location: /&lt;b&gt;</samp>, the pinned one has not.",
            "Line 1 of the body is <samp>moved</samp>; the pin has <samp>nothing</samp>.",
            "The browser <samp>keeps a=1</samp>; with the pin it <samp>keeps nothing</samp>.",
            "<p class=\"line differs\"><span class=\"word\">differs</span> <samp><b>302 Found</b></samp></p>",
        ] {
            assert!(live.html.contains(words), "{words}\n{}", live.html);
        }
    }
}
