//! A class: a hundred submissions, some of which hang, don't compile or pour.

// Submissions are started by `sh`.
#![cfg(unix)]

use checker::class::Graded;
use checker::lesson::{Peer, of_peer};
use checker::repository::root;
use checker::submission::{Allowance, Program, Running};
use serde_json::Value;
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// An empty folder of its own for each test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("grade-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A copy of the command, so that what it leaves behind is found by its path.
fn program(folder: &Path) -> PathBuf {
    let program = folder.join("snapshots");
    fs::copy(env!("CARGO_BIN_EXE_snapshots"), &program).expect("a copy");
    program
}

fn run(program: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    output.expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a server may use that nobody bounds.
fn allowance() -> Allowance {
    Allowance {
        start: Duration::from_secs(20),
        memory: None,
        disk: None,
        sandbox: None,
        clean: false,
        has_our_key: false,
    }
}

#[test]
fn a_server_that_prints_more_than_is_kept_is_told_so() {
    let line = Program::Line("head -c 40000000 /dev/zero".into());
    let started = Running::start(&line, &folder("prints"), 0, &allowance());
    let why = started.err().map(|why| why.to_string()).unwrap_or_default();
    assert!(why.contains("It printed 32 MiB, and"), "{why:.200}");
}

#[test]
fn a_server_that_ends_is_told_with_its_status_and_its_last_lines() {
    let folder = folder("ends");
    let program = Path::new(env!("CARGO_BIN_EXE_snapshots"));
    let made = Command::new("mkfifo").arg(folder.join("end")).status();
    assert!(made.is_ok_and(|made| made.success()));
    let line = format!(
        "'{}' gallery 1 --port \"$PORT\" & read -r _ <end; kill $!; echo 'out of cheese'; exit 3",
        program.display()
    );
    let line = Program::Line(line);
    let mut server = Running::start(&line, &folder, 0, &allowance()).unwrap();
    assert_eq!(server.stopped(), None);
    fs::write(folder.join("end"), "now\n").unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    let why = loop {
        match server.stopped() {
            Some(why) => break why,
            None if Instant::now() > deadline => panic!("it is still up"),
            None => thread::sleep(Duration::from_millis(20)),
        }
    };
    let begin = " It ended by itself (exit status: 3).\n";
    assert!(
        why.starts_with(begin) && why.ends_with("out of cheese"),
        "{why}"
    );
}

#[test]
fn a_class_is_taken_as_a_platform_hands_it_out() {
    let folder = folder("platform");
    let program = Path::new(env!("CARGO_BIN_EXE_snapshots"));
    let class = folder.join("class");
    for path in ["dora/project/__MACOSX", "dora/__MACOSX", "eve", "__MACOSX"] {
        fs::create_dir_all(class.join(path)).unwrap();
    }
    fs::write(class.join("dora/project/server.sh"), "exec \"$0\"").unwrap();
    let (out, class_text) = (folder.join("out"), class.display().to_string());
    let start = format!(
        "cat server.sh >&2 && exec '{}' gallery 1 --port \"$PORT\"",
        program.display()
    );
    let out = out.display().to_string();
    let words = [
        "grade",
        &class_text,
        "--out",
        &out,
        "--start",
        &start,
        "--unsafe-no-sandbox",
        "no-memory",
    ];
    let graded = run(program, &words);
    let said = text(&graded.stdout) + &text(&graded.stderr);
    let results = fs::read_to_string(folder.join("out/results.jsonl")).expect(&said);
    assert_eq!(results.lines().count(), 2, "{said}");
    let dora = results
        .lines()
        .find(|line| line.contains("\"dora\""))
        .unwrap();
    assert!(dora.contains("\"error\":null"), "{dora:.300}");

    fs::write(class.join("finn.zip"), "").unwrap();
    let refused = run(program, &words);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.contains("finn.zip: still packed. Unpack"), "{said}");
}

/// What the command says of a class that is graded into `out`, and how it ends.
fn graded(class: &Path, out: &Path, more: &[&str]) -> (String, Option<i32>) {
    let program = Path::new(env!("CARGO_BIN_EXE_snapshots"));
    let start = format!(
        "exec '{}' gallery right --port \"$PORT\"",
        program.display()
    );
    let (class, out) = (class.display().to_string(), out.display().to_string());
    let mut words = vec!["grade", &class, "--out", &out, "--start", &start];
    words.push("--unsafe-no-sandbox");
    words.extend(more);
    let output = run(program, &words);
    let said = text(&output.stdout) + &text(&output.stderr);
    (said, output.status.code())
}

/// A class of two, each with a file.
fn two(folder: &Path) -> PathBuf {
    let class = folder.join("class");
    for name in ["ada", "bob"] {
        fs::create_dir_all(class.join(name)).unwrap();
        fs::write(class.join(name).join("notes.txt"), "1").unwrap();
    }
    class
}

#[test]
fn results_are_gone_on_with_by_what_they_were_graded_with_and_nothing_else() {
    let folder = folder("terms");
    let (class, out) = (two(&folder), folder.join("out"));
    assert_eq!(graded(&class, &out, &["no-memory"]).1, Some(0));
    let (said, code) = graded(&class, &out, &["redirects", "--resume"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("Name the lessons that were: no-memory."),
        "{said}"
    );
    let (said, code) = graded(&class, &out, &["redirects", "--only", "ada"]);
    assert_eq!(
        (code, said.contains("other exchanges")),
        (Some(2), true),
        "{said}"
    );

    fs::rename(class.join("bob"), class.join("eve")).unwrap();
    let (said, code) = graded(&class, &out, &["no-memory", "--resume"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("bob has a result there and is not in this class"),
        "{said}"
    );
}

#[test]
fn a_class_that_was_graded_with_a_course_is_merged_with_one() {
    let folder = folder("course");
    let (class, out) = (two(&folder), folder.join("out"));
    let course = folder.join("my-course");
    fs::create_dir_all(&course).unwrap();
    fs::write(course.join("course.toml"), "[weights]\nredirects = 3\n").unwrap();
    let named = course.display().to_string();
    let lessons = ["no-memory", "redirects", "--exchanges", &named];
    assert_eq!(graded(&class, &out, &lessons).1, Some(0));
    let program = Path::new(env!("CARGO_BIN_EXE_snapshots"));
    let place = out.display().to_string();
    let merged = run(program, &["merge", &place, "--out", &place]);
    assert_eq!(merged.status.code(), Some(2));
    let said = text(&merged.stderr);
    let words = format!("were graded with --exchanges {named}. Say so here, too.");
    assert!(said.contains(&words), "{said}");
    let merged = ["merge", &place, "--out", &place, "--exchanges", &named];
    assert_eq!(run(program, &merged).status.code(), Some(0));
    let (said, code) = graded(&class, &out, &["no-memory", "redirects", "--resume"]);
    assert_eq!(
        (code, said.contains("Say so here, too")),
        (Some(2), true),
        "{said}"
    );
    fs::write(course.join("course.toml"), "[weights]\nredirects = 2\n").unwrap();
    let (said, code) = graded(&class, &out, &[&lessons[..], &["--resume"]].concat());
    assert_eq!(code, Some(2));
    assert!(said.contains("were graded with the weights"), "{said}");
}

#[test]
fn a_run_does_not_go_on_where_it_cannot_read_what_was_graded_with() {
    let folder = folder("unreadable-terms");
    let (class, out) = (two(&folder), folder.join("out"));
    assert_eq!(graded(&class, &out, &["no-memory"]).1, Some(0));
    fs::write(out.join("graded-with.json"), "{").unwrap();
    let (said, code) = graded(&class, &out, &["no-memory", "--resume"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("graded-with.json: EOF"), "{said}");
}

#[test]
fn a_source_that_has_changed_since_is_graded_again() {
    let folder = folder("changed");
    let (class, out) = (two(&folder), folder.join("out"));
    assert_eq!(graded(&class, &out, &["no-memory"]).1, Some(0));
    let sources = || -> Vec<String> {
        let results = fs::read_to_string(out.join("results.jsonl")).unwrap();
        let results = results.lines().map(|line| {
            let result: Value = serde_json::from_str(line).unwrap();
            format!("{} {}", result["name"], result["source"])
        });
        let mut results: Vec<String> = results.collect();
        results.sort();
        results
    };
    let before = sources();
    fs::write(class.join("bob/notes.txt"), "2").unwrap();
    let (said, _) = graded(&class, &out, &["no-memory", "--resume"]);
    assert!(
        said.contains("Handed in anew since, and graded again: bob."),
        "{said}"
    );
    let after = sources();
    assert_eq!((after.len(), &after[0]), (2, &before[0]));
    assert_ne!(after[1], before[1]);
}

#[test]
fn one_grades_into_a_folder_at_a_time() {
    let folder = folder("alone");
    let (class, out) = (two(&folder), folder.join("out"));
    let alone = checker::class::alone(&out).unwrap();
    let (said, code) = graded(&class, &out, &["no-memory"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("another `grade` writes there now"), "{said}");
    drop(alone);
    assert_eq!(graded(&class, &out, &["no-memory"]).1, Some(0));
}

/// A server that does this with each connection.
fn server(act: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || act(stream));
        }
    });
    url
}

fn hang(_stream: TcpStream) {
    thread::sleep(Duration::from_secs(60));
}

fn pour(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 1024]);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
    while stream.write_all(&[b'x'; 65536]).is_ok() {}
}

/// What two submissions run until they are ended, as nobody else on this machine
/// does: they are looked for by it.
fn endless() -> [String; 2] {
    let own = std::process::id();
    [
        format!("sleep {}", 1_000_000 + u64::from(own)),
        format!("yes all work and no play for {own}"),
    ]
}

/// 85 servers of the gallery, 5 that hang, 5 that don't compile, 5 that pour.
fn class(folder: &Path, program: &Path) -> PathBuf {
    let mut roster = String::from("name,target,start\n");
    fs::create_dir_all(folder.join("empty")).expect("a folder");
    let program = program.display();
    for number in 0..85 {
        let exhibit = if number < 40 {
            "right".to_owned()
        } else {
            (number - 39).to_string()
        };
        roster += &format!(
            "reader-{number:02},empty,exec '{program}' gallery {exhibit} --port $PORT\n"
        );
    }
    let (hanging, pouring) = (server(hang), server(pour));
    let [sleep, print] = endless();
    for number in 0..3 {
        roster += &format!("sleeps-{number},empty,{sleep}\n");
        roster += &format!("pours-{number},{pouring},\n");
    }
    for number in 0..2 {
        roster += &format!("hangs-{number},{hanging},\n");
        roster += &format!("prints-{number},empty,{print}\n");
    }
    for number in 0..5 {
        let name = format!("broken-{number}");
        let package = folder.join(&name);
        fs::create_dir_all(package.join("src")).expect("a folder");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n"
        );
        fs::write(package.join("Cargo.toml"), manifest).expect("a manifest");
        fs::write(package.join("src/main.rs"), "fn main() { not Rust }\n")
            .expect("a program");
        roster += &format!("{name},{name},\n");
    }
    let path = folder.join("roster.csv");
    fs::write(&path, roster).expect("a roster");
    path
}

const BOUNDS: [&str; 9] = [
    "--timeout",
    "3",
    "--start-timeout",
    "6",
    "--jobs",
    "4",
    "--retries",
    "0",
    "--unsafe-no-sandbox",
];

fn results(out: &Path) -> Vec<Value> {
    let text = fs::read_to_string(out.join("results.jsonl")).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn gradebook(out: &Path) -> String {
    fs::read_to_string(out.join("gradebook.csv")).expect("a gradebook")
}

/// The processes that were started with `words` in their command.
fn left_over(words: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = std::process::id().to_string();
    processes
        .filter(|process| {
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line)
                .replace('\0', " ")
                .contains(words)
        })
        .map(|process| process.file_name().to_string_lossy().into_owned())
        .filter(|id| *id != own)
        .collect()
}

/// Ends what a command that was killed could not.
fn sweep(program: &Path) {
    let path = program.to_string_lossy().into_owned();
    for words in endless().into_iter().chain([path]) {
        for id in left_over(&words) {
            let kill = format!("kill -s KILL {id}");
            let _ = Command::new("sh")
                .args(["-c", &kill])
                .stderr(Stdio::null())
                .status();
        }
    }
}

#[test]
fn a_hundred_are_graded_resumed_after_a_kill_and_merged_from_parts() {
    let folder = folder("hundred");
    let program = program(&folder);
    let roster = class(&folder, &program);
    let roster = roster.to_string_lossy();
    let lessons = of_peer(&root(), Peer::Gallery).expect("the lessons");

    // In one go.
    let whole = folder.join("whole");
    let mut arguments = vec!["grade", &roster, "--out"];
    let out = whole.to_string_lossy().into_owned();
    arguments.push(&out);
    arguments.extend(lessons.iter().map(String::as_str));
    arguments.extend(BOUNDS);
    let output = run(&program, &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(
        said.starts_with(
            "100 submissions: 40 pass everything, 10 could not be checked."
        ),
        "{said}"
    );
    let book = gradebook(&whole);
    assert_eq!(book.lines().count(), 101);
    for line in book.lines().skip(1) {
        let is_bad = ["sleeps", "pours", "hangs", "prints", "broken"]
            .iter()
            .any(|bad| line.starts_with(bad));
        assert_eq!(line.split(',').nth(1) == Some("0.0"), is_bad, "{line}");
    }

    // Killed in the middle, and resumed.
    let killed = folder.join("killed");
    let out = killed.to_string_lossy().into_owned();
    let mut arguments = vec!["grade", &roster, "--out", &out];
    arguments.extend(lessons.iter().map(String::as_str));
    arguments.extend(BOUNDS);
    let temporary = folder.join("temporary");
    fs::create_dir_all(&temporary).expect("a folder");
    let mut child = Command::new(&program)
        .args(&arguments)
        .env("TMPDIR", &temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the command runs");
    let deadline = Instant::now() + Duration::from_secs(60);
    while results(&killed).len() < 20 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let files = fs::read_dir(&temporary).expect("a folder").flatten();
    let files: Vec<OsString> = files.map(|file| file.file_name()).collect();
    assert!(files.is_empty(), "the killed command left {files:?}");
    let before = results(&killed);
    assert!(
        (20..100).contains(&before.len()),
        "{} results",
        before.len()
    );
    // What a crash may leave: half a line.
    let mut file = fs::File::options()
        .append(true)
        .open(killed.join("results.jsonl"))
        .expect("results");
    file.write_all(b"{\"name\":\"reader-0").expect("written");
    let again = run(&program, &arguments);
    assert_eq!(
        again.status.code(),
        Some(2),
        "without --resume nothing is touched"
    );
    assert!(
        text(&again.stderr).contains("--resume"),
        "{}",
        text(&again.stderr)
    );
    arguments.push("--resume");
    let resumed = run(&program, &arguments);
    assert_eq!(resumed.status.code(), Some(1), "{}", text(&resumed.stderr));
    let after = results(&killed);
    assert_eq!(after[..before.len()], before[..], "what was there stays");
    assert_eq!(after.len(), 100, "and nothing is graded twice");
    assert_eq!(gradebook(&killed), book);
    sweep(&program);

    // In four parts.
    let mut merge = vec!["merge".to_owned()];
    for part in 1..=4 {
        let out = folder
            .join(format!("part-{part}"))
            .to_string_lossy()
            .into_owned();
        let shard = format!("{part}/4");
        let mut arguments = vec!["grade", &roster, "--out", &out, "--shard", &shard];
        arguments.extend(lessons.iter().map(String::as_str));
        arguments.extend(BOUNDS);
        let output = run(&program, &arguments);
        assert!(
            text(&output.stdout).starts_with("25 submissions"),
            "{}",
            text(&output.stdout)
        );
        merge.push(out);
    }
    let merged = folder.join("merged");
    merge.extend(["--out".to_owned(), merged.to_string_lossy().into_owned()]);
    let merge: Vec<&str> = merge.iter().map(String::as_str).collect();
    let output = run(&program, &merge);
    assert_eq!(text(&output.stdout).lines().next(), said.lines().next());
    assert_eq!(gradebook(&merged), book);
    let mistakes = |out: &Path| {
        let page = fs::read_to_string(out.join("class.html")).expect("a page");
        page.split("The same mistakes").nth(1).map(str::to_owned)
    };
    assert_eq!(mistakes(&merged), mistakes(&whole));

    // Nothing that was started is left.
    assert_eq!(left_over(&program.to_string_lossy()), Vec::<String>::new());
}

/// A class of three that run already.
fn small(folder: &Path) -> PathBuf {
    use checker::gallery::{self, EXHIBITS};
    let never_set = EXHIBITS
        .iter()
        .find(|exhibit| exhibit.name == "cookie-never-set");
    assert!(never_set.is_some());
    let mut roster = String::from("name,target\n");
    for (name, exhibit) in [
        ("Ada", None),
        ("=Grace", never_set),
        ("../Eve, the <b>", never_set),
    ] {
        let address = gallery::start(exhibit, 0).expect("a free port");
        roster += &format!("\"{name}\",http://{}\n", address);
    }
    let path = folder.join("roster.csv");
    fs::write(&path, roster).expect("a roster");
    path
}

#[test]
fn each_report_has_the_class_and_no_name_leaves_its_folder() {
    let folder = folder("reports");
    let roster = small(&folder);
    let out = folder.join("out");
    let weights = folder.join("weights.csv");
    fs::write(&weights, "lesson,weight\nflash,3\nredirects,0\n").expect("weights");
    let (class, to) = (roster.to_string_lossy(), out.to_string_lossy());
    let weights = weights.to_string_lossy();
    let lessons = of_peer(&root(), Peer::Gallery).expect("the lessons");
    let mut arguments = vec!["grade", &class, "--out", &to, "--weights", &weights];
    arguments.extend(lessons.iter().map(String::as_str));
    let output = run(Path::new(env!("CARGO_BIN_EXE_snapshots")), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let read = |path: &str| {
        fs::read_to_string(out.join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    };

    let book = read("gradebook.csv");
    assert!(book.contains("\nAda,100.0,"), "{book}");
    assert!(book.contains("\n'=Grace,"), "a formula stays text: {book}");

    let page = read("class.html");
    assert!(
        !page.contains("the <b>") && page.contains("the &lt;b&gt;"),
        "{page}"
    );
    assert!(
        page.contains("2 submissions</span>"),
        "the same mistake is one: {page}"
    );

    let submissions = fs::read_dir(out.join("submissions"))
        .expect("a folder")
        .count();
    assert_eq!(submissions, 3);
    assert!(!folder.join("Eve").exists());

    let gradescope: Value =
        serde_json::from_str(&read("submissions/Ada/results.json")).expect("JSON");
    assert_eq!(gradescope["score"], 100.0);
    let most: f64 = gradescope["tests"]
        .as_array()
        .expect("tests")
        .iter()
        .map(|test| test["max_score"].as_f64().expect("a number"))
        .sum();
    assert!((most - 100.0).abs() < 0.1, "{most}");

    let junit = read("junit.xml");
    assert!(
        junit.contains("<testsuite name=\"Ada\"")
            && junit.contains("type=\"no-cookie\""),
        "{junit}"
    );
    let class: Value = serde_json::from_str(&read("class.json")).expect("JSON");
    assert_eq!(class["submissions"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_reports_of_a_class_are_what_they_were() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/class");
    let out = folder("golden");
    let (part, to) = (golden.to_string_lossy(), out.to_string_lossy());
    let program = Path::new(env!("CARGO_BIN_EXE_snapshots"));
    let output = run(program, &["merge", &part, "--out", &to]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    for (path, wanted) in [
        ("junit.xml", "junit.xml"),
        ("gradebook.csv", "gradebook.csv"),
        ("submissions/Grace/results.json", "gradescope.json"),
    ] {
        let read = |path: PathBuf| fs::read_to_string(path).expect("a file");
        assert_eq!(read(out.join(path)), read(golden.join(wanted)), "{path}");
    }
}

#[test]
fn a_line_of_the_results_that_is_read_is_written_as_it_was() {
    let lines = include_str!("golden/class/results.jsonl");
    for line in lines.lines() {
        let result: Graded = serde_json::from_str(line).expect("a result");
        let written = serde_json::to_string(&result).expect("JSON");
        assert_eq!(written, line);
    }
}

#[test]
fn what_is_wrong_with_a_class_is_named_with_file_and_line() {
    let folder = folder("errors");
    let program = Path::new(env!("CARGO_BIN_EXE_snapshots"));
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let out = folder.join("out").to_string_lossy().into_owned();
    let roster = write("good.csv", "name,target\nada,http://127.0.0.1:1\n");
    let empty = folder.join("nobody");
    let missing = folder.join("no-such-part");
    fs::create_dir_all(&empty).expect("a folder");
    let blank = folder.join("blank");
    fs::create_dir_all(blank.join("ada ")).expect("a folder");
    // Of a version that knows a fault more.
    let strange = folder.join("strange");
    fs::create_dir_all(&strange).expect("a folder");
    let lines = include_str!("golden/class/results.jsonl");
    write(
        "strange/results.jsonl",
        &lines.replace("\"message-again\"", "\"evil\""),
    );
    for (arguments, words) in [
        (vec!["grade", "/nowhere"], "/nowhere: "),
        (
            vec!["grade", &empty.to_string_lossy()],
            "there is no submission in it",
        ),
        (
            vec!["grade", &write("columns.csv", "reader,url\n")],
            "columns.csv:1: the first line must name the columns",
        ),
        (
            vec!["grade", &write("gap.csv", "name,target\nada,x\nbob,\n")],
            "gap.csv:3: a name or a target is missing",
        ),
        (
            vec!["grade", &write("twice.csv", "name,target\nada,x\nada,y\n")],
            "the name ada comes twice",
        ),
        (
            vec![
                "grade",
                &write("case.csv", "name,target\nada,x\nbob,z\nAda,y\n"),
            ],
            "case.csv: Ada and ada are one name where a disk does not tell the cases apart",
        ),
        (
            vec!["grade", &blank.to_string_lossy()],
            "blank: the name `ada ` begins or ends with a blank",
        ),
        (vec!["grade", &roster, "--shard", "5/4"], "from 1/4 to 4/4"),
        (
            vec![
                "grade",
                &roster,
                "--weights",
                &write("w.csv", "lesson,weight\nflash,much\n"),
            ],
            "w.csv:2: write a lesson and a weight",
        ),
        (
            vec![
                "grade",
                &roster,
                "--weights",
                &write("v.csv", "lesson,weight\nflsh,1\n"),
            ],
            "v.csv:2: there is no lesson flsh",
        ),
        (vec!["grade", &roster, "flsh"], "Did you mean `flash`?"),
        (
            vec!["merge", &missing.to_string_lossy()],
            "there is no such folder",
        ),
        (
            vec!["merge", &strange.to_string_lossy()],
            "results.jsonl:2: unknown variant `evil`",
        ),
    ] {
        let mut all = arguments.clone();
        all.extend(["--out", &out]);
        let output = run(program, &all);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(words), "{arguments:?}: {error}");
    }
    let nobody = run(program, &["grade", &roster, "--out", &out]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(
        text(&nobody.stdout).contains("1 could not be checked"),
        "{}",
        text(&nobody.stdout)
    );
}

#[test]
fn a_project_goes_on_where_it_was_and_finds_a_book_that_was_moved() {
    let folder = folder("goes-on");
    let program = Path::new(env!("CARGO_BIN_EXE_snapshots"));
    let mine = folder.join("my-server");
    let project = mine.to_str().unwrap();
    assert_eq!(run(program, &["new", project]).status.code(), Some(0));
    let written = mine.join("src/lessons/no_memory.rs");
    fs::write(&written, "// Written.\n").unwrap();
    let config = mine.join(".cargo/config.toml");
    let wanted = fs::read_to_string(&config).unwrap();
    fs::write(&config, "[build]\ntarget-dir = \"/gone\"\n").unwrap();
    let output = run(program, &["new", project]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("The next lesson is session"), "{said}");
    assert_eq!(fs::read_to_string(&written).unwrap(), "// Written.\n");
    assert_eq!(fs::read_to_string(&config).unwrap(), wanted);
}

#[test]
fn a_project_is_written_once_and_never_over_another() {
    let folder = folder("new");
    let program = Path::new(env!("CARGO_BIN_EXE_snapshots"));
    let mine = folder.join("my-server").to_string_lossy().into_owned();
    assert_eq!(run(program, &["new", &mine]).status.code(), Some(0));
    assert!(Path::new(&mine).join("src/lessons/flash.rs").is_file());
    let full = folder.join("full");
    fs::create_dir_all(full.join("a-folder")).unwrap();
    for (arguments, words) in [
        (
            vec!["new", full.to_str().unwrap()],
            "nothing is overwritten",
        ),
        (vec!["new", &format!("{mine}/7")], "starts with a letter"),
        (
            vec!["new", &format!("{mine}-2"), "--lesson", "flsh"],
            "These are: no-memory",
        ),
        (
            vec!["watch", &folder.to_string_lossy()],
            "there is no Cargo.toml",
        ),
    ] {
        let output = run(program, &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&output.stderr).contains(words),
            "{}",
            text(&output.stderr)
        );
    }
}
