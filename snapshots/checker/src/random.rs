//! Names that nobody guesses.

/// 128 bits of the operating system's, as 32 hexadecimal digits.
///
/// # Panics
///
/// The operating system has no random numbers to give.
pub fn random_name() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("random numbers from the operating system");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
