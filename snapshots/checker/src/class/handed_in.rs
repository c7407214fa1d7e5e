//! Where the project is, in what a reader has handed in: a learning platform packs it into
//! a folder of its own, and a Mac puts a `__MACOSX` beside it.

use crate::submission::Failure;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// So many folders in one another are looked into.
const DEEP: usize = 4;

/// The ends of the names of packed folders.
const PACKED: [&str; 7] = [".zip", ".tar", ".tgz", ".gz", ".xz", ".7z", ".rar"];

/// Whether it is a packed folder, by its name.
pub fn is_packed(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    path.is_file() && PACKED.iter().any(|end| name.ends_with(end))
}

/// The folder with the only `Cargo.toml`, in what was handed in; with a line that starts
/// it, the folder that is not the only thing in another.
///
/// # Errors
///
/// Of the run: a folder that can't be read, a packed one, more than one project. Of the
/// submission: that nothing is there, or no project.
pub fn project(folder: &Path, start: Option<&str>) -> Result<PathBuf, Failure> {
    if start.is_some() {
        return unpacked(folder);
    }
    let mut found = Vec::new();
    projects(folder, DEEP, &mut found)?;
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(nothing(folder)?),
        [one, other, ..] => Err(Failure::Run(format!(
            "There are two projects in it, {} and {}. Leave one, or name it in a CSV file with \
             the columns name and target.",
            below(folder, one),
            below(folder, other)
        ))),
    }
}

/// The first folder in which there is more than a folder.
fn unpacked(folder: &Path) -> Result<PathBuf, Failure> {
    let mut folder = folder.to_owned();
    for _ in 0..DEEP {
        match &entries(&folder)?[..] {
            [one] if one.is_dir() && !one.is_symlink() => folder = one.clone(),
            _ => break,
        }
    }
    Ok(folder)
}

/// The folders with a `Cargo.toml`; what is inside one is part of it.
fn projects(
    folder: &Path,
    deep: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    if folder.join("Cargo.toml").is_file() {
        found.push(folder.to_owned());
        return Ok(());
    }
    for entry in entries(folder)?.into_iter().filter(|entry| entry.is_dir()) {
        if deep > 0 && !entry.is_symlink() {
            projects(&entry, deep - 1, found)?;
        }
    }
    Ok(())
}

/// Why there is no project.
fn nothing(folder: &Path) -> Result<Failure, Failure> {
    let entries = entries(&unpacked(folder)?)?;
    if let Some(packed) = entries.iter().find(|entry| is_packed(entry)) {
        return Ok(Failure::Run(format!(
            "{} is still packed. Unpack it there, and run this again with --resume.",
            below(folder, packed)
        )));
    }
    let mut names: Vec<String> =
        entries.iter().map(|entry| below(folder, entry)).collect();
    names.truncate(5);
    Ok(Failure::Submission(match names.is_empty() {
        true => "The folder is empty: nothing was handed in.".to_owned(),
        false => format!(
            "No Cargo.toml was handed in, so there is nothing to build. This is there: {}. \
             (A server in another language is graded with --start, or a column `start`.)",
            names.join(", ")
        ),
    }))
}

/// What is in a folder and is a reader's, in the order of its names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed =
        |error: io::Error| Failure::Run(format!("{}: {error}", folder.display()));
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name != "__MACOSX" && !name.to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

/// The path as seen from what was handed in.
fn below(folder: &Path, path: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a folder with these files.
    fn found(files: &[&str], start: Option<&str>) -> Result<String, Failure> {
        let name = format!("handed-in-{}", crate::random::random_name());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).unwrap();
        for file in files {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let found = project(&dir, start).map(|path| below(&dir, &path));
        fs::remove_dir_all(&dir).unwrap();
        found
    }

    #[test]
    fn a_project_in_a_folder_in_a_folder_is_found() {
        for (files, wanted) in [
            (&["Cargo.toml", "src/main.rs"][..], ""),
            (
                &["my-server/Cargo.toml", "__MACOSX/my-server/._x"],
                "my-server",
            ),
            (
                &["a/b/Cargo.toml", "a/b/part/Cargo.toml", ".DS_Store"],
                "a/b",
            ),
            (&["read me.txt", "work/Cargo.toml"], "work"),
        ] {
            assert_eq!(found(files, None), Ok(wanted.to_owned()), "{files:?}");
        }
        let node = ["work/server.mjs", "work/package.json", "__MACOSX/._work"];
        assert_eq!(found(&node, Some("node server.mjs")), Ok("work".to_owned()));
    }

    #[test]
    fn what_is_packed_or_twice_there_is_no_fault_of_the_submission() {
        for (files, words) in [
            (&["work.zip"][..], "work.zip is still packed."),
            (
                &["in/Work.ZIP", "__MACOSX/x"],
                "in/Work.ZIP is still packed.",
            ),
            (
                &["a/Cargo.toml", "b/Cargo.toml"],
                "two projects in it, a and b.",
            ),
        ] {
            let why = found(files, None).unwrap_err();
            assert!(
                matches!(&why, Failure::Run(why) if why.contains(words)),
                "{why}"
            );
        }
    }

    #[test]
    fn what_is_no_project_is_told_by_what_is_there() {
        for (files, words) in [
            (&[][..], "The folder is empty"),
            (&["__MACOSX/x"], "The folder is empty"),
            (
                &["server.mjs"],
                "This is there: server.mjs. (A server in another",
            ),
        ] {
            let why = found(files, None).unwrap_err();
            let is_told =
                matches!(&why, Failure::Submission(why) if why.contains(words));
            assert!(is_told, "{why}");
        }
    }
}
