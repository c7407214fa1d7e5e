//! Ids in place of names, and the file that says whose each one is: `ids.csv`, which
//! nobody but its owner can read.

use super::overrides::Overrides;
use super::publish::file_name;
use super::run::Graded;
use super::ungraded::Ungraded;
use crate::check::Outcome;
use crate::random::random_name;
use crate::report::{is_formula, safe};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file's name, in the folder of the results.
pub const FILE: &str = "ids.csv";

/// Pairs of an id and a name.
#[derive(Debug, Clone, Default)]
pub struct Ids(Vec<(String, String)>);

impl Ids {
    /// Reads the pairs that these folders have.
    ///
    /// # Errors
    ///
    /// The file and the line that is no pair, or has an id or a name that another
    /// line has.
    pub fn read(folders: &[PathBuf]) -> Result<Ids, String> {
        let mut ids = Ids::default();
        for folder in folders {
            let file = folder.join(FILE);
            if file.exists() {
                ids.add(&file)?;
            }
        }
        Ok(ids)
    }

    fn add(&mut self, file: &Path) -> Result<(), String> {
        let failed = |error: csv::Error| format!("{}: {error}", file.display());
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_path(file)
            .map_err(failed)?;
        for record in reader.records() {
            let record = record.map_err(failed)?;
            let line = record.position().map_or(0, csv::Position::line);
            let field =
                |index| record.get(index).filter(|text: &&str| !text.is_empty());
            let (Some(id), Some(name)) = (field(0), field(1).map(named)) else {
                return Err(format!(
                    "{}:{line}: write an id and a name.",
                    file.display()
                ));
            };
            let pair = (id.to_owned(), name.to_owned());
            let is_one_of = |it: &&(String, String)| it.0 == pair.0 || it.1 == pair.1;
            match self.0.iter().find(is_one_of) {
                Some(other) if *other == pair => {}
                Some(_) => {
                    return Err(format!(
                        "{}:{line}: {id} or {name} is in an earlier line, too. Leave one of them.",
                        file.display()
                    ));
                }
                None => self.0.push(pair),
            }
        }
        Ok(())
    }

    /// Gives an id to each of these who has none, and writes all down in a folder.
    ///
    /// # Errors
    ///
    /// The file that can't be written.
    pub fn keep<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
        out: &Path,
    ) -> Result<(), String> {
        for name in names {
            if self.id(name).is_none() {
                let id = self.fresh();
                self.0.push((id, name.to_owned()));
            }
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing into memory does not fail.
        let _ = writer.write_record(["id", "name"]);
        for (id, name) in &self.0 {
            let _ = writer.write_record([id, &cell(name)]);
        }
        let text = writer.into_inner().unwrap_or_default();
        let file = out.join(FILE);
        write_for_the_owner(&file, &text)
            .map_err(|error| format!("{}: {error}", file.display()))
    }

    /// An id that nobody has, and nobody guesses a name from.
    fn fresh(&self) -> String {
        loop {
            let id = random_name()[..8].to_owned();
            if self.name(&id).is_none() {
                return id;
            }
        }
    }

    /// Whose an id is.
    pub fn name(&self, id: &str) -> Option<&str> {
        let pair = self.0.iter().find(|pair| pair.0 == id);
        pair.map(|pair| pair.1.as_str())
    }

    /// The id of a name.
    pub fn id(&self, name: &str) -> Option<&str> {
        let pair = self.0.iter().find(|pair| pair.1 == name);
        pair.map(|pair| pair.0.as_str())
    }

    /// The results by their ids, in the order of these: that of the names would say
    /// too much.
    pub fn results(&self, results: &[Graded]) -> Vec<Graded> {
        let mut all: Vec<Graded> = results.iter().map(|it| self.result(it)).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all
    }

    fn result(&self, result: &Graded) -> Graded {
        let id = self.id(&result.name).unwrap_or_default();
        let place = Path::new(&result.target);
        let real = place.canonicalize().unwrap_or_default();
        let hidden = |text: &str| {
            let mut text = text.to_owned();
            for place in [real.to_string_lossy().as_ref(), &result.target] {
                if !place.is_empty() {
                    text = text.replace(place.trim_end_matches('/'), id);
                }
            }
            text
        };
        let mut report = result.report.clone();
        if let Some(report) = &mut report {
            report.url = hidden(&report.url);
            report.ended = report.ended.as_deref().map(hidden);
            for check in &mut report.checks {
                check.response = hidden(&check.response);
                check.curl = check.curl.clone().map(|line| hidden(&line));
                if let Outcome::Failed(findings) = &mut check.outcome {
                    for finding in findings {
                        finding.expected = hidden(&finding.expected);
                        finding.actual = hidden(&finding.actual);
                        finding.note = finding.note.as_deref().map(hidden);
                    }
                }
            }
        }
        Graded {
            account: None,
            error: result.error.as_deref().map(hidden),
            name: id.to_owned(),
            report,
            target: String::new(),
            ..result.clone()
        }
    }

    /// Whom the run could not grade, by their ids. Why is for who graded: it may name a
    /// folder, and so a student.
    pub fn ungraded(&self, ungraded: &[Ungraded]) -> Vec<Ungraded> {
        let ids = ungraded.iter().filter_map(|it| self.id(&it.name));
        let mut all: Vec<Ungraded> = ids
            .map(|id| Ungraded {
                name: id.to_owned(),
                why: "why is in ungraded.json".to_owned(),
            })
            .collect();
        all.sort();
        all
    }

    /// The marks by hand by their ids.
    pub fn overrides(&self, overrides: &Overrides) -> Overrides {
        overrides.renamed(|name| self.id(name).unwrap_or_default().to_owned())
    }

    /// Takes away the pages that were written by name before.
    ///
    /// # Errors
    ///
    /// The page that can't be taken away.
    pub fn sweep(&self, out: &Path) -> Result<(), String> {
        for (_, name) in &self.0 {
            let folder = out.join("submissions").join(file_name(name));
            for file in ["report.html", "results.json"].map(|file| folder.join(file)) {
                if file.exists() {
                    fs::remove_file(&file)
                        .map_err(|error| format!("{}: {error}", file.display()))?;
                }
            }
            // Where an instructor keeps something, it stays.
            let _ = fs::remove_dir(&folder);
        }
        Ok(())
    }
}

/// A name as a cell that no spreadsheet takes for a formula: such a name has an
/// apostrophe before it, and so has one that begins with that already.
fn cell(name: &str) -> String {
    match name.starts_with('\'') {
        true => format!("'{name}"),
        false => safe(name),
    }
}

/// The name that a cell is for. Who wrote one by hand may have left the apostrophe out.
fn named(cell: &str) -> &str {
    let rest = cell.strip_prefix('\'').unwrap_or(cell);
    match rest.starts_with('\'') || is_formula(rest) {
        true => rest,
        false => cell,
    }
}

/// Writes a file that nobody else on this machine can read.
fn write_for_the_owner(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        if path.exists() {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        }
    }
    options.open(path)?.write_all(text)
}
