//! Servers with one fault each, and one without. For readers a bug hunt; for
//! the checks the proof that each fault is caught, and named.
//!
//! They share one site in plain Rust, with its sessions in memory under
//! random names: another way of doing what the lessons do with sealed cookies. A
//! login alone is a signed cookie, since a copy of it goes on after log-out, as the
//! lesson says.

mod exhibits;
mod http;
mod line;
mod login;
mod oauth;
mod sign;
mod site;
mod webhooks;

pub use exhibits::{EXHIBITS, Exhibit};

use site::Site;
use std::io;
use std::net::{SocketAddr, TcpListener};

/// Starts the server with this fault, or the one without, on `port` of loopback
/// (0 is any free port), and says where it listens. It goes on until the process
/// ends.
///
/// # Errors
///
/// The port can't be listened on.
pub fn start(exhibit: Option<&'static Exhibit>, port: u16) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let address = listener.local_addr()?;
    let site = std::sync::Arc::new(Site::new(exhibit));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let site = std::sync::Arc::clone(&site);
            std::thread::spawn(move || {
                http::serve(stream, |request| site.answer(request))
            });
        }
    });
    Ok(address)
}
