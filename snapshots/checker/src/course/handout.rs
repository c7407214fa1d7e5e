//! What a student gets of a course: its exchanges without the hidden ones, in a folder
//! of the student's project, and a list of what is asked.

use super::{Course, Moment, Terms, facts};
use crate::lesson::Lesson;
use crate::starter::hints;
use exchange::format::library::Entry;
use exchange::format::requirement::{self, Requirement, requirements};
use std::fs;
use std::path::{Path, PathBuf};
use toml::value::Datetime;
use toml::{Table, Value};

/// The folder in a student's project.
pub const FOLDER: &str = "exchanges";
/// The list of what is asked.
pub const LIST: &str = "COURSE.md";

/// The files, by path below the project's folder; none where there is no course.
///
/// # Errors
///
/// A file of the course that can't be read.
pub fn files(course: &Course) -> Result<Vec<(PathBuf, String)>, String> {
    let Some(folder) = &course.folder else {
        return Ok(Vec::new());
    };
    let at = Path::new(FOLDER);
    let mut files = vec![
        (PathBuf::from(LIST), list(course, folder)?),
        (at.join(facts::FILE), facts_of(course)),
    ];
    for lesson in &course.own {
        let shown = shown(course, lesson);
        if shown.is_empty() {
            continue;
        }
        let (from, to) = (folder.join(&lesson.slug), at.join(&lesson.slug));
        let name = crate::lesson::FILE;
        files.push((to.join(name), read(&from.join(name))?));
        let asked = requirements(folder, &lesson.slug)?;
        files.push((to.join(requirement::FILE), requirements_of(asked, &shown)));
        for entry in shown {
            for path in [entry.script_path(), entry.pin_path()] {
                let name = path.file_name().unwrap_or_default();
                files.push((to.join(name), read(&path)?));
            }
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The exchanges of a lesson that a student may see.
fn shown<'a>(course: &'a Course, lesson: &Lesson) -> Vec<&'a Entry> {
    let entries = course.entries.iter();
    let of_lesson = entries.filter(|entry| entry.lesson == lesson.slug);
    of_lesson
        .filter(|it| !course.terms(&it.id()).hidden)
        .collect()
}

/// The sentences that a shown exchange shows, with no other's name.
fn requirements_of(asked: Vec<Requirement>, shown: &[&Entry]) -> String {
    let mut text = String::new();
    for mut requirement in asked {
        let is_shown = |name: &String| shown.iter().any(|entry| entry.name == *name);
        requirement.exchanges.retain(is_shown);
        if !requirement.exchanges.is_empty() {
            let names = requirement.exchanges.join(", ");
            text += &format!("- {} ({names})\n", requirement.text);
        }
    }
    text
}

/// What the course asks, with each request that its exchanges make and what must come
/// back.
fn list(course: &Course, folder: &Path) -> Result<String, String> {
    let mut text = String::from(
        "# What your course asks\n\n\
         `cargo snapshots watch .` plays what is in the folder `exchanges`.\n",
    );
    // The file stays, so it says no "in 9 days".
    for notice in course.notices(&hidden(course), Moment::written) {
        text += &format!("{notice}\n");
    }
    for lesson in &course.own {
        text += &format!("\n## {}\n\n", lesson.title);
        for requirement in requirements(folder, &lesson.slug)? {
            text += &format!("- {}\n", requirement.text);
        }
        let mut turns = Vec::new();
        for entry in shown(course, lesson) {
            turns.extend(entry.pin()?.turns);
        }
        text += "\nThe requests, and what must come back:\n\n";
        for hint in hints(&turns) {
            text += &format!("    {hint}\n");
        }
    }
    Ok(text)
}

/// All that is kept back.
fn hidden(course: &Course) -> Vec<Entry> {
    let is_hidden = |entry: &&Entry| course.terms(&entry.id()).hidden;
    course.entries.iter().filter(is_hidden).cloned().collect()
}

/// The `course.toml`, in which nothing names what is kept back.
fn facts_of(course: &Course) -> String {
    let facts = &course.facts;
    let shown = |name: &str| {
        let named = |entry: &&Entry| super::is_named(entry, name);
        let mut entries = course.entries.iter().filter(named);
        entries.any(|entry| !is_kept_back(course, entry))
    };
    let texts = |texts: Vec<String>| {
        Value::Array(texts.into_iter().map(Value::String).collect())
    };
    let mut table = Table::new();
    let lessons: Vec<String> = facts
        .lessons
        .iter()
        .filter(|it| shown(it))
        .cloned()
        .collect();
    if !lessons.is_empty() {
        table.insert("lessons".to_owned(), texts(lessons));
    }
    let date = facts.deadline.as_ref();
    let date = date.and_then(|deadline| deadline.text().parse::<Datetime>().ok());
    if let Some(date) = date {
        table.insert("deadline".to_owned(), Value::Datetime(date));
    }
    if let Some(late) = facts.late {
        let mut own = Table::new();
        own.insert("per_day".to_owned(), number(late.per_day));
        own.insert("at_most".to_owned(), number(late.at_most));
        table.insert("late".to_owned(), Value::Table(own));
    }
    if let Some(attempts) = facts.attempts {
        table.insert("attempts".to_owned(), Value::Integer(attempts.into()));
    }
    let kept_back = course.entries.iter().filter(|it| is_kept_back(course, it));
    let worth: Vec<Option<f64>> = kept_back
        .map(|entry| course.terms(&entry.id()).points)
        .collect();
    let notices: Vec<String> = facts::kept_back(&worth)
        .into_iter()
        .chain(facts.notices.iter().cloned())
        .collect();
    if !notices.is_empty() {
        table.insert("notices".to_owned(), texts(notices));
    }
    let weights = facts.weights.iter().filter(|(slug, _)| shown(slug));
    let weights: Table = weights
        .map(|(slug, weight)| (slug.clone(), number(*weight)))
        .collect();
    table.insert("weights".to_owned(), Value::Table(weights));
    let terms = facts.terms.iter().filter(|(id, _)| shown(id));
    let terms: Table = terms.map(|(id, it)| (id.clone(), terms_of(it))).collect();
    table.insert("exchanges".to_owned(), Value::Table(terms));
    // Texts and numbers are always TOML.
    toml::to_string(&table).unwrap_or_default()
}

/// Whether a student must not see it: one of the book's own everybody has.
fn is_kept_back(course: &Course, entry: &Entry) -> bool {
    course.is_own(&entry.lesson) && course.terms(&entry.id()).hidden
}

/// A number as a person writes it: 4, and not 4.0.
fn number(number: f64) -> Value {
    match number.fract() == 0.0 && number < 1e9 {
        true => Value::Integer(number as i64),
        false => Value::Float(number),
    }
}

fn terms_of(terms: &Terms) -> Value {
    let mut table = Table::new();
    if let Some(points) = terms.points {
        table.insert("points".to_owned(), number(points));
    }
    if let Some(hint) = &terms.hint {
        table.insert("hint".to_owned(), Value::String(hint.clone()));
    }
    if terms.hidden {
        table.insert("hidden".to_owned(), Value::Boolean(true));
    }
    Value::Table(table)
}
