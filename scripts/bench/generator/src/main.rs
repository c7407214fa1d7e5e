//! Sends one request a fixed number of times over connections that stay open, and
//! looks at each answer. A wrong answer or a closed connection ends it with an
//! error: it is no figure.
//!
//! usage: generator PORT CONNECTIONS COUNT STATUS [head:TEXT | body:TEXT]… < REQUEST
//!
//! TEXT is what the answer's head (in lower case) or body must have in it. Prints
//! how long it took, how long it had answers to read, and the answers' latencies.
//! One thread, since the cores are the servers'.

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};
use std::{env, io};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What each answer must have.
struct Wanted {
    status: String,
    head: Vec<String>,
    body: Vec<String>,
}

struct Connection {
    stream: TcpStream,
    came: Vec<u8>,
    sent: Instant,
}

/// Where `needle` begins in `text`.
fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len())
        .position(|window| window == needle)
}

/// The whole answer's length, once it is there.
fn length(came: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = find(came, b"\r\n\r\n") else {
        return Ok(None);
    };
    let body = end + 4;
    let head = came[..end].to_ascii_lowercase();
    let head = std::str::from_utf8(&head)?;
    let header = |name: &str| {
        let mut lines = head.split("\r\n");
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
    };
    if let Some(length) = header("content-length") {
        let whole = body + length.trim().parse::<usize>()?;
        return Ok((came.len() >= whole).then_some((body, whole)));
    }
    if header("transfer-encoding").is_some_and(|value| value.trim() == "chunked") {
        let last = find(&came[end..], b"\r\n0\r\n\r\n").map(|at| end + at + 7);
        return Ok(last.map(|whole| (body, whole)));
    }
    Err("the answer does not say how long it is".into())
}

impl Wanted {
    fn check(&self, head: &[u8], body: &[u8]) -> Result<()> {
        let has = |text: &[u8], words: &str| find(text, words.as_bytes()).is_some();
        let lower = head.to_ascii_lowercase();
        let right = head.get(9..12) == Some(self.status.as_bytes())
            && self.head.iter().all(|words| has(&lower, words))
            && self.body.iter().all(|words| has(body, words));
        match right {
            true => Ok(()),
            false => Err(format!(
                "a wrong answer:\n{}{}",
                String::from_utf8_lossy(head),
                String::from_utf8_lossy(body)
            )
            .into()),
        }
    }
}

/// How long it waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What sending all has taken.
struct Sent {
    /// Each answer's latency, in microseconds.
    took: Vec<u32>,
    /// How long answers were there to be read.
    busy: Duration,
}

/// Sends all. It never sleeps: a server would pay for waking it, and the slower one
/// more often.
fn send(
    port: u16,
    connections: usize,
    count: usize,
    request: &[u8],
    wanted: &Wanted,
) -> Result<Sent> {
    let mut poll = Poll::new()?;
    let mut open = Vec::new();
    for number in 0..connections.min(count) {
        let stream = std::net::TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry()
            .register(&mut stream, Token(number), Interest::READABLE)?;
        let (came, sent) = (Vec::with_capacity(16 * 1024), Instant::now());
        open.push(Connection { stream, came, sent });
    }
    let mut left = count - open.len();
    let mut took = Vec::with_capacity(count);
    for connection in &mut open {
        connection.sent = Instant::now();
        connection.stream.write_all(request)?;
    }
    let mut events = Events::with_capacity(connections);
    let mut part = [0; 16 * 1024];
    let (mut busy, mut last) = (Duration::ZERO, Instant::now());
    while took.len() < count {
        poll.poll(&mut events, Some(Duration::ZERO))?;
        if events.is_empty() {
            if last.elapsed() > PATIENCE {
                return Err(format!("no answer came for {PATIENCE:?}").into());
            }
            continue;
        }
        let came = Instant::now();
        for event in &events {
            let connection = &mut open[event.token().0];
            loop {
                match connection.stream.read(&mut part) {
                    Ok(0) if left == 0 && connection.came.is_empty() => break,
                    Ok(0) => return Err("the connection was closed".into()),
                    Ok(read) => connection.came.extend_from_slice(&part[..read]),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error.into()),
                }
                let Some((body, whole)) = length(&connection.came)? else {
                    continue;
                };
                if connection.came.len() > whole {
                    return Err("more came than the answer".into());
                }
                wanted.check(&connection.came[..body], &connection.came[body..])?;
                took.push(connection.sent.elapsed().as_micros() as u32);
                connection.came.clear();
                if left > 0 {
                    left -= 1;
                    connection.sent = Instant::now();
                    connection.stream.write_all(request)?;
                }
                // The next answer is not there yet, and epoll tells when it is: mio
                // is edge-triggered, and what was read has left nothing behind.
                break;
            }
        }
        last = Instant::now();
        busy += last - came;
    }
    Ok(Sent { took, busy })
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let mut next = || arguments.next().ok_or("an argument is missing");
    let port = next()?.parse()?;
    let connections = next()?.parse()?;
    let count = next()?.parse()?;
    let mut wanted = Wanted {
        status: next()?,
        head: Vec::new(),
        body: Vec::new(),
    };
    for argument in arguments {
        match argument.split_once(':') {
            Some(("head", words)) => wanted.head.push(words.to_owned()),
            Some(("body", words)) => wanted.body.push(words.to_owned()),
            _ => return Err(format!("{argument}: write head:TEXT or body:TEXT").into()),
        }
    }
    let mut request = Vec::new();
    io::stdin().read_to_end(&mut request)?;

    let start = Instant::now();
    let Sent { mut took, busy } = send(port, connections, count, &request, &wanted)?;
    let (seconds, busy) = (start.elapsed().as_secs_f64(), busy.as_secs_f64());
    took.sort_unstable();
    let at = |share: f64| {
        f64::from(took[((took.len() - 1) as f64 * share) as usize]) / 1000.0
    };
    println!(
        "{{\"requests\": {count}, \"seconds\": {seconds:.6}, \"busy\": {busy:.6}, \
         \"median_ms\": {:.3}, \"p99_ms\": {:.3}, \"worst_ms\": {:.3}}}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n";

    /// A server that answers the requests of each connection with these, in order,
    /// and then closes it.
    fn server(answers: Vec<&'static str>) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, answers) = (stream.unwrap(), answers.clone());
                thread::spawn(move || {
                    for answer in answers {
                        let mut part = [0; 1024];
                        if stream.read(&mut part).unwrap_or(0) == 0 {
                            return;
                        }
                        // In two parts, as a network may.
                        let (one, other) = answer.split_at(answer.len() / 2);
                        stream.write_all(one.as_bytes()).unwrap();
                        thread::sleep(Duration::from_millis(2));
                        stream.write_all(other.as_bytes()).unwrap();
                    }
                });
            }
        });
        port
    }

    fn play(
        answers: Vec<&'static str>,
        count: usize,
    ) -> std::result::Result<usize, String> {
        let wanted = Wanted {
            status: "200".into(),
            head: vec!["set-cookie: ".into()],
            body: vec!["Hello, Ada!".into()],
        };
        send(server(answers), 2, count, REQUEST, &wanted)
            .map(|sent| sent.took.len())
            .map_err(|error| error.to_string())
    }

    const RIGHT: &str =
        "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 11\r\n\r\nHello, Ada!";
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\
                           Transfer-Encoding: chunked\r\n\r\nb\r\nHello, Ada!\r\n0\r\n\r\n";

    #[test]
    fn each_answer_is_counted_once() {
        assert_eq!(play(vec![RIGHT; 20], 20), Ok(20));
        assert_eq!(play(vec![CHUNKED; 20], 20), Ok(20));
    }

    #[test]
    fn a_wrong_answer_is_an_error() {
        for wrong in [
            "HTTP/1.1 500 Oops\r\nSet-Cookie: a=b\r\nContent-Length: 11\r\n\r\nHello, Ada!",
            "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nHello, Ada!",
            "HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 11\r\n\r\nHello, Eve!",
        ] {
            let said = play(vec![RIGHT, RIGHT, wrong, RIGHT], 8).unwrap_err();
            assert!(said.starts_with("a wrong answer"), "{said}");
        }
    }

    #[test]
    fn a_closed_connection_is_an_error() {
        let said = play(vec![RIGHT, RIGHT], 8).unwrap_err();
        assert!(
            ["closed", "reset", "pipe"]
                .iter()
                .any(|word| said.contains(word)),
            "{said}"
        );
    }
}
