//! How much a submission writes on the disk: into its folders, and into files without a
//! name, while it is built and while it runs.

use std::collections::{HashMap, HashSet};
use std::fs::{self, DirEntry, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a file is opened, and nothing that a link leads to; and at once.
#[cfg(target_os = "linux")]
const NOT_ELSEWHERE: i32 = libc::O_NOFOLLOW | libc::O_NONBLOCK;
/// Off Linux there is no sandbox, and whoever grades has said that it may be so.
#[cfg(all(unix, not(target_os = "linux")))]
const NOT_ELSEWHERE: i32 = 0;

/// What a name costs at the least, however little is in it: each has to be looked at.
const NAME: u64 = 16 * 1024;

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
        let used = walk(&folders, |entry, length| {
            before.insert(entry.path(), length);
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
                    (None, true) => remove(&path),
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

/// Lets this user look into these folders and what is in them, and read the files, where
/// somebody has made them such that nobody may. Nothing must run any more that could put
/// a link in their place.
pub fn open_up(folders: &[PathBuf]) {
    let mut folders = folders.to_vec();
    while let Some(folder) = folders.pop() {
        grant(&folder, 0o700);
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => grant(&entry.path(), 0o400),
                _ => {}
            }
        }
    }
}

/// Gives a file's owner these permissions, too.
#[cfg(unix)]
fn grant(path: &Path, more: u32) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(about) = fs::symlink_metadata(path) else {
        return;
    };
    let mode = about.permissions().mode();
    if mode & more != more {
        // Somebody else's can't be changed, and is found by who reads it.
        let _ = fs::set_permissions(path, PermissionsExt::from_mode(mode | more));
    }
}

#[cfg(not(unix))]
fn grant(_path: &Path, _more: u32) {}

/// Takes a folder away with all that is in it, however deep that is: the standard library
/// goes down from folder to folder, and runs out of stack.
///
/// # Errors
///
/// What can't be taken away.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    grant(folder, 0o700);
    let fresh = crate::random::random_name();
    let mut moved = 0_u64;
    loop {
        let mut is_empty = true;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            is_empty = false;
            let path = entry.path();
            if !entry.file_type()?.is_dir() {
                fs::remove_file(&path)?;
                continue;
            }
            grant(&path, 0o700);
            for inner in fs::read_dir(&path)? {
                let inner = inner?;
                if inner.file_type()?.is_dir() {
                    // Up, so that no path gets long.
                    grant(&inner.path(), 0o700);
                    fs::rename(inner.path(), folder.join(format!("{fresh}-{moved}")))?;
                    moved += 1;
                } else {
                    fs::remove_file(inner.path())?;
                }
            }
            fs::remove_dir(&path)?;
        }
        if is_empty {
            return fs::remove_dir(folder);
        }
    }
}

/// Cuts what was put to the end of a file.
fn shorten(path: &Path, length: u64) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(());
    }
    let mut options = File::options();
    options.write(true);
    // Neither what a link leads to, should there be one now, nor a queue is meant.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, NOT_ELSEWHERE);
    let file = options.open(path)?;
    let about = file.metadata()?;
    match about.is_file() && about.len() > length {
        true => file.set_len(length),
        false => Ok(()),
    }
}

/// The bytes of all that is in these folders. No link is followed, and a file that has
/// two names counts once.
fn walk(
    folders: &[PathBuf],
    mut each: impl FnMut(&DirEntry, u64),
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
            // Of all that is in a target folder most are links to what was built before.
            if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
                bytes += NAME;
                each(&entry, 0);
                continue;
            }
            let about = match entry.metadata() {
                Ok(about) => about,
                // Its folder was made so that nobody looks at what is in it.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    let name = entry.file_name();
                    return Err(format!("{}: {error}", name.display()));
                }
                // It is gone meanwhile.
                Err(_) => continue,
            };
            if known_by(&about).is_none_or(|file| known.insert(file)) {
                bytes += size(&about).max(NAME);
            }
            if about.is_dir() {
                folders.push(entry.path());
            }
            each(&entry, about.len());
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
