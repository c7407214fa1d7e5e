//! One HTTP/1.1 request over one socket, written byte for byte. It is long because
//! a server may answer anything, for as long as it likes.
//!
//! An HTTP client library normalizes what it sends: it joins duplicate
//! headers, fixes their case and adds its own. A script must be able to say
//! exactly what goes out, and a check must see exactly what came back, so the
//! request is written here and the response's head is read by `httparse`.

use std::fmt::{self, Display, Formatter};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Bounds on what a server may cost the client that asks it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From connecting to the last byte of the body.
    pub time: Duration,
    /// Status line and headers, in bytes.
    pub head: usize,
    /// The body, in bytes.
    pub body: usize,
}

impl Default for Limits {
    /// 10 seconds, 64 KiB of headers, 1 MiB of body.
    fn default() -> Limits {
        Limits {
            time: Duration::from_secs(10),
            head: 64 * 1024,
            body: 1024 * 1024,
        }
    }
}

/// A response as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawResponse {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// Names in lower case, values as received, in the order received.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, with a chunked coding taken off.
    pub body: Vec<u8>,
}

impl RawResponse {
    /// The first header of this name, in lower case, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(candidate, _)| candidate == name)?;
        std::str::from_utf8(value).ok()
    }
}

/// Why there is no response.
#[derive(Debug)]
pub enum HttpError {
    /// Nothing accepts connections at the address.
    Refused(std::io::Error),
    /// The time limit ran out, in this part of the response.
    TimedOut(&'static str),
    /// The connection ended early, in this part of the response.
    Cut(&'static str),
    /// The named part is longer than its limit in bytes.
    TooLong(&'static str, usize),
    /// What came is not HTTP/1.
    NotHttp(String),
    /// The socket failed.
    Io(std::io::Error),
}

impl Display for HttpError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Refused(error) => write!(f, "no server answers there ({error})"),
            HttpError::TimedOut(part) => {
                write!(f, "the server took too long over the {part}")
            }
            HttpError::Cut(part) => {
                write!(f, "the server hung up in the middle of the {part}")
            }
            HttpError::TooLong(part, limit) => {
                write!(f, "the {part} is over {limit} bytes")
            }
            HttpError::NotHttp(why) => write!(f, "the answer is not HTTP/1.1 ({why})"),
            HttpError::Io(error) => write!(f, "the connection failed ({error})"),
        }
    }
}

impl std::error::Error for HttpError {}

/// Sends `request` (a whole HTTP/1.1 request, as bytes) to `address` and reads
/// the response to it. `method` says whether a body can follow (RFC 9112,
/// section 6.3).
///
/// # Errors
///
/// Any [`HttpError`]; within `limits.time` in every case.
pub fn send(
    address: SocketAddr,
    method: &str,
    request: &[u8],
    limits: &Limits,
) -> Result<RawResponse, HttpError> {
    let deadline = Instant::now() + limits.time;
    // Which a socket does not take for a limit.
    if limits.time.is_zero() {
        return Err(HttpError::TimedOut("connection"));
    }
    let mut stream = TcpStream::connect_timeout(&address, limits.time)
        .map_err(HttpError::Refused)?;
    stream.set_nodelay(true).map_err(HttpError::Io)?;
    // A server may answer and hang up before it has read the whole request.
    // Its answer still counts, so an error here is kept for later.
    let written = write(&mut stream, request, deadline);
    let mut wire = Wire {
        stream,
        deadline,
        buffer: Vec::new(),
    };
    match (wire.response(method, limits), written) {
        (Err(HttpError::Cut(_) | HttpError::Io(_)), Err(error)) => {
            Err(HttpError::Io(error))
        }
        (response, _) => response,
    }
}

/// `write_all`, but for the deadline: that has a limit for each part that the
/// server takes.
fn write(
    stream: &mut TcpStream,
    mut rest: &[u8],
    deadline: Instant,
) -> std::io::Result<()> {
    while !rest.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_write_timeout(Some(left))?;
        match stream.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => rest = &rest[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

struct Wire {
    stream: TcpStream,
    deadline: Instant,
    /// Received and not yet used.
    buffer: Vec<u8>,
}

/// How the end of a body is known.
enum Length {
    Bytes(usize),
    Chunked,
    UntilClose,
}

impl Wire {
    /// Reads more into the buffer; false at the end of the stream.
    fn fill(&mut self, part: &'static str) -> Result<bool, HttpError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(HttpError::TimedOut(part));
        }
        self.stream
            .set_read_timeout(Some(left))
            .map_err(HttpError::Io)?;
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.buffer.extend_from_slice(&chunk[..count]);
                Ok(true)
            }
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => Ok(true),
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    Err(HttpError::TimedOut(part))
                }
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Ok(false),
                _ => Err(HttpError::Io(error)),
            },
        }
    }

    fn response(
        &mut self,
        method: &str,
        limits: &Limits,
    ) -> Result<RawResponse, HttpError> {
        let mut head = self.head(limits)?;
        // Interim responses come before the one that answers (RFC 9110, 15.2).
        while (100..200).contains(&head.status) && head.status != 101 {
            head = self.head(limits)?;
        }
        let length = length(method, &head)?;
        head.body = self.body(length, limits.body)?;
        Ok(head)
    }

    fn head(&mut self, limits: &Limits) -> Result<RawResponse, HttpError> {
        loop {
            let parsed = parse_head(&self.buffer)?;
            if let Some((used, response)) =
                parsed.filter(|(used, _)| *used <= limits.head)
            {
                self.buffer.drain(..used);
                return Ok(response);
            }
            if self.buffer.len() > limits.head {
                return Err(HttpError::TooLong("head", limits.head));
            }
            if !self.fill("headers")? {
                return Err(HttpError::Cut("headers"));
            }
        }
    }

    fn body(&mut self, length: Length, limit: usize) -> Result<Vec<u8>, HttpError> {
        match length {
            Length::Bytes(count) if count > limit => {
                Err(HttpError::TooLong("body", limit))
            }
            Length::Bytes(count) => self.exactly(count),
            Length::Chunked => self.chunks(limit),
            Length::UntilClose => {
                while self.buffer.len() <= limit {
                    if !self.fill("body")? {
                        return Ok(std::mem::take(&mut self.buffer));
                    }
                }
                Err(HttpError::TooLong("body", limit))
            }
        }
    }

    fn exactly(&mut self, count: usize) -> Result<Vec<u8>, HttpError> {
        while self.buffer.len() < count {
            if !self.fill("body")? {
                return Err(HttpError::Cut("body"));
            }
        }
        let rest = self.buffer.split_off(count);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    fn chunks(&mut self, limit: usize) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        loop {
            let size = self.chunk_size()?;
            if size == 0 {
                return Ok(body);
            }
            if size.saturating_add(body.len()) > limit {
                return Err(HttpError::TooLong("body", limit));
            }
            body.extend(self.exactly(size)?);
            if self.exactly(2)? != b"\r\n" {
                return Err(HttpError::NotHttp(
                    "a chunk is longer than it says".into(),
                ));
            }
        }
    }

    fn chunk_size(&mut self) -> Result<usize, HttpError> {
        loop {
            match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete((used, size))) => {
                    self.buffer.drain(..used);
                    return Ok(usize::try_from(size).unwrap_or(usize::MAX));
                }
                // A size line is short; one that never ends is not a size line.
                Ok(httparse::Status::Partial) if self.buffer.len() < 1024 => {
                    if !self.fill("body")? {
                        return Err(HttpError::Cut("body"));
                    }
                }
                _ => return Err(HttpError::NotHttp("a chunk has no size".into())),
            }
        }
    }
}

fn parse_head(bytes: &[u8]) -> Result<Option<(usize, RawResponse)>, HttpError> {
    let mut headers = [httparse::EMPTY_HEADER; 256];
    let mut response = httparse::Response::new(&mut headers);
    // A client takes a line that goes on in the next one for one (RFC 9112,
    // section 5.2).
    let mut parser = httparse::ParserConfig::default();
    parser.allow_obsolete_multiline_headers_in_responses(true);
    let used = match parser.parse_response(&mut response, bytes) {
        Ok(httparse::Status::Complete(used)) => used,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(HttpError::NotHttp(error.to_string())),
    };
    let headers = response
        .headers
        .iter()
        .map(|header| (header.name.to_ascii_lowercase(), unfolded(header.value)))
        .collect();
    Ok(Some((
        used,
        RawResponse {
            status: response.code.unwrap_or_default(),
            reason: response.reason.unwrap_or_default().to_owned(),
            headers,
            body: Vec::new(),
        },
    )))
}

fn unfolded(value: &[u8]) -> Vec<u8> {
    let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.collect::<Vec<_>>().join(&b' ')
}

/// RFC 9112, section 6.3, for a response.
fn length(method: &str, head: &RawResponse) -> Result<Length, HttpError> {
    if method == "HEAD" || matches!(head.status, 101 | 204 | 304) {
        return Ok(Length::Bytes(0));
    }
    // A header that comes twice is one with both lists.
    let list = |wanted: &str| -> Vec<String> {
        let headers = head.headers.iter().filter(|(name, _)| name == wanted);
        let values = headers.map(|(_, value)| String::from_utf8_lossy(value));
        let values = values.collect::<Vec<_>>().join(",");
        let members = values.split(',').map(str::trim);
        members.map(str::to_ascii_lowercase).collect()
    };
    let has = |wanted: &str| head.headers.iter().any(|(name, _)| name == wanted);
    if has("transfer-encoding") {
        let last = list("transfer-encoding").pop();
        return Ok(match last.as_deref() {
            Some("chunked") => Length::Chunked,
            _ => Length::UntilClose,
        });
    }
    if !has("content-length") {
        return Ok(Length::UntilClose);
    }
    let lengths = list("content-length");
    let first = &lengths[0];
    let is_number =
        !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || lengths.iter().any(|length| length != first) {
        let said = lengths.join(", ");
        return Err(HttpError::NotHttp(format!("content-length is {said:?}")));
    }
    // One that is too long for a number is too long.
    Ok(Length::Bytes(first.parse().unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    const LIMITS: Limits = Limits {
        time: Duration::from_millis(300),
        head: 1024,
        body: 1024,
    };

    /// What `send` makes of a server that writes `answer`, then hangs up or waits.
    fn answer(answer: &'static [u8], hang: bool) -> Result<RawResponse, HttpError> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(answer);
            if hang {
                thread::sleep(Duration::from_secs(2));
            }
        });
        send(address, "GET", b"GET / HTTP/1.1\r\n\r\n", &LIMITS)
    }

    #[test]
    fn a_body_of_known_length_ends_there() {
        let response =
            answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", true).unwrap();
        assert_eq!((response.status, &response.body[..]), (200, &b"hi"[..]));
    }

    #[test]
    fn a_chunked_body_is_put_together() {
        let response = answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n",
            true,
        )
        .unwrap();
        assert_eq!(response.body, b"hi!");
    }

    #[test]
    fn a_body_without_a_length_ends_with_the_connection() {
        let response = answer(b"HTTP/1.0 200 OK\r\n\r\nhi", false).unwrap();
        assert_eq!(response.body, b"hi");
    }

    #[test]
    fn an_interim_response_is_passed_over() {
        let response = answer(
            b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
            true,
        )
        .unwrap();
        assert_eq!(response.status, 204);
    }

    #[test]
    fn a_server_that_hangs_in_the_headers_is_given_up() {
        let error = answer(b"HTTP/1.1 200 OK\r\nContent-", true).unwrap_err();
        assert!(matches!(error, HttpError::TimedOut("headers")), "{error}");
    }

    #[test]
    fn a_server_that_hangs_in_the_body_is_given_up() {
        let error = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", true)
            .unwrap_err();
        assert!(matches!(error, HttpError::TimedOut("body")), "{error}");
    }

    #[test]
    fn half_a_body_is_an_error() {
        let error = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", false)
            .unwrap_err();
        assert!(matches!(error, HttpError::Cut("body")), "{error}");
    }

    #[test]
    fn a_body_over_the_limit_is_an_error() {
        let error = answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1025\r\n\r\n", true)
            .unwrap_err();
        assert!(matches!(error, HttpError::TooLong("body", 1024)), "{error}");
    }

    #[test]
    fn a_body_over_the_limit_is_an_error_though_it_came_with_the_head() {
        let body = format!("HTTP/1.0 200 OK\r\n\r\n{}", "x".repeat(1025));
        let error = answer(body.leak().as_bytes(), false).unwrap_err();
        assert!(matches!(error, HttpError::TooLong("body", 1024)), "{error}");
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        let error = answer(b"SSH-2.0-OpenSSH_9.2\r\n", true).unwrap_err();
        assert!(matches!(error, HttpError::NotHttp(_)), "{error}");
    }

    #[test]
    fn a_transfer_coding_goes_before_a_length() {
        let chunked = answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\
              Transfer-Encoding: x, Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            true,
        );
        assert_eq!(chunked.unwrap().body, b"hi");
        for coding in ["gzip", "notchunked", "chunked, gzip"] {
            let head = format!(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\nContent-Length: 1\r\n\r\nhi"
            );
            let until_close = answer(head.leak().as_bytes(), false);
            assert_eq!(until_close.unwrap().body, b"hi", "{coding}");
        }
    }

    #[test]
    fn a_length_is_digits_and_said_once_or_the_same_each_time() {
        for (lengths, body) in [
            ("2", Some("hi")),
            ("2, 2", Some("hi")),
            ("2\r\nContent-Length: 2", Some("hi")),
            ("+2", None),
            ("2, 1", None),
            ("2\r\nContent-Length: 1", None),
            ("-2", None),
            ("", None),
        ] {
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {lengths}\r\n\r\nhi");
            match (answer(head.leak().as_bytes(), true), body) {
                (Ok(response), Some(body)) => {
                    assert_eq!(response.body, body.as_bytes())
                }
                (Err(HttpError::NotHttp(_)), None) => {}
                (other, _) => panic!("{lengths:?}: {other:?}"),
            }
        }
        let most = answer(
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            true,
        );
        assert!(
            matches!(most, Err(HttpError::TooLong("body", _))),
            "{most:?}"
        );
    }

    #[test]
    fn a_chunk_ends_where_its_size_says() {
        let error = answer(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi!!0\r\n\r\n",
            false,
        )
        .unwrap_err();
        assert!(matches!(error, HttpError::NotHttp(_)), "{error}");
    }

    #[test]
    fn a_folded_header_is_one_line() {
        let response = answer(
            b"HTTP/1.1 204 No Content\r\nX-Long: one \r\n \t two\r\n\tthree\r\n\r\n",
            true,
        )
        .unwrap();
        assert_eq!(response.header("x-long"), Some("one two three"));
    }

    #[test]
    fn a_head_over_the_limit_is_an_error_though_it_came_at_once() {
        let head =
            format!("HTTP/1.1 204 No Content\r\nX: {}\r\n\r\n", "x".repeat(1024));
        let error = answer(head.leak().as_bytes(), true).unwrap_err();
        assert!(matches!(error, HttpError::TooLong("head", 1024)), "{error}");
    }

    #[test]
    fn a_server_that_reads_slowly_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut some = vec![0; 64 * 1024];
            while stream.read(&mut some).is_ok_and(|count| count > 0) {
                thread::sleep(Duration::from_millis(50));
            }
        });
        let began = Instant::now();
        let request = vec![b'x'; 32 * 1024 * 1024];
        let error = send(address, "POST", &request, &LIMITS).unwrap_err();
        assert!(matches!(error, HttpError::TimedOut(_)), "{error}");
        assert!(
            began.elapsed() < Duration::from_secs(3),
            "{:?}",
            began.elapsed()
        );
    }

    #[test]
    fn no_time_at_all_is_over() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let limits = Limits {
            time: Duration::ZERO,
            ..LIMITS
        };
        let error = send(listener.local_addr().unwrap(), "GET", b"", &limits);
        assert!(matches!(error, Err(HttpError::TimedOut(_))), "{error:?}");
    }

    #[test]
    fn nobody_listening_is_an_error() {
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let error = send(address, "GET", b"", &LIMITS).unwrap_err();
        assert!(matches!(error, HttpError::Refused(_)), "{error}");
    }
}
