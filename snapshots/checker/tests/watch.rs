//! What `watch` says of a reader's server: that all is done only where all was played,
//! and passed. The server is one of the gallery's, which a cargo of the test's own
//! "builds".

#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

const ALL: &str = "All that was asked for passes.";

/// All want the one port of a reader's server.
static PORT: Mutex<()> = Mutex::new(());

/// A project with these files, and a server of the gallery for its program.
struct Project(PathBuf);

impl Project {
    fn of(name: &str, exhibit: &str) -> Project {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
            .join("watch")
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src/lessons")).expect("a folder");
        let project = Project(folder);
        project.write("Cargo.toml", "");
        project.serve(exhibit);
        let server = project.0.join("server");
        let message = format!("{{\"executable\":\"{}\"}}", server.display());
        project.program("cargo", &format!("echo '{message}'\n"));
        project
    }

    fn serve(&self, exhibit: &str) {
        let snapshots = env!("CARGO_BIN_EXE_snapshots");
        self.program(
            "server",
            &format!("exec {snapshots} gallery {exhibit} --port \"$PORT\"\n"),
        );
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.0.join(path), text).expect("a file");
    }

    fn program(&self, name: &str, text: &str) {
        self.write(name, &format!("#!/bin/sh\n{text}"));
        let all = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.0.join(name), all).expect("a program");
    }

    /// The exit code of one round, and what it said.
    fn watched(&self, lessons: &[&str]) -> (i32, String) {
        let _one = PORT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let output = Command::new(env!("CARGO_BIN_EXE_snapshots"))
            .arg("watch")
            .arg(&self.0)
            .args(lessons)
            .arg("--once")
            .env("CARGO", self.0.join("cargo"))
            .env_remove("ROCKET_PORT")
            .output()
            .expect("the command runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.code().expect("an exit code"), said)
    }

    fn path(&self, path: &str) -> String {
        let path: &Path = &self.0.join(path);
        path.display().to_string()
    }
}

#[test]
fn a_lesson_is_done_when_each_of_its_exchanges_was_played() {
    let (code, said) = Project::of("whole", "right").watched(&["no-memory"]);
    assert!(said.contains(": 3 of 3 exchanges pass.\n"), "{said}");
    assert!(said.contains(ALL), "{said}");
    assert_eq!(code, 0);
}

#[test]
fn a_right_server_with_cookies_and_words_of_its_own_fails_at_nothing() {
    // The others need its key, or a restart that keeps it.
    let lessons = [
        "no-memory",
        "session",
        "redirects",
        "flash",
        "post-redirect-get",
    ];
    let (_, said) = Project::of("right", "right").watched(&lessons);
    assert!(!said.contains("✗ failed"), "{said}");
    // Nor is a step after a failed one left out.
    assert!(!said.contains("it follows on step"), "{said}");
}

#[test]
fn what_a_project_calls_its_cookies_is_known_in_the_lessons_after() {
    let project = Project::of("names", "right");
    let known =
        || fs::read_to_string(project.path(".snapshots.json")).expect("the file");
    project.watched(&["session"]);
    assert!(known().contains("\"session\": \"sid\""), "{}", known());
    project.watched(&["redirects"]);
    assert!(known().contains("\"session\": \"sid\""), "{}", known());
}

#[test]
fn a_page_whose_exchanges_pass_has_its_step_solved() {
    let project = Project::of("solved", "right");
    let (_, said) = project.watched(&["no-memory"]);
    let solved = |names| format!("\nSolved:\n  ✓ {names}: http://");
    let page = "/book/no-memory.html#your-turn\n";
    assert!(
        said.contains(&solved("Build")) && said.contains(page),
        "{said}"
    );
    // The book's own code shows nothing of its reader.
    let book = concat!(env!("CARGO_MANIFEST_DIR"), "/../../server/src/lessons");
    let code = fs::read_to_string(format!("{book}/no_memory.rs")).expect("the lesson");
    let code = code.lines().filter(|line| !line.contains("// ANCHOR"));
    let code: String = code.map(|line| format!("{line}\n")).collect();
    project.write("src/lessons/no_memory.rs", &code);
    let (_, said) = project.watched(&["no-memory"]);
    assert!(!said.contains("Solved"), "{said}");
}

#[test]
fn a_fault_that_was_in_the_code_is_mended_once_it_is_out_and_all_passes() {
    let patch = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../book/turns/no-memory-change/mend.patch"
    );
    let patch = fs::read_to_string(patch).expect("the patch");
    let side = |own: char| -> String {
        let lines = patch
            .lines()
            .skip_while(|line| !line.starts_with("@@"))
            .skip(1);
        let lines = lines.filter_map(|line| line.strip_prefix([' ', own]));
        lines.map(|line| format!("{line}\n")).collect()
    };
    let mended = "✓ Build, Break and mend: ";
    let project = Project::of("mended", "1");
    project.write("src/lessons/no_memory.rs", &side('-'));
    let (_, said) = project.watched(&["no-memory"]);
    assert!(!said.contains("Solved"), "{said}");
    project.serve("right");
    project.write("src/lessons/no_memory.rs", &side('+'));
    let (_, said) = project.watched(&["no-memory"]);
    assert!(said.contains(mended), "{said}");
    // Nothing was broken since.
    let (_, said) = project.watched(&["no-memory"]);
    assert!(!said.contains(mended), "{said}");
}

#[test]
fn the_server_has_the_port_that_the_project_says() {
    let project = Project::of("port", "1");
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    project.write("Rocket.toml", &format!("[default]\nport = {port}\n"));
    let (_, said) = project.watched(&["no-memory"]);
    assert!(
        said.contains(&format!("http://127.0.0.1:{port}/")),
        "{said}"
    );
}

#[test]
fn a_lesson_with_something_left_to_write_is_not_done() {
    let project = Project::of("left", "right");
    project.write(
        "src/lessons/no_memory.rs",
        "fn recall() {\n    todo!(\"a page\")\n}\n",
    );
    let (code, said) = project.watched(&["no-memory"]);
    assert!(!said.contains(ALL), "{said}");
    let left = project.path("src/lessons/no_memory.rs");
    assert!(said.contains(&format!("  {left}: 1 × todo!()\n")), "{said}");
    assert_eq!(code, 1);
}

#[test]
fn an_exchange_with_a_step_that_was_not_played_is_not_passed() {
    // It keeps no cookie of the name that two of the exchanges need.
    let (_, said) = Project::of("unplayed", "right").watched(&["flash"]);
    assert!(!said.contains(ALL), "{said}");
    assert!(
        said.contains(": 7 of 9 exchanges pass. 2 can't be"),
        "{said}"
    );
    assert!(
        said.contains(
            "Not played, 2 steps: the server keeps no cookie named _flash. \
             (flash/forged, flash/half-a-character)"
        ),
        "{said}"
    );
    assert!(!said.contains("--exact"), "{said}");
}

#[test]
fn where_nothing_was_played_nothing_is_shown_to_pass() {
    let (code, said) = Project::of("nothing", "right").watched(&["flash/forged"]);
    assert!(!said.contains(ALL), "{said}");
    assert!(said.contains("Name the whole lesson."), "{said}");
    assert_eq!(code, 2);
}

#[test]
fn a_project_that_begins_with_a_later_lesson_is_asked_for_nothing_of_the_ones_before() {
    let project = Project::of("later", "right");
    let facts =
        "[package.metadata.snapshots]\nlevel = \"empty\"\nfrom = \"webhooks\"\n";
    project.write("Cargo.toml", &format!("[package]\n{facts}"));
    let (_, said) = project.watched(&[]);
    assert!(said.contains("of 9 exchanges pass."), "{said}");
    assert!(!said.contains("no-memory"), "{said}");
    let (_, said) = project.watched(&["no-memory"]);
    assert!(said.contains(": 3 of 3 exchanges pass."), "{said}");
}

#[test]
fn what_the_compiler_can_not_know_of_rocket_stands_below_what_it_said() {
    let project = Project::of("explained", "right");
    let said = "error: cannot find macro `rocket_uri_macro_greet` in this scope";
    project.program("cargo", &format!("echo '{said}' >&2\nexit 101\n"));
    let (code, said) = project.watched(&["no-memory"]);
    assert!(
        said.contains("in this scope\n\nuri! finds a handler by its path"),
        "{said}"
    );
    assert_eq!(code, 1);
}

#[test]
fn what_the_compiler_warns_of_stands_below_what_came() {
    let project = Project::of("warned", "right");
    let said = "warning: unused `Result` that must be used\n  --> src/lessons/notes.rs:7:5\n   |\n\
                7  |     notes.add(text);\n\nwarning: `notes` (bin) generated 1 warning\n";
    project.write("said", said);
    let server = project.0.join("server");
    let said = project.0.join("said");
    project.program(
        "cargo",
        &format!(
            "cat '{}' >&2\necho '{{\"executable\":\"{}\"}}'\n",
            said.display(),
            server.display()
        ),
    );
    let (code, said) = project.watched(&["no-memory"]);
    let wanted = "\nThe compiler warns:\n  src/lessons/notes.rs:7:5: unused `Result` that \
                  must be used\n\n";
    assert!(said.contains(wanted), "{said}");
    assert_eq!(code, 0);
}

#[test]
fn one_round_gives_the_hint_that_nobody_can_ask_for() {
    let (_, said) = Project::of("hint", "1").watched(&["no-memory"]);
    assert!(
        said.contains("\n    Hint  What stands in brackets behind the line"),
        "{said}"
    );
}

#[test]
fn why_a_server_ended_comes_before_all_else_that_it_said() {
    let project = Project::of("ended", "right");
    project.program(
        "server",
        "echo 'Configured for debug.'\necho 'Error: Rocket failed to launch.' >&2\n\
         echo '   >> two routes collide' >&2\nexit 1\n",
    );
    let (code, said) = project.watched(&["no-memory"]);
    let begin = "The server ended by itself.\nError: Rocket failed to launch.\n   \
                 >> two routes collide\n\nAll that it said:\n";
    assert!(said.starts_with(begin), "{said}");
    assert!(said.contains("Configured for debug."), "{said}");
    assert_eq!(code, 1);
}
