//! What syslog lines say beside their message.

use super::severity::{self, Severity};

/// Where the program of a BSD syslog line stands, its host, and a severity between the two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sender<'a> {
    pub host: Option<&'a [u8]>,
    pub program: Option<&'a [u8]>,
    pub severity: Option<Severity>,
}

/// The sender in `host program[123]: text`, in `host err program[123]: text` as some devices write it, or in
/// `program[123]: text` where the host is left out.
pub fn sender(text: &[u8]) -> Sender<'_> {
    let mut words = text
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .peekable();
    // A process id before all else.
    let is_numbered = words.next_if(|word| is_process_id(word)).is_some();
    let Some(first) = words.next() else {
        return Sender::default();
    };
    if first.ends_with(b"]:") {
        return Sender {
            program: name(first),
            ..Sender::default()
        };
    }
    // `INFO payment: text` has a level in the host's place.
    if first.ends_with(b":") || severity::of_word(first).is_some() {
        return Sender::default();
    }
    let mut second = words.next().unwrap_or_default();
    let is_marked = |word: &[u8]| word.ends_with(b":") || word.contains(&b'[');
    let severity = severity::of_word(second).filter(|_| words.peek().is_some_and(|next| is_marked(next)));
    if severity.is_some() {
        second = words.next().unwrap_or_default();
    }
    // Without an end mark only RFC 5424 has a program here, and there a process id or `-` follows.
    let next = words.next().unwrap_or_default();
    let process_id = next.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-') || is_process_id(next);
    match name(second).filter(|_| is_marked(second) || process_id || is_numbered) {
        Some(program) => Sender {
            host: Some(first),
            program: Some(program),
            severity,
        },
        None => Sender::default(),
    }
}

/// `[123]`.
fn is_process_id(word: &[u8]) -> bool {
    matches!(word, [b'[', digits @ .., b']'] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

fn name(word: &[u8]) -> Option<&[u8]> {
    let name = word.split(|byte| b"[:".contains(byte)).next()?;
    let tidy = name.iter().all(u8::is_ascii_graphic);
    (!name.is_empty() && name != b"-" && name.len() <= 64 && tidy).then_some(name)
}

/// The header of an RFC 5424 line after its time, and where the message begins.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Header {
    pub host: Option<Vec<u8>>,
    pub program: Option<Vec<u8>>,
    /// Process id, message id and the parameters of the structured data, as attributes.
    pub attributes: Vec<(String, Vec<u8>)>,
    pub message_at: usize,
}

/// Reads `host program 123 ID47 [id a="b"] message`; `None` if the text is something else.
pub fn header(text: &[u8]) -> Option<Header> {
    let mut at = 0;
    let mut word = || {
        let length = text[at..].iter().position(|byte| *byte == b' ')?;
        let word = &text[at..at + length];
        at += length + 1;
        Some((word != b"-").then(|| word.to_vec()))
    };
    let (host, program, process, message_id) = (word()?, word()?, word()?, word()?);
    let mut header = Header {
        host,
        program,
        ..Header::default()
    };
    let named = [("syslog.procid", process), ("syslog.msgid", message_id)];
    header.attributes.extend(
        named
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?))),
    );
    if text.get(at) == Some(&b'-') {
        at += 1;
    } else {
        while text.get(at) == Some(&b'[') {
            at += element(&text[at..], &mut header.attributes)?;
        }
    }
    while text.get(at) == Some(&b' ') {
        at += 1;
    }
    header.message_at = at + if text[at..].starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    Some(header)
}

/// Reads `[id name="value" …]`; its length. In a value `"`, `\` and `]` stand behind a `\`.
fn element(text: &[u8], attributes: &mut Vec<(String, Vec<u8>)>) -> Option<usize> {
    let id = text[1..].iter().position(|byte| b" ]".contains(byte))?;
    let id_text = String::from_utf8_lossy(&text[1..1 + id]).into_owned();
    let mut at = 1 + id;
    loop {
        match text.get(at)? {
            b']' => return Some(at + 1),
            b' ' => at += 1,
            _ => {
                let equals = text[at..].iter().position(|byte| *byte == b'=')?;
                let key = String::from_utf8_lossy(&text[at..at + equals]).into_owned();
                at += equals + 1;
                (text.get(at) == Some(&b'"')).then_some(())?;
                at += 1;
                let mut value = Vec::new();
                loop {
                    match (text.get(at)?, text.get(at + 1)) {
                        (b'"', _) => break,
                        (b'\\', Some(escaped @ (b'"' | b'\\' | b']'))) => {
                            value.push(*escaped);
                            at += 2;
                        }
                        (byte, _) => {
                            value.push(*byte);
                            at += 1;
                        }
                    }
                }
                at += 1;
                attributes.push((format!("{id_text}.{key}"), value));
            }
        }
    }
}

/// The priority of a line whose time is nil, and where its header begins: `<7>1 - host …`.
pub fn without_time(line: &[u8]) -> Option<(u16, usize)> {
    let rest = line.strip_prefix(b"<")?;
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let number = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    (number <= 191 && rest[digits..].starts_with(b">1 - ")).then_some((number, 1 + digits + 5))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn syslog_names_its_program() {
        let cases: &[(&str, Option<&str>)] = &[
            ("web1 sshd[812]: Accepted publickey", Some("sshd")),
            ("web1 kernel: [ 12.345] eth0 up", Some("kernel")),
            ("web1 postfix/smtpd[9]: connect", Some("postfix/smtpd")),
            ("mymachine.example.com evntslog - ID47 [x] An event", Some("evntslog")),
            ("lb1 err tmm[7]: 01010028:3: no members", Some("tmm")),
            (
                "n1 pacemaker-controld  [7] (run) \terror: gone",
                Some("pacemaker-controld"),
            ),
            ("[7] n1 corosync notice  [TOTEM ] joined", Some("corosync")),
            ("proxy[12]: 10.0.0.1:123 [x] fe be/s1", Some("proxy")),
            ("ERROR payment: request 7 done", None),
            ("web1 -- MARK --", None),
            ("last message repeated 2 times", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(sender(text.as_bytes()).program, expected.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn structured_data_becomes_attributes() {
        let text = br#"web1 shop 42 - [a@1 k="v" q="say \"no\" [x\]"][b@1] no stock"#;
        let header = header(text).unwrap();
        assert_eq!(&text[header.message_at..], b"no stock");
        let attributes: Vec<_> = header
            .attributes
            .iter()
            .map(|(key, value)| (key.as_str(), std::str::from_utf8(value).unwrap()))
            .collect();
        assert_eq!(
            attributes,
            [("syslog.procid", "42"), ("a@1.k", "v"), ("a@1.q", "say \"no\" [x]")]
        );
        assert_eq!(super::header(b"- - - - - plain").unwrap().message_at, 10);
        assert_eq!(super::header(b"web1 shop[1]: other"), None);
        assert_eq!(without_time(b"<7>1 - box watch 9 - - x"), Some((7, 7)));
    }
}
