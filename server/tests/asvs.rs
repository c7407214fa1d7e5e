//! The table of OWASP ASVS lines in SECURITY.md is what `asvs.txt` says, and each
//! test in it exists. Refresh it: `UPDATE=1 cargo test --test asvs`.

use std::fs;
use std::path::{Path, PathBuf};

const START: &str =
    "<!-- Made from server/tests/asvs.txt by UPDATE=1 cargo test --test asvs -->\n";
const END: &str = "<!-- The end of what is made. -->\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One line: its number, what is asked, and what holds it.
fn lines() -> Vec<[String; 3]> {
    let text = read("server/tests/asvs.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let parts = lines.map(|line| {
        let parts: Vec<String> = line.split(" | ").map(str::to_owned).collect();
        <[String; 3]>::try_from(parts).unwrap_or_else(|_| panic!("three parts: {line}"))
    });
    parts.collect()
}

/// The names of tests in what holds a line; in a reason, those that it names.
fn tests(holds: &str) -> impl Iterator<Item = &str> {
    let words = holds
        .split([' ', ',', '(', ')'])
        .map(|word| word.trim_end_matches('.'));
    words.filter(|word| word.contains('_') || word.contains('/'))
}

/// The text of every Rust file that may have a test in it.
fn sources() -> String {
    let mut found = String::new();
    let mut folders = ["server", "snapshots/exchange"]
        .map(|it| root().join(it))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found += &fs::read_to_string(path).expect("a text");
            }
        }
    }
    found
}

#[test]
fn each_test_that_a_line_names_is_there() {
    let sources = sources();
    for [number, _, holds] in lines() {
        let mut named = 0;
        for test in tests(&holds) {
            named += 1;
            let is_there = match test.contains('/') {
                true => {
                    root().join(format!("snapshots/{test}.snap")).is_file()
                        || root().join(test).exists()
                }
                false => {
                    sources.contains(&format!("fn {test}("))
                        || sources.contains(&format!("\"{test}\""))
                }
            };
            assert!(is_there, "{number}: there is no test {test}");
        }
        assert!(
            named > 0 || holds.starts_with("- "),
            "{number}: nothing holds it"
        );
    }
}

#[test]
fn the_lines_stand_once_and_in_order() {
    let number = |text: &str| -> Vec<u32> {
        let parts = text.split('.').map(|part| part.parse().expect("a number"));
        parts.collect()
    };
    let numbers: Vec<Vec<u32>> = lines().iter().map(|[it, ..]| number(it)).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}

#[test]
fn the_table_in_security_md_is_what_the_lines_say() {
    let mut table = String::from("| | asked | held by |\n|---|---|---|\n");
    for [number, asked, holds] in lines() {
        let mut shown = holds.clone();
        for test in tests(&holds) {
            shown = shown.replace(test, &format!("`{test}`"));
        }
        let shown = match shown.strip_prefix("- ") {
            Some(why) => format!("**No.** {why}"),
            None => shown,
        };
        table += &format!("| {number} | {asked} | {shown} |\n");
    }
    let text = read("SECURITY.md");
    let (before, rest) = text.split_once(START).expect("where the table begins");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    let wanted = format!("{before}{START}{table}{END}{after}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join("SECURITY.md"), &wanted).expect("it is written");
    }
    assert_eq!(
        read("SECURITY.md"),
        wanted,
        "SECURITY.md is not what the lines give. Refresh it: UPDATE=1 cargo test --test asvs"
    );
}
