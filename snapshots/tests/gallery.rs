//! The gallery's matrix: each fault is caught by the check that names it, and
//! a right server by none.

use snapshots::check::{Report, Settings, check};
use snapshots::contract::Kind;
use snapshots::gallery::{Exhibit, FAULTS, Fault, LESSONS};
use snapshots::library;
use std::collections::BTreeSet;
use std::path::Path;

fn checked(fault: Option<&'static Fault>) -> Report {
    let exhibit = Exhibit::start(fault, 0).expect("a free port");
    let mut entries =
        library::entries(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the exchanges");
    entries.retain(|entry| LESSONS.contains(&entry.lesson.as_str()));
    let url = format!("http://{}", exhibit.address);
    check(&url, &entries, &Settings::default()).expect("a report")
}

#[test]
fn a_right_server_is_caught_by_no_check() {
    let report = checked(None);
    let failed: Vec<String> = report
        .checks
        .iter()
        .filter(|check| check.word() == "failed")
        .map(|check| format!("{}: {:?}", check.place(), check.faults()))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(report.count("passed") > 50, "{}", report.count("passed"));
}

#[test]
fn each_fault_is_caught_by_the_check_that_names_it_and_by_no_other() {
    let mut wrong = Vec::new();
    for fault in FAULTS {
        let report = checked(Some(fault));
        let named = fault.kinds[0];
        let caught = report.checks.iter().any(|check| {
            check.exchange == fault.caught_by
                && check.faults().iter().any(|found| found.kind == named)
        });
        let found: BTreeSet<Kind> = report
            .checks
            .iter()
            .flat_map(|check| check.faults().iter().map(|found| found.kind))
            .collect();
        let others: Vec<&Kind> = found
            .iter()
            .filter(|kind| !fault.kinds.contains(kind))
            .collect();
        if !caught || !others.is_empty() {
            let places: Vec<String> = report
                .checks
                .iter()
                .filter(|check| check.word() == "failed")
                .map(|check| format!("{} {:?}", check.place(), check.faults()))
                .collect();
            wrong.push(format!(
                "{}: caught {caught}, and {others:?} in {places:#?}",
                fault.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_kind_of_fault_of_a_server_that_answers_is_in_the_gallery() {
    let shown: BTreeSet<Kind> = FAULTS.iter().map(|fault| fault.kinds[0]).collect();
    // These two are about --exact, and about no answer at all.
    let missing: Vec<Kind> = Kind::ALL
        .iter()
        .copied()
        .filter(|kind| !shown.contains(kind))
        .filter(|kind| !matches!(kind, Kind::Differs | Kind::NoAnswer))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
