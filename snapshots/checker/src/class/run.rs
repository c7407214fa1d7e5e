//! Grades a class: checks each submission, and writes down each result as it comes.

use super::artefacts::Shelf;
use super::handed_in::project;
use super::roster::{Submission, Target};
use super::ungraded::Ungraded;
use crate::check::{Check, Names, Outcome, Report, Settings, check, check_subject};
use crate::compare::exact::cut;
use crate::course::{Course, Moment};
use crate::report::seconds;
use crate::starter;
use crate::submission::{
    Allowance, Bounds, Build, Disk, Failure, Folder, Program, Running, below, build,
    open_up, plain, sweep,
};
use crate::unpoisoned::unpoisoned;
use exchange::format::library::Entry;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The most bytes of a folder that are read for its hash.
const LONG: u64 = 1024 * 1024 * 1024;
/// The most bytes of what came, beside what was expected.
const SAID: usize = 16 * 1024;
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
    /// The most memory of one build, in MiB.
    pub build_memory: u64,
    /// The most that one submission may write, in MiB.
    pub disk: u64,
    /// What they depend on, for those that are built.
    pub shelf: Option<Shelf>,
    /// How many are graded at once.
    pub jobs: usize,
    /// How often one is graded again that was not in time: built, listening, or with an answer.
    pub retries: u32,
    /// Whether those are graded, too, that have a result: the new one takes its place.
    pub again: bool,
    /// Where the results and the reports go.
    pub out: PathBuf,
    /// What it is graded by.
    pub course: Course,
}

/// One submission's result: a line of `results.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Graded {
    // The members are in the alphabet's order, as in every line so far.
    /// What another gradebook knows the student by, if that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Which attempt it is, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// Why there is no report.
    pub error: Option<String>,
    /// The SHA-256 of its folder as grading left it, where that is another than `source`: a
    /// build writes its Cargo.lock, for example.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// The submission's name.
    pub name: String,
    /// What its checks gave.
    pub report: Option<Report>,
    /// How long it took, builds included.
    pub seconds: f64,
    /// The SHA-256 of what was handed in, where that is a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When it was handed in, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted: Option<String>,
    /// Where it is: a URL or a folder.
    pub target: String,
}

impl Graded {
    /// Its checks; none where nothing could be checked.
    pub fn checks(&self) -> &[Check] {
        self.report.as_ref().map_or(&[], |report| &report.checks)
    }

    /// What is to be said of it by the course's terms: that it is late, for example.
    pub fn remarks(&self, course: &Course) -> Vec<String> {
        course.remarks(self.came().as_ref(), self.attempt)
    }

    /// What another gradebook knows its author by: the account, or else the name.
    pub fn account(&self) -> &str {
        self.account.as_deref().unwrap_or(&self.name)
    }

    /// When it was handed in, if that is known.
    pub fn came(&self) -> Option<Moment> {
        self.submitted.as_deref()?.parse().ok()
    }
}

/// What came of grading a class.
#[derive(Debug, Clone)]
pub struct Class {
    /// The results, by name.
    pub results: Vec<Graded>,
    /// Whom the run could not grade, by name. They are tried again when the run goes on.
    pub ungraded: Vec<Ungraded>,
    /// Who had a result of another source than is there now, and was graded again.
    pub changed: Vec<String>,
    /// Whose folder can't be read any more, and why. The result that was there stays.
    pub unread: Vec<(String, String)>,
}

/// Grades those of `class` that have no result yet, or that the plan has again, and
/// calls `done` with each result and how many there are now.
///
/// # Errors
///
/// The folder of the results can't be written. What was written stays.
pub fn grade(
    class: &[Submission],
    entries: &[Entry],
    plan: &Plan,
    done: &(dyn Fn(&Graded, usize) + Sync),
) -> Result<Class, String> {
    fs::create_dir_all(&plan.out)
        .map_err(|error| format!("{}: {error}", plan.out.display()))?;
    sweep();
    let mut results = results(&plan.out)?;
    for submission in class {
        let theirs = |result: &&mut Graded| result.name == submission.name;
        if let Some(result) = results.iter_mut().find(theirs)
            && submission.account.is_some()
        {
            // It says nothing about what was graded, so it may have changed since.
            result.account.clone_from(&submission.account);
        }
    }
    // One that is graded again anyway keeps its result until there is another.
    let (changed, unread) = match plan.again {
        true => Default::default(),
        false => changed(class, &results),
    };
    if !changed.is_empty() {
        results.retain(|old| !changed.contains(&old.name));
        rewrite(&plan.out, &results)?;
    }
    let known: HashSet<&str> = results.iter().map(|it| it.name.as_str()).collect();
    let mut waiting: Vec<&Submission> = class
        .iter()
        .filter(|it| plan.again || !known.contains(it.name.as_str()))
        .collect();
    waiting.reverse();
    let ready = if plan.again { 0 } else { known.len() };
    let run = Run {
        entries,
        plan,
        done,
        file: Mutex::new(open(&plan.out.join(RESULTS))?),
        count: AtomicUsize::new(ready),
        fresh: Mutex::default(),
        late: Mutex::default(),
        ungraded: Mutex::default(),
        failed: Mutex::default(),
    };
    run.work(waiting, plan.jobs, plan.retries);
    // Alone, so that what others do is not what makes it late.
    for left in (0..plan.retries).rev() {
        let mut late = std::mem::take(&mut *unpoisoned(&run.late));
        late.sort_by(|one, other| other.name.cmp(&one.name));
        run.work(late, 1, left);
    }
    if let Some(error) = unpoisoned(&run.failed).take() {
        return Err(error);
    }
    let mut fresh = std::mem::take(&mut *unpoisoned(&run.fresh));
    results.retain(|old| !fresh.iter().any(|new| new.name == old.name));
    results.append(&mut fresh);
    results.sort_by(|one, other| one.name.cmp(&other.name));
    let mut ungraded = std::mem::take(&mut *unpoisoned(&run.ungraded));
    ungraded.sort();
    Ok(Class {
        results,
        ungraded,
        changed,
        unread,
    })
}

/// Whose folder has another source now than the one that was graded; and whose can't be
/// read, and why.
fn changed(
    class: &[Submission],
    results: &[Graded],
) -> (Vec<String>, Vec<(String, String)>) {
    let (mut changed, mut unread) = (Vec::new(), Vec::new());
    for submission in class {
        let Target::Folder(folder, _) = &submission.target else {
            continue;
        };
        let old = results.iter().find(|it| it.name == submission.name);
        // What is gone can't be graded again, and its result stays.
        let Some(old) = old.filter(|old| old.source.is_some() && folder.is_dir())
        else {
            continue;
        };
        match hash(folder).map(Some) {
            Ok(now) if now == old.source || now == old.left => {}
            Ok(_) => changed.push(submission.name.clone()),
            Err(why) => unread.push((submission.name.clone(), why)),
        }
    }
    (changed, unread)
}

/// Who handed in one and the same source, of whom there are two or more: each group by name.
pub fn same_source(results: &[Graded]) -> Vec<Vec<&str>> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in results {
        if let Some(source) = &result.source {
            groups.entry(source).or_default().push(&result.name);
        }
    }
    let mut same: Vec<_> = groups.into_values().filter(|it| it.len() > 1).collect();
    same.sort();
    same
}

/// What the threads of a run share.
struct Run<'a> {
    entries: &'a [Entry],
    plan: &'a Plan,
    done: &'a (dyn Fn(&Graded, usize) + Sync),
    file: Mutex<File>,
    count: AtomicUsize,
    fresh: Mutex<Vec<Graded>>,
    /// Who was not in time, and is graded again.
    late: Mutex<Vec<&'a Submission>>,
    ungraded: Mutex<Vec<Ungraded>>,
    failed: Mutex<Option<String>>,
}

impl<'a> Run<'a> {
    /// Grades these, the last one first, so many at once. Who is not in time waits for
    /// another try, while some are left.
    fn work(&self, waiting: Vec<&'a Submission>, jobs: usize, left: u32) {
        let waiting = Mutex::new(waiting);
        std::thread::scope(|scope| {
            for _ in 0..jobs.max(1) {
                scope.spawn(|| {
                    loop {
                        let next = unpoisoned(&waiting).pop();
                        let next = next.filter(|_| unpoisoned(&self.failed).is_none());
                        let Some(submission) = next else { return };
                        self.one(submission, left);
                    }
                });
            }
        });
    }

    fn one(&self, submission: &'a Submission, left: u32) {
        match graded(submission, self.entries, self.plan, left) {
            Ok(Some(result)) => self.keep(result),
            Ok(None) => unpoisoned(&self.late).push(submission),
            Err(why) => unpoisoned(&self.ungraded).push(Ungraded {
                name: submission.name.clone(),
                why,
            }),
        }
    }

    /// A result is on the disk before it counts.
    fn keep(&self, result: Graded) {
        let kept = match self.plan.again {
            true => {
                let _alone = unpoisoned(&self.file);
                replace(&self.plan.out, &result)
            }
            false => append(&mut unpoisoned(&self.file), &result)
                .map_err(|error| format!("{}: {error}", self.plan.out.display())),
        };
        if let Err(error) = kept {
            *unpoisoned(&self.failed) = Some(error);
            return;
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        (self.done)(&result, count);
        unpoisoned(&self.fresh).push(result);
    }
}

/// Writes the results with this one in place of the same submission's, as a whole or
/// not at all.
fn replace(out: &Path, result: &Graded) -> Result<(), String> {
    let mut all = results(out)?;
    match all.iter_mut().find(|old| old.name == result.name) {
        Some(old) => *old = result.clone(),
        None => all.push(result.clone()),
    }
    rewrite(out, &all)
}

/// Writes these results in place of those that are there, as a whole or not at all.
fn rewrite(out: &Path, all: &[Graded]) -> Result<(), String> {
    let path = out.join(RESULTS);
    let fresh = path.with_extension("jsonl.new");
    let failed = |error: io::Error| format!("{}: {error}", fresh.display());
    let mut file = File::create(&fresh).map_err(failed)?;
    for result in all {
        append(&mut file, result).map_err(failed)?;
    }
    fs::rename(&fresh, &path).map_err(|error| format!("{}: {error}", path.display()))
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
    let mut names = HashSet::new();
    if let Some(twice) = results
        .iter()
        .find(|result: &&Graded| !names.insert(&result.name))
    {
        return Err(format!(
            "{}: {} has two results. Take one of the two lines out of it.",
            path.display(),
            twice.name
        ));
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

/// Checks one submission. Whatever it does, there is a result; but nothing where it is
/// not in time, and has tries `left`.
///
/// # Errors
///
/// What the run itself could not do.
fn graded(
    submission: &Submission,
    entries: &[Entry],
    plan: &Plan,
    left: u32,
) -> Result<Option<Graded>, String> {
    let started = Instant::now();
    let mut source = None;
    let report = match &submission.target {
        Target::Url(url) => {
            check(url, entries, &plan.settings).map_err(Failure::Submission)
        }
        Target::Folder(folder, start) => {
            source = Some(hash(folder)?);
            let start = start.as_deref();
            project(folder, start)
                .and_then(|project| folder_report(&project, start, entries, plan))
        }
    };
    let target = match &submission.target {
        Target::Url(url) => url.clone(),
        Target::Folder(folder, _) => folder.display().to_string(),
    };
    let after = match &submission.target {
        Target::Url(_) => None,
        Target::Folder(folder, _) => {
            // Whoever goes on must be able to look what is there.
            open_up(std::slice::from_ref(folder));
            let left = hash(folder).ok();
            left.filter(|left| Some(left) != source.as_ref())
        }
    };
    let (report, error) = match report {
        // What others did may have made it slow.
        Ok(report) if report.lacks_answers() && plan.jobs > 1 && left > 0 => {
            return Ok(None);
        }
        Ok(mut report) => {
            as_text(&mut report);
            plan.course.mark(&mut report);
            (Some(report), None)
        }
        Err(Failure::Late(_)) if left > 0 => return Ok(None),
        Err(Failure::Late(error)) => (None, Some(tries(error, plan.retries))),
        Err(Failure::Submission(error)) => (None, Some(error)),
        Err(Failure::Run(why)) => return Err(why),
    };
    Ok(Some(Graded {
        account: submission.account.clone(),
        attempt: submission.attempt,
        error,
        left: after,
        name: submission.name.clone(),
        report,
        seconds: seconds(started.elapsed()),
        source,
        submitted: submission.submitted.as_ref().map(|at| at.text().to_owned()),
        target,
    }))
}

/// Has what a server said be text, and of a length that a class can have.
fn as_text(report: &mut Report) {
    let text = |said: &mut String| *said = plain(&cut(said, SAID));
    report.ended.iter_mut().for_each(text);
    for check in &mut report.checks {
        check.response = plain(&check.response);
        if let Outcome::Failed(findings) = &mut check.outcome {
            for finding in findings {
                text(&mut finding.expected);
                text(&mut finding.actual);
                finding.note.iter_mut().for_each(text);
            }
        }
    }
}

/// Why it was too late, and how often it had the time.
fn tries(error: String, retries: u32) -> String {
    match retries {
        0 => error,
        _ => format!("{}\nIt was tried {} times.", error.trim_end(), retries + 1),
    }
}

fn folder_report(
    folder: &Path,
    start: Option<&str>,
    entries: &[Entry],
    plan: &Plan,
) -> Result<Report, Failure> {
    // It must outlive the server.
    let own = match (start, &plan.shelf) {
        (Some(_), _) => None,
        (None, Some(shelf)) => Some(shelf.own()?),
        (None, None) => {
            return Err(Failure::Run("Nothing can be built in this run.".into()));
        }
    };
    let mut folders = vec![folder];
    folders.extend(own.as_ref().map(Folder::path));
    let disk = Disk::new(&folders, plan.disk).map_err(Failure::Run)?;
    let report = report_within(&disk, own.as_ref(), folder, start, entries, plan);
    disk.give_back();
    report
}

/// The report of a submission that may write so much.
fn report_within(
    disk: &Disk,
    own: Option<&Folder>,
    folder: &Path,
    start: Option<&str>,
    entries: &[Entry],
    plan: &Plan,
) -> Result<Report, Failure> {
    let program = match start {
        Some(line) => Program::Line(line.to_owned()),
        None => {
            let how = Build {
                time: plan.build,
                bounds: Bounds {
                    memory: Some(plan.build_memory),
                    disk: Some(disk.clone()),
                },
                target: own.map(Folder::path),
                sandbox: plan.allowance.sandbox.as_ref(),
                shelf: plan.shelf.as_ref().map(Shelf::path),
            };
            Program::File(build(folder, &how)?.program)
        }
    };
    let allowance = Allowance {
        disk: Some(disk.clone()),
        ..plan.allowance.clone()
    };
    // Where its author finds it, and not where it will listen.
    let port = starter::port_of(folder).unwrap_or(starter::PORT);
    let url = format!("http://127.0.0.1:{port}");
    let server = Running::start(&program, folder, 0, &allowance)?;
    let server = Rc::new(RefCell::new(server));
    let names = &mut Names::new();
    let checked = check_subject(server.clone(), &url, entries, &plan.settings, names);
    let stopped = server.borrow_mut().stopped();
    let mut report = checked.map_err(|error| {
        let why = stopped.clone().unwrap_or_default();
        Failure::Submission(format!("{error}{why}"))
    })?;
    if let Some(why) = stopped {
        let ended = report.ended.get_or_insert_default();
        *ended = format!("{ended} The server did not stay up.{why}")
            .trim()
            .to_owned();
    }
    Ok(report)
}

/// The SHA-256 of a folder: of each file's path and content, in the paths' order. Of what
/// is longer than so many bytes in all the lengths count, and not what is in it: a file
/// with a hole has any length.
fn hash(folder: &Path) -> Result<String, String> {
    // What a link leads to is not what was handed in.
    let found = below(folder)?.into_iter();
    let files = found.filter_map(|(path, kind)| kind.is_file().then_some(path));
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    let mut hash = Sha256::new();
    let mut left = LONG;
    for path in files {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy();
        let failed = |error: io::Error| format!("{}: {error}", path.display());
        let file = File::open(&path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        hash.update(format!("{}:{name}{length}:", name.len()));
        if length <= left {
            left -= length;
            io::copy(&mut file.take(length), &mut hash).map_err(failed)?;
        }
    }
    Ok(format!("{:x}", hash.finalize()))
}
