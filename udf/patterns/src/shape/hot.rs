//! Finds the bytes at which something variable may begin, 64 bytes at a time.
//!
//! Most of a log message is plain words. The scanner looks only at the *hot* bytes (digits, the punctuation that marks a
//! path, an address or a name with dots, and blanks that must be squeezed); all that lies between is copied or hashed in
//! bulk. On x86-64 sixteen bytes are compared at once; elsewhere the loops work on arrays of fixed length so that the
//! compiler turns them into vector instructions.

const BLOCK: usize = 64;

/// The hot positions of a message, in order.
pub struct Hot<'a> {
    message: &'a [u8],
    base: usize,
    bits: u64,
}

impl<'a> Hot<'a> {
    #[inline]
    pub fn new(message: &'a [u8]) -> Self {
        let bits = block(message, 0);
        Hot { message, base: 0, bits }
    }

    /// The first hot position at or after `from`.
    #[inline]
    pub fn next(&mut self, from: usize) -> Option<usize> {
        let base = from / BLOCK * BLOCK;
        if base != self.base {
            if base >= self.message.len() {
                return None;
            }
            self.base = base;
            self.bits = block(self.message, base);
        }
        let mut bits = self.bits & (u64::MAX << (from % BLOCK));
        while bits == 0 {
            self.base += BLOCK;
            if self.base >= self.message.len() {
                return None;
            }
            self.bits = block(self.message, self.base);
            bits = self.bits;
        }
        Some(self.base + bits.trailing_zeros() as usize)
    }
}

/// One bit per byte of the block at `base`: set where the byte is hot.
#[inline]
fn block(message: &[u8], base: usize) -> u64 {
    let rest = &message[base.min(message.len())..];
    let (hot, space) = match (rest.first_chunk::<BLOCK>(), message.last_chunk::<BLOCK>()) {
        (Some(full), _) => masks(full),
        // The end of a long message: the bytes that the block before has examined are shifted out.
        (None, Some(last)) if !rest.is_empty() => {
            let (hot, space) = masks(last);
            let seen = BLOCK - rest.len();
            (hot >> seen, space >> seen)
        }
        _ => {
            let mut padded = [b'a'; BLOCK];
            padded[..rest.len()].copy_from_slice(rest);
            masks(&padded)
        }
    };
    let after_space = u64::from(base > 0 && message[base - 1] == b' ');
    hot | (space & (space << 1 | after_space))
}

/// Two masks with one bit per byte: bytes that are hot wherever they stand, and spaces.
#[inline]
fn masks(bytes: &[u8; BLOCK]) -> (u64, u64) {
    #[cfg(target_feature = "sse2")]
    #[allow(
        unsafe_code,
        reason = "a function of SSE2 may be called where SSE2 is part of the target"
    )]
    // SAFETY: the condition above means that the whole program runs only on processors with SSE2, which every x86-64
    // has.
    return unsafe { sse2_masks(bytes) };
    #[cfg(not(target_feature = "sse2"))]
    portable_masks(bytes)
}

#[cfg(target_feature = "sse2")]
#[target_feature(enable = "sse2")]
fn sse2_masks(bytes: &[u8; BLOCK]) -> (u64, u64) {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
        _mm_sub_epi8,
    };
    let each = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    let equals = |lanes: __m128i, byte: u8| _mm_cmpeq_epi8(lanes, each(byte));
    let within = |lanes: __m128i, first: u8, last: u8| {
        let offset = _mm_sub_epi8(lanes, each(first));
        _mm_cmpeq_epi8(_mm_min_epu8(offset, each(last - first)), offset)
    };
    let (mut hot, mut space) = (0, 0);
    for (index, words) in bytes.as_chunks::<16>().0.iter().enumerate() {
        let words = i128::from_le_bytes(*words);
        let lanes = _mm_set_epi64x((words >> 64) as i64, words as i64);
        let signs = SIGNS.map(|sign| equals(lanes, sign));
        let ranges = _mm_or_si128(within(lanes, FIRST, LAST), within(lanes, FIRST_CONTROL, LAST_CONTROL));
        let any = _mm_or_si128(ranges, _mm_or_si128(signs[0], _mm_or_si128(signs[1], signs[2])));
        // The mask holds sixteen bits.
        hot |= u64::from(_mm_movemask_epi8(any).cast_unsigned()) << (index * 16);
        space |= u64::from(_mm_movemask_epi8(equals(lanes, b' ')).cast_unsigned()) << (index * 16);
    }
    (hot, space)
}

/// `.`, `/` and the digits follow each other in ASCII.
const FIRST: u8 = b'.';
const LAST: u8 = b'9';
/// Tab to carriage return: the blanks besides the space.
const FIRST_CONTROL: u8 = 9;
const LAST_CONTROL: u8 = 13;
const SIGNS: [u8; 3] = *b"<@\\";

#[cfg(any(test, not(target_feature = "sse2")))]
fn portable_masks(bytes: &[u8; BLOCK]) -> (u64, u64) {
    let hot = bits(bytes, |byte| {
        (FIRST..=LAST).contains(&byte) | (FIRST_CONTROL..=LAST_CONTROL).contains(&byte) | SIGNS.contains(&byte)
    });
    (hot, bits(bytes, |byte| byte == b' '))
}

#[cfg(any(test, not(target_feature = "sse2")))]
fn bits(bytes: &[u8; BLOCK], test: impl Fn(u8) -> bool) -> u64 {
    let mut flags = [0u8; BLOCK];
    for (flag, byte) in flags.iter_mut().zip(bytes) {
        *flag = u8::from(test(*byte));
    }
    // Eight flags of one bit each are gathered into one byte by a multiplication.
    let (words, _) = flags.as_chunks::<8>();
    let mut all = 0;
    for (index, word) in words.iter().enumerate() {
        all |= (u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (index * 8);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, masks, portable_masks};

    #[test]
    fn every_byte_is_classified_alike_on_every_processor() {
        for first in (0..=255).step_by(BLOCK) {
            let bytes: [u8; BLOCK] = std::array::from_fn(|at| (first + at) as u8);
            assert_eq!(masks(&bytes), portable_masks(&bytes));
        }
        let (hot, space) = masks(&std::array::from_fn(|at| b"a 7/.<@\\\t-z"[at % 11]));
        assert_eq!((hot & 0x7ff, space & 0x7ff), (0b001_1111_1100, 0b10));
    }
}
