//! A server in a folder: built, started on a port of its own, and ended with
//! everything that it started.

use serde::Deserialize;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The most bytes of a build's or a server's output that are kept.
const OUTPUT: usize = 16 * 1024;

/// How a package is built.
#[derive(Debug, Clone, Copy)]
pub struct Build<'a> {
    /// How long it may take.
    pub time: Duration,
    /// Where cargo puts what it builds; none is where the package says.
    pub target: Option<&'a Path>,
    /// Run it in bubblewrap, which must be there, and without a network: a
    /// package's build runs what its author wrote.
    pub sandbox: bool,
}

/// Builds the package in `dir`, and gives its program.
///
/// # Errors
///
/// What cargo says, as a person would see it.
pub fn build(dir: &Path, how: &Build<'_>) -> Result<PathBuf, String> {
    if !dir.join("Cargo.toml").is_file() {
        return Err(format!(
            "{}: there is no Cargo.toml. `cargo snapshots new {0}` writes a project.",
            dir.display()
        ));
    }
    let log = log_file("build")?;
    let messages = log_file("messages")?;
    let mut words = match how.sandbox {
        true => bubblewrap(&[Some(dir), how.target], false)?,
        false => Vec::new(),
    };
    words.push(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let arguments = [
        "build",
        "--quiet",
        "--message-format=json-render-diagnostics",
    ];
    words.extend(arguments.map(OsString::from));
    if how.sandbox {
        words.push("--offline".into());
    }
    let mut command = Command::new(&words[0]);
    command
        .args(&words[1..])
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(messages.open()?)
        .stderr(log.open()?);
    if let Some(target) = how.target {
        command.env("CARGO_TARGET_DIR", target);
    }
    let mut child = Group::spawn(command)?;
    let done = child.wait(how.time);
    let said = log.read();
    match done {
        None => Err(format!(
            "The build took more than {} s.",
            how.time.as_secs()
        )),
        Some(true) => program(&messages.read_all())
            .ok_or_else(|| format!("{}: the package has no program.", dir.display())),
        Some(false) => Err(said),
    }
}

/// The words that run a command with all of the disk read-only, but for these
/// folders and an empty `/tmp`.
fn bubblewrap(
    folders: &[Option<&Path>],
    network: bool,
) -> Result<Vec<OsString>, String> {
    let fixed = [
        "bwrap",
        "--die-with-parent",
        "--unshare-pid",
        "--unshare-ipc",
        "--unshare-uts",
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        "--tmpfs",
        "/tmp",
    ];
    let mut words: Vec<OsString> = fixed.map(OsString::from).into();
    if !network {
        words.push("--unshare-net".into());
    }
    for folder in folders.iter().flatten() {
        let whole = folder
            .canonicalize()
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        words.extend(["--bind".into(), whole.clone().into(), whole.into()]);
    }
    Ok(words)
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
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// How long it may take to listen.
    pub start: Duration,
    /// The most address space of each of its processes, in MiB; none is no bound.
    pub memory: Option<u64>,
    /// Run it in bubblewrap, which must be there.
    pub sandbox: bool,
}

/// A server that listens, until it is dropped.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    // Dropped first: it ends what writes into the log.
    _group: Group,
    log: Log,
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
    ) -> Result<Running, String> {
        let log = log_file("server")?;
        let port = free_port(port)
            .map_err(|error| format!("There is no free port: {error}"))?;
        let key: String = (0..4).map(|_| crate::random::random_name()).collect();
        let mut command = command(program, dir, allowance)?;
        command
            .current_dir(dir)
            .env("PORT", port.to_string())
            .env("ROCKET_PORT", port.to_string())
            .env("ROCKET_ADDRESS", "127.0.0.1")
            .env("SECRET_KEY", key)
            .stdin(Stdio::null())
            .stdout(log.open()?)
            .stderr(log.open()?);
        let mut group = Group::spawn(command)?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let deadline = Instant::now() + allowance.start;
        loop {
            if TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
            {
                return Ok(Running {
                    address,
                    _group: group,
                    log,
                });
            }
            if group.has_ended() {
                return Err(format!("The server ended by itself.\n{}", log.read()));
            }
            if Instant::now() > deadline {
                let seconds = allowance.start.as_secs();
                return Err(format!(
                    "The server does not listen after {seconds} s.\nIt was told the \
                     port {port} by PORT and ROCKET_PORT.\n{}",
                    log.read()
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The end of what the server printed.
    pub fn said(&self) -> String {
        self.log.read()
    }
}

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A file.
    File(PathBuf),
    /// A line for `sh`.
    Line(String),
}

fn command(
    program: &Program,
    dir: &Path,
    allowance: &Allowance,
) -> Result<Command, String> {
    let mut words = match allowance.sandbox {
        // Loopback is shared, since the checks come that way.
        true => bubblewrap(&[Some(dir)], true)?,
        false => Vec::new(),
    };
    // What it prints goes into a file, which must not fill the disk.
    let mut limit = "ulimit -f 65536 && ".to_owned();
    if let Some(megabytes) = allowance.memory {
        limit += &format!("ulimit -v {} && ", megabytes * 1024);
    }
    words.extend(["sh", "-c"].map(OsString::from));
    match program {
        Program::Line(line) => words.push(format!("{limit}{line}").into()),
        Program::File(path) => {
            words.push(format!("{limit}exec \"$0\"").into());
            words.push(path.into());
        }
    }
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    Ok(command)
}

/// This port where it is free, else another one that is.
fn free_port(wanted: u16) -> io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", wanted))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))?;
    Ok(listener.local_addr()?.port())
}

/// A process in a group of its own, and all it starts. They end with it.
struct Group {
    child: Child,
}

impl Group {
    fn spawn(mut command: Command) -> Result<Group, String> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let name = command.get_program().to_string_lossy().into_owned();
        let child = command
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        Ok(Group { child })
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
                Ok(None) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The group's number is its first process's.
        #[cfg(unix)]
        let _ = Command::new("sh")
            .args(["-c", &format!("kill -s KILL -- -{}", self.child.id())])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
        text[from.unwrap_or(0)..].trim_end().to_owned()
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
