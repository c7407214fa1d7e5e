//! Where the book's repository stands, whose files the command reads.

use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the book's server stands when nobody says otherwise.
pub const BOOK: &str = "http://127.0.0.1:8000";

/// How long a server of this machine may take to answer.
const SOON: Duration = Duration::from_millis(200);

/// The repository that this program was built from.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The folder of the exchanges.
pub fn exchanges() -> PathBuf {
    root().join("snapshots")
}

/// Where readers reach the book's server, if it runs: it leaves its address in
/// `target/book.address`, and what was left by one that is gone is no server's.
pub fn served() -> Option<String> {
    let origin = fs::read_to_string(root().join("target/book.address")).ok()?;
    let (scheme, authority) = origin.split_once("://")?;
    let port = if scheme == "https" { 443 } else { 80 };
    let address = match authority.contains(':') {
        true => authority.to_socket_addrs(),
        false => (authority, port).to_socket_addrs(),
    };
    let address = address.ok()?.next()?;
    TcpStream::connect_timeout(&address, SOON).ok()?;
    Some(origin)
}
