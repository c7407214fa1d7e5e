// ANCHOR: sealed
/// A cookie of this site, to be given to `add_private`.
fn sealed(name: &'static str, value: String) -> Cookie<'static> {
    let secure = !cfg!(debug_assertions);
    Cookie::build((name, value)).secure(secure).build()
}
// ANCHOR_END: sealed
