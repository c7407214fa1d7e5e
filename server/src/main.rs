//! Starts the server: `.env` first, while there is one thread, then Rocket.

use std::process::ExitCode;

fn main() -> ExitCode {
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(error) if error.not_found() => {}
        Err(dotenvy::Error::LineParse(line, _)) => {
            eprintln!(
                ".env: this line can't be read: {line}\nWrite it as NAME=value; quote a value with spaces."
            );
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!(".env: {error}");
            return ExitCode::FAILURE;
        }
    }
    match server::companion::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
