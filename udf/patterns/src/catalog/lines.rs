//! Groups the lines of a stream by pattern.

use super::{Catalog, CatalogOptions, Pattern, Shape};
use crate::shape::{MAX_MESSAGE_BYTES, shape_text, text_id};
use std::collections::HashMap;
use std::io::{self, BufRead};

/// The lines of a stream, grouped.
#[derive(Debug)]
pub struct GroupedLines {
    pub catalog: Catalog,
    /// For each line the number of its shape: four bytes a line, all that grows while no new shapes come.
    lines: Vec<u32>,
    ids: Vec<u64>,
}

impl GroupedLines {
    /// The pattern of each line, in order, with the number of the line from 1.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Pattern)> {
        (1..).zip(self.lines.iter().map(|line| self.pattern(*line)))
    }

    fn pattern(&self, line: u32) -> &Pattern {
        let known = self.ids.get(line as usize).and_then(|id| self.catalog.pattern_of(*id));
        known.unwrap_or(self.catalog.overflow())
    }
}

/// Groups messages one by one.
///
/// Memory is bounded by the distinct shapes (the first [`CatalogOptions::max_shapes`] at most) and four bytes a message.
#[derive(Debug)]
pub struct Grouper {
    options: CatalogOptions,
    numbers: HashMap<u64, u32>,
    shapes: Vec<Shape>,
    lines: Vec<u32>,
    overflow: u64,
    text: Vec<u8>,
}

impl Grouper {
    pub fn new(options: CatalogOptions) -> Self {
        Self {
            options,
            numbers: HashMap::new(),
            shapes: Vec::new(),
            lines: Vec::new(),
            overflow: 0,
            text: Vec::new(),
        }
    }

    /// Adds the next message.
    pub fn add(&mut self, message: &[u8]) {
        self.text.clear();
        shape_text(message, &mut self.text);
        let id = text_id(&self.text);
        let next = self.shapes.len() as u32;
        let number = match self.numbers.get(&id) {
            Some(number) => *number,
            None if self.shapes.len() >= self.options.max_shapes => {
                self.overflow += 1;
                self.lines.push(u32::MAX);
                return;
            }
            None => {
                self.numbers.insert(id, next);
                self.shapes.push(Shape {
                    id,
                    text: self.text.as_slice().into(),
                    count: 0,
                });
                next
            }
        };
        self.shapes[number as usize].count += 1;
        self.lines.push(number);
    }

    /// The messages, grouped.
    pub fn finish(self) -> GroupedLines {
        drop(self.numbers);
        let ids = self.shapes.iter().map(|shape| shape.id).collect();
        let mut catalog = Catalog::build(self.shapes, self.options);
        catalog.add_overflow(self.overflow);
        GroupedLines {
            catalog,
            lines: self.lines,
            ids,
        }
    }
}

/// Reads `reader` to its end, a message per line, and groups the lines.
///
/// No more than [`MAX_MESSAGE_BYTES`] of a line are held.
///
/// # Errors
/// Reading failed.
pub fn group_lines<R: BufRead>(mut reader: R, options: CatalogOptions) -> io::Result<GroupedLines> {
    let mut grouper = Grouper::new(options);
    let mut line = Vec::new();
    while read_line(&mut reader, &mut line)? {
        grouper.add(&line);
    }
    Ok(grouper.finish())
}

/// Reads one line without its end into `line`, the first bytes of a very long one; false at the end of the stream.
fn read_line<R: BufRead>(reader: &mut R, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let bytes = match reader.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if bytes.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = memchr::memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        // One byte more than counts, so that the shape of a cut line ends with `<more>`.
        let room = (MAX_MESSAGE_BYTES + 1).saturating_sub(line.len());
        line.extend_from_slice(&part[..part.len().min(room)]);
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}
