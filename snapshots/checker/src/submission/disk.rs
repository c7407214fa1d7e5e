//! How much a submission writes on the disk: into its folders, and into files without a
//! name, while it is built and while it runs.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a name costs at the least, however little is in it.
const NAME: u64 = 4096;

/// The folders that a submission writes into, and how much it may.
#[derive(Debug, Clone)]
pub struct Disk {
    folders: Vec<PathBuf>,
    /// In MiB.
    most: u64,
    /// What was there before it, and how long each file was.
    before: Arc<HashMap<PathBuf, u64>>,
    /// So many bytes had it all.
    used: u64,
}

impl Disk {
    /// Of these folders as they are now. `most` is in MiB.
    ///
    /// # Errors
    ///
    /// A folder that can't be looked into.
    pub fn new(folders: &[&Path], most: u64) -> Result<Disk, String> {
        let mut before = HashMap::new();
        let folders: Vec<PathBuf> = folders.iter().map(|it| (*it).into()).collect();
        let used = walk(&folders, |path, about| {
            before.insert(path, about.len());
        })?;
        let before = Arc::new(before);
        Ok(Disk {
            folders,
            most,
            before,
            used,
        })
    }

    /// And this folder, in which there is nothing yet.
    pub fn and(mut self, folder: &Path) -> Disk {
        self.folders.push(folder.to_owned());
        self
    }

    /// Why it is too much, if it is, with what these processes have open and nobody
    /// finds by a name.
    pub fn over(&self, processes: &[u32]) -> Option<String> {
        let Disk { most, used, .. } = self;
        let now = match walk(&self.folders, |_, _| {}) {
            Ok(now) => now + unnamed(processes),
            Err(why) => {
                return Some(format!(" What it wrote can't be counted: {why}."));
            }
        };
        let is_over = now.saturating_sub(*used) > most * 1024 * 1024;
        is_over.then(|| format!(" It wrote more than {most} MiB."))
    }

    /// Takes away what was written, where it was too much and nothing writes any more.
    /// What was handed in stays, and is no longer than it was.
    pub fn give_back(&self) {
        if self.over(&[]).is_none() {
            return;
        }
        open_up(&self.folders);
        let mut folders = self.folders.clone();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                // What can't be taken away is the next look's to find.
                let _ = match (self.before.get(&path), is_folder) {
                    (None, true) => fs::remove_dir_all(&path),
                    (None, false) => fs::remove_file(&path),
                    (Some(_), true) => {
                        folders.push(path);
                        Ok(())
                    }
                    (Some(length), false) => shorten(&path, *length),
                };
            }
        }
    }
}

/// Makes folders, and what is in them, such that one may look into them.
fn open_up(folders: &[PathBuf]) {
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
            if fs::read_dir(&folder).is_err() {
                let _ = fs::set_permissions(&folder, mode);
            }
        }
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
}

/// Cuts what was put to the end of a file.
fn shorten(path: &Path, length: u64) -> std::io::Result<()> {
    let about = fs::symlink_metadata(path)?;
    match about.is_file() && about.len() > length {
        true => File::options().write(true).open(path)?.set_len(length),
        false => Ok(()),
    }
}

/// The bytes of all that is in these folders. No link is followed, and a file that has
/// two names counts once.
fn walk(
    folders: &[PathBuf],
    mut each: impl FnMut(PathBuf, &Metadata),
) -> Result<u64, String> {
    let mut bytes = 0;
    let mut known = HashSet::new();
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            // It was made so that nobody looks.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::PermissionDenied | ErrorKind::InvalidFilename
                ) =>
            {
                let name = folder.file_name().unwrap_or_default().to_string_lossy();
                return Err(format!("{name}: {error}"));
            }
            // It is gone meanwhile.
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if known_by(&about).is_none_or(|file| known.insert(file)) {
                bytes += size(&about).max(NAME);
            }
            if about.is_dir() {
                folders.push(entry.path());
            }
            each(entry.path(), &about);
        }
    }
    Ok(bytes)
}

/// The bytes of files that have no name any more and that one of these has open: what it
/// prints goes into one, too. None where there is no `/proc` (proc_pid_fd(5)).
fn unnamed(processes: &[u32]) -> u64 {
    let mut known = HashSet::new();
    let mut bytes = 0;
    for process in processes {
        let open = fs::read_dir(format!("/proc/{process}/fd"));
        for entry in open.into_iter().flatten().flatten() {
            if let Ok(about) = fs::metadata(entry.path())
                && let Some(file) = without_a_name(&about)
                && known.insert(file)
            {
                bytes += size(&about);
            }
        }
    }
    bytes
}

/// The bytes that it has on the disk: a file may have holes.
#[cfg(unix)]
fn size(about: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(about) * 512
}

#[cfg(not(unix))]
fn size(about: &Metadata) -> u64 {
    about.len()
}

/// What all names of a file share, where it has more than one.
#[cfg(unix)]
fn known_by(about: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    (about.is_file() && about.nlink() > 1).then(|| (about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn known_by(_about: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(unix)]
fn without_a_name(about: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    (about.is_file() && about.nlink() == 0).then(|| (about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn without_a_name(_about: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_is_written_counts_and_goes_and_what_was_there_stays() {
        let name = format!("disk-{}", crate::random::random_name());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(folder.join("own")).unwrap();
        let mib = vec![1; 1024 * 1024];
        fs::write(folder.join("own/data"), &mib).unwrap();
        let disk = Disk::new(&[&folder], 2).unwrap();
        fs::write(folder.join("own/new"), &mib).unwrap();
        assert_eq!(disk.over(&[]), None);
        disk.give_back();
        assert!(folder.join("own/new").exists(), "it may write so much");
        // Two names are one file, and what has no name is a file, too.
        fs::hard_link(folder.join("own/new"), folder.join("again")).unwrap();
        assert_eq!(disk.over(&[]), None);
        let mut open = File::create(folder.join("open")).unwrap();
        fs::remove_file(folder.join("open")).unwrap();
        open.write_all(&mib).unwrap();
        open.write_all(b"and more").unwrap();
        let said = Some(" It wrote more than 2 MiB.".to_owned());
        if cfg!(target_os = "linux") {
            assert_eq!(disk.over(&[std::process::id()]), said);
        }
        drop(open);
        fs::create_dir(folder.join("more")).unwrap();
        fs::write(folder.join("more/new"), &mib).unwrap();
        let mut grown = File::options().append(true).open(folder.join("own/data"));
        grown.as_mut().unwrap().write_all(&mib).unwrap();
        assert_eq!(disk.over(&[]), said);
        disk.give_back();
        assert_eq!(disk.over(&[]), None);
        assert_eq!(fs::read(folder.join("own/data")).unwrap(), mib);
        for gone in ["own/new", "again", "more"] {
            assert!(!folder.join(gone).exists(), "{gone}");
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
