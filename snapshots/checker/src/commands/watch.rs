//! `watch`: builds a reader's server on save, plays the exchanges, and shows
//! one screen.

use super::check::{Bounds, OwnExercises};
use super::{print, put_aside};
use checker::check::{Check, Names, Outcome, Report, Settings, check_subject};
use checker::course::handout::FOLDER as HANDOUT;
use checker::course::{Course, Moment, Selected};
use checker::faults::Fault;
use checker::lesson;
use checker::progress::{self, Solved};
use checker::report::{advised, failed, not_played, noticed};
use checker::repository::{BOOK, root, served};
use checker::starter::{self, Level};
use checker::submission::{self, Allowance, Build, Program, Running, build};
use clap::Args;
use exchange::format::library::Entry;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write as _;
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

/// What a server that ended said, with the lines that say why before all the others.
fn error_first(said: &str) -> String {
    let is_why =
        |line: &&str| line.starts_with("Error:") || line.contains("panicked at");
    let lines: Vec<&str> = said.lines().collect();
    let Some(at) = lines.iter().position(is_why) else {
        return said.to_owned();
    };
    let after = lines[at + 1..]
        .iter()
        .take_while(|line| !line.contains("backtrace") && !is_why(line));
    let why: Vec<&str> = [lines[at]].into_iter().chain(after.copied()).collect();
    format!(
        "{}\n{}\n\nAll that it said:\n{}",
        lines[0],
        why.join("\n"),
        lines[1..].join("\n")
    )
}

/// What the compiler can't know of Rocket: words of its message, and what they mean here.
const MEANINGS: [(&str, &str); 4] = [
    // `uri!(greet)` looks for this macro where `greet` is looked for.
    (
        "cannot find macro `rocket_uri_macro_",
        "uri! finds a handler by its path: one of another file with its module, as \
         uri!(session::greet), or after a `use` of that module.",
    ),
    (
        "expected struct, variant or union type, found function",
        "A handler that routes![] names has its attribute above it, as #[get(\"/guest\")].",
    ),
    (
        "Pin<Box<dyn Future",
        "What a guard gives comes later: write .await behind the call.",
    ),
    (
        "this method takes 1 argument but 2 arguments were supplied",
        "A cookie is one argument, a pair in brackets of its own: \
         add_private((\"name\", value)).",
    ),
];

/// What the compiler said, with what it can't know.
fn explained(said: &str) -> String {
    let meant = MEANINGS.iter().filter(|(words, _)| said.contains(words));
    let meant = meant.map(|(_, meaning)| format!("\n\n{meaning}"));
    format!("{}{}\n", said.trim_end(), meant.collect::<String>())
}

/// The most warnings on a screen.
const WARNINGS: usize = 3;

/// What a compiler that went on warned of, a line each, with its place.
fn warnings(said: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut lines = said.lines();
    while let Some(line) = lines.next() {
        let Some(warning) = line.strip_prefix("warning: ") else {
            continue;
        };
        // How many there were has no place.
        let place = lines
            .next()
            .and_then(|next| next.trim().strip_prefix("--> "));
        warnings.extend(place.map(|place| format!("{place}: {warning}")));
    }
    warnings
}

/// Why no value is shown that the server has sealed, where that is so.
fn sealed_otherwise(report: &Report) -> Option<String> {
    let is_closed = |line: &str| {
        line.starts_with("< set-cookie: ") && line.contains("=sealed(unreadable)")
    };
    let mut answers = report.checks.iter().map(|check| &check.response);
    let is_seen = answers.any(|response| response.lines().any(is_closed));
    is_seen.then(|| {
        let page = served().unwrap_or_else(|| BOOK.to_owned());
        format!(
            "What this server seals is sealed(unreadable) here: its key is another one than the \
             first 63 bytes of SECRET_KEY. {page}/book/secret-key.html says how it gets that."
        )
    })
}

const NOT_ONE: &str =
    "Not one step was played, so nothing is shown to pass. Name the whole lesson.";

/// Whether any step says something about the server.
fn is_played(report: &Report) -> bool {
    report.checks.iter().any(Check::counts)
}

/// What is remembered from one start to the next.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// The checks and faults whose hint was asked for.
    hints: BTreeSet<String>,
    /// The exchanges that passed, so that it can be said which no longer do.
    passed: BTreeSet<String>,
    /// The pages whose fault was in the code, which is there to be mended.
    broken: BTreeSet<String>,
    /// What the project calls the pages' cookies.
    names: Names,
}

/// What is shown at the start.
const FIRST: &str =
    "Building … A project's first build takes minutes, and the next ones seconds.";

const STATE: &str = ".snapshots.json";

impl State {
    /// What the folder has; nothing where there is none, or it can't be read.
    fn load(dir: &Path) -> State {
        let text = fs::read_to_string(dir.join(STATE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    fn save(&self, dir: &Path) -> Result<(), String> {
        let path = dir.join(STATE);
        // Texts are always JSON.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        fs::write(&path, text + "\n")
            .map_err(|error| format!("{}: {error}", path.display()))
    }
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
        let built =
            build(&self.dir, &how).map_err(|error| explained(&error.to_string()))?;
        self.warnings = warnings(&built.warnings);
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
            .map_err(|error| error_first(&error.to_string()))?;
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

    fn list(&self) -> String {
        let standings = self.latest.as_ref().map(standings).unwrap_or_default();
        let mut text = String::new();
        for entry in &self.entries {
            let mark = match standings.get(&entry.id()) {
                Some(Standing::Passes) => '✓',
                Some(Standing::Fails) => '✗',
                Some(Standing::Unplayed) => '–',
                None => ' ',
            };
            let _ = writeln!(text, "  {mark} {}", entry.id());
        }
        text
    }

    fn show(&self, notice: &str) {
        let color = io::stdout().is_terminal();
        // Clears the screen, and goes to its first line.
        let clear = if color { "\u{1b}[2J\u{1b}[H" } else { "" };
        let mut text = format!("{clear}{}", self.screen(true, color));
        if !notice.is_empty() {
            let _ = writeln!(text, "\n{notice}");
        }
        print(&text);
    }

    fn screen(&self, keys: bool, color: bool) -> String {
        let mut text = match &self.latest {
            Err(why) => format!("{}\n", why.trim_end()),
            Ok(report) => self.progress(report, color),
        };
        if keys {
            text += "\nType a letter and Enter: h hint, l list, r LESSON reset it, q quit.\n";
        }
        text
    }

    fn progress(&self, report: &Report, color: bool) -> String {
        let standings = standings(report);
        let count = |wanted: Standing| {
            let all = standings.values();
            all.filter(|standing| **standing == wanted).count()
        };
        let mut text = format!(
            "{}: {} of {} exchanges pass.",
            self.dir.display(),
            count(Standing::Passes),
            self.entries.len()
        );
        match count(Standing::Unplayed) {
            0 => text.push('\n'),
            unplayed => {
                let _ = writeln!(text, " {unplayed} can't be played to the end here.");
            }
        }
        for lesson in self
            .entries
            .chunk_by(|one, other| one.lesson == other.lesson)
        {
            let found = lesson.iter().map(|entry| standings.get(&entry.id()));
            let bar: String =
                found.map(|found| Standing::mark(found.copied())).collect();
            let done = bar.matches('█').count();
            let _ = writeln!(
                text,
                "  {:20} {bar} {done} of {}",
                lesson[0].lesson,
                lesson.len()
            );
        }
        text.push('\n');
        match self.first_failure() {
            Some(failure) => {
                // Nobody can type h after the one round.
                let hint = self.once || self.state.hints.contains(&hint(failure));
                text += &failed(failure, color, hint);
            }
            None => {
                text += &self.without_failure(report, count(Standing::Unplayed));
                text += &advised(report, color);
            }
        }
        text += &self.steps();
        if self.first_failure().is_none() {
            text += &not_played(report);
        }
        text += &noticed(report);
        if !self.warnings.is_empty() {
            let _ = writeln!(text, "\nThe compiler warns:");
        }
        for warning in self.warnings.iter().take(WARNINGS) {
            let _ = writeln!(text, "  {warning}");
        }
        for path in starter::muted(&self.dir, &self.slugs()) {
            let path = self.dir.join(path);
            let _ = writeln!(
                text,
                "\n{}: nothing is left to write. Without its line #![allow(…)] the compiler says \
                 what is not used.",
                path.display()
            );
        }
        text += &self.whereabouts(&report.url);
        text
    }

    /// What is said where nothing failed: that all is done only where it is.
    fn without_failure(&self, report: &Report, unplayed: usize) -> String {
        let left = self.left();
        if let Some(ended) = &report.ended {
            return format!("It ended early, and shows nothing: {ended}.\n");
        }
        if !left.is_empty() {
            let files = left.into_iter().map(|(path, count)| {
                let path = self.dir.join(path);
                format!("  {}: {count} × todo!()\n", path.display())
            });
            let files: String = files.collect();
            return format!("What was played passes. This is still to write:\n{files}");
        }
        let mut skipped =
            report
                .checks
                .iter()
                .filter_map(|check| match &check.outcome {
                    Outcome::Skipped(why) => Some((check.place(), why)),
                    _ => None,
                });
        if let Some((place, why)) = skipped.next() {
            return format!(
                "What was played passes. Then it ended, at {place}: {why}.\n"
            );
        }
        match unplayed {
            0 => "All that was asked for passes.\n".to_owned(),
            _ if !is_played(report) => format!("{NOT_ONE}\n"),
            _ => "What was played passes. The rest shows nothing:\n".to_owned(),
        }
    }

    /// The steps that are solved, by their pages.
    fn steps(&self) -> String {
        if self.solved.is_empty() {
            return String::new();
        }
        let book = served().unwrap_or_else(|| BOOK.to_owned());
        let mut text = String::from("\nSolved:\n");
        for Solved { page, steps } in &self.solved {
            let names: Vec<&str> = steps.iter().map(|step| step.heading()).collect();
            let names = names.join(", ");
            let _ = writeln!(text, "  ✓ {names}: {book}/book/{page}.html#your-turn");
        }
        text
    }

    /// Where the server is to be asked, if it is not where its reader looks for it.
    fn whereabouts(&self, url: &str) -> String {
        let port = self.port();
        if self.once {
            return format!(
                "\nThe server has ended. To try a line: (cd {} && cargo run), and another \
                 terminal.\n",
                self.dir.display()
            );
        }
        match url.ends_with(&format!(":{port}")) {
            true => String::new(),
            false => format!(
                "\nPort {port} is another program's, so the server is at {url} for now.\n"
            ),
        }
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

/// What a hint is kept under: another fault in the same place has another.
fn hint(failure: &Check) -> String {
    let mut faults = failure
        .findings()
        .iter()
        .map(|finding| finding.fault.name());
    format!("{}: {}", failure.place(), faults.next().unwrap_or_default())
}

/// How an exchange came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Every step of it.
    Passes,
    /// Nothing failed, and some step is not for this server.
    Unplayed,
    /// A step failed, or was not come to.
    Fails,
}

impl Standing {
    fn mark(standing: Option<Standing>) -> char {
        match standing {
            Some(Standing::Passes) => '█',
            Some(Standing::Unplayed) => '▒',
            Some(Standing::Fails) | None => '░',
        }
    }
}

/// How each exchange came out.
fn standings(report: &Report) -> BTreeMap<String, Standing> {
    let exchanges = report
        .checks
        .chunk_by(|one, other| one.exchange == other.exchange);
    let standing = |checks: &[Check]| {
        let is_passed = |check: &Check| check.outcome == Outcome::Passed;
        match checks {
            _ if checks.iter().all(is_passed) => Standing::Passes,
            _ if checks.iter().all(|it| is_passed(it) || !it.counts()) => {
                Standing::Unplayed
            }
            _ => Standing::Fails,
        }
    };
    let all = exchanges.map(|checks| (checks[0].exchange.clone(), standing(checks)));
    all.collect()
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
