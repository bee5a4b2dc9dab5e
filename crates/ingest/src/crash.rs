//! Crashes that a runtime writes without a time, and what continues a message.

use super::severity::{self, Severity};

const FATAL: Severity = ("FATAL", 21);
pub const ERROR: Severity = ("ERROR", 17);

/// How lines begin that runtimes print when a program dies.
const BEGINNINGS: &[(&[u8], Severity)] = &[
    (b"panic: ", FATAL),
    (b"fatal error: ", FATAL),
    (b"Traceback (most recent call last)", ERROR),
    (b"Exception in thread ", ERROR),
    (b"Unhandled exception", FATAL),
    (b"Unhandled Exception", FATAL),
    (b"Uncaught ", ERROR),
    (b"terminate called ", FATAL),
    (b"Segmentation fault", FATAL),
    (b"Aborted (core dumped)", FATAL),
    (b"# A fatal error has been detected", FATAL),
    (b"*** stack smashing detected", FATAL),
    (b"Fatal Python error", FATAL),
    (b"FATAL ERROR: ", FATAL),
    (b"Fatal error: ", FATAL),
    (b"PHP Fatal error: ", FATAL),
    (b"PHP Parse error: ", FATAL),
    (b"lua: ", ERROR),
    (b"** (", ERROR),
];

/// The severity of a crash that `line` begins; `None` if it begins none.
pub fn begins(line: &[u8]) -> Option<Severity> {
    let first = line.first()?;
    if first.is_ascii_whitespace() {
        // Several of Python's at once.
        return line
            .trim_ascii_start()
            .starts_with(b"+ Exception Group Traceback")
            .then_some(ERROR);
    }
    // A sanitizer's report: `==7==ERROR: AddressSanitizer: …`.
    if line.starts_with(b"==") && memchr::memmem::find(&line[..line.len().min(40)], b"==ERROR: ").is_some() {
        return Some(ERROR);
    }
    if let Some((_, severity)) = BEGINNINGS.iter().find(|(text, _)| line.starts_with(text)) {
        return Some(*severity);
    }
    // Rust: `thread 'main' panicked at src/main.rs:2:5:`, with the thread's number in newer versions.
    let head = &line[..line.len().min(200)];
    if line.starts_with(b"thread '") && memchr::memmem::find(head, b"panicked at").is_some() {
        return Some(FATAL);
    }
    // Ruby: `app.rb:3:in 'pay': message (RuntimeError)`; Node: the place in the program on a line of its own.
    let word = head
        .iter()
        .position(u8::is_ascii_whitespace)
        .map_or(head, |blank| &head[..blank]);
    if word.ends_with(b":in") && word.windows(4).any(|part| part == b".rb:") {
        return Some(ERROR);
    }
    place_alone(line).then_some(ERROR)
}

/// Whether a line begins with the class of an exception, as its trace is printed where nobody logs it:
/// `java.io.IOException: disk full`, `TypeError: x is no function`.
pub fn is_exception(line: &[u8]) -> bool {
    let in_class = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.$".contains(byte);
    let class = &line[..line.iter().take_while(|byte| in_class(byte)).count()];
    let kind = [&b"Exception"[..], b"Error", b"Throwable"]
        .into_iter()
        .find(|kind| class.ends_with(kind));
    let named = kind.is_some_and(|kind| class.len() > kind.len() || kind == b"Error");
    named && class[0].is_ascii_alphabetic() && matches!(line[class.len()..].trim_ascii_end(), [] | [b':', b' ', ..])
}

/// `/app/server.js:12`, `node:internal/process:95`, as Node prints before what was thrown.
fn place_alone(line: &[u8]) -> bool {
    let begins = [&b"/"[..], b"file:///", b"node:"]
        .iter()
        .any(|start| line.starts_with(start));
    let Some(colon) = line.iter().rposition(|byte| *byte == b':').filter(|_| begins) else {
        return false;
    };
    let digits = &line[colon + 1..];
    !digits.is_empty()
        && digits.iter().all(u8::is_ascii_digit)
        && !line.iter().any(u8::is_ascii_whitespace)
        && (memchr::memmem::find(line, b"js:").is_some() || line.starts_with(b"node:"))
}

/// Whether a line is a record of its own without a time, as `START RequestId: …`, `REPORT RequestId: …`: a keyword in
/// capitals, and a name with a colon.
pub fn is_record(line: &[u8]) -> bool {
    let keyword = line
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase() || **byte == b'_')
        .count();
    if keyword < 3
        || severity::of_word(&line[..keyword]).is_some()
        || line.get(keyword).is_none_or(|byte| !b" \t".contains(byte))
    {
        return false;
    }
    let rest = &line[keyword + 1..];
    let name = rest
        .iter()
        .take(32)
        .take_while(|byte| byte.is_ascii_alphabetic() || **byte == b' ')
        .count();
    rest.first().is_some_and(u8::is_ascii_uppercase) && name >= 4 && rest[name..].starts_with(b": ")
}

/// Whether a line is plainly the continuation of the one above it, by itself.
pub fn continues(line: &[u8]) -> bool {
    matches!(line.first(), None | Some(b' ' | b'\t' | b'}' | b')' | b']'))
        || [
            &b"Caused by: "[..],
            b"... ",
            b"goroutine ",
            b"created by ",
            b"caused by: ",
            b"stack backtrace:",
            b"note: run with ",
        ]
        .iter()
        .any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crashes_begin_as_their_runtimes_write_them() {
        let crashes = [
            "panic: assignment to entry in nil map",
            "fatal error: all goroutines are asleep - deadlock!",
            "Traceback (most recent call last):",
            "Exception in thread \"main\" java.lang.StackOverflowError",
            "thread 'main' (4711) panicked at src/lib.rs:7:9:",
            "Unhandled exception. System.NullReferenceException: no object",
            "terminate called after throwing an instance of 'std::bad_alloc'",
            "bin/shop.rb:12:in `pay': empty basket (RuntimeError)",
            "/srv/shop/server.js:41",
            "node:internal/modules/cjs/loader:1080",
        ];
        for line in crashes {
            assert!(begins(line.as_bytes()).is_some(), "{line}");
        }
        for line in [
            "",
            "java.lang.IllegalStateException: empty",
            "\tat a.B.c(B.java:7)",
            "/var/log/x",
            "panicking is no use",
        ] {
            assert!(begins(line.as_bytes()).is_none(), "{line}");
        }
    }

    #[test]
    fn exceptions_are_known_by_their_class() {
        for line in [
            "java.io.IOException: disk full",
            "TypeError: no function\r",
            "Error: gone",
            "a.b.C$ShelfException",
        ] {
            assert!(is_exception(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            "Exception",
            "an Error: x",
            "ErrorCount: 7",
            "IOException of the disk",
            "7Error: x",
            ".Error",
        ] {
            assert!(!is_exception(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn records_without_a_time_are_known_by_their_keyword() {
        for line in [
            "START RequestId: 7c1e Version: 3",
            "REPORT RequestId: 7c1e\tDuration: 3 ms",
            "INIT_START Runtime Version: python:3.12",
        ] {
            assert!(is_record(line.as_bytes()), "{line}");
        }
        for line in [
            "SELECT a: b",
            "ERROR RequestId: 7",
            "values (7)",
            "STATEMENT:  insert",
            "SELECT count(*) FROM t",
        ] {
            assert!(!is_record(line.as_bytes()), "{line}");
        }
    }
}
