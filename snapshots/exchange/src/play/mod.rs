//! Sends a script to a server, as a browser would, and writes down what came.

pub mod delivery;
pub mod fresh;
pub mod http;
pub mod jar;
pub mod normalize;
pub mod player;
pub mod redirect;
pub mod server;
