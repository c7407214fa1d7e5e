//! What a class was graded with, in the folder of its results: so that whoever goes on,
//! or puts parts together, can't give other marks without knowing.

use super::run::Graded;
use super::score::Weights;
use exchange::format::library::Entry;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file's name.
const FILE: &str = "graded-with.json";

/// What marks depend on, besides the checks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The folder of `--exchanges`, as it was typed.
    pub exchanges: Option<PathBuf>,
    /// What each lesson weighs, where that is said.
    pub weights: Weights,
}

impl Terms {
    /// Writes them into the folder of the results.
    ///
    /// # Errors
    ///
    /// The file that can't be written.
    pub fn keep(&self, out: &Path) -> Result<(), String> {
        let path = out.join(FILE);
        // Texts and numbers are always JSON.
        let text = serde_json::to_string(self).unwrap_or_default();
        fs::write(&path, text + "\n")
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Those of a folder; nothing where it has none, as one of an older version.
    fn of(out: &Path) -> Result<Option<Terms>, String> {
        let path = out.join(FILE);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| format!("{}: {error}", path.display()))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            format!(
                "{}: {error}. It says what the results beside it were graded with. Take it away \
                 if you know that it was the same.",
                path.display()
            )
        })
    }

    /// Whether more results can come to those of a folder.
    ///
    /// # Errors
    ///
    /// They were graded with others, or it can't be read what with.
    pub fn go_on(&self, out: &Path) -> Result<(), String> {
        let Some(then) = Terms::of(out)? else {
            return Ok(());
        };
        self.are_said_as(&then, out)?;
        match then.weights == self.weights {
            true => Ok(()),
            false => Err(format!(
                "{}: its results were graded with the weights {:?}, and now they are {:?}. Say \
                 the same; then `merge` makes other marks of all of them.",
                out.display(),
                then.weights,
                self.weights
            )),
        }
    }

    /// Whether marks can be made of the results of a folder. Other terms are a reader's own
    /// to choose, and none are a mistake.
    ///
    /// # Errors
    ///
    /// They were graded with a course or weights, and now there is none; or it can't be
    /// read what with.
    pub fn merge(&self, out: &Path) -> Result<(), String> {
        match Terms::of(out)? {
            Some(then) => self.are_said_as(&then, out),
            None => Ok(()),
        }
    }

    /// Whether there is a course where there was one, and weights where there were.
    fn are_said_as(&self, then: &Terms, out: &Path) -> Result<(), String> {
        if let (Some(folder), None) = (&then.exchanges, &self.exchanges) {
            return Err(format!(
                "{}: its results were graded with --exchanges {}. Say so here, too.",
                out.display(),
                folder.display()
            ));
        }
        if !then.weights.is_empty() && self.weights.is_empty() {
            return Err(format!(
                "{}: its results were graded with weights. Say the same here, too.",
                out.display()
            ));
        }
        Ok(())
    }
}

/// Whether these results can be gone on with: for this class, and these exchanges.
///
/// # Errors
///
/// A result of somebody who is not in the class, or of other exchanges.
pub fn fits(
    old: &[Graded],
    class: &[String],
    entries: &[Entry],
    out: &Path,
) -> Result<(), String> {
    if let Some(stranger) = old.iter().find(|it| !class.contains(&it.name)) {
        return Err(format!(
            "{}: {} has a result there and is not in this class. Name the class that was graded, \
             or another folder; or take that line out of results.jsonl.",
            out.display(),
            stranger.name
        ));
    }
    let asked: BTreeSet<String> = entries.iter().map(Entry::id).collect();
    for result in old.iter().filter(|result| result.report.is_some()) {
        let played = result.checks().iter().map(|check| check.exchange.clone());
        if played.collect::<BTreeSet<_>>() != asked {
            return Err(format!(
                "{}: {} was graded on other exchanges than are asked for now. Name the lessons \
                 that were: {}. Or name another folder.",
                out.display(),
                result.name,
                super::lessons(std::slice::from_ref(result)).join(" ")
            ));
        }
    }
    Ok(())
}

/// Keeps others from grading into this folder, until it is dropped.
///
/// # Errors
///
/// Somebody does.
pub fn alone(out: &Path) -> Result<File, String> {
    let path = out.join(".lock");
    let failed = |error| format!("{}: {error}", path.display());
    fs::create_dir_all(out).map_err(failed)?;
    let file = File::create(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!(
            "{}: another `grade` writes there now. Wait for its end, or name another folder.",
            out.display()
        )),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}
