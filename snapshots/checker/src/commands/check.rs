//! `check`: plays exchanges against a server.

use super::print;
use checker::check::{Report, Settings, check};
use checker::lesson;
use checker::report::{self, Format, Look};
use checker::repository::{exchanges, root};
use clap::Args;
use exchange::format::library::{self, Entry};
use exchange::format::requirement::requirements;
use exchange::play::http::Limits;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

/// What `check` is asked for.
#[derive(Args)]
pub struct Check {
    /// Where the server listens, as http://127.0.0.1:8001
    #[arg(required_unless_present_any = ["list", "requirements"])]
    url: Option<String>,
    /// Lessons (flash) or exchanges (flash/shown-once); all when none is named
    lessons: Vec<String>,
    /// Compare each line of each answer with the book's own server's
    #[arg(long)]
    exact: bool,
    /// The form of the report
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,
    /// Write the report to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Name the exchanges that would be played, and play none
    #[arg(long)]
    list: bool,
    /// Print what the lessons ask of a server, and play nothing
    #[arg(long)]
    requirements: bool,
    /// Say only what failed, and how many
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    bounds: Bounds,
}

/// What a server may cost.
#[derive(Args, Clone)]
pub struct Bounds {
    /// The most time for one answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    timeout: Duration,
    /// The most time for the whole run, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    time: Duration,
    /// The most bytes of an answer's headers
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().head)]
    max_head: usize,
    /// The most bytes of an answer's body
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().body)]
    max_body: usize,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "write a number of seconds".to_owned())?;
    match seconds > 0.0 && seconds <= 86_400.0 {
        true => Ok(Duration::from_secs_f64(seconds)),
        false => Err("write more than 0 and at most 86400 seconds".to_owned()),
    }
}

impl Bounds {
    /// These bounds, as settings for the contract.
    pub fn settings(&self) -> Settings {
        Settings {
            limits: Limits {
                time: self.timeout,
                head: self.max_head,
                body: self.max_body,
            },
            time: self.time,
            exact: false,
        }
    }
}

/// Runs it. True when all passed.
pub fn run(command: &Check) -> Result<bool, String> {
    let entries = library::entries(&exchanges())
        .map_err(|error| format!("{}: {error}", exchanges().display()))?;
    // With these there is no URL to name.
    let mut wanted = command.lessons.clone();
    if (command.list || command.requirements)
        && let Some(url) = &command.url
        && !url.contains("://")
    {
        wanted.insert(0, url.clone());
    }
    let entries = select(entries, &wanted)?;
    if command.list {
        let names: String = entries.iter().map(|entry| entry.id() + "\n").collect();
        print(&names);
        return Ok(true);
    }
    if command.requirements {
        print(&asked(&entries)?);
        return Ok(true);
    }
    let settings = Settings {
        exact: command.exact,
        ..command.bounds.settings()
    };
    let report = check(
        command.url.as_deref().unwrap_or_default(),
        &entries,
        &settings,
    )?;
    publish(command, &report)?;
    Ok(report.passed())
}

/// What the lessons of these exchanges ask, as far as the exchanges show it.
fn asked(entries: &[Entry]) -> Result<String, String> {
    let mut text = String::new();
    let lessons = entries.chunk_by(|one, other| one.lesson == other.lesson);
    for lesson in lessons {
        let slug = &lesson[0].lesson;
        text += &format!("{slug}\n");
        for requirement in requirements(&exchanges(), slug)? {
            let shown = |name: &String| lesson.iter().any(|entry| entry.name == *name);
            if requirement.exchanges.iter().any(shown) {
                let names = requirement.exchanges.join(", ");
                text += &format!("  - {}\n    ({names})\n", requirement.text);
            }
        }
    }
    Ok(text)
}

/// The exchanges of these names, which are lessons or exchanges, in the order of
/// the book's pages; all of them when there is no name.
pub fn select(
    mut entries: Vec<Entry>,
    wanted: &[String],
) -> Result<Vec<Entry>, String> {
    let order = lesson::slugs(&root())?;
    entries
        .sort_by_key(|entry| order.iter().position(|lesson| *lesson == entry.lesson));
    for name in wanted {
        let known = |entry: &Entry| entry.lesson == *name || entry.id() == *name;
        if !entries.iter().any(known) {
            let lessons = entries.iter().map(|entry| entry.lesson.clone());
            let ids = entries.iter().map(Entry::id);
            return Err(unknown(name, lessons.chain(ids)));
        }
    }
    let chosen = |entry: &Entry| {
        wanted.is_empty()
            || wanted
                .iter()
                .any(|name| entry.lesson == *name || entry.id() == *name)
    };
    Ok(entries.into_iter().filter(chosen).collect())
}

fn unknown(name: &str, known: impl Iterator<Item = String>) -> String {
    let closeness =
        |known: &String| similar::TextDiff::from_chars(name, known.as_str()).ratio();
    let nearest =
        known.max_by(|one, other| closeness(one).total_cmp(&closeness(other)));
    let nearest = nearest.filter(|known| closeness(known) > 0.5);
    let meant = nearest
        .map(|known| format!(" Did you mean `{known}`?"))
        .unwrap_or_default();
    format!(
        "There is no lesson or exchange `{name}`.{meant} `cargo snapshots check --list` names them all."
    )
}

fn publish(command: &Check, report: &Report) -> Result<(), String> {
    let to_terminal = command.output.is_none() && io::stdout().is_terminal();
    // https://no-color.org
    let wants_color = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let look = Look {
        color: to_terminal && wants_color,
        quiet: command.quiet,
    };
    let text = report::write(report, command.format, look);
    match &command.output {
        None => print(&text),
        Some(file) => {
            std::fs::write(file, text)
                .map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    Ok(())
}
