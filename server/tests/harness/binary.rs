//! The real binary, started and killed.

// Each test program uses its own part of this.
#![allow(dead_code)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// It runs until this is dropped, which is `kill -9`.
pub struct Running(Child);

impl Running {
    /// Starts it, and waits for nothing.
    pub fn start(command: &mut Command) -> Running {
        Running(command.stdout(Stdio::piped()).spawn().expect("it starts"))
    }

    /// What it prints until it listens, or ends, line by line.
    pub fn said(&mut self) -> Vec<String> {
        // The pipe stays open: a program that can't print ends.
        let stdout = BufReader::new(self.0.stdout.as_mut().expect("a pipe"));
        let lines = stdout.lines().map_while(Result::ok);
        lines.take_while(|line| !line.contains("Ctrl-C")).collect()
    }

    /// The port that it says it listens on.
    pub fn port(&mut self) -> u16 {
        let said = self.said();
        let port = said.iter().find_map(|line| {
            let (_, rest) = line.split_once("http://127.0.0.1:")?;
            rest.trim_end_matches('/').parse().ok()
        });
        port.unwrap_or_else(|| panic!("it does not say where it listens: {said:?}"))
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
