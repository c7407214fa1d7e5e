//! What a program prints, in a file without a name.

use super::plain;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::PathBuf;

/// The most bytes of a build's or a server's output that are kept.
pub const OUTPUT: usize = 16 * 1024;

/// A file for output. It has no name any more, so nothing is left of it however
/// this ends. A file, and not a pipe: a pipe that nobody empties stops its
/// writer.
pub struct Log {
    writer: File,
    /// Opened for itself, since it is read from another place than it is written.
    reader: File,
}

pub fn log_file(what: &str) -> Result<Log, String> {
    let path = std::env::temp_dir()
        .join(format!("snapshots-{what}-{}", crate::random::random_name()));
    let open = || {
        let writer = File::options().create_new(true).append(true).open(&path)?;
        let reader = File::open(&path)?;
        fs::remove_file(&path)?;
        Ok(Log { writer, reader })
    };
    open().map_err(|error: io::Error| format!("{}: {error}", path.display()))
}

impl Log {
    /// The file for one more writer.
    pub fn open(&self) -> Result<File, String> {
        let writer = self.writer.try_clone();
        writer.map_err(|error| format!("a file for output: {error}"))
    }

    /// The file by a name that what this program starts can open.
    #[cfg(target_os = "linux")]
    pub fn path(&self) -> PathBuf {
        use std::os::fd::AsRawFd;
        let (own, file) = (std::process::id(), self.writer.as_raw_fd());
        format!("/proc/{own}/fd/{file}").into()
    }

    /// Elsewhere nothing is started that asks for one.
    #[cfg(not(target_os = "linux"))]
    pub fn path(&self) -> PathBuf {
        "/dev/null".into()
    }

    /// The end of it, as far as it is kept.
    pub fn read(&self) -> String {
        let text = self.read_all();
        let from = text.len().saturating_sub(OUTPUT);
        let from = (from..text.len()).find(|at| text.is_char_boundary(*at));
        plain(text[from.unwrap_or(0)..].trim_end())
    }

    pub fn read_all(&self) -> String {
        let mut bytes = Vec::new();
        let mut reader = &self.reader;
        // What can't be read was not said.
        let _ = reader
            .rewind()
            .and_then(|()| reader.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
