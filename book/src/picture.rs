//! An exchange as HTML: for each step the browser on the left, the server on
//! the right, and between them what the browser keeps. It is read in the order
//! in which it happens: request, answer, jar.

use snapshots::page::{self, Said};
use snapshots::script::{Directive, Script, Step};
use snapshots::transcript::{Exchange, Note, Response, Transcript};
use std::collections::HashMap;
use std::fmt::Write;

/// The longest text shown whole, in characters; more is cut and counted.
const LONG: usize = 160;

/// The picture of the exchange `id`, without a blank line in it, so that
/// Markdown leaves it alone.
pub fn draw(id: &str, script: &Script, pin: &Transcript) -> String {
    let mut html = String::new();
    let anchor = id.replace('/', "-");
    let _ = write!(
        html,
        "<figure class=\"exchange\" id=\"exchange-{anchor}\" data-exchange=\"{id}\">\n<ol>\n"
    );
    let mut jars: HashMap<&str, Jar> = HashMap::new();
    for (step, exchange) in script.steps.iter().zip(&pin.exchanges) {
        let browser = step.browser().unwrap_or_default();
        let before = jars.remove(browser).unwrap_or_default();
        html += &draw_step(step, exchange, &before);
        jars.insert(browser, owned(&exchange.response));
    }
    let _ = write!(
        html,
        "</ol>\n<figcaption>Pinned in <samp>snapshots/{id}.snap</samp></figcaption>\n</figure>\n"
    );
    html
}

/// Name and shown value of each cookie.
type Jar = Vec<(String, String)>;

fn owned(response: &Response) -> Jar {
    let kept = response.kept().into_iter();
    kept.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn draw_step(step: &Step, exchange: &Exchange, before: &Jar) -> String {
    let browser = match step.browser() {
        Some(name) => format!("Browser, the {name} one"),
        None => "Browser".to_owned(),
    };
    let mut html = format!(
        "<li class=\"step\">\n<p class=\"step-title\">{}</p>\n",
        escape(&exchange.title)
    );
    for event in step.directives.iter().filter_map(event) {
        let _ = writeln!(html, "<p class=\"event\">{event}</p>");
    }
    let _ = write!(
        html,
        "<div class=\"lanes\">\n\
         <div class=\"lane browser\"><p class=\"who\">{} <span class=\"arrow\" aria-hidden=\"true\">→</span></p>{}</div>\n\
         <div class=\"lane server\"><p class=\"who\"><span class=\"arrow\" aria-hidden=\"true\">←</span> Server</p>{}</div>\n\
         <div class=\"lane jar\"><p class=\"who\">Cookie jar, before → after</p>{}</div>\n\
         </div>\n</li>\n",
        escape(&browser),
        draw_request(exchange),
        draw_response(&exchange.response),
        draw_jar(step, exchange, before),
    );
    html
}

/// What happens before the request, in words; nothing for what shows elsewhere.
fn event(directive: &Directive) -> Option<String> {
    let cookie = |name: &str| format!("<samp>{}</samp>", escape(name));
    Some(match directive {
        Directive::Browser(_) | Directive::AllHeaders => return None,
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

fn draw_request(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let mut html = format!(
        "<p class=\"line\"><samp><b>{}</b> {}</samp></p>",
        escape(&request.method),
        escape(&short(&request.target))
    );
    html += &draw_headers(&request.headers);
    if !request.body.is_empty() {
        let _ = write!(
            html,
            "<pre class=\"body\">{}</pre>",
            escape(&short(&request.body))
        );
    }
    html
}

fn draw_headers(headers: &[(String, String)]) -> String {
    let mut html = String::new();
    for (name, value) in headers {
        let _ = write!(
            html,
            "<p class=\"line\"><samp><span class=\"name\">{}:</span> {}</samp></p>",
            escape(name),
            escape(&short(value))
        );
    }
    html
}

fn draw_response(response: &Response) -> String {
    let mut html = format!(
        "<p class=\"line\"><samp><b>{} {}</b></samp></p>",
        response.status,
        escape(&response.reason)
    );
    html += &draw_headers(&response.headers);
    if response.body.is_empty() {
        return html;
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

fn draw_jar(step: &Step, exchange: &Exchange, before: &Jar) -> String {
    let response = &exchange.response;
    let after = response.kept();
    let mut html = String::new();
    for (name, value) in &after {
        let old = before.iter().find(|(old, _)| old == name);
        let word = match (sets(response, name), old) {
            (true, Some(_)) => "changed",
            (true, None) => "new",
            (false, _) if touched(step, name) => "edited",
            (false, _) => "kept",
        };
        html += &draw_cookie(word, name, value);
        if let (Some((_, old)), "changed" | "edited") = (old, word) {
            let old = escape(&short(old));
            let _ = write!(html, "<p class=\"was\">before: <samp>{old}</samp></p>");
        }
    }
    let gone = before
        .iter()
        .filter(|(name, _)| !after.iter().any(|(kept, _)| kept == name));
    for (name, value) in gone {
        html += &draw_cookie("gone", name, value);
    }
    for note in &response.notes {
        if let Note::Refuses(refusal) = note {
            let _ = write!(
                html,
                "<p class=\"cookie refused\"><span class=\"word\">refused</span> {}</p>",
                escape(refusal)
            );
        }
    }
    match html.is_empty() {
        true => "<p class=\"empty\">empty</p>".to_owned(),
        false => html,
    }
}

fn draw_cookie(word: &str, name: &str, value: &str) -> String {
    format!(
        "<p class=\"cookie {word}\"><span class=\"word\">{word}</span> <samp><b>{}</b> = {}</samp></p>",
        escape(name),
        escape(&short(value))
    )
}

/// Whether the response sets the cookie to a value.
fn sets(response: &Response, name: &str) -> bool {
    response.headers.iter().any(|(header, value)| {
        header == "set-cookie"
            && value
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('='))
            && !value.contains("; removed")
    })
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
        )
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
}
