//! Whether a request reaches a route, by what the route says of itself.

/// Whether a request for `target` with `method` reaches a route for
/// `route_method` at `pattern` (`/people/<name>`): a part in angle brackets is any
/// part, a query counts for nothing, and `HEAD` goes to a route for `GET`.
pub fn reaches(route_method: &str, pattern: &str, method: &str, target: &str) -> bool {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let pattern: Vec<&str> = path_of(pattern).split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    let fits = |(part, asked): (&&str, &&str)| part.starts_with('<') || part == asked;
    (route_method == method || (route_method, method) == ("GET", "HEAD"))
        && pattern.len() == path.len()
        && pattern.iter().zip(&path).all(fits)
}

/// A target without its query.
pub fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reaches_the_route_of_its_method_and_path() {
        for (method, target, reached) in [
            ("GET", "/people/Ada?x=1", true),
            ("HEAD", "/people/Ada", true),
            ("POST", "/people/Ada", false),
            ("GET", "/people", false),
            ("GET", "/people/Ada/notes", false),
        ] {
            let found = reaches("GET", "/people/<name>", method, target);
            assert_eq!(found, reached, "{method} {target}");
        }
        assert!(reaches("GET", "/visits?<name>", "GET", "/visits"));
    }
}
