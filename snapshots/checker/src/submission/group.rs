//! Processes that end together: with the one that was started, with this program, and
//! when they have more memory in use, or more written, than they may.

use super::disk::Disk;
use crate::unpoisoned::unpoisoned;
use std::collections::HashSet;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// The most processes of one server.
const PROCESSES: usize = 256;
/// The most threads of all of them: a machine has room for some tens of thousands.
const THREADS: u64 = 1024;
/// Or so many for each processor, if that is more: a compiler has some for each.
const OF_A_PROCESSOR: u64 = 32;

/// How often it is looked how much memory and how many threads a group has: a program takes
/// hundreds of MiB in that time.
const PAUSE: Duration = Duration::from_millis(100);
/// How often it is looked what it has written, which takes longer.
const PAUSE_OF_DISK: Duration = Duration::from_millis(250);

/// A process in a group of its own, and all it starts. They end with it, and with
/// this program, whatever ends that.
pub struct Group {
    child: Child,
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
    /// What the guard reads from: it kills the group when there is nothing more to read.
    /// So nothing has to be started for that, which may be what the group leaves no room for.
    line: Mutex<Option<ChildStdin>>,
    /// Who was in the group when it was looked last.
    processes: Mutex<Vec<u32>>,
    stopped: Mutex<Option<String>>,
}

impl Group {
    pub fn spawn(mut command: Command, bounds: Bounds) -> Result<Group, String> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let name = command.get_program().to_string_lossy().into_owned();
        let strangers = everybody();
        let child = command
            .spawn()
            .map_err(|error| format!("{name}: {error}"))?;
        let mut group = Group {
            guard: None,
            watched: Arc::default(),
            child,
        };
        let id = group.child.id();
        let mut guard = guard(id).map_err(|error| format!("sh: {error}"))?;
        *unpoisoned(&group.watched.line) = guard.stdin.take();
        group.guard = Some(guard);
        if bounds.memory.is_some() || bounds.disk.is_some() {
            let mut family = Family::of(id, strangers);
            let watched = Arc::clone(&group.watched);
            group.watch(PAUSE, move || {
                family.look();
                *unpoisoned(&watched.processes) = family.ids();
                family.over(bounds.memory)
            });
        }
        if let Some(disk) = bounds.disk {
            let watched = Arc::clone(&group.watched);
            group.watch(PAUSE_OF_DISK, move || {
                let processes = unpoisoned(&watched.processes).clone();
                disk.over(&processes)
            });
        }
        Ok(group)
    }

    /// Ends it when there is a reason to, which is asked for again and again.
    fn watch(
        &self,
        pause: Duration,
        mut reason: impl FnMut() -> Option<String> + Send + 'static,
    ) {
        let watched = Arc::clone(&self.watched);
        thread::spawn(move || {
            while !watched.is_over.load(Ordering::Relaxed) {
                let began = Instant::now();
                if let Some(why) = reason() {
                    unpoisoned(&watched.stopped).get_or_insert(why);
                    watched.end();
                    return;
                }
                // To look at a hundred thousand files takes a while, too.
                thread::sleep(pause.max(began.elapsed() * 9));
            }
        });
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
        unpoisoned(&self.watched.stopped).clone()
    }
}

impl Watched {
    fn end(&self) {
        drop(unpoisoned(&self.line).take());
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.watched.is_over.store(true, Ordering::Relaxed);
        self.watched.end();
        if let Some(guard) = &mut self.guard {
            let _ = guard.wait();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts what kills a group, whose number is its first process's, when nobody has the other
/// end of its line any more: this program has let it go, or is gone itself.
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

/// A process and its descendants, as far as they were found the last time.
struct Family {
    first: u32,
    /// Those who were there before it: what they say of themselves is not read.
    strangers: HashSet<u32>,
    members: Vec<Process>,
}

/// What `/proc` says of a process (proc_pid_status(5)).
struct Process {
    id: u32,
    parent: u32,
    threads: u64,
    kib: u64,
}

impl Family {
    fn of(first: u32, strangers: HashSet<u32>) -> Family {
        Family {
            first,
            strangers,
            members: Vec::new(),
        }
    }

    /// Looks for it anew. Nobody is found where there is no `/proc`.
    fn look(&mut self) {
        let ids = everybody();
        // A number that is nobody's may be somebody else's next.
        self.strangers.retain(|id| ids.contains(id));
        let unknown = ids.difference(&self.strangers);
        let mut unknown: Vec<Process> = unknown.filter_map(|id| process(*id)).collect();
        self.members.clear();
        let mut at = 0;
        let mut parent = self.first;
        loop {
            let theirs = |it: &mut Process| it.id == self.first || it.parent == parent;
            self.members.extend(unknown.extract_if(.., theirs));
            let Some(next) = self.members.get(at) else {
                break;
            };
            parent = next.id;
            at += 1;
        }
    }

    fn ids(&self) -> Vec<u32> {
        self.members.iter().map(|it| it.id).collect()
    }

    /// What it has too much of, if it has: memory of so many MiB, processes or threads.
    fn over(&self, memory: Option<u64>) -> Option<String> {
        let used = self.members.iter().map(|it| it.kib).sum::<u64>() / 1024;
        if let Some(memory) = memory.filter(|memory| used > *memory) {
            return Some(format!(" It had {used} MiB in use; {memory} are allowed."));
        }
        let count = self.members.len();
        if count > PROCESSES {
            return Some(format!(" It had {count} processes."));
        }
        let threads: u64 = self.members.iter().map(|it| it.threads).sum();
        let processors = thread::available_parallelism().map_or(1, usize::from) as u64;
        (threads > THREADS.max(OF_A_PROCESSOR * processors))
            .then(|| format!(" It had {threads} threads."))
    }
}

/// The numbers of all processes.
fn everybody() -> HashSet<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.collect()
}

fn process(id: u32) -> Option<Process> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let (mut parent, mut threads, mut kib) = (None, 1, 0);
    for line in status.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let number = || value.split_whitespace().next()?.parse::<u64>().ok();
        match name {
            "PPid" => parent = u32::try_from(number()?).ok(),
            "Threads" => threads = number()?,
            // One that has ended and is not waited for has none.
            "VmRSS" => kib = number()?,
            _ => {}
        }
    }
    Some(Process {
        id,
        parent: parent?,
        threads,
        kib,
    })
}
