//! `watch`: builds a reader's server on save, plays the exchanges, and shows
//! one screen.

mod said;
mod screen;
mod standing;
mod state;

use super::check::{Bounds, OwnExercises};
use super::{print, put_aside};
use checker::check::{Check, Report, Settings, check_subject};
use checker::course::handout::FOLDER as HANDOUT;
use checker::course::{Course, Moment, Selected};
use checker::faults::Fault;
use checker::lesson;
use checker::progress::{self, Solved};
use checker::repository::root;
use checker::starter::{self, Level};
use checker::submission::{self, Allowance, Build, Program, Running, build};
use clap::Args;
use exchange::format::library::Entry;
use screen::{FIRST, NOT_ONE, sealed_otherwise};
use standing::{Standing, standings};
use state::State;
use std::cell::RefCell;
use std::env;
use std::fs;
use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, SystemTime};

/// How often the project's files are looked at.
const LOOK: Duration = Duration::from_millis(300);
/// A build may take this long.
const BUILD: Duration = Duration::from_secs(600);

/// What `watch` is asked for.
#[derive(Args)]
pub struct Watch {
    /// The project's folder
    dir: PathBuf,
    /// Lessons or exchanges; all when none is named
    lessons: Vec<String>,
    /// Build and check once, and leave: 0 when nothing failed and nothing is left to write, else 1
    #[arg(long)]
    once: bool,
    #[command(flatten)]
    course: OwnExercises,
    #[command(flatten)]
    bounds: Bounds,
}

/// Watches until the reader quits, or checks once.
pub fn run(command: &Watch) -> Result<bool, String> {
    let dir = &command.dir;
    if !dir.join("Cargo.toml").is_file() {
        return Err(format!(
            "{0}: there is no Cargo.toml. `cargo snapshots new {0}` writes a project.",
            dir.display()
        ));
    }
    let course = command.course.read_or(dir.join(HANDOUT))?;
    let Selected { played, hidden } = course.select(&command.lessons, false)?;
    let is_own = |entry: &Entry| course.is_own(&entry.lesson);
    let (own, mut entries): (Vec<_>, Vec<_>) = played.into_iter().partition(is_own);
    lesson::in_page_order(&root(), &mut entries)?;
    // A project that begins later has nothing of what is before.
    if let Some(from) = starter::from_of(dir).filter(|_| command.lessons.is_empty()) {
        let at = entries.iter().position(|entry| entry.lesson == from);
        entries.drain(..at.unwrap_or(0));
    }
    entries.extend(own);
    if entries.is_empty() {
        return Err(format!(
            "There is nothing to play: what was asked for is kept back for grading. \
             `cargo snapshots watch {}` plays all the rest.",
            dir.display()
        ));
    }
    let mut watcher = Watcher {
        dir: dir.clone(),
        entries,
        hidden,
        course,
        bounds: command.bounds.clone(),
        state: State::load(dir),
        solved: Vec::new(),
        warnings: Vec::new(),
        once: command.once,
        latest: Err(String::new()),
        server: None,
    };
    if command.once {
        watcher.play();
        print(&watcher.screen(false, io::stdout().is_terminal()));
        watcher.state.save(dir)?;
        let Ok(report) = &watcher.latest else {
            return Ok(false);
        };
        if !is_played(report) {
            return Err(NOT_ONE.to_owned());
        }
        return Ok(report.passed() && watcher.left().is_empty());
    }
    watcher.until_quit()
}

/// A project that is watched.
struct Watcher {
    dir: PathBuf,
    entries: Vec<Entry>,
    /// The exchanges that are kept back for grading.
    hidden: Vec<Entry>,
    course: Course,
    bounds: Bounds,
    state: State,
    /// The steps of pages that are solved, as the last report has it.
    solved: Vec<Solved>,
    /// What the compiler warned of, in the last build.
    warnings: Vec<String>,
    /// Whether it ends after one round.
    once: bool,
    /// The last report, or why there is none.
    latest: Result<Report, String>,
    /// It goes on between two builds, so that the reader can ask it, too.
    server: Option<Running>,
}

impl Watcher {
    fn until_quit(&mut self) -> Result<bool, String> {
        let input = lines();
        let mut seen = None;
        let mut notice = String::new();
        loop {
            let now = fingerprint(&self.dir);
            if seen != Some(now) {
                let seen_one = seen.replace(now).is_some();
                self.show(match seen_one {
                    true => "Building …",
                    false => FIRST,
                });
                self.play();
                self.state.save(&self.dir)?;
                self.show(&notice);
                notice.clear();
            }
            match input.recv_timeout(LOOK) {
                Ok(line) => match self.obey(line.trim()) {
                    Some(said) => {
                        self.show(&said);
                        // A reset causes a build, whose screen says it again.
                        notice = said;
                    }
                    None => return Ok(true),
                },
                Err(RecvTimeoutError::Timeout) => notice.clear(),
                // Nobody can type q any more, so this ends when the input does.
                Err(RecvTimeoutError::Disconnected) => return Ok(true),
            }
        }
    }

    /// Builds, starts and checks the project.
    fn play(&mut self) {
        self.latest = self.report();
        if let Ok(report) = &self.latest {
            let all = standings(report).into_iter();
            let passed = all.filter(|(_, it)| *it == Standing::Passes);
            self.state.passed = passed.map(|(exchange, _)| exchange).collect();
        }
        if let Err(why) = self.mark_what_is_solved() {
            self.latest = Err(why);
        }
    }

    /// Looks which steps of the pages are solved, and has the book's server show them
    /// where a reader is at the keys.
    fn mark_what_is_solved(&mut self) -> Result<(), String> {
        self.solved.clear();
        if self.latest.is_err() {
            return Ok(());
        }
        let State { passed, broken, .. } = &mut self.state;
        self.solved = progress::solved(&root(), &self.dir, passed, broken)?;
        match self.once {
            true => Ok(()),
            false => progress::leave(&root(), &self.solved),
        }
    }

    fn report(&mut self) -> Result<Report, String> {
        let how = Build {
            time: BUILD,
            bounds: submission::Bounds::default(),
            target: None,
            sandbox: None,
            shelf: None,
        };
        let built = build(&self.dir, &how)
            .map_err(|error| said::explained(&error.to_string()))?;
        self.warnings = said::warnings(&built.warnings);
        // The old one makes room for the new.
        self.server = None;
        let allowance = Allowance {
            start: Duration::from_secs(20),
            memory: None,
            disk: None,
            sandbox: None,
            clean: false,
            has_our_key: true,
        };
        let program = Program::File(built.program);
        let server = Running::start(&program, &self.dir, self.port(), &allowance)
            .map_err(|error| said::error_first(&error.to_string()))?;
        let url = format!("http://{}", server.address);
        let server = Rc::new(RefCell::new(server));
        let settings = Settings {
            is_project: true,
            has_own_layout: starter::level_of(&self.dir) == Some(Level::Empty),
            ..self.bounds.settings()
        };
        let names = &mut self.state.names;
        let report =
            check_subject(server.clone(), &url, &self.entries, &settings, names);
        self.server = Rc::try_unwrap(server).ok().map(RefCell::into_inner);
        let mut report = report?;
        self.course.mark(&mut report);
        report.notices = self.course.notices(&self.hidden, Moment::shown);
        report.notices.extend(sealed_otherwise(&report));
        Ok(report)
    }

    /// Where the server is to listen, by what Rocket goes by.
    fn port(&self) -> u16 {
        let said = env::var("ROCKET_PORT").ok();
        let said = said.and_then(|port| port.parse().ok());
        said.or_else(|| starter::port_of(&self.dir))
            .unwrap_or(starter::PORT)
    }

    /// Does what was typed; nothing when that is to quit.
    fn obey(&mut self, line: &str) -> Option<String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match word {
            "q" | "quit" => return None,
            "h" | "hint" => {
                let Some(failure) = self.first_failure() else {
                    return Some(
                        "No check has failed, so there is no hint.".to_owned(),
                    );
                };
                let hint = hint(failure);
                self.state.hints.insert(hint);
                self.state.save(&self.dir).err().unwrap_or_default()
            }
            "l" | "list" => self.list(),
            "r" | "reset" => match self.reset(rest.trim()) {
                Ok(said) | Err(said) => said,
            },
            "" => String::new(),
            other => format!("`{other}` is none of h, l, r LESSON, q."),
        })
    }

    /// Writes a lesson's file anew. What was there is kept beside it.
    fn reset(&self, lesson: &str) -> Result<String, String> {
        if lesson.is_empty() {
            return Err("Which lesson? Type r and its name, as r flash.".to_owned());
        }
        let root = root();
        let level = starter::level_of(&self.dir).unwrap_or(Level::Bodies);
        let (file, text) = starter::turn_of(&root, lesson, level)?;
        let path = self.dir.join(&file);
        let kept = put_aside(&path)?;
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        fs::write(&path, text).map_err(failed)?;
        let yours = kept.map(|kept| format!(" Yours is {}.", kept.display()));
        let (path, yours) = (path.display(), yours.unwrap_or_default());
        Ok(format!("{path} is as it was at first.{yours}"))
    }

    /// The first in the page's order, of what is written; only then of what is not.
    fn first_failure(&self) -> Option<&Check> {
        let report = self.latest.as_ref().ok()?;
        let mut failed = report
            .checks
            .iter()
            .filter(|check| check.word() == "failed");
        let is_written = |check: &&Check| {
            let mut findings = check.findings().iter();
            findings.all(|finding| finding.fault != Fault::NotWritten)
        };
        failed.clone().find(is_written).or_else(|| failed.next())
    }

    /// The files of these lessons with something left to write, and how much.
    fn left(&self) -> Vec<(PathBuf, usize)> {
        starter::left(&self.dir, &self.slugs())
    }

    /// The lessons that are played.
    fn slugs(&self) -> Vec<&str> {
        let mut slugs: Vec<&str> =
            self.entries.iter().map(|entry| &*entry.lesson).collect();
        slugs.dedup();
        slugs
    }
}

/// Whether any step says something about the server.
fn is_played(report: &Report) -> bool {
    report.checks.iter().any(Check::counts)
}

/// What a hint is kept under: another fault in the same place has another.
fn hint(failure: &Check) -> String {
    let mut faults = failure
        .findings()
        .iter()
        .map(|finding| finding.fault.name());
    format!("{}: {}", failure.place(), faults.next().unwrap_or_default())
}

/// What is typed, line by line.
fn lines() -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Changes whenever a file that the server is made from does.
fn fingerprint(dir: &Path) -> (usize, Option<SystemTime>, u64) {
    let mut found = (0, None, 0);
    for name in ["Cargo.toml", "Rocket.toml", ".env", "src", "templates"] {
        look(&dir.join(name), &mut found);
    }
    found
}

fn look(path: &Path, found: &mut (usize, Option<SystemTime>, u64)) {
    let Ok(metadata) = fs::metadata(path) else {
        return;
    };
    if metadata.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            look(&entry.path(), found);
        }
        return;
    }
    found.0 += 1;
    found.1 = found.1.max(metadata.modified().ok());
    found.2 += metadata.len();
}
