//! Lines of bounded length: a file of one endless line must not fill the memory.

use std::io::{self, BufRead};

/// What the end of a stream means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// There is no more: the last message is complete, and the last line.
    Whole,
    /// More may come, but has not for a while: the last message is complete, a line without a newline is not.
    Settled,
    /// More may come at any moment: the last message may go on.
    Growing,
}

/// A line, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// False for the second and later parts of an overlong line.
    pub starts: bool,
    /// False where the line goes on in the next piece.
    pub ends: bool,
    /// False where the stream ends without a newline: the writer may not be done with the line.
    pub whole: bool,
}

impl Piece {
    fn whole(starts: bool, ends: bool) -> Self {
        Self {
            starts,
            ends,
            whole: true,
        }
    }
}

/// Cuts a stream at its newlines (LF, CRLF, or CR alone), and every `longest` bytes where a line has none. Zeros before
/// a line, as a crash or a truncated file leaves them, are left out.
pub struct Lines<R> {
    source: R,
    longest: usize,
    inside: bool,
    /// Bytes of the text before the next piece.
    at: u64,
}

impl<R: BufRead> Lines<R> {
    pub fn new(source: R, longest: usize) -> Self {
        Self {
            source,
            longest,
            inside: false,
            at: 0,
        }
    }

    /// The same for a stream that begins `at` bytes into its text.
    pub fn beginning_at(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// How many bytes of the text stand before the next piece.
    pub fn at(&self) -> u64 {
        self.at
    }

    fn consume(&mut self, bytes: usize) {
        self.source.consume(bytes);
        self.at += bytes as u64;
    }

    /// Puts the next piece into `buffer`, with its newline. `None` at the end of the stream.
    pub fn next(&mut self, buffer: &mut Vec<u8>) -> io::Result<Option<Piece>> {
        buffer.clear();
        let starts = !self.inside;
        while buffer.len() < self.longest {
            let bytes = match self.source.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // What was read before the trouble is still a line.
                Err(_) if !buffer.is_empty() => break,
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                self.inside = false;
                return Ok((!buffer.is_empty()).then_some(Piece {
                    starts,
                    ends: true,
                    whole: false,
                }));
            }
            let zeros = if starts && buffer.is_empty() && bytes[0] == 0 {
                bytes.iter().take_while(|byte| **byte == 0).count()
            } else {
                0
            };
            if zeros > 0 {
                self.consume(zeros);
                continue;
            }
            // A CR at the end of the piece before waits for its LF.
            if buffer.last() == Some(&b'\r') {
                if bytes[0] == b'\n' {
                    buffer.push(b'\n');
                    self.consume(1);
                }
                self.inside = false;
                return Ok(Some(Piece::whole(starts, true)));
            }
            let room = bytes.len().min(self.longest - buffer.len());
            let (take, ends) = match memchr::memchr2(b'\n', b'\r', &bytes[..room]) {
                Some(at) if bytes[at] == b'\n' => (at + 1, true),
                Some(at) => match bytes.get(at + 1) {
                    Some(b'\n') => (at + 2, true),
                    Some(_) => (at + 1, true),
                    None => (at + 1, false),
                },
                None => (room, false),
            };
            buffer.extend_from_slice(&bytes[..take]);
            self.consume(take);
            if ends {
                self.inside = false;
                return Ok(Some(Piece::whole(starts, true)));
            }
        }
        self.inside = true;
        Ok(Some(Piece::whole(starts, false)))
    }
}

/// A line without its newline (LF, CRLF or CR).
pub fn without_newline(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn pieces(text: &[u8], longest: usize) -> Vec<(Vec<u8>, bool, bool)> {
        let mut lines = Lines::new(io::BufReader::with_capacity(3, text), longest);
        let (mut found, mut buffer) = (Vec::new(), Vec::new());
        while let Some(piece) = lines.next(&mut buffer).unwrap() {
            found.push((buffer.clone(), piece.starts, piece.ends));
        }
        found
    }

    #[test]
    fn long_lines_come_in_parts() {
        assert_eq!(
            pieces(b"abcdefg\nhi", 4),
            [
                (b"abcd".to_vec(), true, false),
                (b"efg\n".to_vec(), false, true),
                (b"hi".to_vec(), true, true)
            ]
        );
    }

    #[test]
    fn a_lone_cr_ends_a_line_and_zeros_before_one_are_left_out() {
        let texts = |text: &[u8]| pieces(text, 100).into_iter().map(|(line, ..)| line).collect::<Vec<_>>();
        assert_eq!(texts(b"ab\rcd\r\nef\r"), [&b"ab\r"[..], b"cd\r\n", b"ef\r"]);
        assert_eq!(texts(b"\0\0\0\0ab\n\0cd"), [&b"ab\n"[..], b"cd"]);
        assert!(texts(b"\0\0\0\0\0").is_empty());
    }

    #[test]
    fn nothing_is_made_of_an_empty_stream() {
        assert!(pieces(b"", 4).is_empty());
        assert_eq!(
            pieces(b"\n\r\n", 4),
            [(b"\n".to_vec(), true, true), (b"\r\n".to_vec(), true, true)]
        );
    }
}
