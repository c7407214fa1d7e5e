//! What the book is built from, as a short text that changes with it.

use crate::{Sources, html};
use exchange::format::requirement;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{fs, io};

macro_rules! texts {
    ($($file:literal)*) => {
        &[$(($file, include_str!($file))),*]
    };
}

/// The code that builds the book: this crate, and what it knows of exchanges. It
/// is the text that was compiled, since the one on disk may be newer.
const CODE: &[(&str, &str)] = texts![
    "../../snapshots/exchange/src/format/cookie.rs"
    "../../snapshots/exchange/src/format/curl.rs"
    "../../snapshots/exchange/src/format/difference.rs"
    "../../snapshots/exchange/src/format/directive.rs"
    "../../snapshots/exchange/src/format/library.rs"
    "../../snapshots/exchange/src/format/mod.rs"
    "../../snapshots/exchange/src/format/page.rs"
    "../../snapshots/exchange/src/format/percent.rs"
    "../../snapshots/exchange/src/format/requirement.rs"
    "../../snapshots/exchange/src/format/route.rs"
    "../../snapshots/exchange/src/format/script.rs"
    "../../snapshots/exchange/src/format/time.rs"
    "../../snapshots/exchange/src/format/transcript.rs"
    "../../snapshots/exchange/src/format/tree.rs"
    "bind.rs"
    "copies.rs"
    "fingerprint.rs"
    "html.rs"
    "lib.rs"
    "main.rs"
    "minutes.rs"
    "picture.rs"
    "predict.rs"
    "preprocess.rs"
    "sequence.rs"
    "sheet.rs"
    "slim.rs"
    "tables.rs"
];

impl Sources {
    /// A text that changes whenever a file the build reads is changed, added or
    /// taken away, and whenever the code builds in another way.
    ///
    /// # Errors
    ///
    /// A folder that can't be read.
    pub fn fingerprint(&self) -> io::Result<String> {
        let mut hasher = DefaultHasher::new();
        (CODE, html::TEMPLATES).hash(&mut hasher);
        for file in self.files()? {
            let metadata = fs::metadata(&file)?;
            (&file, metadata.len(), metadata.modified()?).hash(&mut hasher);
        }
        Ok(format!("{:016x}", hasher.finish()))
    }

    /// The files that the build reads.
    fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = vec![self.book().join("book.toml")];
        let folders = [
            self.book().join("pages"),
            self.book().join("theme"),
            self.turns(),
            // A report that a page shows, and a course.
            self.exchanges().join("checker/tests/golden"),
            self.exchanges().join("checker/tests/course"),
        ];
        for folder in folders.iter().chain(&self.listings()) {
            walk(folder, &mut files)?;
        }
        // Beside the lessons' folders are those of crates, which are not read.
        for lesson in entries(&self.exchanges())? {
            let inside = entries(&lesson)?.into_iter();
            files.extend(inside.filter(|file| is_of_lesson(file)));
        }
        files.sort();
        Ok(files)
    }
}

fn is_of_lesson(file: &Path) -> bool {
    let has = |ending: &str| file.extension().is_some_and(|found| found == ending);
    has("http")
        || has("snap")
        || file.ends_with("lesson.toml")
        || file.ends_with(requirement::FILE)
}

/// Adds every file below `folder`.
pub fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// What is in `folder`; nothing where it is not there, or is none.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn repository() -> Sources {
        Sources::of(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
    }

    #[test]
    fn every_file_of_the_code_is_in_its_list() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = Vec::new();
        walk(&own, &mut found).unwrap();
        walk(&own.join("../../snapshots/exchange/src/format"), &mut found).unwrap();
        let found: BTreeSet<PathBuf> = found.into_iter().collect();
        let listed = CODE.iter().map(|(file, _)| own.join(file)).collect();
        let other: Vec<_> = found.symmetric_difference(&listed).collect();
        assert!(other.is_empty(), "in one of folder and `CODE`: {other:#?}");
    }

    #[test]
    fn every_file_that_a_page_includes_is_looked_at() {
        let sources = repository();
        let real = |file: PathBuf| file.canonicalize().unwrap();
        let files: BTreeSet<PathBuf> =
            sources.files().unwrap().into_iter().map(real).collect();
        let pages = sources.book().join("pages");
        let mut included = 0;
        let is_text = |page: &PathBuf| page.extension().is_some_and(|end| end == "md");
        for page in entries(&pages).unwrap().into_iter().filter(is_text) {
            let text = fs::read_to_string(&page).unwrap();
            for include in text.split("{{#include ").skip(1) {
                let target = include.split(['}', ':']).next().unwrap();
                let target = real(pages.join(target));
                assert!(files.contains(&target), "{}", target.display());
                included += 1;
            }
        }
        assert!(included > 0);
    }
}
