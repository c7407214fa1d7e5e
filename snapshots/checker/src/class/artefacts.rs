//! Where a submission is built: in a folder of its own, so that no other's program
//! is ever taken for it. cargo would share more: two packages of one name, each
//! the root of its workspace, are the same to it. What they depend on is built
//! once and stands on a shelf, which a sandbox shows to be read; each folder has
//! links to it.

use crate::submission::{Failure, Folder, cargo, sweep_folders};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::UNIX_EPOCH;

/// The package that has all dependencies, and nothing of its own.
pub const PACKAGE: &str = "shelf-of-dependencies";

/// The dependencies, built.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// Where they stand, in cargo's own order.
    shelf: PathBuf,
    /// Where submissions get their folders.
    folder: PathBuf,
}

/// How the names of submissions' target folders begin.
const OWN: &str = "own-";

/// What is read of cargo's messages.
#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    filenames: Vec<PathBuf>,
    out_dir: Option<PathBuf>,
}

impl Shelf {
    /// Builds the dependencies of a package with this manifest, into the target
    /// folder of the book, which has most of them. Submissions get theirs below
    /// `folder`.
    ///
    /// # Errors
    ///
    /// What cargo says.
    pub fn build(
        folder: &Path,
        target: &Path,
        manifest: &str,
        lock: &str,
    ) -> Result<Shelf, String> {
        let failed = |error: io::Error| format!("{}: {error}", folder.display());
        let package = folder.join(PACKAGE);
        fs::create_dir_all(package.join("src")).map_err(failed)?;
        sweep_folders(folder, OWN);
        for (name, text) in [
            ("Cargo.toml", manifest),
            ("Cargo.lock", lock),
            ("src/main.rs", "fn main() {}\n"),
        ] {
            place(&package.join(name), text).map_err(failed)?;
        }
        let said = cargo()
            .args([
                "build",
                "--quiet",
                "--message-format=json-render-diagnostics",
            ])
            .env("CARGO_TARGET_DIR", target)
            .current_dir(&package)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        if !said.status.success() {
            let said = String::from_utf8_lossy(&said.stderr).into_owned();
            return Err(format!("What the submissions depend on: {said}"));
        }
        let built = target.join("debug");
        let messages = String::from_utf8_lossy(&said.stdout).into_owned();
        let messages = messages
            .lines()
            .filter_map(|it| serde_json::from_str(it).ok());
        let hashes: BTreeSet<String> =
            messages.flat_map(|it: Message| hashes(&it)).collect();
        let mut parts = BTreeSet::new();
        for place in PLACES {
            let failed = |error: io::Error| format!("{}: {error}", built.display());
            for entry in fs::read_dir(built.join(place)).map_err(failed)? {
                let name = entry.map_err(failed)?.file_name();
                let text = name.to_string_lossy().replace('_', "-");
                if hash(&text).is_some_and(|hash| hashes.contains(hash))
                    && !text.contains(PACKAGE)
                {
                    parts.insert(Path::new(place).join(name));
                }
            }
        }
        let shelf =
            folder.join(format!("shelf-{}", key(&built, &parts).map_err(failed)?));
        if !shelf.exists() {
            let new = folder.join(crate::random::random_name());
            fill(&built, &parts, &new)
                .and_then(|()| put_up(&new, &shelf))
                .map_err(failed)?;
        }
        Ok(Shelf {
            shelf: shelf.canonicalize().map_err(failed)?,
            folder: folder.to_owned(),
        })
    }

    /// Where the dependencies stand: a build must be able to read it.
    pub fn path(&self) -> &Path {
        &self.shelf
    }

    /// A target folder with all of the shelf in it, for one submission.
    ///
    /// # Errors
    ///
    /// The disk is full, or can't be written: no submission's fault.
    pub fn own(&self) -> Result<Folder, Failure> {
        let name = format!("{OWN}{}", crate::random::random_name());
        let path = self.folder.join(name);
        let linked = || {
            let own = Folder::new(path.clone())?;
            for place in PLACES {
                let (from, to) =
                    (self.shelf.join(place), own.path().join("debug").join(place));
                fs::create_dir_all(&to)?;
                for entry in fs::read_dir(from)? {
                    let entry = entry?;
                    link(&entry.path(), &to.join(entry.file_name()))?;
                }
            }
            Ok(own)
        };
        linked().map_err(|error: io::Error| {
            Failure::Run(format!("{}: {error}", path.display()))
        })
    }
}

/// Gives a filled shelf its name. Where another grader has put up the same one meanwhile,
/// that one stays.
fn put_up(new: &Path, shelf: &Path) -> io::Result<()> {
    fs::rename(new, shelf).or_else(|error| {
        fs::remove_dir_all(new)?;
        if shelf.exists() { Ok(()) } else { Err(error) }
    })
}

/// Writes a file as a whole or not at all: another grader may read it meanwhile.
fn place(path: &Path, text: &str) -> io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    let fresh = path.with_extension(crate::random::random_name());
    fs::write(&fresh, text)?;
    fs::rename(&fresh, path)
}

/// Where cargo keeps what it has built, and what it knows of it.
const PLACES: [&str; 3] = ["deps", "build", ".fingerprint"];

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link(from: &Path, to: &Path) -> io::Result<()> {
    copy(from, to)
}

/// A name for what is on a shelf: of each part, and when it was built.
fn key(built: &Path, parts: &BTreeSet<PathBuf>) -> io::Result<String> {
    let mut hash = Sha256::new();
    for part in parts {
        let time = fs::metadata(built.join(part))?.modified()?;
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        hash.update(format!("{} {}\n", part.display(), since.as_nanos()));
    }
    Ok(format!("{:x}", hash.finalize())[..16].to_owned())
}

fn fill(built: &Path, parts: &BTreeSet<PathBuf>, to: &Path) -> io::Result<()> {
    for place in PLACES {
        fs::create_dir_all(to.join(place))?;
    }
    for part in parts {
        copy(&built.join(part), &to.join(part))?;
    }
    Ok(())
}

/// The hashes in the names of what a message is about: `libserde-0a1b….rlib`, or
/// `serde-0a1b…/out`.
fn hashes(message: &Message) -> Vec<String> {
    let names = message.filenames.iter().chain(&message.out_dir);
    let parts = names.flat_map(|path| path.iter().rev().take(2));
    parts
        .filter_map(|part| hash(&part.to_string_lossy()).map(str::to_owned))
        .collect()
}

/// The hash that cargo puts at the end of a name.
fn hash(name: &str) -> Option<&str> {
    let stem = name.split('.').next()?;
    let (_, hash) = stem.rsplit_once('-')?;
    let is_one = hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then_some(hash)
}

/// A copy with the times of the original, by which cargo knows what is fresh. Two
/// names of one file, as a build script has, stay so: else cargo would mend it.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::metadata(from)?;
    if metadata.is_dir() {
        fs::create_dir(to)?;
        let mut known: HashMap<u64, PathBuf> = HashMap::new();
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (from, to) = (entry.path(), to.join(entry.file_name()));
            let number = number(&entry.metadata()?);
            match number.and_then(|number| known.get(&number)) {
                Some(first) => fs::hard_link(first, &to)?,
                None => copy(&from, &to)?,
            }
            known.extend(number.map(|number| (number, to)));
        }
        return Ok(());
    }
    fs::copy(from, to)?;
    let file = File::options().write(true).open(to)?;
    file.set_modified(metadata.modified()?)
}

/// The number that all names of a file share; none where it has one name, or the
/// system tells none.
fn number(metadata: &fs::Metadata) -> Option<u64> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (metadata.is_file() && metadata.nlink() > 1).then(|| metadata.ino())
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_graders_that_put_up_one_shelf_both_find_it() {
        let folder = std::env::temp_dir().join(crate::random::random_name());
        let (new, shelf) = (folder.join("new"), folder.join("shelf"));
        for number in 0..2 {
            fs::create_dir_all(&new).unwrap();
            fs::write(new.join(format!("part-{number}")), "").unwrap();
            assert!(put_up(&new, &shelf).is_ok());
            assert!(shelf.join("part-0").exists() && !new.exists());
        }
        assert!(put_up(&new, &folder.join("none")).is_err());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_name_ends_in_its_hash_or_has_none() {
        let some = Some("0123456789abcdef");
        assert_eq!(hash("libserde-0123456789abcdef.rlib"), some);
        assert_eq!(hash("serde-json-0123456789abcdef"), some);
        assert_eq!(hash("serde-0123456789abcdef.serde.0a-cgu.0.rcgu.o"), some);
        assert_eq!(hash("build-script-build"), None);
        assert_eq!(hash("serde"), None);
    }
}
