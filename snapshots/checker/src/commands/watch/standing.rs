//! How an exchange came out, as one of many.

use checker::check::{Check, Outcome, Report};
use std::collections::BTreeMap;

/// How an exchange came out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Every step of it.
    Passes,
    /// Nothing failed, and some step is not for this server.
    Unplayed,
    /// A step failed, or was not come to.
    Fails,
}

impl Standing {
    /// One letter of a bar.
    pub fn mark(standing: Option<Standing>) -> char {
        match standing {
            Some(Standing::Passes) => '█',
            Some(Standing::Unplayed) => '▒',
            Some(Standing::Fails) | None => '░',
        }
    }
}

/// How each exchange came out.
pub fn standings(report: &Report) -> BTreeMap<String, Standing> {
    let exchanges = report
        .checks
        .chunk_by(|one, other| one.exchange == other.exchange);
    let standing = |checks: &[Check]| {
        let is_passed = |check: &Check| check.outcome == Outcome::Passed;
        match checks {
            _ if checks.iter().all(is_passed) => Standing::Passes,
            _ if checks.iter().all(|it| is_passed(it) || !it.counts()) => {
                Standing::Unplayed
            }
            _ => Standing::Fails,
        }
    };
    let all = exchanges.map(|checks| (checks[0].exchange.clone(), standing(checks)));
    all.collect()
}
