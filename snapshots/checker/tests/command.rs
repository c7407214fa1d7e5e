//! The command itself: each format, each error, its exit codes. What changes
//! from run to run is written down the same each time, in `normal`.

mod harness;

use harness::server;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn command(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_snapshots"))
        .args(arguments)
        .env_remove("NO_COLOR")
        .output()
        .expect("the command runs")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

/// A line that links a page, as it is where no server of the book runs.
fn as_not_served(line: &str) -> String {
    let link = line.strip_prefix("    Read  http://");
    match link.and_then(|link| link.split_once("/book/")) {
        Some((_, page)) => {
            let page = page.trim_end_matches(" (cargo run)");
            format!("    Read  http://127.0.0.1:8000/book/{page} (cargo run)")
        }
        None => line.to_owned(),
    }
}

/// The text with what changes written the same each time.
fn normal(bytes: &[u8], url: &str) -> String {
    // A page has its slashes escaped.
    let escaped = url.replace('/', "&#x2f;");
    let text = String::from_utf8_lossy(bytes).replace(url, "http://server");
    let text = text.replace(&escaped, "http://server");
    let text = text.replace(env!("CARGO_MANIFEST_DIR"), "snapshots");
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = match line.split_once("\"seconds\": ") {
            Some((before, _)) => format!("{before}\"seconds\": 0,"),
            None => as_not_served(line),
        };
        lines.push(without_names(&line));
    }
    lines.join("\n")
}

/// The line with a session's random name, 32 hexadecimal digits, as `…`.
fn without_names(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("sid=") {
        let digits = after.bytes().take_while(u8::is_ascii_hexdigit).count();
        text += before;
        text += "sid=…";
        rest = &after[digits..];
    }
    text + rest
}

fn golden(name: &str, exhibit: &str, arguments: &[&str], wanted: i32) {
    let url = server(exhibit);
    let mut all = vec!["check", &url];
    all.extend(arguments);
    let output = command(&all);
    let text = normal(&output.stdout, &url);
    assert_eq!(code(&output), wanted, "{text}");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_right_server_passes_and_the_exit_code_is_0() {
    golden("passes", "right", &["session"], 0);
}

#[test]
fn a_failure_teaches() {
    golden(
        "fails",
        "session-in-a-variable",
        &["session/one-browser-each", "session/remembered"],
        1,
    );
}

#[test]
fn quiet_says_only_what_failed() {
    golden("quiet", "flash-shown-twice", &["flash", "--quiet"], 1);
}

#[test]
fn exact_compares_each_line() {
    golden("exact", "right", &["redirects/old-home", "--exact"], 1);
}

#[test]
fn json_is_what_a_program_reads() {
    golden(
        "json",
        "flash-shown-twice",
        &["flash/shown-once", "--format", "json"],
        1,
    );
}

#[test]
fn junit_is_what_a_ci_server_reads() {
    let url = server("flash-shown-twice");
    let output = command(&[
        "check",
        &url,
        "flash/shown-once",
        "flash/forged",
        "--format",
        "junit",
    ]);
    assert_eq!(code(&output), 1);
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("junit", normal(&output.stdout, &url));
    });
}

#[test]
fn csv_is_what_a_spreadsheet_reads() {
    golden(
        "csv",
        "flash-shown-twice",
        &["flash/shown-once", "session/typed", "--format", "csv"],
        1,
    );
}

#[test]
fn html_is_a_page_of_its_own() {
    golden(
        "html",
        "flash-not-escaped",
        &["flash/forged", "flash/shown-once", "--format", "html"],
        1,
    );
}

#[test]
fn a_failure_links_to_where_the_book_is_served() {
    let url = server("flash-shown-twice");
    let file = checker::repository::root().join("target/book.address");
    let before = std::fs::read(&file).ok();
    let book = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", book.local_addr().unwrap());
    std::fs::write(&file, &origin).unwrap();
    let read = || {
        let output = command(&["check", &url, "flash/shown-once", "--quiet"]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let served = read();
    drop(book);
    let gone = read();
    let _ = match before {
        Some(before) => std::fs::write(&file, before),
        None => std::fs::remove_file(&file),
    };
    let page = "/book/flash.html#exchange-flash-shown-once";
    assert!(
        served.contains(&format!("Read  {origin}{page}\n")),
        "{served}"
    );
    let by_itself = format!("Read  http://127.0.0.1:8000{page} (cargo run)\n");
    assert!(gone.contains(&by_itself), "{gone}");
}

/// The page about the checks includes this file. It is written anew with
/// `INSTA_UPDATE=always`, as the snapshots are.
#[test]
fn the_failure_that_the_book_shows_is_what_the_command_says() {
    let url = server("cookie-readable-by-scripts");
    let output = command(&["check", &url, "session/one-browser-each", "--quiet"]);
    let text = normal(&output.stdout, &url)
        .replace("http://server", "http://127.0.0.1:8001")
        + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/failure.txt");
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        std::fs::write(path, &text).expect("the file is written");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text);
}

#[test]
fn the_json_report_is_as_its_schema_says() {
    let text = include_str!("../report.schema.json");
    let schema: Value = serde_json::from_str(text).expect("the schema is JSON");
    let course = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/course");
    for (exhibit, more) in [
        ("right", &[][..]),
        ("session-in-a-variable", &[]),
        ("cookie-too-large", &[]),
        ("notes-saved-twice", &["note-taking", "--exchanges", course]),
    ] {
        let url = server(exhibit);
        let arguments = ["check", &url, "--format", "json"];
        let output = command(&[&arguments[..], more].concat());
        let report: Value =
            serde_json::from_slice(&output.stdout).expect("the report is JSON");
        let mut faults = Vec::new();
        validate(&report, &schema, &schema, "report", &mut faults);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

/// As much of JSON Schema as the schema uses.
fn validate(
    value: &Value,
    schema: &Value,
    root: &Value,
    place: &str,
    faults: &mut Vec<String>,
) {
    let schema = match schema["$ref"].as_str() {
        Some(path) => root
            .pointer(path.trim_start_matches('#'))
            .expect("a definition"),
        None => schema,
    };
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the schema has a type {other}"),
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !kinds.iter().any(|kind| is(kind)) {
        faults.push(format!("{place} is {value}, and not {kinds:?}"));
    }
    if let Some(known) = schema["enum"].as_array()
        && !known.contains(value)
    {
        faults.push(format!("{place} is {value}, and none of {known:?}"));
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().expect("a name");
            if !object.contains_key(name) {
                faults.push(format!("{place} lacks {name}"));
            }
        }
        for (name, value) in object {
            match &schema["properties"][name] {
                Value::Null => {
                    faults.push(format!("the schema does not know {place}.{name}"))
                }
                schema => {
                    validate(value, schema, root, &format!("{place}.{name}"), faults)
                }
            }
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        validate(
            item,
            &schema["items"],
            root,
            &format!("{place}[{index}]"),
            faults,
        );
    }
}

/// What it says on an error, and that it exits with 2.
fn error(arguments: &[&str]) -> String {
    let output = command(arguments);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), 2, "{text}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    text
}

#[test]
fn nothing_checked_is_2_and_says_what_to_do() {
    let url = server("right");
    for (arguments, words) in [
        (vec!["check", "http://127.0.0.1:1"], "nobody listens there"),
        (vec!["check", "https://127.0.0.1"], "TLS is not spoken here"),
        (vec!["check", "8001"], "write it as http://127.0.0.1:8001"),
        (vec!["check", &url, "flsh"], "Did you mean `flash`?"),
        (
            vec!["check", &url, "flash/shown-one"],
            "Did you mean `flash/shown-once`?",
        ),
        (
            vec!["check", &url, "flash", "--output", "/nowhere/report"],
            "/nowhere/report: ",
        ),
        (vec!["check", &url, "--time", "0"], "more than 0"),
        (
            vec!["check", &url, "--timeout", "soon"],
            "a number of seconds",
        ),
        (vec!["check", &url, "--format", "pdf"], "possible values"),
        (vec!["check"], "required"),
        (vec!["chek"], "unrecognized subcommand"),
        (vec![], "Usage"),
        (vec!["gallery", "99"], "from 1 to"),
    ] {
        let text = error(&arguments);
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
}

#[test]
fn a_taken_port_of_the_gallery_is_one_clear_line() {
    let url = server("right");
    let port = url.rsplit(':').next().expect("a port");
    let text = error(&["gallery", "1", "--port", port]);
    assert!(text.contains("another port with --port."), "{text}");
}

#[test]
fn list_names_the_exchanges_and_plays_none() {
    for arguments in [
        vec!["check", "--list", "redirects"],
        vec!["check", "http://127.0.0.1:1", "--list", "redirects"],
    ] {
        let output = command(&arguments);
        assert_eq!(code(&output), 0);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            text.lines().count() == 5 && text.contains("redirects/old-home\n"),
            "{text}"
        );
    }
}

#[test]
fn a_report_goes_to_a_file_and_has_no_colors_there() {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("report.txt");
    let url = server("flash-never-shown");
    let output =
        command(&["check", &url, "flash", "--output", &file.to_string_lossy()]);
    assert_eq!(code(&output), 1);
    assert!(output.stdout.is_empty());
    let text = std::fs::read_to_string(&file).expect("the report");
    assert!(
        text.contains("The message is not shown.") && !text.contains('\u{1b}'),
        "{text}"
    );
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let url = server("right");
    let mut child = Command::new(env!("CARGO_BIN_EXE_snapshots"))
        .args(["check", &url, "session"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    // What `| head -0` does: nobody reads.
    drop(child.stdout.take());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_gallery_keeps_its_names_to_itself_until_it_is_asked() {
    let text = |arguments: &[&str]| {
        String::from_utf8_lossy(&command(arguments).stdout).into_owned()
    };
    assert!(!text(&["gallery"]).contains("flash"));
    assert!(
        text(&["gallery", "--spoil"])
            .contains("flash-shown-twice, caught by flash/shown-once")
    );
}

#[test]
fn what_a_reset_kept_is_still_said_after_the_build_it_causes() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reset");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src/lessons")).unwrap();
    fs::write(folder.join("Cargo.toml"), "").unwrap();
    fs::write(folder.join("src/lessons/flash.rs"), "mine").unwrap();
    let mut watch = Command::new(env!("CARGO_BIN_EXE_snapshots"))
        .args(["watch", &folder.to_string_lossy(), "flash"])
        // A build that fails at once.
        .env("CARGO", "false")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut keys = watch.stdin.take().unwrap();
    keys.write_all(b"r flash\nl\nq\n").unwrap();
    drop(keys);
    let output = watch.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let (_, after) = said.rsplit_once("Building …").expect("a build");
    // Once: it is over when the next thing is shown.
    let notice = "flash.rs is as it was at first. Yours is ";
    assert_eq!(after.matches(notice).count(), 1, "{said}");
    let kept = fs::read_to_string(folder.join("src/lessons/flash.rs.kept-1"));
    assert_eq!(kept.unwrap(), "mine");
}

/// A project's folder that is not there yet.
fn no_project(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

/// The lessons' files of a project, by name.
fn lessons_of(project: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(project.join("src/lessons")).expect("lessons");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.filter(|path| path.is_file()).map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy();
        (name.into_owned(), fs::read_to_string(&path).expect("text"))
    });
    files.collect()
}

#[test]
fn a_solved_project_has_every_lesson_as_the_book_has_it() {
    let project = no_project("solved");
    let output = command(&["new", &project.to_string_lossy(), "--solved"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains("todo!()"), "{said}");
    let book = lessons_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../server"));
    let without_comments = |text: &String| {
        let lines = text.lines().filter(|line| !line.contains("ANCHOR"));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let wanted = book.iter().map(|it| (it.0.clone(), without_comments(it.1)));
    assert_eq!(lessons_of(&project), wanted.collect());
}

#[test]
fn a_project_that_is_there_gets_what_it_lacks_solved_and_keeps_what_was_written() {
    let project = no_project("to-be-solved");
    let folder = project.to_string_lossy();
    assert_eq!(code(&command(&["new", &folder, "--lesson", "login"])), 0);
    let path = |name: &str| project.join("src/lessons").join(name);
    let edit = |name: &str| {
        let text = fs::read_to_string(path(name)).unwrap() + "// mine\n";
        fs::write(path(name), &text).unwrap();
        text
    };
    // One is whole, one is begun.
    let (flash, oauth) = (edit("flash.rs"), edit("oauth.rs"));
    let output = command(&["new", &folder, "--solved"]);
    let said = String::from_utf8_lossy(&output.stdout);
    let there = lessons_of(&project);
    assert!(!there["login.rs"].contains("todo!("), "{said}");
    assert!(!there["oauth.rs"].contains("todo!("), "{said}");
    assert!(!there["oauth.rs"].contains("// mine"), "{said}");
    assert_eq!(there["flash.rs"], flash);
    assert_eq!(there["oauth.rs.kept-1"], oauth);
    // What nobody has touched is kept nowhere.
    assert!(!there.contains_key("login.rs.kept-1"), "{said}");
    for line in [
        format!("{} is as the book has it.\n", path("login.rs").display()),
        format!(
            "{} is as the book has it. Yours is {}.\n",
            path("oauth.rs").display(),
            path("oauth.rs.kept-1").display()
        ),
        format!("{folder} goes on. No `todo!()` is left."),
    ] {
        assert!(said.contains(&line), "{said}");
    }
    let again = command(&["new", &folder, "--solved"]);
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(said.contains("goes on as it is. No `todo!()`"), "{said}");
    assert_eq!(lessons_of(&project), there);
}

#[test]
fn a_project_that_is_there_goes_on_with_the_lesson_that_was_asked_for() {
    let project = no_project("asked-for");
    let folder = project.to_string_lossy();
    assert_eq!(code(&command(&["new", &folder, "--lesson", "session"])), 0);
    let session = project.join("src/lessons/session.rs");
    let begun = fs::read_to_string(&session).unwrap() + "// mine\n";
    fs::write(&session, &begun).unwrap();
    let said = |arguments: &[&str]| {
        let output = command(&[&["new", &folder], arguments].concat());
        assert_eq!(code(&output), 0, "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let asked = said(&["--lesson", "flash"]);
    let file = project.join("src/lessons/flash.rs");
    let line = format!(
        "The lesson is flash: write each `todo!()` in {}.",
        file.display()
    );
    assert!(asked.contains(&line), "{asked}");
    assert!(
        asked.contains(&format!("watch {folder} flash\n")),
        "{asked}"
    );
    // Those before it are solved, but for what a reader has begun.
    let there = lessons_of(&project);
    assert!(!there["redirects.rs"].contains("todo!("), "{asked}");
    assert!(
        asked.contains("redirects.rs is as the book has it."),
        "{asked}"
    );
    assert_eq!(there["session.rs"], begun);
    assert!(there["post_redirect_get.rs"].contains("todo!("), "{asked}");

    let done = said(&["--lesson", "no-memory"]);
    assert!(done.contains("no `todo!()` is left in it"), "{done}");
    let level = said(&["--level", "guards"]);
    let line = format!("The level of {folder} is bodies, and stays so.");
    assert!(level.contains(&line), "{level}");
    let wrong = error(&["new", &folder, "--lesson", "flsh"]);
    assert!(wrong.contains("There is no lesson `flsh`."), "{wrong}");
}

#[test]
fn a_server_of_the_gallery_says_where_it_is_and_ends_with_its_input() {
    let mut gallery = Command::new(env!("CARGO_BIN_EXE_snapshots"))
        .args(["gallery", "1", "--port", "0", "--until-stdin-ends"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let stdout = gallery.stdout.take().expect("a pipe");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    // As the book's server reads it.
    assert!(line.contains(" listens at http://127.0.0.1:"), "{line}");
    assert!(gallery.try_wait().expect("a child").is_none());
    drop(gallery.stdin.take());
    assert!(gallery.wait().expect("it ends").success());
}
