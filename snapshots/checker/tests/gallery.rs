//! The gallery's matrix: each fault is caught by the check that names it, and
//! a right server by none.

use checker::check::{Report, Settings, check};
use checker::faults::Fault;
use checker::gallery::{self, EXHIBITS, Exhibit};
use checker::lesson::{Peer, of_peer};
use checker::repository::{exchanges, root};
use exchange::format::library;
use std::collections::BTreeSet;

fn checked(exhibit: Option<&'static Exhibit>) -> Report {
    let address = gallery::start(exhibit, 0).expect("a free port");
    let mut entries = library::entries(&exchanges()).expect("the exchanges");
    let lessons = of_peer(&root(), Peer::Gallery).expect("the lessons");
    entries.retain(|entry| {
        lessons.contains(&entry.lesson) || lessons.contains(&entry.id())
    });
    let url = format!("http://{}", address);
    check(&url, &entries, &Settings::default()).expect("a report")
}

#[test]
fn a_right_server_is_caught_by_no_check() {
    let report = checked(None);
    let failed: Vec<String> = report
        .checks
        .iter()
        .filter(|check| check.word() == "failed")
        .map(|check| format!("{}: {:?}", check.place(), check.findings()))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(report.count("passed") > 150, "{}", report.count("passed"));
}

#[test]
fn each_fault_is_caught_by_the_check_that_names_it_and_by_no_other() {
    let mut wrong = Vec::new();
    for exhibit in EXHIBITS {
        let report = checked(Some(exhibit));
        let named = exhibit.faults[0];
        let caught = report.checks.iter().any(|check| {
            check.exchange == exhibit.caught_by
                && check.findings().iter().any(|found| found.fault == named)
        });
        let found: BTreeSet<Fault> = report
            .checks
            .iter()
            .flat_map(|check| check.findings().iter().map(|found| found.fault))
            .collect();
        let others: Vec<&Fault> = found
            .iter()
            .filter(|fault| !exhibit.faults.contains(fault))
            .collect();
        if !caught || !others.is_empty() {
            let places: Vec<String> = report
                .checks
                .iter()
                .filter(|check| check.word() == "failed")
                .map(|check| format!("{} {:?}", check.place(), check.findings()))
                .collect();
            wrong.push(format!(
                "{}: caught {caught}, and {others:?} in {places:#?}",
                exhibit.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_of_a_server_that_answers_is_in_the_gallery() {
    let shown: BTreeSet<Fault> =
        EXHIBITS.iter().map(|exhibit| exhibit.faults[0]).collect();
    // These are about --exact, about no answer at all, and about what is told by the
    // log of a server that the checker has started.
    let missing: Vec<Fault> = Fault::ALL
        .iter()
        .copied()
        .filter(|fault| !shown.contains(fault))
        .filter(|fault| {
            !matches!(fault, Fault::Differs | Fault::NoAnswer | Fault::NotWritten)
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_page_for_teachers_names_every_server_and_shows_what_there_is() {
    let page = root().join("book/pages/classroom.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let mut named = BTreeSet::new();
    let mut lesson = String::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [title, shown, .., servers] = cells[..] else {
            continue;
        };
        if let Some((_, link)) = title.split_once("](") {
            lesson = lesson_of(link.split(".md").next().unwrap_or_default());
        }
        let quoted = |cell: &str| -> Vec<String> {
            cell.split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect()
        };
        if cells.len() == 5 {
            for name in quoted(shown) {
                let id = format!("{lesson}/{name}");
                let entry = library::entry(&exchanges(), &id).expect("a name");
                assert!(entry.pin_path().is_file(), "there is no exchange {id}");
            }
            named.extend(quoted(servers));
        }
    }
    let all = EXHIBITS.iter().map(|exhibit| exhibit.name.to_owned());
    assert_eq!(named, all.collect());
}

/// The lesson that a page is of: its second page has more after the name.
fn lesson_of(page: &str) -> String {
    match page.rsplit_once('-') {
        Some((first, _)) if !exchanges().join(page).is_dir() => lesson_of(first),
        _ => page.to_owned(),
    }
}
