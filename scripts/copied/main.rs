mod session;

#[rocket::launch]
fn rocket() -> _ {
    rocket::build().mount("/", session::routes())
}
