//! Exchanges: short scripts of HTTP requests, and transcripts of what a correct
//! server answers.
//!
//! An exchange is two files side by side. `flash/shown-once.http` is the
//! [script](format::script): what the browser sends. `flash/shown-once.snap` is
//! the [transcript](format::transcript): what the server answers.
//! [`mod@format`] reads and writes both, [`play`] sends a script over a socket, with
//! the cookie jar of a browser, and gives the transcript. Nothing here knows which
//! server answers, or in which language it is written.

pub mod format;
pub mod play;
