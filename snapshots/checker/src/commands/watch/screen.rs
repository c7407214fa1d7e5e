//! The one screen: what passes, the first failure, and what is to be done.

use super::standing::{Standing, standings};
use super::{Watcher, hint, is_played};
use crate::commands::print;
use checker::check::{Outcome, Report};
use checker::progress::Solved;
use checker::report::{advised, failed, not_played, noticed};
use checker::repository::{BOOK, served};
use checker::starter;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};

/// What is shown at the start.
pub const FIRST: &str =
    "Building … A project's first build takes minutes, and the next ones seconds.";

/// What is said of a run that played nothing.
pub const NOT_ONE: &str =
    "Not one step was played, so nothing is shown to pass. Name the whole lesson.";

/// The most warnings on a screen.
const WARNINGS: usize = 3;

impl Watcher {
    /// Each exchange and how it came out.
    pub fn list(&self) -> String {
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

    /// Shows the screen, and a notice under it.
    pub fn show(&self, notice: &str) {
        let color = io::stdout().is_terminal();
        // Clears the screen, and goes to its first line.
        let clear = if color { "\u{1b}[2J\u{1b}[H" } else { "" };
        let mut text = format!("{clear}{}", self.screen(true, color));
        if !notice.is_empty() {
            let _ = writeln!(text, "\n{notice}");
        }
        print(&text);
    }

    /// The screen, with the keys that can be typed.
    pub fn screen(&self, keys: bool, color: bool) -> String {
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
}

/// Why no value is shown that the server has sealed, where that is so.
pub fn sealed_otherwise(report: &Report) -> Option<String> {
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
