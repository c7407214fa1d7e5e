//! What a submission sees of the machine, in the words of bubblewrap
//! (<https://github.com/containers/bubblewrap>): the system's programs to read, its
//! own folder to write, and nothing else. No network but its own loopback, no
//! terminal, no capability, no other process, an environment of our making, and none of
//! the system calls that no server needs.

#[cfg(target_os = "linux")]
mod calls;

#[cfg(target_os = "linux")]
use crate::repository;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// The most bytes of its `/tmp`, which is memory.
const TMP: &str = "268435456";
/// Where a system has its programs and what they load.
const SYSTEM: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];
/// What the linker's and the compilers' names stand for.
const NAMES: [&str; 2] = ["/etc/alternatives", "/etc/ld.so.cache"];

/// A view of the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sandbox {
    /// The folders and files that it may read, beside the system's own.
    pub read: Vec<PathBuf>,
}

/// Where a kernel says that it makes no user namespace for who asks, how, and what
/// `sysctl -w` takes to let it: Ubuntu's, Debian's, and every Linux's.
const SWITCHES: [(&str, &str, &str); 3] = [
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "kernel.unprivileged_userns_clone=1",
    ),
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "user.max_user_namespaces=10000",
    ),
];

impl Sandbox {
    /// Whether bubblewrap is here and may do all of this.
    ///
    /// # Errors
    ///
    /// What it says.
    pub fn works(&self) -> Result<(), String> {
        let said = self
            .command(&[], &[], &[], Path::new("/dev/null"))?
            .arg("true")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("bwrap: {error}"))?;
        match said.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&said.stderr).trim().to_owned()),
        }
    }

    /// What lets this machine's kernel make the user namespaces that bubblewrap needs,
    /// where a switch of it is seen to be off.
    pub fn switch() -> Option<&'static str> {
        let is_off = |(file, off, _): &&(&str, &str, _)| {
            fs::read_to_string(file).is_ok_and(|set| set.trim() == *off)
        };
        SWITCHES.iter().find(is_off).map(|(_, _, on)| *on)
    }

    /// What starts the command whose words are to be added. It may read `read` and write
    /// `write`, and its environment is `variables` and a `PATH`. bubblewrap writes into
    /// `status` how it goes, which nobody inside can.
    ///
    /// # Errors
    ///
    /// A folder that is not there.
    pub fn command(
        &self,
        read: &[&Path],
        write: &[&Path],
        variables: &[(&str, OsString)],
        status: &Path,
    ) -> Result<Command, String> {
        let words = self.words(read, write, variables, status)?;
        let mut command = Command::new(&words[0]);
        // bubblewrap is the first process inside, where others read what it was started with.
        command.args(&words[1..]).env_clear();
        command.envs(env::var_os("PATH").map(|path| ("PATH", path)));
        Ok(command)
    }

    fn words(
        &self,
        read: &[&Path],
        write: &[&Path],
        variables: &[(&str, OsString)],
        status: &Path,
    ) -> Result<Vec<OsString>, String> {
        let mut words = started(status)?;
        let fixed = [
            "--unshare-all",
            "--unshare-user",
            // One who is nobody, and can be nobody else.
            "--disable-userns",
            "--uid",
            "65534",
            "--gid",
            "65534",
            "--cap-drop",
            "ALL",
            // No terminal, so that nothing is typed into ours.
            "--new-session",
            "--die-with-parent",
            "--clearenv",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
            "--size",
            TMP,
            "--tmpfs",
            "/tmp",
        ];
        words.extend(fixed.map(OsString::from));
        for place in SYSTEM.map(Path::new) {
            match fs::read_link(place) {
                Ok(target) => {
                    words.extend(["--symlink".into(), target.into(), place.into()]);
                }
                Err(_) => words.extend(bind("--ro-bind-try", place)),
            }
        }
        for place in NAMES {
            words.extend(bind("--ro-bind-try", Path::new(place)));
        }
        for place in self
            .read
            .iter()
            .map(PathBuf::as_path)
            .chain(read.iter().copied())
        {
            words.extend(bind("--ro-bind", &whole(place)?));
        }
        for place in write {
            words.extend(bind("--bind", &whole(place)?));
        }
        // The first and the last are memory, too, which nobody counts. In `/proc` are the
        // machine's settings, which are a root's to write who grades as root, and bubblewrap's
        // own memory. What is mounted in them stays as it is, so this comes last.
        words.extend(["--size", TMP, "--tmpfs", "/dev/shm"].map(OsString::from));
        for place in ["/dev", "/proc", "/"] {
            words.extend(["--remount-ro", place].map(OsString::from));
        }
        let path = env::var_os("PATH").unwrap_or_default();
        for (name, value) in [("PATH", path)].iter().chain(variables) {
            words.extend(["--setenv".into(), name.into(), value.clone()]);
        }
        Ok(words)
    }
}

/// The words that start bubblewrap. It takes the filter of system calls from an open
/// file, and writes its status into another, so a shell opens both and becomes it.
#[cfg(target_os = "linux")]
fn started(status: &Path) -> Result<Vec<OsString>, String> {
    let filter = calls::file(&repository::root().join("target"))?;
    let opens = r#"s="$1"; shift
        exec bwrap --seccomp 3 --json-status-fd 4 "$@" 3<"$0" 4>>"$s""#;
    let words = ["/bin/sh", "-c", opens].map(OsString::from);
    let files = [filter.into(), status.into()];
    Ok(words.into_iter().chain(files).collect())
}

/// Elsewhere there is no bubblewrap.
#[cfg(not(target_os = "linux"))]
fn started(_status: &Path) -> Result<Vec<OsString>, String> {
    Ok(vec!["bwrap".into()])
}

fn whole(place: &Path) -> Result<PathBuf, String> {
    place
        .canonicalize()
        .map_err(|error| format!("{}: {error}", place.display()))
}

/// The place as it is outside.
fn bind(how: &str, place: &Path) -> [OsString; 3] {
    [how.into(), place.into(), place.into()]
}
