//! `check`: plays exchanges against a server.

use super::print;
use checker::check::{Report, Settings, check};
use checker::course::{Course, FILE, Moment, Selected};
use checker::report::{self, Format, Look};
use checker::repository::root;
use clap::Args;
use exchange::format::library::{self, Entry};
use exchange::format::requirement::requirements;
use exchange::play::http::Limits;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
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
    /// Play all exchanges of this folder in place of the book's: what another server's
    /// own answers are held to, as scripts/flask/exchanges
    #[arg(long, value_name = "DIR", conflicts_with_all = ["folder", "list", "requirements"])]
    pins: Option<PathBuf>,
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
    course: OwnExercises,
    #[command(flatten)]
    bounds: Bounds,
}

/// Where an instructor's own exercises are.
#[derive(Args, Clone)]
pub struct OwnExercises {
    /// A folder with exercises of an instructor's own, and a course.toml that says
    /// what counts; the page "Teach with it" shows one
    #[arg(long = "exchanges", value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

impl OwnExercises {
    /// The book, with what is in the folder.
    pub fn read(&self) -> Result<Course, String> {
        Course::read(&root(), self.folder.as_deref())
    }

    /// The same; where no folder is named, that one if it has a course.toml.
    pub fn read_or(&self, folder: PathBuf) -> Result<Course, String> {
        let found = Some(folder).filter(|folder| folder.join(FILE).is_file());
        Course::read(&root(), self.folder.as_deref().or(found.as_deref()))
    }
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
            is_project: false,
            has_own_layout: false,
        }
    }
}

/// Runs it. True when all passed.
pub fn run(command: &Check) -> Result<bool, String> {
    if let Some(folder) = &command.pins {
        return run_pins(command, folder);
    }
    let course = command.course.read()?;
    // With these there is no URL to name.
    let mut wanted = command.lessons.clone();
    if (command.list || command.requirements)
        && let Some(url) = &command.url
        && !url.contains("://")
    {
        wanted.insert(0, url.clone());
    }
    let Selected { played, hidden } = course.select(&wanted, false)?;
    if command.list {
        let names: String = played.iter().map(|entry| entry.id() + "\n").collect();
        print(&names);
        return Ok(true);
    }
    if command.requirements {
        let entries: Vec<Entry> = played.into_iter().chain(hidden).collect();
        print(&asked(&course, &entries)?);
        return Ok(true);
    }
    let settings = Settings {
        exact: command.exact,
        ..command.bounds.settings()
    };
    let url = command.url.as_deref().unwrap_or_default();
    let mut report = check(url, &played, &settings)?;
    course.mark(&mut report);
    report.notices = course.notices(&hidden, Moment::shown);
    publish(command, &report)?;
    Ok(report.passed())
}

/// Plays what is in `folder`, or as much of it as is named.
fn run_pins(command: &Check, folder: &Path) -> Result<bool, String> {
    let at = |why: String| format!("{}: {why}", folder.display());
    let mut entries =
        library::entries(folder).map_err(|error| at(error.to_string()))?;
    let is_named = |entry: &Entry| {
        let mut names = command.lessons.iter();
        names.any(|name| *name == entry.lesson || *name == entry.id())
    };
    entries.retain(|entry| command.lessons.is_empty() || is_named(entry));
    if entries.is_empty() {
        return Err(at("there is no such exchange".to_owned()));
    }
    let settings = Settings {
        exact: command.exact,
        ..command.bounds.settings()
    };
    let url = command.url.as_deref().unwrap_or_default();
    let mut report = check(url, &entries, &settings)?;
    // The book has pictures of some, and its pages are about another server.
    for check in &mut report.checks {
        check.page.clear();
    }
    publish(command, &report)?;
    Ok(report.passed())
}

/// What the lessons of these exchanges ask, as far as the exchanges show it.
fn asked(course: &Course, entries: &[Entry]) -> Result<String, String> {
    let mut text = String::new();
    for slug in course.slugs() {
        let mut sentences = String::new();
        for requirement in requirements(&course.home(slug), slug)? {
            let is_asked = |name: &String| {
                let is_it =
                    |entry: &Entry| entry.lesson == *slug && entry.name == *name;
                entries.iter().any(is_it)
            };
            if requirement.exchanges.iter().any(is_asked) {
                let names = names(course, slug, requirement.exchanges);
                sentences += &format!("  - {}\n    ({names})\n", requirement.text);
            }
        }
        if entries.iter().any(|entry| entry.lesson == *slug) {
            text += &format!("{slug}\n{sentences}");
        }
    }
    Ok(text)
}

/// The exchanges of a lesson by name, and of the hidden ones how many there are.
fn names(course: &Course, slug: &str, mut exchanges: Vec<String>) -> String {
    let all = exchanges.len();
    exchanges.retain(|name| !course.terms(&format!("{slug}/{name}")).hidden);
    let hidden = all - exchanges.len();
    exchanges.extend((hidden > 0).then(|| format!("{hidden} hidden")));
    exchanges.join(", ")
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
