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

/// Reads `reader` to its end, a message per line, and groups the lines.
///
/// Memory is bounded by the distinct shapes (the first [`CatalogOptions::max_shapes`] at most) and four bytes a line.
/// No more than [`MAX_MESSAGE_BYTES`] of a line are held.
///
/// # Errors
/// Reading failed.
pub fn group_lines<R: BufRead>(mut reader: R, options: CatalogOptions) -> io::Result<GroupedLines> {
    let mut numbers: HashMap<u64, u32> = HashMap::new();
    let mut shapes: Vec<Shape> = Vec::new();
    let mut lines = Vec::new();
    let mut overflow = 0;
    let (mut line, mut text) = (Vec::new(), Vec::new());
    while read_line(&mut reader, &mut line)? {
        text.clear();
        shape_text(&line, &mut text);
        let id = text_id(&text);
        let next = shapes.len() as u32;
        let number = match numbers.get(&id) {
            Some(number) => *number,
            None if shapes.len() >= options.max_shapes => {
                overflow += 1;
                lines.push(u32::MAX);
                continue;
            }
            None => {
                numbers.insert(id, next);
                shapes.push(Shape {
                    id,
                    text: text.as_slice().into(),
                    count: 0,
                });
                next
            }
        };
        shapes[number as usize].count += 1;
        lines.push(number);
    }
    drop(numbers);
    let ids = shapes.iter().map(|shape| shape.id).collect();
    let mut catalog = Catalog::build(shapes, options);
    catalog.add_overflow(overflow);
    Ok(GroupedLines { catalog, lines, ids })
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
