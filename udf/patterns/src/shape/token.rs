//! What a token that holds a digit stands for.

use super::bytes::{HEX, has};
use super::mask::Mask;

/// How a token is written into the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The digit belongs to a name: `eth0`, `md5`, `base64Codec`.
    Keep,
    /// `prefix` bytes stay, a placeholder follows, and the last `suffix` bytes stay.
    Masked { prefix: usize, mask: Mask, suffix: usize },
}

const fn whole(mask: Mask) -> Verdict {
    Verdict::Masked {
        prefix: 0,
        mask,
        suffix: 0,
    }
}

/// Classifies `token`: words with a digit among them, joined by `.` and `-`, perhaps with a sign.
pub fn classify(token: &[u8]) -> Verdict {
    let sign = usize::from(matches!(token.first(), Some(b'+' | b'-')));
    let body = &token[sign..];
    let digits = body
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    if digits == body.len() {
        return whole(if is_ipv4(body) { Mask::Ip } else { Mask::Num });
    }
    if digits > 0 {
        return starting_with_number(body, digits, sign);
    }
    named(token)
}

/// Units of time, the greatest first.
const TIMES: [&[u8]; 11] = [
    b"d", b"day", b"days", b"h", b"hr", b"min", b"m", b"s", b"ms", b"us", b"ns",
];

/// The end of a number and its unit of time at `at`: of the number, and of the unit.
pub fn duration_part(message: &[u8], at: usize) -> Option<(usize, usize)> {
    let number = message[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.')
        .count();
    let letters = message[at + number..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let unit = &message[at + number..at + number + letters];
    (number > 0 && message[at].is_ascii_digit() && TIMES.contains(&unit))
        .then_some((at + number, at + number + letters))
}

/// The length of the unit at the end of a duration without blanks of two parts or more: `1h2m3.5s`.
fn compound_duration(body: &[u8]) -> Option<usize> {
    let (mut at, mut parts) = (0, 0);
    while at < body.len() {
        let (number, end) = duration_part(body, at)?;
        parts += 1;
        if end == body.len() {
            return (parts > 1).then_some(end - number);
        }
        at = end;
    }
    None
}

fn starting_with_number(body: &[u8], digits: usize, sign: usize) -> Verdict {
    let rest = &body[digits..];
    if let Some(suffix) = compound_duration(body) {
        return Verdict::Masked {
            prefix: 0,
            mask: Mask::Num,
            suffix,
        };
    }
    match rest {
        b"ns" | b"us" | b"ms" | b"s" | b"sec" | b"min" | b"h" | b"m" => Verdict::Masked {
            prefix: 0,
            mask: Mask::Num,
            suffix: rest.len(),
        },
        _ if is_size_unit(rest) => whole(Mask::Size),
        _ if sign == 0 && digits == 1 && rest[0] | 0x20 == b'x' && rest.len() > 1 && all_hex(&rest[1..]) => {
            whole(Mask::Hex)
        }
        _ => whole(identifier(body)),
    }
}

/// A token that opens with a letter, after a sign if there is one.
fn named(token: &[u8]) -> Verdict {
    let letters = token.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let rest = &token[letters..];
    if letters >= 2 {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let tail = &rest[digits..];
        let one_at_the_end = digits == 1 && tail.is_empty();
        let inside = (1..=2).contains(&digits) && tail.len() >= 3 && tail.iter().all(u8::is_ascii_alphabetic);
        if (one_at_the_end || inside) && !(token.len() >= 6 && all_hex(token)) {
            return Verdict::Keep;
        }
    }
    let prefix = underscored(token).or_else(|| numbered(token)).unwrap_or(0);
    let rest = &token[prefix..];
    let mask = if prefix == 0 {
        identifier(rest)
    } else if rest
        .iter()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.'))
    {
        Mask::Num
    } else {
        Mask::Id
    };
    Verdict::Masked {
        prefix,
        mask,
        suffix: 0,
    }
}

/// The length of the words before the number in `blk_123`, `task_1_m_2` or `some_name_-5`: they tell what is numbered.
fn underscored(token: &[u8]) -> Option<usize> {
    let mut end = 0;
    loop {
        let word = token[end..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        if word == 0 || token.get(end + word) != Some(&b'_') {
            break;
        }
        end += word + 1;
    }
    let minus = usize::from(token.get(end) == Some(&b'-'));
    (end > 0 && token.get(end + minus).is_some_and(u8::is_ascii_digit)).then_some(end)
}

/// The length of the name before the number in `node-17` or `worker.thread-3`.
fn numbered(token: &[u8]) -> Option<usize> {
    let tail = token.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let mut name = token.len() - tail;
    if tail == 0 || token[..name].iter().any(u8::is_ascii_digit) {
        return None;
    }
    // `name--5` is the name and a negative number.
    if name >= 2 && token[name - 1] == b'-' && matches!(token[name - 2], b'.' | b'-' | b'_') {
        name -= 1;
    }
    let opening = token
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_')
        .count();
    let single_joiners = !token[..name]
        .windows(2)
        .any(|pair| pair.iter().all(|byte| matches!(byte, b'.' | b'-')));
    (opening >= 3 && single_joiners && matches!(token[name - 1], b'.' | b'-' | b'_')).then_some(name)
}

fn identifier(token: &[u8]) -> Mask {
    if is_uuid(token) {
        Mask::Uuid
    } else if token.len() >= 6 && all_hex(token) {
        Mask::Hex
    } else if is_mac(token) {
        Mask::Mac
    } else {
        Mask::Id
    }
}

fn all_hex(bytes: &[u8]) -> bool {
    (0..bytes.len()).all(|at| has(bytes, at, HEX))
}

fn is_ipv4(body: &[u8]) -> bool {
    let mut octets = 0;
    for octet in body.split(|byte| *byte == b'.') {
        if octet.is_empty() || octet.len() > 3 {
            return false;
        }
        octets += 1;
    }
    octets == 4
}

fn is_uuid(token: &[u8]) -> bool {
    token.len() == 36
        && token.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => has(token, at, HEX),
        })
}

fn is_mac(token: &[u8]) -> bool {
    token.len() == 17
        && (0..17).all(|at| {
            if at % 3 == 2 {
                token[at] == b'-'
            } else {
                has(token, at, HEX)
            }
        })
}

/// `B`, `kB`, `MB`, `GiB` …: a size is printed in whatever unit suits it, so the unit varies with the number.
pub fn is_size_unit(unit: &[u8]) -> bool {
    match unit {
        [b'B'] => true,
        [scale, b'B'] | [scale, b'i', b'B'] => matches!(scale, b'K' | b'k' | b'M' | b'G' | b'T' | b'P'),
        [scale, b'b'] => matches!(scale, b'k' | b'K' | b'M' | b'G'),
        _ => false,
    }
}
