//! `record`: the pin of an instructor's own exercise, from a right server.

use super::check::Bounds;
use super::print;
use checker::check::Settings;
use checker::course::{self, Course};
use checker::lesson;
use checker::record::{Recorded, record};
use checker::repository::root;
use checker::starter::hints;
use clap::Args;
use exchange::format::transcript::Transcript;
use std::fs;
use std::path::{Path, PathBuf};

/// What `record` is asked for.
#[derive(Args)]
pub struct Record {
    /// Where a right server listens, as http://127.0.0.1:8001
    url: String,
    /// The script: a .http file, as those of the book
    script: PathBuf,
    /// Where the pin goes; beside the script, if not said
    #[arg(long, value_name = "FILE.snap")]
    to: Option<PathBuf>,
    /// Write over a pin that is there
    #[arg(long)]
    force: bool,
    /// Write each line as it came, for `check --exact`
    #[arg(long)]
    exact: bool,
    #[command(flatten)]
    bounds: Bounds,
}

/// Runs it. True when the pin is written.
pub fn run(command: &Record) -> Result<bool, String> {
    let pin = pin_of(command)?;
    if pin.exists() && !command.force {
        return Err(format!(
            "{}: there is a pin already. Write over it with --force, and read what changed.",
            pin.display()
        ));
    }
    let settings = Settings {
        exact: command.exact,
        ..command.bounds.settings()
    };
    let recorded = record(&command.url, &command.script, &settings)?;
    fs::write(&pin, &recorded.text)
        .map_err(|error| format!("{}: {error}", pin.display()))?;
    print(&review(command, &pin, &recorded));
    Ok(true)
}

/// Where the pin goes.
fn pin_of(command: &Record) -> Result<PathBuf, String> {
    let script = &command.script;
    let ends = |path: &Path, ending: &str| {
        path.extension().is_some_and(|found| found == ending)
    };
    if !ends(script, "http") {
        return Err(format!(
            "{}: a script's name ends with .http, as in shown-once.http.",
            script.display()
        ));
    }
    let pin = command
        .to
        .clone()
        .unwrap_or_else(|| script.with_extension("snap"));
    match ends(&pin, "snap") {
        true => Ok(pin),
        false => Err(format!(
            "{}: a pin's name ends with .snap, as in shown-once.snap.",
            pin.display()
        )),
    }
}

/// What its author is to look at.
fn review(command: &Record, pin: &Path, recorded: &Recorded) -> String {
    let mut text = format!(
        "{} is written. Read it: every server is held to it.\n\nWhat it asks for:\n",
        pin.display()
    );
    for hint in hints(&recorded.transcript.turns) {
        text += &format!("  {hint}\n");
    }
    if !recorded.closed.is_empty() {
        let names: Vec<&str> = recorded.closed.iter().map(String::as_str).collect();
        text += &format!(
            "\nOther each time, and written as sealed(…): the cookie {}.\n",
            names.join(", ")
        );
    }
    text += &listed(
        "Written as what it means. Write it as it came where an exercise is about that:",
        &recorded.meant,
    );
    if !recorded.silent.is_empty() {
        let steps: Vec<String> = recorded.silent.iter().map(usize::to_string).collect();
        text += &format!(
            "\nA page of which nothing is compared: step {}. Let it say what counts in an h1, in \
             an element with role=\"status\" or role=\"alert\", or in a list item.\n",
            steps.join(", ")
        );
    }
    let kept = http_only(&recorded.transcript);
    if !kept.is_empty() && !command.exact {
        text += &format!(
            "\nA server's own cookie must be HttpOnly where this one's is: {kept}. Take the word \
             out of the pin where scripts may read it.\n"
        );
    }
    text += &listed(
        "Other each time, and no part of what a check compares; --exact would fail:",
        &recorded.unsteady,
    );
    text += &listed("A check leaves out:", &recorded.left_out);
    text += &format!(
        "\nThe server at {} passes it. Does a server with the mistake that you have in mind fail it?\n",
        command.url
    );
    text + &next(&command.url, pin)
}

/// What is missing for a check of the course that the pin is in, or how to check it.
fn next(url: &str, pin: &Path) -> String {
    let pin = pin.canonicalize().unwrap_or_default();
    let parts = pin
        .parent()
        .and_then(|lesson| Some((lesson, lesson.parent()?)));
    let Some((lesson, course)) = parts else {
        return String::new();
    };
    if !lesson.join(lesson::FILE).exists() && !course.join(course::FILE).exists() {
        return String::new();
    }
    match Course::read(&root(), Some(course)) {
        Err(missing) => format!("\nBefore it can be checked:\n  {missing}\n"),
        Ok(_) => format!(
            "\nCheck it: cargo snapshots check {url} {}/{} --exchanges {}\n",
            lesson.file_name().unwrap_or_default().display(),
            pin.file_stem().unwrap_or_default().display(),
            course.display()
        ),
    }
}

/// The cookies that scripts can't read, and in which steps they are set.
fn http_only(transcript: &Transcript) -> String {
    let mut kept = Vec::new();
    for (index, turn) in transcript.turns.iter().enumerate() {
        for set in turn.response.sets() {
            if set.attribute("httponly").is_some() {
                kept.push(format!("{} in step {}", set.name, index + 1));
            }
        }
    }
    kept.join(", ")
}

fn listed(title: &str, lines: &[String]) -> String {
    match lines.is_empty() {
        true => String::new(),
        false => format!("\n{title}\n  {}\n", lines.join("\n  ")),
    }
}
