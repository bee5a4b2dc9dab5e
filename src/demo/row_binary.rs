//! ClickHouse's `RowBinary`: values one after the other, little-endian, with lengths in LEB128.

pub fn text(out: &mut Vec<u8>, value: &str) {
    length(out, value.len());
    out.extend_from_slice(value.as_bytes());
}

/// The number of elements of an array, of pairs of a map, or of bytes of a text.
pub fn length(out: &mut Vec<u8>, mut value: usize) {
    loop {
        let seven = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(seven);
            return;
        }
        out.push(seven | 0x80);
    }
}

/// `Map(String, String)`.
pub fn map<K: AsRef<str>, V: AsRef<str>>(out: &mut Vec<u8>, pairs: &[(K, V)]) {
    length(out, pairs.len());
    for (key, value) in pairs {
        text(out, key.as_ref());
        text(out, value.as_ref());
    }
}

/// `DateTime64(9)`, `Int64`.
pub fn int(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub fn uint(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub fn int32(out: &mut Vec<u8>, value: i32) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub fn float(out: &mut Vec<u8>, value: f64) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// `UInt8`, `Bool`.
pub fn byte(out: &mut Vec<u8>, value: u8) {
    out.push(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_leb128() {
        for (value, want) in [
            (0, vec![0]),
            (127, vec![0x7f]),
            (128, vec![0x80, 1]),
            (300, vec![0xac, 2]),
        ] {
            let mut out = vec![];
            length(&mut out, value);
            assert_eq!(out, want, "{value}");
        }
    }
}
