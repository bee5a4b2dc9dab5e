//! Finds the bytes at which something variable may begin, 64 bytes at a time.
//!
//! Most of a log message is plain words. The scanner looks only at the *hot* bytes (digits, the punctuation that marks a
//! path, an address or a name with dots, and blanks that must be squeezed); all that lies between is copied or hashed in
//! bulk. The loops below work on arrays of fixed length so that the compiler turns them into vector instructions.

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
    let mut padded = [b'a'; BLOCK];
    let bytes = match rest.first_chunk::<BLOCK>() {
        Some(full) => full,
        None => {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        }
    };
    let hot = bits(bytes, |byte| {
        // `.`, `/` and the digits are neighbours in ASCII; tab to carriage return are the blanks besides the space.
        let near_digit = byte.wrapping_sub(b'.') < 12;
        let control = byte.wrapping_sub(9) < 5;
        near_digit | control | (byte == b'<') | (byte == b'@') | (byte == b'\\')
    });
    let space = bits(bytes, |byte| byte == b' ');
    let after_space = u64::from(base > 0 && message[base - 1] == b' ');
    hot | (space & (space << 1 | after_space))
}

#[inline(always)]
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
