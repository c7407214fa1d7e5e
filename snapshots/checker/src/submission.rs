//! A server in a folder: built, started on a port of its own, and ended with
//! everything that it started.

use crate::bridge::Bridge;
use crate::check::Subject;
use crate::sandbox::Sandbox;
use exchange::play::server::Server;
use serde::Deserialize;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, thread};

/// The most bytes of a build's or a server's output that are kept.
const OUTPUT: usize = 16 * 1024;
/// The most processes of one server.
const PROCESSES: usize = 256;

/// Why a submission has no server that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It is the submission's own: it doesn't build, or doesn't listen.
    Submission(String),
    /// It is the run's: a folder that can't be written, a crate that is not here. It
    /// says nothing about the submission.
    Run(String),
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Submission(why) | Failure::Run(why) => f.write_str(why),
        }
    }
}

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

/// Whether what was said at the end is no word of the submission's.
fn is_of_the_run(said: &str) -> bool {
    said.starts_with("bwrap: ") || said.contains("No space left on device")
}

fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

fn whole(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .map_err(|error| Failure::Run(format!("{}: {error}", path.display())))
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
    fn here() -> Result<Toolchain, Failure> {
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

/// An environment of nothing but this and the search path.
fn clean(command: &mut Command, variables: &[(&str, OsString)]) {
    command.env_clear();
    let kept = ["PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT"];
    let kept = kept
        .iter()
        .filter_map(|name| Some((name, env::var_os(name)?)));
    command.envs(kept);
    for (name, value) in variables {
        command.env(name, value);
    }
}

/// A text in which nothing is obeyed by a terminal: escape sequences are shown.
pub fn plain(text: &str) -> String {
    let shown = |char: char| match char {
        '\n' | '\t' => char.to_string(),
        '\u{1b}' => "\u{241b}".to_owned(),
        char if char.is_control() => char.escape_unicode().to_string(),
        char => char.to_string(),
    };
    text.chars().map(shown).collect()
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

/// What a server may use.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// How long it may take to listen.
    pub start: Duration,
    /// The most memory of all of its processes together, in MiB, as far as it is in
    /// use; none is no bound.
    pub memory: Option<u64>,
    /// What it sees of the machine; none is all of it.
    pub sandbox: Option<Sandbox>,
    /// Give it no variable of the environment but those that it needs.
    pub clean: bool,
    /// Whether it seals its sessions with what `SECRET_KEY` says: then it can be
    /// started again, with the same or another one. A server that keeps them
    /// itself is right, too, and loses them.
    pub has_our_key: bool,
}

/// A server that listens, until it is dropped.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    how: How,
    /// Nothing while it is started again.
    up: Option<Up>,
}

/// How it was started, and is started again.
#[derive(Clone)]
struct How {
    program: Program,
    dir: PathBuf,
    port: u16,
    allowance: Allowance,
    key: String,
}

/// What is up. It goes in this order: what leads to the server, the server, what it
/// writes into.
struct Up {
    _bridge: Option<Bridge>,
    group: Group,
    _socket: Option<Socket>,
    log: Log,
    /// So many bytes of what it printed were asked for.
    heard: usize,
}

impl Running {
    /// Starts `program` in `dir`, with a key of its own, and waits until it
    /// listens: on `port` where that is free, else on any.
    ///
    /// # Errors
    ///
    /// Why it doesn't, with the end of what it said.
    pub fn start(
        program: &Program,
        dir: &Path,
        port: u16,
        allowance: &Allowance,
    ) -> Result<Running, Failure> {
        Running::begin(How {
            program: program.clone(),
            dir: dir.to_owned(),
            port,
            allowance: allowance.clone(),
            key: new_key(),
        })
    }

    fn begin(how: How) -> Result<Running, Failure> {
        let (program, dir, allowance) = (&how.program, &how.dir, &how.allowance);
        let log = log_file("server").map_err(Failure::Run)?;
        let port = free_port(how.port)
            .map_err(|error| Failure::Run(format!("There is no free port: {error}")))?;
        let variables: [(&str, OsString); 4] = [
            ("PORT", port.to_string().into()),
            ("ROCKET_PORT", port.to_string().into()),
            ("ROCKET_ADDRESS", "127.0.0.1".into()),
            ("SECRET_KEY", how.key.clone().into()),
        ];
        let socket = allowance
            .sandbox
            .as_ref()
            .map(|_| Socket::new())
            .transpose()?;
        let mut command = match (&allowance.sandbox, &socket) {
            (Some(sandbox), Some(socket)) => {
                inside(program, dir, port, sandbox, socket, &variables)?
            }
            _ => {
                let mut command = Command::new("sh");
                command.args(["-c".into(), line(program)]);
                if let Program::File(path) = program {
                    command.arg(path);
                }
                if allowance.clean {
                    clean(&mut command, &[]);
                }
                command.envs(variables);
                command
            }
        };
        command
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(log.open().map_err(Failure::Run)?)
            .stderr(log.open().map_err(Failure::Run)?);
        let mut group =
            Group::spawn(command, allowance.memory).map_err(Failure::Run)?;
        let deadline = Instant::now() + allowance.start;
        loop {
            if let Some((address, bridge)) = listening(port, socket.as_ref()) {
                let up = Up {
                    _bridge: bridge,
                    group,
                    _socket: socket,
                    log,
                    heard: 0,
                };
                return Ok(Running {
                    address,
                    how,
                    up: Some(up),
                });
            }
            if group.has_ended() {
                let said = log.read();
                if is_of_the_run(&said) {
                    return Err(Failure::Run(said));
                }
                let why = group.stopped().unwrap_or_default();
                return Err(Failure::Submission(format!(
                    "The server ended by itself.{why}\n{said}"
                )));
            }
            if Instant::now() > deadline {
                let seconds = allowance.start.as_secs();
                return Err(Failure::Submission(format!(
                    "The server does not listen after {seconds} s.\nIt was told the \
                     port {port} by PORT and ROCKET_PORT.\n{}",
                    log.read()
                )));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The end of what the server printed.
    pub fn said(&self) -> String {
        let up = self.up.as_ref();
        up.map(|up| up.log.read()).unwrap_or_default()
    }

    /// Why it was stopped before its time, if it was.
    pub fn stopped(&self) -> Option<String> {
        self.up.as_ref()?.group.stopped()
    }
}

impl Server for Running {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn key(&self) -> Option<cookie::Key> {
        None
    }

    fn restart(&mut self, another_key: bool) -> Result<(), Option<String>> {
        if !self.how.allowance.has_our_key {
            return Err(None);
        }
        // The old one makes room for the new.
        self.up = None;
        let mut how = self.how.clone();
        how.port = self.address.port();
        if another_key {
            how.key = new_key();
        }
        *self = Running::begin(how).map_err(|why| Some(why.to_string()))?;
        Ok(())
    }
}

impl Subject for Running {
    fn news(&mut self) -> String {
        let Some(up) = &mut self.up else {
            return String::new();
        };
        let all = up.log.read_all();
        let from = std::mem::replace(&mut up.heard, all.len()).min(all.len());
        let news = all.get(from..).unwrap_or_default();
        let start = news.len().saturating_sub(OUTPUT);
        let start = (start..news.len()).find(|at| news.is_char_boundary(*at));
        plain(&news[start.unwrap_or(0)..])
    }
}

fn new_key() -> String {
    (0..4).map(|_| crate::random::random_name()).collect()
}

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A file.
    File(PathBuf),
    /// A line for `sh`.
    Line(String),
}

/// The server's address, once somebody listens there.
fn listening(
    port: u16,
    socket: Option<&Socket>,
) -> Option<(SocketAddr, Option<Bridge>)> {
    if let Some(socket) = socket {
        let bridge = Bridge::to(socket.path()).ok()?;
        return Some((bridge.address, Some(bridge)));
    }
    let loopbacks = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ];
    let patience = Duration::from_millis(200);
    let address = loopbacks
        .into_iter()
        .find(|address| TcpStream::connect_timeout(address, patience).is_ok())?;
    Some((address, None))
}

/// A folder for the socket that leads into a sandbox, deleted when it is dropped.
struct Socket(PathBuf);

impl Socket {
    fn new() -> Result<Socket, Failure> {
        // Short: a socket's path may have a hundred bytes.
        let name = format!("snapshots-{}", &crate::random::random_name()[..16]);
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder)
            .map_err(|error| Failure::Run(format!("{}: {error}", folder.display())))?;
        Ok(Socket(folder))
    }

    fn path(&self) -> PathBuf {
        self.0.join("socket")
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The command that runs a program in a sandbox, with this program beside it, which
/// leads the socket to its port.
fn inside(
    program: &Program,
    dir: &Path,
    port: u16,
    sandbox: &Sandbox,
    socket: &Socket,
    variables: &[(&str, OsString)],
) -> Result<Command, Failure> {
    let own = env::current_exe()
        .map_err(|error| Failure::Run(format!("this program: {error}")))?;
    let mut read = vec![own.as_path()];
    if let Program::File(path) = program {
        read.push(path);
    }
    let mut named = variables.to_vec();
    named.push(("HOME", "/tmp".into()));
    let words = sandbox
        .words(&read, &[dir, &socket.0], &named)
        .map_err(Failure::Run)?;
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg("--chdir").arg(whole(dir)?);
    command.arg(&own).arg("bridge").arg(socket.path());
    command.args([port.to_string().into(), OsString::from("sh")]);
    command.args(["-c".into(), line(program)]);
    if let Program::File(path) = program {
        command.arg(path);
    }
    Ok(command)
}

/// The line for `sh` that runs a program. What it prints goes into a file, which
/// must not fill the disk.
fn line(program: &Program) -> OsString {
    let limit = "ulimit -f 65536 && ";
    match program {
        Program::Line(line) => format!("{limit}{line}").into(),
        Program::File(_) => format!("{limit}exec \"$0\"").into(),
    }
}

/// This port where it is free, else another one that is.
fn free_port(wanted: u16) -> io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", wanted))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))?;
    Ok(listener.local_addr()?.port())
}

/// A process in a group of its own, and all it starts. They end with it, and with
/// this program, whatever ends that.
struct Group {
    child: Child,
    /// It reads from this program, and kills the group when there is nothing more
    /// to read.
    guard: Option<Child>,
    watched: Arc<Watched>,
}

/// What is known of a group whose memory is watched.
#[derive(Default)]
struct Watched {
    is_over: AtomicBool,
    stopped: Mutex<Option<String>>,
}

impl Group {
    /// `memory` is in MiB.
    fn spawn(mut command: Command, memory: Option<u64>) -> Result<Group, String> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let mut group = Group {
            guard: None,
            watched: Arc::default(),
            child,
        };
        let id = group.child.id();
        group.guard = Some(guard(id).map_err(|error| format!("sh: {error}"))?);
        if let Some(memory) = memory {
            let watched = Arc::clone(&group.watched);
            thread::spawn(move || watch(id, memory, &watched));
        }
        Ok(group)
    }

    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end: whether it went well, or nothing when the time is over.
    fn wait(&mut self, time: Duration) -> Option<bool> {
        let deadline = Instant::now() + time;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status.success()),
                Err(_) => return Some(false),
                Ok(None) if Instant::now() > deadline => return None,
                Ok(None) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    fn stopped(&self) -> Option<String> {
        let stopped = self.watched.stopped.lock();
        stopped.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.watched.is_over.store(true, Ordering::Relaxed);
        kill(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(guard) = &mut self.guard {
            let _ = guard.kill();
            let _ = guard.wait();
        }
    }
}

/// Ends a group, whose number is its first process's.
fn kill(group: u32) {
    #[cfg(unix)]
    let _ = Command::new("sh")
        .args(["-c", &format!("kill -s KILL -- -{group}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

/// Starts what kills a group when this program is gone.
fn guard(group: u32) -> io::Result<Child> {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "read -r _; kill -s KILL -- \"-$0\"",
            &group.to_string(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn()
}

/// Ends a group that has more memory in use, or more processes, than it may.
fn watch(first: u32, memory: u64, watched: &Watched) {
    while !watched.is_over.load(Ordering::Relaxed) {
        let (processes, pages) = family(first);
        let used = pages * 4 / 1024;
        let why = match (used > memory, processes > PROCESSES) {
            (true, _) => {
                Some(format!(" It had {used} MiB in use; {memory} are allowed."))
            }
            (_, true) => Some(format!(" It had {processes} processes.")),
            _ => None,
        };
        if why.is_some() {
            let stopped = watched.stopped.lock();
            *stopped.unwrap_or_else(PoisonError::into_inner) = why;
            kill(first);
            return;
        }
        thread::sleep(Duration::from_millis(250));
    }
}

/// How many processes this one and its descendants are, and how many pages of
/// memory they have in use. None where there is no `/proc`.
fn family(first: u32) -> (usize, u64) {
    let mut all: Vec<(u32, u32, u64)> = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|it| it.parse().ok()) else {
            continue;
        };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name, in parentheses, may have anything in it (proc(5)).
        let Some((_, rest)) = stat.rsplit_once(") ") else {
            continue;
        };
        let fields: Vec<&str> = rest.split(' ').collect();
        let number = |at: usize| fields.get(at).and_then(|it| it.parse::<u64>().ok());
        if let (Some(parent), Some(pages)) = (number(1), number(21)) {
            all.push((id, u32::try_from(parent).unwrap_or(0), pages));
        }
    }
    let mut family = vec![first];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        let children = all.iter().filter(|(_, of, _)| *of == parent);
        family.extend(children.map(|(id, ..)| *id));
        at += 1;
    }
    let pages = all.iter().filter(|(id, ..)| family.contains(id));
    (family.len(), pages.map(|(.., pages)| pages).sum())
}

/// A file for output. It has no name any more, so nothing is left of it however
/// this ends. A file, and not a pipe: a pipe that nobody empties stops its
/// writer.
struct Log {
    writer: File,
    /// Opened for itself, since it is read from another place than it is written.
    reader: File,
}

fn log_file(what: &str) -> Result<Log, String> {
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
    fn open(&self) -> Result<File, String> {
        let writer = self.writer.try_clone();
        writer.map_err(|error| format!("a file for output: {error}"))
    }

    /// The end of it, as far as it is kept.
    fn read(&self) -> String {
        let text = self.read_all();
        let from = text.len().saturating_sub(OUTPUT);
        let from = (from..text.len()).find(|at| text.is_char_boundary(*at));
        plain(text[from.unwrap_or(0)..].trim_end())
    }

    fn read_all(&self) -> String {
        let mut bytes = Vec::new();
        let mut reader = &self.reader;
        // What can't be read was not said.
        let _ = reader
            .rewind()
            .and_then(|()| reader.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
