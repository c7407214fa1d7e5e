//! What is entered as a mark: by hand, for what is late, and in other gradebooks.

// A copy of a results folder is graded by a server of the gallery.
#![cfg(unix)]

mod harness;
#[path = "harness/said.rs"]
mod said;

use harness::server;
use said::{folder, said};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn path(path: &Path) -> &str {
    path.to_str().expect("a path")
}

fn read(folder: &Path, file: &str) -> String {
    let text = fs::read_to_string(folder.join(file));
    text.unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn write(folder: &Path, file: &str, text: &str) -> PathBuf {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, text).expect("a file");
    path
}

/// A class that was graded once: Ada has all of `flash`, Grace and Nobody nothing.
fn graded(name: &str) -> PathBuf {
    let folder = folder(name);
    let lines = include_str!("golden/class/results.jsonl");
    write(&folder, "results.jsonl", lines);
    folder
}

/// Writes the class's reports again.
fn merged(out: &Path, more: &[&str]) -> String {
    let arguments = ["merge", path(out), "--out", path(out)];
    said(&[&arguments[..], more].concat(), 1)
}

fn book(out: &Path) -> String {
    read(out, "gradebook.csv")
}

#[test]
fn a_mark_by_hand_is_shown_with_what_was_graded_and_why() {
    let out = graded("by-hand");
    let by_hand = "student,lesson,points,reason\n\
                   Grace,flash,70,the form was right\n\
                   Grace,total,75.5,\"she showed it, in room 7\"\n";
    write(&out, "overrides.csv", by_hand);
    merged(&out, &[]);
    let changes = "flash by hand 70, not 0: the form was right; \
                   total by hand 75.5, not 70: she showed it, in room 7";
    let line = format!("\nGrace,75.5,70.0,,0.0,\"{changes}\"\n");
    assert!(book(&out).contains(&line), "{}", book(&out));
    let page = read(&out, "class.html");
    assert!(page.contains(changes), "{page}");
    let page = read(&out, "submissions/Grace/report.html");
    for change in changes.split("; ").chain(["The mark is 75.5 of 100."]) {
        assert!(page.contains(change), "{change}: {page}");
    }
    let gradescope: Value =
        serde_json::from_str(&read(&out, "submissions/Grace/results.json"))
            .expect("JSON");
    assert_eq!(gradescope["score"], 75.5);
    let class: Value = serde_json::from_str(&read(&out, "class.json")).expect("JSON");
    assert_eq!(class["submissions"][1]["total"], 0.755);
    assert_eq!(class["submissions"][1]["graded"], 0.0);
}

#[test]
fn a_students_page_has_the_marks_and_can_be_sent_as_it_is() {
    let out = graded("page");
    merged(&out, &[]);
    for (name, mark) in [("Ada", "100"), ("Grace", "0"), ("Nobody", "0")] {
        let page = read(&out, &format!("submissions/{name}/report.html"));
        let mark = format!("The mark is {mark} of 100.");
        assert!(page.contains(&mark), "{page}");
        for outside in [
            "<script",
            "<link",
            " src=",
            "href=\"http",
            "url(",
            "@import",
        ] {
            assert!(!page.contains(outside), "{outside}: {page}");
        }
        for other in ["Ada", "Grace", "Nobody"].iter().filter(|it| **it != name) {
            assert!(!page.contains(&format!(">{other}<")), "{other}: {page}");
        }
    }
}

#[test]
fn a_mark_by_hand_survives_grading_again() {
    let folder = folder("again");
    let roster = format!("name,target\nGrace,{}\n", server("flash-never-shown"));
    let class = write(&folder, "class.csv", &roster);
    let out = folder.join("out");
    let by_hand = "student,lesson,points,reason\nGrace,flash,90,she showed it\n";
    let grade = ["grade", path(&class), "flash", "--out", path(&out)];
    said(&grade, 1);
    write(&out, "overrides.csv", by_hand);
    said(&[&grade[..], &["--resume"]].concat(), 1);
    fs::remove_file(out.join("results.jsonl")).expect("it was there");
    said(&grade, 1);
    assert!(book(&out).contains("\nGrace,90.0,90.0,"), "{}", book(&out));
}

#[test]
fn what_is_wrong_in_a_file_of_marks_by_hand_is_named_with_its_line() {
    let out = graded("wrong");
    for (lines, words) in [
        ("name,points\n", "o.csv:1: the first line must be: student,"),
        (
            "student,lesson,points,reason\nGrce,total,7,x\n",
            "o.csv:2: there is no student `Grce` in this class.",
        ),
        (
            "student,lesson,points,reason\nAda,login,7,x\n",
            "o.csv:2: no lesson `login` is graded here. Write total, or one of: flash.",
        ),
        (
            "student,lesson,points,reason\nAda,total,101,x\n",
            "o.csv:2: write the points as a number from 0 to 100",
        ),
        (
            "student,lesson,points,reason\nAda,total,7,\n",
            "o.csv:2: a reason is missing",
        ),
        (
            "student,lesson,points,reason\nAda,total,7,x\nAda,total,8,y\n",
            "o.csv:3: Ada has a mark by hand for total already.",
        ),
    ] {
        let file = write(&out, "o.csv", lines);
        let arguments = ["merge", path(&out), "--out", path(&out)];
        let error = said(&[&arguments[..], &["--overrides", path(&file)]].concat(), 2);
        assert!(error.contains(words), "{words}: {error}");
    }
}

const COURSE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/course");

/// The course with this line in its `course.toml`, in place of another one.
fn course(name: &str, line: &str, other: &str) -> PathBuf {
    let to = folder(name);
    let from = Path::new(COURSE);
    for file in fs::read_dir(from.join("note-taking"))
        .expect("a lesson")
        .flatten()
    {
        let text = fs::read_to_string(file.path()).expect("a file");
        let name = format!("note-taking/{}", file.file_name().to_string_lossy());
        write(&to, &name, &text);
    }
    let text = read(from, "course.toml");
    assert!(text.contains(line), "{line}");
    write(&to, "course.toml", &text.replace(line, other));
    to
}

const LATE: &str = "# late = { per_day = 10, at_most = 50 }";

/// A class that handed in at these times, graded by a course that takes off for it.
fn late(name: &str, class: &[(&str, &str)]) -> PathBuf {
    let course = course(&format!("{name}-course"), LATE, &LATE[2..]);
    let folder = folder(name);
    let url = server("notes-not-escaped");
    let lines = class
        .iter()
        .map(|(name, at)| format!("{name},{url},{at}\n"));
    let roster = format!("name,target,submitted\n{}", lines.collect::<String>());
    let (class, out) = (write(&folder, "class.csv", &roster), folder.join("out"));
    let own = ["--exchanges", path(&course), "--out", path(&out)];
    said(
        &[&["grade", path(&class), "note-taking"][..], &own].concat(),
        1,
    );
    out
}

#[test]
fn each_day_late_that_has_begun_takes_off_what_the_course_says() {
    let out = late(
        "late",
        &[
            ("Ada", "2026-12-04T23:59:00+01:00"),
            ("Eve", "2026-12-05T00:00:00+01:00"),
            ("Grace", "2026-12-07T12:00:00+01:00"),
            ("Zoe", "2027-01-01T00:00:00Z"),
        ],
    );
    let book = book(&out);
    for line in [
        "Ada,66.7,66.7,,,66.7,\n",
        "Eve,56.7,66.7,,,66.7,66.7 − 10 for 1 day late = 56.7\n",
        "Grace,36.7,66.7,,,66.7,66.7 − 30 for 3 days late = 36.7\n",
        "Zoe,16.7,66.7,,,66.7,66.7 − 50 for 28 days late = 16.7\n",
    ] {
        assert!(book.contains(line), "{line}{book}");
    }
    for file in [
        "class.html",
        "submissions/Grace/report.html",
        "submissions/Grace/results.json",
    ] {
        let text = read(&out, file);
        assert!(
            text.contains("66.7 − 30 for 3 days late = 36.7"),
            "{file}: {text}"
        );
    }
}

#[test]
fn a_total_by_hand_is_the_last_word_on_what_is_late() {
    let out = late("last-word", &[("Grace", "2026-12-07T12:00:00+01:00")]);
    let by_hand = "student,lesson,points,reason\nGrace,total,60,she was ill\n";
    write(&out, "overrides.csv", by_hand);
    let course = out.parent().expect("a folder");
    let course = course.with_file_name("gradebook-last-word-course");
    merged(&out, &["--exchanges", path(&course)]);
    let changes =
        "66.7 − 30 for 3 days late = 36.7; total by hand 60, not 36.7: she was ill";
    let line = format!("\nGrace,60.0,66.7,,,66.7,\"{changes}\"\n");
    assert!(book(&out).contains(&line), "{}", book(&out));
}

#[test]
fn what_is_late_costs_nothing_without_a_deadline_to_be_after() {
    let deadline = "deadline = 2026-12-04T23:59:00+01:00";
    let course = course("no-deadline", deadline, &LATE[2..]);
    let arguments = ["check", "http://127.0.0.1:1", "--exchanges", path(&course)];
    let error = said(&arguments, 2);
    let words = "course.toml:4: `late` needs a `deadline`";
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_student_is_told_before_what_a_day_late_costs() {
    let course = course("told", LATE, &LATE[2..]);
    let url = server("right");
    let arguments = ["check", &url, "note-taking", "--exchanges", path(&course)];
    let words = "Each day late that has begun takes 10 points of 100 off the mark, \
                 and 50 at the most.";
    let told = said(&arguments, 0);
    assert!(told.contains(words), "{told}");
    let project = folder("told-project").join("site");
    said(&["new", path(&project), "--exchanges", path(&course)], 0);
    let handed = said(
        &[
            "check",
            &url,
            "note-taking",
            "--exchanges",
            path(&project.join("exchanges")),
        ],
        0,
    );
    assert!(handed.contains(words), "{handed}");
}

/// A class of whom another gradebook knows Ada by a login, and Grace by an address.
fn with_accounts(name: &str) -> PathBuf {
    let out = graded(name);
    let mut lines = read(&out, "results.jsonl");
    for (student, account) in [("Ada", "ada1"), ("Grace", "Grace@example.org")] {
        let line = format!("\"name\":\"{student}\"");
        assert!(lines.contains(&line), "{lines}");
        let at = lines.find(&line).expect("a name");
        let start = lines[..at].rfind('\n').map_or(0, |at| at + 1);
        lines.insert_str(start + 1, &format!("\"account\":\"{account}\","));
    }
    write(&out, "results.jsonl", &lines);
    out
}

const CANVAS: &str = "\u{feff}Student,ID,SIS User ID,SIS Login ID,Section,Sessions (101),\
    \"Essay, long (7)\",Final Score\r\n\
    ,,,,,Manual Posting,,\r\n    Points Possible,,,,,20.00,10.00,(read only)\r\n\
    \"Lovelace, Ada\",1,s-1,ADA1,\"HTTP, 1\",,7.5,75.0\r\n\
    \"Hopper, Grace\",2,Grace@example.org,gh,HTTP,3.00,,\r\n\
    \"Student, Test\",3,,c0ffee,HTTP,,,\r\n";

#[test]
fn canvas_gets_the_marks_in_one_column_and_every_other_byte_as_it_was() {
    let out = with_accounts("canvas");
    write(
        &out,
        "overrides.csv",
        "student,lesson,points,reason\nGrace,total,77.7,x\n",
    );
    let file = write(&out, "export.csv", CANVAS);
    let said = merged(&out, &["--canvas", path(&file), "--assignment", "Sessions"]);
    let wanted = CANVAS
        .replace("\"HTTP, 1\",,7.5", "\"HTTP, 1\",20,7.5")
        .replace("HTTP,3.00,", "HTTP,15.54,");
    assert_eq!(read(&out, "canvas.csv"), wanted);
    for words in [
        "canvas.csv: 2 have their mark in it.",
        "Of the class, not found in it: Nobody.",
        "In it, without a result, and left as they were: Student, Test.",
    ] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn who_is_excused_in_canvas_stays_so() {
    let out = with_accounts("excused");
    let export = CANVAS.replace("HTTP,3.00,", "HTTP,EX,");
    let file = write(&out, "export.csv", &export);
    let said = merged(
        &out,
        &["--canvas", path(&file), "--assignment", "Sessions (101)"],
    );
    let written = read(&out, "canvas.csv");
    assert!(written.contains(",gh,HTTP,EX,,"), "{written}");
    let words = "Excused or locked there, and left as they were: Hopper, Grace.";
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_grade_that_is_locked_in_a_worksheet_of_moodle_stays_so() {
    let out = with_accounts("locked");
    let sheet = "Identifier,Email address,Grade,Maximum grade,Grade can be changed,\
        Last modified (grade)\nParticipant 7,grace@example.org,40,50,No,-\n";
    let file = write(&out, "sheet.csv", sheet);
    merged(&out, &["--moodle-worksheet", path(&file)]);
    assert_eq!(read(&out, "moodle-worksheet.csv"), sheet);
}

#[test]
fn what_is_wrong_with_a_gradebook_of_canvas_is_named_with_its_line() {
    let out = with_accounts("canvas-wrong");
    let twice = CANVAS.replace(",gh,", ",ada1,");
    let no_points = CANVAS.replace("    Points Possible", "x");
    for (text, assignment, words) in [
        (
            "Name,Mark\n",
            "Sessions",
            "export.csv:1: this is no gradebook of Canvas",
        ),
        (
            CANVAS,
            "Session",
            "export.csv:1: there is no assignment `Session`. There are: `Sessions (101)`",
        ),
        (
            CANVAS,
            "Final Score",
            "export.csv:3: this column has no points, or is read only.",
        ),
        (CANVAS, "Student", "`Student` is no assignment."),
        (
            &twice,
            "Sessions",
            "export.csv:5: `ada1` is in an earlier row, too.",
        ),
        (
            &no_points,
            "Sessions",
            "the row `Points Possible` is missing.",
        ),
    ] {
        let file = write(&out, "export.csv", text);
        let arguments = ["merge", path(&out), "--out", path(&out)];
        let more = ["--canvas", path(&file), "--assignment", assignment];
        let error = said(&[&arguments[..], &more].concat(), 2);
        assert!(error.contains(words), "{words}: {error}");
    }
}

#[test]
fn moodles_gradebook_gets_the_mark_and_the_feedback_of_those_it_can_know() {
    let out = with_accounts("moodle");
    write(
        &out,
        "overrides.csv",
        "student,lesson,points,reason\nGrace,total,50,<b> & c\n",
    );
    let more = [
        "--moodle",
        "email",
        "--assignment",
        "Sessions",
        "--moodle-points",
        "20",
    ];
    let said = merged(&out, &more);
    let book = read(&out, "moodle.csv");
    let mut reader = csv::Reader::from_reader(book.as_bytes());
    let header = reader.headers().expect("a header").clone();
    assert_eq!(
        header,
        ["Email address", "Sessions", "Sessions (feedback)"][..]
    );
    let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 1, "{book}");
    assert_eq!(&rows[0][0], "Grace@example.org");
    assert_eq!(&rows[0][1], "10");
    let words =
        "The mark is 50 of 100. total by hand 50, not 0: &lt;b> &amp; c. Failed: ";
    assert!(rows[0][2].starts_with(words), "{book}");
    let words = "Of the class, not found in it: Ada; Nobody.";
    assert!(said.contains(words), "{said}");
}

#[test]
fn no_name_is_a_formula_in_a_file_that_a_spreadsheet_may_open() {
    let out = folder("formulas");
    let lines = include_str!("golden/class/results.jsonl");
    let lines = lines.replace("\"name\":\"Grace\"", "\"name\":\"=1+1\"");
    write(
        &out,
        "results.jsonl",
        &lines.replace("\"name\":\"Nobody\"", "\"name\":\"'=x\""),
    );
    let more = ["--moodle", "username", "--assignment", "Sessions"];
    let said = merged(&out, &[&more[..], &["--anonymous"]].concat());
    // Moodle knows nobody by another text, so such a line is left out.
    let moodle = read(&out, "moodle.csv");
    assert_eq!(moodle.lines().count(), 3, "{moodle}");
    assert!(
        said.contains("Of the class, not found in it: =1+1."),
        "{said}"
    );
    // The grader's own file comes back as it was.
    let ids = read(&out, "ids.csv");
    assert!(ids.contains(",'=1+1\n") && ids.contains(",''=x\n"), "{ids}");
    merged(&out, &["--anonymous"]);
    assert_eq!(read(&out, "ids.csv"), ids);
    // And so does one of an earlier time.
    write(&out, "ids.csv", &ids.replace(",'=1+1", ",=1+1"));
    merged(&out, &["--anonymous"]);
    assert_eq!(read(&out, "ids.csv"), ids);
}

#[test]
fn moodles_worksheet_gets_the_grade_and_the_comment_and_nothing_else() {
    let out = with_accounts("worksheet");
    let sheet = "Identifier,\"Full name\",\"Email address\",Status,Grade,\"Maximum Grade\",\
        \"Grade can be changed\",\"Last modified (grade)\",\"Feedback comments\"\n\
        \"Participant 7\",\"Grace Hopper\",grace@example.org,Submitted,,50.00,Yes,-,\n\
        \"Participant 8\",\"Eve\",eve@example.org,Submitted,,50.00,Yes,-,\n";
    let file = write(&out, "sheet.csv", sheet);
    write(
        &out,
        "overrides.csv",
        "student,lesson,points,reason\nGrace,total,50,seen\n",
    );
    let said = merged(&out, &["--moodle-worksheet", path(&file)]);
    let written = read(&out, "moodle-worksheet.csv");
    let start = "\"Participant 7\",\"Grace Hopper\",grace@example.org,Submitted,25,50.00,Yes,-,\
        \"The mark is 50 of 100. ";
    let lines: Vec<&str> = written.lines().collect();
    assert!(lines[1].starts_with(start), "{written}");
    assert_eq!(
        (lines[0], lines[2]),
        (sheet.lines().next().unwrap(), sheet.lines().nth(2).unwrap())
    );
    assert!(said.contains("not found in it: Ada; Nobody."), "{said}");
    assert!(said.contains("left as they were: Eve."), "{said}");
}

#[test]
fn what_moodle_gets_names_no_hidden_exercise() {
    let out = late("secret", &[("Grace", "2026-12-04T23:59:00+01:00")]);
    merged(&out, &["--exchanges", COURSE, "--moodle", "username"]);
    let book = read(&out, "moodle.csv");
    assert!(!book.contains("as-text"), "{book}");
    assert!(book.contains("Failed: A hidden exercise ("), "{book}");
}

#[test]
fn an_account_comes_from_the_roster_and_may_come_later() {
    let folder = folder("account");
    let url = server("right");
    let class = write(&folder, "class.csv", &format!("name,target\nAda,{url}\n"));
    let out = folder.join("out");
    let grade = ["grade", path(&class), "flash", "--out", path(&out)];
    said(&grade, 0);
    write(
        &folder,
        "class.csv",
        &format!("name,target,account\nAda,{url},ada@x.org\n"),
    );
    said(
        &[&grade[..], &["--resume", "--moodle", "email"]].concat(),
        0,
    );
    let book = read(&out, "moodle.csv");
    assert!(book.contains("\nada@x.org,100,"), "{book}");
}

/// All files below a folder, with their paths.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let below = |path: PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    };
    entries.flat_map(|entry| below(entry.path())).collect()
}

/// The ids of a folder's students, by their names.
fn id(out: &Path, name: &str) -> String {
    let ids = read(out, "ids.csv");
    let line = ids.lines().find(|line| line.ends_with(&format!(",{name}")));
    let id = line.and_then(|line| line.split(',').next());
    id.unwrap_or_else(|| panic!("{name}: {ids}")).to_owned()
}

#[test]
fn reports_by_ids_name_nobody_and_the_ids_stay() {
    use std::os::unix::fs::PermissionsExt;
    let out = graded("anonymous");
    merged(&out, &[]);
    merged(&out, &["--anonymous"]);
    let ids = read(&out, "ids.csv");
    let own = ["results.jsonl", "ids.csv"].map(|file| out.join(file));
    for file in files(&out).iter().filter(|file| !own.contains(file)) {
        let text = fs::read_to_string(file).expect("a file") + path(file);
        for name in ["Ada", "Grace", "Nobody"] {
            // Ada is in what the lessons ask, too.
            let is_named = match name {
                "Ada" => text.contains(">Ada<") || text.contains("\"Ada\""),
                name => text.contains(name),
            };
            assert!(!is_named, "{name} in {}: {text}", file.display());
        }
    }
    let page = format!("submissions/{}/report.html", id(&out, "Grace"));
    assert!(read(&out, &page).contains(&id(&out, "Grace")));
    let mode = fs::metadata(&own[1]).expect("ids").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let book = book(&out);
    let lines: Vec<&str> = book.lines().skip(1).collect();
    assert!(lines.is_sorted(), "the order tells no name: {book}");
    merged(&out, &["--anonymous"]);
    assert_eq!(read(&out, "ids.csv"), ids);
}

#[test]
fn a_class_by_ids_is_marked_by_ids_and_entered_by_accounts() {
    let out = with_accounts("ids");
    merged(&out, &["--anonymous"]);
    let grace = id(&out, "Grace");
    let by_hand = format!("student,lesson,points,reason\n{grace},total,77.7,x\n");
    write(&out, "overrides.csv", &by_hand);
    let file = write(&out, "export.csv", CANVAS);
    let more = ["--anonymous", "--assignment", "Sessions"];
    merged(&out, &[&more[..], &["--canvas", path(&file)]].concat());
    assert!(
        book(&out).contains(&format!("{grace},77.7,")),
        "{}",
        book(&out)
    );
    let canvas = read(&out, "canvas.csv");
    assert!(canvas.contains("gh,HTTP,15.54,"), "{canvas}");
}

/// The names that a folder has results of, in their order.
fn names(out: &Path) -> Vec<String> {
    let lines = read(out, "results.jsonl");
    let results = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a result"));
    let names = results.map(|result: Value| result["name"].as_str().map(str::to_owned));
    names.map(|name| name.expect("a name")).collect()
}

#[test]
fn one_student_is_graded_again_and_the_others_keep_their_results() {
    let folder = folder("only");
    let (wrong, right) = (server("flash-never-shown"), server("right"));
    let roster =
        |url: &str| format!("name,target\nAda,{wrong}\nEve,{url}\nGrace,{wrong}\n");
    let class = write(&folder, "class.csv", &roster(&wrong));
    let out = folder.join("out");
    let grade = ["grade", path(&class), "flash", "--out", path(&out)];
    said(&grade, 1);
    let lines = |name: &str| {
        let all = read(&out, "results.jsonl");
        let name = format!("\"name\":\"{name}\"");
        all.lines()
            .find(|line| line.contains(&name))
            .map(str::to_owned)
    };
    let before = [lines("Ada"), lines("Grace")];
    write(&folder, "class.csv", &roster(&right));
    let again = said(&[&grade[..], &["--only", "Eve"]].concat(), 1);
    assert!(again.contains("[1/1] Eve: 100 %"), "{again}");
    assert!(
        again.contains("3 submissions: 1 pass everything"),
        "{again}"
    );
    let mut all = names(&out);
    all.sort();
    assert_eq!(all, ["Ada", "Eve", "Grace"]);
    assert_eq!([lines("Ada"), lines("Grace")], before);
    assert!(book(&out).contains("\nEve,100.0,"), "{}", book(&out));
}

#[test]
fn nobody_is_graded_again_who_is_not_in_the_class() {
    let folder = folder("only-whom");
    let class = write(
        &folder,
        "class.csv",
        "name,target\nAda,http://127.0.0.1:1\n",
    );
    let out = folder.join("out");
    let grade = ["grade", path(&class), "flash", "--out", path(&out)];
    let error = said(&[&grade[..], &["--only", "Eve"]].concat(), 2);
    assert!(
        error.contains("class.csv: there is no student `Eve` in it."),
        "{error}"
    );
}

/// Grades a server that listens when it is started for the second time.
fn slow(name: &str, retries: &str) -> String {
    let folder = folder(name);
    let program = env!("CARGO_BIN_EXE_snapshots");
    let start = format!(
        "if test -e was; then exec '{program}' gallery right --port $PORT; \
         else touch was; sleep 60; fi"
    );
    fs::create_dir_all(folder.join("site")).expect("a folder");
    let roster = format!("name,target,start\nAda,site,{start}\n");
    let class = write(&folder, "class.csv", &roster);
    let out = folder.join("out");
    let grade = ["grade", path(&class), "flash", "--out", path(&out)];
    let bounds = [
        "--start-timeout",
        "3",
        "--unsafe-no-sandbox",
        "--retries",
        retries,
    ];
    let code = if retries == "0" { 1 } else { 0 };
    said(&[&grade[..], &bounds].concat(), code);
    book(&out)
}

#[test]
fn a_server_that_does_not_listen_in_time_is_started_once_more() {
    let book = slow("slow", "1");
    assert!(book.contains("\nAda,100.0,100.0,"), "{book}");
}

#[test]
fn whose_answers_were_not_in_time_is_graded_once_more_alone() {
    let folder = folder("slow-answers");
    let program = env!("CARGO_BIN_EXE_snapshots");
    // It listens and says nothing, the first time.
    let script = format!(
        "if test -e was; then exec '{program}' gallery right --port $PORT; fi\n\
         touch was\n\
         exec perl -MIO::Socket::INET -e '\n\
         $s = IO::Socket::INET->new(Listen => 9, LocalAddr => \"127.0.0.1:$ENV{{PORT}}\");\n\
         sleep 60'\n"
    );
    write(&folder, "site/server.sh", &script);
    let roster = "name,target,start\nAda,site,sh server.sh\n";
    let class = write(&folder, "class.csv", roster);
    let out = folder.join("out");
    let grade = ["grade", path(&class), "flash", "--out", path(&out)];
    let bounds = ["--timeout", "1", "--unsafe-no-sandbox", "--jobs", "2"];
    said(&[&grade[..], &bounds].concat(), 0);
    assert!(book(&out).contains("\nAda,100.0,"), "{}", book(&out));
}

#[test]
fn a_server_is_started_as_often_as_was_said_and_no_more() {
    let book = slow("too-slow", "0");
    let words = "\nAda,0.0,The server does not listen after 3 s.";
    assert!(book.contains(words), "{book}");
}

#[test]
fn an_error_by_ids_does_not_say_in_whose_folder_it_came() {
    let folder = folder("whose-folder");
    fs::create_dir_all(folder.join("class/Grace")).expect("a folder");
    let (class, out) = (folder.join("class"), folder.join("out"));
    let grade = ["grade", path(&class), "flash", "--out", path(&out)];
    let how = [
        "--start",
        "pwd; exit 1",
        "--unsafe-no-sandbox",
        "--anonymous",
    ];
    said(&[&grade[..], &how].concat(), 1);
    let id = id(&out, "Grace");
    let page = read(&out, &format!("submissions/{id}/report.html"));
    let words = format!("The server ended by itself.\n{id}<");
    assert!(page.contains(&words), "{page}");
    assert!(!page.contains("Grace"), "{page}");
}

/// A class of one folder, which is graded by starting a server of the gallery.
fn of_a_folder(name: &str, exhibit: &str) -> (PathBuf, PathBuf) {
    let folder = folder(name);
    write(&folder, "class/Ada/exhibit", exhibit);
    (folder.join("class"), folder.join("out"))
}

/// Grades such a class; the server writes into its own folder, as many do.
fn grade_folders(class: &Path, out: &Path, more: &[&str], code: i32) -> String {
    let program = env!("CARGO_BIN_EXE_snapshots");
    let line = format!(
        "echo $PORT > notes; exec '{program}' gallery $(cat exhibit) --port $PORT"
    );
    let grade = ["grade", path(class), "flash", "--out", path(out), "--start"];
    let how = [&line, "--unsafe-no-sandbox"];
    said(&[&grade[..], &how, more].concat(), code)
}

#[test]
fn who_has_changed_the_source_is_graded_again_when_a_run_goes_on() {
    let (class, out) = of_a_folder("changed", "flash-never-shown");
    grade_folders(&class, &out, &[], 1);
    write(&class, "Ada/exhibit", "right");
    let said = grade_folders(&class, &out, &["--resume"], 0);
    assert!(
        said.contains("Handed in anew since, and graded again: Ada."),
        "{said}"
    );
    assert!(book(&out).contains("\nAda,100.0,"), "{}", book(&out));
    // Source may be in a folder of any name.
    write(&class, "Ada/target/real.rs", "");
    let said = grade_folders(&class, &out, &["--resume"], 0);
    assert!(said.contains("graded again: Ada."), "{said}");
}

#[test]
fn who_handed_in_the_same_source_is_said() {
    let (class, out) = of_a_folder("same", "right");
    for (name, exhibit) in [("Grace", "right"), ("Eve", "flash-never-shown")] {
        write(&class, &format!("{name}/exhibit"), exhibit);
    }
    let said = grade_folders(&class, &out, &[], 1);
    let words = "Of one and the same source, to the byte: Ada, Grace.\n";
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_class_without_times_is_told_that_there_is_a_deadline() {
    let words = "of 1 of the class it is not known when they came";
    let facts = "deadline = 2026-12-04T23:59:00+01:00\n";
    let said = graded_by("untimed", facts, 1);
    assert!(said.contains(words), "{said}");
    let said = graded_by("undated", "", 1);
    assert!(!said.contains("deadline"), "{said}");
}

#[test]
fn what_a_server_writes_into_its_folder_is_no_change_of_the_source() {
    let (class, out) = of_a_folder("writes", "right");
    grade_folders(&class, &out, &[], 0);
    let said = grade_folders(&class, &out, &["--resume"], 0);
    assert!(!said.contains("Handed in anew"), "{said}");
}

/// What is said when an empty class is graded by a course with these words of its own.
fn graded_by(name: &str, facts: &str, code: i32) -> String {
    let course = course(name, LATE, LATE);
    write(&course, "course.toml", facts);
    let class = write(
        &course,
        "class.csv",
        "name,target\nAda,http://127.0.0.1:9\n",
    );
    let out = course.with_extension("out");
    let _ = fs::remove_dir_all(&out);
    let grade = ["grade", path(&class), "note-taking", "--out", path(&out)];
    said(
        &[&grade[..], &["--exchanges", path(&course)]].concat(),
        code,
    )
}

#[test]
fn a_course_in_which_nothing_counts_is_refused_with_its_line() {
    let points = "\n[exchanges.\"note-taking/two-notes\"]\npoints = 0\n\
                  [exchanges.\"note-taking/as-text\"]\npoints = 0\n";
    for facts in ["\n[weights]\nnote-taking = 0\n", points] {
        let said = graded_by("nothing-counts", facts, 2);
        assert!(said.contains("course.toml:"), "{said}");
        assert!(said.contains("nothing that is graded counts"), "{said}");
    }
}

#[test]
fn a_weight_of_a_lesson_that_is_not_graded_is_said_with_its_line() {
    let said = graded_by("idle-weight", "[weights]\nsession = 2\n", 1);
    let words = "course.toml:2: `session` has a weight, and is not graded now.";
    assert!(said.contains(words), "{said}");
}
