//! A script as `curl` commands. They keep their jar in a file, so those of one
//! script, typed one after the other in one folder, are the exchange.

use crate::format::cookie::SetCookie;
use crate::format::script::{Directive, Script, Step, own_origin};
use crate::format::transcript::{Transcript, Turn};
use std::collections::HashMap;
use std::fmt::Write;

/// A command for each step, against the server at `origin`
/// (`http://127.0.0.1:8000`), for a POSIX shell; or why there is none. `pin` has
/// the answers, which curl's jar must bear.
pub fn commands(
    script: &Script,
    pin: &Transcript,
    origin: &str,
) -> Vec<Result<String, &'static str>> {
    let mut commands = Vec::new();
    // Of all browsers, and of each its own.
    let mut beyond = None;
    let mut jars: HashMap<&str, Option<&'static str>> = HashMap::new();
    for (index, step) in script.steps.iter().enumerate() {
        let answer = pin.turns.get(index);
        let without_jar = answer.is_some_and(|turn| names_another_site(step, turn));
        let first = !jars.contains_key(step.browser().unwrap_or_default());
        let jar = jars.entry(step.browser().unwrap_or_default()).or_default();
        if step.directives.contains(&Directive::Fresh) {
            *jar = None;
        }
        // What curl can't do once is missing from then on.
        for directive in &step.directives {
            let why = directive.beyond_curl();
            match directive {
                Directive::Clock(_) | Directive::Restart { .. } => {
                    beyond = beyond.or(why);
                }
                _ if !without_jar => *jar = jar.or(why),
                _ => {}
            }
        }
        let signs = step.is_signed().then_some(SIGNED);
        *jar = jar.or((step.has_place() && signs.is_none()).then_some(MADE_UP));
        commands.push(match beyond.or(*jar).or(signs) {
            Some(why) => Err(why),
            None if without_jar => Ok(command(step, Jar::None, origin)),
            None if first => Ok(command(step, Jar::New, origin)),
            None => Ok(command(step, Jar::Known, origin)),
        });
        // Its cookies are not in the jar.
        let sets = answer.is_some_and(|turn| !turn.response.cookies.is_empty());
        *jar = jar.or((without_jar && sets).then_some(FROM_ANOTHER_SITE));
        let is_wrong = answer.is_some_and(deletes_beside_another);
        *jar = jar.or(is_wrong.then_some(KEEPS_THE_DELETED));
    }
    commands
}

/// The file with a browser's cookies.
#[derive(PartialEq, Eq)]
enum Jar {
    /// It is not there yet.
    New,
    /// It is there.
    Known,
    /// Neither read nor written.
    None,
}

/// Whether a form of another site's page says so by itself, and no cookie comes with it:
/// without a jar curl sends the same.
fn names_another_site(step: &Step, turn: &Turn) -> bool {
    let other = step
        .header("origin")
        .is_some_and(|origin| own_origin("origin", origin).is_none());
    let crosses = step.directives.contains(&Directive::CrossSite);
    other && crosses && turn.request.header("cookie").is_none()
}

const FROM_ANOTHER_SITE: &str =
    "A browser keeps what the step before sets, and curl without its jar does not.";

const KEEPS_THE_DELETED: &str = "curl 7.88 keeps a cookie that is deleted before another one is \
     set, and the step before this one may do so. Type it in a browser.";

/// Whether an answer deletes one cookie and sets another. Rocket sends them in
/// any order, and curl 7.88 gets one of the two orders wrong.
fn deletes_beside_another(turn: &Turn) -> bool {
    let cookies = &turn.response.cookies;
    cookies.iter().any(SetCookie::removes) && turn.response.sets().next().is_some()
}

/// Why a delivery that is signed when it is sent has no form that can be kept.
pub const SIGNED: &str =
    "Its signature holds for five minutes, so none can stand here.";

const MADE_UP: &str =
    "It sends back what the server made up: take the value from the answer before.";

fn command(step: &Step, kept: Jar, origin: &str) -> String {
    let mut command = "curl -i".to_owned();
    let jar = match step.browser() {
        Some(browser) => word(&format!("{}.txt", browser.replace(' ', "-"))),
        None => "jar.txt".to_owned(),
    };
    let fresh = kept == Jar::New || step.directives.contains(&Directive::Fresh);
    if step.header("cookie").is_none() && kept != Jar::None {
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
        let value = match own_origin(name, value) {
            Some("127.0.0.1") => origin,
            _ => value,
        };
        if !is_form(name, value) {
            let _ = write!(command, " -H {}", quote(&format!("{name}: {value}")));
        }
    }
    if step.method == "POST" || !step.body.is_empty() {
        let _ = write!(command, " --data-raw {}", long(&step.body));
    }
    let origin = match (&step.host, origin.rsplit_once(':')) {
        (Some(host), Some((server, port))) if host != "127.0.0.1" => {
            // A name of the server's that only a script has.
            if host != "localhost" {
                let server = server.trim_start_matches("http://");
                let _ =
                    write!(command, " --connect-to {}", word(&format!("::{server}:")));
            }
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

/// The same, where a letter may come so often that nobody would read it.
fn long(text: &str) -> String {
    const OFTEN: usize = 100;
    let chars: Vec<char> = text.chars().collect();
    let runs = chars.chunk_by(|one, other| one == other);
    let is_long = |run: &&[char]| run.len() >= OFTEN && run[0].is_ascii_alphanumeric();
    let mut runs = runs.filter(is_long);
    let Some(run) = runs.next() else {
        return quote(text);
    };
    let (letter, count) = (run[0], run.len());
    let written: String = run.iter().collect();
    let parts = text.split_once(&written);
    let (before, after) = parts.unwrap_or_default();
    let quoted = |text: &str| match text {
        "" => String::new(),
        text => long(text),
    };
    format!(
        "{}\"$(printf '{letter}%.0s' $(seq {count}))\"{}",
        quoted(before),
        quoted(after)
    )
}

/// The text as one word of a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_of_the_server_is_asked_at_the_server() {
        let script =
            Script::parse("### A\nGET http://www.notes.example/came\n").unwrap();
        let found = commands(&script, &Transcript::default(), "http://127.0.0.1:8000");
        assert_eq!(
            found[0].as_deref(),
            Ok(
                "curl -i -c jar.txt --connect-to ::127.0.0.1: http://www.notes.example:8000/came"
            )
        );
    }

    #[test]
    fn a_form_of_the_servers_own_page_names_the_server_that_is_asked() {
        let command = |origin: &str| {
            let script = format!("### A\nPOST /notes\nOrigin: {origin}\n");
            let script = Script::parse(&script).unwrap();
            let url = "http://127.0.0.1:8001";
            commands(&script, &Transcript::default(), url).remove(0)
        };
        let own = command("http://127.0.0.1:8000").unwrap();
        assert!(own.contains("-H 'Origin: http://127.0.0.1:8001'"), "{own}");
        let other = command("http://elsewhere.example").unwrap();
        assert!(
            other.contains("'Origin: http://elsewhere.example'"),
            "{other}"
        );
    }

    #[test]
    fn a_new_jar_needs_nothing_of_what_curl_could_not_do_to_another() {
        for new in ["# @fresh", "# @browser second browser"] {
            let script = format!(
                "### In\nGET /in\n### Changed\n# @flip id\nGET /\n### As it is\nGET /\n\
                 ### New\n{new}\nGET /\n"
            );
            let script = Script::parse(&script).unwrap();
            let url = "http://127.0.0.1:8000";
            let found = commands(&script, &Transcript::default(), url);
            let given: Vec<bool> = found.iter().map(Result::is_ok).collect();
            assert_eq!(given, [true, false, false, true], "{new}");
            assert!(!found[3].as_ref().unwrap().contains(" -b "), "{found:?}");
        }
    }

    #[test]
    fn a_letter_that_comes_a_thousand_times_is_written_once() {
        assert_eq!(long("text=a+note"), "'text=a+note'");
        let many = format!("text={}&more=1", "x".repeat(2_000));
        assert_eq!(
            long(&many),
            "'text='\"$(printf 'x%.0s' $(seq 2000))\"'&more=1'"
        );
        let shell = std::process::Command::new("sh")
            .args(["-c", &format!("printf %s {}", long(&many))])
            .output();
        assert_eq!(shell.unwrap().stdout, many.as_bytes());
    }

    #[test]
    fn a_form_that_names_another_site_is_sent_without_the_jar() {
        let script = "### In\nGET /in\n### Other\n# @cross-site\nPOST /notes\n\
                      Origin: http://elsewhere.example\n### See\nGET /\n";
        let script = Script::parse(script).unwrap();
        let given = |cookie: &str, sets: &str| {
            let text = format!(
                "### In\n> GET /in\n< 200 OK\n\n### Other\n> POST /notes\n{cookie}\
                 > origin: http://elsewhere.example\n< 200 OK\n{sets}\n### See\n> GET /\n\
                 < 200 OK\n"
            );
            let pin = Transcript::parse(&text).unwrap();
            commands(&script, &pin, "http://127.0.0.1:8000")
        };
        let all = given("", "");
        let other = all[1].as_ref().unwrap();
        assert!(
            other.starts_with("curl -i -H 'Origin: http://elsewhere"),
            "{other}"
        );
        assert!(all[2].is_ok());
        let sets = given("", "< set-cookie: a=1\n");
        assert_eq!(sets[2], Err(FROM_ANOTHER_SITE));
        assert!(given("> cookie: a=1\n", "")[1].is_err());
    }

    #[test]
    fn after_one_cookie_is_deleted_beside_another_there_is_no_command() {
        let script = "### In\nPOST /in\n### See\nGET /\n### Again\nGET /\n";
        let pin = |set_cookies: &str| {
            let text = format!(
                "### In\n> POST /in\n< 303 See Other\n{set_cookies}\n\
                 ### See\n> GET /\n< 200 OK\n\n### Again\n> GET /\n< 200 OK\n"
            );
            Transcript::parse(&text).unwrap()
        };
        let script = Script::parse(script).unwrap();
        let ok = |set_cookies: &str| {
            let commands =
                commands(&script, &pin(set_cookies), "http://127.0.0.1:8000");
            commands.iter().map(Result::is_ok).collect::<Vec<_>>()
        };
        let (set, deleted) = ("< set-cookie: a=1\n", "< set-cookie: b=; removed\n");
        assert_eq!(ok(set), [true; 3]);
        assert_eq!(ok(deleted), [true; 3]);
        assert_eq!(ok(&format!("{set}{deleted}")), [true, false, false]);
        assert_eq!(ok(&format!("{deleted}{set}")), [true, false, false]);
    }
}
