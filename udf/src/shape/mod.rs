//! The shape of one log message: what stays when everything surely variable is masked.

/// Appends the masked text of `message` to `out`: every blank-separated token that holds a digit becomes `<*>`.
pub fn shape_text(message: &[u8], out: &mut Vec<u8>) {
    for (index, token) in message
        .split(|byte| byte.is_ascii_whitespace())
        .filter(|token| !token.is_empty())
        .enumerate()
    {
        if index > 0 {
            out.push(b' ');
        }
        if token.iter().any(u8::is_ascii_digit) {
            out.extend_from_slice(b"<*>");
        } else {
            out.extend_from_slice(token);
        }
    }
}

/// The 64-bit id of the shape of `message`: FNV-1a over its masked text.
pub fn shape_id(message: &[u8]) -> u64 {
    let mut text = Vec::with_capacity(message.len());
    shape_text(message, &mut text);
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
