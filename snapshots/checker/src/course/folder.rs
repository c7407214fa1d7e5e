//! The lessons in an instructor's folder, and what is missing in it.

use super::facts;
use crate::lesson::{self, Lesson};
use exchange::format::library::{self, Entry};
use exchange::format::requirement;
use std::fs;
use std::path::{Path, PathBuf};

/// The lessons in `folder`, in their order. A folder in it with nothing of a lesson's is
/// the instructor's own affair.
///
/// # Errors
///
/// What is missing or wrong, and what to do.
pub fn lessons(folder: &Path, of_the_book: &[String]) -> Result<Vec<Lesson>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_a_lesson(&path)? {
            found.push(lesson(&path, of_the_book)?);
        }
    }
    if found.is_empty() && !folder.join(facts::FILE).exists() {
        return Err(format!(
            "{}: there is no lesson in it, and no {}. A lesson is a folder with a lesson.toml, \
             a requirements.md, and exchanges: .http files, and the .snap that \
             `cargo snapshots record` writes beside each.",
            folder.display(),
            facts::FILE
        ));
    }
    found.sort_by(|one, other| (one.order, &one.slug).cmp(&(other.order, &other.slug)));
    Ok(found)
}

/// Whether a path is a folder with something that belongs to a lesson.
fn is_a_lesson(path: &Path) -> Result<bool, String> {
    if !path.is_dir() {
        return Ok(false);
    }
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let ending = file.extension().unwrap_or_default();
        if file.ends_with(lesson::FILE) || ending == "http" || ending == "snap" {
            return Ok(true);
        }
    }
    Ok(false)
}

fn lesson(path: &Path, of_the_book: &[String]) -> Result<Lesson, String> {
    let slug = path.file_name().unwrap_or_default().to_string_lossy();
    let at = path.display();
    if library::entry(path, &format!("{slug}/any")).is_none() {
        return Err(format!(
            "{at}: a lesson's name has small letters, digits and hyphens, as in note-taking."
        ));
    }
    if of_the_book.iter().any(|known| *known == slug) {
        return Err(format!(
            "{at}: the book has a lesson {slug}. Give the folder another name."
        ));
    }
    if !path.join(lesson::FILE).is_file() {
        return Err(format!(
            "{at}: there is no {}. Write it, with a title and its place among your lessons:\n\
             title = \"Taking notes\"\norder = 10",
            lesson::FILE
        ));
    }
    if !path.join(requirement::FILE).is_file() {
        return Err(format!(
            "{at}: there is no {}. Write in it what the lesson asks of a server, and which \
             exchange shows it:\n- A note that is saved is in the list. (two-notes)",
            requirement::FILE
        ));
    }
    lesson::lesson(path)
}

/// The exchanges of these lessons, each with its script and its pin.
///
/// # Errors
///
/// The file that is missing, can't be read, or does not fit the other.
pub fn exchanges(folder: &Path, lessons: &[Lesson]) -> Result<Vec<Entry>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let is_ours = |entry: &Entry| lessons.iter().any(|own| own.slug == entry.lesson);
    let mut entries = library::entries(folder).map_err(failed)?;
    entries.retain(is_ours);
    for pin in library::pins(folder).map_err(failed)? {
        if is_ours(&pin) && !entries.contains(&pin) {
            return Err(format!(
                "{}: there is no script beside it. Write {}.http, or delete the pin.",
                pin.pin_path().display(),
                pin.name
            ));
        }
    }
    for entry in &entries {
        fits(entry)?;
    }
    for lesson in lessons {
        if !entries.iter().any(|entry| entry.lesson == lesson.slug) {
            return Err(format!(
                "{}: there is no exchange in it. Write a script, and record its pin: \
                 cargo snapshots record http://127.0.0.1:8001 {}",
                folder.join(&lesson.slug).display(),
                folder.join(&lesson.slug).join("first.http").display()
            ));
        }
        requirement::requirements(folder, &lesson.slug)?;
    }
    Ok(entries)
}

/// Sees to it that an exchange has its two files, and that one is the other's.
fn fits(entry: &Entry) -> Result<(), String> {
    let (path, pin) = (entry.script_path(), entry.pin_path());
    if library::entry(&PathBuf::new(), &entry.id()).is_none() {
        return Err(format!(
            "{}: an exchange's name has small letters, digits and hyphens, as in two-notes.http.",
            path.display()
        ));
    }
    let script = entry.script()?;
    let record = |more: &str| {
        let path = path.display();
        format!("cargo snapshots record http://127.0.0.1:8001 {path}{more}")
    };
    if !pin.is_file() {
        return Err(format!(
            "{}: there is no pin beside it. Record it from a right server: {}",
            path.display(),
            record("")
        ));
    }
    let titles = entry.pin()?.turns.into_iter().map(|turn| turn.title);
    if !titles.eq(script.steps.into_iter().map(|step| step.title)) {
        return Err(format!(
            "{}: it has other steps than {}.http. Record it again: {}",
            pin.display(),
            entry.name,
            record(" --force")
        ));
    }
    Ok(())
}
