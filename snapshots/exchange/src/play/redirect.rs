//! Where a redirect leads.

use crate::format::percent;

/// The address to which a `Location` leads from `target` (RFC 3986, section 5.2):
/// a path with its query, or a URL where it names a host. The fragment, which
/// is never sent, is left out.
pub fn resolve(location: &str, target: &str) -> String {
    // Browsers take a backslash for a slash (WHATWG URL, section 4.4).
    let location = location.replace('\\', "/");
    let location = location.split('#').next().unwrap_or_default();
    if location.starts_with("//") {
        return format!("http:{location}");
    }
    if names_host(location) {
        return location.to_owned();
    }
    let (path, query) = split(location);
    let (base, base_query) = split(target);
    let joined = match path {
        "" => base.to_owned(),
        _ if path.starts_with('/') => path.to_owned(),
        _ => {
            let folder = base.rfind('/').map_or("/", |slash| &base[..=slash]);
            format!("{folder}{path}")
        }
    };
    let query = match path {
        "" => query.or(base_query),
        _ => query,
    };
    let path = without_dots(&joined);
    match query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    }
}

/// An address written the same way each time, to compare it: decoded, and the
/// query's parameters in one order. A URL of another host stays as it is.
pub fn canonical(address: &str) -> String {
    if names_host(address) {
        return address.to_owned();
    }
    let (path, query) = split(address);
    let path = percent::decode(path);
    let Some(query) = query else {
        return path;
    };
    let parameters = query.split('&').map(percent::decode);
    // One that has an & in it is not two.
    let mut parameters: Vec<String> = parameters
        .map(|parameter| parameter.replace('&', "%26"))
        .collect();
    parameters.sort_unstable();
    format!("{path}?{}", parameters.join("&"))
}

/// The path and query of an address, without the host. A path has its slash: to
/// a URL's query alone it is added (RFC 9112, section 3.2.1).
pub fn below_host(address: &str) -> String {
    if !names_host(address) {
        return address.to_owned();
    }
    let (_, rest) = address.split_once("//").unwrap_or_default();
    let below = &rest[rest.find(['/', '?']).unwrap_or(rest.len())..];
    match below.starts_with('/') {
        true => below.to_owned(),
        false => format!("/{below}"),
    }
}

/// Whether an address names the host that it is on: `//host/` or `http://host/`.
fn names_host(address: &str) -> bool {
    let scheme = address.split_once("://").map(|(scheme, _)| scheme);
    address.starts_with("//")
        || scheme.is_some_and(|scheme| !scheme.contains(['/', '?']))
}

fn split(address: &str) -> (&str, Option<&str>) {
    match address.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (address, None),
    }
}

/// A path without its `.` and `..` (RFC 3986, section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut ends_in_folder = false;
    for part in path.split('/').skip(1) {
        ends_in_folder = matches!(part, "." | "..");
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if ends_in_folder {
        parts.push("");
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_from_where_it_was_sent() {
        for (location, target, leads) in [
            ("note", "/a/save?x=1", "/a/note"),
            ("/note?x=1#top", "/a/save", "/note?x=1"),
            ("", "/a/save?x=1", "/a/save?x=1"),
            ("?y=2", "/a/save?x=1", "/a/save?y=2"),
            ("../b", "/a/x", "/b"),
            ("..", "/a/b/c", "/a/"),
            ("../../../b", "/a/x", "/b"),
            ("/\\evil.example", "/a", "http://evil.example"),
            ("//b/c", "/a", "http://b/c"),
            ("/login?next=http://b/", "/a", "/login?next=http://b/"),
            ("http://b/c#d", "/a", "http://b/c"),
        ] {
            assert_eq!(resolve(location, target), leads, "{location}");
        }
    }

    #[test]
    fn a_request_line_has_what_follows_the_host() {
        for (address, below) in [
            ("/note?x=1", "/note?x=1"),
            ("http://a/note?x=1", "/note?x=1"),
            ("//a:80/note", "/note"),
            ("http://a?x=/y", "/?x=/y"),
            ("http://a", "/"),
            ("/login?next=http://b/", "/login?next=http://b/"),
        ] {
            assert_eq!(below_host(address), below, "{address}");
        }
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        assert_eq!(
            canonical("/a/%C3%A9?b=1&a=2"),
            canonical("/a/%c3%a9?a=2&b=1")
        );
        // A parameter that has an & in it is not two.
        let one = canonical("/login?next=%2Fa%3Fb%3D1%26c%3D2");
        assert_eq!(one, canonical("/login?next=/a?b=1%26c=2"));
        assert_ne!(one, canonical("/login?next=/a?b=1&c=2"));
        assert_ne!(canonical("/note"), canonical("//evil.example/note"));
        assert_ne!(canonical("/note"), canonical("http://evil.example/note"));
    }
}
