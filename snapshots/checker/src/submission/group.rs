//! Processes that end together: with the one that was started, with this program, and
//! when they have more memory in use, or more written, than they may.

use super::disk::Disk;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// The most processes of one server.
const PROCESSES: usize = 256;

/// How often it is looked what a group uses.
const PAUSE: Duration = Duration::from_millis(250);

/// A process in a group of its own, and all it starts. They end with it, and with
/// this program, whatever ends that.
pub struct Group {
    child: Child,
    /// It reads from this program, and kills the group when there is nothing more
    /// to read.
    guard: Option<Child>,
    watched: Arc<Watched>,
}

/// What a group may use; none is no bound.
#[derive(Debug, Clone, Default)]
pub struct Bounds {
    /// The memory of all of its processes together, in MiB, as far as it is in use.
    pub memory: Option<u64>,
    /// What it writes.
    pub disk: Option<Disk>,
}

/// What is known of a group that is watched.
#[derive(Default)]
struct Watched {
    is_over: AtomicBool,
    stopped: Mutex<Option<String>>,
}

impl Group {
    pub fn spawn(mut command: Command, bounds: Bounds) -> Result<Group, String> {
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
        if bounds.memory.is_some() || bounds.disk.is_some() {
            let watched = Arc::clone(&group.watched);
            thread::spawn(move || watch(id, &bounds, &watched));
        }
        Ok(group)
    }

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// How it has ended, if it has.
    pub fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
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

/// Ends a group that uses more than it may.
fn watch(first: u32, bounds: &Bounds, watched: &Watched) {
    while !watched.is_over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let why = too_much(first, bounds);
        if why.is_some() {
            let stopped = watched.stopped.lock();
            *stopped.unwrap_or_else(PoisonError::into_inner) = why;
            kill(first);
            return;
        }
        // To look at a hundred thousand files takes a while, too.
        thread::sleep(PAUSE.max(began.elapsed() * 10));
    }
}

/// What of its bounds a group is over, if it is.
fn too_much(first: u32, bounds: &Bounds) -> Option<String> {
    let (processes, used) = family(first);
    if let Some(memory) = bounds.memory.filter(|memory| used > *memory) {
        return Some(format!(" It had {used} MiB in use; {memory} are allowed."));
    }
    if processes.len() > PROCESSES {
        return Some(format!(" It had {} processes.", processes.len()));
    }
    bounds.disk.as_ref()?.over(&processes)
}

/// This process and its descendants, and how much memory they have in use, in MiB.
/// None where there is no `/proc` (proc_pid_status(5)).
fn family(first: u32) -> (Vec<u32>, u64) {
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
    let used = members.map(|(.., kib)| kib).sum::<u64>() / 1024;
    (family, used)
}
