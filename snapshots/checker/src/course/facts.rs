//! `course.toml`: what counts how much, and until when. The file
//! `snapshots/checker/tests/course/course.toml` is one with all that may stand there.

use super::late::Late;
use super::moment::{self, Moment};
use super::{Terms, is_named};
use crate::class::Weights;
use exchange::format::library::Entry;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// The file's name.
pub const FILE: &str = "course.toml";
/// What may stand in it.
const KEYS: &str = "attempts, deadline, exchanges, late, lessons, notices, weights";
/// What may stand in it of one exchange.
const TERMS: &str = "hidden, hint, points";

/// What a `course.toml` says.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The lessons and exchanges that are checked when none is named; all when there
    /// is none.
    pub lessons: Vec<String>,
    /// What each lesson weighs; 1 where it is not named.
    pub weights: Weights,
    /// When it is due.
    pub deadline: Option<Moment>,
    /// What a day after that costs; nothing where it is not said.
    pub late: Option<Late>,
    /// How often a student may hand in.
    pub attempts: Option<u32>,
    /// What a student is told beside this.
    pub notices: Vec<String>,
    /// By exchange.
    pub terms: BTreeMap<String, Terms>,
    /// The lines of the weights, by lesson, and of the terms, by exchange.
    pub lines: BTreeMap<String, usize>,
}

/// Reads the file in `folder`; where there is none, nothing is said. What it names is
/// among the lessons and exchanges given.
///
/// # Errors
///
/// The file, the line, and what may stand there.
pub fn read(
    folder: &Path,
    slugs: &[String],
    entries: &[Entry],
) -> Result<Facts, String> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(Facts::default());
    }
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let reader = Reader {
        path: &path,
        text: &text,
        slugs,
        entries,
    };
    let table = DeTable::parse(&text)
        .map_err(|error| reader.fault(error.span().unwrap_or(0..0), error.message()))?;
    reader.facts(table.get_ref())
}

/// What a student is told of exchanges that are kept back, by what each is worth.
pub fn kept_back(worth: &[Option<f64>]) -> Option<String> {
    let points: f64 = worth.iter().flatten().sum();
    let points = match points {
        0.0 => String::new(),
        _ => format!(", {},", counted(points)),
    };
    match worth.len() {
        0 => None,
        1 => Some(format!(
            "1 hidden exercise{points} is played when it is graded."
        )),
        many => Some(format!(
            "{many} hidden exercises{points} are played when it is graded."
        )),
    }
}

/// `4 points`, `1 point`.
pub fn counted(points: f64) -> String {
    match points {
        1.0 => "1 point".to_owned(),
        _ => format!("{points} points"),
    }
}

type Key<'i> = Spanned<DeString<'i>>;
type Value<'i> = Spanned<DeValue<'i>>;

/// The text that is read, and what it may name.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    slugs: &'a [String],
    entries: &'a [Entry],
}

impl Reader<'_> {
    /// What is wrong at a place in the text.
    fn fault(&self, at: Range<usize>, what: impl Display) -> String {
        format!("{}:{}: {what}", self.path.display(), self.line(at))
    }

    fn line(&self, at: Range<usize>) -> usize {
        let before = &self.text[..at.start.min(self.text.len())];
        before.matches('\n').count() + 1
    }

    /// The lines of a table's keys.
    fn lines(&self, value: &Value<'_>) -> Vec<(String, usize)> {
        let table = value.get_ref().as_table().into_iter().flatten();
        let line = |key: &Key<'_>| (key.get_ref().to_string(), self.line(key.span()));
        table.map(|(key, _)| line(key)).collect()
    }

    fn facts(&self, table: &DeTable<'_>) -> Result<Facts, String> {
        let mut facts = Facts::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "attempts" => facts.attempts = Some(self.attempts(value)?),
                "deadline" => facts.deadline = Some(self.deadline(value)?),
                "exchanges" => {
                    facts.terms = self.exchanges(value)?;
                    facts.lines.extend(self.lines(value));
                }
                "late" => facts.late = Some(self.late(table, value)?),
                "lessons" => facts.lessons = self.lessons(value)?,
                "notices" => {
                    let form = "sentences, as [\"Ask in room 7.\"]";
                    let texts = self.texts("notices", value, form)?;
                    facts.notices = texts.into_iter().map(|(_, text)| text).collect();
                }
                "weights" => {
                    facts.weights = self.weights(value)?;
                    facts.lines.extend(self.lines(value));
                }
                other => return Err(self.unknown(key, other, KEYS)),
            }
        }
        Ok(facts)
    }

    fn unknown(&self, key: &Key<'_>, name: &str, known: &str) -> String {
        let what = format!("`{name}` is not known. These may stand here: {known}.");
        self.fault(key.span(), what)
    }

    fn wrong(&self, name: &str, value: &Value<'_>, form: &str) -> String {
        let what = format!("`{name}` is {form}.");
        self.fault(value.span(), what)
    }

    fn attempts(&self, value: &Value<'_>) -> Result<u32, String> {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|number| number.as_str().parse().ok());
        number.filter(|number| *number > 0).ok_or_else(|| {
            self.wrong("attempts", value, "a whole number from 1 on, as 3")
        })
    }

    fn deadline(&self, value: &Value<'_>) -> Result<Moment, String> {
        let date = value.get_ref().as_datetime();
        date.and_then(Moment::of)
            .ok_or_else(|| self.wrong("deadline", value, moment::FORM))
    }

    fn late(&self, table: &DeTable<'_>, value: &Value<'_>) -> Result<Late, String> {
        let form = "a table of points of 100, as { per_day = 10, at_most = 50 }";
        let (mut per_day, mut at_most) = (None, 100.0);
        for (key, value) in self.table("late", value, form)? {
            match key.get_ref().as_ref() {
                "per_day" => per_day = Some(self.number("per_day", value)?),
                "at_most" => at_most = self.number("at_most", value)?,
                other => return Err(self.unknown(key, other, "at_most, per_day")),
            }
        }
        let per_day = per_day.ok_or_else(|| self.wrong("late", value, form))?;
        if !table.keys().any(|key| key.get_ref() == "deadline") {
            let what = "`late` needs a `deadline`: write until when it is in time.";
            return Err(self.fault(value.span(), what));
        }
        Ok(Late { per_day, at_most })
    }

    fn lessons(&self, value: &Value<'_>) -> Result<Vec<String>, String> {
        let form =
            "a list of lessons and exchanges, as [\"session\", \"flash/shown-once\"]";
        let mut names = Vec::new();
        for (at, name) in self.texts("lessons", value, form)? {
            if !self.entries.iter().any(|entry| is_named(entry, &name)) {
                let known = self.slugs.join(", ");
                let what = format!(
                    "there is no lesson or exchange `{name}`. The lessons are: {known}."
                );
                return Err(self.fault(at, what));
            }
            names.push(name);
        }
        match names.is_empty() {
            true => Err(self.wrong("lessons", value, form)),
            false => Ok(names),
        }
    }

    fn texts(
        &self,
        name: &str,
        value: &Value<'_>,
        form: &str,
    ) -> Result<Vec<(Range<usize>, String)>, String> {
        let wrong = |value: &Value<'_>| self.wrong(name, value, form);
        let list = value.get_ref().as_array().ok_or_else(|| wrong(value))?;
        let text = |item: &Value<'_>| {
            let text = item.get_ref().as_str().ok_or_else(|| wrong(item))?;
            Ok((item.span(), text.to_owned()))
        };
        list.iter().map(text).collect()
    }

    fn weights(&self, value: &Value<'_>) -> Result<Weights, String> {
        let form = "a table of lessons, as flash = 2";
        let mut weights = Weights::new();
        for (key, value) in self.table("weights", value, form)? {
            let slug = key.get_ref().to_string();
            if !self.slugs.contains(&slug) {
                let known = self.slugs.join(", ");
                let what =
                    format!("there is no lesson `{slug}`. The lessons are: {known}.");
                return Err(self.fault(key.span(), what));
            }
            let weight = self.number(&slug, value)?;
            weights.insert(slug, weight);
        }
        Ok(weights)
    }

    fn exchanges(&self, value: &Value<'_>) -> Result<BTreeMap<String, Terms>, String> {
        let form = "a table of exchanges, as [exchanges.\"flash/shown-once\"]";
        let mut terms = BTreeMap::new();
        for (key, value) in self.table("exchanges", value, form)? {
            let id = key.get_ref().to_string();
            if !self.entries.iter().any(|entry| entry.id() == id) {
                let what = format!(
                    "there is no exchange `{id}`. Write its lesson and its name, as \
                     [exchanges.\"flash/shown-once\"]."
                );
                return Err(self.fault(key.span(), what));
            }
            terms.insert(id.clone(), self.terms(&id, value)?);
        }
        Ok(terms)
    }

    fn terms(&self, id: &str, value: &Value<'_>) -> Result<Terms, String> {
        let mut terms = Terms::default();
        let form = "a table with points, hint or hidden";
        for (key, value) in self.table(id, value, form)? {
            match key.get_ref().as_ref() {
                "points" => terms.points = Some(self.number("points", value)?),
                "hint" => terms.hint = Some(self.hint(value)?),
                "hidden" => {
                    let hidden = value.get_ref().as_bool();
                    terms.hidden = hidden
                        .ok_or_else(|| self.wrong("hidden", value, "true or false"))?;
                }
                other => return Err(self.unknown(key, other, TERMS)),
            }
        }
        Ok(terms)
    }

    fn hint(&self, value: &Value<'_>) -> Result<String, String> {
        let hint = value.get_ref().as_str().map(str::trim);
        let hint = hint.filter(|hint| !hint.is_empty());
        hint.map(str::to_owned).ok_or_else(|| {
            self.wrong("hint", value, "a sentence, as \"Who keeps it?\"")
        })
    }

    /// A weight, or points.
    fn number(&self, name: &str, value: &Value<'_>) -> Result<f64, String> {
        let text = match value.get_ref() {
            DeValue::Integer(number) => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => "",
        };
        let number: Option<f64> = text.parse().ok();
        number
            .filter(|number| number.is_finite() && *number >= 0.0)
            .ok_or_else(|| self.wrong(name, value, "a number from 0 on, as 2 or 0.5"))
    }

    fn table<'v, 'i>(
        &self,
        name: &str,
        value: &'v Value<'i>,
        form: &str,
    ) -> Result<&'v DeTable<'i>, String> {
        let table = value.get_ref().as_table();
        table.ok_or_else(|| self.wrong(name, value, form))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the book shows.
    const EXAMPLE: &str = include_str!("../../tests/course/course.toml");

    #[test]
    fn the_example_has_all_that_may_stand_in_the_file() {
        for key in KEYS.split(", ").chain(TERMS.split(", ")) {
            let mut lines = EXAMPLE.lines();
            let starts = [format!("{key} ="), format!("[{key}]"), format!("[{key}.")];
            // A line that changes marks stands there as a comment.
            let is_there = lines.any(|line| {
                let line = line.trim_start_matches("# ");
                starts.iter().any(|start| line.starts_with(start))
            });
            assert!(is_there, "{key} is not in the example");
        }
    }

    #[test]
    fn what_is_kept_back_is_told_by_its_number_and_its_points() {
        let told = |worth: &[Option<f64>]| kept_back(worth).unwrap_or_default();
        assert_eq!(told(&[]), "");
        assert_eq!(
            told(&[Some(1.0)]),
            "1 hidden exercise, 1 point, is played when it is graded."
        );
        assert_eq!(
            told(&[Some(1.5), None]),
            "2 hidden exercises, 1.5 points, are played when it is graded."
        );
        assert_eq!(
            told(&[None]),
            "1 hidden exercise is played when it is graded."
        );
    }
}
