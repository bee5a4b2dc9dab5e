//! Where the scanner writes: the text of a shape, or only the hash of that text.

use super::mask::Mask;

/// Receives the pieces of a shape in order. A mark taken earlier takes back everything written since.
pub trait Sink {
    type Mark: Copy;
    fn literal(&mut self, bytes: &[u8]);
    fn mark(&self) -> Self::Mark;
    fn rewind(&mut self, mark: Self::Mark);

    #[inline]
    fn mask(&mut self, mask: Mask) {
        self.literal(mask.text().as_bytes());
    }
}

/// Appends the text to a buffer of the caller.
pub struct TextSink<'a>(pub &'a mut Vec<u8>);

impl Sink for TextSink<'_> {
    type Mark = usize;

    fn literal(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn mark(&self) -> usize {
        self.0.len()
    }

    fn rewind(&mut self, mark: usize) {
        self.0.truncate(mark);
    }
}

/// Hashes the text as it comes, so that no text need be built where only the id is wanted.
///
/// Eight bytes at a time (little endian) are folded into the state by a 64×64→128-bit multiplication whose halves are
/// xor-ed, as in wyhash; the last word is padded with zeros and the length closes the hash. The result depends on the
/// bytes only, not on how they were cut into calls, and is the same on every platform.
#[derive(Clone, Copy)]
pub struct HashSink {
    state: u64,
    word: u64,
    len: u64,
}

const SEED: u64 = 0x2d35_8dcc_aa6c_78a5;
const FOLD: u64 = 0x8bb8_4b93_962e_acc9;
const CLOSE: u64 = 0x4b33_a62e_d433_d4a3;

#[inline(always)]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    (product as u64) ^ ((product >> 64) as u64)
}

#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    let mut padded = [0u8; 8];
    padded[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(padded)
}

impl HashSink {
    pub fn new() -> Self {
        HashSink {
            state: SEED,
            word: 0,
            len: 0,
        }
    }

    pub fn finish(self) -> u64 {
        let last = fold(self.state ^ self.word, FOLD);
        fold(last ^ self.len, CLOSE)
    }
}

impl Sink for HashSink {
    type Mark = HashSink;

    #[inline]
    fn literal(&mut self, bytes: &[u8]) {
        // `word` holds the bytes that do not fill eight yet; `shift` is how many bits of it are taken.
        let shift = (self.len % 8) as u32 * 8;
        let mut push = |value: u64| {
            self.state = fold(self.state ^ (self.word | value << shift), FOLD);
            self.word = if shift == 0 { 0 } else { value >> (64 - shift) };
        };
        let (words, rest) = bytes.as_chunks::<8>();
        for chunk in words {
            push(u64::from_le_bytes(*chunk));
        }
        let value = word(rest);
        if shift + rest.len() as u32 * 8 >= 64 {
            push(value);
        } else {
            self.word |= value << shift;
        }
        self.len += bytes.len() as u64;
    }

    fn mark(&self) -> HashSink {
        *self
    }

    fn rewind(&mut self, mark: HashSink) {
        *self = mark;
    }
}
