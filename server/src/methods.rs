//! The method of a form that names another one.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Method;
use rocket::{Data, Request};

/// Rocket lets a form's first field, `_method`, stand for its method. With `HEAD`
/// the answer loses its body, and the browser that sent a `POST` waits for it until
/// the connection ends: it sees an empty reply. Such a form stays a `POST`.
pub struct NoHead;

#[rocket::async_trait]
impl Fairing for NoHead {
    fn info(&self) -> Info {
        Info {
            name: "a form is no HEAD",
            kind: Kind::Request,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, data: &mut Data<'_>) {
        let is_form = request.content_type().is_some_and(|it| it.is_form());
        let was_post = request.method() == Method::Head && is_form;
        if was_post && data.peek(8).await.starts_with(b"_method=") {
            request.set_method(Method::Post);
        }
    }
}
