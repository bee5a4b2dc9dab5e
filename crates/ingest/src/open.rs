//! From a file's bytes to text: unpacked, in UTF-8 where the file is in UTF-16, and with its beginning looked at.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;

use crate::input::Input;

const BUFFER: usize = 256 << 10;
/// How much of a file's beginning is looked at to tell what it is.
const HEAD: usize = 256 << 10;

/// A file's text, and its beginning for a look at it.
pub struct Opened {
    pub head: Vec<u8>,
    /// Whether `head` is all there is.
    pub whole: bool,
    rest: Box<dyn BufRead>,
}

impl Opened {
    fn of(head: Vec<u8>, trouble: Option<io::Error>, source: Box<dyn BufRead>) -> Self {
        let whole = head.len() < HEAD && trouble.is_none();
        let rest: Box<dyn BufRead> = match trouble {
            Some(error) => Box::new(BufReader::new(Failing(Some(error)))),
            None => source,
        };
        Self { head, whole, rest }
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
}

/// Opens a file or standard input, moving `progress` by the bytes read; compression is recognised by the first bytes,
/// whatever the file is called.
///
/// # Errors
/// The file cannot be read, or is a directory.
pub fn open(input: &Input, progress: ProgressBar) -> io::Result<Opened> {
    let source: Box<dyn Read> = match input.path() {
        Some(path) if path.is_dir() => return Err(io::Error::other("it is a directory: name the files in it")),
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(io::stdin()),
    };
    let source = BufReader::with_capacity(BUFFER, Counted { source, progress });
    let mut source = unpacked(source)?;
    let (head, trouble) = filled(&mut source)?;
    let Some(order) = utf16(&head) else {
        return Ok(Opened::of(head, trouble, source));
    };
    let bytes = Cursor::new(head).chain(Failing(trouble)).chain(source);
    let mut source = BufReader::with_capacity(BUFFER, Utf16::new(bytes, order));
    let (head, trouble) = filled(&mut source)?;
    Ok(Opened::of(head, trouble, Box::new(source)))
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

fn unpacked(mut source: BufReader<Counted>) -> io::Result<Box<dyn BufRead>> {
    fn buffered(source: impl Read + 'static) -> Box<dyn BufRead> {
        Box::new(BufReader::with_capacity(BUFFER, source))
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
    Ok(Box::new(source))
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
