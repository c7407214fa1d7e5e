//! The steps of a page's "Your turn" that a project has solved.
//!
//! | the step | is solved when |
//! |---|---|
//! | `flash#change` | all exchanges of `book/turns/flash-change` pass |
//! | `flash#build` | all exchanges of the page pass, and the code is not the book's |
//! | `flash#break-and-mend` | they pass, and the page's fault was in the code before |
//!
//! A step is named as its heading is linked. Where the book is read on the same
//! machine, its server finds them in `target/book.solved`, and the page shows them.

use crate::lesson;
use crate::starter;
use exchange::format::requirement::requirements;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the steps are that were solved on this machine, below the repository: as JSON,
/// each with the milliseconds since 1970 when it was seen last.
pub const FILE: &str = "target/book.solved";

/// A step that a project can solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// What is to be changed is.
    Change,
    /// The handlers are written.
    Build,
    /// The fault is out of the code.
    BreakAndMend,
}

impl Step {
    /// What its heading says.
    pub fn heading(self) -> &'static str {
        match self {
            Step::Change => "Change",
            Step::Build => "Build",
            Step::BreakAndMend => "Break and mend",
        }
    }

    /// What the link to its heading ends with.
    fn anchor(self) -> &'static str {
        match self {
            Step::Change => "change",
            Step::Build => "build",
            Step::BreakAndMend => "break-and-mend",
        }
    }
}

/// The steps of a page that are solved.
#[derive(Debug, PartialEq, Eq)]
pub struct Solved {
    /// The page, as its file is named without its ending.
    pub page: String,
    /// In the page's order, one at the least.
    pub steps: Vec<Step>,
}

/// A page's "Your turn".
struct Turn {
    page: String,
    lesson: String,
    /// The exchanges that the page shows.
    asked: BTreeSet<String>,
    /// Those of what is to be changed.
    change: BTreeSet<String>,
}

/// The steps that the project is seen to have solved, where these exchanges `passed`.
/// `broken` are the pages whose fault was seen in its code; it is brought up to date.
///
/// # Errors
///
/// A file of the repository that can't be read.
pub fn solved(
    root: &Path,
    project: &Path,
    passed: &BTreeSet<String>,
    broken: &mut BTreeSet<String>,
) -> Result<Vec<Solved>, String> {
    let mut solved = Vec::new();
    for turn in turns(root)? {
        let page = turn.page;
        let mend = root.join(format!("book/turns/{page}-change/mend.patch"));
        let is_broken = has_what_is_mended(&mend, project)?;
        let passes = turn.asked.is_subset(passed);
        let mut steps = Vec::new();
        if turn.change.is_subset(passed) {
            steps.push(Step::Change);
        }
        if passes && starter::is_readers_own(root, project, &turn.lesson) {
            steps.push(Step::Build);
        }
        if passes && !is_broken && broken.remove(&page) {
            steps.push(Step::BreakAndMend);
        }
        if !passes && is_broken {
            broken.insert(page.clone());
        }
        if !steps.is_empty() {
            solved.push(Solved { page, steps });
        }
    }
    Ok(solved)
}

/// Leaves them where the book's server finds them, beside those of before.
///
/// # Errors
///
/// The file, and why it can't be written.
pub fn leave(root: &Path, solved: &[Solved]) -> Result<(), String> {
    if solved.is_empty() {
        return Ok(());
    }
    let path = root.join(FILE);
    // What can't be read is made anew: it is no more than marks on a page.
    let known = fs::read_to_string(&path).unwrap_or_default();
    let mut steps: BTreeMap<String, u64> =
        serde_json::from_str(&known).unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_millis() as u64);
    for Solved {
        page,
        steps: of_page,
    } in solved
    {
        let names = of_page.iter().map(|it| format!("{page}#{}", it.anchor()));
        steps.extend(names.map(|name| (name, now)));
    }
    // Moved there whole: a page may be looking.
    let new = path.with_extension(format!("solved.{}", process::id()));
    // Texts and numbers are always JSON.
    let text = serde_json::to_string(&steps).unwrap_or_default();
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&new, text))
        .and_then(|()| fs::rename(&new, &path))
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn turns(root: &Path) -> Result<Vec<Turn>, String> {
    let changes = root.join("book/turns");
    let mut turns = Vec::new();
    for lesson in lesson::all(root)? {
        let mut pages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for asked in requirements(&root.join("snapshots"), &lesson.slug)? {
            let names = asked.exchanges.iter();
            let ids = names.map(|name| format!("{}/{name}", lesson.slug));
            pages.entry(asked.page).or_default().extend(ids);
        }
        for (page, asked) in pages {
            let slug = format!("{page}-change");
            let named = requirements(&changes, &slug)?.into_iter();
            let names = named.flat_map(|asked| asked.exchanges);
            let change: BTreeSet<String> =
                names.map(|name| format!("{slug}/{name}")).collect();
            // A lesson that is only just begun has none.
            if !change.is_empty() {
                turns.push(Turn {
                    page,
                    lesson: lesson.slug.clone(),
                    asked,
                    change,
                });
            }
        }
    }
    Ok(turns)
}

/// Whether the code has what this patch takes out, where it takes it out.
fn has_what_is_mended(patch: &Path, project: &Path) -> Result<bool, String> {
    let text = fs::read_to_string(patch)
        .map_err(|error| format!("{}: {error}", patch.display()))?;
    Ok(before(&text).iter().all(|(file, lines)| {
        let code = fs::read_to_string(project.join(file)).unwrap_or_default();
        code.replace("\r\n", "\n").contains(lines)
    }))
}

/// What a patch finds before it is applied: of each place its file, and its lines.
fn before(patch: &str) -> Vec<(&str, String)> {
    let mut places: Vec<(&str, String)> = Vec::new();
    let mut file = "";
    for line in patch.lines() {
        if let Some(path) = line.strip_prefix("--- a/") {
            file = path;
        } else if line.starts_with("@@") {
            places.push((file, String::new()));
        } else if let Some((_, lines)) = places.last_mut()
            && let Some(kept) = line.strip_prefix([' ', '-'])
        {
            *lines += kept;
            lines.push('\n');
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repository::root;
    use std::path::PathBuf;

    #[test]
    fn a_patch_is_told_from_what_it_makes_of_the_code() {
        let patch = "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,3 +1,3 @@\n fn a() {\n-    old()\n+    new()\n }\n\
                     @@ -9 +9 @@\n-b\n+c\n";
        assert_eq!(
            before(patch),
            [
                ("src/a.rs", "fn a() {\n    old()\n}\n".to_owned()),
                ("src/a.rs", "b\n".to_owned())
            ]
        );
    }

    /// An empty folder of a test's own.
    fn folder(name: &str) -> PathBuf {
        let folder = root().join("target/tmp/progress").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Every exchange of the book and of its changes.
    fn all() -> BTreeSet<String> {
        let turns = turns(&root()).unwrap();
        let ids = turns.iter().flat_map(|turn| turn.asked.union(&turn.change));
        ids.cloned().collect()
    }

    #[test]
    fn every_page_has_three_steps_that_a_project_can_solve() {
        let turns = turns(&root()).unwrap();
        let folders = fs::read_dir(root().join("book/turns")).unwrap();
        assert_eq!(turns.len(), folders.count());
        let folder = folder("solved");
        let mut broken = turns.iter().map(|turn| turn.page.clone()).collect();
        let solved = solved(&root(), &folder, &all(), &mut broken).unwrap();
        assert_eq!(solved.len(), turns.len(), "{solved:?}");
        let three = [Step::Change, Step::Build, Step::BreakAndMend];
        assert!(solved.iter().all(|page| page.steps == three), "{solved:?}");
    }

    #[test]
    fn what_is_solved_is_kept_when_another_step_is() {
        let folder = folder("left");
        for (page, step) in [("a", Step::Change), ("b", Step::Build)] {
            let (page, steps) = (page.to_owned(), vec![step]);
            leave(&folder, &[Solved { page, steps }]).unwrap();
        }
        let text = fs::read_to_string(folder.join(FILE)).unwrap();
        let steps: BTreeMap<String, u64> = serde_json::from_str(&text).unwrap();
        assert_eq!(steps.keys().collect::<Vec<_>>(), ["a#change", "b#build"]);
        assert!(steps["a#change"] > 1_700_000_000_000);
    }
}
