//! Where in a line its time stands.

use super::civil::Day;
use super::formats::{self, Found};
use super::scan::Scan;
use super::survey::Layout;
use crate::severity::{self, Severity};

/// How far into a line a time is looked for.
const WITHIN: usize = 512;
/// A time before this byte of its line stands near the beginning.
pub const NEAR: usize = 40;

/// A time found in a line.
#[derive(Debug)]
pub struct Placed {
    pub found: Found,
    pub at: Place,
    /// Where the time itself begins, if it stands further inside.
    pub offset: usize,
    /// Where the message begins: after the time, its brackets and the blanks; 0 if the time stands further inside.
    pub text_at: usize,
    /// A severity that goes with the time itself: a syslog priority, or klog's letter.
    pub severity: Option<Severity>,
    pub priority: Option<u16>,
    pub syslog: Syslog,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Start,
    Indented,
    Inside,
    TimeAlone,
    TimeAloneInside,
    EpochInside,
}

/// Which kind of syslog the line is, so that a host and a program follow the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syslog {
    No,
    /// RFC 3164, or a daemon's own line in that manner.
    Bsd,
    /// RFC 5424, after its priority and version.
    Rfc5424,
}

/// The time at the line's start, wherever the layout says that else it may stand.
pub fn find(line: &[u8], layout: Layout, inside: bool) -> Option<Placed> {
    if let Some(placed) = at_start(line) {
        return Some(placed);
    }
    if layout.time_alone_inside {
        return time_alone_inside(line);
    }
    let blanks = line.iter().take_while(|byte| b" \t".contains(byte)).count();
    if blanks > 0 {
        if !layout.indented {
            return None;
        }
        let text = &line[blanks..];
        let placed = at_start(text).or_else(|| further_inside(text, layout))?;
        return Some(Placed {
            at: Place::Indented,
            text_at: if placed.text_at == 0 {
                0
            } else {
                placed.text_at + blanks
            },
            ..placed
        });
    }
    if let Some(placed) = after_severity(line) {
        return Some(placed);
    }
    if layout.time_alone
        && let Some(placed) = time_alone(line)
    {
        return Some(placed);
    }
    if inside {
        return further_inside(line, layout);
    }
    web_server(line)
}

/// The time of a line of which nothing is known yet, for the survey of a file's start.
pub fn first_look(line: &[u8]) -> Option<Placed> {
    let open = Layout {
        indented: true,
        ..Layout::default()
    };
    find(line, open, true)
        .or_else(|| time_alone(line))
        .or_else(|| time_alone_inside(line))
        .or_else(|| epoch_inside(line))
}

fn at_start(line: &[u8]) -> Option<Placed> {
    let mut scan = Scan::new(line);
    let priority = priority(&mut scan);
    let mut head = scan;
    head.eat(b'[');
    if let Some((letter, found)) = formats::klog(&mut head).filter(|_| head.ends_word()) {
        skip_separator(&mut head);
        return Some(Placed {
            severity: severity::of_letter(letter),
            ..placed(found, Place::Start, head.at())
        });
    }
    // RFC 5424 has its version between priority and time.
    let versioned = priority.is_some() && scan.text(b"1 ").is_some();
    let key = time_key(&mut scan);
    scan.text(b"####");
    let bracket = if key { scan.one_of(b"\"'") } else { scan.one_of(b"[(<*") };
    if bracket == Some(b'[') {
        scan.blanks();
    }
    let month_first = { scan }.month().is_some();
    let found = formats::any(&mut scan)?;
    // A year, or a weekday's name, is not syslog's.
    let named = month_first && matches!(&found, Found::Civil(civil) if matches!(civil.day, Day::WithoutYear { .. }));
    if let Some(bracket) = bracket {
        scan.eat(match bracket {
            b'[' => b']',
            b'(' => b')',
            b'<' => b'>',
            b'*' => b':',
            quote => quote,
        });
    }
    skip_separator(&mut scan);
    let bsd = priority.is_some() || named && bracket.is_none() || has_process_id(scan.rest());
    Some(Placed {
        severity: priority.and_then(severity::of_priority),
        priority,
        syslog: match (versioned, bsd) {
            (true, _) => Syslog::Rfc5424,
            (false, true) => Syslog::Bsd,
            (false, false) => Syslog::No,
        },
        ..placed(found, Place::Start, scan.at())
    })
}

/// `INFO 2026-11-23 08:30:51 …`, `[ERROR] [2026-11-23 …] …`, `I, [2026-11-23 …`, `[W 261123 08:30:51 …`: the message
/// keeps the whole line.
fn after_severity(line: &[u8]) -> Option<Placed> {
    let mut scan = Scan::new(line);
    scan.eat(b'[');
    scan.blanks();
    let letters = scan
        .rest()
        .iter()
        .take(16)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let word = &scan.rest()[..letters];
    let severity = match word {
        [letter] => severity::of_letter(*letter),
        word => severity::of_word(word),
    }?;
    scan.advance(letters);
    while scan.one_of(b" \t[]:|,-").is_some() {}
    // A bare number after a severity is more likely a code than a time.
    matches!(scan.digit_run(), 1 | 2 | 4 | 6 | 8).then_some(())?;
    Some(Placed {
        severity: Some(severity),
        ..placed(formats::inside(&mut scan)?, Place::Start, 0)
    })
}

/// `10.0.0.1 - bob [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 17`: the message keeps the whole line.
fn web_server(line: &[u8]) -> Option<Placed> {
    let head = &line[..line.len().min(WITHIN)];
    memchr::memchr_iter(b'[', head).take(4).find_map(|at| {
        let mut scan = Scan::new(&line[at + 1..]);
        // A day, a slash, a month's name: nothing but a web server writes that.
        let slash = scan.rest().iter().take(3).position(|byte| *byte == b'/')?;
        scan.rest().get(slash + 1).filter(|byte| byte.is_ascii_alphabetic())?;
        let found = formats::inside(&mut scan)?;
        scan.eat(b']')?;
        Some(placed(found, Place::Start, 0))
    })
}

/// The first full date and time anywhere in the line's head.
fn further_inside(line: &[u8], layout: Layout) -> Option<Placed> {
    let head = &line[..line.len().min(WITHIN)];
    for at in 1..head.len() {
        if begins_word(head, at)
            && let Some(found) = formats::inside(&mut Scan::new(&line[at..]))
        {
            return Some(Placed {
                offset: at,
                ..placed(found, Place::Inside, 0)
            });
        }
    }
    if layout.epoch_inside { epoch_inside(line) } else { None }
}

fn epoch_inside(line: &[u8]) -> Option<Placed> {
    let head = &line[..line.len().min(WITHIN)];
    (1..head.len())
        .filter(|at| head[*at].is_ascii_digit() && begins_word(head, *at))
        .find_map(|at| formats::epoch_inside(&mut Scan::new(&line[at..])))
        .map(|found| placed(found, Place::EpochInside, 0))
}

fn time_alone(line: &[u8]) -> Option<Placed> {
    let mut scan = Scan::new(line);
    let bracket = scan.one_of(b"[(");
    let found = formats::time_alone(&mut scan)?;
    if let Some(bracket) = bracket {
        scan.eat(if bracket == b'[' { b']' } else { b')' });
    }
    skip_separator(&mut scan);
    Some(placed(found, Place::TimeAlone, scan.at()))
}

/// A time of day alone near the beginning of a line: `MSI (s) (7C:88) [08:30:51:123]: …`. The message keeps the whole line.
fn time_alone_inside(line: &[u8]) -> Option<Placed> {
    let head = &line[..line.len().min(NEAR)];
    (1..head.len())
        .filter(|at| head[*at].is_ascii_digit() && b" [(|\t".contains(&head[at - 1]))
        .find_map(|at| formats::time_alone(&mut Scan::new(&line[at..])))
        .map(|found| placed(found, Place::TimeAloneInside, 0))
}

/// Whether a time may begin at `at`: after what is neither a letter, a digit, nor part of a number or a name.
fn begins_word(text: &[u8], at: usize) -> bool {
    let (before, byte) = (text[at - 1], text[at]);
    !before.is_ascii_alphanumeric()
        && !b"._->".contains(&before)
        && (byte.is_ascii_digit() || b"JFMASONDTWjfmasondtw".contains(&byte))
}

fn placed(found: Found, at: Place, text_at: usize) -> Placed {
    Placed {
        found,
        at,
        offset: 0,
        text_at,
        severity: None,
        priority: None,
        syslog: Syslog::No,
    }
}

/// `<34>`: facility × 8 + severity, at most 191 (RFC 5424).
pub fn priority(scan: &mut Scan<'_>) -> Option<u16> {
    let mut ahead = *scan;
    ahead.eat(b'<')?;
    let number = ahead.number(1, 3).filter(|number| *number <= 191)?;
    ahead.eat(b'>')?;
    *scan = ahead;
    u16::try_from(number).ok()
}

/// logfmt's `time=`, `ts=` and the like.
fn time_key(scan: &mut Scan<'_>) -> bool {
    [&b"time="[..], b"ts=", b"t=", b"timestamp=", b"date=", b"datetime="]
        .iter()
        .any(|key| scan.text(key).is_some())
}

/// Blanks after the time, and one ` - ` or `| ` between it and the message.
pub fn skip_separator(scan: &mut Scan<'_>) {
    scan.blanks();
    let mut ahead = *scan;
    if ahead.one_of(b"|:,-").is_some() && ahead.blanks() {
        *scan = ahead;
    }
}

/// `host program[123]: `, as rsyslog writes after an ISO time, or `program[123]: ` alone.
fn has_process_id(text: &[u8]) -> bool {
    let word = |text: &[u8]| text.iter().take_while(|byte| !b"[ :".contains(byte)).count();
    let numbered = |at: usize, length: usize| {
        let mut scan = Scan::new(text);
        scan.advance(at + length);
        length > 0 && scan.eat(b'[').is_some() && scan.number(1, 10).is_some() && scan.text(b"]: ").is_some()
    };
    let first = word(text);
    if numbered(0, first) {
        return severity::of_word(&text[..first]).is_none();
    }
    let host = text.iter().position(|byte| *byte == b' ').unwrap_or(0);
    host > 0 && numbered(host + 1, word(&text[host + 1..]))
}
