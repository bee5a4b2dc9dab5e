//! Tells a host name from any other dotted name by its last label.

/// Generic top-level domains and the suffixes of private networks. Left out are those that are also common file endings
/// or field names (`name`, `app`, `zip`, `top`), for `device.name` is no host.
const SUFFIXES: [&str; 26] = [
    "aero",
    "arpa",
    "asia",
    "biz",
    "cloud",
    "com",
    "corp",
    "coop",
    "edu",
    "example",
    "gov",
    "home",
    "info",
    "internal",
    "invalid",
    "io",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mil",
    "museum",
    "net",
    "org",
    "test",
    "xyz",
];

/// Country codes (ISO 3166) that are neither file endings (`.py`, `.rs`, `.sh`, `.so`, `.pl`, `.md`) nor short words.
const COUNTRIES: &[u8] = b"ac ad ae af ag al ao aq ar au aw ax az ba bb bd bf bg bh bi bj bn br bs bt bw bz ca cd cf ch ci ck cl cm cn co cr cu cv cw cy cz de dk dm dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gh gi gl gm gn gp gq gr gt gu gw gy hk hn hr ht hu ie il iq ir jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr lt lu lv ly ma mc mg mh mk mm mn mo mp mq mr mt mu mv mw mx mz na nc ne nf ng ni nl np nr nu nz om pa pe pf pg ph pk pn pr pt pw qa re ro ru rw sa sb sc sd se sg si sk sl sm sn sr ss st sv sx sy sz tc td tf tg th tj tk tl tm tn tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw ";

/// Country codes that are English words as well: taken for a host only behind three labels or more.
const WORD_COUNTRIES: &[u8] = b"am as at be by do id in is it me my no to ";

/// First labels of reversed names (`com.example.App`), which name code and not a machine.
const REVERSED: [&[u8]; 5] = [b"com", b"java", b"javax", b"net", b"org"];

/// Whether `name`, words joined by dots, is the name of a host.
pub fn is_host(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|byte| *byte == b'.') else {
        return false;
    };
    let last = &name[dot + 1..];
    if last.len() < 2 || last.len() > 11 || dot == 0 || !is_suffix(last, || labels(name) >= 3) {
        return false;
    }
    let first = name.split(|byte| *byte == b'.').next().unwrap_or_default();
    !name.windows(2).any(|pair| pair == b"..") && !REVERSED.iter().any(|label| label.eq_ignore_ascii_case(first))
}

fn labels(name: &[u8]) -> usize {
    1 + name.iter().filter(|byte| **byte == b'.').count()
}

fn is_suffix(label: &[u8], long_name: impl Fn() -> bool) -> bool {
    if let [first, second] = *label {
        // A suffix in mixed case is a name in code: `Foo.In`.
        if first.is_ascii_uppercase() != second.is_ascii_uppercase() {
            return false;
        }
        let code = [first.to_ascii_lowercase(), second.to_ascii_lowercase()];
        let listed = |codes: &[u8]| codes.chunks_exact(3).any(|entry| entry[..2] == code);
        return listed(COUNTRIES) || SUFFIXES.contains(&str_of(&code)) || (long_name() && listed(WORD_COUNTRIES));
    }
    SUFFIXES
        .iter()
        .any(|suffix| suffix.as_bytes().eq_ignore_ascii_case(label))
}

fn str_of(code: &[u8; 2]) -> &str {
    std::str::from_utf8(code).unwrap_or_default()
}
