//! A server in a folder: built, started on a port of its own, and ended with
//! everything that it started.

mod build;
mod group;
mod log;
mod running;

pub use build::{Build, build, cargo};
pub use running::{Allowance, Program, Running};

use std::env;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a submission has no server that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It is the submission's own: it doesn't build, or doesn't listen.
    Submission(String),
    /// It does not listen in the time that it has. That is its own fault, or that of a
    /// machine with too much to do.
    Late(String),
    /// It is the run's: a folder that can't be written, a crate that is not here. It
    /// says nothing about the submission.
    Run(String),
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Submission(why) | Failure::Late(why) | Failure::Run(why) => {
                f.write_str(why)
            }
        }
    }
}

/// Whether what was said at the end is no word of the submission's.
fn is_of_the_run(said: &str) -> bool {
    said.starts_with("bwrap: ") || said.contains("No space left on device")
}

/// What is below a folder and no folder itself, links as links. Folders of the names in
/// `spare` are not looked into.
///
/// # Errors
///
/// A folder that can't be read.
pub fn below(
    folder: &Path,
    spare: &[&str],
) -> Result<Vec<(PathBuf, FileType)>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error: io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            let name = entry.file_name();
            match kind.is_dir() {
                true if spare.iter().any(|spare| name == *spare) => {}
                true => folders.push(entry.path()),
                false => found.push((entry.path(), kind)),
            }
        }
    }
    Ok(found)
}

fn whole(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .map_err(|error| Failure::Run(format!("{}: {error}", path.display())))
}

/// An environment of nothing but this and the search path.
fn clean(command: &mut Command, variables: &[(&str, OsString)]) {
    command.env_clear();
    let kept = ["PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT"];
    let kept = kept
        .iter()
        .filter_map(|name| Some((name, env::var_os(name)?)));
    command.envs(kept);
    for (name, value) in variables {
        command.env(name, value);
    }
}

/// A text in which nothing is obeyed by a terminal: escape sequences are shown.
pub fn plain(text: &str) -> String {
    let shown = |char: char| match char {
        '\n' | '\t' => char.to_string(),
        '\u{1b}' => "\u{241b}".to_owned(),
        char if char.is_control() => char.escape_unicode().to_string(),
        char => char.to_string(),
    };
    text.chars().map(shown).collect()
}
