//! Processes that end together: with the one that was started, with this program, and
//! when they have more memory in use, or more written, than they may.

use super::disk::Disk;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// The most processes of one server.
const PROCESSES: usize = 256;
/// The most threads of all of them: a machine has room for some tens of thousands.
const THREADS: u64 = 1024;
/// Or so many for each processor, if that is more: a compiler has some for each.
const OF_A_PROCESSOR: u64 = 32;

/// How often it is looked what a group uses.
const PAUSE: Duration = Duration::from_millis(100);

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
        let mut guard = guard(id).map_err(|error| format!("sh: {error}"))?;
        *lock(&group.watched.line) = guard.stdin.take();
        group.guard = Some(guard);
        if let Some(memory) = bounds.memory {
            group.watch(move || too_many(id, memory));
        }
        if let Some(disk) = bounds.disk {
            group.watch(move || disk.over(&family(id).processes));
        }
        Ok(group)
    }

    /// Ends it when there is a reason to.
    fn watch(&self, reason: impl Fn() -> Option<String> + Send + 'static) {
        let watched = Arc::clone(&self.watched);
        thread::spawn(move || {
            while !watched.is_over.load(Ordering::Relaxed) {
                let began = Instant::now();
                if let Some(why) = reason() {
                    lock(&watched.stopped).get_or_insert(why);
                    watched.end();
                    return;
                }
                // To look at a hundred thousand files takes a while, too.
                thread::sleep(PAUSE.max(began.elapsed() * 3));
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
        lock(&self.watched.stopped).clone()
    }
}

impl Watched {
    fn end(&self) {
        drop(lock(&self.line).take());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

/// What of its memory, processes and threads a group has too much of, if it has.
fn too_many(first: u32, memory: u64) -> Option<String> {
    let family = family(first);
    let (used, count) = (family.memory, family.processes.len());
    if used > memory {
        return Some(format!(" It had {used} MiB in use; {memory} are allowed."));
    }
    if count > PROCESSES {
        return Some(format!(" It had {count} processes."));
    }
    let threads = family.threads;
    let processors = thread::available_parallelism().map_or(1, usize::from) as u64;
    (threads > THREADS.max(OF_A_PROCESSOR * processors))
        .then(|| format!(" It had {threads} threads."))
}

/// A process and its descendants.
struct Family {
    processes: Vec<u32>,
    /// Of all of them.
    threads: u64,
    /// What they have in use, in MiB.
    memory: u64,
}

/// What `/proc` says of a process (proc_pid_status(5)).
struct Process {
    id: u32,
    parent: u32,
    threads: u64,
    kib: u64,
}

/// The family of this process; the process alone where there is no `/proc`.
fn family(first: u32) -> Family {
    let all: Vec<Process> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            process(id, &fs::read_to_string(entry.path().join("status")).ok()?)
        })
        .collect();
    let mut processes = vec![first];
    let mut at = 0;
    while let Some(parent) = processes.get(at).copied() {
        let children = all.iter().filter(|it| it.parent == parent);
        processes.extend(children.map(|it| it.id));
        at += 1;
    }
    let members = all.iter().filter(|it| processes.contains(&it.id));
    let (threads, kib) = members.fold((0, 0), |(threads, kib), it| {
        (threads + it.threads, kib + it.kib)
    });
    Family {
        processes,
        threads,
        memory: kib / 1024,
    }
}

fn process(id: u32, status: &str) -> Option<Process> {
    let number = |name| {
        let value = status.lines().find_map(|line| line.strip_prefix(name))?;
        value.split_whitespace().next()?.parse::<u64>().ok()
    };
    Some(Process {
        id,
        parent: u32::try_from(number("PPid:")?).ok()?,
        threads: number("Threads:").unwrap_or(1),
        // One that has ended and is not waited for has no memory.
        kib: number("VmRSS:").unwrap_or(0),
    })
}
