//! Folders of this program's own, which go when nobody needs them any more: at the latest
//! when another grader begins, if this one was killed.

use super::disk::remove;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How old a folder must be that nobody uses: one that is being made is not locked yet.
const OLD: Duration = Duration::from_secs(60);

/// A folder that is deleted when it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// It is locked as long as it is in use.
    _in_use: File,
}

impl Folder {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// It is there already, or can't be made.
    pub fn new(path: PathBuf) -> io::Result<Folder> {
        fs::create_dir(&path)?;
        let in_use = File::open(&path)?;
        in_use.try_lock()?;
        Ok(Folder {
            path,
            _in_use: in_use,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = remove(&self.path);
    }
}

/// Takes away the folders that graders left in `place` which were killed: those whose
/// names begin so.
pub fn sweep(place: &Path, prefix: &str) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let is_one = entry.file_name().to_string_lossy().starts_with(prefix)
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_one && is_left(&entry.path()).unwrap_or(false) {
            // What can't be taken away is the next one's to find.
            let _ = remove(&entry.path());
        }
    }
}

/// Whether it is this user's own, old, and not in use. Somebody else's may be changed while
/// it is taken away, and a link be where a folder was.
fn is_left(folder: &Path) -> io::Result<bool> {
    let folder = File::open(folder)?;
    let about = folder.metadata()?;
    let age = about.modified()?.elapsed();
    let is_left = is_own(&about)? && age.is_ok_and(|age| age > OLD);
    Ok(is_left && folder.try_lock().is_ok())
}

/// Whether it belongs to who runs this, which `/proc` knows. Without it nobody can tell.
#[cfg(unix)]
fn is_own(about: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata("/proc/self")?.uid() == about.uid())
}

#[cfg(not(unix))]
fn is_own(_about: &Metadata) -> io::Result<bool> {
    Ok(true)
}
