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

/// Up to eight bytes as a number, zeros above.
#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        // Two reads that overlap cover four to eight bytes.
        let shift = (bytes.len() - 4) * 8;
        return u64::from(u32::from_le_bytes(*head)) | u64::from(u32::from_le_bytes(*tail)) << shift;
    }
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The text of each placeholder as a number, with its length; none is longer than eight bytes.
static MASK_WORDS: [(u64, u32); Mask::ALL.len()] = mask_words();

const fn mask_words() -> [(u64, u32); Mask::ALL.len()] {
    let mut words = [(0, 0); Mask::ALL.len()];
    let mut index = 0;
    while index < words.len() {
        let text = Mask::ALL[index].text().as_bytes();
        let mut at = text.len();
        while at > 0 {
            at -= 1;
            words[index].0 = words[index].0 << 8 | text[at] as u64;
        }
        words[index].1 = text.len() as u32;
        index += 1;
    }
    words
}

impl HashSink {
    pub fn new() -> Self {
        HashSink {
            state: SEED,
            word: 0,
            len: 0,
        }
    }

    /// Takes in `count` bytes, one to eight, the first of them lowest in `value`.
    #[inline(always)]
    fn push(&mut self, value: u64, count: u32) {
        // `word` holds the bytes that do not fill eight yet; `taken` is how many bits of it they are.
        let taken = (self.len % 8) as u32 * 8;
        self.len += u64::from(count);
        let filled = self.word | value << taken;
        if taken + count * 8 < 64 {
            self.word = filled;
            return;
        }
        self.state = fold(self.state ^ filled, FOLD);
        self.word = if taken == 0 { 0 } else { value >> (64 - taken) };
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
        let (words, rest) = bytes.as_chunks::<8>();
        for chunk in words {
            self.push(u64::from_le_bytes(*chunk), 8);
        }
        if !rest.is_empty() {
            self.push(word(rest), rest.len() as u32);
        }
    }

    #[inline]
    fn mask(&mut self, mask: Mask) {
        let (text, length) = MASK_WORDS[mask as usize];
        self.push(text, length);
    }

    fn mark(&self) -> HashSink {
        *self
    }

    fn rewind(&mut self, mark: HashSink) {
        *self = mark;
    }
}
