//! The wire under hostile input: any bytes, cut anywhere, delivered in any pieces.

use std::io::{self, Read};

use kulprit_patterns::shape::{shape_id, shape_text};
use kulprit_udf::functions::{Function, run_reporting};
use kulprit_udf::wire::{read_chunk_header, read_string, read_varint, write_string, write_varint};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::chunks;

/// Delivers `bytes` in pieces of at most the sizes in `pieces`, over and over.
struct Pieces<'a> {
    bytes: &'a [u8],
    pieces: std::iter::Cycle<std::slice::Iter<'a, usize>>,
}

impl<'a> Pieces<'a> {
    fn new(bytes: &'a [u8], pieces: &'a [usize]) -> Self {
        Self {
            bytes,
            pieces: pieces.iter().cycle(),
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self
            .pieces
            .next()
            .copied()
            .unwrap_or(1)
            .min(buffer.len())
            .min(self.bytes.len());
        let (now, later) = self.bytes.split_at(size);
        buffer[..size].copy_from_slice(now);
        self.bytes = later;
        Ok(size)
    }
}

/// Fails where a pipe would block: when it is read after the last byte.
struct BlocksAtEnd<'a>(&'a [u8]);

impl Read for BlocksAtEnd<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }
}

fn answer(function: Function, input: impl Read) -> (io::Result<()>, Vec<u8>, Vec<u8>) {
    let (mut output, mut reports) = (Vec::new(), Vec::new());
    let result = run_reporting(function, input, &mut output, &mut reports);
    (result, output, reports)
}

fn messages() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(
        prop_oneof![
            Just(Vec::new()),
            vec(any::<u8>(), 0..200),
            "[a-z0-9 ]{0,40}".prop_map(String::into_bytes)
        ],
        0..20,
    )
}

/// Names of functions, and names that only look like one.
fn name() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(&Function::ALL[..]).prop_map(|function| function.sql_name().to_owned());
    prop_oneof![known, "kulprit_[a-z_]{0,10}", ".{0,20}"]
}

fn windows() -> impl Strategy<Value = Vec<(Vec<u64>, Vec<u64>)>> {
    let pair = vec((any::<u64>(), any::<u64>()), 0..20).prop_map(|pairs| pairs.into_iter().unzip());
    vec(pair, 0..8)
}

/// Two chunks for `function`, and the length of the first.
fn two_chunks(function: Function) -> BoxedStrategy<(Vec<u8>, usize)> {
    let chunk = move || match function {
        Function::Shape | Function::ShapeText | Function::Version => {
            messages().prop_map(|rows| chunks::native_strings(&rows)).boxed()
        }
        Function::Divergence => windows().prop_map(|rows| chunks::row_binary_windows(&rows)).boxed(),
        Function::Changes => windows().prop_map(|rows| chunks::row_binary_changes(&rows)).boxed(),
    };
    (chunk(), chunk())
        .prop_map(|(first, second)| (([&first[..], &second]).concat(), first.len()))
        .boxed()
}

fn function_and_chunks() -> impl Strategy<Value = (Function, (Vec<u8>, usize))> {
    proptest::sample::select(&Function::ALL[..]).prop_flat_map(|function| (Just(function), two_chunks(function)))
}

proptest! {
    #[test]
    fn lengths_come_back(value in any::<u64>()) {
        let mut bytes = Vec::new();
        write_varint(&mut bytes, value).unwrap();
        prop_assert_eq!(read_varint(&mut &bytes[..]).unwrap(), value);
    }

    #[test]
    fn strings_come_back(text in vec(any::<u8>(), 0..5_000), pieces in vec(1..100_usize, 1..5)) {
        let mut bytes = Vec::new();
        write_string(&mut bytes, &text).unwrap();
        let mut input = io::BufReader::with_capacity(64, Pieces::new(&bytes, &pieces));
        prop_assert_eq!(read_string(&mut input, &mut Vec::new(), <[u8]>::to_vec).unwrap(), text);
    }

    #[test]
    fn shapes_are_those_of_the_messages(messages in messages()) {
        let chunk = chunks::native_strings(&messages);
        let (result, ids, _) = answer(Function::Shape, &chunk[..]);
        result.unwrap();
        let expected: Vec<_> = messages.iter().map(|message| shape_id(message)).collect();
        prop_assert_eq!(chunks::read_native_ids(&mut &ids[..]), expected);

        let (result, texts, _) = answer(Function::ShapeText, &chunk[..]);
        result.unwrap();
        let expected: Vec<_> = messages.iter().map(|message| {
            let mut text = Vec::new();
            shape_text(message, &mut text);
            text
        }).collect();
        prop_assert_eq!(chunks::read_native_texts(&mut &texts[..]), expected);
    }

    #[test]
    fn versions_are_those_of_the_names(names in vec(name(), 0..20)) {
        let (result, versions, _) = answer(Function::Version, &chunks::native_strings(&names)[..]);
        result.unwrap();
        let of_name = |name: &String| {
            let function = Function::ALL.into_iter().find(|function| function.sql_name() == name);
            function.map_or(0, Function::version)
        };
        let expected: Vec<_> = names.iter().map(of_name).collect();
        prop_assert_eq!(chunks::read_native_versions(&mut &versions[..]), expected);
    }

    #[test]
    fn the_order_of_patterns_does_not_change_the_last_digit(
        patterns in vec((b'a'..=b'c', 1..1_000_u64, 0..5_000_u64, 0..5_000_u64), 0..30),
        turn in any::<proptest::sample::Index>(),
    ) {
        let mut patterns = patterns;
        patterns.sort_unstable();
        patterns.dedup_by_key(|pattern| (pattern.0, pattern.1));
        let (_, expected, _) = answer(Function::Changes, &chunks::row_binary_patterns(&[patterns.clone()])[..]);
        if !patterns.is_empty() {
            let middle = turn.index(patterns.len());
            patterns.rotate_left(middle);
        }
        let (_, found, _) = answer(Function::Changes, &chunks::row_binary_patterns(&[patterns])[..]);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn pieces_do_not_change_the_answer(
        (function, (input, _)) in function_and_chunks(),
        pieces in vec(1..9_usize, 1..5),
    ) {
        let (result, whole, _) = answer(function, &input[..]);
        result.unwrap();
        let (result, in_pieces, _) = answer(function, Pieces::new(&input, &pieces));
        result.unwrap();
        prop_assert_eq!(in_pieces, whole);
    }

    #[test]
    fn each_chunk_is_answered_without_reading_on((function, (input, first)) in function_and_chunks()) {
        for end in [first, input.len()] {
            let (result, expected, _) = answer(function, &input[..end]);
            result.unwrap();
            let (result, found, _) = answer(function, BlocksAtEnd(&input[..end]));
            prop_assert_eq!(result.unwrap_err().kind(), io::ErrorKind::WouldBlock);
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn input_may_end_only_between_chunks((function, (input, first)) in function_and_chunks()) {
        for end in 0..=input.len() {
            let (result, _, _) = answer(function, &input[..end]);
            if end == 0 || end == first || end == input.len() {
                prop_assert!(result.is_ok(), "{:?} cut at {} of {}", function, end, input.len());
            } else {
                prop_assert_eq!(result.unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "cut at {}", end);
            }
        }
    }

    #[test]
    fn any_bytes_end_in_an_answer_or_an_error(
        function in proptest::sample::select(&Function::ALL[..]),
        rows in proptest::option::of(0..300_u64),
        bytes in vec(any::<u8>(), 0..400),
    ) {
        let header = rows.map(|rows| format!("{rows}\n")).unwrap_or_default();
        let _ = answer(function, &[header.as_bytes(), &bytes].concat()[..]);
    }

    #[test]
    fn changed_bytes_end_in_an_answer_or_an_error(
        (function, (mut input, _)) in function_and_chunks(),
        changes in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        for (place, byte) in changes {
            let place = place.index(input.len());
            input[place] = byte;
        }
        let _ = answer(function, &input[..]);
    }

    #[test]
    fn lengths_cost_no_memory_until_the_bytes_arrive(length in (1_u64 << 40)..=u64::MAX) {
        let claimed = |head: &[u8]| {
            let mut input = head.to_vec();
            write_varint(&mut input, length).unwrap();
            input.extend([1; 30]);
            input
        };
        for (function, head) in [
            (Function::Shape, &b"1\n\x01\x01\x01m\x06String"[..]), // a message
            (Function::ShapeText, b"1\n\x01\x01"),                 // a column name
            (Function::Divergence, b"1\n"),                        // an array
            (Function::Changes, b"1\n\x01\x01a"),                   // the ids after the services
            (Function::Version, b"1\n\x01\x01\x01n\x06String"),   // a name
        ] {
            let (result, output, _) = answer(function, &claimed(head)[..]);
            prop_assert_eq!(result.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
            prop_assert!(output.len() < 100);
        }
    }
}

#[test]
fn chunk_headers() {
    let read = |bytes: &[u8]| read_chunk_header(&mut &bytes[..]).map_err(|error| error.kind());
    assert_eq!(read(b""), Ok(None));
    assert_eq!(read(b"0\n"), Ok(Some(0)));
    assert_eq!(read(b"65409\nrest"), Ok(Some(65_409)));
    assert_eq!(read(b"18446744073709551615\n"), Ok(Some(u64::MAX)));
    for cut in [&b"1"[..], b"0", b"123"] {
        assert_eq!(read(cut), Err(io::ErrorKind::UnexpectedEof), "{cut:?}");
    }
    for broken in [
        &b"\n"[..],
        b"\n5\n",
        b" 5\n",
        b"5 \n",
        b"-1\n",
        b"+1\n",
        b"00\n",
        b"05\n",
        b"1\r\n",
        b"18446744073709551616\n",
        b"\x01",
    ] {
        assert_eq!(read(broken), Err(io::ErrorKind::InvalidData), "{broken:?}");
    }
}

#[test]
fn lengths_over_64_bits_are_refused() {
    for broken in [
        &[0xff; 10][..],
        &[0x80; 20],
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
    ] {
        assert_eq!(
            read_varint(&mut &broken[..]).unwrap_err().kind(),
            io::ErrorKind::InvalidData,
            "{broken:?}"
        );
    }
}

#[test]
fn types_may_come_in_the_binary_encoding() {
    // What a query with output_format_native_encode_types_in_binary_format = 1 makes ClickHouse send.
    let (result, output, _) = answer(Function::Shape, &b"1\n\x01\x01\x07message\x15\x02ab"[..]);
    result.unwrap();
    assert_eq!(chunks::read_native_ids(&mut &output[..]), [shape_id(b"ab")]);
}
