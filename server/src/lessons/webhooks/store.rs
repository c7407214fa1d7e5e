//! Where deliveries are kept. One thread has them all, in memory and in a file
//! that only grows, so that nothing that was written is ever written again. It is
//! long because half of it is tests: what a crash may leave, and each bound.

use super::{SECRETS, now, secrets};
use rocket::figment::Figment;
use rocket::serde::json;
use rocket::tokio::sync::oneshot;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{iter, mem};

/// An inbox shows so many deliveries of a sender; the oldest makes room.
const SHOWN: usize = 30;
/// A sender has so many inboxes, whatever the others have.
const INBOXES: usize = 300;
/// So many ids of a sender are known in one inbox, and in all of them.
const IDS: usize = 2_000;
const ALL_IDS: usize = 50_000;
/// Seconds that an id is known at the least: the five minutes that a clock may
/// be ahead, the five that a delivery may be late, and ten more. Where there
/// is no room for it, the delivery isn't taken; no id is forgotten for it.
const ONCE: u64 = 20 * 60;
/// Seconds after which an inbox to which nothing came is gone.
const UNUSED: u64 = 7 * 24 * 60 * 60;
/// The most characters of an inbox's name, of an id and of a body.
const NAME: usize = 40;
const ID: usize = 200;
const BODY: usize = 200;
/// The file is written anew when it has more bytes than this, and twice as
/// many as are needed.
const SMALL: u64 = 1 << 20;

/// Whether a delivery was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Now,
    Before,
    /// There is no room for it, or it can't be written.
    Not,
}

/// What arrived.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Delivery {
    inbox: String,
    sender: String,
    id: String,
    /// The body's beginning.
    body: String,
    at: u64,
}

type Key = [u8; 32];

impl Delivery {
    fn key(&self) -> Key {
        Sha256::digest(&self.id).into()
    }
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Took(Delivery),
    /// An id that is known, of a delivery that is no longer shown.
    Knows {
        inbox: String,
        sender: String,
        key: Key,
        at: u64,
    },
    Emptied(String),
}

impl Line {
    fn text(&self) -> String {
        let line = json::to_string(self).expect("texts and numbers are JSON");
        line + "\n"
    }
}

/// The text's first characters.
fn short(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

enum Ask {
    Keep(Delivery, oneshot::Sender<Taken>),
    Empty(String, oneshot::Sender<bool>),
    List(String, oneshot::Sender<Vec<Delivery>>),
}

/// What arrived, by inbox, and the secrets of those who may send. What arrived
/// outlives the process.
pub struct Inboxes {
    secrets: String,
    asks: Option<Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

impl Inboxes {
    /// The inboxes in the folder that `inboxes` names in the configuration, or
    /// in `.inboxes`. Where that can't be had, it is said, and nothing is taken.
    /// `inboxes_rest` is after how many seconds an inbox to which nothing came may make
    /// room for another; the ids in it are then forgotten, so it is 20 minutes.
    /// The secrets are those of `webhook_secrets` in the configuration, else of
    /// the variable `WEBHOOK_SECRETS`, else the book's.
    pub fn open(figment: &Figment) -> Inboxes {
        let secrets = figment.extract_inner("webhook_secrets").ok();
        let secrets = secrets
            .or_else(|| std::env::var("WEBHOOK_SECRETS").ok())
            .unwrap_or_else(|| SECRETS.to_owned());
        let folder = figment.extract_inner("inboxes");
        let folder: PathBuf = folder.unwrap_or_else(|_| ".inboxes".into());
        match Store::open(&folder) {
            Ok(mut store) => {
                let rest = figment.extract_inner("inboxes_rest");
                store.shelves.rest = rest.unwrap_or(ONCE);
                Inboxes::of(store, secrets)
            }
            Err(error) => {
                eprintln!("{}: {error}. No webhook is taken.", folder.display());
                Inboxes {
                    secrets,
                    asks: None,
                    thread: None,
                }
            }
        }
    }

    fn of(mut store: Store, secrets: String) -> Inboxes {
        let (asks, asked) = mpsc::channel();
        Inboxes {
            secrets,
            asks: Some(asks),
            thread: Some(thread::spawn(move || store.serve(&asked))),
        }
    }

    /// A sender's secrets, the newest first.
    pub(super) fn secrets(&self, sender: &str) -> Vec<Vec<u8>> {
        secrets(&self.secrets, sender)
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.asks.as_ref()?.send(ask(answer)).ok()?;
        answered.await.ok()
    }

    /// Keeps a delivery, unless it is there. It is on the disk before anybody
    /// hears of it: what is acknowledged is never sent again.
    pub(super) async fn keep(
        &self,
        inbox: &str,
        sender: &str,
        id: &str,
        body: &[u8],
    ) -> Taken {
        let is_short = id.chars().count() <= ID;
        let delivery = Delivery {
            inbox: short(inbox, NAME),
            sender: sender.to_owned(),
            id: match is_short {
                true => id.to_owned(),
                false => format!("sha256={:x}", Sha256::digest(id)),
            },
            body: short(&String::from_utf8_lossy(body), BODY),
            at: now(),
        };
        let answer = self.ask(|answer| Ask::Keep(delivery, answer)).await;
        answer.unwrap_or(Taken::Not)
    }

    /// Forgets what is in an inbox, and says whether that is on the disk.
    pub(super) async fn empty(&self, inbox: &str) -> bool {
        let ask = |answer| Ask::Empty(short(inbox, NAME), answer);
        self.ask(ask).await.unwrap_or(false)
    }

    /// The oldest first.
    pub(super) async fn list(&self, inbox: &str) -> Vec<Delivery> {
        let ask = |answer| Ask::List(short(inbox, NAME), answer);
        self.ask(ask).await.unwrap_or_default()
    }
}

impl Drop for Inboxes {
    /// The next server may have the folder when this one is gone.
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What one sender has in one inbox.
#[derive(Default)]
struct Shelf {
    used: u64,
    /// With the place of each in the order of coming.
    shown: VecDeque<(u64, Delivery)>,
    ids: BTreeMap<Key, u64>,
}

/// By sender and inbox.
struct Shelves {
    all: BTreeMap<(String, String), Shelf>,
    came: u64,
    /// Seconds after which an inbox to which nothing came makes room for another.
    rest: u64,
}

impl Default for Shelves {
    fn default() -> Shelves {
        let (all, came) = Default::default();
        Shelves {
            all,
            came,
            rest: ONCE,
        }
    }
}

impl Shelves {
    fn of(&mut self, sender: &str) -> impl Iterator<Item = (&String, &mut Shelf)> {
        let own = self
            .all
            .iter_mut()
            .filter(move |((name, _), _)| name == sender);
        own.map(|((_, inbox), shelf)| (inbox, shelf))
    }

    fn knows(&self, delivery: &Delivery) -> bool {
        let place = (delivery.sender.clone(), delivery.inbox.clone());
        let shelf = self.all.get(&place);
        shelf.is_some_and(|shelf| shelf.ids.contains_key(&delivery.key()))
    }

    /// Whether there is room, after what is old enough was forgotten.
    fn has_room(&mut self, sender: &str, inbox: &str) -> bool {
        let (old, rest) = (now().saturating_sub(ONCE), self.rest);
        let is_new = !self.of(sender).any(|(name, _)| name == inbox);
        if is_new && self.of(sender).count() >= INBOXES {
            let oldest = self.of(sender).min_by_key(|(_, shelf)| shelf.used);
            let rested = now().saturating_sub(rest);
            let oldest = oldest.filter(|(_, shelf)| shelf.used < rested);
            let Some(name) = oldest.map(|(name, _)| name.clone()) else {
                return false;
            };
            self.all.remove(&(sender.to_owned(), name));
        }
        let is_full = |own: &mut Shelves| {
            let here = own.of(sender).find(|(name, _)| *name == inbox);
            let here = here.map_or(0, |(_, shelf)| shelf.ids.len());
            here >= IDS
                || own.of(sender).map(|it| it.1.ids.len()).sum::<usize>() >= ALL_IDS
        };
        if is_full(self) {
            for (_, shelf) in self.of(sender) {
                shelf.ids.retain(|_, at| *at >= old);
            }
        }
        !is_full(self)
    }

    fn put(&mut self, line: Line) {
        match line {
            Line::Took(delivery) => {
                let shelf = self.shelf(&delivery.sender, &delivery.inbox);
                shelf.used = shelf.used.max(delivery.at);
                shelf.ids.insert(delivery.key(), delivery.at);
                self.came += 1;
                let came = self.came;
                let shelf = self.shelf(&delivery.sender, &delivery.inbox);
                shelf.shown.push_back((came, delivery));
            }
            Line::Knows {
                inbox,
                sender,
                key,
                at,
            } => {
                let shelf = self.shelf(&sender, &inbox);
                shelf.used = shelf.used.max(at);
                shelf.ids.insert(key, at);
            }
            Line::Emptied(inbox) => self.all.retain(|(_, name), _| *name != inbox),
        }
    }

    fn shelf(&mut self, sender: &str, inbox: &str) -> &mut Shelf {
        let place = (sender.to_owned(), inbox.to_owned());
        self.all.entry(place).or_default()
    }

    /// Once a line is on the disk, the oldest ones make room.
    fn trim(&mut self) {
        for shelf in self.all.values_mut() {
            let more = shelf.shown.len().saturating_sub(SHOWN);
            shelf.shown.drain(..more);
        }
    }

    fn list(&self, inbox: &str) -> Vec<Delivery> {
        let here = self.all.iter().filter(|((_, name), _)| name == inbox);
        let mut all: Vec<_> = here.flat_map(|(_, shelf)| &shelf.shown).collect();
        all.sort_by_key(|(came, _)| came);
        all.into_iter()
            .map(|(_, delivery)| delivery.clone())
            .collect()
    }

    /// All of it, as lines, without the inboxes that nobody uses.
    fn text(&mut self) -> String {
        let old = now().saturating_sub(UNUSED);
        self.all.retain(|_, shelf| shelf.used >= old);
        let mut text = String::new();
        let mut shown = Vec::new();
        for ((sender, inbox), shelf) in &self.all {
            let mut ids = shelf.ids.clone();
            for (came, delivery) in &shelf.shown {
                ids.remove(&delivery.key());
                shown.push((came, delivery));
            }
            for (key, at) in ids {
                let (inbox, sender) = (inbox.clone(), sender.clone());
                text += &Line::Knows {
                    inbox,
                    sender,
                    key,
                    at,
                }
                .text();
            }
        }
        shown.sort_by_key(|(came, _)| *came);
        for (_, delivery) in shown {
            text += &Line::Took(delivery.clone()).text();
        }
        text
    }
}

struct Store {
    folder: PathBuf,
    /// Held as long as the store is. A second server finds it locked.
    _lock: File,
    log: Log,
    shelves: Shelves,
}

impl Store {
    fn open(folder: &Path) -> io::Result<Store> {
        if let Ok(found) = fs::symlink_metadata(folder)
            && !found.is_dir()
        {
            return Err(io::Error::other("this is no folder"));
        }
        fs::create_dir_all(folder)?;
        only_mine(folder)?;
        let lock = locked(&folder.join("lock"))?;
        let file = folder.join("deliveries");
        let bytes = match fs::symlink_metadata(&file) {
            Ok(found) if !found.is_file() => {
                return Err(io::Error::other("`deliveries` is no file"));
            }
            Ok(_) => fs::read(&file)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut shelves = Shelves::default();
        let mut unread = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            // What was cut was not thanked for, and may be half a number.
            match json::from_slice::<Line>(line) {
                Ok(read) if line.ends_with(b"\n") => shelves.put(read),
                _ if line == b"\n" => {}
                _ => unread.extend_from_slice(line),
            }
        }
        shelves.trim();
        if !unread.is_empty() {
            set_aside(folder, &unread)?;
        }
        let log = Log::anew(folder, &shelves.text())?;
        Ok(Store {
            folder: folder.to_owned(),
            _lock: lock,
            log,
            shelves,
        })
    }

    /// Answers, until nobody asks any more. What has come meanwhile is written
    /// together, so that many wait for the disk as long as one.
    fn serve(&mut self, asked: &Receiver<Ask>) {
        while let Ok(first) = asked.recv() {
            let together = iter::once(first).chain(asked.try_iter().take(255));
            self.answer(together.collect());
            if self.log.length > SMALL.max(2 * self.log.needed) {
                match Log::anew(&self.folder, &self.shelves.text()) {
                    Ok(log) => self.log = log,
                    // The old one is as good, and it is tried again later.
                    Err(_) => self.log.needed = self.log.length,
                }
            }
        }
    }

    fn answer(&mut self, asks: Vec<Ask>) {
        let (mut text, mut undo) = (String::new(), Vec::new());
        let (mut kept, mut emptied, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        for ask in asks {
            match ask {
                Ask::Keep(delivery, to) => {
                    let (sender, inbox) = (&delivery.sender, &delivery.inbox);
                    let taken = if self.shelves.knows(&delivery) {
                        Taken::Before
                    } else if self.shelves.has_room(sender, inbox) {
                        let line = Line::Took(delivery.clone());
                        text += &line.text();
                        self.shelves.put(line);
                        undo.push(Undo::Took(delivery));
                        Taken::Now
                    } else {
                        Taken::Not
                    };
                    kept.push((to, taken));
                }
                Ask::Empty(inbox, to) => {
                    text += &Line::Emptied(inbox.clone()).text();
                    let (gone, rest) = mem::take(&mut self.shelves.all)
                        .into_iter()
                        .partition(|((_, name), _)| *name == inbox);
                    self.shelves.all = rest;
                    undo.push(Undo::Emptied(gone));
                    emptied.push(to);
                }
                Ask::List(inbox, to) => lists.push((inbox, to)),
            }
        }
        let log = &mut self.log;
        let mut write = || log.keep_name().and_then(|()| log.append(text.as_bytes()));
        let written = text.is_empty() || write().is_ok();
        if !written {
            undo.into_iter().rev().for_each(|step| self.undo(step));
        }
        self.shelves.trim();
        // Who asked may be gone. What is written stays.
        for (to, taken) in kept {
            let _ = to.send(if written { taken } else { Taken::Not });
        }
        for to in emptied {
            let _ = to.send(written);
        }
        for (inbox, to) in lists {
            let _ = to.send(self.shelves.list(&inbox));
        }
    }

    fn undo(&mut self, step: Undo) {
        match step {
            Undo::Took(delivery) => {
                let shelf = self.shelves.shelf(&delivery.sender, &delivery.inbox);
                shelf.ids.remove(&delivery.key());
                shelf.shown.pop_back();
            }
            Undo::Emptied(mut gone) => self.shelves.all.append(&mut gone),
        }
    }
}

/// What was done in memory, in case it can't be written.
enum Undo {
    Took(Delivery),
    Emptied(BTreeMap<(String, String), Shelf>),
}

/// The file, opened to be added to.
struct Log {
    file: File,
    length: u64,
    /// How many bytes it had when it was new.
    needed: u64,
    /// Half a line may be at its end.
    is_cut: bool,
    /// The folder, where its name in it may not be on the disk yet.
    unnamed: Option<File>,
}

impl Log {
    /// A new file in the place of the old one, which is whole until then.
    fn anew(folder: &Path, text: &str) -> io::Result<Log> {
        let new = folder.join("deliveries.new");
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Opened before the old file is let go: from then on nothing may fail.
        let place = opened_folder(folder)?;
        let mut file = create(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, folder.join("deliveries"))?;
        let length = text.len() as u64;
        Ok(Log {
            file,
            length,
            needed: length,
            is_cut: false,
            unnamed: place.filter(|place| place.sync_all().is_err()),
        })
    }

    /// Sees to it that the file's own name is on the disk, before anything in it is
    /// thanked for.
    fn keep_name(&mut self) -> io::Result<()> {
        if let Some(place) = &self.unnamed {
            place.sync_all()?;
            self.unnamed = None;
        }
        Ok(())
    }

    // ANCHOR: append
    /// Adds whole lines, and waits until they are on the disk.
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.is_cut {
            self.file.set_len(self.length)?;
            self.is_cut = false;
        }
        let written = self.file.write_all(lines);
        match written.and_then(|()| self.file.sync_data()) {
            Ok(()) => self.length += lines.len() as u64,
            Err(error) => {
                // Half of it may be there. Nothing is added to half a line.
                self.is_cut = self.file.set_len(self.length).is_err();
                return Err(error);
            }
        }
        Ok(())
    }
    // ANCHOR_END: append
}

fn options() -> OpenOptions {
    let mut options = File::options();
    options.append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A file that nobody else reads. It must not be there, not as a link either.
fn create(path: &Path) -> io::Result<File> {
    options().create_new(true).open(path)
}

#[cfg(unix)]
fn only_mine(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn only_mine(_: &Path) -> io::Result<()> {
    Ok(())
}

/// A file's name is on the disk when its folder is.
fn sync_folder(folder: &Path) -> io::Result<()> {
    opened_folder(folder)?.map_or(Ok(()), |place| place.sync_all())
}

/// The folder, where a system opens one to be synced.
fn opened_folder(folder: &Path) -> io::Result<Option<File>> {
    cfg!(unix).then(|| File::open(folder)).transpose()
}

/// The lock that one server has. A server that is just ending is waited for.
fn locked(path: &Path) -> io::Result<File> {
    let file = match create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(path)?.is_file() {
                return Err(io::Error::other("`lock` is no file"));
            }
            options().open(path)?
        }
        made => made?,
    };
    for _ in 0..50 {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => {
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
    Err(io::Error::other("another server has these inboxes"))
}

/// Keeps what can't be read beside the file, and says so.
fn set_aside(folder: &Path, bytes: &[u8]) -> io::Result<()> {
    let names = (1..1000).map(|number| folder.join(format!("unread-{number}")));
    for path in names {
        match create(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(mut file) => {
                file.write_all(bytes)?;
                file.sync_all()?;
                let length = bytes.len();
                eprintln!(
                    "{}: {length} bytes of the deliveries can't be read, and are kept here.",
                    path.display()
                );
                return sync_folder(folder);
            }
        }
    }
    Err(io::Error::other(
        "there are too many files that can't be read",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is gone when this is.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            let name = super::super::random_name();
            Folder(std::env::temp_dir().join(format!("inboxes-{name}")))
        }

        fn open(&self) -> Inboxes {
            Inboxes::open(&Figment::new().merge(("inboxes", &self.0)))
        }

        fn file(&self) -> PathBuf {
            self.0.join("deliveries")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    async fn keep(inboxes: &Inboxes, inbox: &str, id: &str) -> Taken {
        inboxes.keep(inbox, "github", id, b"Milk").await
    }

    #[rocket::async_test]
    async fn a_long_id_comes_once_and_a_long_name_has_an_inbox() {
        let folder = Folder::new();
        let inboxes = folder.open();
        let (inbox, id) = ("ada".repeat(100), "7".repeat(1_000));
        assert_eq!(keep(&inboxes, &inbox, &id).await, Taken::Now);
        assert_eq!(keep(&inboxes, &inbox, &id).await, Taken::Before);
        let other = format!("{id}8");
        assert_eq!(keep(&inboxes, &inbox, &other).await, Taken::Now);
        assert_eq!(inboxes.list(&inbox).await.len(), 2);
        assert!(inboxes.empty(&inbox).await);
        assert_eq!(inboxes.list(&inbox).await.len(), 0);
    }

    #[rocket::async_test]
    async fn a_delivery_survives_a_restart_and_comes_once_though_it_is_not_shown() {
        let folder = Folder::new();
        let inboxes = folder.open();
        assert_eq!(keep(&inboxes, "ada", "1").await, Taken::Now);
        assert_eq!(keep(&inboxes, "eve", "1").await, Taken::Now);
        for number in 0..SHOWN {
            assert_eq!(
                keep(&inboxes, "ada", &format!("n{number}")).await,
                Taken::Now
            );
        }
        drop(inboxes);
        let inboxes = folder.open();
        assert_eq!(keep(&inboxes, "ada", "1").await, Taken::Before);
        assert_eq!(inboxes.list("ada").await.len(), SHOWN);
        assert!(inboxes.empty("ada").await);
        drop(inboxes);
        let inboxes = folder.open();
        assert_eq!(inboxes.list("ada").await.len(), 0);
        assert_eq!(inboxes.list("eve").await.len(), 1);
    }

    #[test]
    fn an_id_is_known_until_it_is_old_and_a_full_inbox_takes_no_more() {
        let mut shelves = Shelves::default();
        let line = |inbox: &str, number: usize, at| Line::Knows {
            inbox: inbox.into(),
            sender: "github".into(),
            key: Sha256::digest(number.to_string()).into(),
            at,
        };
        (0..IDS).for_each(|number| shelves.put(line("ada", number, now())));
        assert!(!shelves.has_room("github", "ada"));
        assert_eq!(shelves.shelf("github", "ada").ids.len(), IDS);
        assert!(shelves.has_room("github", "eve"));
        assert!(shelves.has_room("stripe", "ada"));
        // What can't come again makes room.
        (0..9).for_each(|number| shelves.put(line("ada", number, now() - ONCE - 1)));
        assert!(shelves.has_room("github", "ada"));
        assert_eq!(shelves.shelf("github", "ada").ids.len(), IDS - 9);
    }

    #[test]
    fn one_senders_inboxes_shut_out_nobody_and_the_unused_make_room() {
        let mut shelves = Shelves::default();
        for number in 0..INBOXES {
            shelves.shelf("github", &number.to_string()).used = now();
        }
        assert!(!shelves.has_room("github", "ada"));
        assert!(shelves.has_room("stripe", "ada"));
        assert!(shelves.has_room("github", "7"));
        shelves.shelf("github", "7").used = now() - ONCE - 1;
        assert!(shelves.has_room("github", "ada"));
        assert!(!shelves.all.contains_key(&("github".into(), "7".into())));
        // After a week it is gone from the file, too.
        shelves.shelf("github", "8").used = now() - UNUSED - 1;
        shelves.text();
        assert!(!shelves.all.contains_key(&("github".into(), "8".into())));
    }

    #[rocket::async_test]
    async fn an_inbox_rests_as_long_as_is_said_before_it_makes_room() {
        let folder = Folder::new();
        let figment = Figment::new().merge(("inboxes", &folder.0));
        let short = figment.clone().merge(("inboxes_rest", 1));
        for (figment, taken) in [(figment, Taken::Not), (short, Taken::Now)] {
            let inboxes = Inboxes::open(&figment);
            let each = (0..INBOXES).map(|number| {
                let (inboxes, name) = (&inboxes, number.to_string());
                async move { keep(inboxes, &name, "1").await }
            });
            rocket::futures::future::join_all(each).await;
            rocket::tokio::time::sleep(Duration::from_millis(2_100)).await;
            assert_eq!(keep(&inboxes, "one more", "1").await, taken);
        }
    }

    #[rocket::async_test]
    async fn what_cannot_be_read_is_kept_aside_and_the_rest_is_served() {
        let folder = Folder::new();
        let inboxes = folder.open();
        assert_eq!(keep(&inboxes, "ada", "1").await, Taken::Now);
        drop(inboxes);
        let good = fs::read(folder.file()).expect("a file");
        let cut = &good[..good.len() / 2];
        let bytes = [b"\xff\xfe\n", &good[..], b"{}\n", cut].concat();
        fs::write(folder.file(), bytes).expect("written");
        let inboxes = folder.open();
        assert_eq!(inboxes.list("ada").await.len(), 1);
        let aside = fs::read(folder.0.join("unread-1")).expect("kept aside");
        assert_eq!(aside, [b"\xff\xfe\n{}\n", cut].concat());
        // The next is on a line of its own.
        assert_eq!(keep(&inboxes, "ada", "2").await, Taken::Now);
        drop(inboxes);
        assert_eq!(folder.open().list("ada").await.len(), 2);
        assert!(!folder.0.join("unread-2").exists());
    }

    #[rocket::async_test]
    async fn a_second_server_takes_nothing_and_loses_nothing() {
        let folder = Folder::new();
        let first = folder.open();
        let second = folder.open();
        assert_eq!(keep(&second, "ada", "1").await, Taken::Not);
        assert!(!second.empty("ada").await);
        assert_eq!(keep(&first, "ada", "1").await, Taken::Now);
    }

    #[rocket::async_test]
    async fn many_at_once_are_each_taken_once() {
        let folder = Folder::new();
        let inboxes = folder.open();
        let each = (0..400).map(|number| {
            let id = (number % 200).to_string();
            let inboxes = &inboxes;
            async move { keep(inboxes, "ada", &id).await }
        });
        let taken = rocket::futures::future::join_all(each).await;
        let count = |wanted| taken.iter().filter(|it| **it == wanted).count();
        assert_eq!((count(Taken::Now), count(Taken::Before)), (200, 200));
    }

    #[cfg(unix)]
    #[rocket::async_test]
    async fn a_link_is_not_followed_and_nobody_else_reads_the_file() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let (folder, elsewhere) = (Folder::new(), Folder::new());
        drop(elsewhere.open());
        let mode = |path: &Path| {
            let found = fs::metadata(path).expect("a file");
            found.permissions().mode() & 0o777
        };
        assert_eq!(mode(&elsewhere.0), 0o700);
        assert_eq!(mode(&elsewhere.file()), 0o600);
        fs::create_dir(&folder.0).expect("a folder");
        for name in ["deliveries", "lock"] {
            let link = folder.0.join(name);
            let _ = fs::remove_file(&link);
            symlink(elsewhere.file(), &link).expect("a link");
            assert_eq!(keep(&folder.open(), "ada", "1").await, Taken::Not);
            fs::remove_file(link).expect("the link is still one");
        }
        fs::remove_dir_all(&folder.0).expect("removed");
        symlink(&elsewhere.0, &folder.0).expect("a link");
        assert_eq!(keep(&folder.open(), "ada", "1").await, Taken::Not);
        fs::remove_file(&folder.0).expect("the link is still one");
        assert_eq!(fs::read(elsewhere.file()).expect("a file"), b"");
    }

    #[cfg(target_os = "linux")]
    #[rocket::async_test]
    async fn what_cannot_be_written_is_not_thanked_for_and_not_half_there() {
        let folder = Folder::new();
        let mut store = Store::open(&folder.0).expect("a store");
        // A disk that is full.
        let full = options().open("/dev/full").expect("Linux has one");
        let good = mem::replace(&mut store.log.file, full);
        let ask = |id: &str| Delivery {
            inbox: "ada".into(),
            sender: "github".into(),
            id: id.into(),
            body: String::new(),
            at: now(),
        };
        let (answer, mut taken) = oneshot::channel();
        let (told, mut emptied) = oneshot::channel();
        store.answer(vec![
            Ask::Keep(ask("1"), answer),
            Ask::Empty("ada".into(), told),
        ]);
        assert_eq!(taken.try_recv(), Ok(Taken::Not));
        assert_eq!(emptied.try_recv(), Ok(false));
        assert!(store.shelves.list("ada").is_empty());
        store.log.file = good;
        // Half a line got through.
        store
            .log
            .file
            .write_all(b"{\"took\":{\"inb")
            .expect("written");
        store.log.is_cut = true;
        let (answer, mut taken) = oneshot::channel();
        store.answer(vec![Ask::Keep(ask("1"), answer)]);
        assert_eq!(taken.try_recv(), Ok(Taken::Now));
        drop(store);
        assert_eq!(folder.open().list("ada").await.len(), 1);
        assert!(!folder.0.join("unread-1").exists());
    }

    #[rocket::async_test]
    async fn a_file_that_has_grown_is_written_anew() {
        let folder = Folder::new();
        let inboxes = folder.open();
        for round in 0..40 {
            let each = (0..200).map(|number| {
                let (inboxes, id) = (&inboxes, format!("{round}-{number}"));
                async move { inboxes.keep("ada", "github", &id, &[b'x'; 200]).await }
            });
            rocket::futures::future::join_all(each).await;
            assert!(inboxes.empty("ada").await);
        }
        let length = fs::metadata(folder.file()).expect("a file").len();
        assert!(length < SMALL + 300 * 400, "{length} bytes");
    }
}
