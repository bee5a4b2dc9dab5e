//! Log lines: a line with a time begins a message, a line without one continues it.
//!
//! A line may also be a container's entry or a JSON object; each is unwrapped to its own text first.

use std::borrow::Cow;
use std::io::BufRead;

use super::clean;
use super::column::Value;
use super::container::{self, Entry};
use super::crash;
use super::emit::{Emitter, ReadError};
use super::json::{self, Outcome};
use super::lines::{End, Lines, Piece, without_newline};
use super::message::{Message, Streams};
use super::position::{Mark, Position, Print};
use super::record::{Around, Records};
use super::severity::{self, Severity};
use super::syslog;
use super::table::Table;
use super::time::{Stamp, Syslog, clamp};

/// The longest message: what goes on beyond becomes a row of its own with the same time.
pub const MESSAGE_BYTES: usize = 1 << 20;
/// Lines before the first time are kept back until it comes, but no more of them than this.
const HEAD_LINES: usize = 10_000;
const HEAD_BYTES: usize = 1 << 20;
/// So many messages of a file without any time are stored at the file's own; more are refused, unless the user allows it.
const FEW: u64 = 5;

/// Why the lines of a file without any time are refused: a kind of [`crate::Refusal`].
pub const NO_TIME: &str = "no time was found";

/// Marks rows whose time is not their own: `file` (the file's last write), `next` (the first time below) or
/// `previous` (the time above).
pub const TIME_FROM: &str = "kulprit.time_from";
/// Marks the second and later parts of an overlong message: 2, 3, …
pub const PART: &str = "kulprit.part";
/// The message with its time, as OpenTelemetry's conventions name it.
pub const ORIGINAL: &str = "log.record.original";
/// The syslog priority, facility × 8 + severity.
pub const PRIORITY: &str = "syslog.priority";
/// The stream that a container wrote to.
const STREAM: &str = "log.iostream";

/// Whether a line that is a JSON object is a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    /// Never, but in a container's entry: the user has said that lines are plain.
    Never,
    /// Where it tells its time, or stands behind a service's name.
    Timed,
    /// Yes, and other lines are text.
    Lines,
    /// Yes, and other lines are refused.
    Strict,
}

/// What the lines do not say themselves.
pub struct LogLines<'a> {
    pub records: &'a Records<'a>,
    pub json: Json,
    /// Lines begin with a service's name and a bar.
    pub prefixed: bool,
    /// Store messages at the file's own time where the file has none.
    pub untimed: bool,
    /// Whether to keep every message with its time as an attribute.
    pub keep_original: bool,
    /// Whether lines without a time may be joined in a file that has none.
    pub join_untimed: bool,
    pub end: End,
}

impl LogLines<'_> {
    /// Reads a log from `from` on. Every byte but line ends, colours and the recognised times is stored in some `Body`.
    pub fn read(&self, source: impl BufRead, from: Start, emitter: &mut Emitter<'_>) -> Result<(), ReadError> {
        let longest = if matches!(self.json, Json::Never | Json::Timed) {
            MESSAGE_BYTES
        } else {
            json::LONGEST_LINE
        };
        let mut lines = Lines::new(source, longest).beginning_at(from.mark.at);
        let (mut piece, mut before) = (Vec::new(), Vec::new());
        let mut state = State {
            reader: self,
            emitter,
            streams: Streams::default(),
            parts: Vec::new(),
            head: Vec::new(),
            head_bytes: 0,
            headless: false,
            timed: from.last.is_some(),
            last: from.last,
            untimed: Untimed::default(),
            joined: (0, 0),
            line: from.mark.line - 1,
            at: from.mark.at,
        };
        let outcome = loop {
            match lines.next(&mut piece) {
                Ok(Some(flags)) if !flags.whole && self.end != End::Whole => break Ok(()),
                Ok(Some(flags)) => state.take(&piece, flags)?,
                Ok(None) => break Ok(()),
                // What was read until the trouble is stored all the same.
                Err(error) => break Err(ReadError::from(error)),
            }
            state.at = lines.at();
            state.reached(&piece)?;
            std::mem::swap(&mut piece, &mut before);
        };
        if self.end != End::Growing {
            state.end()?;
        }
        let position = state.position(&before);
        state.emitter.hand_over(position)?;
        outcome
    }
}

/// Where a log is read from.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    pub mark: Mark,
    /// The latest time before it.
    pub last: Option<i64>,
}

/// What waits for the file's first time.
enum Waiting {
    Text(Box<Message>),
    Record { mark: Mark, text: Vec<u8> },
}

impl Waiting {
    fn mark(&self) -> Mark {
        match self {
            Self::Text(message) => message.mark(),
            Self::Record { mark, .. } => *mark,
        }
    }
}

/// A container's entry that waits for its other parts.
struct Part {
    stream: Vec<u8>,
    nanos: i64,
    mark: Mark,
    text: Vec<u8>,
}

/// Messages for which no time was found.
#[derive(Default)]
struct Untimed {
    refused: u64,
    first: Option<(u64, String)>,
}

struct State<'a, 'b, 't> {
    reader: &'a LogLines<'a>,
    emitter: &'b mut Emitter<'t>,
    streams: Streams,
    /// Container entries that wait for their other parts.
    parts: Vec<Part>,
    head: Vec<Waiting>,
    head_bytes: usize,
    /// Set when no time came in the head.
    headless: bool,
    /// Whether a line has had a time.
    timed: bool,
    /// The latest time.
    last: Option<i64>,
    untimed: Untimed,
    /// Unindented lines that were joined to the message above them: their number, and the first.
    joined: (u64, u64),
    line: u64,
    /// Where in the file the current line begins.
    at: u64,
}

impl State<'_, '_, '_> {
    fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            line: self.line,
        }
    }

    /// A line has been taken; `before` is the line.
    fn reached(&mut self, before: &[u8]) -> Result<(), ReadError> {
        if !self.emitter.is_due(self.at) {
            return Ok(());
        }
        if let Some(to) = self.emitter.sending_to() {
            let open = to.open.clone();
            self.finish_apart_from(&open)?;
        }
        let position = self.position(before);
        self.emitter.hand_over(position)
    }

    /// An earlier run has sent everything up to here but what was `open`: messages too that could have gone on.
    fn finish_apart_from(&mut self, open: &[Mark]) -> Result<(), ReadError> {
        for key in self.streams.keys_apart_from(open) {
            self.finish(&key)?;
        }
        if self.parts.iter().any(|part| !open.contains(&part.mark)) {
            self.finish_parts()?;
        }
        if self.head.iter().any(|waiting| !open.contains(&waiting.mark())) {
            self.finish_head(None)?;
        }
        Ok(())
    }

    /// How far the file is stored when all that was handed over is.
    fn position(&self, before: &[u8]) -> Position {
        let parts = self.parts.iter().map(|part| part.mark);
        let open = self.streams.marks().chain(parts);
        Position {
            at: self.at,
            lines: self.line,
            open: open.chain(self.head.iter().map(Waiting::mark)).collect(),
            last: self.last,
            before: Print::of_end(before),
            ..Position::default()
        }
    }

    fn take(&mut self, piece: &[u8], flags: Piece) -> Result<(), ReadError> {
        if !flags.starts {
            return if self.reader.json == Json::Strict {
                Ok(())
            } else {
                self.go_on(piece)
            };
        }
        self.line += 1;
        self.emitter.report().lines += 1;
        let raw = if self.line == 1 {
            piece.strip_prefix(b"\xef\xbb\xbf").unwrap_or(piece)
        } else {
            piece
        };
        let clean = clean::line(raw);
        let (mut service, mut text) = (None, &clean[..]);
        if self.reader.prefixed
            && let Some((name, at)) = container::prefix(text)
        {
            (service, text) = (Some(name), &text[at..]);
        }
        self.emitter.at(self.mark());
        let line = without_newline(text);
        let clock = self.reader.records.clock;
        if let Some(entry) = container::cri(line, clock) {
            return self.container(entry, raw);
        }
        let strict = self.reader.json == Json::Strict;
        if strict && !flags.ends {
            json::refuse_long(self.emitter, self.line);
            return Ok(());
        }
        let line = if strict { line.trim_ascii() } else { line };
        if strict && line.is_empty() {
            return Ok(());
        }
        let object = line.first() == Some(&b'{');
        let record = match self.reader.json {
            Json::Strict => true,
            Json::Lines => object,
            Json::Never => false,
            Json::Timed => object && (service.is_some() || json::is_timed(line, self.reader.records)),
        };
        if record {
            if let Some(entry) = container::docker(line, clock) {
                return self.container(entry, raw);
            }
            if self.record(line, service)? {
                return Ok(());
            }
        }
        self.text(text, raw, service)
    }

    /// A line that is no more than text.
    fn text(&mut self, text: &[u8], raw: &[u8], service: Option<&[u8]>) -> Result<(), ReadError> {
        let line = without_newline(text);
        let clock = self.reader.records.clock;
        let key = service.unwrap_or_default();
        if let Some((priority, at)) = syslog::without_time(line) {
            let stamp = Stamp {
                text_at: at,
                severity: severity::of_priority(priority),
                priority: Some(priority),
                syslog: Syslog::Rfc5424,
                ..Stamp::of(0)
            };
            self.finish(key)?;
            return self.own_time(text, raw, stamp, service);
        }
        if let Some(stamp) = clock.leading(line) {
            self.see(stamp.nanos)?;
            self.finish(key)?;
            self.begin(text, raw, stamp, service);
            return Ok(());
        }
        clock.see_date(line);
        let Some(message) = self.streams.open(key) else {
            return self.before_any_time(text, raw, service);
        };
        let exception = || (crash::is_exception(line) && message.is_harmless()).then_some(crash::ERROR);
        let crash = crash::begins(line)
            .filter(|severity| !message.takes_crash(*severity))
            .or_else(exception);
        if crash.is_some() || crash::is_record(line) {
            let nanos = message.stamp.nanos;
            self.finish(key)?;
            let mut message = self.message(text, raw, Stamp::of(nanos), service);
            message.time_from = Some("previous");
            message.crash = crash.is_some();
            message.severity = crash.or(message.severity);
            self.emitter.report().rows_untimed += 1;
            self.streams.begin(key, message);
            return Ok(());
        }
        if !line.is_empty() && !message.crash && !crash::continues(line) {
            self.joined.0 += 1;
            if self.joined.1 == 0 {
                self.joined.1 = self.line;
            }
        }
        self.join(key, text, raw)
    }

    /// Adds a line to the open message, or begins a further part of it where it has grown too long.
    fn join(&mut self, key: &[u8], text: &[u8], raw: &[u8]) -> Result<(), ReadError> {
        let keep = self.reader.keep_original;
        let Some(message) = self.streams.open(key) else {
            return Ok(());
        };
        if message.text.len() + text.len() <= MESSAGE_BYTES {
            message.add(text, if keep { raw } else { b"" });
            return Ok(());
        }
        let begin = Mark {
            at: self.at,
            line: self.line,
        };
        let part = message.next_part(begin, text, if keep { raw } else { b"" });
        let full = std::mem::replace(message, part);
        self.store(&full)
    }

    /// A further piece of an overlong line.
    fn go_on(&mut self, piece: &[u8]) -> Result<(), ReadError> {
        let key = self.streams.latest().to_vec();
        if self.streams.open(&key).is_some() {
            return self.join(&key, piece, piece);
        }
        if let Some(Waiting::Text(message)) = self.head.last_mut() {
            let keep = self.reader.keep_original;
            if message.text.len() + piece.len() <= MESSAGE_BYTES {
                message.add(piece, if keep { piece } else { b"" });
                return Ok(());
            }
        }
        self.wait(piece, piece, None)
    }

    /// Takes a JSON object as a record; false if it is none, or has no time in a file of text.
    fn record(&mut self, line: &[u8], service: Option<&[u8]>) -> Result<bool, ReadError> {
        let around = Around {
            time: self.last.map(|nanos| (nanos, Some("previous"))),
            service,
            ..Around::default()
        };
        self.streams
            .finish_all_into(|message| store(self.reader, self.emitter, &message))?;
        self.emitter.at(self.mark());
        let read = self.emitter.rows_read();
        match json::object(line, self.line, self.reader.records, around, self.emitter)? {
            Outcome::Taken(nanos) => {
                let taken = self.emitter.rows_read() - read;
                if !self.head.is_empty() {
                    self.finish_head(Some(nanos))?;
                }
                self.timed |= taken > 0;
                self.last = Some(nanos);
                Ok(true)
            }
            Outcome::NoTime => {
                self.head_bytes += line.len();
                self.head.push(Waiting::Record {
                    mark: self.mark(),
                    text: line.to_vec(),
                });
                self.limit_head()?;
                Ok(true)
            }
            Outcome::Refused(("not a JSON object", _)) if self.reader.json != Json::Strict => Ok(false),
            Outcome::Refused((kind, detail)) => {
                self.emitter.at(self.mark());
                self.emitter.refuse(self.line, kind, &detail);
                Ok(true)
            }
        }
    }

    /// A container's entry: its parts are joined first.
    fn container(&mut self, entry: Entry<'_>, raw: &[u8]) -> Result<(), ReadError> {
        self.see(entry.nanos)?;
        let waiting = self.parts.iter().position(|part| *part.stream == *entry.stream);
        match (waiting, entry.partial) {
            (Some(index), partial) => {
                self.parts[index].text.extend_from_slice(&entry.text);
                if partial && self.parts[index].text.len() < MESSAGE_BYTES {
                    return Ok(());
                }
                let part = self.parts.swap_remove(index);
                self.container_line(&part.stream, part.nanos, part.mark, &part.text, raw)
            }
            (None, true) => {
                self.parts.push(Part {
                    stream: entry.stream.into_owned(),
                    nanos: entry.nanos,
                    mark: self.mark(),
                    text: entry.text.into_owned(),
                });
                Ok(())
            }
            (None, false) => self.container_line(&entry.stream, entry.nanos, self.mark(), &entry.text, raw),
        }
    }

    fn finish_parts(&mut self) -> Result<(), ReadError> {
        for part in std::mem::take(&mut self.parts) {
            self.container_line(&part.stream, part.nanos, part.mark, &part.text, b"")?;
        }
        Ok(())
    }

    /// A whole line of a container: a record, a message, or the next line of one.
    fn container_line(
        &mut self,
        stream: &[u8],
        nanos: i64,
        begin: Mark,
        text: &[u8],
        raw: &[u8],
    ) -> Result<(), ReadError> {
        let clean = clean::line(text);
        let attributes = [(STREAM, stream)];
        if clean.first() == Some(&b'{') {
            let around = Around {
                time: Some((nanos, None)),
                attributes: &attributes,
                ..Around::default()
            };
            self.finish(stream)?;
            self.emitter.at(begin);
            let outcome = json::object(&clean, begin.line, self.reader.records, around, self.emitter)?;
            if matches!(outcome, Outcome::Taken(_)) {
                return Ok(());
            }
        }
        let inner = self.reader.records.clock.skip_time(&clean);
        let said = severity::of_message(&clean[inner..]);
        let crash = crash::begins(&clean);
        if let Some(message) = self.streams.open(stream) {
            let near = nanos - message.last_nanos < 5_000_000_000;
            let goes_on = !clean.is_empty() && crash::continues(&clean)
                || message.crash && inner == 0 && (said.is_none() || message.lines > 1 && !message.ended);
            if near && (goes_on || clean.is_empty()) && crash.is_none_or(|crash| message.takes_crash(crash)) {
                message.last_nanos = nanos;
                message.ended =
                    message.crash && message.lines > 1 && !crash::continues(&clean) && !message.is_open_ended();
                let mut line = Vec::with_capacity(clean.len() + 1);
                line.push(b'\n');
                line.extend_from_slice(&clean);
                return self.join(stream, &line, raw);
            }
        }
        self.finish(stream)?;
        let mut message = self.message(&clean, raw, Stamp::of(nanos), None);
        (message.at, message.line) = (begin.at, begin.line);
        message.severity = crash.or(said);
        message.crash = crash.is_some();
        message.attributes.push((STREAM.to_owned(), stream.to_vec()));
        self.streams.begin(stream, message);
        Ok(())
    }

    /// A line has this time.
    fn see(&mut self, nanos: i64) -> Result<(), ReadError> {
        self.timed = true;
        self.last = Some(nanos);
        if self.head.is_empty() {
            Ok(())
        } else {
            self.finish_head(Some(nanos))
        }
    }

    fn begin(&mut self, text: &[u8], raw: &[u8], stamp: Stamp, service: Option<&[u8]>) {
        let message = self.message(text, raw, stamp, service);
        self.streams.begin(service.unwrap_or_default(), message);
    }

    /// A message of its own that has no time: it takes the one above, or waits for the first.
    fn own_time(&mut self, text: &[u8], raw: &[u8], stamp: Stamp, service: Option<&[u8]>) -> Result<(), ReadError> {
        let mut message = self.message(text, raw, stamp, service);
        match self.last {
            Some(nanos) => {
                message.stamp.nanos = nanos;
                message.time_from = Some("previous");
                self.emitter.report().rows_untimed += 1;
                self.streams.begin(service.unwrap_or_default(), message);
                Ok(())
            }
            None => {
                self.head.push(Waiting::Text(Box::new(message)));
                self.limit_head()
            }
        }
    }

    /// The message that a line begins.
    fn message(&self, text: &[u8], raw: &[u8], stamp: Stamp, service: Option<&[u8]>) -> Message {
        let line = without_newline(text);
        let mut message = Message::new(text, stamp, self.mark());
        if self.reader.keep_original {
            message.original = raw.to_vec();
        }
        let said = &line[stamp.text_at.min(line.len())..];
        match stamp.syslog {
            Syslog::No => {}
            Syslog::Bsd => {
                let sender = syslog::sender(said);
                message.service = sender.program.map(<[u8]>::to_vec);
                message.host = sender.host.map(<[u8]>::to_vec);
                message.severity = sender.severity;
            }
            Syslog::Rfc5424 => {
                if let Some(header) = syslog::header(said) {
                    message.stamp.text_at += header.message_at;
                    message.service = header.program;
                    message.host = header.host;
                    message.attributes = header.attributes;
                }
            }
        }
        let records = self.reader.records;
        if let Some(name) = records.service {
            message.service = Some(name.as_bytes().to_vec());
        } else if service.is_some() {
            message.service = service.map(<[u8]>::to_vec);
        }
        let said = &line[message.stamp.text_at.min(line.len())..];
        message.severity = severity::of_message(said)
            .or(message.severity)
            .or(stamp.severity)
            .or_else(|| crash::begins(said));
        message
    }

    /// A line where no message is open: before the first time, or after a record.
    fn before_any_time(&mut self, text: &[u8], raw: &[u8], service: Option<&[u8]>) -> Result<(), ReadError> {
        if self.timed && self.head.is_empty() {
            if without_newline(text).trim_ascii().is_empty() {
                return Ok(());
            }
            return self.own_time(text, raw, Stamp::of(0), service);
        }
        let line = without_newline(text);
        if self.reader.join_untimed
            && let Some(Waiting::Text(message)) = self.head.last_mut()
        {
            let indented = line.first().is_some_and(|byte| b" \t".contains(byte)) && !line.trim_ascii().is_empty();
            let of_crash = message.crash
                && severity::of_message(line).is_none_or(|_| crash::continues(line))
                && crash::begins(line).is_none_or(|crash| message.takes_crash(crash));
            if message.text.len() + text.len() <= MESSAGE_BYTES && (indented || of_crash && !message.ended) {
                message.ended = message.crash && message.lines > 1 && !indented && !message.is_open_ended();
                message.add(text, if self.reader.keep_original { raw } else { b"" });
                self.head_bytes += text.len();
                return Ok(());
            }
        }
        self.wait(text, raw, service)
    }

    fn wait(&mut self, text: &[u8], raw: &[u8], service: Option<&[u8]>) -> Result<(), ReadError> {
        let mut message = self.message(text, raw, Stamp::of(0), service);
        message.crash = crash::begins(without_newline(text)).is_some();
        self.head_bytes += text.len();
        self.head.push(Waiting::Text(Box::new(message)));
        self.limit_head()
    }

    fn limit_head(&mut self) -> Result<(), ReadError> {
        if self.head.len() >= HEAD_LINES || self.head_bytes >= HEAD_BYTES {
            self.headless = true;
        }
        if self.headless && self.head.len() > 1 {
            // The last may go on.
            let open = self.head.pop();
            self.finish_head(None)?;
            self.head.extend(open);
        }
        Ok(())
    }

    /// Stores what waited for a time: under `next`, or the file's own if none came and that is allowed.
    fn finish_head(&mut self, next: Option<i64>) -> Result<(), ReadError> {
        self.head_bytes = 0;
        let mut head = std::mem::take(&mut self.head);
        head.retain(|waiting| !matches!(waiting, Waiting::Text(message) if without_newline(&message.text).is_empty()));
        let few = !self.headless && head.len() as u64 <= FEW;
        let allowed = next.is_some() || few || self.reader.untimed;
        if next.is_none()
            && let Some(first) = head.first()
            && self.untimed.first.is_none()
        {
            self.untimed.first = Some(match first {
                Waiting::Text(message) => (message.line, shown(&message.text)),
                Waiting::Record { mark, text } => (mark.line, shown(text)),
            });
        }
        if !allowed {
            self.untimed.refused += head.len() as u64;
            head.iter().for_each(|waiting| self.emitter.hold(waiting.mark()));
            return Ok(());
        }
        let file = clamp(self.reader.records.clock.context().written);
        let (nanos, from) = next.map_or((file, "file"), |nanos| (nanos, "next"));
        for waiting in head {
            self.emitter.report().rows_untimed += 1;
            match waiting {
                Waiting::Text(mut message) => {
                    message.stamp.nanos = nanos;
                    message.time_from = Some(from);
                    self.store(&message)?;
                }
                Waiting::Record { mark, text } => {
                    self.emitter.at(mark);
                    let around = Around {
                        time: Some((nanos, Some(from))),
                        ..Around::default()
                    };
                    if let Outcome::Refused((kind, detail)) =
                        json::object(&text, mark.line, self.reader.records, around, self.emitter)?
                    {
                        self.emitter.refuse(mark.line, kind, &detail);
                    }
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, key: &[u8]) -> Result<(), ReadError> {
        match self.streams.finish(key) {
            Some(message) => self.store(&message),
            None => Ok(()),
        }
    }

    fn end(&mut self) -> Result<(), ReadError> {
        self.finish_parts()?;
        self.finish_head(None)?;
        self.streams
            .finish_all_into(|message| store(self.reader, self.emitter, &message))?;
        self.say();
        Ok(())
    }

    /// What the user must know of the lines without a time.
    fn say(&mut self) {
        if let Some((line, text)) = self.untimed.first.take() {
            let written = self.reader.records.clock.context().written;
            let advice = "pass --timestamp-format, --date for times of day, or --field time=… for records";
            if self.untimed.refused > 0 {
                let detail = format!(
                    "{text}: {advice}; --untimed file-time stores such lines at the file's last write ({written})"
                );
                self.emitter.refuse_many(line, self.untimed.refused, NO_TIME, &detail);
            } else {
                let note = format!(
                    "no time was found in the file, from line {line} on ({text}): its last write ({written}) stands for it; {advice}"
                );
                self.emitter.report().notes.push(note);
            }
        }
        if self.joined.0 > 0 {
            let (count, first) = self.joined;
            let note = format!(
                "lines without a time that were joined to the message above: {count}, the first is line {first}"
            );
            self.emitter.report().notes.push(note);
        }
    }

    fn store(&mut self, message: &Message) -> Result<(), ReadError> {
        store(self.reader, self.emitter, message)
    }
}

/// The beginning of a line, for a message to the user.
fn shown(text: &[u8]) -> String {
    let line = without_newline(text);
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut shown: String = String::from_utf8_lossy(line).chars().take(80).collect();
    if shown.len() < line.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

fn store(reader: &LogLines<'_>, emitter: &mut Emitter<'_>, message: &Message) -> Result<(), ReadError> {
    emitter.at(message.mark());
    let body = message.body();
    let part = message.part.to_string();
    let priority = message.stamp.priority.map(|priority| priority.to_string());
    let original = reader.keep_original.then(|| message.original());
    let named = [
        (TIME_FROM, message.time_from.map(str::as_bytes)),
        (PART, (message.part > 1).then_some(part.as_bytes())),
        (PRIORITY, priority.as_deref().map(str::as_bytes)),
        (ORIGINAL, original),
    ];
    let own = message
        .attributes
        .iter()
        .map(|(key, value)| (Cow::Borrowed(key.as_bytes()), Cow::Borrowed(&value[..])));
    let attributes: Vec<_> = named
        .into_iter()
        .filter_map(|(key, value)| Some((Cow::Borrowed(key.as_bytes()), Cow::Borrowed(value?))))
        .chain(own)
        .collect();
    let origin = reader.records.origin;
    let host = message
        .host
        .as_deref()
        .map(|host| (Cow::Borrowed(&b"host.name"[..]), Cow::Borrowed(host)));
    let file = origin.attributes.iter();
    let file = file.map(|(key, value)| (Cow::Borrowed(key.as_bytes()), Cow::Borrowed(value.as_bytes())));
    let resource: Vec<_> = file.chain(host).collect();
    let service = message.service.as_deref().or(reader.records.service.map(str::as_bytes));
    let service = service.unwrap_or(origin.service.as_bytes());

    let mut values = vec![Value::Default; Table::OtelLogs.columns().len()];
    let mut set = |column: &str, value| {
        if let Some(index) = Table::OtelLogs.column_index(column) {
            values[index] = value;
        }
    };
    set("Timestamp", Value::Time(message.stamp.nanos));
    set("ServiceName", Value::Text(Cow::Borrowed(service)));
    set("Body", Value::Text(Cow::Borrowed(body)));
    if let Some((text, number)) = message.severity() {
        set("SeverityText", Value::Text(Cow::Borrowed(text.as_bytes())));
        set("SeverityNumber", Value::UInt(number.into()));
    }
    if !attributes.is_empty() {
        set("LogAttributes", Value::Map(attributes));
    }
    if !resource.is_empty() {
        set("ResourceAttributes", Value::Map(resource));
    }
    emitter.row(&values, message.line, message.stamp.nanos)
}

impl Message {
    /// The severity of the first line, or of the second where the first has none, as java.util.logging writes it; or that of an
    /// exception.
    fn severity(&self) -> Option<Severity> {
        let second = || {
            let body = self.body();
            let second = memchr::memchr(b'\n', body)? + 1;
            severity::of_message(&body[second..])
        };
        self.severity
            .or_else(second)
            .or_else(|| severity::of_exception(self.body()))
    }
}
