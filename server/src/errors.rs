//! What no route answered, in words.

use rocket::http::Status;
use rocket::response::content::RawHtml;
use rocket::{Catcher, Request, catch, catchers};

/// The catchers, to be registered at `/`.
pub fn catchers() -> Vec<Catcher> {
    catchers![sorry]
}

#[catch(default)]
fn sorry(status: Status, _: &Request<'_>) -> RawHtml<String> {
    let advice = match status.code {
        403 => {
            "Only this server's own pages may ask for this, in the browser of their reader."
        }
        404 => "The server has no page at this address, or none for this method.",
        413 => "That is more than this page takes.",
        422 => "The form lacks a field that the page needs.",
        _ => "The server can't answer this request.",
    };
    RawHtml(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{status} · HTTP Has No Memory</title>\n\
         <link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n<main>\n\
         <h1>{status}</h1>\n<p>{advice}</p>\n<p><a href=\"/book/\">Open the book</a></p>\n\
         </main>\n</body>\n</html>\n"
    ))
}
