//! Messages under way, one for each stream of lines.

use super::position::Mark;
use super::severity::{Severity, WARN};
use super::time::Stamp;

/// A message, as far as it has been read.
#[derive(Debug)]
pub struct Message {
    pub text: Vec<u8>,
    /// The lines as they stand in the file, if they are to be kept.
    pub original: Vec<u8>,
    pub stamp: Stamp,
    pub line: u64,
    /// Where in the file it begins.
    pub at: u64,
    /// How many lines it has.
    pub lines: u64,
    /// Which part of an overlong message this is, from 1.
    pub part: u64,
    pub service: Option<Vec<u8>>,
    pub host: Option<Vec<u8>>,
    pub severity: Option<Severity>,
    pub attributes: Vec<(String, Vec<u8>)>,
    /// Where the time is from, if it is not the message's own.
    pub time_from: Option<&'static str>,
    /// It is a crash, which goes on until something else begins.
    pub crash: bool,
    /// The crash has had its last line.
    pub ended: bool,
    /// The time of its latest line, where each has one.
    pub last_nanos: i64,
}

impl Message {
    pub fn new(text: &[u8], stamp: Stamp, begin: Mark) -> Self {
        Self {
            text: text.to_vec(),
            original: Vec::new(),
            stamp,
            line: begin.line,
            at: begin.at,
            lines: 1,
            part: 1,
            service: None,
            host: None,
            severity: None,
            attributes: Vec::new(),
            time_from: None,
            crash: false,
            ended: false,
            last_nanos: stamp.nanos,
        }
    }

    /// Where it begins.
    pub fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            line: self.line,
        }
    }

    /// Adds a line.
    pub fn add(&mut self, text: &[u8], original: &[u8]) {
        self.text.extend_from_slice(text);
        self.original.extend_from_slice(original);
        self.lines += 1;
    }

    /// The part that follows when the message has grown too long; it begins with `text`.
    pub fn next_part(&self, begin: Mark, text: &[u8], original: &[u8]) -> Self {
        Self {
            original: original.to_vec(),
            stamp: Stamp {
                text_at: 0,
                ..self.stamp
            },
            part: self.part + 1,
            service: self.service.clone(),
            host: self.host.clone(),
            severity: self.severity,
            attributes: self.attributes.clone(),
            time_from: self.time_from,
            crash: self.crash,
            last_nanos: self.last_nanos,
            ..Self::new(text, self.stamp, begin)
        }
    }

    /// What is stored: without the time at its start and the line ends at its end.
    pub fn body(&self) -> &[u8] {
        let whole = without_ends(&self.text);
        let body = &whole[self.stamp.text_at.min(whole.len())..];
        // A time on a line of its own.
        let begin = body.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        &body[begin..]
    }

    /// The lines as they stand in the file.
    pub fn original(&self) -> &[u8] {
        without_ends(&self.original)
    }

    /// Whether the lines of a crash belong to this message: to one that reports the error, or to a crash that tells
    /// of another.
    pub fn takes_crash(&self, crash: Severity) -> bool {
        if self.crash {
            return self.is_open_ended();
        }
        // A program that dies does not report it beforehand.
        self.lines == 1 && crash.0 == "ERROR" && self.severity.is_some_and(|(_, number)| number >= WARN)
    }

    /// Whether it tells of nothing to which an exception belongs.
    pub fn is_harmless(&self) -> bool {
        !self.crash && self.severity.is_some_and(|(_, number)| number < WARN)
    }

    /// Whether the last line that is not empty announces another error.
    pub fn is_open_ended(&self) -> bool {
        let text = self.text.trim_ascii_end();
        let start = memchr::memrchr(b'\n', text).map_or(0, |newline| newline + 1);
        let last = &text[start..];
        last.starts_with(b"During handling of the above exception")
            || last.starts_with(b"The above exception was the direct cause")
    }
}

fn without_ends(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| !b"\r\n".contains(byte))
        .map_or(0, |last| last + 1);
    &text[..end]
}

/// The open message of each stream: a container's two, or one for each service whose name stands before its lines.
#[derive(Debug, Default)]
pub struct Streams {
    open: Vec<(Vec<u8>, Message)>,
    latest: Vec<u8>,
}

impl Streams {
    pub fn open(&mut self, key: &[u8]) -> Option<&mut Message> {
        self.open
            .iter_mut()
            .find(|(known, _)| known == key)
            .map(|(_, message)| message)
    }

    /// The key of the stream that began a message last.
    pub fn latest(&self) -> &[u8] {
        &self.latest
    }

    /// Begins a message; the one before in the stream has been finished.
    pub fn begin(&mut self, key: &[u8], message: Message) {
        if self.latest != key {
            self.latest.clear();
            self.latest.extend_from_slice(key);
        }
        self.open.push((key.to_vec(), message));
    }

    /// Where the open messages begin.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.open.iter().map(|(_, message)| message.mark())
    }

    /// The keys of the messages that do not begin at one of `marks`.
    pub fn keys_apart_from(&self, marks: &[Mark]) -> Vec<Vec<u8>> {
        let apart = self.open.iter().filter(|(_, message)| !marks.contains(&message.mark()));
        apart.map(|(key, _)| key.clone()).collect()
    }

    pub fn finish(&mut self, key: &[u8]) -> Option<Message> {
        let index = self.open.iter().position(|(known, _)| known == key)?;
        Some(self.open.remove(index).1)
    }

    /// Hands all open messages to `store`, in the order in which they began.
    pub fn finish_all_into<E>(&mut self, store: impl FnMut(Message) -> Result<(), E>) -> Result<(), E> {
        self.open.drain(..).map(|(_, message)| message).try_for_each(store)
    }
}
