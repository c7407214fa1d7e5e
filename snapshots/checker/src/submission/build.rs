//! Builds a submission with this machine's toolchain, whatever it says it wants, and
//! without a network where it is in a sandbox.

use super::group::Group;
use super::log::log_file;
use super::{Failure, clean, is_of_the_run, plain, whole};
use crate::sandbox::Sandbox;
use serde::Deserialize;
use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// How a package is built.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// How long it may take.
    pub time: Duration,
    /// Where cargo puts what it builds, and where it looks for its settings: those
    /// of a package that is graded choose no program. None is the package's folder.
    pub target: Option<&'a Path>,
    /// What it sees of the machine; none is all of it.
    pub sandbox: Option<&'a Sandbox>,
    /// What of it is built already.
    pub shelf: Option<&'a Path>,
}

/// Builds the package in `dir`, and gives its program.
///
/// # Errors
///
/// What cargo says, as a person would see it.
pub fn build(dir: &Path, how: &Build<'_>) -> Result<PathBuf, Failure> {
    let manifest = dir.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(Failure::Submission(format!(
            "{}: there is no Cargo.toml. `cargo snapshots new {0}` writes a project.",
            dir.display()
        )));
    }
    let log = log_file("build").map_err(Failure::Run)?;
    let messages = log_file("messages").map_err(Failure::Run)?;
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
            fetch(dir, target)?;
            let toolchain = Toolchain::here()?;
            let read = toolchain.read();
            let read = read.iter().map(PathBuf::as_path).chain(how.shelf);
            let read: Vec<&Path> = read.collect();
            let mut named = toolchain.variables().to_vec();
            named.push(("HOME", "/tmp".into()));
            named.push(("CARGO_TARGET_DIR", target.into()));
            let words = sandbox
                .words(&read, &[dir, target], &named)
                .map_err(Failure::Run)?;
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]).arg("--chdir").arg(target);
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
    let mut child = Group::spawn(command, None).map_err(Failure::Run)?;
    let done = child.wait(how.time);
    let said = log.read();
    match done {
        None => Err(Failure::Submission(format!(
            "The build took more than {} s.",
            how.time.as_secs()
        ))),
        Some(true) => program(&messages.read_all()).ok_or_else(|| {
            Failure::Submission(format!(
                "{}: the package has no program.",
                dir.display()
            ))
        }),
        Some(false) if is_of_the_run(&said) => Err(Failure::Run(said)),
        Some(false) => Err(Failure::Submission(said)),
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
        let crates = ["registry", "git"].map(|name| self.home.join(name));
        let crates = crates.into_iter().filter(|folder| folder.is_dir());
        [self.sysroot.clone()].into_iter().chain(crates).collect()
    }
}

/// Gets the crates that a package needs, before its sandbox has no network.
fn fetch(dir: &Path, target: &Path) -> Result<(), Failure> {
    for name in ["Cargo.toml", "Cargo.lock", "src"] {
        let path = dir.join(name);
        if fs::symlink_metadata(&path).is_ok_and(|it| it.is_symlink()) {
            return Err(Failure::Submission(format!(
                "{}: this is a link. Hand in the file.",
                path.display()
            )));
        }
    }
    let manifest = whole(&dir.join("Cargo.toml"))?;
    let mut said = String::new();
    for offline in [true, false] {
        let mut command = cargo();
        command.current_dir(target).args(["fetch", "--quiet"]);
        command.arg("--manifest-path").arg(&manifest);
        if offline {
            command.arg("--offline");
        }
        let output = command.stdin(Stdio::null()).output();
        let output = output.map_err(|error| Failure::Run(format!("cargo: {error}")))?;
        if output.status.success() {
            return Ok(());
        }
        said = plain(&String::from_utf8_lossy(&output.stderr));
    }
    match said.contains("failed to parse manifest")
        || said.contains("no targets specified")
    {
        true => Err(Failure::Submission(said)),
        false => Err(Failure::Run(format!("Its crates can't be fetched. {said}"))),
    }
}

/// The program that cargo's messages name.
fn program(messages: &str) -> Option<PathBuf> {
    /// As much of a message as is asked for.
    #[derive(Deserialize)]
    struct Message {
        executable: Option<PathBuf>,
    }
    let messages = messages.lines().map(serde_json::from_str::<Message>);
    let mut programs = messages.filter_map(|message| message.ok()?.executable);
    programs.next_back()
}
