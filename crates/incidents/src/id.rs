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

/// Whether a text could be an id. No shorter one is taken in from a file: it could be a word that stands in an id's place in a path.
pub fn is_whole(text: &str) -> bool {
    text.len() == LENGTH && is_plausible(text)
}

/// Whether a text could be an id or the beginning of one.
pub fn is_plausible(text: &str) -> bool {
    (1..=LENGTH).contains(&text.len()) && text.bytes().all(|byte| DIGITS.contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_paths_are_no_ids() {
        assert!(fresh().is_ok_and(|id| is_whole(&id)));
        for word in ["stats", "import", "", "0123456789ab0", "0123456789aB"] {
            assert!(!is_whole(word), "{word}");
        }
    }
}
