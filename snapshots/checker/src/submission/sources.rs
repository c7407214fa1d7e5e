//! Where a package says that its crates are. cargo asks for them outside of the sandbox,
//! as whoever grades: so of crates.io, as cargo is set up there, and of nobody else.

use super::below;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The most bytes of a manifest or a lock file.
const LONG: u64 = 1024 * 1024;
/// The names of crates.io.
const CRATES_IO: [&str; 2] = [
    "registry+https://github.com/rust-lang/crates.io-index",
    "sparse+https://index.crates.io/",
];
/// The tables of dependencies.
const DEPENDENCIES: [&str; 5] = [
    "dependencies",
    "dev-dependencies",
    "dev_dependencies",
    "build-dependencies",
    "build_dependencies",
];

/// What a package names outside of itself and of crates.io, with file and line. Every
/// manifest below the folder counts, since each can be a member or a dependency.
///
/// # Errors
///
/// A folder or a file that can't be read.
pub fn elsewhere(dir: &Path) -> Result<Option<String>, String> {
    for (path, kind) in below(dir)? {
        let name = path.file_name().unwrap_or_default();
        if !kind.is_file() || (name != "Cargo.toml" && name != "Cargo.lock") {
            continue;
        }
        let failed = |error| format!("{}: {error}", path.display());
        if fs::metadata(&path).map_err(failed)?.len() > LONG {
            let said = format!("{}: it has more than {LONG} bytes.", path.display());
            return Ok(Some(said));
        }
        let bytes = fs::read(&path).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes);
        // What is no TOML here is none to cargo, which says so.
        let Ok(table) = DeTable::parse(&text) else {
            continue;
        };
        let file = Manifest {
            dir,
            path: &path,
            text: &text,
        };
        let found = match name == "Cargo.lock" {
            true => file.locked(table.get_ref()),
            false => file.manifest(table.get_ref()),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Whether it is a pattern that `..` may fit. (The crate glob, which cargo asks, takes `.`
/// and `..` for names where a pattern begins with a dot.)
fn fits_the_parent(part: &OsStr) -> bool {
    let part = part.to_string_lossy();
    part.starts_with('.') && part.contains(['*', '?', '['])
}

/// A file that is looked through.
struct Manifest<'a> {
    dir: &'a Path,
    path: &'a Path,
    text: &'a str,
}

impl Manifest<'_> {
    fn locked(&self, lock: &DeTable<'_>) -> Option<String> {
        let packages = lock.get("package")?.get_ref().as_array()?;
        let packages = packages.iter().filter_map(|it| it.get_ref().as_table());
        let mut found = packages.filter_map(|package| {
            let source = package.get("source")?;
            let name = package.get("name").and_then(text).unwrap_or_default();
            let url = text(source).filter(|url| !CRATES_IO.contains(url))?;
            Some(self.asked(name, url, source))
        });
        found.next()
    }

    fn manifest(&self, manifest: &DeTable<'_>) -> Option<String> {
        let workspace = table(manifest, "workspace");
        let targets = table(manifest, "target")
            .into_iter()
            .flat_map(DeTable::values);
        let targets = targets.filter_map(|target| target.get_ref().as_table());
        let patches = table(manifest, "patch")
            .into_iter()
            .flat_map(DeTable::values);
        let patches = patches.filter_map(|patch| patch.get_ref().as_table());
        let tables = [manifest].into_iter().chain(workspace).chain(targets);
        let tables = tables.flat_map(|of| DEPENDENCIES.map(|name| table(of, name)));
        let tables = tables
            .flatten()
            .chain(patches)
            .chain(table(manifest, "replace"));
        let mut found = tables.flatten().filter_map(|(name, dependency)| {
            self.dependency(name.get_ref(), dependency.get_ref().as_table()?)
        });
        found.next().or_else(|| {
            let root = ["package", "project"]
                .into_iter()
                .filter_map(|name| table(manifest, name)?.get("workspace"));
            let lists = ["members", "default-members"]
                .into_iter()
                .filter_map(|name| workspace?.get(name)?.get_ref().as_array());
            let places = root.chain(lists.flat_map(|list| list.iter()));
            let mut found = places.filter_map(|place| self.outside("workspace", place));
            found.next()
        })
    }

    fn dependency(&self, name: &str, dependency: &DeTable<'_>) -> Option<String> {
        for key in ["git", "registry", "registry-index"] {
            if let Some(source) = dependency.get(key) {
                let url = text(source).unwrap_or_default();
                if (key, url) != ("registry", "crates-io") {
                    return Some(self.asked(name, url, source));
                }
            }
        }
        self.outside(name, dependency.get("path")?)
    }

    fn asked(&self, name: &str, url: &str, at: &Spanned<DeValue<'_>>) -> String {
        format!(
            "{}: the crate `{name}` is to be got from {url}. Nobody is asked for crates \
             but crates.io.",
            self.place(at)
        )
    }

    /// That a path leads out of what was handed in, if it does.
    fn outside(&self, name: &str, place: &Spanned<DeValue<'_>>) -> Option<String> {
        let path = text(place)?;
        let mut whole = PathBuf::new();
        for part in self.path.parent()?.join(path).components() {
            match part {
                // No link is in it, so that is one up.
                Component::ParentDir if whole.pop() => {}
                Component::CurDir => {}
                part => whole.push(part),
            }
        }
        // A member is a pattern, and `..` fits `.?` and `.*`.
        let mut parts = Path::new(path).iter();
        let leaves = !whole.starts_with(self.dir) || parts.any(fits_the_parent);
        leaves.then(|| {
            format!(
                "{}: the path of `{name}`, {path}, leads out of what was handed in.",
                self.place(place)
            )
        })
    }

    fn place(&self, at: &Spanned<DeValue<'_>>) -> String {
        let before = &self.text[..at.span().start];
        format!(
            "{}:{}",
            self.path.display(),
            before.matches('\n').count() + 1
        )
    }
}

fn table<'a, 'b>(of: &'a DeTable<'b>, name: &str) -> Option<&'a DeTable<'b>> {
    of.get(name)?.get_ref().as_table()
}

fn text<'a>(value: &'a Spanned<DeValue<'_>>) -> Option<&'a str> {
    value.get_ref().as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of this manifest, in which the second line counts.
    fn of(file: &str, text: &str) -> Option<String> {
        let name = format!("sources-{}", crate::random::random_name());
        let dir = std::env::temp_dir().join(name);
        let path = dir.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let found = elsewhere(&dir).unwrap();
        fs::remove_dir_all(&dir).unwrap();
        found.map(|said| said.replace(&format!("{}/", dir.display()), ""))
    }

    #[test]
    fn crates_io_and_what_was_handed_in_is_all_that_is_asked() {
        for text in [
            "[dependencies]\ngit = '1'\nregistry = { version = '1', registry = 'crates-io' }\n",
            "[dependencies]\npart = { path = 'parts/../part' }\n",
            "[workspace]\nmembers = ['a', 'b/*', './c']\n",
            "[package.metadata.mine]\ngit = 'https://elsewhere'\n",
            "[dependencies\n",
        ] {
            assert_eq!(of("Cargo.toml", text), None, "{text}");
        }
        let lock = "[[package]]\nname = 'x'\nsource = \
                    'registry+https://github.com/rust-lang/crates.io-index'\n";
        assert_eq!(of("Cargo.lock", lock), None);
    }

    #[test]
    fn another_source_is_named_with_its_file_its_line_and_the_crate() {
        let asked = "the crate `x` is to be got from https://elsewhere. Nobody is asked \
                     for crates but crates.io.";
        for text in [
            "[dependencies]\nx = { git = 'https://elsewhere' }\n",
            "[dev-dependencies]\nx.registry-index = 'https://elsewhere'\n",
            "[target.'cfg(unix)'.build-dependencies]\nx = { git = 'https://elsewhere' }\n",
            "[workspace.dependencies]\nx = { registry = 'https://elsewhere' }\n",
            "[patch.crates-io]\nx = { git = 'https://elsewhere' }\n",
            "[replace]\nx = { git = 'https://elsewhere' }\n",
            "\u{feff}[dependencies.x]\ngit = 'https://elsewhere'\n",
        ] {
            let said = of("target/deep/Cargo.toml", text).unwrap_or_default();
            assert_eq!(said, format!("target/deep/Cargo.toml:2: {asked}"), "{text}");
        }
        let lock = "[[package]]\nsource = 'https://elsewhere'\nname = 'x'\n";
        assert_eq!(
            of("Cargo.lock", lock),
            Some(format!("Cargo.lock:2: {asked}"))
        );
    }

    #[test]
    fn a_path_out_of_what_was_handed_in_is_named() {
        for (text, name, path) in [
            ("[dependencies]\nx = { path = '../x' }\n", "x", "../x"),
            ("[dependencies]\nx.path = 'in/../../x'\n", "x", "in/../../x"),
            ("[dependencies]\nx.path = '/etc'\n", "x", "/etc"),
            ("[package]\nworkspace = '..'\n", "workspace", ".."),
            ("[workspace]\nmembers = ['../*']\n", "workspace", "../*"),
            ("[workspace]\nmembers = ['.?/*']\n", "workspace", ".?/*"),
            ("[workspace]\nmembers = ['in/.*']\n", "workspace", "in/.*"),
            ("[workspace]\nmembers = ['.[.]/*']\n", "workspace", ".[.]/*"),
        ] {
            let said = format!(
                "Cargo.toml:2: the path of `{name}`, {path}, leads out of what was handed in."
            );
            assert_eq!(of("Cargo.toml", text), Some(said), "{text}");
        }
    }
}
