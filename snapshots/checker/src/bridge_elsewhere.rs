//! Where there are no such sockets there is no sandbox, and so no way into one.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// None can be made here.
pub struct Bridge {
    /// The port's address.
    pub address: SocketAddr,
}

impl Bridge {
    /// To nowhere.
    ///
    /// # Errors
    ///
    /// Always: this system has none.
    pub fn to(_: PathBuf) -> io::Result<Bridge> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
