//! A file served from memory, with what a browser needs not to ask twice.

use flate2::Compression;
use flate2::write::GzEncoder;
use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::sync::{Arc, OnceLock};

/// A file's bytes as they are sent, plain and compressed.
#[derive(Clone)]
pub struct Asset {
    kind: ContentType,
    /// A hash of its content is in its name, so it never changes.
    hashed: bool,
    etag: String,
    /// What the page may do, if it is one.
    policy: Option<Arc<str>>,
    content: Arc<Content>,
}

struct Content {
    /// Whether a text of its kind is sent compressed.
    is_text: bool,
    plain: Arc<[u8]>,
    /// Made when it is first asked for, so that a server which starts waits for none
    /// of it; only where it is smaller.
    gzip: OnceLock<Option<Arc<[u8]>>>,
}

impl Content {
    fn gzip(&self) -> Option<&Arc<[u8]>> {
        let made = || self.is_text.then(|| compress(&self.plain))?;
        self.gzip.get_or_init(made).as_ref()
    }
}

impl Asset {
    /// The file `name` with these bytes.
    pub fn new(name: &str, bytes: Vec<u8>) -> Asset {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let mut etag = String::new();
        for byte in &Sha256::digest(&bytes)[..12] {
            let _ = write!(etag, "{byte:02x}");
        }
        Asset {
            kind: ContentType::from_extension(extension).unwrap_or(ContentType::Binary),
            hashed: is_hashed(name),
            etag,
            policy: None,
            content: Arc::new(Content {
                is_text: TEXTS.contains(&extension),
                plain: bytes.into(),
                gzip: OnceLock::new(),
            }),
        }
    }

    /// The same file, a page that may do no more than this.
    pub fn with_policy(self, policy: String) -> Asset {
        Asset {
            policy: Some(policy.into()),
            ..self
        }
    }

    /// What the page may do, as a header.
    pub fn policy(&self) -> Header<'static> {
        let policy = self.policy.as_deref().unwrap_or("default-src 'none'");
        Header::new("Content-Security-Policy", policy.to_owned())
    }

    /// A hash of the file's bytes.
    pub fn hash(&self) -> &str {
        &self.etag
    }

    /// The file's bytes, not compressed.
    pub fn bytes(&self) -> &[u8] {
        &self.content.plain
    }
}

/// Whether mdBook put a hash into the name: `book-a1b2c3d4.js`.
fn is_hashed(name: &str) -> bool {
    let Some((stem, _)) = name.rsplit_once('.') else {
        return false;
    };
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// The kinds of files that are sent compressed.
const TEXTS: [&str; 6] = ["html", "css", "js", "json", "svg", "txt"];

fn compress(bytes: &[u8]) -> Option<Arc<[u8]>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    let gzip = encoder.finish().ok()?;
    (gzip.len() < bytes.len()).then(|| gzip.into())
}

/// Whether the client takes gzip (RFC 9110, section 12.5.3).
fn takes_gzip(request: &Request<'_>) -> bool {
    request
        .headers()
        .get("accept-encoding")
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.trim().parse() == Ok(0.0));
            matches!(name.trim(), "gzip" | "*") && !refused
        })
}

/// Whether the client has this very version (RFC 9110, section 13.1.2).
fn has(request: &Request<'_>, etag: &str) -> bool {
    request
        .headers()
        .get("if-none-match")
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim())
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

impl<'r> Responder<'r, 'static> for Asset {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let gzip = match takes_gzip(request) {
            true => self.content.gzip(),
            false => None,
        };
        // Each representation has a tag of its own (RFC 9110, section 8.8.3).
        let etag = match gzip {
            Some(_) => format!("\"{}-gzip\"", self.etag),
            None => format!("\"{}\"", self.etag),
        };
        let caching = match self.hashed {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        let mut response = Response::new();
        response.set_header(Header::new("Cache-Control", caching));
        if self.policy.is_some() {
            response.set_header(self.policy());
        }
        if self.content.is_text {
            response.set_header(Header::new("Vary", "Accept-Encoding"));
        }
        let known = has(request, &etag);
        response.set_header(Header::new("ETag", etag));
        if known {
            response.set_status(Status::NotModified);
            return Ok(response);
        }
        response.set_header(self.kind.clone());
        if gzip.is_some() {
            response.set_header(Header::new("Content-Encoding", "gzip"));
        }
        let bytes = gzip.unwrap_or(&self.content.plain);
        response.set_sized_body(bytes.len(), Cursor::new(bytes.clone()));
        Ok(response)
    }
}
