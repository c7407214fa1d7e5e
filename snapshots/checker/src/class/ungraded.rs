//! Whom a run could not grade, kept beside the results until they are graded.

use super::run::Graded;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// The file's name.
const FILE: &str = "ungraded.json";

/// One whom the run could not grade. There is no result, and no mark.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ungraded {
    /// The submission's name.
    pub name: String,
    /// What the run could not do.
    pub why: String,
}

impl Ungraded {
    /// Why, in one line.
    pub fn said(&self) -> String {
        let line = self.why.lines().next().unwrap_or_default();
        format!("not graded, which is not their fault: {line}")
    }
}

/// Those of a folder who have no result since. None where it has no such file.
///
/// # Errors
///
/// A file that is there and can't be read.
pub fn ungraded(out: &Path, results: &[Graded]) -> Result<Vec<Ungraded>, String> {
    let path = out.join(FILE);
    let failed = |error: String| format!("{}: {error}", path.display());
    let text = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text.map_err(|error| failed(error.to_string()))?,
    };
    let mut all: Vec<Ungraded> =
        serde_json::from_slice(&text).map_err(|error| failed(error.to_string()))?;
    all.retain(|it| !results.iter().any(|result| result.name == it.name));
    Ok(all)
}

/// Writes them down in a folder, in place of those that it has; without any, it has no file.
///
/// # Errors
///
/// The file that can't be written or taken away.
pub fn keep(ungraded: &[Ungraded], out: &Path) -> Result<(), String> {
    let path = out.join(FILE);
    let kept = match ungraded.is_empty() {
        true if !path.exists() => Ok(()),
        true => fs::remove_file(&path),
        // Texts are always JSON.
        false => fs::write(
            &path,
            serde_json::to_string_pretty(ungraded).unwrap_or_default() + "\n",
        ),
    };
    kept.map_err(|error| format!("{}: {error}", path.display()))
}
