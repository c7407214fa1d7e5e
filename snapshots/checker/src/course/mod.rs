//! An instructor's course: exercises of their own beside the book's, and what
//! counts how much. It is a folder:
//!
//! ```text
//! course/course.toml                   what counts, and until when; may be missing
//! course/note-taking/lesson.toml       its title and its place among the folder's lessons
//! course/note-taking/requirements.md   what it asks, and which exchange shows it
//! course/note-taking/two-notes.http    as the book's own
//! course/note-taking/two-notes.snap    written by `cargo snapshots record`
//! ```
//!
//! The checks know nothing of it: they get its exchanges beside the book's, and
//! what the course says of each is put into their report.

mod facts;
mod folder;
pub mod handout;
mod late;
mod moment;

use crate::check::Report;
use crate::class::Weights;
use crate::lesson::{self, Lesson};
use crate::repository::exchanges;
use exchange::format::library::{self, Entry};
pub use facts::{FILE, Facts, counted};
pub use late::{Late, Taken};
pub use moment::Moment;
use std::path::{Path, PathBuf};

/// What a course says of one exchange.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Terms {
    /// What it is worth; where it is not said, its part of its requirement's one
    /// point.
    pub points: Option<f64>,
    /// What to tell those who fail it, in place of the fault's own hint.
    pub hint: Option<String>,
    /// Whether it is played by `grade` alone, and named to no student.
    pub hidden: bool,
}

/// What is checked: the book, and perhaps a folder of an instructor's.
#[derive(Debug, Clone)]
pub struct Course {
    /// The instructor's folder.
    folder: Option<PathBuf>,
    /// The instructor's lessons, in their order.
    own: Vec<Lesson>,
    /// All exchanges, the book's first, in the order of their lessons.
    entries: Vec<Entry>,
    /// All lessons' slugs, the book's first.
    slugs: Vec<String>,
    /// What its `course.toml` says.
    facts: Facts,
}

/// The exchanges that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Selected {
    /// Those that are played.
    pub played: Vec<Entry>,
    /// Those that are kept back for grading.
    pub hidden: Vec<Entry>,
}

impl Course {
    /// The book of the repository at `root`, and the course in `folder`, if there is
    /// one.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or what is missing in the folder: which file, which
    /// line, and what to write there.
    pub fn read(root: &Path, folder: Option<&Path>) -> Result<Course, String> {
        let mut slugs = lesson::slugs(root)?;
        let mut entries = library::entries(&exchanges())
            .map_err(|error| format!("{}: {error}", exchanges().display()))?;
        let mut own = Vec::new();
        if let Some(folder) = folder {
            own = folder::lessons(folder, &slugs)?;
            slugs.extend(own.iter().map(|lesson| lesson.slug.clone()));
            entries.extend(folder::exchanges(folder, &own)?);
        }
        entries.sort_by_key(|entry| slugs.iter().position(|it| *it == entry.lesson));
        let facts = match folder {
            Some(folder) => facts::read(folder, &slugs, &entries)?,
            None => Facts::default(),
        };
        Ok(Course {
            folder: folder.map(Path::to_owned),
            own,
            entries,
            slugs,
            facts,
        })
    }

    /// The slugs of all lessons, the book's first.
    pub fn slugs(&self) -> &[String] {
        &self.slugs
    }

    /// What each lesson weighs.
    pub fn weights(&self) -> &Weights {
        &self.facts.weights
    }

    /// The same course with these weights.
    ///
    /// # Errors
    ///
    /// Its `course.toml` has weights, too.
    pub fn weighed(mut self, weights: Weights) -> Result<Course, String> {
        if !self.facts.weights.is_empty() && !weights.is_empty() {
            return Err(format!(
                "The weights stand in {FILE}, and in a file of --weights. Leave them in {FILE}."
            ));
        }
        if !weights.is_empty() {
            self.facts.weights = weights;
        }
        Ok(self)
    }

    /// Whether there is a folder of an instructor's.
    pub fn is_in_a_folder(&self) -> bool {
        self.folder.is_some()
    }

    /// The folder below which a lesson's files stand.
    pub fn home(&self, lesson: &str) -> PathBuf {
        match (&self.folder, self.is_own(lesson)) {
            (Some(folder), true) => folder.clone(),
            _ => exchanges(),
        }
    }

    /// Whether a lesson is the instructor's.
    pub fn is_own(&self, lesson: &str) -> bool {
        self.own.iter().any(|own| own.slug == lesson)
    }

    /// The exchanges of these names, which are lessons or exchanges; those that the
    /// course names when there is no name, and else all of them. Hidden ones are
    /// kept back, and are known by no name, unless they are `graded`.
    ///
    /// # Errors
    ///
    /// A name that there is none of.
    pub fn select(&self, wanted: &[String], graded: bool) -> Result<Selected, String> {
        let kept_back = |entry: &Entry| !graded && self.terms(&entry.id()).hidden;
        for name in wanted {
            let mut known = self.entries.iter().filter(|entry| !kept_back(entry));
            if !known.clone().any(|entry| is_named(entry, name)) {
                let lessons = known.clone().map(|entry| entry.lesson.clone());
                let ids = known.by_ref().map(Entry::id);
                return Err(unknown(name, lessons.chain(ids)));
            }
        }
        let wanted = match wanted {
            [] => &self.facts.lessons,
            named => named,
        };
        let chosen = |entry: &&Entry| {
            wanted.is_empty() || wanted.iter().any(|name| is_named(entry, name))
        };
        let chosen = self.entries.iter().filter(chosen).cloned();
        let (hidden, played) = chosen.partition(kept_back);
        Ok(Selected { played, hidden })
    }

    /// Whether any of these exchanges counts.
    ///
    /// # Errors
    ///
    /// All weights, or all points, are 0: the first line that says so.
    pub fn counts(&self, played: &[Entry]) -> Result<(), String> {
        let counts = |entry: &Entry| {
            self.weights().get(&entry.lesson) != Some(&0.0)
                && self.terms(&entry.id()).points != Some(0.0)
        };
        if played.iter().any(counts) {
            return Ok(());
        }
        let names = played.iter().flat_map(|it| [it.lesson.clone(), it.id()]);
        let line = names.filter_map(|name| self.facts.lines.get(&name)).min();
        Err(format!(
            "{}: nothing that is graded counts, so each mark would be 0. Give a lesson a weight \
             above 0, and an exchange of it points above 0.",
            self.place(line)
        ))
    }

    /// What to say of weights of lessons that are not among these exchanges.
    pub fn idle_weights(&self, played: &[Entry]) -> Vec<String> {
        let is_played = |slug: &str| played.iter().any(|entry| entry.lesson == slug);
        let idle = self.weights().keys().filter(|slug| !is_played(slug));
        let said = idle.map(|slug| {
            let place = self.place(self.facts.lines.get(slug));
            format!("{place}: `{slug}` has a weight, and is not graded now.")
        });
        said.collect()
    }

    /// A line of its `course.toml`; where there is none, the file of `--weights`.
    fn place(&self, line: Option<&usize>) -> String {
        match (&self.folder, line) {
            (Some(folder), Some(line)) => {
                format!("{}:{line}", folder.join(FILE).display())
            }
            _ => "The weights".to_owned(),
        }
    }

    /// What the course says of an exchange.
    pub fn terms(&self, exchange: &str) -> Terms {
        self.facts.terms.get(exchange).cloned().unwrap_or_default()
    }

    /// Puts what the course says of each exchange into a report.
    pub fn mark(&self, report: &mut Report) {
        for check in &mut report.checks {
            check.terms = self.terms(&check.exchange);
            if self.is_own(&check.lesson) {
                // The book has no page of it.
                check.page.clear();
            }
        }
    }

    /// What a student has to know: what is played later, until when, and how often.
    /// `date` says how a moment is written.
    pub fn notices(
        &self,
        hidden: &[Entry],
        date: fn(&Moment) -> String,
    ) -> Vec<String> {
        let mut said = Vec::new();
        let worth = hidden.iter().map(|entry| self.terms(&entry.id()).points);
        said.extend(facts::kept_back(&worth.collect::<Vec<_>>()));
        if let Some(deadline) = &self.facts.deadline {
            said.push(format!("It is due on {}.", date(deadline)));
        }
        said.extend(self.facts.late.map(Late::notice));
        match self.facts.attempts {
            Some(1) => said.push("1 attempt is allowed.".to_owned()),
            Some(many) => said.push(format!("{many} attempts are allowed.")),
            None => {}
        }
        said.extend(self.facts.notices.iter().cloned());
        said
    }

    /// What is to be said of a submission that came at this time, as this attempt.
    pub fn remarks(
        &self,
        submitted: Option<&Moment>,
        attempt: Option<u32>,
    ) -> Vec<String> {
        let mut said = Vec::new();
        // What it costs says it, too.
        if self.facts.late.is_none()
            && let (Some(deadline), Some(submitted)) = (&self.facts.deadline, submitted)
            && let Some(late) = submitted.after(deadline)
        {
            said.push(format!("handed in {late} late"));
        }
        if let (Some(allowed), Some(attempt)) = (self.facts.attempts, attempt)
            && attempt > allowed
        {
            said.push(format!("attempt {attempt}, where {allowed} are allowed"));
        }
        said
    }

    /// What is taken off the mark of what came at this time.
    pub fn taken(&self, submitted: Option<&Moment>) -> Option<Taken> {
        let late = self.facts.late?;
        late.taken(self.facts.deadline.as_ref()?, submitted?)
    }

    /// Whether anything can be taken off a mark.
    pub fn takes_off(&self) -> bool {
        self.facts.late.is_some()
    }

    /// What to say of a class in which so many came at a time that nobody knows.
    pub fn untimed(&self, count: usize) -> Option<String> {
        let deadline = self.facts.deadline.as_ref().filter(|_| count > 0)?;
        Some(format!(
            "The course has a deadline, {}, and of {count} of the class it is not known when \
             they came: they count as in time. A class in a CSV file has that in its column \
             `submitted`.",
            deadline.text()
        ))
    }

    /// Whether anything can be remarked on a submission.
    pub fn has_terms_of_time(&self) -> bool {
        self.facts.deadline.is_some() || self.facts.attempts.is_some()
    }
}

fn is_named(entry: &Entry, name: &str) -> bool {
    entry.lesson == name || entry.id() == name
}

/// That there is no lesson and no exchange of this name, and the nearest that is.
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
