//! What a program prints, in a file without a name.

use super::plain;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
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
        plain(self.part(0..self.len(), OUTPUT).trim_end())
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.reader.metadata().map_or(0, |about| about.len())
    }

    /// What it has there, but no more than `most` bytes of the end. Nothing else is
    /// read, since it may be as long as a disk has room for.
    pub fn part(&self, place: Range<u64>, most: usize) -> String {
        let from = place.start.max(place.end.saturating_sub(most as u64));
        let length = place.end.saturating_sub(from);
        let mut bytes = Vec::new();
        let mut reader = &self.reader;
        // What can't be read was not said.
        let _ = reader
            .seek(SeekFrom::Start(from))
            .and_then(|_| reader.take(length).read_to_end(&mut bytes));
        // A character that was cut is none.
        let cut = bytes
            .iter()
            .take(3)
            .take_while(|byte| **byte & 0xc0 == 0x80);
        String::from_utf8_lossy(&bytes[cut.count()..]).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn of_a_long_log_the_end_is_read_and_nothing_else() {
        let log = log_file("test").unwrap();
        let mut file = log.open().unwrap();
        let mib = vec![b'x'; 1024 * 1024];
        (0..32).for_each(|_| file.write_all(&mib).unwrap());
        file.write_all("ä\u{1b}ö\n".as_bytes()).unwrap();
        let long = log.len();
        let began = std::time::Instant::now();
        for _ in 0..500 {
            assert_eq!(log.part(long..long, OUTPUT), "");
        }
        assert!(began.elapsed().as_secs() < 2, "{:?}", began.elapsed());
        assert_eq!(log.part(long - 3..long, OUTPUT), "ö\n");
        assert_eq!(log.part(long - 2..long, OUTPUT), "\n", "half a character");
        assert!(log.read().ends_with("xxä\u{241b}ö"));
    }
}
