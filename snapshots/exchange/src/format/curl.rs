//! A script as `curl` commands. They keep their jar in a file, so those of one
//! script, typed one after the other in one folder, are the exchange.

use crate::format::script::{Directive, Script, Step};
use std::fmt::Write;

/// A command for each step, against the server at `origin`
/// (`http://127.0.0.1:8000`), for a POSIX shell; or why there is none.
pub fn commands(script: &Script, origin: &str) -> Vec<Result<String, &'static str>> {
    let mut browsers: Vec<&str> = Vec::new();
    let mut beyond = None;
    let mut commands = Vec::new();
    for step in &script.steps {
        // What curl can't do once is missing in its jar from then on.
        beyond = beyond.or_else(|| step.directives.iter().find_map(not_with_curl));
        beyond = beyond.or(step.has_place().then_some(MADE_UP));
        let browser = step.browser().unwrap_or_default();
        let first = !browsers.contains(&browser);
        browsers.push(browser);
        commands.push(beyond.map_or_else(|| Ok(command(step, first, origin)), Err));
    }
    commands
}

const MADE_UP: &str =
    "It sends back what the server made up: take the value from the answer before.";

fn not_with_curl(directive: &Directive) -> Option<&'static str> {
    Some(match directive {
        Directive::Browser(_)
        | Directive::Fresh
        | Directive::Close
        | Directive::Follow
        | Directive::AllHeaders
        | Directive::Needs(_)
        | Directive::Exact => return None,
        Directive::Clock(_) => "curl can't move the clock.",
        Directive::Edit { .. } | Directive::Flip(_) => {
            "curl can't change a cookie in its jar. Open jar.txt in an editor."
        }
        Directive::Forget(_) => {
            "curl can't delete one cookie. Open jar.txt in an editor."
        }
        Directive::Copy(_) | Directive::Paste(_) => {
            "curl can't take a cookie out of its jar and put it back."
        }
        Directive::Seal { .. } => "curl has no key to seal a cookie with.",
        Directive::CrossSite => {
            "curl has no pages, so it can't come from another site."
        }
        Directive::Restart { .. } => "Restart the server by hand at this step.",
    })
}

fn command(step: &Step, first: bool, origin: &str) -> String {
    let mut command = "curl -i".to_owned();
    let jar = match step.browser() {
        Some(browser) => word(&format!("{browser}.txt")),
        None => "jar.txt".to_owned(),
    };
    let fresh = first || step.directives.contains(&Directive::Fresh);
    if step.header("cookie").is_none() {
        if !fresh {
            let _ = write!(command, " -b {jar}");
        }
        let _ = write!(command, " -c {jar}");
    }
    if step.directives.contains(&Directive::Close) {
        command += " -j";
    }
    match (step.method.as_str(), step.body.is_empty()) {
        ("HEAD", _) => command += " -I",
        ("GET", true) => {}
        ("POST", _) => {}
        (method, _) => {
            let _ = write!(command, " -X {method}");
        }
    }
    let is_form = |name: &str, value: &str| {
        name.eq_ignore_ascii_case("content-type")
            && value == "application/x-www-form-urlencoded"
            && !step.body.is_empty()
    };
    for (name, value) in &step.headers {
        if !is_form(name, value) {
            let _ = write!(command, " -H {}", quote(&format!("{name}: {value}")));
        }
    }
    if step.method == "POST" || !step.body.is_empty() {
        let _ = write!(command, " --data-raw {}", quote(&step.body));
    }
    let origin = match (&step.host, origin.rsplit_once(':')) {
        (Some(host), Some((_, port))) if host != "127.0.0.1" => {
            format!("http://{host}:{port}")
        }
        _ => origin.to_owned(),
    };
    let url = format!("{origin}{}", step.target);
    if url.contains(['[', ']', '{', '}']) {
        command += " -g";
    }
    if url.contains("/.") {
        command += " --path-as-is";
    }
    format!("{command} {}", word(&url))
}

/// The text as one word of a POSIX shell, quoted only if it must be.
fn word(text: &str) -> String {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b":/.-_~%=".contains(&byte));
    match plain {
        true => text.to_owned(),
        false => quote(text),
    }
}

/// The text as one word of a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
