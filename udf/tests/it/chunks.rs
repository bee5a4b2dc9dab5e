//! Chunks as ClickHouse writes them, and readers of the answers.

use std::io::Read;

use kulprit_udf::wire::{read_string, read_varint, write_string, write_varint};

use crate::cases::{CHANGES_SECONDS, ChangesCase};

pub fn native_strings(messages: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut chunk = format!("{}\n", messages.len()).into_bytes();
    write_varint(&mut chunk, 1).unwrap();
    write_varint(&mut chunk, messages.len() as u64).unwrap();
    write_string(&mut chunk, b"message").unwrap();
    write_string(&mut chunk, b"String").unwrap();
    for message in messages {
        write_string(&mut chunk, message.as_ref()).unwrap();
    }
    chunk
}

pub fn row_binary_windows(rows: &[(Vec<u64>, Vec<u64>)]) -> Vec<u8> {
    let mut chunk = format!("{}\n", rows.len()).into_bytes();
    for counts in rows.iter().flat_map(|(current, baseline)| [current, baseline]) {
        write_varint(&mut chunk, counts.len() as u64).unwrap();
        chunk.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
    }
    chunk
}

/// Reads the head of a Native block with one column: its number of rows.
fn read_native_head(answer: &mut impl Read, name: &str, type_name: &str) -> u64 {
    let mut answer = std::io::BufReader::with_capacity(1, answer);
    assert_eq!(read_varint(&mut answer).unwrap(), 1, "columns");
    let rows = read_varint(&mut answer).unwrap();
    let mut text = || {
        read_string(&mut answer, &mut Vec::new(), |bytes| {
            String::from_utf8_lossy(bytes).into_owned()
        })
    };
    assert_eq!(
        (text().unwrap(), text().unwrap()),
        (name.to_owned(), type_name.to_owned())
    );
    rows
}

pub fn read_native_ids(answer: &mut impl Read) -> Vec<u64> {
    read_native_numbers(answer, "shape")
}

pub fn read_native_versions(answer: &mut impl Read) -> Vec<u64> {
    read_native_numbers(answer, "version")
}

fn read_native_numbers(answer: &mut impl Read, name: &str) -> Vec<u64> {
    let rows = read_native_head(answer, name, "UInt64");
    (0..rows).map(|_| u64::from_le_bytes(read_array(answer))).collect()
}

pub fn read_native_texts(answer: &mut impl Read) -> Vec<Vec<u8>> {
    let rows = read_native_head(answer, "shape_text", "String");
    let mut answer = std::io::BufReader::with_capacity(1, answer);
    (0..rows)
        .map(|_| read_string(&mut answer, &mut Vec::new(), <[u8]>::to_vec).unwrap())
        .collect()
}

pub fn read_scores(answer: &mut impl Read) -> Vec<[f64; 5]> {
    let length = read_varint(&mut std::io::BufReader::with_capacity(1, &mut *answer)).unwrap();
    (0..length)
        .map(|_| std::array::from_fn(|_| f64::from_le_bytes(read_array(answer))))
        .collect()
}

fn read_array(answer: &mut impl Read) -> [u8; 8] {
    let mut bytes = [0; 8];
    answer.read_exact(&mut bytes).unwrap();
    bytes
}

/// A pattern of `kulprit_changes`: service, id, lines in the current and in the baseline window.
pub type Counts = (u8, u64, u64, u64);

/// A chunk of `kulprit_changes`, each with a past of two slices.
pub fn row_binary_patterns(rows: &[Vec<Counts>]) -> Vec<u8> {
    let mut chunk = format!("{}\n", rows.len()).into_bytes();
    for patterns in rows {
        let count = patterns.len() as u64;
        let of = |field: fn(&Counts) -> u64| patterns.iter().map(field).collect::<Vec<_>>();
        write_varint(&mut chunk, count).unwrap();
        patterns.iter().for_each(|pattern| chunk.extend([1, pattern.0]));
        write_array(&mut chunk, &of(|pattern| pattern.1));
        write_array(&mut chunk, &of(|pattern| pattern.1));
        write_array(&mut chunk, &vec![0; patterns.len()]);
        // One message for each pattern, "m".
        write_varint(&mut chunk, count).unwrap();
        patterns.iter().for_each(|_| chunk.extend([1, 1, b'm']));
        write_array(&mut chunk, &of(|pattern| pattern.2));
        write_varint(&mut chunk, count).unwrap();
        patterns
            .iter()
            .for_each(|pattern| write_array(&mut chunk, &[pattern.3]));
        write_varint(&mut chunk, count).unwrap();
        patterns
            .iter()
            .for_each(|pattern| write_array(&mut chunk, &[3 + pattern.1 % 7, 5]));
        write_array(&mut chunk, &[300, 300, 5]);
    }
    chunk
}

/// One row of `kulprit_changes` without a past: service, pattern, shape, lines in the current and in the baseline window.
pub fn row_binary_shapes(shapes: &[(u8, u64, u64, u64, u64)]) -> Vec<u8> {
    let mut chunk = b"1\n".to_vec();
    let count = shapes.len() as u64;
    write_varint(&mut chunk, count).unwrap();
    shapes.iter().for_each(|shape| chunk.extend([1, shape.0]));
    write_array(&mut chunk, &shapes.iter().map(|shape| shape.1).collect::<Vec<_>>());
    write_array(&mut chunk, &shapes.iter().map(|shape| shape.2).collect::<Vec<_>>());
    write_array(&mut chunk, &vec![0; shapes.len()]);
    write_varint(&mut chunk, 0).unwrap();
    write_array(&mut chunk, &shapes.iter().map(|shape| shape.3).collect::<Vec<_>>());
    for nested in [
        |shape: &(u8, u64, u64, u64, u64)| vec![shape.4],
        |_: &(u8, u64, u64, u64, u64)| vec![],
    ] {
        write_varint(&mut chunk, count).unwrap();
        shapes.iter().for_each(|shape| write_array(&mut chunk, &nested(shape)));
    }
    write_array(&mut chunk, &[300, 300, 5]);
    chunk
}

/// A chunk of `kulprit_changes` with one case of the ranking; the pattern ids are the places in the case, from 1.
pub fn row_binary_case(case: &ChangesCase) -> Vec<u8> {
    let mut chunk = b"1\n".to_vec();
    let count = case.patterns.len() as u64;
    let ids: Vec<u64> = (1..=count).collect();
    write_varint(&mut chunk, count).unwrap();
    for (service, ..) in &case.patterns {
        write_string(&mut chunk, service.as_bytes()).unwrap();
    }
    write_array(&mut chunk, &ids);
    write_array(&mut chunk, &ids);
    write_array(&mut chunk, &vec![0; case.patterns.len()]);
    write_varint(&mut chunk, 0).unwrap();
    write_array(
        &mut chunk,
        &case.patterns.iter().map(|pattern| pattern.3).collect::<Vec<_>>(),
    );
    write_varint(&mut chunk, count).unwrap();
    for (_, _, past, _) in &case.patterns {
        write_array(&mut chunk, &past[past.len() - 1..]);
    }
    write_varint(&mut chunk, count).unwrap();
    for (_, _, past, _) in &case.patterns {
        write_array(&mut chunk, past);
    }
    write_array(&mut chunk, &[CHANGES_SECONDS, CHANGES_SECONDS, case.limit, 12]);
    chunk
}

/// The same with each pair of arrays as the counts of two services' patterns.
pub fn row_binary_changes(rows: &[(Vec<u64>, Vec<u64>)]) -> Vec<u8> {
    let of_row = |(current, baseline): &(Vec<u64>, Vec<u64>)| {
        let counts = current.iter().zip(baseline).zip(1..);
        counts
            .map(|((current, baseline), id)| (b'a' + (id % 2) as u8, id, *current, *baseline))
            .collect()
    };
    row_binary_patterns(&rows.iter().map(of_row).collect::<Vec<_>>())
}

fn write_array(chunk: &mut Vec<u8>, values: &[u64]) {
    write_varint(chunk, values.len() as u64).unwrap();
    values.iter().for_each(|value| chunk.extend(value.to_le_bytes()));
}
