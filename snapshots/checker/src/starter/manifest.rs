//! The `Cargo.toml` of a project made from the lessons: their dependencies in the
//! book's versions, and the book's profile.

use super::{Level, read};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::{Spanned, Table, Value};

/// What is read of the workspace's `Cargo.toml`.
#[derive(Deserialize)]
struct Root {
    workspace: Workspace,
    profile: Profiles,
}

#[derive(Deserialize)]
struct Workspace {
    dependencies: BTreeMap<String, Spanned<Value>>,
}

#[derive(Deserialize)]
struct Profiles {
    dev: Table,
}

/// What is read of a reader's own `Cargo.toml`.
#[derive(Deserialize)]
struct Own {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    snapshots: Facts,
}

/// What a reader's own project says of itself.
#[derive(Deserialize)]
pub struct Facts {
    /// How much of a lesson is the reader's to write.
    pub level: Level,
    /// The lesson that an empty project begins with, where that is not the first.
    pub from: Option<String>,
    /// Whether it was made with every lesson solved.
    #[serde(default)]
    pub solved: bool,
}

/// The level of the project in this folder; nothing where it is none that was
/// written from the book.
pub fn level_of(project: &Path) -> Option<Level> {
    Some(facts(project)?.level)
}

/// The lesson that the project's list begins with; nothing where that is the first.
pub fn from_of(project: &Path) -> Option<String> {
    facts(project)?.from
}

/// What the project in this folder says of itself; nothing where it is none that was
/// written from the book.
pub fn facts(project: &Path) -> Option<Facts> {
    let text = read(&project.join("Cargo.toml")).ok()?;
    let own: Own = toml::from_str(&text).ok()?;
    Some(own.package.metadata.snapshots)
}

/// The manifest of the package `name`, which needs these crates and, where it is a
/// reader's own, says so with these facts.
///
/// # Errors
///
/// A crate that the workspace has no version of, or no workspace.
pub fn manifest(
    root: &Path,
    name: &str,
    crates: &BTreeSet<&str>,
    facts: Option<&Facts>,
) -> Result<String, String> {
    let path = root.join("Cargo.toml");
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = read(&path)?;
    let book: Root = toml::from_str(&text).map_err(|error| failed(&error))?;
    let mut manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n"
    );
    if let Some(Facts {
        level,
        from,
        solved,
    }) = facts
    {
        manifest += &format!("[package.metadata.snapshots]\nlevel = \"{level}\"\n");
        if let Some(from) = from {
            manifest += &format!("from = \"{from}\"\n");
        }
        if *solved {
            manifest += "solved = true\n";
        }
        manifest.push('\n');
    }
    manifest += "[dependencies]\n";
    for wanted in crates {
        let version = book.workspace.dependencies.get(*wanted);
        let version =
            version.ok_or_else(|| failed(&format!("{wanted} has no version")))?;
        // As the book writes it, and not as another writer of TOML would.
        manifest += &format!("{wanted} = {}\n", &text[version.span()]);
    }
    // The profile is the book's, so that what it has built is used again.
    let mut dev = book.profile.dev;
    if let Some(Value::Table(packages)) = dev.get_mut("package") {
        // cargo warns of a package that is not there: the book's own server is none of
        // a reader's; argon2 brings blake2, and rocket's private cookies sha2.
        let is_there = |package: &str| match package {
            "*" | "sha2" => true,
            "server" => false,
            _ => crates.contains("argon2"),
        };
        packages.retain(|package, _| is_there(package));
    }
    let profile = Table::from_iter([("dev".to_owned(), Value::Table(dev))]);
    let profile = Table::from_iter([("profile".to_owned(), Value::Table(profile))]);
    let profile = toml::to_string(&profile).map_err(|error| failed(&error))?;
    Ok(format!("{manifest}\n[workspace]\n\n{profile}"))
}
