//! What stands behind `cargo snapshots`: checks a server, any server, by the
//! book's exchanges.

pub mod check;
pub mod class;
pub mod compare;
pub mod faults;
pub mod gallery;
pub mod lesson;
mod random;
pub mod report;
pub mod repository;
pub mod skeleton;
pub mod starter;
pub mod submission;
