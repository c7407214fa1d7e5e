//! Exchanges: short scripts of HTTP requests, and transcripts of what a correct
//! server answers.
//!
//! An exchange is two files side by side. `flash/shown-once.http` is the
//! [`script`]: what the browser sends. `flash/shown-once.snap` is the
//! [`transcript`]: what the server answers. [`play`](browser::play) sends a
//! script over a socket, with the cookie [`jar`] of a browser, and gives the
//! transcript. Nothing here knows which server answers, or in which language
//! it is written.

pub mod browser;
#[cfg(feature = "cli")]
pub mod check;
#[cfg(feature = "cli")]
pub mod contract;
pub mod curl;
pub mod fresh;
#[cfg(feature = "cli")]
pub mod gallery;
#[cfg(feature = "cli")]
pub mod grade;
pub mod http;
pub mod jar;
pub mod library;
pub mod normalize;
pub mod page;
#[cfg(feature = "cli")]
pub mod report;
pub mod script;
#[cfg(feature = "cli")]
pub mod starter;
#[cfg(feature = "cli")]
pub mod submission;
pub mod transcript;
