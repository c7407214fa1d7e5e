//! A step in the forms that a reader takes along: a `curl` command, a request
//! of a `.http` file, a test with Rocket's local client. All three are made
//! from the pin, and the tests run all three.

use cookie::Cookie;
use exchange::format::cookie::SetCookie;
use exchange::format::curl;
use exchange::format::page;
use exchange::format::script::{Directive, Script, Step, own_origin};
use exchange::format::transcript::{Note, Transcript, Turn};
use serde::Serialize;
use std::fmt::Write;

/// Where the book's server listens, as pages and scripts write it.
const ORIGIN: &str = "http://127.0.0.1:8000";

/// A step's forms. One that can't be made is the reason why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// A command for a shell. Those of an exchange's steps, one after the
    /// other in one folder, are the exchange: its jar is a file there.
    pub curl: Result<String, &'static str>,
    /// One request of a `.http` file.
    pub http: String,
    /// A whole test, which takes the steps before this one, too. It needs the
    /// `rocket()` of the reader's `main.rs`.
    pub rocket: Result<String, &'static str>,
}

/// The forms of each step.
pub fn copies(script: &Script, pin: &Transcript) -> Vec<Copies> {
    let steps = script.steps.iter().zip(&pin.turns);
    steps
        .zip(curl::commands(script, pin, ORIGIN))
        .enumerate()
        .map(|(index, ((step, turn), curl))| Copies {
            curl,
            http: http(step, turn),
            rocket: rocket(&script.steps[..=index], &pin.turns[..=index]),
        })
        .collect()
}

fn http(step: &Step, turn: &Turn) -> String {
    let mut text = format!("### {}\n", turn.title);
    for directive in &step.directives {
        let _ = writeln!(text, "# @{directive}");
    }
    let origin = match &step.host {
        Some(host) => format!("http://{host}:8000"),
        None => ORIGIN.to_owned(),
    };
    let _ = writeln!(text, "{} {origin}{}", step.method, step.target);
    for (name, value) in &step.headers {
        let _ = writeln!(text, "{name}: {value}");
    }
    if !step.body.is_empty() {
        let _ = writeln!(text, "\n{}", step.body);
    }
    text
}

/// A test of the last of these steps, with the others before it.
fn rocket(steps: &[Step], turns: &[Turn]) -> Result<String, &'static str> {
    let (step, before) = steps.split_last().ok_or("There is no step.")?;
    let (turn, earlier) = turns.split_last().ok_or("There is no step.")?;
    if earlier.iter().any(is_for_a_browser) {
        return Err(
            "Rocket's local client keeps each cookie, and sends it everywhere.",
        );
    }
    for step in steps {
        if let Some(why) = step
            .directives
            .iter()
            .find_map(Directive::beyond_a_local_client)
        {
            return Err(why);
        }
        if step.host.as_deref().is_some_and(|host| host != "127.0.0.1") {
            return Err("Rocket's local client knows one host.");
        }
    }
    let location = turn.response.header("location").unwrap_or_default();
    if steps.iter().any(Step::is_signed) {
        return Err(curl::SIGNED);
    }
    if location.contains("{{") || steps.iter().any(Step::has_place) {
        return Err("What the server makes up is another value each time.");
    }
    let mut body = String::new();
    for step in before {
        let _ = writeln!(body, "    {}.dispatch();", request(step)?);
    }
    let response = &turn.response;
    let _ = write!(
        body,
        "    let response = {}.dispatch();\n    assert_eq!(response.status().code, {});\n",
        request(step)?,
        response.status
    );
    if let Some(location) = response.header("location") {
        let location = location.strip_prefix("http://server").unwrap_or(location);
        let _ = writeln!(
            body,
            "    assert_eq!(response.headers().get_one(\"location\"), Some({location:?}));"
        );
    }
    let said = said(turn);
    if !said.is_empty() {
        body += "    let body = response.into_string().unwrap_or_default();\n";
    }
    for text in said {
        let _ = writeln!(body, "    assert!(body.contains({text:?}));");
    }
    if is_silent(turn) {
        body += "    assert!(!body.contains(\"role=\\\"\"));\n";
    }
    let mut uses = String::new();
    for name in ["ContentType", "Cookie", "Header"] {
        if body.contains(&format!("{name}::")) {
            let _ = writeln!(uses, "    use rocket::http::{name};");
        }
    }
    Ok(format!(
        "#[test]\nfn {}() {{\n{uses}    use rocket::local::blocking::Client;\n\n    \
         let client = Client::tracked(rocket()).expect(\"a server\");\n{body}}}\n",
        name(&turn.title),
    ))
}

fn request(step: &Step) -> Result<String, &'static str> {
    let method = match step.method.as_str() {
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS" => {
            step.method.to_ascii_lowercase()
        }
        _ => return Err("Rocket's local client has no such method."),
    };
    let mut text = format!("client.{method}({:?})", step.target);
    for (name, value) in &step.headers {
        let lower = name.to_ascii_lowercase();
        match (lower.as_str(), value.as_str()) {
            ("content-type", "application/x-www-form-urlencoded") => {
                text += ".header(ContentType::Form)";
            }
            // The local client ignores a `Cookie` header.
            ("cookie", _) => {
                for cookie in Cookie::split_parse_encoded(value.clone()) {
                    let cookie = cookie.map_err(|_| "A local client can't send it.")?;
                    let (name, value) = cookie.name_value();
                    let _ = write!(text, ".cookie(Cookie::new({name:?}, {value:?}))");
                }
            }
            _ => {
                let _ = write!(text, ".header(Header::new({name:?}, {value:?}))");
                // A local client names no host, which an origin is compared with.
                if own_origin(name, value).is_some() {
                    let host = value.trim_start_matches("http://");
                    let _ = write!(text, ".header(Header::new(\"Host\", {host:?}))");
                }
            }
        }
    }
    if !step.body.is_empty() {
        let _ = write!(text, ".body({:?})", step.body);
    }
    Ok(text)
}

/// What a body must contain: a plain one's words, or what a page says, as far
/// as it stands there unescaped.
fn said(turn: &Turn) -> Vec<String> {
    let response = &turn.response;
    if turn.request.method == "HEAD" || response.body.is_empty() {
        return Vec::new();
    }
    let kind = response.header("content-type").unwrap_or_default();
    if !kind.starts_with("text/html") {
        return vec![response.body.clone()];
    }
    let said = page::said(&response.body).into_iter().map(|said| said.text);
    said.filter(|text| !text.is_empty() && response.body.contains(text))
        .collect()
}

/// Whether the answer's cookies are kept and sent by rules that only a browser has.
fn is_for_a_browser(turn: &Turn) -> bool {
    let is_refused = |note: &Note| matches!(note, Note::Refuses { .. });
    let is_bound = |set: &SetCookie| {
        let path = set.attribute("path");
        path.is_some_and(|path| path != "/") || set.attribute("domain").is_some()
    };
    let response = &turn.response;
    response.notes.iter().any(is_refused) || response.cookies.iter().any(is_bound)
}

/// Whether a page that could show a message shows none.
fn is_silent(turn: &Turn) -> bool {
    let said = page::said(&turn.response.body);
    let is_message = |said: &page::Said| matches!(said.kind, "status" | "alert");
    !said.is_empty()
        && !turn.response.body.contains("role=")
        && !said.iter().any(is_message)
}

/// A title as a function's name.
fn name(title: &str) -> String {
    let title = title.replace(['\'', '’'], "");
    let words = title
        .split(|char: char| !char.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase);
    let name = words.collect::<Vec<_>>().join("_");
    match name.starts_with(|char: char| char.is_ascii_alphabetic()) {
        true => name,
        false => format!("step_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(script: &str, pin: &str) -> Vec<Copies> {
        copies(
            &Script::parse(script).unwrap(),
            &Transcript::parse(pin).unwrap(),
        )
    }

    #[test]
    fn a_form_is_copied_with_the_jar() {
        let made = made(
            "### Save\nPOST /notes\nContent-Type: application/x-www-form-urlencoded\n\ntext=Ada's\n### See\n# @follow\nGET /notes?a=1\n",
            "### Save\n> POST /notes\n> content-type: application/x-www-form-urlencoded\n>\n> text=Ada's\n< 303 See Other\n< location: /notes\n\n### See\n> GET /notes?a=1\n< 200 OK\n< content-type: text/plain\n\nMilk\n",
        );
        assert_eq!(
            made[0].curl.as_deref(),
            Ok(
                r"curl -i -c jar.txt --data-raw 'text=Ada'\''s' http://127.0.0.1:8000/notes"
            )
        );
        assert_eq!(
            made[1].curl.as_deref(),
            Ok("curl -i -b jar.txt -c jar.txt 'http://127.0.0.1:8000/notes?a=1'")
        );
        assert_eq!(
            made[1].http,
            "### See\n# @follow\nGET http://127.0.0.1:8000/notes?a=1\n"
        );
        let test = made[1].rocket.as_deref().unwrap();
        assert!(test.starts_with("#[test]\nfn see() {\n"), "{test}");
        assert!(
            test.contains(r#"assert!(body.contains("Milk"));"#),
            "{test}"
        );
    }

    #[test]
    fn what_a_tool_cannot_do_it_says() {
        let made = made(
            "### A\nGET /\n### B\n# @flip a\nGET /\n### C\nGET /\n",
            "### A\n> GET /\n< 200 OK\n\n### B\n> GET /\n< 200 OK\n\n### C\n> GET /\n< 200 OK\n",
        );
        assert!(made[0].curl.is_ok() && made[0].rocket.is_ok());
        assert!(made[1].curl.is_err() && made[2].curl.is_err());
        assert!(made[2].rocket.is_err());
        assert!(made[2].http.starts_with("### C\nGET "));
    }

    #[test]
    fn what_only_a_browser_keeps_back_is_no_test_of_a_local_client() {
        let script = "### A\nGET /\n### B\nGET /\n";
        for (line, is_test) in [
            ("< set-cookie: a=b; Path=/", true),
            ("< set-cookie: a=b; Path=/kitchen", false),
            ("< set-cookie: a=b; Domain=notes.example; Path=/", false),
            ("< set-cookie: a=b; Path=/\n* refuses a: why", false),
        ] {
            let pin = format!(
                "### A\n> GET /\n< 200 OK\n{line}\n\n### B\n> GET /\n< 200 OK\n"
            );
            let made = made(script, &pin);
            assert!(made[0].rocket.is_ok());
            assert_eq!(made[1].rocket.is_ok(), is_test, "{line}");
        }
    }

    #[test]
    fn a_title_is_a_name() {
        assert_eq!(name("POST /save, twice"), "post_save_twice");
        assert_eq!(name("303 is not 302"), "step_303_is_not_302");
    }
}
