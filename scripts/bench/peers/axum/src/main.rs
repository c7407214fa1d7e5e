//! The five routes in axum: the session in `PrivateCookieJar`, sealed as ours is,
//! the flash message in a plain cookie of five minutes, as Rocket's is.

use axum::Router;
use axum::extract::{FromRef, Query, State};
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum_extra::extract::cookie::{Cookie, CookieJar, Key, PrivateCookieJar, SameSite};
use minijinja::{Environment, context, path_loader};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use time::Duration;
use tokio::net::TcpListener;

#[derive(Clone)]
struct App {
    key: Key,
    templates: Arc<Environment<'static>>,
}

impl FromRef<App> for Key {
    fn from_ref(app: &App) -> Key {
        app.key.clone()
    }
}

#[derive(Deserialize)]
struct Hello {
    name: Option<String>,
}

async fn hello(Query(asked): Query<Hello>) -> String {
    format!("Hello, {}!", asked.name.as_deref().unwrap_or("stranger"))
}

async fn set(jar: PrivateCookieJar) -> (PrivateCookieJar, Redirect) {
    let cookie = Cookie::build(("session", "Ada"))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict);
    (jar.add(cookie), Redirect::to("/greet"))
}

async fn greet(jar: PrivateCookieJar) -> String {
    match jar.get("session") {
        Some(session) => format!("Hello, {}!", session.value()),
        None => "Hello, stranger!".into(),
    }
}

#[derive(Serialize)]
struct Feedback {
    kind: String,
    message: String,
}

async fn save(jar: CookieJar) -> (CookieJar, Redirect) {
    let cookie = Cookie::build(("_flash", "success:Note saved."))
        .path("/")
        .same_site(SameSite::Strict)
        .max_age(Duration::minutes(5));
    (jar.add(cookie), Redirect::to("/note"))
}

async fn note(State(app): State<App>, jar: CookieJar) -> (CookieJar, Html<String>) {
    let feedback = jar.get("_flash").and_then(|cookie| {
        let (kind, message) = cookie.value().split_once(':')?;
        Some(Feedback {
            kind: kind.into(),
            message: message.into(),
        })
    });
    let page = app.templates.get_template("note.html").unwrap();
    let html = page.render(context! { feedback }).unwrap();
    (jar.remove(Cookie::build("_flash").path("/")), Html(html))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    let mut templates = Environment::new();
    templates.set_loader(path_loader(std::env::var("TEMPLATES").unwrap()));
    let app = App {
        key: Key::from(std::env::var("SECRET_KEY").unwrap().as_bytes()),
        templates: Arc::new(templates),
    };
    let router = Router::new()
        .route("/hello", get(hello))
        .route("/set", get(set))
        .route("/greet", get(greet))
        .route("/save", post(save))
        .route("/note", get(note))
        .with_state(app);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await
}
