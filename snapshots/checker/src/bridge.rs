//! A way into a sandbox that has a network of its own. A socket in a folder is the
//! one thing that both sides see: inside, [`serve`] leads it to the submission's
//! server; outside, [`Bridge`] leads a port of this machine to it.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How often it is looked whether somebody listens.
const PAUSE: Duration = Duration::from_millis(20);

/// Starts a command and, once it listens on `port` of loopback, leads the socket
/// to it. Gives the command's own status.
pub fn serve(socket: &Path, port: u16, command: &[String]) -> ExitCode {
    let Some((program, arguments)) = command.split_first() else {
        return ExitCode::from(2);
    };
    let mut child = match Command::new(program).args(arguments).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{program}: {error}");
            return ExitCode::from(127);
        }
    };
    let socket = socket.to_owned();
    thread::spawn(move || lead(&socket, port));
    match child.wait() {
        Ok(status) => {
            ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1))
        }
        Err(_) => ExitCode::FAILURE,
    }
}

fn lead(socket: &Path, port: u16) {
    while server(port).is_err() {
        thread::sleep(PAUSE);
    }
    let Ok(listener) = UnixListener::bind(socket) else {
        return;
    };
    for stream in listener.incoming().flatten() {
        thread::spawn(move || {
            if let Ok(server) = server(port) {
                join(Two::Unix(stream), Two::Tcp(server));
            }
        });
    }
}

/// The server on this port, whichever of the two loopbacks it has.
fn server(port: u16) -> io::Result<TcpStream> {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .or_else(|_| TcpStream::connect((Ipv6Addr::LOCALHOST, port)))
}

/// A port of this machine that leads to a socket, until it is dropped.
pub struct Bridge {
    /// The port's address.
    pub address: SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl Bridge {
    /// To the socket, where there is one by now.
    ///
    /// # Errors
    ///
    /// Nobody listens there, or there is no free port.
    pub fn to(socket: PathBuf) -> io::Result<Bridge> {
        UnixStream::connect(&socket)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let socket = socket.clone();
                thread::spawn(move || {
                    if let Ok(inside) = UnixStream::connect(socket) {
                        join(Two::Tcp(stream), Two::Unix(inside));
                    }
                });
            }
        });
        Ok(Bridge { address, is_over })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // The listener wakes, and sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

/// One end of a connection.
enum Two {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Two {
    fn again(&self) -> io::Result<Two> {
        Ok(match self {
            Two::Tcp(stream) => Two::Tcp(stream.try_clone()?),
            Two::Unix(stream) => Two::Unix(stream.try_clone()?),
        })
    }

    fn end(&self) {
        let how = std::net::Shutdown::Write;
        let _ = match self {
            Two::Tcp(stream) => stream.shutdown(how),
            Two::Unix(stream) => stream.shutdown(how),
        };
    }
}

impl io::Read for Two {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Two::Tcp(stream) => stream.read(buffer),
            Two::Unix(stream) => stream.read(buffer),
        }
    }
}

impl io::Write for Two {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Two::Tcp(stream) => stream.write(buffer),
            Two::Unix(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Leads each end's bytes to the other, until both have said that they are done.
fn join(one: Two, other: Two) {
    let (Ok(mut from), Ok(mut to)) = (one.again(), other.again()) else {
        return;
    };
    let there = thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        to.end();
    });
    let (mut from, mut to) = (other, one);
    let _ = io::copy(&mut from, &mut to);
    to.end();
    let _ = there.join();
}
