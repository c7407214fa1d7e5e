//! As much of HTTP/1.1 as a server of the gallery speaks.

use exchange::format::percent::decode_form;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request's head and body may be this long, in bytes.
const LONGEST: usize = 64 * 1024;

/// Reads one request, and writes the answer to it.
pub fn serve(mut stream: TcpStream, answer: impl FnOnce(&Request) -> Response) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let Some(request) = Request::read(&mut stream) else {
        return;
    };
    let response = answer(&request);
    let mut head = format!(
        "HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n",
        response.status,
        response.body.len()
    );
    for (name, value) in response.headers {
        head += &format!("{name}: {value}\r\n");
    }
    let body = if request.method == "HEAD" {
        ""
    } else {
        &response.body
    };
    let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
}

pub struct Request {
    pub method: String,
    pub path: String,
    query: String,
    headers: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
    /// The bytes as they came, and as text.
    pub raw: Vec<u8>,
    pub body: String,
}

impl Request {
    fn read(stream: &mut TcpStream) -> Option<Request> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
            bytes.extend(&buffer[..count]);
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut head = httparse::Request::new(&mut headers);
            match head.parse(&bytes).ok()? {
                httparse::Status::Partial if bytes.len() < LONGEST => continue,
                httparse::Status::Partial => return None,
                httparse::Status::Complete(start) => {
                    let text = |name: &str| {
                        let header = head
                            .headers
                            .iter()
                            .find(|header| header.name.eq_ignore_ascii_case(name));
                        header.map(|header| {
                            String::from_utf8_lossy(header.value).into_owned()
                        })
                    };
                    let length: usize = text("content-length")
                        .and_then(|text| text.parse().ok())
                        .unwrap_or(0);
                    if length > LONGEST {
                        return None;
                    }
                    if bytes.len() < start + length {
                        continue;
                    }
                    let headers = head.headers.iter().map(|header| {
                        let value = String::from_utf8_lossy(header.value);
                        (header.name.to_ascii_lowercase(), value.into_owned())
                    });
                    let target = head.path?;
                    let (path, query) = target.split_once('?').unwrap_or((target, ""));
                    let cookies = text("cookie").unwrap_or_default();
                    let cookies =
                        cookies.split("; ").filter_map(|pair| pair.split_once('='));
                    return Some(Request {
                        method: head.method?.to_owned(),
                        path: path.to_owned(),
                        query: query.to_owned(),
                        headers: headers.collect(),
                        cookies: cookies
                            .map(|(name, value)| (name.to_owned(), value.to_owned()))
                            .collect(),
                        raw: bytes[start..start + length].to_vec(),
                        body: String::from_utf8_lossy(&bytes[start..start + length])
                            .into_owned(),
                    });
                }
            }
        }
    }

    /// The path and the query, as they were asked for.
    pub fn target(&self) -> String {
        match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, self.query),
        }
    }

    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(found, _)| found == name);
        header.map(|(_, value)| value.as_str())
    }

    /// The cookies' names, in order.
    pub fn cookie_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.cookies.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookie = self.cookies.iter().find(|(found, _)| found == name);
        cookie.map(|(_, value)| value.as_str())
    }

    /// A field of the query or the form.
    pub fn field(&self, name: &str) -> Option<String> {
        let fields = self.query.split('&').chain(self.body.split('&'));
        fields
            .filter_map(|field| field.split_once('='))
            .find(|(found, _)| *found == name)
            .map(|(_, value)| decode_form(value))
    }
}

/// The text as the value of a query's field.
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        })
        .collect()
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

pub struct Response {
    pub status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Response {
    pub fn new(status: &'static str, kind: &str, body: impl Into<String>) -> Response {
        Response {
            status,
            headers: vec![("Content-Type", format!("{kind}; charset=utf-8"))],
            body: body.into(),
        }
    }

    pub fn text(body: impl Into<String>) -> Response {
        Response::new("200 OK", "text/plain", body)
    }

    pub fn html(heading: &str, body: &str) -> Response {
        let page = format!(
            "<!doctype html>\n<html lang=\"en\"><title>{heading}</title>\n<h1>{heading}</h1>\n{body}\n"
        );
        Response::new("200 OK", "text/html", page)
    }

    pub fn redirect(status: &'static str, location: &str) -> Response {
        let mut response = Response::new(status, "text/plain", "");
        response.headers.push(("Location", location.to_owned()));
        response
    }

    pub fn see_other(location: &str) -> Response {
        Response::redirect("303 See Other", location)
    }

    pub fn refresh(location: &str) -> Response {
        Response::html(
            "On the way",
            &format!("<meta http-equiv=\"refresh\" content=\"0; url={location}\">"),
        )
    }

    pub fn set_header(&mut self, name: &'static str, value: &str) {
        self.headers.push((name, value.to_owned()));
    }

    pub fn set_cookie(&mut self, cookie: String) {
        self.headers.push(("Set-Cookie", cookie));
    }
}
