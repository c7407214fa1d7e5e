//! A server that was started here: where it listens, what it prints, and how it is
//! started again.

use super::disk::Disk;
use super::folder::{self, Folder};
use super::group::{Bounds, Group};
use super::log::{Log, OUTPUT, log_file};
use super::{Failure, clean, fault_of_the_run, plain, whole};
use crate::bridge::Bridge;
use crate::check::Subject;
use crate::sandbox::Sandbox;
use exchange::play::server::Server;
use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

/// The most that a server may print, in MiB.
const PRINTED: u64 = 32;
/// So many of the last lines of a server that has ended are shown.
const LAST: usize = 10;

/// What a server may use.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// How long it may take to listen.
    pub start: Duration,
    /// The most memory of all of its processes together, in MiB, as far as it is in
    /// use; none is no bound.
    pub memory: Option<u64>,
    /// What it may write; none is no bound.
    pub disk: Option<Disk>,
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
    _socket: Option<Folder>,
    log: Log,
    /// So many bytes of what it printed were asked for.
    heard: u64,
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
        let status = log_file("status").map_err(Failure::Run)?;
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
            .map(|_| socket_folder())
            .transpose()?;
        let mut command = match (&allowance.sandbox, &socket) {
            (Some(sandbox), Some(socket)) => {
                let seen = (sandbox, status.path());
                inside(program, dir, port, seen, socket, &variables)?
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
        let disk = allowance.disk.clone();
        let bounds = Bounds {
            memory: allowance.memory,
            disk: disk.map(|disk| match &socket {
                Some(socket) => disk.and(socket.path()),
                None => disk,
            }),
        };
        let mut group = Group::spawn(command, bounds).map_err(Failure::Run)?;
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
                let why = group.stopped().or_else(|| too_long(&log));
                // What was stopped had been started, and wrote what it could.
                if why.is_none() {
                    let status = socket.as_ref().map(|_| &status);
                    if let Some(fault) = fault_of_the_run(status, &said, dir) {
                        return Err(fault);
                    }
                }
                let why = why.unwrap_or_default();
                return Err(Failure::Submission(format!(
                    "The server ended by itself.{why}\n{said}"
                )));
            }
            if Instant::now() > deadline {
                let seconds = allowance.start.as_secs();
                return Err(Failure::Late(format!(
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

    /// Why it was stopped before its time, or that it has ended, with the end of what it
    /// said; nothing where it is still up.
    pub fn stopped(&mut self) -> Option<String> {
        let up = self.up.as_mut()?;
        let stopped = up.group.stopped().or_else(|| too_long(&up.log));
        stopped.or_else(|| {
            let status = up.group.status()?;
            let said = up.log.read();
            let lines: Vec<&str> = said.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST)..];
            Some(format!(
                " It ended by itself ({status}).\n{}",
                last.join("\n")
            ))
        })
    }
}

impl Server for Running {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn key(&self) -> Option<cookie::Key> {
        // As much of a text as Rocket takes for material: more would be two keys.
        let material = &self.how.key.as_bytes()[..63];
        let has_it = self.how.allowance.has_our_key;
        has_it.then(|| cookie::Key::derive_from(material))
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
        let now = up.log.len();
        let from = std::mem::replace(&mut up.heard, now);
        plain(&up.log.part(from..now, OUTPUT))
    }
}

/// That it has printed as much as is kept, if it has. The system ends a program that
/// writes more (`RLIMIT_FSIZE` in getrlimit(2)).
fn too_long(log: &Log) -> Option<String> {
    (log.len() >= PRINTED * 1024 * 1024).then(|| {
        format!(" It printed {PRINTED} MiB, and a program that prints more is ended.")
    })
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
    socket: Option<&Folder>,
) -> Option<(SocketAddr, Option<Bridge>)> {
    if let Some(socket) = socket {
        let bridge = Bridge::to(socket_in(socket)).ok()?;
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

/// How the names of the folders begin in which a socket leads into a sandbox.
const SOCKET: &str = "snapshots-socket-";

/// Such a folder.
fn socket_folder() -> Result<Folder, Failure> {
    // Short: a socket's path may have a hundred bytes.
    let name = format!("{SOCKET}{}", &crate::random::random_name()[..16]);
    let path = env::temp_dir().join(name);
    Folder::new(path.clone())
        .map_err(|error| Failure::Run(format!("{}: {error}", path.display())))
}

/// The socket in it.
fn socket_in(folder: &Folder) -> PathBuf {
    folder.path().join("socket")
}

/// Takes away the folders that graders left which were killed.
pub fn sweep() {
    folder::sweep(&env::temp_dir(), SOCKET);
}

/// The command that runs a program in a sandbox, with this program beside it, which
/// leads the socket to its port.
fn inside(
    program: &Program,
    dir: &Path,
    port: u16,
    (sandbox, status): (&Sandbox, PathBuf),
    socket: &Folder,
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
    let mut command = sandbox
        .command(&read, &[dir, socket.path()], &named, &status)
        .map_err(Failure::Run)?;
    command.arg("--chdir").arg(whole(dir)?);
    command.arg(&own).arg("bridge").arg(socket_in(socket));
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
    // In blocks of 512 bytes, by POSIX.
    let limit = format!("ulimit -f {} && ", PRINTED * 2048);
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
