//! What a page may do (Content Security Policy, <https://www.w3.org/TR/CSP3/>).
//! A page of the book has what the book needs, and of the scripts and styles
//! that stand in it only those that mdBook wrote there, by their hashes.

use super::gate;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rocket::Response;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Status;
use rocket::request::Request;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The style that mdBook's search gives a field of its own when it is closed.
const OF_SEARCH: &str = "position: absolute; opacity: 0;";

/// The policy of a page of the book.
pub fn of_page(html: &str) -> String {
    let scripts = hashes(inline_scripts(html));
    // A frame's `srcdoc` goes by the policy of the page around it.
    let shown = html.replace("&quot;", "\"");
    let styles = hashes(inline_styles(&shown).chain([OF_SEARCH]));
    format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-hashes'{styles}; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; \
         form-action 'self'; base-uri 'self'; frame-ancestors 'self'"
    )
}

/// The texts of the scripts that stand in the page.
fn inline_scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        (!attributes.contains("src=")).then_some(text)
    })
}

/// The values of the style attributes that stand in the page.
fn inline_styles(html: &str) -> impl Iterator<Item = &str> {
    html.split(" style=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

/// Each text's hash, as a policy has it. A browser reads a line's end as `\n`.
fn hashes<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let hash = |text: &str| {
        let digest = Sha256::digest(text.replace("\r\n", "\n"));
        format!(" 'sha256-{}'", BASE64_STANDARD.encode(digest))
    };
    texts
        .map(hash)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// What holds something of a reader: the wire, the jar, what is played. It is
/// for a script of the book's pages, and never a page.
const DATA: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Seconds after which a server that is full is worth another try.
const SOON: &str = "5";

/// The fairing that says so of the companion's answers.
pub struct Policies;

#[rocket::async_trait]
impl Fairing for Policies {
    fn info(&self) -> Info {
        Info {
            name: "Policies",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(
        &self,
        request: &'r Request<'_>,
        response: &mut Response<'r>,
    ) {
        let (_, uri) = gate::asked(request);
        let first = uri.path().segments().next();
        match first {
            Some("companion") => {
                response.set_raw_header("Cache-Control", "no-store");
                response.set_raw_header("Content-Security-Policy", DATA);
                response.set_raw_header("Referrer-Policy", "same-origin");
            }
            Some("book") => {
                response.set_raw_header("Referrer-Policy", "same-origin");
            }
            _ => {}
        }
        if response.status() == Status::ServiceUnavailable
            && !response.headers().contains("Retry-After")
        {
            response.set_raw_header("Retry-After", SOON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_page_is_allowed_by_its_hash_alone() {
        let html = "<script src=\"a.js\"></script><script>let a = '<b>';</script>\
                    <p style=\"clear: both\"></p><iframe srcdoc=\"&lt;p style=&quot;a: b&quot;&gt;\">";
        let scripts: Vec<&str> = inline_scripts(html).collect();
        assert_eq!(scripts, ["let a = '<b>';"]);
        let shown = html.replace("&quot;", "\"");
        let styles: Vec<&str> = inline_styles(&shown).collect();
        assert_eq!(styles, ["clear: both", "a: b"]);
        let policy = of_page(html);
        // echo -n 'clear: both' | openssl dgst -sha256 -binary | base64
        assert!(
            policy.contains("'sha256-matwEc6givhWX0+jiSfM1+E5UMk8/UGLdl902bjFBmY='"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"));
        assert_eq!(hashes(["a\r\nb"].into_iter()), hashes(["a\nb"].into_iter()));
    }
}
