//! Grades a class: checks each submission, writes down each result as it
//! comes, and makes the reports of all of them.

use crate::check::{Report, Settings, check};
use crate::report;
use crate::submission::{Allowance, Build, Program, Running, build};
use exchange::format::library::Entry;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The file in which each result is a line of JSON.
const RESULTS: &str = "results.jsonl";

/// One reader's server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The reader's name, which no other has.
    pub name: String,
    /// Where it is.
    pub target: Target,
}

/// Where a submission is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// It runs already.
    Url(String),
    /// A folder, and the line that starts what is in it; none is `cargo run`.
    Folder(PathBuf, Option<String>),
}

/// Reads a class: a folder in which each folder is a submission, or a CSV file
/// with the columns `name` and `target`, and `start` if need be. A target is a
/// URL or a folder, as seen from the file. `start` is the line for those that
/// have none of their own.
///
/// # Errors
///
/// The file and the line that can't be read, a name that comes twice, a class
/// without anybody in it.
pub fn roster(path: &Path, start: Option<&str>) -> Result<Vec<Submission>, String> {
    let mut class = match path.is_dir() {
        true => folders(path, start)?,
        false => table(path, start)?,
    };
    if class.is_empty() {
        return Err(format!("{}: there is no submission in it.", path.display()));
    }
    class.sort_by(|one, other| one.name.cmp(&other.name));
    if let Some(twice) = class.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(format!(
            "{}: the name {} comes twice.",
            path.display(),
            twice[0].name
        ));
    }
    Ok(class)
}

fn folders(path: &Path, start: Option<&str>) -> Result<Vec<Submission>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut class = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let folder = entry.map_err(failed)?.path();
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if folder.is_dir() && !name.starts_with('.') {
            class.push(Submission {
                name,
                target: Target::Folder(folder, start.map(str::to_owned)),
            });
        }
    }
    Ok(class)
}

fn table(path: &Path, start: Option<&str>) -> Result<Vec<Submission>, String> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let headers = reader
        .headers()
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let column = |name: &str| headers.iter().position(|header| header == name);
    let (Some(name), Some(target)) = (column("name"), column("target")) else {
        return Err(format!(
            "{}:1: the first line must name the columns: name,target or name,target,start",
            path.display()
        ));
    };
    let starts = column("start");
    let base = path.parent().unwrap_or(Path::new("."));
    let mut class = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("{}: {error}", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(column).filter(|text| !text.is_empty());
        let (Some(name), Some(target)) = (field(name), field(target)) else {
            return Err(format!(
                "{}:{line}: a name or a target is missing.",
                path.display()
            ));
        };
        let target = match target.contains("://") {
            true => Target::Url(target.to_owned()),
            false => {
                let own = starts.and_then(field).or(start);
                Target::Folder(base.join(target), own.map(str::to_owned))
            }
        };
        class.push(Submission {
            name: name.to_owned(),
            target,
        });
    }
    Ok(class)
}

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
    done: &(dyn Fn(&Value, usize) + Sync),
) -> Result<Vec<Value>, String> {
    fs::create_dir_all(&plan.out)
        .map_err(|error| format!("{}: {error}", plan.out.display()))?;
    let mut results = results(&plan.out)?;
    let known: HashSet<String> = results
        .iter()
        .map(|result| name_of(result).to_owned())
        .collect();
    let mut waiting: Vec<&Submission> = class
        .iter()
        .filter(|submission| !known.contains(&submission.name))
        .collect();
    waiting.reverse();
    let waiting = Mutex::new(waiting);
    let file = Mutex::new(append(&plan.out.join(RESULTS))?);
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
                    let line = format!("{result}\n");
                    let written = {
                        let mut file = lock(&file);
                        file.write_all(line.as_bytes())
                            .and_then(|()| file.sync_data())
                    };
                    if let Err(error) = written {
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
    results.sort_by(|one, other| name_of(one).cmp(name_of(other)));
    Ok(results)
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The results that a folder has. A last line that a crash cut is not one.
///
/// # Errors
///
/// A file that is there and can't be read.
pub fn results(out: &Path) -> Result<Vec<Value>, String> {
    let path = out.join(RESULTS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text =
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    let values = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(values.filter(|value| value["name"].is_string()).collect())
}

fn name_of(result: &Value) -> &str {
    result["name"].as_str().unwrap_or_default()
}

/// Opens the results for more; what a crash cut is ended first.
fn append(path: &Path) -> Result<File, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
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

/// Checks one submission. Whatever it does, there is a result.
fn graded(
    submission: &Submission,
    entries: &[Entry],
    plan: &Plan,
    builds: &Mutex<()>,
) -> Value {
    let started = Instant::now();
    let report = match &submission.target {
        Target::Url(url) => check(url, entries, &plan.settings),
        Target::Folder(folder, start) => {
            folder_report(folder, start.as_deref(), entries, plan, builds)
        }
    };
    let seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
    let target = match &submission.target {
        Target::Url(url) => url.clone(),
        Target::Folder(folder, _) => folder.display().to_string(),
    };
    let (report, error) = match report {
        Ok(report) => (Some(report::value(&report)), None),
        Err(error) => (None, Some(error)),
    };
    json!({
        "name": submission.name,
        "target": target,
        "seconds": seconds,
        "error": error,
        "report": report,
    })
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

/// What each lesson weighs; 1 where it is not named.
pub type Weights = BTreeMap<String, f64>;

/// Reads weights: a CSV file with the columns `lesson` and `weight`.
///
/// # Errors
///
/// The file, and the line that has no lesson and no number.
pub fn weights(path: &Path, lessons: &[String]) -> Result<Weights, String> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    let mut weights = Weights::new();
    for record in reader.records() {
        let record = record.map_err(|error| format!("{}: {error}", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let lesson = record.get(0).unwrap_or_default().to_owned();
        let weight = record.get(1).and_then(|text| text.parse().ok());
        let weight = weight.filter(|weight: &f64| weight.is_finite() && *weight >= 0.0);
        match weight {
            Some(weight) if lessons.contains(&lesson) => weights.insert(lesson, weight),
            Some(_) => {
                return Err(format!(
                    "{}:{line}: there is no lesson {lesson}.",
                    path.display()
                ));
            }
            None => {
                return Err(format!(
                    "{}:{line}: write a lesson and a weight, as flash,2",
                    path.display()
                ));
            }
        };
    }
    Ok(weights)
}

/// A submission's part of a lesson that it passes, from 0 to 1; nothing where
/// the lesson was not asked for.
pub fn score(result: &Value, lesson: &str) -> Option<f64> {
    let Some(checks) = result["report"]["checks"].as_array() else {
        return Some(0.0);
    };
    let counted = checks
        .iter()
        .filter(|check| check["lesson"] == lesson && check["counts"] == true);
    let (passed, all) = counted.fold((0.0, 0.0), |(passed, all), check| {
        (passed + f64::from(check["result"] == "passed"), all + 1.0)
    });
    (all > 0.0).then(|| passed / all)
}

/// The mean of a submission's lessons, by their weights, from 0 to 1.
pub fn total(result: &Value, lessons: &[String], weights: &Weights) -> f64 {
    let weight = |lesson: &String| weights.get(lesson).copied().unwrap_or(1.0);
    let scores = lessons
        .iter()
        .filter_map(|lesson| Some((score(result, lesson)?, weight(lesson))));
    let (sum, all) = scores.fold((0.0, 0.0), |(sum, all), (score, weight)| {
        (sum + score * weight, all + weight)
    });
    if all > 0.0 { sum / all } else { 0.0 }
}

/// One mistake, and all who made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// What is wrong, in a sentence.
    pub headline: String,
    /// One hint.
    pub help: String,
    /// The exchanges and steps that found it.
    pub places: Vec<String>,
    /// Who made it.
    pub names: Vec<String>,
}

/// The mistakes of a class, the most frequent first, so that one comment serves
/// all who made one: the first fault of each exchange, since others may follow
/// from it.
pub fn mistakes(results: &[Value]) -> Vec<Mistake> {
    let mut found: BTreeMap<String, Mistake> = BTreeMap::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for result in results {
        let checks = result["report"]["checks"].as_array().into_iter().flatten();
        let mut exchanges: HashSet<&str> = HashSet::new();
        for check in checks.filter(|check| check["result"] == "failed") {
            if !exchanges.insert(check["exchange"].as_str().unwrap_or_default()) {
                continue;
            }
            let fault = &check["faults"][0];
            let mistake =
                found
                    .entry(text(&fault["kind"]))
                    .or_insert_with(|| Mistake {
                        headline: text(&fault["headline"]),
                        help: text(&fault["help"]),
                        places: Vec::new(),
                        names: Vec::new(),
                    });
            let place = format!("{}, step {}", text(&check["exchange"]), check["step"]);
            if !mistake.places.contains(&place) {
                mistake.places.push(place);
            }
            if mistake.names.last().map(String::as_str) != Some(name_of(result)) {
                mistake.names.push(name_of(result).to_owned());
            }
        }
    }
    let mut mistakes: Vec<Mistake> = found.into_values().collect();
    for mistake in &mut mistakes {
        mistake.places.sort();
    }
    mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.names.len()));
    mistakes
}

/// The lessons that the results are about, in the order of their checks.
pub fn lessons(results: &[Value]) -> Vec<String> {
    let mut lessons: Vec<String> = Vec::new();
    for check in results
        .iter()
        .flat_map(|result| result["report"]["checks"].as_array().into_iter().flatten())
    {
        let lesson = check["lesson"].as_str().unwrap_or_default();
        if !lessons.iter().any(|known| known == lesson) {
            lessons.push(lesson.to_owned());
        }
    }
    lessons
}

/// Writes the class's reports into `out`: `class.html`, `gradebook.csv`,
/// `junit.xml`, `class.json`, and for each submission a page and Gradescope's
/// `results.json` in `submissions/<name>/`.
///
/// # Errors
///
/// The file that can't be written.
pub fn publish(results: &[Value], weights: &Weights, out: &Path) -> Result<(), String> {
    let lessons = lessons(results);
    let write = |path: PathBuf, text: String| {
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text))
            .map_err(|error| format!("{}: {error}", path.display()))
    };
    write(
        out.join("class.html"),
        report::class_page(results, &lessons, weights),
    )?;
    write(
        out.join("gradebook.csv"),
        gradebook(results, &lessons, weights),
    )?;
    write(out.join("junit.xml"), report::class_junit(results))?;
    write(out.join("class.json"), class(results, &lessons, weights))?;
    for result in results {
        let folder = out.join("submissions").join(file_name(name_of(result)));
        write(folder.join("report.html"), report::submission_page(result))?;
        write(
            folder.join("results.json"),
            gradescope(result, &lessons, weights),
        )?;
    }
    Ok(())
}

/// A name as a file's: another name never gives the same one.
pub fn file_name(name: &str) -> String {
    let mut safe = String::new();
    for byte in name.bytes() {
        match byte.is_ascii_alphanumeric()
            || byte == b'-'
            || (byte == b'.' && !safe.is_empty())
        {
            true => safe.push(char::from(byte)),
            false => safe += &format!("_{byte:02x}"),
        }
    }
    safe
}

fn points(score: f64) -> String {
    format!("{:.1}", score * 100.0)
}

fn gradebook(results: &[Value], lessons: &[String], weights: &Weights) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["name".to_owned(), "total".to_owned()];
    header.extend(lessons.iter().cloned());
    header.push("error".to_owned());
    // Writing into memory does not fail.
    let _ = writer.write_record(&header);
    for result in results {
        let mut row = vec![
            report::safe(name_of(result)),
            points(total(result, lessons, weights)),
        ];
        row.extend(
            lessons
                .iter()
                .map(|lesson| score(result, lesson).map(points).unwrap_or_default()),
        );
        let error = result["error"].as_str().unwrap_or_default();
        row.push(report::safe(error.lines().next().unwrap_or_default()));
        let _ = writer.write_record(&row);
    }
    String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).into_owned()
}

fn class(results: &[Value], lessons: &[String], weights: &Weights) -> String {
    let submissions: Vec<Value> = results
        .iter()
        .map(|result| {
            let mut scores = Map::new();
            for lesson in lessons {
                scores.insert(lesson.clone(), json!(score(result, lesson)));
            }
            json!({
                "name": result["name"],
                "total": total(result, lessons, weights),
                "lessons": scores,
                "error": result["error"],
                "report": result["report"],
            })
        })
        .collect();
    let class = json!({ "version": 1, "lessons": lessons, "submissions": submissions });
    format!("{class:#}\n")
}

/// Gradescope's `results.json`
/// (<https://gradescope-autograders.readthedocs.io/en/latest/specs/>): 100
/// points, a test for each lesson.
fn gradescope(result: &Value, lessons: &[String], weights: &Weights) -> String {
    let weight = |lesson: &String| weights.get(lesson).copied().unwrap_or(1.0);
    let all: f64 = lessons.iter().map(weight).sum();
    let tests: Vec<Value> = lessons
        .iter()
        .map(|lesson| {
            let most = if all > 0.0 {
                100.0 * weight(lesson) / all
            } else {
                0.0
            };
            let score = score(result, lesson).unwrap_or(0.0);
            json!({
                "name": lesson,
                "score": (score * most * 100.0).round() / 100.0,
                "max_score": (most * 100.0).round() / 100.0,
                "status": if score >= 1.0 { "passed" } else { "failed" },
                "output": output(result, lesson),
                "visibility": "visible",
            })
        })
        .collect();
    let results = json!({
        "score": (total(result, lessons, weights) * 10_000.0).round() / 100.0,
        "execution_time": result["seconds"].as_f64().unwrap_or(0.0).round() as u64,
        "output": result["error"].as_str().unwrap_or_default(),
        "visibility": "visible",
        "tests": tests,
    });
    format!("{results:#}\n")
}

/// What failed of a lesson, for its author.
fn output(result: &Value, lesson: &str) -> String {
    let checks = result["report"]["checks"].as_array().into_iter().flatten();
    let failed =
        checks.filter(|check| check["lesson"] == lesson && check["result"] == "failed");
    let texts = failed.map(|check| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let fault = &check["faults"][0];
        format!(
            "{}, step {}: {}\n{}\nexpected: {}\ncame: {}\nHint: {}\n",
            text(&check["exchange"]),
            check["step"],
            text(&check["name"]),
            text(&fault["headline"]),
            text(&fault["expected"]),
            text(&fault["actual"]),
            text(&fault["help"]),
        )
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// The part `index` of `count` of a class, counted from 1: every `count`th, so
/// that the parts have nearly the same length.
pub fn shard(class: Vec<Submission>, index: usize, count: usize) -> Vec<Submission> {
    class.into_iter().skip(index - 1).step_by(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(name: &str, checks: &[(&str, &str, bool)]) -> Value {
        let checks: Vec<Value> = checks
            .iter()
            .map(|(lesson, result, counts)| {
                json!({ "lesson": lesson, "exchange": "x/y", "step": 1, "result": result, "counts": counts,
                        "faults": [{ "kind": "forgotten", "headline": "Lost.", "help": "Look." }] })
            })
            .collect();
        json!({ "name": name, "error": null, "seconds": 1.0, "report": { "checks": checks } })
    }

    #[test]
    fn a_lesson_has_partial_credit_and_what_is_excused_counts_for_nothing() {
        let ada = result(
            "ada",
            &[
                ("flash", "passed", true),
                ("flash", "failed", true),
                ("flash", "skipped", true),
                ("flash", "skipped", false),
                ("flash", "passed", true),
                ("session", "passed", true),
            ],
        );
        assert_eq!(score(&ada, "flash"), Some(0.5));
        assert_eq!(score(&ada, "login"), None);
        let lessons = lessons(std::slice::from_ref(&ada));
        assert_eq!(total(&ada, &lessons, &Weights::new()), 0.75);
        let weights = Weights::from([("flash".to_owned(), 3.0)]);
        assert_eq!(total(&ada, &lessons, &weights), 0.625);
    }

    #[test]
    fn a_submission_that_gave_no_report_has_no_points() {
        let none =
            json!({ "name": "bob", "error": "It does not compile.", "report": null });
        assert_eq!(total(&none, &["flash".to_owned()], &Weights::new()), 0.0);
    }

    #[test]
    fn the_same_mistake_is_one_mistake() {
        let results = [
            result(
                "ada",
                &[("flash", "failed", true), ("flash", "failed", true)],
            ),
            result("bob", &[("flash", "failed", true)]),
        ];
        let mistakes = mistakes(&results);
        assert_eq!(mistakes.len(), 1);
        assert_eq!(mistakes[0].names, ["ada", "bob"]);
    }

    #[test]
    fn the_parts_of_a_class_are_the_class() {
        let class: Vec<Submission> = (0..10)
            .map(|number| Submission {
                name: number.to_string(),
                target: Target::Url(String::new()),
            })
            .collect();
        let mut parts: Vec<Submission> = (1..=4)
            .flat_map(|index| shard(class.clone(), index, 4))
            .collect();
        parts.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(parts, class);
    }

    #[test]
    fn names_never_meet_as_files_and_never_leave_their_folder() {
        for name in ["..", "a/b", "a b", "ä", "", ".hidden"] {
            let file = file_name(name);
            assert!(
                !file.contains('/') && !file.starts_with('.'),
                "{name}: {file}"
            );
        }
        assert_ne!(file_name("a b"), file_name("a_20b"));
    }
}
