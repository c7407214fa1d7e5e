//! The book, served from memory, and built again when its sources change.

use super::assets::Asset;
use book::{Sources, build};
use rocket::http::uri::fmt::Path as UriPath;
use rocket::http::uri::{Origin, Segments};
use rocket::request::FromSegments;
use rocket::response::content::RawHtml;
use rocket::response::{Redirect, Responder};
use rocket::tokio::task::spawn_blocking;
use rocket::{Route, State, get, routes};
use std::collections::HashMap;
use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

/// How long a look at the sources counts, so that one page's files cost one.
const FRESH: Duration = Duration::from_millis(300);

/// The first page. It is a text and not a `uri!`, which would take the slash
/// away, and with it the folder of the book's relative links.
pub const FRONT: &str = "/book/";

/// By the path below `/book/`.
type Shelf = HashMap<String, Asset>;

/// The built book and where it comes from.
pub struct Pages {
    sources: Sources,
    /// The built copy; beside it stands the fingerprint it was built from.
    built: PathBuf,
    shelf: RwLock<Arc<Shelf>>,
    looked: Mutex<Looked>,
}

struct Looked {
    at: Instant,
    /// Of the sources as they were then, whether or not they made a book.
    fingerprint: String,
}

impl Pages {
    /// Opens the book of the repository at `root`, and builds it first unless
    /// the copy in `target/book` was built from these very sources. Says on the
    /// terminal what it does.
    ///
    /// # Errors
    ///
    /// Faults in the pages or a folder that can't be written, when there is no
    /// earlier book to show instead.
    pub fn open(root: &Path) -> Result<Pages, String> {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let sources = Sources::of(&root);
        let built = root.join("target").join("book");
        fs::create_dir_all(root.join("target"))
            .map_err(|error| format!("{}: {error}", root.join("target").display()))?;
        // A binary that was moved away from its sources still has the book.
        let fingerprint = sources.fingerprint().unwrap_or_default();
        let _lock = lock(&built)?;
        if let Err(fault) = rebuild(&sources, &built, &fingerprint) {
            if !built.join("index.html").is_file() {
                return Err(fault);
            }
            eprintln!("{fault}\nThe last good book is shown instead.");
        }
        let shelf = load(&built).map_err(|error| {
            let built = built.display();
            format!("{built}: {error}. Delete this folder, and start again.")
        })?;
        Ok(Pages {
            sources,
            built,
            shelf: RwLock::new(Arc::new(shelf)),
            looked: Mutex::new(Looked {
                at: Instant::now(),
                fingerprint,
            }),
        })
    }

    /// The folder of the exchanges.
    pub fn exchanges(&self) -> PathBuf {
        self.sources.exchanges()
    }

    fn shelf(&self) -> Arc<Shelf> {
        match self.shelf.read() {
            Ok(shelf) => shelf.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }

    /// Builds the book again if a source has changed since the last look. What
    /// is wrong with it goes to the terminal, once, and the last good book
    /// stays.
    fn refresh(&self) {
        let Ok(mut looked) = self.looked.lock() else {
            return;
        };
        if looked.at.elapsed() < FRESH {
            return;
        }
        let fingerprint = self.sources.fingerprint().unwrap_or_default();
        if fingerprint != looked.fingerprint {
            let fresh = lock(&self.built).and_then(|_lock| {
                rebuild(&self.sources, &self.built, &fingerprint)?;
                load(&self.built).map_err(|error| error.to_string())
            });
            match (fresh, self.shelf.write()) {
                (Ok(fresh), Ok(mut shelf)) => *shelf = Arc::new(fresh),
                (Err(fault), _) => {
                    eprintln!("{fault}\nThe last good book is shown instead.")
                }
                _ => {}
            }
            looked.fingerprint = fingerprint;
        }
        looked.at = Instant::now();
    }
}

/// The fingerprint that the copy was built from.
fn stamp(built: &Path) -> PathBuf {
    built.with_extension("stamp")
}

/// Held while the copy is built or read: another server may do the same.
fn lock(built: &Path) -> Result<File, String> {
    let path = built.with_extension("lock");
    let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| format!("{}: {error}", path.display()))
}

/// Builds the copy, unless it was built from these very sources.
fn rebuild(sources: &Sources, built: &Path, fingerprint: &str) -> Result<(), String> {
    let stamp = stamp(built);
    if fs::read_to_string(&stamp).is_ok_and(|known| known == fingerprint) {
        return Ok(());
    }
    println!("Building the book …");
    let started = Instant::now();
    let book = build(sources, built).map_err(|error| error.to_string())?;
    fs::write(&stamp, fingerprint)
        .map_err(|error| format!("{}: {error}", stamp.display()))?;
    let seconds = started.elapsed().as_secs_f32();
    println!("Built {} pages in {seconds:.1} s.", book.pages);
    Ok(())
}

/// Tells a page's scripts that this server stands behind it. The built files
/// don't say so: any static host may serve them.
fn announce(html: &[u8]) -> Vec<u8> {
    let html = String::from_utf8_lossy(html);
    html.replacen(
        "<head>",
        "<head>\n<meta name=\"companion\" content=\"here\">",
        1,
    )
    .into_bytes()
}

/// Every file of the built book.
fn load(built: &Path) -> io::Result<Shelf> {
    let mut shelf = Shelf::new();
    let mut folders = vec![built.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(built)
                .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?
                .to_string_lossy()
                .replace('\\', "/");
            let mut bytes = fs::read(&path)?;
            if name.ends_with(".html") {
                bytes = announce(&bytes);
            }
            let asset = Asset::new(&name, bytes);
            shelf.insert(name, asset);
        }
    }
    Ok(shelf)
}

/// The path below `/book/`, decoded. Any text is one: it is looked up, never
/// opened.
struct Below(String);

impl<'r> FromSegments<'r> for Below {
    type Error = Infallible;

    fn from_segments(segments: Segments<'r, UriPath>) -> Result<Below, Infallible> {
        Ok(Below(segments.collect::<Vec<_>>().join("/")))
    }
}

#[derive(Responder)]
enum Answer {
    Page(Asset),
    /// `/book` without its slash: the book's relative links would miss.
    Elsewhere(Redirect),
    #[response(status = 404)]
    Nowhere(RawHtml<Vec<u8>>),
}

#[get("/book/<path..>")]
async fn page(path: Below, origin: &Origin<'_>, pages: &State<Arc<Pages>>) -> Answer {
    let Below(name) = path;
    if name.is_empty() && !origin.path().ends_with('/') {
        return Answer::Elsewhere(Redirect::moved(FRONT));
    }
    let name = match name.as_str() {
        "" => "index.html".to_owned(),
        _ => name,
    };
    if name.ends_with(".html") {
        let pages = Arc::clone(pages);
        // A build that panics leaves the shelf as it was.
        let _ = spawn_blocking(move || pages.refresh()).await;
    }
    let shelf = pages.shelf();
    match (shelf.get(&name), shelf.get("404.html")) {
        (Some(asset), _) => Answer::Page(asset.clone()),
        (None, page) => {
            let bytes = page.map(|page| page.bytes().to_vec());
            Answer::Nowhere(RawHtml(bytes.unwrap_or_default()))
        }
    }
}

/// The routes, to be mounted at `/` with a managed `Arc<Pages>`.
pub fn routes() -> Vec<Route> {
    routes![page]
}
