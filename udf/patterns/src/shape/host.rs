//! Tells a host name from any other name: by its last label, or by the address or the port behind it.

use super::bytes::{DIGIT, WORD, has};

/// Generic top-level domains and the suffixes of private networks. Those that are also common file endings
/// or field names (`name`, `app`, `zip`, `top`) are not listed: `device.name` is no host.
fn is_generic(label: &[u8]) -> bool {
    matches!(
        label,
        b"aero"
            | b"arpa"
            | b"asia"
            | b"biz"
            | b"cloud"
            | b"com"
            | b"coop"
            | b"corp"
            | b"edu"
            | b"example"
            | b"gov"
            | b"home"
            | b"info"
            | b"internal"
            | b"invalid"
            | b"io"
            | b"lan"
            | b"local"
            | b"localdomain"
            | b"localhost"
            | b"mil"
            | b"museum"
            | b"net"
            | b"org"
            | b"test"
            | b"xyz"
    )
}

/// Country codes (ISO 3166) that are neither file endings (`.py`, `.rs`, `.sh`, `.so`, `.pl`, `.md`) nor short words.
const COUNTRIES: &[u8] = b"ac ad ae af ag al ao aq ar au aw ax az ba bb bd bf bg bh bi bj bn br bs bt bw bz ca cd cf ch ci ck cl cm cn co cr cu cv cw cy cz de dk dm dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gh gi gl gm gn gp gq gr gt gu gw gy hk hn hr ht hu ie il iq ir jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr lt lu lv ly ma mc mg mh mk mm mn mo mp mq mr mt mu mv mw mx mz na nc ne nf ng ni nl np nr nu nz om pa pe pf pg ph pk pn pr pt pw qa re ro ru rw sa sb sc sd se sg si sk sl sm sn sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ";

/// Country codes that are English words as well: taken for a host only behind three labels or more.
const WORD_COUNTRIES: &[u8] = b"am as at be by do id in is it me my no to ";

/// One bit per pair of letters: set where the pair is listed.
const fn pairs(codes: &[u8]) -> [u32; 26] {
    let mut table = [0; 26];
    let mut at = 0;
    while at + 1 < codes.len() {
        table[(codes[at] - b'a') as usize] |= 1 << (codes[at + 1] - b'a');
        at += 3;
    }
    table
}

static IS_COUNTRY: [u32; 26] = pairs(COUNTRIES);
static IS_WORD_COUNTRY: [u32; 26] = pairs(WORD_COUNTRIES);

fn listed(table: &[u32; 26], first: u8, second: u8) -> bool {
    let (first, second) = (first.wrapping_sub(b'a'), second.wrapping_sub(b'a'));
    second < 26 && table.get(first as usize).is_some_and(|row| row >> second & 1 == 1)
}

/// Whether `name`, words joined by dots, is the name of a host.
pub fn is_host(name: &[u8]) -> bool {
    let Some(dot) = name
        .iter()
        .rev()
        .take(LONGEST + 1)
        .position(|byte| *byte == b'.')
        .map(|back| name.len() - 1 - back)
    else {
        return false;
    };
    let last = &name[dot + 1..];
    let mut lower = [0u8; LONGEST];
    if !(2..=LONGEST).contains(&last.len()) || dot == 0 {
        return false;
    }
    let lower = &mut lower[..last.len()];
    lower.copy_from_slice(last);
    lower.make_ascii_lowercase();
    let suffix = match *lower {
        // A suffix in mixed case is a name in code: `Foo.In`.
        [first, second] if last[0].is_ascii_uppercase() == last[1].is_ascii_uppercase() => {
            listed(&IS_COUNTRY, first, second)
                || is_generic(lower)
                || (listed(&IS_WORD_COUNTRY, first, second) && labels(name) >= 3)
        }
        [_, _] => false,
        _ => is_generic(lower),
    };
    suffix && !is_reversed(name) && !name.windows(2).any(|pair| pair == b"..")
}

/// Whether the first label is one that reversed names (`com.example.App`) begin with; they name code, not a machine.
fn is_reversed(name: &[u8]) -> bool {
    let first = name.split(|byte| *byte == b'.').next().unwrap_or_default();
    [b"com".as_slice(), b"java", b"javax", b"net", b"org"]
        .iter()
        .any(|label| label.eq_ignore_ascii_case(first))
}

fn labels(name: &[u8]) -> usize {
    1 + name.iter().filter(|byte| **byte == b'.').count()
}

/// The length of the longest suffix.
const LONGEST: usize = 11;

/// Whether the name at `start..end`, which holds a digit, is a machine's since its address or its port follows:
/// `node-17:9092`, `node-17/10.0.0.7`.
pub fn is_addressed(message: &[u8], start: usize, end: usize) -> bool {
    let digits = |from: usize| message[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let name = &message[start..end];
    let written_so = name[0].is_ascii_lowercase()
        && name.contains(&b'-')
        && name
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    match message.get(end) {
        Some(b':') if written_so => {
            let port = digits(end + 1);
            let behind = end + 1 + port;
            (2..=5).contains(&port)
                && !has(message, behind, WORD)
                && message.get(behind) != Some(&b':')
                && !(matches!(message.get(behind), Some(b'.' | b'-')) && has(message, behind + 1, WORD))
        }
        Some(b'/') if written_so => {
            let octet = digits(end + 1);
            (1..=3).contains(&octet)
                && message.get(end + 1 + octet) == Some(&b'.')
                && has(message, end + 2 + octet, DIGIT)
        }
        _ => false,
    }
}
