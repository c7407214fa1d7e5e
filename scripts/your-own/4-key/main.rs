// ANCHOR: launch
#[launch]
fn rocket() -> _ {
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        panic!(".env: {error}");
    }
    let hash = std::env::var("PASSWORD_HASH").unwrap_or_else(|_| {
        assert!(cfg!(debug_assertions), "PASSWORD_HASH is not set");
        login::ADA.to_owned()
    });
    site(hash)
}
// ANCHOR_END: launch
