//! `grade` and `merge`: a whole class.

use super::check::{Bounds, OwnExercises};
use super::entered::{self, Entered};
use super::print;
use checker::class::{
    self, Class, Gradebook, Graded, Ids, Overrides, Plan, Shelf, Submission, Target,
    Terms, Ungraded,
};
use checker::course::Course;
use checker::repository::root;
use checker::sandbox::Sandbox;
use checker::starter;
use checker::submission::{Allowance, plain};
use clap::Args;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What `grade` is asked for.
#[derive(Args)]
pub struct Grade {
    /// A folder in which each folder is a submission, or a CSV file with the
    /// columns name, target (a URL or a folder) and, if need be, start, submitted,
    /// attempt and account (what Canvas or Moodle knows the student by)
    class: PathBuf,
    /// Lessons or exchanges; all when none is named
    lessons: Vec<String>,
    /// Where the results and the reports go
    #[arg(long, value_name = "DIR", default_value = "grades")]
    out: PathBuf,
    /// Go on with the results that are there
    #[arg(long)]
    resume: bool,
    /// Grade this one again, and nobody else: the new result takes the old one's place.
    /// May be given more than once
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How often one is graded again, at the end and alone, of whom something was not in
    /// time: the build, the start or an answer
    #[arg(long, value_name = "N", default_value_t = 1)]
    retries: u32,
    /// How many are graded at once
    #[arg(long, value_name = "N", default_value_t = jobs())]
    jobs: usize,
    /// Grade the Ith of N parts of the class; `merge` puts the parts together
    #[arg(long, value_name = "I/N", value_parser = part)]
    shard: Option<(usize, usize)>,
    #[command(flatten)]
    course: OwnExercises,
    #[command(flatten)]
    entered: Entered,
    /// A CSV file with the columns lesson and weight, as before there was course.toml
    #[arg(long, value_name = "FILE", hide = true)]
    weights: Option<PathBuf>,
    /// The line that starts a submission, for `sh`; it finds its port in PORT.
    /// Without it a folder is built and run with cargo
    #[arg(long, value_name = "LINE")]
    start: Option<String>,
    /// The most time for a server to listen, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    start_timeout: u64,
    /// The most time for a build, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    build_timeout: u64,
    /// The most memory that all processes of a server may have in use, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    memory: u64,
    /// The most memory that all processes of a build may have in use, in MiB
    #[arg(long, value_name = "MIB", default_value_t = build_memory())]
    build_memory: u64,
    /// The most that a submission may write on the disk, its build included, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 4096)]
    disk: u64,
    /// A folder or file that submissions may read, beside the system's own:
    /// where Node is, for example. May be given more than once
    #[arg(long, value_name = "PATH")]
    may_read: Vec<PathBuf>,
    /// Build and start submissions without a sandbox: they can then do what you can
    #[arg(long)]
    unsafe_no_sandbox: bool,
    #[command(flatten)]
    bounds: Bounds,
}

/// What `merge` is asked for.
#[derive(Args)]
pub struct Merge {
    /// The folders that the parts' results went to
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// Where the reports of all go
    #[arg(long, value_name = "DIR", default_value = "grades")]
    out: PathBuf,
    #[command(flatten)]
    course: OwnExercises,
    #[command(flatten)]
    entered: Entered,
    /// A CSV file with the columns lesson and weight, as before there was course.toml
    #[arg(long, value_name = "FILE", hide = true)]
    weights: Option<PathBuf>,
}

fn jobs() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// cargo starts as many compilers as there are processors.
fn build_memory() -> u64 {
    4096.max(512 * jobs() as u64)
}

fn part(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/');
    let parts = parts
        .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    parts
        .filter(|(index, count)| (1..=*count).contains(index))
        .ok_or_else(|| "write it as 1/4, from 1/4 to 4/4".to_owned())
}

/// Grades a class. True when every submission was checked and passed.
pub fn run(command: &Grade) -> Result<bool, String> {
    let class = class::roster(&command.class, command.start.as_deref())?;
    let mut students: Vec<String> = class.iter().map(|it| it.name.clone()).collect();
    let class = match command.shard {
        Some((index, count)) => class::shard(class, index, count),
        None => class,
    };
    let class = only(class, command)?;
    let _alone = class::alone(&command.out)?;
    let old = class::results(&command.out)?;
    if !old.is_empty() && !command.resume && command.only.is_empty() {
        return Err(format!(
            "{}: there are {} results already. Go on with them: --resume. Grade one again: \
             --only NAME. Or name another folder: --out DIR",
            command.out.display(),
            old.len()
        ));
    }
    let course = weighed(&command.course, command.weights.as_deref())?;
    let entries = course.select(&command.lessons, true)?.played;
    course.counts(&entries)?;
    for notice in course.idle_weights(&entries) {
        eprintln!("{notice}");
    }
    let untimed = class.iter().filter(|it| it.submitted.is_none()).count();
    if let Some(notice) = course.untimed(untimed) {
        eprintln!("{notice}");
    }
    let terms = terms(&command.course, &course);
    terms.go_on(&command.out)?;
    class::fits(&old, &students, &entries, &command.out)?;
    terms.keep(&command.out)?;
    students.extend(old.iter().map(|result| result.name.clone()));
    let mut lessons = class::lessons(&old);
    for entry in &entries {
        if !lessons.contains(&entry.lesson) {
            lessons.push(entry.lesson.clone());
        }
    }
    // Before anything is played, so that a wrong line costs no time.
    let folder = std::slice::from_ref(&command.out);
    let overrides = command.entered.overrides(folder, &students, &lessons)?;
    let sandbox = match has_folders(&class) {
        true => sandbox(command)?,
        false => None,
    };
    let shelf = match needs_builds(&class) {
        true => Some(shelf()?),
        false => None,
    };
    let plan = Plan {
        settings: command.bounds.settings(),
        allowance: Allowance {
            start: Duration::from_secs(command.start_timeout),
            memory: Some(command.memory),
            disk: None,
            sandbox,
            clean: true,
            has_our_key: false,
        },
        build: Duration::from_secs(command.build_timeout),
        build_memory: command.build_memory,
        disk: command.disk,
        shelf,
        jobs: command.jobs,
        retries: command.retries,
        again: !command.only.is_empty(),
        out: command.out.clone(),
        course,
    };
    let all = class.len();
    let graded = class::grade(&class, &entries, &plan, &|result, count| {
        progress(result, count, all, &plan.course);
    })?;
    if io::stderr().is_terminal() {
        eprintln!();
    }
    let ungraded = without_mark(&graded, &plan)?;
    class::keep_ungraded(&ungraded, &command.out)?;
    let passed = finish(
        &graded.results,
        &ungraded,
        &plan.course,
        &overrides,
        &command.entered,
        folder,
        &command.out,
    )?;
    if !graded.changed.is_empty() {
        let names: Vec<String> = graded.changed.iter().map(|it| plain(it)).collect();
        print(&format!(
            "Handed in anew since, and graded again: {}.\n",
            names.join(", ")
        ));
    }
    for (name, why) in &graded.unread {
        print(&format!(
            "{} can't be read any more, and keeps the mark that was there: {}\n",
            plain(name),
            plain(why)
        ));
    }
    if graded.ungraded.is_empty() {
        return Ok(passed);
    }
    let (so, how) = match plan.again {
        false => ("has no mark", "go on with --resume"),
        true => ("keeps the mark that was there", "grade again with --only"),
    };
    let mut said = format!(
        "{} of the class could not be graded, and {so}. That is not their fault. \
         When it is mended, {how}.\n",
        graded.ungraded.len()
    );
    for Ungraded { name, why } in &graded.ungraded {
        said += &format!("  {}: {}\n", plain(name), plain(why.trim()));
    }
    Err(said.trim_end().to_owned())
}

/// Who has no mark after this run. Who is graded alone leaves the others as they were, and
/// a mark that was there stays.
fn without_mark(graded: &Class, plan: &Plan) -> Result<Vec<Ungraded>, String> {
    let mut ungraded = graded.ungraded.clone();
    if plan.again {
        let mut before = class::ungraded(&plan.out, &graded.results)?;
        before.retain(|old| !ungraded.iter().any(|new| new.name == old.name));
        ungraded.append(&mut before);
    }
    ungraded.retain(|it| !graded.results.iter().any(|old| old.name == it.name));
    ungraded.sort();
    Ok(ungraded)
}

/// Those of a class that `--only` names, by their names or their ids; all where it
/// names nobody.
fn only(class: Vec<Submission>, command: &Grade) -> Result<Vec<Submission>, String> {
    if command.only.is_empty() {
        return Ok(class);
    }
    let ids = Ids::read(std::slice::from_ref(&command.out))?;
    let mut named = Vec::new();
    for name in &command.only {
        let name = ids.name(name).unwrap_or(name);
        match class.iter().find(|submission| submission.name == name) {
            Some(submission) if named.contains(submission) => {}
            Some(submission) => named.push(submission.clone()),
            None => {
                return Err(format!(
                    "{}: there is no student `{name}` in it. Write the name as the class has it.",
                    command.class.display()
                ));
            }
        }
    }
    Ok(named)
}

fn has_folders(class: &[Submission]) -> bool {
    let mut targets = class.iter().map(|submission| &submission.target);
    targets.any(|target| matches!(target, Target::Folder(..)))
}

fn needs_builds(class: &[Submission]) -> bool {
    let mut targets = class.iter().map(|submission| &submission.target);
    targets.any(|target| matches!(target, Target::Folder(_, None)))
}

/// Builds what readers' projects depend on, once for all of them.
fn shelf() -> Result<Shelf, String> {
    let (manifest, lock) = starter::dependencies(&root(), class::SHELF)?;
    let target = root().join("target");
    Shelf::build(&target.join("graded"), &target, &manifest, &lock)
}

/// Puts the parts of a class together. True when all passed.
pub fn merge(command: &Merge) -> Result<bool, String> {
    let mut all: Vec<Graded> = Vec::new();
    for part in &command.parts {
        if !part.is_dir() {
            return Err(format!("{}: there is no such folder.", part.display()));
        }
        // A part of a small class may be empty.
        all.extend(class::results(part)?);
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(twice) = all.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(format!(
            "{} has results in two of the parts.",
            twice[0].name
        ));
    }
    let course = weighed(&command.course, command.weights.as_deref())?;
    let terms = terms(&command.course, &course);
    for part in &command.parts {
        terms.merge(part)?;
    }
    let folders = folders(command);
    let students: Vec<String> = all.iter().map(|it| it.name.clone()).collect();
    let lessons = class::lessons(&all);
    let overrides = command.entered.overrides(&folders, &students, &lessons)?;
    let mut ungraded = Vec::new();
    for part in &command.parts {
        ungraded.extend(class::ungraded(part, &all)?);
    }
    ungraded.sort();
    finish(
        &all,
        &ungraded,
        &course,
        &overrides,
        &command.entered,
        &folders,
        &command.out,
    )
}

/// The parts, and where the reports go.
fn folders(command: &Merge) -> Vec<PathBuf> {
    let mut folders = command.parts.clone();
    if !folders.iter().any(|part| is_same(part, &command.out)) {
        folders.push(command.out.clone());
    }
    folders
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|path| Some(path) == real(other))
}

/// The course, with the weights of a file where that is named.
fn weighed(own: &OwnExercises, weights: Option<&Path>) -> Result<Course, String> {
    let course = own.read()?;
    match weights {
        None => Ok(course),
        Some(file) => {
            let weights = class::weights(file, course.slugs())?;
            course.weighed(weights)
        }
    }
}

/// What marks depend on, besides the checks.
fn terms(own: &OwnExercises, course: &Course) -> Terms {
    Terms {
        exchanges: own.folder.clone(),
        weights: course.weights().clone(),
    }
}

/// The sandbox that submissions are built and started in.
///
/// # Errors
///
/// There is none, and nobody said that it may be so.
fn sandbox(command: &Grade) -> Result<Option<Sandbox>, String> {
    if command.unsafe_no_sandbox {
        eprintln!(
            "Without a sandbox the submissions run as you do, and can read and write what you can."
        );
        return Ok(None);
    }
    let sandbox = Sandbox {
        read: command.may_read.clone(),
    };
    match sandbox.works() {
        Ok(()) => Ok(Some(sandbox)),
        Err(why) => {
            let next = match Sandbox::switch() {
                Some(switch) => format!(
                    "This kernel makes no user namespace for bubblewrap (bwrap). Let it: sudo sysctl \
                     -w {switch}"
                ),
                None => "Install bubblewrap (bwrap), and let it make user namespaces."
                    .to_owned(),
            };
            Err(format!(
                "There is no sandbox: {why}\n{next}\nOr grade where there is nothing to lose, a \
                 container or a machine of its own, with --unsafe-no-sandbox."
            ))
        }
    }
}

/// One line for each result, or one line that changes, in a terminal.
fn progress(result: &Graded, count: usize, all: usize, course: &Course) {
    let name = plain(&result.name);
    // Not a hundred before it is one.
    let total =
        (class::total(result, course.slugs(), course.weights()) * 100.0).floor();
    let error = if result.error.is_none() {
        ""
    } else {
        ", not checked"
    };
    let line = format!("[{count}/{all}] {name}: {total} %{error}");
    match io::stderr().is_terminal() {
        true => {
            let done = count * 30 / all.max(1);
            let bar = format!("{}{}", "█".repeat(done), "░".repeat(30 - done));
            eprint!("\r\u{1b}[K{bar} {line}");
        }
        false => eprintln!("{line}"),
    }
}

fn finish(
    results: &[Graded],
    ungraded: &[Ungraded],
    course: &Course,
    overrides: &Overrides,
    entered: &Entered,
    folders: &[PathBuf],
    out: &Path,
) -> Result<bool, String> {
    let mut results = results.to_vec();
    if course.is_in_a_folder() {
        // Its terms may be others than those that a result was written down with.
        let reports = results.iter_mut().filter_map(|it| it.report.as_mut());
        reports.for_each(|report| course.mark(report));
    }
    let results = &results[..];
    let mut book = Gradebook::new(results, course, overrides);
    book.ungraded = ungraded.to_vec();
    match entered.anonymous {
        false => class::publish(results, &book, out)?,
        true => {
            entered::publish_by_ids(
                results, ungraded, course, overrides, folders, out,
            )?;
        }
    }
    let passed = |result: &&Graded| book.graded(result) >= 1.0;
    let all_pass = results.iter().filter(passed).count();
    let errors = results
        .iter()
        .filter(|result| result.error.is_some())
        .count();
    let no_mark = match ungraded.len() {
        0 => String::new(),
        count => format!(" {count} more have no mark."),
    };
    print(&format!(
        "{} submissions: {all_pass} pass everything, {errors} could not be checked.{no_mark}\n\
         {}\n",
        results.len(),
        out.join("class.html").display()
    ));
    for names in class::same_source(results) {
        print(&format!(
            "Of one and the same source, to the byte: {}.\n",
            plain(&names.join(", "))
        ));
    }
    entered.write(results, &book, out)?;
    Ok(all_pass == results.len() && ungraded.is_empty())
}
