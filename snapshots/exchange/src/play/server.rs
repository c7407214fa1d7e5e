//! The server that a script is played against, as far as the player knows it.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// The server a script is played against.
pub trait Server {
    /// Where it listens now.
    fn address(&self) -> SocketAddr;

    /// The name it goes by in a `Host` header, where a script has none or says
    /// `127.0.0.1`: its address, unless it has a better one.
    fn host(&self) -> String {
        match self.address().ip() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        }
    }

    /// The key that seals its cookies, when the player may know it.
    fn key(&self) -> Option<cookie::Key>;

    /// Stops the server and starts it again, with another key when asked.
    ///
    /// # Errors
    ///
    /// `None` when it is not the player's to restart, or why it did not start.
    fn restart(&mut self, another_key: bool) -> Result<(), Option<String>>;
}

impl<S: Server + ?Sized> Server for &mut S {
    fn address(&self) -> SocketAddr {
        (**self).address()
    }

    fn host(&self) -> String {
        (**self).host()
    }

    fn key(&self) -> Option<cookie::Key> {
        (**self).key()
    }

    fn restart(&mut self, another_key: bool) -> Result<(), Option<String>> {
        (**self).restart(another_key)
    }
}

impl<S: Server + ?Sized> Server for Box<S> {
    fn address(&self) -> SocketAddr {
        (**self).address()
    }

    fn host(&self) -> String {
        (**self).host()
    }

    fn key(&self) -> Option<cookie::Key> {
        (**self).key()
    }

    fn restart(&mut self, another_key: bool) -> Result<(), Option<String>> {
        (**self).restart(another_key)
    }
}

/// A server that somebody else started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Where it listens.
    pub address: SocketAddr,
    /// The name in its URL.
    pub host: String,
}

impl Remote {
    /// The server at an `http://` URL, once for each address of its name:
    /// `localhost` may have two, and a server may listen on one of them.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL, or that its name has no address.
    pub fn at(url: &str) -> Result<Vec<Remote>, String> {
        let rest = match url.split_once("://") {
            Some(("http", rest)) => rest,
            Some(("https", _)) => {
                return Err(format!(
                    "{url}: TLS is not spoken here. Give the http:// address that the server \
                     has behind its proxy."
                ));
            }
            _ => return Err(format!("{url}: write it as http://127.0.0.1:8001")),
        };
        let authority = rest.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '?', '#', '@', ' ']) {
            return Err(format!(
                "{url}: write only the server's address, as http://127.0.0.1:8001"
            ));
        }
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.is_empty() && !port.contains(']'));
        let (host, with_port) = match (has_port, authority.rsplit_once(':')) {
            (true, Some((host, _))) => (host, authority.to_owned()),
            _ => (authority, format!("{authority}:80")),
        };
        let found = with_port
            .to_socket_addrs()
            .map_err(|error| format!("{url}: {error}"))?;
        let host = host.to_owned();
        let servers: Vec<Remote> = found
            .map(|address| Remote {
                address,
                host: host.clone(),
            })
            .collect();
        match servers.is_empty() {
            true => Err(format!("{url}: {host} has no address")),
            false => Ok(servers),
        }
    }
}

impl Server for Remote {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn host(&self) -> String {
        self.host.clone()
    }

    fn key(&self) -> Option<cookie::Key> {
        None
    }

    fn restart(&mut self, _: bool) -> Result<(), Option<String>> {
        Err(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_found_by_its_url_alone() {
        for (url, host, port) in [
            ("http://127.0.0.1:8001", "127.0.0.1", 8001),
            ("http://localhost:8001/", "localhost", 8001),
            ("http://127.0.0.1", "127.0.0.1", 80),
            ("http://[::1]:8001", "[::1]", 8001),
        ] {
            for server in Remote::at(url).unwrap() {
                assert_eq!(
                    (server.host(), server.address().port()),
                    (host.to_owned(), port)
                );
            }
        }
        for url in [
            "",
            "8001",
            "127.0.0.1:8001",
            "https://127.0.0.1",
            "ftp://127.0.0.1",
            "http://",
            "http://127.0.0.1:8001/greet",
            "http://127.0.0.1:no",
            "http://a b",
            "http://ada@127.0.0.1",
            "http://127.0.0.1:99999",
        ] {
            let error = Remote::at(url).unwrap_err();
            assert!(error.starts_with(&format!("{url}: ")), "{error}");
        }
    }
}
