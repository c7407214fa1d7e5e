//! What the gallery signs with, as its logins and the senders of its deliveries do.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

/// The HMAC-SHA256 of these parts, joined by dots.
pub fn tag(secret: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    let mac = mac.chain_update(parts.join(&b'.'));
    mac.finalize().into_bytes().to_vec()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Unix seconds.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
