//! What stands behind `cargo snapshots`: checks a server, any server, by the
//! book's exchanges.

#[cfg(unix)]
pub mod bridge;
#[cfg(not(unix))]
#[path = "bridge_elsewhere.rs"]
pub mod bridge;
pub mod check;
pub mod class;
pub mod compare;
pub mod course;
pub mod faults;
pub mod gallery;
mod heard;
pub mod lesson;
pub mod progress;
mod random;
pub mod record;
pub mod report;
pub mod repository;
pub mod sandbox;
pub mod skeleton;
pub mod starter;
pub mod submission;
mod unpoisoned;
