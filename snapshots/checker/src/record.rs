//! Records a pin: plays a script against a right server that runs elsewhere, and
//! makes of what it answers a transcript that it passes again, and another right
//! server with it.
//!
//! The book's own pins are opened with the server's key. Of a server that runs
//! elsewhere nobody has the key, so its script is played twice: a cookie's value
//! that is another one the second time is written down as
//! [closed](exchange::format::cookie::Value::closed). What a framework answers by
//! itself, such as a 302, is written as what it means. Then the recorded pin is checked
//! against the server as every reader's will be.

use crate::check::{self, Report, Settings, check};
use crate::compare::body::is_html;
use crate::random::random_name;
use exchange::format::cookie::{Cookie, SetCookie, Value};
use exchange::format::difference::{Difference, of_answers};
use exchange::format::library;
use exchange::format::page;
use exchange::format::script::Script;
use exchange::format::transcript::{Note, Response, Transcript, Turn};
use exchange::play::player::{Player, Stopped, play_with};
use exchange::play::server::Remote;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What stands at the top of a recorded `.snap`, where insta names a pin's test.
const HEADER: &str = "---\nsource: cargo snapshots record\n---\n";
/// So much later the second play begins: a signature with the time in it is then
/// another one.
const LATER: Duration = Duration::from_millis(1100);

/// A pin that was recorded, and what its author should know of it.
#[derive(Debug)]
pub struct Recorded {
    /// The text of the `.snap` file.
    pub text: String,
    /// What came, a turn for each step.
    pub transcript: Transcript,
    /// The cookies whose values were other ones the second time, by name.
    pub closed: BTreeSet<String>,
    /// What is written as what it means, and not as it came, a line each.
    pub meant: Vec<String>,
    /// The steps whose pages say nothing that a check compares, by number.
    pub silent: Vec<usize>,
    /// What else was other the second time, a line each.
    pub unsteady: Vec<String>,
    /// The steps that a check leaves out, and why, a line each.
    pub left_out: Vec<String>,
}

/// Records the script of `path` from the server at `url`.
///
/// # Errors
///
/// A script that can't be parsed or asked of a server that runs elsewhere, each with
/// its line; a server that does not answer, or does not pass its own pin.
pub fn record(url: &str, path: &Path, settings: &Settings) -> Result<Recorded, String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let script = Script::parse(&text).map_err(|error| {
        format!("{}:{}: {}", path.display(), error.line, error.message)
    })?;
    can_be_asked(&script, path)?;
    let server = check::listening(url, Remote::at(url)?)?;
    let mut first = played(&script, path, &server, settings)?;
    std::thread::sleep(LATER);
    let mut second = played(&script, path, &server, settings)?;
    let mut closed = BTreeSet::new();
    for (one, other) in first.turns.iter_mut().zip(&mut second.turns) {
        close(one, other, &mut closed);
    }
    let mut meant = Vec::new();
    if !settings.exact {
        meant = mean(&mut first);
        mean(&mut second);
    }
    let recorded = format!("{HEADER}{first}");
    if Transcript::parse(&recorded).as_ref() != Ok(&first) {
        return Err(format!(
            "{}: what came can't be written down so that it is read again. \
             Is there a header without a value, or a body that is no text?",
            path.display()
        ));
    }
    let report = checked(url, &text, &recorded, settings)?;
    passes(&report, path)?;
    let skipped = report.checks.iter().filter_map(|check| {
        let why = check.why_skipped()?;
        Some(format!("step {}, {}: {why}", check.step, check.title))
    });
    Ok(Recorded {
        text: recorded,
        closed,
        meant,
        silent: match settings.exact {
            true => Vec::new(),
            false => silent(&first),
        },
        unsteady: unsteady(&first, &second),
        left_out: skipped.collect(),
        transcript: first,
    })
}

/// Sees to it that nothing is played when a step can't be.
fn can_be_asked(script: &Script, path: &Path) -> Result<(), String> {
    for (index, step) in script.steps.iter().enumerate() {
        let mut directives = step.directives.iter();
        let beyond = directives.find_map(|directive| {
            let why = directive.beyond_a_remote_server()?;
            Some(format!("`@{directive}`: {why}"))
        });
        if let Some(beyond) = beyond {
            return Err(refused(path, step.line, index, &step.title, &beyond));
        }
    }
    Ok(())
}

fn refused(path: &Path, line: usize, index: usize, title: &str, why: &str) -> String {
    let path = path.display();
    let number = index + 1;
    format!(
        "{path}:{line}: step {number}, {title}, can't be recorded. {why}. Nothing is written."
    )
}

fn played(
    script: &Script,
    path: &Path,
    server: &Remote,
    settings: &Settings,
) -> Result<Transcript, String> {
    let player = Player::new(server.clone(), settings.limits);
    let player = match settings.exact {
        true => player.that_reads_signed(),
        false => player,
    };
    let played = play_with(player, script);
    let Some((index, stopped)) = played.stopped else {
        return Ok(played.transcript);
    };
    let step = &script.steps[index];
    let why = match stopped {
        Stopped::Skipped(why) => why.to_owned(),
        Stopped::Impossible(why) => why,
        Stopped::Http(error) => format!("{} {}: {error}", step.method, step.target),
    };
    Err(refused(path, step.line, index, &step.title, &why))
}

/// Closes the values of cookies that the two plays of one step don't share.
fn close(one: &mut Turn, other: &mut Turn, closed: &mut BTreeSet<String>) {
    let mut close = |name: &str, one: &mut Value, other: &mut Value| {
        if one != other {
            closed.insert(name.to_owned());
            (*one, *other) = (Value::closed(), Value::closed());
        }
    };
    let pairs = one
        .response
        .cookies
        .iter_mut()
        .zip(&mut other.response.cookies);
    for (one, other) in pairs.filter(|(one, other)| one.name == other.name) {
        if let (Some(is), Some(was)) = (&mut one.value, &mut other.value) {
            close(&one.name, is, was);
        }
    }
    let pairs = one.response.notes.iter_mut().zip(&mut other.response.notes);
    for pair in pairs {
        if let (Note::Keeps(one), Note::Keeps(other)) = pair
            && one.name == other.name
        {
            close(&one.name, &mut one.value, &mut other.value);
        }
    }
    let headers = one
        .request
        .headers
        .iter_mut()
        .zip(&mut other.request.headers);
    for ((name, one), (_, other)) in headers {
        let (mut sent, mut again) = (Cookie::parse_all(one), Cookie::parse_all(other));
        if name != "cookie" || sent.len() != again.len() {
            continue;
        }
        for (one, other) in sent.iter_mut().zip(&mut again) {
            close(&one.name, &mut one.value, &mut other.value);
        }
        (*one, *other) = (line(&sent), line(&again));
    }
    for turn in [one, other] {
        turn.response.cookies.sort_by_key(SetCookie::to_string);
    }
}

/// Writes what a framework answers by itself as what it means, so that a right server
/// of another framework passes: a 302 as 303, words without markup as plain text.
/// Says in which steps.
fn mean(transcript: &mut Transcript) -> Vec<String> {
    let mut meant = Vec::new();
    for (index, turn) in transcript.turns.iter_mut().enumerate() {
        let step = index + 1;
        let response = &mut turn.response;
        if response.status == 302 {
            response.status = 303;
            response.reason = "See Other".to_owned();
            meant.push(format!("step {step}: 303, for which 302 does, too"));
        }
        if is_silent(response) && !response.body.contains('<') {
            response.body = page::visible(&response.body);
            for (_, kind) in response.headers.iter_mut().filter(|it| it.0 == KIND) {
                *kind = "text/plain; charset=utf-8".to_owned();
            }
            meant.push(format!(
                "step {step}: plain text, which may stand in a page, too"
            ));
        }
    }
    meant
}

const KIND: &str = "content-type";

/// Whether it is a page that has nothing in it that a check compares.
fn is_silent(response: &Response) -> bool {
    (200..300).contains(&response.status)
        && !response.body.is_empty()
        && is_html(response)
        && page::said(&response.body).is_empty()
}

/// The steps that are [silent](is_silent), by number.
fn silent(transcript: &Transcript) -> Vec<usize> {
    let turns = transcript.turns.iter().enumerate();
    let silent = turns.filter(|(_, turn)| is_silent(&turn.response));
    silent.map(|(index, _)| index + 1).collect()
}

fn line(cookies: &[Cookie]) -> String {
    let pairs: Vec<String> = cookies.iter().map(Cookie::to_string).collect();
    pairs.join("; ")
}

/// What the two plays of a script don't share, a line each.
fn unsteady(first: &Transcript, second: &Transcript) -> Vec<String> {
    let mut said = Vec::new();
    for (index, (one, other)) in first.turns.iter().zip(&second.turns).enumerate() {
        for difference in of_answers(&one.response, &other.response) {
            let what = match difference {
                Difference::Status { .. } => "the status".to_owned(),
                Difference::Header {
                    line: (name, _), ..
                } => format!("`{name}`"),
                Difference::Body { line, .. } => format!("line {line} of the body"),
                Difference::Notes { .. } => "what the browser keeps".to_owned(),
            };
            let what = format!("step {}, {what}", index + 1);
            if !said.contains(&what) {
                said.push(what);
            }
        }
    }
    said
}

/// The server's own report on the pin.
fn checked(
    url: &str,
    script: &str,
    pin: &str,
    settings: &Settings,
) -> Result<Report, String> {
    let folder = Draft::new()?;
    let entry = library::entry(&folder.0, "draft/recorded").expect("a plain name");
    folder.write(&entry.script_path(), script)?;
    folder.write(&entry.pin_path(), pin)?;
    check(url, &[entry], settings)
}

/// A folder of the system's for a pin that nobody has accepted yet.
struct Draft(PathBuf);

impl Draft {
    fn new() -> Result<Draft, String> {
        let folder = std::env::temp_dir().join(format!("snapshots-{}", random_name()));
        fs::create_dir(&folder)
            .and_then(|()| fs::create_dir(folder.join("draft")))
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Draft(folder))
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), String> {
        fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Sees to it that the server passes its own pin.
fn passes(report: &Report, path: &Path) -> Result<(), String> {
    if let Some(why) = &report.ended {
        return Err(format!(
            "{}: the run ended early: {why}. Nothing is written.",
            path.display()
        ));
    }
    let mut failed = report.checks.iter().filter(|it| it.word() == "failed");
    let Some(check) = failed.next() else {
        return Ok(());
    };
    let mut text = format!(
        "{}: step {}, {}, is answered otherwise when it is played again, so no server could \
         be held to it. Nothing is written.\n",
        path.display(),
        check.step,
        check.title
    );
    for finding in check.findings() {
        text += &format!(
            "  {}\n    first  {}\n    then   {}\n",
            finding.fault.headline(),
            finding.expected.replace('\n', "\n           "),
            finding.came().replace('\n', "\n           ")
        );
    }
    Err(text
        + "A check may be played twice against one server: ask only for what a new browser \
           finds the same each time.")
}
