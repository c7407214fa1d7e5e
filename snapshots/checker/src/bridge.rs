//! A way into a sandbox that has a network of its own. A socket in a folder is the
//! one thing that both sides see: inside, [`serve`] leads it to the submission's
//! server; outside, [`Bridge`] leads a port of this machine to it.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// How long a connection may wait until it is taken.
const PATIENCE: Duration = Duration::from_millis(200);
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
                join(&server, &stream);
            }
        });
    }
}

/// The server on this port, whichever of the two loopbacks it has.
fn server(port: u16) -> io::Result<TcpStream> {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port))
        .or_else(|_| TcpStream::connect((Ipv6Addr::LOCALHOST, port)))
}

/// A socket that is meant itself, whatever its name leads to later: the folder that it
/// is in is the other side's to write. Off Linux there is no other side.
#[cfg(target_os = "linux")]
struct Held(std::fs::File);

#[cfg(target_os = "linux")]
impl Held {
    fn of(socket: &std::path::Path) -> io::Result<Held> {
        use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
        let held = std::fs::File::options()
            .read(true)
            .custom_flags(libc::O_PATH | libc::O_NOFOLLOW)
            .open(socket)?;
        match held.metadata()?.file_type().is_socket() {
            true => Ok(Held(held)),
            false => Err(io::Error::other("this is no socket")),
        }
    }

    fn path(&self) -> PathBuf {
        use std::os::fd::AsRawFd;
        format!("/proc/self/fd/{}", self.0.as_raw_fd()).into()
    }
}

#[cfg(not(target_os = "linux"))]
struct Held(PathBuf);

#[cfg(not(target_os = "linux"))]
impl Held {
    fn of(socket: &std::path::Path) -> io::Result<Held> {
        Ok(Held(socket.to_owned()))
    }

    fn path(&self) -> PathBuf {
        self.0.clone()
    }
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
        let held = Arc::new(Held::of(&socket)?);
        answers(&held)?;
        let socket = held.path();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if ends.load(Ordering::Relaxed) {
                    return;
                }
                let (held, socket) = (Arc::clone(&held), socket.clone());
                thread::spawn(move || {
                    let _held = held;
                    if let Ok(inside) = UnixStream::connect(socket) {
                        join(&stream, &inside);
                    }
                });
            }
        });
        Ok(Bridge { address, is_over })
    }
}

/// Whether somebody takes a connection there. A socket whose queue is full, and of which
/// nobody takes any, lets who connects wait for ever: a thread does, as long as there is
/// a socket.
///
/// # Errors
///
/// Nobody does, or not in time.
fn answers(held: &Arc<Held>) -> io::Result<()> {
    let (tell, told) = mpsc::channel();
    let held = Arc::clone(held);
    thread::spawn(move || {
        let _ = tell.send(UnixStream::connect(held.path()).map(drop));
    });
    let nobody = |_| Err(io::ErrorKind::TimedOut.into());
    told.recv_timeout(PATIENCE).unwrap_or_else(nobody)
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // The listener wakes, and sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

/// Leads each end's bytes to the other, until both have said that they are done.
fn join(mut tcp: &TcpStream, mut unix: &UnixStream) {
    thread::scope(|scope| {
        scope.spawn(move || {
            let (mut from, mut to) = (tcp, unix);
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
        let _ = io::copy(&mut unix, &mut tcp);
        let _ = tcp.shutdown(Shutdown::Write);
    });
}
