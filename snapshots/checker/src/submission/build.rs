//! Builds a submission with this machine's toolchain, whatever it says it wants, and
//! without a network where it is in a sandbox.

use super::group::{Bounds, Group};
use super::log::log_file;
use super::sources::elsewhere;
use super::{Failure, below, clean, fault_of_the_run, full, whole};
use crate::sandbox::Sandbox;
use serde::Deserialize;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// The most bytes of cargo's messages that are read: the last one names the program.
const MESSAGES: usize = 16 * 1024 * 1024;

/// A package that needs a crate: a small one, of which everybody has heard.
const PROBE: &str = "[package]\nname = \"probe\"\nedition = \"2024\"\n\n[workspace]\n\n\
                     [dependencies]\ncfg-if = \"1\"\n";

/// How a package is built.
#[derive(Debug, Clone)]
pub struct Build<'a> {
    /// How long it may take.
    pub time: Duration,
    /// What it may use.
    pub bounds: Bounds,
    /// Where cargo puts what it builds, and where it looks for its settings: those
    /// of a package that is graded choose no program. None is the package's folder.
    pub target: Option<&'a Path>,
    /// What it sees of the machine; none is all of it.
    pub sandbox: Option<&'a Sandbox>,
    /// What of it is built already.
    pub shelf: Option<&'a Path>,
}

/// What a build gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The program.
    pub program: PathBuf,
    /// What the compiler said of it all the same, as a person would see it.
    pub warnings: String,
}

/// Builds the package in `dir`, and gives its program.
///
/// # Errors
///
/// What cargo says, as a person would see it.
pub fn build(dir: &Path, how: &Build<'_>) -> Result<Built, Failure> {
    let manifest = dir.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(Failure::Submission(format!(
            "{}: there is no Cargo.toml. `cargo snapshots new {0}` writes a project.",
            dir.display()
        )));
    }
    let log = log_file("build").map_err(Failure::Run)?;
    let messages = log_file("messages").map_err(Failure::Run)?;
    let status = log_file("status").map_err(Failure::Run)?;
    let mut command = match (how.target, how.sandbox) {
        (None, _) => {
            let mut command = cargo();
            command.current_dir(dir);
            command
        }
        (Some(target), None) => {
            let toolchain = Toolchain::here()?;
            let mut command = Command::new(&toolchain.cargo);
            clean(&mut command, &toolchain.variables());
            command.current_dir(target);
            command
        }
        (Some(target), Some(sandbox)) => {
            fetch(dir, target, how.time)?;
            let toolchain = Toolchain::here()?;
            let read = toolchain.read();
            let read = read.iter().map(PathBuf::as_path).chain(how.shelf);
            let read: Vec<&Path> = read.collect();
            let mut named = toolchain.variables().to_vec();
            named.push(("HOME", "/tmp".into()));
            named.push(("CARGO_TARGET_DIR", target.into()));
            let mut command = sandbox
                .command(&read, &[dir, target], &named, &status.path())
                .map_err(Failure::Run)?;
            command.arg("--chdir").arg(target);
            command.arg(&toolchain.cargo).current_dir(target);
            command
        }
    };
    command.args([
        "build",
        "--quiet",
        "--message-format=json-render-diagnostics",
    ]);
    if let Some(target) = how.target {
        command.arg("--manifest-path").arg(whole(&manifest)?);
        command.env("CARGO_TARGET_DIR", target);
    }
    if how.sandbox.is_some() {
        command.arg("--offline");
    }
    command
        .stdin(Stdio::null())
        .stdout(messages.open().map_err(Failure::Run)?)
        .stderr(log.open().map_err(Failure::Run)?);
    let mut child = Group::spawn(command, how.bounds.clone()).map_err(Failure::Run)?;
    let done = child.wait(how.time);
    let said = log.read();
    let disk = how.bounds.disk.as_ref();
    // Or what it wrote in the end.
    if let Some(why) = child.stopped().or_else(|| disk?.over(&[])) {
        return Err(Failure::Submission(format!("The build was stopped.{why}")));
    }
    match done {
        None => Err(Failure::Late(format!(
            "The build took more than {} s.",
            how.time.as_secs()
        ))),
        Some(true) => program(&messages.part(0..messages.len(), MESSAGES), how.target)
            .map(|program| Built {
                program,
                warnings: said,
            })
            .ok_or_else(|| {
                Failure::Submission(format!(
                    "{}: the package has no program.",
                    dir.display()
                ))
            }),
        Some(false) => {
            let status = how.sandbox.map(|_| &status);
            let fault = fault_of_the_run(status, &said, how.target.unwrap_or(dir));
            Err(fault.unwrap_or(Failure::Submission(said)))
        }
    }
}

/// The cargo that runs this program, else the one on the path.
pub fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// cargo, and what it needs of this machine.
struct Toolchain {
    cargo: PathBuf,
    sysroot: PathBuf,
    /// cargo's home. There is more in it than crates: a registry's token.
    home: PathBuf,
}

impl Toolchain {
    /// The one that this program would be built with, wherever a submission says
    /// that it wants another.
    fn here() -> Result<&'static Toolchain, Failure> {
        static HERE: OnceLock<Result<Toolchain, Failure>> = OnceLock::new();
        let here = HERE.get_or_init(Toolchain::look);
        here.as_ref().map_err(Failure::clone)
    }

    fn look() -> Result<Toolchain, Failure> {
        let failed = |why: &dyn Display| Failure::Run(format!("rustc: {why}"));
        let asked = Command::new("rustc").args(["--print", "sysroot"]).output();
        let asked = asked.map_err(|error| failed(&error))?;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
        if !sysroot.join("bin/rustc").exists() {
            return Err(failed(&String::from_utf8_lossy(&asked.stderr)));
        }
        let home = env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))
            .ok_or_else(|| failed(&"there is no CARGO_HOME, and no HOME"))?;
        let own = sysroot.join("bin/cargo");
        Ok(Toolchain {
            cargo: if own.exists() { own } else { "cargo".into() },
            sysroot,
            home,
        })
    }

    fn variables(&self) -> [(&'static str, OsString); 2] {
        [
            ("RUSTC", self.sysroot.join("bin/rustc").into()),
            ("CARGO_HOME", self.home.clone().into()),
        ]
    }

    /// What a build reads of it.
    fn read(&self) -> Vec<PathBuf> {
        // Not its `git`, where private sources of this user's may be.
        let crates = Some(self.home.join("registry")).filter(|folder| folder.is_dir());
        [self.sysroot.clone()].into_iter().chain(crates).collect()
    }
}

/// Gets the crates that a package needs, before its sandbox has no network. This runs
/// outside of it: so what cargo reads are the files that were handed in and no link, who
/// is asked is crates.io, and who asks is nobody.
fn fetch(dir: &Path, target: &Path, time: Duration) -> Result<(), Failure> {
    if let Some((path, kind)) = no_file_in(dir)? {
        let what = match kind.is_symlink() {
            true => "a link",
            false => "no file",
        };
        return Err(Failure::Submission(format!(
            "{}: this is {what}. Hand in the file.",
            path.display()
        )));
    }
    let dir = whole(dir)?;
    if let Some(named) = elsewhere(&dir).map_err(Failure::Run)? {
        return Err(Failure::Submission(named));
    }
    let manifest = dir.join("Cargo.toml");
    let asked = |words: &[&str]| asked(words, &manifest, (target, None), time);
    // What can't be read is the package's own, whether there is a network or not.
    let read = ["metadata", "--no-deps", "--offline", "--format-version=1"];
    if let Err(said) = asked(&read)? {
        return Err(Failure::Submission(said));
    }
    if asked(&["fetch", "--offline"])?.is_ok() {
        return Ok(());
    }
    let Err(said) = asked(&["fetch"])? else {
        return Ok(());
    };
    let said = format!("Its crates can't be fetched. {said}");
    if let Some(full) = full(&Toolchain::here()?.home) {
        return Err(Failure::Run(full));
    }
    if !reaches_crates_io(target, time)? {
        return Err(Failure::Run(said));
    }
    // Once more, where one can: it was not a moment's fault.
    match asked(&["fetch"])? {
        Ok(()) => Ok(()),
        Err(_) => Err(Failure::Submission(said)),
    }
}

/// Asks cargo for something of a package, without building it, and gives what it says
/// when it can't.
fn asked(
    words: &[impl AsRef<OsStr>],
    manifest: &Path,
    (target, home): (&Path, Option<&Path>),
    time: Duration,
) -> Result<Result<(), String>, Failure> {
    let log = log_file("fetch").map_err(Failure::Run)?;
    let mut command = cargo();
    command.current_dir(target).args(words).arg("--quiet");
    command.arg("--manifest-path").arg(manifest);
    for name in ["SSH_AUTH_SOCK", "SSH_ASKPASS", "GIT_ASKPASS"] {
        command.env_remove(name);
    }
    command.env("CARGO_NET_GIT_FETCH_WITH_CLI", "false");
    command.envs(home.map(|home| ("CARGO_HOME", home)));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log.open().map_err(Failure::Run)?);
    let mut child = Group::spawn(command, Bounds::default()).map_err(Failure::Run)?;
    match child.wait(time) {
        Some(true) => Ok(Ok(())),
        Some(false) => Ok(Err(log.read())),
        None => Err(Failure::Run(format!(
            "Its crates were not fetched in {} s.",
            time.as_secs()
        ))),
    }
}

/// Whether this machine gets a crate from crates.io at all, which no submission has a
/// say in: one that is not here yet, with the settings that cargo has here.
fn reaches_crates_io(target: &Path, time: Duration) -> Result<bool, Failure> {
    let probe = target.join("probe");
    let manifest = probe.join("Cargo.toml");
    let write = || {
        fs::create_dir_all(probe.join("src"))?;
        fs::write(probe.join("src/lib.rs"), "")?;
        fs::write(&manifest, PROBE)
    };
    write().map_err(|error| Failure::Run(format!("{}: {error}", probe.display())))?;
    let mut words = vec!["fetch".to_owned()];
    let home = &Toolchain::here()?.home;
    let settings = ["config.toml", "config"].map(|name| home.join(name));
    if let Some(path) = settings.iter().find(|path| path.is_file()) {
        words.extend(["--config".to_owned(), path.display().to_string()]);
    }
    // A home without a crate.
    let got = asked(&words, &manifest, (target, Some(&probe)), time);
    let _ = fs::remove_dir_all(&probe);
    Ok(got?.is_ok())
}

/// What is anywhere below the folder and no file: a manifest can name any place as a
/// member, and whoever reads a queue waits.
fn no_file_in(dir: &Path) -> Result<Option<(PathBuf, FileType)>, Failure> {
    let found = below(dir).map_err(Failure::Run)?;
    Ok(found.into_iter().find(|(_, kind)| !kind.is_file()))
}

/// The program that cargo's messages name. What is built can write such messages, too, so
/// it is a file of this build's folder, by the one name that it has.
fn program(messages: &str, target: Option<&Path>) -> Option<PathBuf> {
    /// As much of a message as is asked for.
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }
    let messages = messages.lines().map(serde_json::from_str::<Message>);
    let mut programs = messages.filter_map(|message| message.ok()?.executable);
    let program = programs.next_back()?;
    let Some(target) = target else {
        return Some(program);
    };
    let (program, target) = (program.canonicalize().ok()?, target.canonicalize().ok()?);
    (program.starts_with(target) && program.is_file()).then_some(program)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_message_names_no_program_of_another_build() {
        let folder = env::temp_dir().join(format!("program-{}", std::process::id()));
        let target = folder.join("target");
        fs::create_dir_all(&target).unwrap();
        for place in ["target/own", "other"] {
            fs::write(folder.join(place), "").unwrap();
        }
        let said = |place: &str| {
            let path = folder.join(place);
            let message = serde_json::json!({ "executable": path }).to_string();
            program(&format!("words\n{message}\n"), Some(&target))
        };
        let own = target.join("own").canonicalize().unwrap();
        assert_eq!(said("target/own"), Some(own));
        for other in ["other", "target/../other", "target", "target/none"] {
            assert_eq!(said(other), None, "{other}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../other", target.join("link")).unwrap();
            assert_eq!(said("target/link"), None);
            let found = no_file_in(&folder).unwrap();
            assert_eq!(found.map(|(path, _)| path), Some(target.join("link")));
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
