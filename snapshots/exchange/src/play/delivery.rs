//! Signs a step that is a delivery of a webhook at the moment when it is sent.

use super::fresh::{NOW, SIGNATURE};
use crate::format::script::Step;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The newest of the secrets that the book has, as `WEBHOOK_SECRETS` writes it: that of
/// Standard Webhooks' own examples.
const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The signature of a step, sent at this time (unix seconds): as Standard Webhooks make it
/// of the id, the time and the body, in base64, where the step has a `webhook-id`; else as
/// Stripe does, of the time and the body, in hexadecimal digits.
pub fn signature(step: &Step, time: i64) -> String {
    let time = time.to_string();
    let secret = BASE64_STANDARD.decode(SECRET).unwrap_or_default();
    let mac = Hmac::<Sha256>::new_from_slice(&secret).expect("a key of any length");
    let tag = |parts: &[&str]| {
        let mac = mac.clone().chain_update(parts.join("."));
        mac.finalize().into_bytes()
    };
    match step.header("webhook-id") {
        Some(id) => BASE64_STANDARD.encode(tag(&[id, &time, &step.body])),
        None => format!("{:x}", tag(&[&time, &step.body])),
    }
}

/// What the step needs of it, by the names of their places.
pub fn made(step: &Step, time: i64) -> Vec<(&'static str, String)> {
    match step.is_signed() {
        true => vec![(NOW, time.to_string()), (SIGNATURE, signature(step, time))],
        false => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::script::Script;

    fn signed(headers: &str, body: &str) -> String {
        let text = format!("### T\nPOST /webhooks/ada\n{headers}\n\n{body}\n");
        signature(&Script::parse(&text).unwrap().steps[0], 1_614_265_330)
    }

    #[test]
    fn the_published_example_of_standard_webhooks_comes_out() {
        let id = "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signature = signed(id, "{\"test\": 2432232314}");
        assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn stripes_is_of_the_time_and_the_body_in_hexadecimal_digits() {
        // By `openssl dgst -sha256 -mac HMAC`.
        let signature = signed("Content-Type: application/json", "{\"id\": \"evt_1\"}");
        assert_eq!(
            signature,
            "9e52a945991473b71fa2dffe885afdf1b3849354e26af084e5fabd0552c9e991"
        );
    }
}
