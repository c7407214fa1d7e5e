//! What the two files of an exchange say.

pub mod cookie;
pub mod curl;
pub mod difference;
pub mod directive;
pub mod library;
pub mod page;
pub mod percent;
pub mod requirement;
pub mod route;
pub mod script;
pub mod time;
pub mod transcript;
mod tree;
