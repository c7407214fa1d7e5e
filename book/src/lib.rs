//! Turns the pages and the pinned exchanges into the book.
//!
//! [`build`] runs mdBook in process. [`Exchanges`] is the preprocessor that
//! puts the exchanges into the pages and fails on what mdBook would let pass.

mod bind;
mod copies;
mod fingerprint;
mod html;
mod minutes;
mod picture;
mod predict;
mod preprocess;
mod sequence;
mod sheet;
mod slim;
mod tables;

pub use copies::{Copies, copies};
pub use picture::{Kept, Live, draw_live, kept};
pub use preprocess::Exchanges;

use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use mdbook_driver::config::Config;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Where the book's parts are, below the root of the repository.
#[derive(Debug, Clone)]
pub struct Sources {
    root: PathBuf,
}

impl Sources {
    /// The parts below `root`, the folder of the workspace's `Cargo.toml`.
    pub fn of(root: impl Into<PathBuf>) -> Sources {
        Sources { root: root.into() }
    }

    /// mdBook's own root: `book.toml`, `pages/` and `theme/`.
    pub fn book(&self) -> PathBuf {
        self.root.join("book")
    }

    /// The repository.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The exchanges.
    pub fn exchanges(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// The exchanges of the Flask side.
    fn flask_exchanges(&self) -> PathBuf {
        self.root.join("scripts/flask/exchanges")
    }

    /// What a reader changes under "Your turn": a folder for each lesson, with what is
    /// asked, the exchanges that say when it is done, and the worked solution.
    fn turns(&self) -> PathBuf {
        self.root.join("book/turns")
    }

    /// The folders whose listings the pages include, and whose anchors must
    /// therefore all be used.
    pub fn listings(&self) -> [PathBuf; 5] {
        [
            "server/src/lessons",
            "server/templates",
            "scripts/flask",
            "scripts/copied",
            "scripts/your-own",
        ]
        .map(|folder| self.root.join(folder))
    }
}

/// What a build gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Built {
    /// How many pages the book has.
    pub pages: usize,
}

/// Why the book was not built: a line for each fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildError(String);

impl Display for BuildError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BuildError {}

impl BuildError {
    fn at(path: &Path, error: impl Display) -> BuildError {
        BuildError(format!("{}: {error}", path.display()))
    }
}

/// Builds the book into the folder `into`. What was there stays until the new
/// book is whole.
///
/// # Errors
///
/// Every fault of every page as `file:line: what is wrong, what to do`, or the
/// folder that can't be written.
pub fn build(sources: &Sources, into: &Path) -> Result<Built, BuildError> {
    let fresh = into.with_extension("new");
    remove(&fresh)?;
    let pages = render(sources, Exchanges::new(sources.clone()), &fresh)?;
    remove(into)?;
    fs::rename(&fresh, into).map_err(|error| BuildError::at(into, error))?;
    Ok(Built { pages })
}

/// Builds one page, `session.html`, and the files that it asks for into the folder
/// `into`: a tenth of the work of the book, for one who looks at what they wrote. The
/// other pages there are empty, so its search finds nothing of them.
///
/// # Errors
///
/// Every fault of the page, a name that no page has, or the folder that can't be
/// written.
pub fn build_page(
    sources: &Sources,
    page: &str,
    into: &Path,
) -> Result<(), BuildError> {
    remove(into)?;
    render(sources, Exchanges::only(sources.clone(), page), into)?;
    Ok(())
}

/// Gives the number of pages.
fn render(
    sources: &Sources,
    exchanges: Exchanges,
    into: &Path,
) -> Result<usize, BuildError> {
    fs::create_dir_all(into).map_err(|error| BuildError::at(into, error))?;
    let toml = sources.book().join("book.toml");
    let mut config =
        Config::from_disk(&toml).map_err(|error| BuildError::at(&toml, error))?;
    config.build.build_dir = into.to_owned();
    config
        .set("preprocessor.exchanges.before", ["links"])
        .map_err(|error| BuildError::at(&toml, error))?;
    let mut book = MDBook::load_with_config(sources.book(), config)
        .map_err(|error| BuildError(format!("{error:#}")))?;
    // It takes the place and the turn of the command of the same name in
    // book.toml, which is there for stock mdBook.
    book.with_preprocessor(exchanges);
    book.build()
        .map_err(|error| BuildError(error.root_cause().to_string()))?;
    bind::bind(into)?;
    Ok(book.iter().filter(|item| is_page(item)).count())
}

fn is_page(item: &BookItem) -> bool {
    matches!(item, BookItem::Chapter(chapter) if chapter.path.is_some())
}

fn remove(folder: &Path) -> Result<(), BuildError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(BuildError::at(folder, error))
        }
        _ => Ok(()),
    }
}
