//! mdBook as it is, in a process of its own: `peer-mdbook BOOK INTO` builds the
//! pages of the book without what this project puts into them.

use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use std::env::args;
use std::path::PathBuf;

fn main() {
    let paths: Vec<PathBuf> = args().skip(1).map(PathBuf::from).collect();
    let [book, into] = &paths[..] else {
        panic!("usage: peer-mdbook BOOK INTO");
    };
    let text = std::fs::read_to_string(book.join("book.toml")).unwrap();
    let (before, rest) = text.split_once("[preprocessor.exchanges]").unwrap();
    let after = rest.find("\n[").map_or("", |at| &rest[at..]);
    let mut config: Config = format!("{before}{after}").parse().unwrap();
    config.build.build_dir = into.clone();
    let built = MDBook::load_with_config(book, config).and_then(|book| book.build());
    built.unwrap();
}
