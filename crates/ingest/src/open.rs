//! From a file's bytes to text: unpacked, in UTF-8 where the file is in UTF-16, and with its beginning looked at.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, SeekFrom};

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;

use crate::emit::ReadError;
use crate::input::Input;
use crate::position::{Position, Print};

const BUFFER: usize = 256 << 10;
/// How much of a file's beginning is looked at to tell what it is.
pub const HEAD: usize = 256 << 10;

/// A file's text, and its beginning for a look at it.
pub struct Opened {
    pub head: Vec<u8>,
    /// Whether `head` is all there is.
    pub whole: bool,
    rest: Box<dyn BufRead>,
    /// The file, if its bytes are its text.
    plain: Option<File>,
    progress: ProgressBar,
}

impl Opened {
    /// The beginning of a stream, for a look at it.
    pub fn of_stream(head: Vec<u8>) -> Self {
        Self {
            whole: head.len() < HEAD,
            head,
            rest: Box::new(io::empty()),
            plain: None,
            progress: ProgressBar::hidden(),
        }
    }

    /// The length of the text, where it is known beforehand.
    pub fn bytes(&self) -> Option<u64> {
        if self.whole {
            return Some(self.head.len() as u64);
        }
        self.plain.as_ref()?.metadata().ok().map(|data| data.len())
    }

    /// Whether the text, from its beginning on, seems to be lines that may grow, and neither a document nor a table.
    pub fn is_lines(&self) -> bool {
        let first = self.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        self.plain.is_some() && !first.is_empty() && first.trim_ascii() != b"[" && !first.starts_with(b"PAR1")
    }

    /// Whether the text before `position` is what it was; true where only reading it all tells.
    pub fn fits(&self, position: &Position) -> bool {
        let print = &position.before;
        let Some(from) = position.at.checked_sub(print.bytes).filter(|_| !print.hash.is_empty()) else {
            return true;
        };
        if position.at <= self.head.len() as u64 {
            return print.ends(&self.head[..position.at as usize]);
        }
        let Some(plain) = &self.plain else {
            return !self.whole;
        };
        let mut before = vec![0; print.bytes as usize];
        read_at(plain, from, &mut before).is_ok() && print.ends(&before)
    }

    /// The whole text, from its beginning.
    pub fn into_reader(self) -> Box<dyn BufRead> {
        if self.whole {
            return Box::new(Cursor::new(self.head));
        }
        Box::new(BufReader::with_capacity(
            BUFFER,
            Cursor::new(self.head).chain(self.rest),
        ))
    }

    /// The text from byte `at` on; `stored` is checked on the way there, where it has not been.
    ///
    /// # Errors
    /// [`ReadError::Changed`] where another text stands before `stored`.
    pub fn into_reader_at(mut self, at: u64, stored: &Position) -> Result<Box<dyn BufRead>, ReadError> {
        if at <= self.head.len() as u64 {
            if self.whole {
                let mut text = Cursor::new(self.head);
                text.set_position(at);
                return Ok(Box::new(text));
            }
            let head = Cursor::new(self.head.split_off(at as usize));
            return Ok(Box::new(BufReader::with_capacity(BUFFER, head.chain(self.rest))));
        }
        if let Some(mut file) = self.plain {
            file.seek(SeekFrom::Start(at))?;
            self.progress.inc(at - self.head.len() as u64);
            let counted = Counted {
                source: Box::new(file),
                progress: self.progress,
            };
            return Ok(Box::new(BufReader::with_capacity(BUFFER, counted)));
        }
        let (mut end, mut left) = (Vec::new(), at);
        let mut reader = self.into_reader();
        while left > 0 {
            let bytes = reader.fill_buf()?;
            if bytes.is_empty() {
                return Err(ReadError::Changed);
            }
            let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            end.extend_from_slice(&bytes[..count]);
            end.drain(..end.len().saturating_sub(Print::LONGEST));
            reader.consume(count);
            left -= count as u64;
        }
        if at == stored.at && !stored.before.hash.is_empty() && !stored.before.ends(&end) {
            return Err(ReadError::Changed);
        }
        Ok(reader)
    }
}

/// Reads bytes of a file, and leaves it where it was.
fn read_at(file: &File, from: u64, bytes: &mut [u8]) -> io::Result<()> {
    let mut file = file;
    let here = file.stream_position()?;
    file.seek(SeekFrom::Start(from))?;
    let outcome = file.read_exact(bytes);
    file.seek(SeekFrom::Start(here))?;
    outcome
}

/// Opens a file or standard input, moving `progress` by the bytes read; compression is recognised by the first bytes,
/// whatever the file is called. `held` is the file where it is open already.
///
/// # Errors
/// The file cannot be read, or is a directory.
pub fn open(input: &Input, held: Option<&File>, progress: ProgressBar) -> io::Result<Opened> {
    let file = match (held, input.path()) {
        (Some(held), _) => {
            let mut file = held.try_clone()?;
            file.seek(SeekFrom::Start(0))?;
            Some(file)
        }
        (None, Some(path)) if path.is_dir() => {
            return Err(io::Error::other("it is a directory: name the files in it"));
        }
        (None, Some(path)) => Some(File::open(path)?),
        (None, None) => None,
    };
    let regular = file
        .as_ref()
        .filter(|file| file.metadata().is_ok_and(|data| data.is_file()));
    let twin = regular.map(File::try_clone).transpose()?;
    let source: Box<dyn Read> = match file {
        Some(file) => Box::new(file),
        None => Box::new(io::stdin()),
    };
    let counted = Counted {
        source,
        progress: progress.clone(),
    };
    let (mut source, packed) = unpacked(BufReader::with_capacity(BUFFER, counted))?;
    let (mut head, mut trouble) = filled(&mut source)?;
    let order = utf16(&head);
    if let Some(order) = order {
        let bytes = Cursor::new(head).chain(Failing(trouble)).chain(source);
        source = Box::new(BufReader::with_capacity(BUFFER, Utf16::new(bytes, order)));
        (head, trouble) = filled(&mut source)?;
    }
    let whole = head.len() < HEAD && trouble.is_none();
    let rest: Box<dyn BufRead> = match trouble {
        Some(error) => Box::new(BufReader::new(Failing(Some(error)))),
        None => source,
    };
    Ok(Opened {
        head,
        whole,
        rest,
        plain: twin.filter(|_| !packed && order.is_none()),
        progress,
    })
}

/// The first bytes, and the trouble that ended them early.
fn filled(source: &mut impl Read) -> io::Result<(Vec<u8>, Option<io::Error>)> {
    let mut head = vec![0; HEAD];
    let mut length = 0;
    let mut trouble = None;
    while length < HEAD {
        match source.read(&mut head[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if length == 0 => return Err(error),
            Err(error) => {
                trouble = Some(error);
                break;
            }
        }
    }
    head.truncate(length);
    Ok((head, trouble))
}

/// Fails with the trouble that was met before, each time it is read.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match &self.0 {
            Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
            None => Ok(0),
        }
    }
}

/// The text of a stream of bytes.
///
/// # Errors
/// The first bytes cannot be read.
pub fn text_of(source: Box<dyn Read>) -> io::Result<Box<dyn BufRead>> {
    let progress = ProgressBar::hidden();
    let (source, _) = unpacked(BufReader::with_capacity(BUFFER, Counted { source, progress }))?;
    Ok(source)
}

/// The unpacked bytes, and whether they were packed.
fn unpacked(mut source: BufReader<Counted>) -> io::Result<(Box<dyn BufRead>, bool)> {
    fn buffered(source: impl Read + 'static) -> (Box<dyn BufRead>, bool) {
        (Box::new(BufReader::with_capacity(BUFFER, source)), true)
    }
    let first = source.fill_buf()?;
    if first.starts_with(&[0x1f, 0x8b]) {
        return Ok(buffered(MultiGzDecoder::new(source)));
    }
    if first.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        return Ok(buffered(zstd::stream::read::Decoder::with_buffer(source)?));
    }
    if first.starts_with(b"\xfd7zXZ\0") {
        return Ok(buffered(lzma_rust2::XzReader::new(source, true)));
    }
    if first.starts_with(b"BZh") && first.get(4..10) == Some(b"1AY&SY") {
        return Ok(buffered(bzip2::bufread::MultiBzDecoder::new(source)));
    }
    Ok((Box::new(source), false))
}

/// Moves the progress bar by the bytes that are read.
struct Counted {
    source: Box<dyn Read>,
    progress: ProgressBar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.progress.inc(count as u64);
        Ok(count)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ByteOrder {
    Little,
    Big,
}

/// The byte order of UTF-16: by its mark, or where every other byte is 0.
fn utf16(head: &[u8]) -> Option<ByteOrder> {
    match head {
        [0xff, 0xfe, ..] => return Some(ByteOrder::Little),
        [0xfe, 0xff, ..] => return Some(ByteOrder::Big),
        _ => {}
    }
    let sample = &head[..head.len().min(4096) & !1];
    if sample.len() < 16 {
        return None;
    }
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count() * 2;
    // Text in Latin letters is nearly all zeros on one side, and none on the other.
    match (zeros(0) * 10 > sample.len() * 8, zeros(1) * 10 > sample.len() * 8) {
        (false, true) if zeros(0) * 20 < sample.len() => Some(ByteOrder::Little),
        (true, false) if zeros(1) * 20 < sample.len() => Some(ByteOrder::Big),
        _ => None,
    }
}

/// Reads UTF-16 as UTF-8.
struct Utf16<R> {
    source: R,
    order: ByteOrder,
    /// The first half of a character that needs two units, or of a unit.
    high: Option<u16>,
    odd: Option<u8>,
    ready: Vec<u8>,
    taken: usize,
}

impl<R: Read> Utf16<R> {
    fn new(source: R, order: ByteOrder) -> Self {
        Self {
            source,
            order,
            high: None,
            odd: None,
            ready: Vec::new(),
            taken: 0,
        }
    }

    fn unit(&mut self, unit: u16) {
        let mut text = |unit: char| self.ready.extend_from_slice(unit.encode_utf8(&mut [0; 4]).as_bytes());
        match (self.high.take(), unit) {
            (Some(high), 0xdc00..=0xdfff) => {
                let pair = char::decode_utf16([high, unit]).next();
                text(pair.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (high, unit) => {
                if high.is_some() {
                    text(char::REPLACEMENT_CHARACTER);
                }
                match unit {
                    0xd800..=0xdbff => self.high = Some(unit),
                    unit => text(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER)),
                }
            }
        }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            let mut bytes = [0; 8192];
            let count = self.source.read(&mut bytes)?;
            if count == 0 {
                return Ok(0);
            }
            for byte in &bytes[..count] {
                match self.odd.take() {
                    None => self.odd = Some(*byte),
                    Some(first) => self.unit(match self.order {
                        ByteOrder::Little => u16::from_le_bytes([first, *byte]),
                        ByteOrder::Big => u16::from_be_bytes([first, *byte]),
                    }),
                }
            }
        }
        let count = buffer.len().min(self.ready.len() - self.taken);
        buffer[..count].copy_from_slice(&self.ready[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}
