//! A server in a folder: built, started on a port of its own, and ended with
//! everything that it started.

mod build;
mod disk;
mod folder;
mod group;
mod log;
mod running;
mod sources;

pub use build::{Build, Built, build, cargo};
pub use disk::{Disk, open_up};
pub use folder::{Folder, sweep as sweep_folders};
pub use group::Bounds;
pub use running::sweep;
pub use running::{Allowance, Program, Running};

use self::log::Log;
use crate::random::random_name;
use std::env;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::fs::{self, File, FileType};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a submission has no server that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It is the submission's own: it doesn't build, or doesn't listen.
    Submission(String),
    /// It is not built, or does not listen, in the time that it has. That is its own fault, or that of a
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

/// What a disk must have room for to be none that is full, in pieces of a MiB.
const ROOM: usize = 16;

/// Why the end of a program says nothing about the submission. It is what this program
/// sees itself, and nothing that was printed, since a student can print anything:
/// bubblewrap has not started it, or the disk of this folder or of what is temporary is
/// full.
fn fault_of_the_run(
    status: Option<&Log>,
    said: &str,
    folder: &Path,
) -> Option<Failure> {
    // bwrap(1): without this member of the status there was no command.
    if status.is_some_and(|status| !status.read().contains("\"exit-code\"")) {
        return Some(Failure::Run(format!("The sandbox did not start. {said}")));
    }
    let full = full(folder).or_else(|| full(&env::temp_dir()));
    full.map(Failure::Run)
}

/// That the disk of this folder is full, if it is.
fn full(folder: &Path) -> Option<String> {
    let path = folder.join(format!("snapshots-room-{}", random_name()));
    // A disk that compresses has room for any number of zeros.
    let mut piece = vec![0; 1024 * 1024];
    getrandom::fill(&mut piece).ok()?;
    let write = || {
        let mut file = File::options().create_new(true).write(true).open(&path)?;
        // It has no name any more, so nothing is left of it.
        fs::remove_file(&path)?;
        (0..ROOM).try_for_each(|_| file.write_all(&piece))
    };
    let error: io::Error = write().err()?;
    let kinds = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
    let is_full = kinds.contains(&error.kind());
    is_full.then(|| format!("{}: {error}", folder.display()))
}

/// What is below a folder and no folder itself, links as links.
///
/// # Errors
///
/// A folder that can't be read.
pub fn below(folder: &Path) -> Result<Vec<(PathBuf, FileType)>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |error: io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            match kind.is_dir() {
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

/// Whether it has the text after it read in the other direction
/// (<https://www.unicode.org/reports/tr9/>): then what is read is not what is there.
fn turns(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text in which nothing is obeyed by a terminal: escape sequences are shown, and so is
/// what turns the direction of reading.
pub fn plain(text: &str) -> String {
    let shown = |char: char| match char {
        '\n' | '\t' => char.to_string(),
        '\u{1b}' => "\u{241b}".to_owned(),
        char if char.is_control() || turns(char) => char.escape_unicode().to_string(),
        char => char.to_string(),
    };
    text.chars().map(shown).collect()
}
