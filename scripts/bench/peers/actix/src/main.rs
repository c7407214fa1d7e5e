//! The five routes in actix-web: session and flash message in actix-session's
//! cookie store, sealed.

use actix_session::SessionExt;
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, Query, Redirect};
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, get, post};
use minijinja::{Environment, context, path_loader};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Hello {
    name: Option<String>,
}

#[get("/hello")]
async fn hello(asked: Query<Hello>) -> String {
    format!("Hello, {}!", asked.name.as_deref().unwrap_or("stranger"))
}

#[get("/set")]
async fn set(session: Session) -> Result<Redirect, Error> {
    session.insert("name", "Ada")?;
    Ok(Redirect::to("/greet").see_other())
}

#[get("/greet")]
async fn greet(session: Session) -> Result<String, Error> {
    let name = session.get::<String>("name")?;
    Ok(format!("Hello, {}!", name.as_deref().unwrap_or("stranger")))
}

#[derive(Serialize, Deserialize)]
struct Feedback {
    kind: String,
    message: String,
}

#[post("/save")]
async fn save(session: Session) -> Result<Redirect, Error> {
    let feedback = Feedback {
        kind: "success".into(),
        message: "Note saved.".into(),
    };
    session.insert("flash", feedback)?;
    Ok(Redirect::to("/note").see_other())
}

#[get("/note")]
async fn note(
    request: HttpRequest,
    templates: Data<Environment<'static>>,
) -> HttpResponse {
    let feedback = request.get_session().remove_as::<Feedback>("flash");
    let feedback = feedback.and_then(Result::ok);
    let page = templates.get_template("note.html").unwrap();
    let html = page.render(context! { feedback }).unwrap();
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .body(html)
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    let mut templates = Environment::new();
    templates.set_loader(path_loader(std::env::var("TEMPLATES").unwrap()));
    let templates = Data::new(templates);
    let key = Key::derive_from(std::env::var("SECRET_KEY").unwrap().as_bytes());
    HttpServer::new(move || {
        let store = CookieSessionStore::default();
        let sessions =
            SessionMiddleware::builder(store, key.clone()).cookie_secure(false);
        App::new()
            .wrap(sessions.build())
            .app_data(templates.clone())
            .service(hello)
            .service(set)
            .service(greet)
            .service(save)
            .service(note)
    })
    .bind(("127.0.0.1", port))?
    .run()
    .await
}
