//! Processes that end together: with the one that was started, with this program, and
//! when they have more memory in use than they may.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// The most processes of one server.
const PROCESSES: usize = 256;

/// A process in a group of its own, and all it starts. They end with it, and with
/// this program, whatever ends that.
pub struct Group {
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
    pub fn spawn(mut command: Command, memory: Option<u64>) -> Result<Group, String> {
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

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end: whether it went well, or nothing when the time is over.
    pub fn wait(&mut self, time: Duration) -> Option<bool> {
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

    pub fn stopped(&self) -> Option<String> {
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
        let (processes, used) = family(first);
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

/// How many processes this one and its descendants are, and how much memory they
/// have in use, in MiB. None where there is no `/proc` (proc_pid_status(5)).
fn family(first: u32) -> (usize, u64) {
    let mut all: Vec<(u32, u32, u64)> = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|it| it.parse().ok()) else {
            continue;
        };
        let status = fs::read_to_string(entry.path().join("status"));
        let status = status.unwrap_or_default();
        let number = |name| {
            let value = status.lines().find_map(|line| line.strip_prefix(name))?;
            value.split_whitespace().next()?.parse::<u64>().ok()
        };
        // One that has ended and is not waited for has no memory.
        let kib = number("VmRSS:").unwrap_or(0);
        if let Some(parent) = number("PPid:") {
            all.push((id, u32::try_from(parent).unwrap_or(0), kib));
        }
    }
    let mut family = vec![first];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        let children = all.iter().filter(|(_, of, _)| *of == parent);
        family.extend(children.map(|(id, ..)| *id));
        at += 1;
    }
    let members = all.iter().filter(|(id, ..)| family.contains(id));
    (
        family.len(),
        members.map(|(.., kib)| kib).sum::<u64>() / 1024,
    )
}
