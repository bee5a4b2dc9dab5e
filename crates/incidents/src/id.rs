//! Public ids: short enough to be typed, drawn at random.

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::{Error, Result};

/// Crockford's base 32: no letter that is taken for a digit.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Sixty bits: among a million incidents of an org two meet with a chance of 1 : 2,000,000, and then the second is refused.
const LENGTH: usize = 12;

/// A fresh id.
pub fn fresh() -> Result<String> {
    let mut bytes = [0_u8; LENGTH];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::Store("the system gives no random numbers".to_owned()))?;
    Ok(bytes
        .iter()
        .map(|byte| char::from(DIGITS[usize::from(byte % 32)]))
        .collect())
}

/// Whether a text could be an id or the beginning of one.
pub fn is_plausible(text: &str) -> bool {
    (1..=LENGTH).contains(&text.len()) && text.bytes().all(|byte| DIGITS.contains(&byte))
}
