//! Where the book's repository stands, whose files the command reads.

use std::path::{Path, PathBuf};

/// The repository that this program was built from.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The folder of the exchanges.
pub fn exchanges() -> PathBuf {
    root().join("snapshots")
}
