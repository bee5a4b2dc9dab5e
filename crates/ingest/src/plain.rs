//! Plain log lines: a line with a time begins a message, a line without one continues it.

use std::borrow::Cow;
use std::io::BufRead;

use super::column::Value;
use super::emit::{Emitter, Halt};
use super::lines::{Lines, Piece, without_newline};
use super::severity::{self, Severity};
use super::table::Table;
use super::time::{Clock, Stamp, clamp};

/// The longest message: what goes on beyond becomes a row of its own with the same time.
pub const MESSAGE_BYTES: usize = 1 << 20;
/// Lines before the first time are kept back until it comes, but no more of them than this.
const HEAD_LINES: usize = 10_000;
const HEAD_BYTES: usize = 1 << 20;

/// Marks rows whose time is not their own: `file` (the file's last write) or `next` (the first time below).
pub const TIME_FROM: &str = "kulprit.time_from";
/// Marks the second and later parts of an overlong message: 2, 3, …
pub const PART: &str = "kulprit.part";
/// The message with its time, as OpenTelemetry's conventions name it.
pub const ORIGINAL: &str = "log.record.original";
/// The syslog priority, facility × 8 + severity.
pub const PRIORITY: &str = "syslog.priority";

/// What plain lines do not say themselves.
pub struct Plain<'a> {
    pub clock: &'a Clock,
    /// The user's name for the service.
    pub service: Option<&'a str>,
    /// The service where neither the user nor the line names one.
    pub stem: &'a str,
    /// Whether to keep every message with its time as an attribute.
    pub keep_original: bool,
}

impl Plain<'_> {
    /// Reads a log. Every byte but line ends and the recognised times is stored in some `Body`.
    pub fn read(&self, source: impl BufRead, emitter: &mut Emitter) -> Result<(), Halt> {
        let mut lines = Lines::new(source, MESSAGE_BYTES);
        let mut piece = Vec::new();
        let mut state = State::new(self, emitter);
        let outcome = loop {
            match lines.next(&mut piece) {
                Ok(Some(flags)) => state.take(&piece, flags)?,
                Ok(None) => break Ok(()),
                // What was read until the trouble is stored all the same.
                Err(error) => break Err(Halt::from(error)),
            }
        };
        state.end()?;
        outcome
    }

    fn service<'m>(&'m self, stamp: &Stamp, text: &'m [u8]) -> Cow<'m, [u8]> {
        if let Some(service) = self.service {
            return Cow::Borrowed(service.as_bytes());
        }
        let program = if stamp.syslog { program(text) } else { None };
        Cow::Borrowed(program.unwrap_or(self.stem.as_bytes()))
    }
}

/// The message under way.
struct Message {
    text: Vec<u8>,
    stamp: Stamp,
    line: u64,
    /// Which part of an overlong message this is, from 1.
    part: u64,
    service: Vec<u8>,
    severity: Option<Severity>,
}

struct State<'a, 'b> {
    plain: &'a Plain<'a>,
    emitter: &'b mut Emitter,
    message: Option<Message>,
    /// Lines before the first time, with their numbers.
    head: Vec<(u64, Vec<u8>)>,
    head_bytes: usize,
    /// Set when no time came in the head: such lines get the file's.
    headless: bool,
    line: u64,
}

impl<'a, 'b> State<'a, 'b> {
    fn new(plain: &'a Plain<'a>, emitter: &'b mut Emitter) -> Self {
        Self {
            plain,
            emitter,
            message: None,
            head: Vec::new(),
            head_bytes: 0,
            headless: false,
            line: 0,
        }
    }

    fn take(&mut self, piece: &[u8], flags: Piece) -> Result<(), Halt> {
        let mut piece = piece;
        if flags.starts {
            self.line += 1;
            self.emitter.report().lines += 1;
            if self.line == 1 {
                piece = piece.strip_prefix(b"\xef\xbb\xbf").unwrap_or(piece);
            }
            if let Some(stamp) = self.plain.clock.leading(without_newline(piece)) {
                self.finish_head(Some(stamp.nanos))?;
                self.finish_message()?;
                self.begin(piece, stamp);
                return Ok(());
            }
        }
        match &mut self.message {
            Some(message) if message.text.len() + piece.len() <= MESSAGE_BYTES => message.text.extend_from_slice(piece),
            Some(_) => self.next_part(piece)?,
            None => self.untimed(piece)?,
        }
        Ok(())
    }

    fn begin(&mut self, piece: &[u8], stamp: Stamp) {
        let line = without_newline(piece);
        let text = &line[stamp.text_at.min(line.len())..];
        self.message = Some(Message {
            service: self.plain.service(&stamp, text).into_owned(),
            severity: severity::of_message(text).or(stamp.severity),
            text: piece.to_vec(),
            stamp,
            line: self.line,
            part: 1,
        });
    }

    /// The message has grown too long: what is there is stored, the rest goes on under the same time.
    fn next_part(&mut self, piece: &[u8]) -> Result<(), Halt> {
        let Some(mut message) = self.message.take() else {
            return Ok(());
        };
        self.store(&message, None)?;
        message.text.clear();
        message.text.extend_from_slice(piece);
        message.stamp.text_at = 0;
        message.line = self.line;
        message.part += 1;
        self.message = Some(message);
        Ok(())
    }

    /// A line before the first time.
    fn untimed(&mut self, piece: &[u8]) -> Result<(), Halt> {
        self.head_bytes += piece.len();
        self.head.push((self.line, piece.to_vec()));
        if self.headless || self.head.len() >= HEAD_LINES || self.head_bytes >= HEAD_BYTES {
            self.finish_head(None)?;
            self.headless = true;
        }
        Ok(())
    }

    /// Stores the lines before the first time, each a row of its own: under that time, or the file's if none came.
    fn finish_head(&mut self, next: Option<i64>) -> Result<(), Halt> {
        let (nanos, from) = match next {
            Some(nanos) => (nanos, "next"),
            None => (clamp(self.plain.clock.context().written), "file"),
        };
        self.head_bytes = 0;
        for (line, text) in std::mem::take(&mut self.head) {
            // An empty line holds nothing to store.
            if without_newline(&text).is_empty() {
                continue;
            }
            self.emitter.report().rows_untimed += 1;
            let stamp = Stamp {
                nanos,
                text_at: 0,
                severity: None,
                priority: None,
                syslog: false,
            };
            let service = self.plain.service(&stamp, &text).into_owned();
            let severity = severity::of_message(&text);
            self.store(
                &Message {
                    text,
                    stamp,
                    line,
                    part: 1,
                    service,
                    severity,
                },
                Some(from),
            )?;
        }
        Ok(())
    }

    fn finish_message(&mut self) -> Result<(), Halt> {
        match self.message.take() {
            Some(message) => self.store(&message, None),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), Halt> {
        self.finish_head(None)?;
        self.finish_message()
    }

    fn store(&mut self, message: &Message, time_from: Option<&str>) -> Result<(), Halt> {
        let end = message
            .text
            .iter()
            .rposition(|byte| !b"\r\n".contains(byte))
            .map_or(0, |last| last + 1);
        let whole = &message.text[..end];
        let body = &whole[message.stamp.text_at.min(end)..];
        let part = message.part.to_string();
        let priority = message.stamp.priority.map(|priority| priority.to_string());
        let attributes: Vec<_> = [
            (TIME_FROM, time_from.map(str::as_bytes)),
            (PART, (message.part > 1).then_some(part.as_bytes())),
            (PRIORITY, priority.as_deref().map(str::as_bytes)),
            (ORIGINAL, self.plain.keep_original.then_some(whole)),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((Cow::Borrowed(key.as_bytes()), Cow::Borrowed(value?))))
        .collect();

        let mut values = vec![Value::Default; Table::OtelLogs.columns().len()];
        let mut set = |column: &str, value| {
            if let Some(index) = Table::OtelLogs.column_index(column) {
                values[index] = value;
            }
        };
        set("Timestamp", Value::Time(message.stamp.nanos));
        set("ServiceName", Value::Text(Cow::Borrowed(&message.service)));
        set("Body", Value::Text(Cow::Borrowed(body)));
        if let Some((text, number)) = message.severity {
            set("SeverityText", Value::Text(Cow::Borrowed(text.as_bytes())));
            set("SeverityNumber", Value::UInt(number.into()));
        }
        if !attributes.is_empty() {
            set("LogAttributes", Value::Map(attributes));
        }
        self.emitter.row(&values, message.line, message.stamp.nanos)
    }
}

/// The program in syslog's `host program[123]: text`, or RFC 5424's `host program 123 …`.
fn program(text: &[u8]) -> Option<&[u8]> {
    let mut words = text.splitn(3, |byte| *byte == b' ');
    let (host, word) = (words.next()?, words.next()?);
    let name = word.split(|byte| b"[:".contains(byte)).next()?;
    let tidy = |name: &[u8]| name.iter().all(|byte| byte.is_ascii_graphic());
    let named = !name.is_empty() && name != b"-" && name.len() <= 64 && tidy(name);
    // Without an end mark only RFC 5424 has a program here, and there a process id or `-` follows.
    let marked = word.ends_with(b":") || word.contains(&b'[');
    let next = words.next().unwrap_or_default();
    let process_id = next.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-');
    (named && !host.is_empty() && (marked || process_id)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syslog_names_its_program() {
        let cases: &[(&str, Option<&str>)] = &[
            ("web1 sshd[812]: Accepted publickey", Some("sshd")),
            ("web1 kernel: [ 12.345] eth0 up", Some("kernel")),
            ("web1 postfix/smtpd[9]: connect", Some("postfix/smtpd")),
            ("mymachine.example.com evntslog - ID47 [x] An event", Some("evntslog")),
            ("web1 -- MARK --", None),
            ("last message repeated 2 times", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(program(text.as_bytes()), expected.map(str::as_bytes), "{text}");
        }
    }
}
