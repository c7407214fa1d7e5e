//! The exchanges on disk: `<lesson>/<name>.http` and `<lesson>/<name>.snap`.

use crate::format::requirement::{Requirement, requirements};
use crate::format::script::Script;
use crate::format::transcript::Transcript;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One exchange on disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The lesson's slug, which is the folder's name.
    pub lesson: String,
    /// The file's name without its ending.
    pub name: String,
    folder: PathBuf,
}

impl Entry {
    /// `lesson/name`, as pages and reports write it.
    pub fn id(&self) -> String {
        format!("{}/{}", self.lesson, self.name)
    }

    /// The `.http` file.
    pub fn script_path(&self) -> PathBuf {
        self.folder.join(format!("{}.http", self.name))
    }

    /// The `.snap` file.
    pub fn pin_path(&self) -> PathBuf {
        self.folder.join(format!("{}.snap", self.name))
    }

    /// What it holds a server to, of what its lesson asks; nothing where the
    /// lesson's list does not have it.
    ///
    /// # Errors
    ///
    /// As for [`requirements`].
    pub fn requirement(&self) -> Result<Option<Requirement>, String> {
        let root = self.folder.parent().unwrap_or(&self.folder);
        let mut all = requirements(root, &self.lesson)?.into_iter();
        Ok(all.find(|requirement| requirement.exchanges.contains(&self.name)))
    }

    /// Reads the script.
    ///
    /// # Errors
    ///
    /// The file and, for one that does not parse, the line.
    pub fn script(&self) -> Result<Script, String> {
        let path = self.script_path();
        Script::parse(&read(&path)?).map_err(|error| {
            format!("{}:{}: {}", path.display(), error.line, error.message)
        })
    }

    /// Reads the pinned transcript.
    ///
    /// # Errors
    ///
    /// As for [`script`](Entry::script).
    pub fn pin(&self) -> Result<Transcript, String> {
        let path = self.pin_path();
        Transcript::parse(&read(&path)?).map_err(|error| {
            format!("{}:{}: {}", path.display(), error.line, error.message)
        })
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The exchange `lesson/name` below `root`, whether or not its files are there.
pub fn entry(root: &Path, id: &str) -> Option<Entry> {
    let (lesson, name) = id.split_once('/')?;
    let plain = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
            })
    };
    (plain(lesson) && plain(name)).then(|| Entry {
        lesson: lesson.to_owned(),
        name: name.to_owned(),
        folder: root.join(lesson),
    })
}

/// Every `.http` file one folder below `root`, in order of lesson and name.
///
/// # Errors
///
/// A folder that can't be read.
pub fn entries(root: &Path) -> io::Result<Vec<Entry>> {
    files(root, "http")
}

/// Every `.snap` file one folder below `root`, with or without its script.
///
/// # Errors
///
/// A folder that can't be read.
pub fn pins(root: &Path) -> io::Result<Vec<Entry>> {
    files(root, "snap")
}

fn files(root: &Path, ending: &str) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for folder in fs::read_dir(root)? {
        let folder = folder?.path();
        if !folder.is_dir() {
            continue;
        }
        for file in fs::read_dir(&folder)? {
            let file = file?.path();
            if file.extension().is_some_and(|found| found == ending) {
                let text = |part: Option<&std::ffi::OsStr>| {
                    part.unwrap_or_default().to_string_lossy().into_owned()
                };
                found.push(Entry {
                    lesson: text(folder.file_name()),
                    name: text(file.file_stem()),
                    folder: folder.clone(),
                });
            }
        }
    }
    found.sort();
    Ok(found)
}
