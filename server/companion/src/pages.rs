//! The book, served from memory, and built again when its sources change.

use super::assets::Asset;
use super::policy;
use super::reader::SameOrigin;
use super::settings::{Audience, Settings};
use book::{Sources, build, build_page};
use rocket::http::uri::fmt::Path as UriPath;
use rocket::http::uri::{Origin, Segments};
use rocket::http::{Header, Status};
use rocket::request::FromSegments;
use rocket::response::content::RawHtml;
use rocket::response::{Redirect, Responder};
use rocket::serde::json::{self, Json};
use rocket::tokio::task::spawn_blocking;
use rocket::{Route, State, get, routes};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::id;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long a look at the sources counts, so that one page's files cost one.
const FRESH: Duration = Duration::from_millis(300);

/// The first page. It is a text and not a `uri!`, which would take the slash
/// away, and with it the folder of the book's relative links.
pub const FRONT: &str = "/book/";

/// Where the server is when nobody says otherwise, as the pages have it.
const ORIGIN: &str = "http://127.0.0.1:8000";

/// By the path below `/book/`.
type Shelf = HashMap<String, Asset>;

/// The built book and where it comes from.
pub struct Pages {
    sources: Sources,
    /// The built copy; beside it stands what it was built from, and what it is.
    built: PathBuf,
    shelf: RwLock<Arc<Shelf>>,
    looked: Mutex<Looked>,
    /// Where a page waits for a build to end.
    ended: Condvar,
    /// Where readers reach it, once that is known.
    origin: OnceLock<String>,
}

struct Looked {
    at: Instant,
    /// The fingerprint of the sources as they were then.
    seen: String,
    /// That of which the book on the shelf was made, or could not be.
    built: String,
    /// The pages on the shelf that are of what was seen, where the book is not yet.
    drawn: HashSet<String>,
    building: bool,
}

impl Pages {
    /// Opens the book of the repository at `root`. It is built first where there is no
    /// whole copy in `target/book`; a copy that was built from other sources is
    /// built anew when a page is asked for, so a server that starts waits for
    /// nothing. Says on the terminal what it does.
    ///
    /// # Errors
    ///
    /// Faults in the pages or a folder that can't be written, when there is no
    /// earlier book to show instead.
    pub fn open(root: &Path) -> Result<Pages, String> {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let sources = Sources::of(&root);
        let built = root.join("target").join("book");
        // A binary that was moved away from its sources still has the book.
        let seen = sources.fingerprint().unwrap_or_default();
        let (known, shelf) = match good(&built) {
            Some(copy) => copy,
            None => (seen.clone(), current(&sources, &built, &seen)?),
        };
        Ok(Pages {
            sources,
            built,
            shelf: RwLock::new(Arc::new(shelf)),
            looked: Mutex::new(Looked {
                at: Instant::now(),
                seen,
                built: known,
                drawn: HashSet::new(),
                building: false,
            }),
            ended: Condvar::new(),
            origin: OnceLock::new(),
        })
    }

    /// From now on the pages say that readers reach this server at `origin`
    /// (`http://127.0.0.1:8001`). The built files name the port that it has when
    /// nobody says otherwise.
    pub fn reached_at(&self, origin: &str) {
        // For the links of what checks a reader's server. Without it they name the
        // port that a server has by itself.
        let _ = fs::write(self.built.with_extension("address"), origin);
        if origin == ORIGIN || self.origin.set(origin.to_owned()).is_err() {
            return;
        }
        let shelf = self.moved(Shelf::clone(&self.shelf()));
        self.put(shelf);
    }

    fn put(&self, shelf: Shelf) {
        match self.shelf.write() {
            Ok(mut known) => *known = Arc::new(shelf),
            Err(poisoned) => *poisoned.into_inner() = Arc::new(shelf),
        }
    }

    /// The shelf with pages that say where readers reach this server.
    fn moved(&self, mut shelf: Shelf) -> Shelf {
        let Some(origin) = self.origin.get() else {
            return shelf;
        };
        for (name, asset) in &mut shelf {
            if name.ends_with(".html") {
                let html = String::from_utf8_lossy(asset.bytes());
                *asset = of_html(name, &moved(&html, origin));
            }
        }
        shelf
    }

    /// The repository.
    pub fn root(&self) -> &Path {
        self.sources.root()
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

    fn looked(&self) -> MutexGuard<'_, Looked> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that the page `name` is of the sources as they are. If one has
    /// changed since the last look, the page is built alone, at once, and the book
    /// after it on a thread of its own; a page that can't be built alone waits for
    /// that. What is wrong with the book goes to the terminal, once, and the last good
    /// one stays.
    fn refresh(self: &Arc<Pages>, name: &str) {
        let mut looked = self.looked();
        if looked.at.elapsed() >= FRESH {
            // A file that went while it was looked at: the next look tells.
            if let Ok(seen) = self.sources.fingerprint()
                && seen != looked.seen
            {
                looked.seen = seen;
                looked.drawn.clear();
            }
            looked.at = Instant::now();
        }
        if looked.seen == looked.built || looked.drawn.contains(name) {
            return;
        }
        if !looked.building {
            let pages = Arc::clone(self);
            let started = thread::Builder::new().spawn(move || pages.build());
            if started.is_err() {
                // The last good one, until there is a thread.
                return;
            }
            looked.building = true;
        }
        // Any text may be asked for. A page that is new waits for the book.
        if self.shelf().contains_key(name) && self.draw(name).is_ok() {
            looked.drawn.insert(name.to_owned());
            return;
        }
        while looked.building {
            looked = self
                .ended
                .wait(looked)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Puts the page on the shelf, built alone, with what it asks for.
    fn draw(&self, name: &str) -> Result<(), String> {
        let into = self.built.with_extension("page").join(id().to_string());
        let drawn = build_page(&self.sources, name, &into)
            .map_err(|error| error.to_string())
            .and_then(|()| load(&into).map_err(|error| error.to_string()));
        // It is on the shelf now, or of no use.
        let _ = fs::remove_dir_all(&into);
        let mut drawn = drawn?;
        drawn.retain(|file, _| file == name || !file.ends_with(".html"));
        let mut shelf = Shelf::clone(&self.shelf());
        shelf.extend(self.moved(drawn));
        self.put(shelf);
        Ok(())
    }

    /// Builds the book until it is that of the sources as they were seen last.
    fn build(&self) {
        let _panic = Panicked(self);
        loop {
            let seen = self.looked().seen.clone();
            let fresh = current(&self.sources, &self.built, &seen);
            let mut looked = self.looked();
            match fresh {
                Ok(fresh) => self.put(self.moved(fresh)),
                Err(fault) => {
                    eprintln!("{fault}\nThe last good book is shown instead.");
                }
            }
            looked.drawn.clear();
            looked.built = seen;
            if looked.built == looked.seen {
                return self.end(looked);
            }
        }
    }

    fn end(&self, mut looked: MutexGuard<'_, Looked>) {
        looked.building = false;
        self.ended.notify_all();
    }
}

/// Lets no page wait for a build that panicked, and leaves the shelf as it was.
struct Panicked<'p>(&'p Pages);

impl Drop for Panicked<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut looked = self.0.looked();
            looked.built = looked.seen.clone();
            self.0.end(looked);
        }
    }
}

/// Where it stands what the copy was built from, and a hash of its files.
fn stamp(built: &Path) -> PathBuf {
    built.with_extension("stamp")
}

/// Held while the copy is built or read: another server may do the same.
fn lock(built: &Path) -> Result<File, String> {
    let at = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
    let folder = built.parent().unwrap_or(built);
    fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    let path = built.with_extension("lock");
    let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|error| at(&path, error))
}

/// The book of these very sources: the copy if it is theirs and whole, else
/// built anew.
fn current(
    sources: &Sources,
    built: &Path,
    fingerprint: &str,
) -> Result<Shelf, String> {
    // Where nothing can be written, nobody builds either, and a look needs no lock.
    let locked = lock(built);
    // A copy of other sources is not read.
    if stamped(built).is_some_and(|(known, _)| known == fingerprint)
        && let Some((_, shelf)) = good(built)
    {
        return Ok(shelf);
    }
    let _lock = locked?;
    println!("Building the book …");
    let started = Instant::now();
    let book = build(sources, built).map_err(|error| error.to_string())?;
    let shelf = load(built).map_err(|error| format!("{}: {error}", built.display()))?;
    let stamp = stamp(built);
    fs::write(&stamp, format!("{fingerprint} {}", digest(&shelf)))
        .map_err(|error| format!("{}: {error}", stamp.display()))?;
    let seconds = started.elapsed().as_secs_f32();
    println!("Built {} pages in {seconds:.1} s.", book.pages);
    Ok(shelf)
}

/// The copy, and the fingerprint that it was built from, if no file of it has
/// gone or been changed since.
fn good(built: &Path) -> Option<(String, Shelf)> {
    let (fingerprint, whole) = stamped(built)?;
    let shelf = load(built).ok()?;
    (digest(&shelf) == whole).then_some((fingerprint, shelf))
}

/// The fingerprint that the copy was built from, and the hash that its files had.
fn stamped(built: &Path) -> Option<(String, String)> {
    let stamp = fs::read_to_string(stamp(built)).ok()?;
    let (fingerprint, whole) = stamp.split_once(' ')?;
    Some((fingerprint.to_owned(), whole.to_owned()))
}

/// A hash of every file's name and content.
fn digest(shelf: &Shelf) -> String {
    let mut files: Vec<_> = shelf.iter().collect();
    files.sort_by_key(|(name, _)| *name);
    let mut hasher = Sha256::new();
    for (name, asset) in files {
        hasher.update(format!("{name}\n{}\n", asset.hash()));
    }
    format!("{:x}", hasher.finalize())
}

/// Tells a page's scripts that this server stands behind it. The built files
/// don't say so: any static host may serve them.
fn announce(html: &[u8]) -> String {
    let html = String::from_utf8_lossy(html);
    html.replacen(
        "<head>",
        "<head>\n<meta name=\"companion\" content=\"here\">",
        1,
    )
}

/// A page, and what it may do.
fn of_html(name: &str, html: &str) -> Asset {
    let policy = policy::of_page(html);
    Asset::new(name, html.as_bytes().to_vec()).with_policy(policy)
}

/// The page with `origin` in place of the one that it was built with; the other name
/// that this machine has there is the provider's.
fn moved(html: &str, origin: &str) -> String {
    // In a class both have one name.
    let provider = origin.replace("://127.0.0.1:", "://localhost:");
    let own = ORIGIN.replace("://127.0.0.1:", "://localhost:");
    let coded = |origin: &str| origin.replace(':', "%3A").replace('/', "%2F");
    let html = html.replace(ORIGIN, origin).replace(&own, &provider);
    let html = html.replace(&coded(ORIGIN), &coded(origin));
    let html = html.replace(&coded(&own), &coded(&provider));
    // The other names that a lesson is asked by, which curl takes to this machine.
    match origin.rsplit_once(':') {
        Some((_, port)) if port.parse::<u16>().is_ok() => {
            html.replace(".example:8000", &format!(".example:{port}"))
        }
        _ => html,
    }
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
            let bytes = fs::read(&path)?;
            let asset = match name.ends_with(".html") {
                true => of_html(&name, &announce(&bytes)),
                false => Asset::new(&name, bytes),
            };
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
    Nowhere(RawHtml<Vec<u8>>, Header<'static>),
    /// There is no page that says so.
    Missing(Status),
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
        let page = name.clone();
        let _ = spawn_blocking(move || pages.refresh(&page)).await;
    }
    let shelf = pages.shelf();
    match (shelf.get(&name), shelf.get("404.html")) {
        (Some(asset), _) => Answer::Page(asset.clone()),
        (None, Some(page)) => {
            Answer::Nowhere(RawHtml(page.bytes().to_vec()), page.policy())
        }
        (None, None) => Answer::Missing(Status::NotFound),
    }
}

/// The steps of pages that `cargo snapshots watch` has found solved, each with the
/// milliseconds since 1970 when it did so last. In a class they are on the readers' own
/// machines.
#[get("/companion/solved")]
fn solved(
    _here: SameOrigin,
    settings: &State<Settings>,
    pages: &State<Arc<Pages>>,
) -> Json<HashMap<String, u64>> {
    let text = match settings.audience {
        Audience::One => fs::read_to_string(pages.built.with_extension("solved")),
        Audience::Classroom => Ok(String::new()),
    };
    Json(json::from_str(&text.unwrap_or_default()).unwrap_or_default())
}

/// The routes, to be mounted at `/` with a managed `Arc<Pages>` and [`Settings`].
pub fn routes() -> Vec<Route> {
    routes![page, solved]
}
