//! Grades a class: checks each submission, and writes down each result as it comes.

use super::roster::{Submission, Target};
use crate::check::{Check, Report, Settings, check};
use crate::report::seconds;
use crate::submission::{Allowance, Build, Program, Running, build};
use exchange::format::library::Entry;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The file in which each result is a line of JSON.
const RESULTS: &str = "results.jsonl";

/// How a class is graded.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Bounds on the checks of one submission.
    pub settings: Settings,
    /// What a submission's server may use.
    pub allowance: Allowance,
    /// The most time for one build.
    pub build: Duration,
    /// Where all of them are built, so that they share what they depend on.
    pub target: PathBuf,
    /// How many are graded at once.
    pub jobs: usize,
    /// Where the results and the reports go.
    pub out: PathBuf,
}

/// One submission's result: a line of `results.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Graded {
    // The members are in the alphabet's order, as in every line so far.
    /// Why there is no report.
    pub error: Option<String>,
    /// The submission's name.
    pub name: String,
    /// What its checks gave.
    pub report: Option<Report>,
    /// How long it took, builds included.
    pub seconds: f64,
    /// Where it is: a URL or a folder.
    pub target: String,
}

impl Graded {
    /// Its checks; none where nothing could be checked.
    pub fn checks(&self) -> &[Check] {
        self.report.as_ref().map_or(&[], |report| &report.checks)
    }
}

/// Grades those of `class` that have no result yet, and calls `done` with each
/// result and how many there are now.
///
/// # Errors
///
/// The folder of the results can't be written. What was written stays.
pub fn grade(
    class: &[Submission],
    entries: &[Entry],
    plan: &Plan,
    done: &(dyn Fn(&Graded, usize) + Sync),
) -> Result<Vec<Graded>, String> {
    fs::create_dir_all(&plan.out)
        .map_err(|error| format!("{}: {error}", plan.out.display()))?;
    let mut results = results(&plan.out)?;
    let known: HashSet<String> =
        results.iter().map(|result| result.name.clone()).collect();
    let mut waiting: Vec<&Submission> = class
        .iter()
        .filter(|submission| !known.contains(&submission.name))
        .collect();
    waiting.reverse();
    let waiting = Mutex::new(waiting);
    let file = Mutex::new(open(&plan.out.join(RESULTS))?);
    let builds = Mutex::new(());
    let count = AtomicUsize::new(known.len());
    let fresh = Mutex::new(Vec::new());
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let next = lock(&waiting).pop();
                    let Some(submission) = next.filter(|_| lock(&failed).is_none())
                    else {
                        return;
                    };
                    let result = graded(submission, entries, plan, &builds);
                    // A result is on the disk before it counts.
                    if let Err(error) = append(&mut lock(&file), &result) {
                        *lock(&failed) =
                            Some(format!("{}: {error}", plan.out.display()));
                        return;
                    }
                    let count = count.fetch_add(1, Ordering::Relaxed) + 1;
                    done(&result, count);
                    lock(&fresh).push(result);
                }
            });
        }
    });
    if let Some(error) = lock(&failed).take() {
        return Err(error);
    }
    results.append(&mut lock(&fresh));
    results.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(results)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The results that a folder has. What a crash cut is not one.
///
/// # Errors
///
/// A file that is there and can't be read, or the line of it that is no result.
pub fn results(out: &Path) -> Result<Vec<Graded>, String> {
    let path = out.join(RESULTS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text =
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut results = Vec::new();
    for (index, line) in String::from_utf8_lossy(&text).lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(result) => results.push(result),
            Err(error) if error.classify() == Category::Data => {
                return Err(format!("{}:{}: {error}", path.display(), index + 1));
            }
            Err(_) => {}
        }
    }
    Ok(results)
}

/// Opens the results for more; what a crash cut is ended first.
fn open(path: &Path) -> Result<File, String> {
    let failed = |error: io::Error| format!("{}: {error}", path.display());
    let cut = fs::read(path)
        .is_ok_and(|bytes| bytes.last().is_some_and(|last| *last != b'\n'));
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(path)
        .map_err(failed)?;
    if cut {
        file.write_all(b"\n").map_err(failed)?;
    }
    Ok(file)
}

fn append(file: &mut File, result: &Graded) -> io::Result<()> {
    let line = serde_json::to_string(result)? + "\n";
    file.write_all(line.as_bytes())?;
    file.sync_data()
}

/// Checks one submission. Whatever it does, there is a result.
fn graded(
    submission: &Submission,
    entries: &[Entry],
    plan: &Plan,
    builds: &Mutex<()>,
) -> Graded {
    let started = Instant::now();
    let report = match &submission.target {
        Target::Url(url) => check(url, entries, &plan.settings),
        Target::Folder(folder, start) => {
            folder_report(folder, start.as_deref(), entries, plan, builds)
        }
    };
    let target = match &submission.target {
        Target::Url(url) => url.clone(),
        Target::Folder(folder, _) => folder.display().to_string(),
    };
    let (report, error) = match report {
        Ok(report) => (Some(report), None),
        Err(error) => (None, Some(error)),
    };
    Graded {
        error,
        name: submission.name.clone(),
        report,
        seconds: seconds(started.elapsed()),
        target,
    }
}

fn folder_report(
    folder: &Path,
    start: Option<&str>,
    entries: &[Entry],
    plan: &Plan,
    builds: &Mutex<()>,
) -> Result<Report, String> {
    if !folder.is_dir() {
        return Err(format!("{}: there is no such folder.", folder.display()));
    }
    let copy;
    let program = match start {
        Some(line) => Program::Line(line.to_owned()),
        None => {
            // One build at a time: cargo would let them wait for one another, and
            // packages of one name would overwrite each other's program.
            let _one = lock(builds);
            let how = Build {
                time: plan.build,
                target: Some(&plan.target),
                sandbox: plan.allowance.sandbox,
            };
            let built = build(folder, &how)?;
            copy = Copied::of(&built)?;
            Program::File(copy.0.clone())
        }
    };
    let server = Running::start(&program, folder, 0, &plan.allowance)?;
    check(
        &format!("http://{}", server.address),
        entries,
        &plan.settings,
    )
}

/// A program of its own, deleted when it is dropped.
struct Copied(PathBuf);

impl Copied {
    fn of(program: &Path) -> Result<Copied, String> {
        let mut name = program.file_name().unwrap_or_default().to_owned();
        name.push(format!("-{}", crate::random::random_name()));
        let copy = program.with_file_name(name);
        fs::hard_link(program, &copy)
            .or_else(|_| fs::copy(program, &copy).map(drop))
            .map_err(|error| format!("{}: {error}", copy.display()))?;
        Ok(Copied(copy))
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
