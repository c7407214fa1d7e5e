//! Servers of the gallery, for the tests of the command.

use checker::gallery::{self, EXHIBITS};

/// A server of the gallery, by its name; `right` has no fault.
pub fn server(name: &str) -> String {
    let exhibit = EXHIBITS.iter().find(|exhibit| exhibit.name == name);
    assert!(exhibit.is_some() || name == "right", "{name}");
    let address = gallery::start(exhibit, 0).expect("a free port");
    format!("http://{address}")
}
