//! `kulprit-udf` as ClickHouse uses it: a process that answers each chunk while its input stays open.

use std::io::{BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use kulprit_patterns::shape::{shape_id, shape_text};
use kulprit_udf::Function;

use crate::{cases, chunks};

/// A running `kulprit-udf FUNCTION`; killed when the test ends early.
struct Udf {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Udf {
    fn start(function: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kulprit-udf"))
            .arg(function)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn send(&mut self, chunk: &[u8]) {
        self.input.as_mut().unwrap().write_all(chunk).unwrap();
    }

    /// Closes the input; returns the exit status, the rest of standard output, and standard error.
    fn finish(mut self) -> (ExitStatus, Vec<u8>, String) {
        drop(self.input.take());
        let (mut rest, mut errors) = (Vec::new(), String::new());
        self.output.read_to_end(&mut rest).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (self.child.wait().unwrap(), rest, errors)
    }
}

impl Drop for Udf {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn assert_clean_end(udf: Udf) {
    let (status, rest, errors) = udf.finish();
    assert!(status.success(), "{status}: {errors}");
    assert_eq!((rest, errors), (Vec::new(), String::new()));
}

#[test]
fn divergence_agrees_with_the_case_table() {
    let mut udf = Udf::start("divergence");
    for case in cases::load() {
        udf.send(&chunks::row_binary_windows(&[(
            case.current.clone(),
            case.baseline.clone(),
        )]));
        cases::assert_scores(&case, &chunks::read_scores(&mut udf.output));
    }
    assert_clean_end(udf);
}

#[test]
fn each_message_is_answered_before_the_next_is_sent() {
    let messages: [&[u8]; 7] = [
        b"",
        b"took 12 ms",
        b"a\0b 1\0",
        b"\xff\xfe 9\xf0",
        b"\n\t\r\n",
        "größe 7 🎉".as_bytes(),
        &[b'x'; 1 << 20],
    ];
    let mut ids = Udf::start("shape");
    let mut texts = Udf::start("shape_text");
    for message in messages {
        let chunk = chunks::native_strings(&[message]);
        ids.send(&chunk);
        assert_eq!(chunks::read_native_ids(&mut ids.output), [shape_id(message)]);
        texts.send(&chunk);
        let mut expected = Vec::new();
        shape_text(message, &mut expected);
        assert_eq!(chunks::read_native_texts(&mut texts.output), [expected]);
    }
    assert_clean_end(ids);
    assert_clean_end(texts);
}

#[test]
fn every_function_has_a_version_and_other_names_have_none() {
    let mut udf = Udf::start("version");
    let names = Function::ALL.map(Function::sql_name);
    udf.send(&chunks::native_strings(&names));
    let versions = chunks::read_native_versions(&mut udf.output);
    assert_eq!(versions, Function::ALL.map(Function::version));
    assert!(versions.iter().all(|version| *version >= 1), "{versions:?}");
    udf.send(&chunks::native_strings(&[
        "",
        "kulprit_shapes",
        "shape",
        "KULPRIT_SHAPE",
    ]));
    assert_eq!(chunks::read_native_versions(&mut udf.output), [0; 4]);
    assert_clean_end(udf);
}

#[test]
fn the_usage_text_names_every_function() {
    let output = Command::new(env!("CARGO_BIN_EXE_kulprit-udf"))
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success());
    let usage = String::from_utf8(output.stdout).unwrap();
    for function in Function::ALL {
        let opens_with = |line: &&str| line.split_whitespace().next() == Some(function.command());
        let line = usage.lines().find(opens_with).unwrap_or_default();
        assert!(
            line.contains(&format!(" {}(", function.sql_name())),
            "{function:?}: {line:?}"
        );
    }
}

#[test]
fn empty_blocks_have_empty_answers() {
    let mut udf = Udf::start("shape");
    udf.send(&chunks::native_strings(&[""; 0]));
    assert!(chunks::read_native_ids(&mut udf.output).is_empty());
    udf.send(&chunks::native_strings(&["after"]));
    assert_eq!(chunks::read_native_ids(&mut udf.output), [shape_id(b"after")]);
    assert_clean_end(udf);
}

#[test]
fn arrays_of_different_length_are_reported_and_the_process_lives_on() {
    let mut udf = Udf::start("divergence");
    let good = (vec![1, 2], vec![2, 1]);
    udf.send(&chunks::row_binary_windows(&[
        good.clone(),
        (vec![1, 2, 3], vec![1, 2]),
        good.clone(),
        (vec![], vec![1]),
    ]));
    let lengths: Vec<_> = (0..4).map(|_| chunks::read_scores(&mut udf.output).len()).collect();
    assert_eq!(lengths, [2, 0, 2, 0]);

    udf.send(&chunks::row_binary_windows(&[good]));
    assert_eq!(chunks::read_scores(&mut udf.output).len(), 2);
    let (status, rest, errors) = udf.finish();
    assert!(status.success() && rest.is_empty());
    assert_eq!(
        errors,
        "kulprit_divergence: current has 3 counts and baseline has 2: \
         give both one count for each pattern, 0 where it is absent (row 2 of the block)\n"
    );
}

#[test]
fn broken_protocol_ends_with_a_reason() {
    for (function, input, reason) in [
        (
            "shape",
            &b"\n"[..],
            "kulprit_shape: blank chunk header: expected a number of rows\n",
        ),
        (
            "shape",
            b"1\n\x01\x02\x01m\x06String",
            "kulprit_shape: block has 2 rows, its chunk header says 1\n",
        ),
        (
            "shape",
            b"1\n\x01\x01\x01m\x05Int64",
            "kulprit_shape: column is not of type String\n",
        ),
        (
            "shape_text",
            b"1\n\x01\x01\x01m\x06String\x05ab",
            "kulprit_shape_text: input ended within a string\n",
        ),
        (
            "divergence",
            b"1\n\x02\x01",
            "kulprit_divergence: input ended within an array\n",
        ),
        (
            "divergence",
            b"12",
            "kulprit_divergence: input ended within a chunk header\n",
        ),
    ] {
        let mut udf = Udf::start(function);
        udf.send(input);
        let (status, _, errors) = udf.finish();
        assert_eq!(
            (status.code(), errors.as_str()),
            (Some(1), reason),
            "{function} {input:?}"
        );
    }
}

#[test]
fn an_unknown_function_is_refused() {
    for arguments in [&["shapes"][..], &[], &["shape", "text"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_kulprit-udf"))
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(output.stdout.is_empty());
        assert!(String::from_utf8_lossy(&output.stderr).contains("Usage: kulprit-udf FUNCTION"));
    }
}
