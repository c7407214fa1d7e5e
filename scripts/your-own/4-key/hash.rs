//! Prints the line for `.env` that holds the hash of a password.

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::Argon2;

fn main() {
    let mut password = String::new();
    std::io::stdin().read_line(&mut password).expect("a line");
    let salt = SaltString::generate(&mut OsRng);
    let password = password.trim_end_matches(['\r', '\n']);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    println!("PASSWORD_HASH='{}'", hash.expect("a hash"));
}
