//! What `watch` remembers from one start to the next, in the project's folder.

use checker::check::Names;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const STATE: &str = ".snapshots.json";

/// What is remembered from one start to the next.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The checks and faults whose hint was asked for.
    pub hints: BTreeSet<String>,
    /// The exchanges that passed, so that it can be said which no longer do.
    pub passed: BTreeSet<String>,
    /// The pages whose fault was in the code, which is there to be mended.
    pub broken: BTreeSet<String>,
    /// What the project calls the pages' cookies.
    pub names: Names,
}

impl State {
    /// What the folder has; nothing where there is none, or it can't be read.
    pub fn load(dir: &Path) -> State {
        let text = fs::read_to_string(dir.join(STATE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Writes it there.
    pub fn save(&self, dir: &Path) -> Result<(), String> {
        let path = dir.join(STATE);
        // Texts are always JSON.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        fs::write(&path, text + "\n")
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}
