//! An inbox for each place at which an exchange is played: a reader has a few, and a
//! run has one of them for itself. The scripts of the lesson on webhooks name their
//! inboxes, and readers who play at once would empty each other's. So what the player
//! asks of an inbox is asked of its place's own, and the answer names the one in the
//! script again. The lesson knows nothing of it. The next run at a place finds what the
//! one before it has left, so scripts begin by emptying, and however many runs a reader
//! begins, they take the room of a few.

use super::gate;
use super::wire::Wire;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::ContentType;
use rocket::http::uri::Origin;
use rocket::{Data, Request, Response};
use std::io::Cursor;
use std::sync::Arc;

/// The fairing. It must come before the one that takes turns down.
pub struct Inboxes(pub Arc<Wire>);

/// What the place's own inbox has after the script's name.
#[derive(Clone)]
struct Suffix(String);

/// The address with the place's own inbox, if it has an inbox in it.
fn of_its_own(uri: &Origin<'_>, suffix: &str) -> Option<Origin<'static>> {
    let rest = uri.path().as_str().strip_prefix("/webhooks/")?;
    let (inbox, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let query = uri.query().map(|query| format!("?{query}"));
    let query = query.unwrap_or_default();
    Origin::parse_owned(format!("/webhooks/{inbox}{suffix}{rest}{query}")).ok()
}

#[rocket::async_trait]
impl Fairing for Inboxes {
    fn info(&self) -> Info {
        Info {
            name: "Inboxes",
            kind: Kind::Request | Kind::Response,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let Some(played) = self.0.played(request) else {
            return;
        };
        let suffix = format!("-{}", played.place);
        if let Some(own) = of_its_own(request.uri(), &suffix) {
            gate::remember(request);
            request.local_cache(|| Some(Suffix(suffix)));
            request.set_uri(own);
        }
    }

    async fn on_response<'r>(
        &self,
        request: &'r Request<'_>,
        response: &mut Response<'r>,
    ) {
        let Some(Suffix(suffix)) = request.local_cache(|| None::<Suffix>) else {
            return;
        };
        if let Some(location) = response.headers().get_one("location") {
            let location = location.replace(suffix, "");
            response.set_raw_header("location", location);
        }
        if response.content_type() != Some(ContentType::HTML) {
            return;
        }
        if let Ok(html) = response.body_mut().to_string().await {
            let html = html.replace(suffix, "");
            response.set_sized_body(html.len(), Cursor::new(html));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_an_inbox_is_of_the_runs_own() {
        let own = |uri| {
            of_its_own(&Origin::parse(uri).unwrap(), "-7").map(|own| own.to_string())
        };
        for (uri, wanted) in [
            ("/webhooks/ada", Some("/webhooks/ada-7")),
            ("/webhooks/ada/github", Some("/webhooks/ada-7/github")),
            ("/webhooks/ada/lab?a=/b", Some("/webhooks/ada-7/lab?a=/b")),
            ("/webhooks", None),
            ("/greet", None),
        ] {
            assert_eq!(own(uri).as_deref(), wanted, "{uri}");
        }
    }
}
