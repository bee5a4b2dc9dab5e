//! Chunks as ClickHouse writes them, and readers of the answers.
#![allow(dead_code, clippy::unwrap_used)]

use std::io::Read;

use kulprit_udf::wire::{read_string, read_varint, write_string, write_varint};

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
    let rows = read_native_head(answer, "shape", "UInt64");
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

/// A chunk of `kulprit_changes`: each pair of arrays as the counts of two services' patterns, with one baseline window and a past of
/// two slices.
pub fn row_binary_changes(rows: &[(Vec<u64>, Vec<u64>)]) -> Vec<u8> {
    let mut chunk = format!("{}\n", rows.len()).into_bytes();
    for (current, baseline) in rows {
        let patterns = current.len() as u64;
        write_varint(&mut chunk, patterns).unwrap();
        for place in 0..patterns {
            chunk.extend([1, b'a' + (place % 2) as u8]);
        }
        let ids: Vec<u64> = (1..=patterns).collect();
        write_array(&mut chunk, &ids);
        write_array(&mut chunk, &ids);
        write_array(&mut chunk, &vec![0; current.len()]);
        // One message for each pattern, "m".
        write_varint(&mut chunk, patterns).unwrap();
        ids.iter().for_each(|_| chunk.extend([1, 1, b'm']));
        write_array(&mut chunk, current);
        write_varint(&mut chunk, baseline.len() as u64).unwrap();
        baseline.iter().for_each(|count| write_array(&mut chunk, &[*count]));
        write_varint(&mut chunk, patterns).unwrap();
        current.iter().for_each(|_| write_array(&mut chunk, &[3, 5]));
        write_array(&mut chunk, &[300, 300, 5]);
    }
    chunk
}

fn write_array(chunk: &mut Vec<u8>, values: &[u64]) {
    write_varint(chunk, values.len() as u64).unwrap();
    values.iter().for_each(|value| chunk.extend(value.to_le_bytes()));
}
