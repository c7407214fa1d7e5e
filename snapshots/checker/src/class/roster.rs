//! The roster: who is in a class, and where each one's server is.

use super::handed_in::is_packed;
use crate::course::Moment;
use std::fs;
use std::path::{Path, PathBuf};

/// One reader's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The reader's name, which no other has.
    pub name: String,
    /// What another gradebook knows the reader by, if that is said: a login, an ID, an
    /// email address.
    pub account: Option<String>,
    /// Where it is.
    pub target: Target,
    /// When it was handed in, if that is known.
    pub submitted: Option<Moment>,
    /// Which attempt it is, counted from 1, if that is known.
    pub attempt: Option<u32>,
}

/// Where a submission is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// It runs already.
    Url(String),
    /// A folder, and the line that starts what is in it; none is `cargo run`.
    Folder(PathBuf, Option<String>),
}

/// Reads a class: a folder in which each folder is a submission, or a CSV file
/// with the columns `name` and `target`, and `start`, `submitted`, `attempt` and
/// `account` if need be. A target is a URL or a folder, as seen from the file. `start` is the line for those that
/// have none of their own.
///
/// # Errors
///
/// The file and the line that can't be read, a name that comes twice, a class
/// without anybody in it.
pub fn roster(path: &Path, start: Option<&str>) -> Result<Vec<Submission>, String> {
    let mut class = match path.is_dir() {
        true => folders(path, start)?,
        false => table(path, start)?,
    };
    if class.is_empty() {
        return Err(format!("{}: there is no submission in it.", path.display()));
    }
    class.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(twice) = class.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(format!(
            "{}: the name {} comes twice.",
            path.display(),
            twice[0].name
        ));
    }
    // A report's folder is called by the name, and `ids.csv` has it in a cell.
    let mut alike: Vec<&str> = class.iter().map(|it| it.name.as_str()).collect();
    alike.sort_by_key(|name| name.to_ascii_lowercase());
    if let Some(two) = alike
        .windows(2)
        .find(|two| two[0].eq_ignore_ascii_case(two[1]))
    {
        return Err(format!(
            "{}: {} and {} are one name where a disk does not tell the cases apart. Give one \
             of them another.",
            path.display(),
            two[0],
            two[1]
        ));
    }
    if let Some(name) = alike.iter().find(|name| name.contains(char::is_control)) {
        return Err(format!(
            "{}: the name {name:?} has a character in it that is no letter. Give it another.",
            path.display()
        ));
    }
    if let Some(name) = alike.iter().find(|name| name.trim() != **name) {
        return Err(format!(
            "{}: the name `{name}` begins or ends with a blank. Give it another.",
            path.display()
        ));
    }
    Ok(class)
}

fn folders(path: &Path, start: Option<&str>) -> Result<Vec<Submission>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut class = Vec::new();
    let mut packed = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let folder = entry.map_err(failed)?.path();
        if is_packed(&folder) {
            packed.push(folder.display().to_string());
            continue;
        }
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if folder.is_dir() && !name.starts_with('.') && name != "__MACOSX" {
            class.push(Submission {
                name,
                target: Target::Folder(folder, start.map(str::to_owned)),
                account: None,
                submitted: None,
                attempt: None,
            });
        }
    }
    if !packed.is_empty() {
        packed.sort();
        return Err(format!(
            "{}: still packed. Unpack each into a folder of its reader's name, and take it away.",
            packed.join(", ")
        ));
    }
    Ok(class)
}

fn table(path: &Path, start: Option<&str>) -> Result<Vec<Submission>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let headers = reader
        .headers()
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (Some(name), Some(target)) = (column("name"), column("target")) else {
        return Err(format!(
            "{}:1: the first line must name the columns: name,target or name,target,start",
            path.display()
        ));
    };
    let starts = column("start");
    let (submitted, attempt) = (column("submitted"), column("attempt"));
    let account = column("account");
    let base = path.parent().unwrap_or(Path::new("."));
    let mut class = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("{}: {error}", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(column).filter(|text| !text.is_empty());
        let (Some(name), Some(target)) = (field(name), field(target)) else {
            return Err(format!(
                "{}:{line}: a name or a target is missing.",
                path.display()
            ));
        };
        let target = match target.contains("://") {
            true => Target::Url(target.to_owned()),
            false => {
                let own = starts.and_then(field).or(start);
                Target::Folder(base.join(target), own.map(str::to_owned))
            }
        };
        let wrong = |why: String| format!("{}:{line}: {why}", path.display());
        let submitted = submitted.and_then(field).map(str::parse).transpose();
        let attempt = attempt.and_then(field).map(counted).transpose();
        class.push(Submission {
            name: name.to_owned(),
            account: account.and_then(field).map(str::to_owned),
            target,
            submitted: submitted.map_err(wrong)?,
            attempt: attempt.map_err(wrong)?,
        });
    }
    Ok(class)
}

fn counted(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "write which attempt it is, from 1 on".to_owned())
}

/// The part `index` of `count` of a class, counted from 1: every `count`th, so
/// that the parts have nearly the same length.
pub fn shard(class: Vec<Submission>, index: usize, count: usize) -> Vec<Submission> {
    class.into_iter().skip(index - 1).step_by(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_class_are_the_class() {
        let class: Vec<Submission> = (0..10)
            .map(|number| Submission {
                name: number.to_string(),
                target: Target::Url(String::new()),
                account: None,
                submitted: None,
                attempt: None,
            })
            .collect();
        let mut parts: Vec<Submission> = (1..=4)
            .flat_map(|index| shard(class.clone(), index, 4))
            .collect();
        parts.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(parts, class);
    }
}
