//! An instructor's own exercises: how they are recorded, checked, graded and handed
//! out. `tests/course` is the course, and what the book shows of one.

mod harness;
#[path = "harness/said.rs"]
mod said;

use harness::server;
use said::{folder, said};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/course");

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A copy of the course that a test may change.
fn copied(name: &str) -> PathBuf {
    let to = folder(name);
    let lesson = Path::new("note-taking");
    fs::create_dir_all(to.join(lesson)).expect("a folder");
    let from = Path::new(COURSE);
    fs::copy(from.join("course.toml"), to.join("course.toml")).expect("a copy");
    for file in fs::read_dir(from.join(lesson)).expect("a lesson").flatten() {
        let to = to.join(lesson).join(file.file_name());
        fs::copy(file.path(), to).expect("a copy");
    }
    to
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a path")
}

#[test]
fn what_is_recorded_from_a_right_server_is_passed_by_another_one() {
    let course = copied("recorded");
    for name in ["two-notes", "as-text"] {
        let script = course.join(format!("note-taking/{name}.http"));
        let pin = script.with_extension("snap");
        let wanted = fs::read_to_string(&pin).expect("a pin");
        fs::remove_file(&pin).expect("no pin");
        said(&["record", &server("right"), path(&script)], 0);
        // What is in the course was recorded so, from another server.
        assert_eq!(fs::read_to_string(&pin).expect("a pin"), wanted);
    }
    let arguments = ["check", &server("right"), "note-taking", "--exchanges"];
    let said = said(&[&arguments[..], &[path(&course)]].concat(), 0);
    assert!(said.contains("4 passed, 0 failed, 0 skipped."), "{said}");
}

#[test]
fn what_was_recorded_can_be_compared_line_by_line() {
    let url = server("right");
    let arguments = [
        "check",
        &url,
        "note-taking",
        "--exact",
        "--exchanges",
        COURSE,
    ];
    said(&arguments, 0);
}

#[test]
fn what_is_recorded_says_what_it_asks_and_what_is_other_each_time() {
    let course = copied("review");
    let script = course.join("note-taking/two-notes.http");
    let said = said(&["record", &server("right"), path(&script), "--force"], 0);
    for words in [
        "two-notes.snap is written. Read it",
        "POST /notes with the body text=Milk: 303 to /notes, sets sid",
        "written as sealed(…): the cookie sid.",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn what_is_recorded_says_what_is_missing_in_its_lesson_and_then_how_to_check_it() {
    let course = copied("next");
    let script = course.join("note-taking/two-notes.http");
    let url = server("right");
    let list = course.join("note-taking/requirements.md");
    fs::rename(&list, course.join("away")).expect("no list");
    let missing = said(&["record", &url, path(&script), "--force"], 0);
    assert!(
        missing.contains("there is no requirements.md."),
        "{missing}"
    );
    fs::rename(course.join("away"), &list).expect("a list");
    let shown = said(&["record", &url, path(&script), "--force"], 0);
    let words = format!("check {url} note-taking/two-notes --exchanges ");
    assert!(shown.contains(&words), "{shown}");
}

/// A server that answers so, whatever it is asked; it counts its answers.
fn answering(answer: fn(usize) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for (count, mut stream) in listener.incoming().flatten().enumerate() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = write!(stream, "HTTP/1.1 {}", answer(count));
        }
    });
    url
}

/// A course with one exchange of one step, which is not recorded yet; and its script.
fn one_step(name: &str) -> (PathBuf, PathBuf) {
    let course = folder(name);
    let lesson = course.join("asked");
    fs::create_dir_all(&lesson).expect("a folder");
    for (file, text) in [
        ("lesson.toml", "title = \"Asked\"\norder = 1\n"),
        ("requirements.md", "- It answers. (first)\n"),
        ("first.http", "### It is asked\nGET /old\n"),
    ] {
        fs::write(lesson.join(file), text).expect("a file");
    }
    (course, lesson.join("first.http"))
}

/// What Flask answers to who logs in.
const SIGNED: &str = "Location: /new\r\nSet-Cookie: \
    session=eyJuYW1lIjoiQWRhIn0.aSYzGQ.Z4Hc1cXyB0ZbBvGk3m0oU5J3oXo";

#[test]
fn another_servers_own_answers_are_pinned_and_compared_as_they_came() {
    let (course, script) = one_step("own-pins");
    let flask = answering(|_| format!("302 FOUND\r\n{SIGNED}\r\n\r\n"));
    let other = answering(|_| format!("303 SEE OTHER\r\n{SIGNED}\r\n\r\n"));
    said(&["record", &flask, path(&script), "--exact"], 0);
    let pin = fs::read_to_string(script.with_extension("snap")).expect("a pin");
    for line in [
        "< 302 FOUND",
        r#"< set-cookie: session=signed({"name":"Ada"})"#,
    ] {
        assert!(pin.contains(line), "{pin}");
    }
    for (url, code) in [(flask, 0), (other, 1)] {
        let report = said(
            &["check", &url, "--exact", "--pins", path(&course), "asked"],
            code,
        );
        assert!(!report.contains("/book/"), "{report}");
    }
    let unknown = [
        "check",
        "http://127.0.0.1:9",
        "other",
        "--pins",
        path(&course),
    ];
    assert!(said(&unknown, 2).contains("there is no such exchange"));
}

#[test]
fn a_server_that_says_303_passes_what_one_that_says_302_recorded() {
    let (course, script) = one_step("meant");
    let found = answering(|_| "302 FOUND\r\nLocation: /new\r\n\r\n".to_owned());
    let shown = said(&["record", &found, path(&script)], 0);
    let words = "step 1: 303, for which 302 does, too";
    assert!(shown.contains(words), "{shown}");
    let other = answering(|_| "303 See Other\r\nLocation: /new\r\n\r\n".to_owned());
    for url in [found, other] {
        said(&["check", &url, "--exchanges", path(&course), "asked"], 0);
    }
}

#[test]
fn words_that_a_server_calls_a_page_are_compared_as_words() {
    let (course, script) = one_step("words");
    let page = answering(|_| {
        "200 OK\r\nContent-Type: text/html\r\n\r\nHello, Ada &amp; Eve!".to_owned()
    });
    let shown = said(&["record", &page, path(&script)], 0);
    let words = "step 1: plain text, which may stand in a page, too";
    assert!(shown.contains(words), "{shown}");
    let plain = answering(|_| "200 OK\r\n\r\nHello, Ada & Eve!".to_owned());
    let other = answering(|_| {
        "200 OK\r\nContent-Type: text/html\r\n\r\nHello, stranger!".to_owned()
    });
    for (url, code) in [(page, 0), (plain, 0), (other, 1)] {
        said(
            &["check", &url, "--exchanges", path(&course), "asked"],
            code,
        );
    }
}

#[test]
fn a_page_of_which_nothing_would_be_compared_is_named() {
    let (_, script) = one_step("silent");
    let page = answering(|_| {
        "200 OK\r\nContent-Type: text/html\r\n\r\n<p>Hello, Ada!</p>".to_owned()
    });
    let shown = said(&["record", &page, path(&script)], 0);
    let words = "A page of which nothing is compared: step 1.";
    assert!(shown.contains(words), "{shown}");
}

#[test]
fn what_is_recorded_says_which_cookies_no_script_may_read() {
    let script = copied("http-only").join("note-taking/two-notes.http");
    let said = said(&["record", &server("right"), path(&script), "--force"], 0);
    assert!(
        said.contains("HttpOnly where this one's is: sid in step 1."),
        "{said}"
    );
}

#[test]
fn what_no_server_can_be_held_to_is_not_recorded() {
    let folder = folder("refused");
    let counting = answering(|count| format!("200 OK\r\n\r\nAnswer {count}"));
    let right = server("right");
    let step = "### A step\nGET /greet\n";
    for (name, script, url, words) in [
        (
            "no-step.http",
            "GET /greet\n",
            &*right,
            "no-step.http:1: write `### `",
        ),
        (
            "restarted.http",
            "### A step\nGET /greet\n### Another\n# @restart\nGET /greet\n",
            &right,
            "restarted.http:3: step 2, Another, can't be recorded. `@restart`: a server that \
             runs elsewhere can't be restarted.",
        ),
        (
            "sealed.http",
            "### A step\n# @seal session=Eve\nGET /greet\n",
            &right,
            "`@seal session=Eve`: it needs the key",
        ),
        (
            "no-cookie.http",
            "### A step\n# @flip session\nGET /greet\n",
            &right,
            "no-cookie.http:1: step 1, A step, can't be recorded. the browser has no cookie",
        ),
        (
            "counted.http",
            step,
            &counting,
            "is answered otherwise when it is played again",
        ),
        (
            "nobody.http",
            step,
            "http://127.0.0.1:1",
            "nobody listens there",
        ),
        (
            "script.txt",
            step,
            &right,
            "a script's name ends with .http",
        ),
    ] {
        let script_path = folder.join(name);
        fs::write(&script_path, script).expect("a script");
        let said = said(&["record", url, path(&script_path)], 2);
        assert!(said.contains(words), "{name}: {said}");
        assert!(!script_path.with_extension("snap").exists(), "{name}");
    }
}

#[test]
fn a_pin_is_written_over_only_when_that_is_asked_for() {
    let course = copied("force");
    let script = course.join("note-taking/two-notes.http");
    let pin = script.with_extension("snap");
    fs::write(&pin, "mine").expect("a pin");
    let url = server("right");
    let refused = said(&["record", &url, path(&script)], 2);
    assert!(refused.contains("there is a pin already"), "{refused}");
    assert_eq!(fs::read_to_string(&pin).expect("a pin"), "mine");
    said(&["record", &url, path(&script), "--force"], 0);
    assert_ne!(fs::read_to_string(&pin).expect("a pin"), "mine");
}

#[test]
fn a_server_that_does_otherwise_fails_with_the_courses_hint() {
    let url = server("notes-saved-twice");
    let said = said(&["check", &url, "note-taking", "--exchanges", COURSE], 1);
    for words in [
        "✗ failed note-taking/two-notes, step 2, 4 points",
        "Hint  Where do you put the new note: before the others, or after them?",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

/// What the check of the course's lesson says in each format.
fn each_format(url: &str, code: i32) -> [(&'static str, String); 5] {
    ["terminal", "json", "junit", "html", "csv"].map(|format| {
        let check = ["check", url, "note-taking"];
        let how = ["--exchanges", COURSE, "--format", format];
        (format, said(&[&check[..], &how].concat(), code))
    })
}

#[test]
fn each_form_of_a_report_has_the_courses_hint() {
    let url = server("notes-saved-twice");
    for (format, said) in each_format(&url, 1) {
        let hint = "Where do you put the new note: before the others, or after them?";
        assert!(said.contains(hint), "{format}: {said}");
        let fault = "one was saved twice";
        assert!(
            format == "json" || !said.contains(fault),
            "{format}: {said}"
        );
    }
}

#[test]
fn the_courses_lessons_are_what_is_checked_when_none_is_named() {
    let said = said(&["check", "--list", "--exchanges", COURSE], 0);
    let lessons: Vec<&str> = said.lines().collect();
    assert_eq!(lessons[0], "session/one-browser-each");
    let rest = [
        "session/typed-too-long",
        "flash/shown-once",
        "note-taking/two-notes",
    ];
    assert_eq!(lessons[4..], rest);
}

/// What gives the hidden exercise away: its name, its caption.
const SECRETS: [&str; 2] = ["as-text", "markup"];

fn keeps_the_secret(text: &str, place: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{place} has {secret}: {text}");
    }
}

#[test]
fn a_hidden_exercise_is_neither_played_nor_named_by_a_check() {
    let url = server("notes-not-escaped");
    for (format, said) in each_format(&url, 0) {
        keeps_the_secret(&said, format);
    }
    let named = said(
        &["check", &url, "note-taking/as-text", "--exchanges", COURSE],
        2,
    );
    assert!(named.contains("There is no lesson or exchange"), "{named}");
    let asked = said(&["check", "--requirements", "--exchanges", COURSE], 0);
    keeps_the_secret(&asked, "--requirements");
}

#[test]
fn a_student_is_told_what_is_hidden_is_worth_and_when_it_is_due() {
    let url = server("right");
    let arguments = ["check", &url, "note-taking", "--exchanges", COURSE];
    let shown = said(&arguments, 0);
    let json = said(&[&arguments[..], &["--format", "json"]].concat(), 0);
    for words in [
        "1 hidden exercise, 2 points, is played when it is graded.",
        "It is due on 2026-12-04 23:59:00+01:00, ",
        "3 attempts are allowed.",
        "Questions go to room 7, on Tuesdays.",
    ] {
        assert!(shown.contains(words), "{shown}");
        assert!(json.contains(words), "{json}");
    }
}

/// The folder of a class that was graded by the course: one server is right, one
/// shows notes as markup.
fn graded(name: &str) -> PathBuf {
    let folder = folder(name);
    let roster = format!(
        "name,target,submitted,attempt\n\
         Ada,{},2026-12-04T22:00:00Z,1\n\
         Grace,{},2026-12-07T12:00:00+01:00,4\n",
        server("right"),
        server("notes-not-escaped")
    );
    fs::write(folder.join("class.csv"), roster).expect("a roster");
    let (class, out) = (folder.join("class.csv"), folder.join("out"));
    let arguments = ["grade", path(&class), "note-taking", "--exchanges", COURSE];
    said(&[&arguments[..], &["--out", path(&out)]].concat(), 1);
    out
}

fn read(folder: &Path, file: &str) -> String {
    let text = fs::read_to_string(folder.join(file));
    text.unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn a_mark_has_the_points_of_what_is_hidden() {
    let out = graded("points");
    let book = read(&out, "gradebook.csv");
    // 4 points of 6.
    assert!(book.contains("\nGrace,66.7,66.7,"), "{book}");
    assert!(book.contains("\nAda,100.0,100.0,"), "{book}");
}

#[test]
fn a_students_own_reports_say_that_a_hidden_exercise_fails_and_not_which() {
    let out = graded("concealed").join("submissions/Grace");
    let page = read(&out, "report.html");
    let gradescope: Value =
        serde_json::from_str(&read(&out, "results.json")).expect("JSON");
    keeps_the_secret(&page, "report.html");
    keeps_the_secret(&gradescope.to_string(), "results.json");
    let said = "A hidden exercise <span class=\"where\">(note-taking&#x2f;hidden-1, step 1, of an exercise of 2 points)";
    assert!(page.contains(said), "{page}");
    let test = &gradescope["tests"][0];
    assert_eq!(test["output"], "A hidden exercise, 2 points\n");
    assert_eq!(test["score"], 66.67);
}

#[test]
fn an_instructors_reports_have_the_hidden_exercise_by_its_name() {
    let out = graded("named");
    for file in ["class.html", "class.json", "junit.xml"] {
        let text = read(&out, file);
        assert!(text.contains("as-text"), "{file}: {text}");
    }
}

#[test]
fn what_is_late_or_one_attempt_too_many_is_said_and_marked_as_the_rest() {
    let out = graded("late");
    let remarks = "handed in 2 days late; attempt 4, where 3 are allowed";
    let book = read(&out, "gradebook.csv");
    let late: Vec<bool> = book.lines().map(|line| line.contains(remarks)).collect();
    assert_eq!(late, [false, false, true], "{book}");
    let page = read(&out, "class.html");
    assert!(page.contains(remarks), "{page}");
}

#[test]
fn the_parts_of_a_class_are_merged_by_the_course_they_were_graded_by() {
    let out = graded("merged");
    let to = out.join("merged");
    let arguments = ["merge", path(&out), "--exchanges", COURSE];
    said(&[&arguments[..], &["--out", path(&to)]].concat(), 1);
    assert_eq!(read(&to, "gradebook.csv"), read(&out, "gradebook.csv"));
}

#[test]
fn points_that_change_after_grading_count_when_the_reports_are_written_again() {
    let out = graded("changed");
    let course = copied("changed-course");
    let file = course.join("course.toml");
    let text = fs::read_to_string(&file).expect("a course");
    fs::write(&file, text.replace("points = 4", "points = 8")).expect("a course");
    let to = out.join("again");
    let arguments = ["merge", path(&out), "--exchanges", path(&course)];
    said(&[&arguments[..], &["--out", path(&to)]].concat(), 1);
    let book = read(&to, "gradebook.csv");
    // 8 points of 10.
    assert!(book.contains("\nGrace,80.0,80.0,"), "{book}");
}

#[test]
fn a_courses_hint_makes_a_mistake_of_its_own_in_the_class() {
    let folder = folder("hint");
    let roster = format!("name,target\nAda,{}\n", server("notes-saved-twice"));
    let (class, out) = (folder.join("class.csv"), folder.join("out"));
    fs::write(&class, roster).expect("a roster");
    let arguments = ["grade", path(&class), "note-taking", "--exchanges", COURSE];
    said(&[&arguments[..], &["--out", path(&out)]].concat(), 1);
    let hint = "Where do you put the new note";
    for file in [
        "class.html",
        "submissions/Ada/report.html",
        "submissions/Ada/results.json",
    ] {
        let text = read(&out, file);
        assert!(text.contains(hint), "{file}: {text}");
    }
}

#[test]
fn what_is_wrong_in_a_course_toml_is_named_with_its_line_and_what_may_stand_there() {
    let course = copied("broken");
    let file = course.join("course.toml");
    for (line, words) in [
        (
            "lesson = []",
            "`lesson` is not known. These may stand here: attempts, deadline",
        ),
        (
            "lessons = \"flash\"",
            "`lessons` is a list of lessons and exchanges, as [",
        ),
        (
            "lessons = []",
            "`lessons` is a list of lessons and exchanges, as [",
        ),
        (
            "lessons = [\"flsh\"]",
            "there is no lesson or exchange `flsh`. The lessons are: ",
        ),
        (
            "deadline = 2026-12-04",
            "`deadline` is a date with its time and offset, as 2026-",
        ),
        ("attempts = 0", "`attempts` is a whole number from 1 on"),
        ("attempts = \"3\"", "`attempts` is a whole number from 1 on"),
        ("notices = [1]", "`notices` is sentences, as ["),
        (
            "weights.flsh = 2",
            "there is no lesson `flsh`. The lessons are: ",
        ),
        (
            "weights.flash = -1",
            "`flash` is a number from 0 on, as 2 or 0.5",
        ),
        (
            "exchanges.flash.points = 1",
            "there is no exchange `flash`.",
        ),
        (
            "exchanges.'flash/forged'.point = 1",
            "`point` is not known. These may stand here: hidden, hint, points.",
        ),
        (
            "exchanges.'flash/forged'.points = nan",
            "`points` is a number from 0 on",
        ),
        ("exchanges.'flash/forged'.hint = ''", "`hint` is a sentence"),
        (
            "exchanges.'flash/forged'.hidden = 1",
            "`hidden` is true or false",
        ),
        ("attempts = ", "course.toml:2: "),
    ] {
        fs::write(&file, format!("# The course\n{line}\n")).expect("a course");
        let said = said(&["check", "--list", "--exchanges", path(&course)], 2);
        let place = format!("{}:2: ", path(&file));
        assert!(
            said.starts_with(&place) && said.contains(words),
            "{line}: {said}"
        );
    }
}

#[test]
fn what_is_missing_in_a_folder_is_named_with_what_to_do() {
    type Harm = fn(&Path);
    let cases: [(&str, Harm, &str); 9] = [
        (
            "no-title",
            |it| fs::remove_file(it.join("note-taking/lesson.toml")).unwrap(),
            "note-taking: there is no lesson.toml. Write it, with a title",
        ),
        (
            "no-list",
            |it| fs::remove_file(it.join("note-taking/requirements.md")).unwrap(),
            "note-taking: there is no requirements.md. Write in it what the lesson asks",
        ),
        (
            "no-pin",
            |it| fs::remove_file(it.join("note-taking/two-notes.snap")).unwrap(),
            "two-notes.http: there is no pin beside it. Record it from a right server: cargo",
        ),
        (
            "no-script",
            |it| fs::remove_file(it.join("note-taking/two-notes.http")).unwrap(),
            "two-notes.snap: there is no script beside it.",
        ),
        (
            "other-steps",
            |it| {
                let script = "### Another step\nGET /notes\n";
                fs::write(it.join("note-taking/two-notes.http"), script).unwrap();
            },
            "two-notes.snap: it has other steps than two-notes.http. Record it again: cargo",
        ),
        (
            "no-request",
            |it| fs::write(it.join("note-taking/two-notes.http"), "### A\n").unwrap(),
            "two-notes.http:1: the step has no request",
        ),
        (
            "unknown-name",
            |it| {
                let list = "- Two notes. (three-notes)\n";
                fs::write(it.join("note-taking/requirements.md"), list).unwrap();
            },
            "requirements.md:1: there is no exchange note-taking/three-notes",
        ),
        (
            "of-the-book",
            |it| fs::rename(it.join("note-taking"), it.join("flash")).unwrap(),
            "flash: the book has a lesson flash. Give the folder another name.",
        ),
        (
            "capitals",
            |it| fs::rename(it.join("note-taking"), it.join("Notes")).unwrap(),
            "Notes: a lesson's name has small letters, digits and hyphens",
        ),
    ];
    for (name, harm, words) in cases {
        let course = copied(name);
        harm(&course);
        let said = said(&["check", "--list", "--exchanges", path(&course)], 2);
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn a_folder_with_nothing_of_a_course_says_what_belongs_there() {
    let empty = folder("empty");
    let said = said(&["check", "--list", "--exchanges", path(&empty)], 2);
    assert!(
        said.contains("there is no lesson in it, and no course.toml"),
        "{said}"
    );
}

#[test]
fn weights_stand_in_one_place() {
    let folder = folder("weights");
    let (class, weights) = (folder.join("class.csv"), folder.join("weights.csv"));
    fs::write(&class, "name,target\nAda,http://127.0.0.1:1\n").expect("a roster");
    fs::write(&weights, "lesson,weight\nnote-taking,3\n").expect("weights");
    let arguments = ["grade", path(&class), "--exchanges", COURSE, "--weights"];
    let said = said(&[&arguments[..], &[path(&weights)]].concat(), 2);
    assert!(said.contains("Leave them in course.toml."), "{said}");
}

/// All that stands in the files of a folder.
fn all_of(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        all += &format!("{}\n", path.display());
        match path.is_dir() {
            true => all += &all_of(&path),
            false => all += &fs::read_to_string(&path).unwrap_or_default(),
        }
    }
    all
}

#[test]
fn a_students_project_has_the_exercises_without_what_is_hidden() {
    let project = folder("handed-out").join("my-server");
    said(&["new", path(&project), "--exchanges", COURSE], 0);
    let list = read(&project, "COURSE.md");
    assert!(
        list.contains("- A note that is saved is in the list"),
        "{list}"
    );
    keeps_the_secret(&list, "COURSE.md");
    assert!(
        list.contains("It is due on 2026-12-04 23:59:00+01:00.\n"),
        "{list}"
    );
    let given = project.join("exchanges");
    keeps_the_secret(&all_of(&given), "exchanges");
    let url = server("right");
    let said = said(
        &["check", &url, "note-taking", "--exchanges", path(&given)],
        0,
    );
    for words in [
        "two-notes, 4 steps, 4 points",
        "1 hidden exercise, 2 points",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_project_that_is_there_gets_the_course_as_it_is_now() {
    let folder = folder("goes-on");
    let project = folder.join("my-server");
    said(&["new", path(&project)], 0);
    let said = said(&["new", path(&project), "--exchanges", COURSE], 0);
    assert!(
        said.contains("COURSE.md says what your course asks"),
        "{said}"
    );
    assert!(
        project
            .join("exchanges/note-taking/two-notes.snap")
            .is_file()
    );
}

/// What `watch` lists in this project, which does not build.
fn watched(project: &Path, arguments: &[&str]) -> String {
    let mut watch = Command::new(env!("CARGO_BIN_EXE_snapshots"))
        .args(["watch", path(project)])
        .args(arguments)
        .env("CARGO", "false")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let mut keys = watch.stdin.take().expect("a keyboard");
    keys.write_all(b"l\nq\n").expect("typed");
    drop(keys);
    text(&watch.wait_with_output().expect("it ends").stdout)
}

#[test]
fn watch_plays_the_exercises_that_a_project_was_handed_out_with() {
    let project = folder("watched").join("my-server");
    said(&["new", path(&project), "--exchanges", COURSE], 0);
    let said = watched(&project, &[]);
    assert!(said.contains("note-taking/two-notes\n"), "{said}");
    assert!(!said.contains("redirects/"), "{said}");
    keeps_the_secret(&said, "watch");
}

#[test]
fn the_lessons_of_a_course_come_after_the_books_in_the_order_that_they_say() {
    let course = copied("order");
    let second = course.join("a-second");
    fs::create_dir_all(&second).expect("a folder");
    for file in ["two-notes.http", "two-notes.snap"] {
        let from = course.join("note-taking").join(file);
        fs::copy(from, second.join(file)).expect("a copy");
    }
    fs::write(second.join("lesson.toml"), "title = \"B\"\norder = 20\n").unwrap();
    fs::write(second.join("requirements.md"), "- B. (two-notes)\n").unwrap();
    fs::write(course.join("course.toml"), "").unwrap();
    let project = folder("in-order");
    fs::write(project.join("Cargo.toml"), "").unwrap();
    let watched = watched(&project, &["--exchanges", path(&course)]);
    let listed = said(&["check", "--list", "--exchanges", path(&course)], 0);
    for said in [watched, listed] {
        let at = |name: &str| said.find(name).unwrap_or_else(|| panic!("{said}"));
        assert!(at("flash/") < at("note-taking/"), "{said}");
        assert!(at("note-taking/") < at("a-second/"), "{said}");
    }
}
