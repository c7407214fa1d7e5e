//! Rocket's own hello world: what a cold build and an edit are compared with.

#[rocket::get("/")]
fn hello() -> &'static str {
    "Hello"
}

#[rocket::launch]
fn rocket() -> _ {
    rocket::build().mount("/", rocket::routes![hello])
}
