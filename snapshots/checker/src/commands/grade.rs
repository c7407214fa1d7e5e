//! `grade` and `merge`: a whole class.

use super::check::{Bounds, select};
use super::print;
use checker::class::{self, Plan, Weights};
use checker::lesson;
use checker::repository::{exchanges, root};
use checker::submission::Allowance;
use clap::Args;
use exchange::format::library;
use serde_json::Value;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What `grade` is asked for.
#[derive(Args)]
pub struct Grade {
    /// A folder in which each folder is a submission, or a CSV file with the
    /// columns name, target (a URL or a folder) and, if need be, start
    class: PathBuf,
    /// Lessons or exchanges; all when none is named
    lessons: Vec<String>,
    /// Where the results and the reports go
    #[arg(long, value_name = "DIR", default_value = "grades")]
    out: PathBuf,
    /// Go on with the results that are there
    #[arg(long)]
    resume: bool,
    /// How many are graded at once
    #[arg(long, value_name = "N", default_value_t = jobs())]
    jobs: usize,
    /// Grade the Ith of N parts of the class; `merge` puts the parts together
    #[arg(long, value_name = "I/N", value_parser = part)]
    shard: Option<(usize, usize)>,
    /// A CSV file with the columns lesson and weight
    #[arg(long, value_name = "FILE")]
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
    /// The most memory of each of a server's processes, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 4096)]
    memory: u64,
    /// Start servers without bubblewrap, even where it is there
    #[arg(long)]
    no_sandbox: bool,
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
    /// A CSV file with the columns lesson and weight
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
}

fn jobs() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
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
    let class = match command.shard {
        Some((index, count)) => class::shard(class, index, count),
        None => class,
    };
    let old = class::results(&command.out)?;
    if !old.is_empty() && !command.resume {
        return Err(format!(
            "{}: there are {} results already. Go on with them: --resume. Or name another \
             folder: --out DIR",
            command.out.display(),
            old.len()
        ));
    }
    let entries = library::entries(&exchanges())
        .map_err(|error| format!("{}: {error}", exchanges().display()))?;
    let entries = select(entries, &command.lessons)?;
    let weights = weights(command.weights.as_ref())?;
    let sandbox = sandbox(command);
    let plan = Plan {
        settings: command.bounds.settings(),
        allowance: Allowance {
            start: Duration::from_secs(command.start_timeout),
            memory: Some(command.memory),
            sandbox,
        },
        build: Duration::from_secs(command.build_timeout),
        target: root().join("target"),
        jobs: command.jobs,
        out: command.out.clone(),
    };
    let all = class.len();
    let lessons = lesson::slugs(&root())?;
    let results = class::grade(&class, &entries, &plan, &|result, count| {
        progress(result, count, all, &lessons, &weights);
    })?;
    if io::stderr().is_terminal() {
        eprintln!();
    }
    finish(&results, &weights, &command.out)
}

/// Puts the parts of a class together. True when all passed.
pub fn merge(command: &Merge) -> Result<bool, String> {
    let mut all: Vec<Value> = Vec::new();
    for part in &command.parts {
        let results = class::results(part)?;
        if results.is_empty() {
            return Err(format!("{}: there are no results in it.", part.display()));
        }
        all.extend(results);
    }
    let name = |result: &Value| result["name"].as_str().unwrap_or_default().to_owned();
    all.sort_by_key(name);
    if let Some(twice) = all.windows(2).find(|pair| name(&pair[0]) == name(&pair[1])) {
        return Err(format!(
            "{} has results in two of the parts.",
            name(&twice[0])
        ));
    }
    finish(&all, &weights(command.weights.as_ref())?, &command.out)
}

fn weights(file: Option<&PathBuf>) -> Result<Weights, String> {
    let Some(file) = file else {
        return Ok(Weights::new());
    };
    class::weights(file, &lesson::slugs(&root())?)
}

/// Whether servers are started in bubblewrap; says so where they are not.
fn sandbox(command: &Grade) -> bool {
    if command.no_sandbox {
        return false;
    }
    let works = Command::new("bwrap")
        .args(["--ro-bind", "/", "/", "--unshare-pid", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        eprintln!(
            "bubblewrap (bwrap) is not here or may not be used. The submissions run as you do, \
             and can read and write what you can. Grade in a container, or a machine, that has \
             nothing to lose."
        );
    }
    works
}

/// One line for each result, or one line that changes, in a terminal.
fn progress(
    result: &Value,
    count: usize,
    all: usize,
    lessons: &[String],
    weights: &Weights,
) {
    let name = result["name"].as_str().unwrap_or_default();
    let total = (class::total(result, lessons, weights) * 100.0).round();
    let error = if result["error"].is_null() {
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
    results: &[Value],
    weights: &Weights,
    out: &std::path::Path,
) -> Result<bool, String> {
    class::publish(results, weights, out)?;
    let lessons = class::lessons(results);
    let passed = |result: &&Value| class::total(result, &lessons, weights) >= 1.0;
    let all_pass = results.iter().filter(passed).count();
    let errors = results
        .iter()
        .filter(|result| !result["error"].is_null())
        .count();
    print(&format!(
        "{} submissions: {all_pass} pass everything, {errors} could not be checked.\n\
         {}\n",
        results.len(),
        out.join("class.html").display()
    ));
    Ok(all_pass == results.len())
}
