//! `watch`: builds a reader's server on save, plays the exchanges, and shows
//! one screen.

use super::check::{Bounds, OwnExercises};
use super::{print, put_aside};
use checker::check::{Check, Report, check_subject};
use checker::course::handout::FOLDER as HANDOUT;
use checker::course::{Course, Moment, Selected};
use checker::lesson;
use checker::report::{advised, failed, not_played, noticed};
use checker::repository::root;
use checker::starter::{self, Level};
use checker::submission::{Allowance, Build, Program, Running, build};
use clap::Args;
use exchange::format::library::Entry;
use exchange::format::script::{Directive, Script};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeSet;
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
    /// Build and check once, and leave: 0 when all passed, else 1
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
    entries.extend(own);
    // What only the book's own server can be asked for is nobody's turn.
    entries.retain(|entry| entry.script().map_or(true, |script| !is_ours(&script)));
    let mut watcher = Watcher {
        dir: dir.clone(),
        entries,
        hidden,
        course,
        bounds: command.bounds.clone(),
        state: State::load(dir),
        latest: Err(String::new()),
        server: None,
    };
    if command.once {
        watcher.play();
        print(&watcher.screen(false, io::stdout().is_terminal()));
        watcher.state.save(dir)?;
        return Ok(watcher.latest.is_ok_and(|report| report.passed()));
    }
    watcher.until_quit()
}

fn is_ours(script: &Script) -> bool {
    let mut directives = script.steps[0].directives.iter();
    directives.any(Directive::is_for_the_books_server)
}

/// What is remembered from one start to the next.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    /// The checks whose hint was asked for.
    hints: BTreeSet<String>,
    /// The exchanges that passed, so that it can be said which no longer do.
    passed: BTreeSet<String>,
}

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
                seen = Some(now);
                self.show("Building …");
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
            self.state.passed = passing(report);
        }
    }

    fn report(&mut self) -> Result<Report, String> {
        let how = Build {
            time: BUILD,
            target: None,
            sandbox: None,
            shelf: None,
        };
        let program = build(&self.dir, &how).map_err(|error| error.to_string())?;
        // The old one makes room for the new.
        self.server = None;
        let allowance = Allowance {
            start: Duration::from_secs(20),
            memory: None,
            sandbox: None,
            clean: false,
            has_our_key: true,
        };
        let program = Program::File(program);
        let server = Running::start(&program, &self.dir, starter::PORT, &allowance)
            .map_err(|error| error.to_string())?;
        let url = format!("http://{}", server.address);
        let server = Rc::new(RefCell::new(server));
        let settings = self.bounds.settings();
        let report = check_subject(server.clone(), &url, &self.entries, &settings);
        self.server = Rc::try_unwrap(server).ok().map(RefCell::into_inner);
        let mut report = report?;
        self.course.mark(&mut report);
        report.notices = self.course.notices(&self.hidden, Moment::shown);
        Ok(report)
    }

    /// Does what was typed; nothing when that is to quit.
    fn obey(&mut self, line: &str) -> Option<String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        Some(match word {
            "q" | "quit" => return None,
            "h" | "hint" => {
                if let Some(failure) = self.first_failure() {
                    self.state.hints.insert(failure.place());
                }
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

    fn first_failure(&self) -> Option<&Check> {
        let report = self.latest.as_ref().ok()?;
        report.checks.iter().find(|check| check.word() == "failed")
    }

    fn list(&self) -> String {
        let mut text = String::new();
        for entry in &self.entries {
            let mark = if self.state.passed.contains(&entry.id()) {
                "✓"
            } else {
                " "
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
        let passing = passing(report);
        let mut text = format!(
            "{}: {} of {} exchanges pass.\n",
            self.dir.display(),
            passing.len(),
            self.entries.len()
        );
        for lesson in self
            .entries
            .chunk_by(|one, other| one.lesson == other.lesson)
        {
            let done = lesson
                .iter()
                .filter(|entry| passing.contains(&entry.id()))
                .count();
            let bar: String = lesson
                .iter()
                .map(|entry| {
                    if passing.contains(&entry.id()) {
                        '█'
                    } else {
                        '░'
                    }
                })
                .collect();
            let _ = writeln!(
                text,
                "  {:20} {bar} {done} of {}",
                lesson[0].lesson,
                lesson.len()
            );
        }
        match self.first_failure() {
            None => {
                text += "\nAll that was asked for passes.\n";
                text += &advised(report, color);
            }
            Some(failure) => {
                let hint = self.state.hints.contains(&failure.place());
                text.push('\n');
                text += &failed(failure, color, hint);
            }
        }
        text += &not_played(report);
        text += &noticed(report);
        text
    }
}

/// The exchanges that have no failed step and at least one that passed.
fn passing(report: &Report) -> BTreeSet<String> {
    let exchanges = report
        .checks
        .chunk_by(|one, other| one.exchange == other.exchange);
    exchanges
        .filter(|checks| {
            let has = |word: &str| checks.iter().any(|check| check.word() == word);
            has("passed") && !has("failed")
        })
        .map(|checks| checks[0].exchange.clone())
        .collect()
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
