//! What people see: log lines and the patterns that they are grouped by.

use kulprit_patterns::catalog::{Catalog, CatalogOptions, Glob, NamedPattern, Shape, group_lines};
use kulprit_patterns::shape::{MAX_MESSAGE_BYTES, shape_id, shape_text, text_id};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

fn shapes<T: AsRef<[u8]>>(lines: &[T]) -> Vec<Shape> {
    let mut counts: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for line in lines {
        let mut text = Vec::new();
        shape_text(line.as_ref(), &mut text);
        *counts.entry(text).or_default() += 1;
    }
    let shape = |(text, count): (Vec<u8>, u64)| Shape {
        id: text_id(&text),
        text: text.into(),
        count,
    };
    counts.into_iter().map(shape).collect()
}

fn templates(lines: &[&str]) -> BTreeSet<String> {
    templates_with(lines, CatalogOptions::default())
}

fn templates_with(lines: &[&str], options: CatalogOptions) -> BTreeSet<String> {
    let catalog = Catalog::build(shapes(lines), options);
    let used = catalog.patterns().iter().filter(|pattern| pattern.shapes > 0);
    used.map(|pattern| pattern.template.clone()).collect()
}

fn assert_patterns(lines: &[&str], expected: &[&str]) {
    let expected: BTreeSet<String> = expected.iter().map(|text| (*text).to_owned()).collect();
    assert_eq!(templates(lines), expected);
}

#[test]
fn names_are_found_by_their_variety() {
    assert_patterns(
        &[
            "Accepted password for alice from 10.0.0.1 port 22",
            "Accepted password for bob from 10.0.0.2 port 22",
            "Accepted password for carol from 10.0.0.3 port 22",
        ],
        &["Accepted password for <*> from <ip> port <num>"],
    );
    assert_patterns(
        &["loaded module 'core' in 5 ms", "loaded module 'net' in 7 ms"],
        &["loaded module '<*>' in <num> ms"],
    );
}

#[test]
fn words_that_carry_the_meaning_stay_apart() {
    for lines in [
        ["link eth0 on port 7 is up", "link eth0 on port 7 is down"],
        [
            "block 7 stored as bytes in memory",
            "block 7 stored as values in memory",
        ],
        ["service web started in 5 ms", "service web stopped in 5 ms"],
        [
            "tunnel opened through proxy HTTPS",
            "tunnel opened through proxy SOCKS5",
        ],
        [
            "2026-01-31T10:00:00Z INFO pay: order 7 sent",
            "2026-01-31T10:00:00Z ERROR pay: order 7 sent",
        ],
        [
            "{\"time\":\"2026-01-31T10:00:00Z\",\"level\":\"INFO\",\"message\":\"could not reach the database\",\"n\":7}",
            "{\"time\":\"2026-01-31T10:00:00Z\",\"level\":\"ERROR\",\"message\":\"could not reach the database\",\"n\":7}",
        ],
        [
            "{\"message\":\"sync of the order table with the warehouse\",\"result\":\"success\",\"n\":7}",
            "{\"message\":\"sync of the order table with the warehouse\",\"result\":\"failure\",\"n\":7}",
        ],
        [
            "connection established to the broker of shop 7",
            "connection lost to the broker of shop 7",
        ],
        [
            "GET /a/b answered with 200 in 5 ms",
            "GET /a/b answered with 502 in 5 ms",
        ],
        [
            "worker of shop exited with code 0",
            "worker of shop exited with code 137",
        ],
        [
            "unit of shop 7 main process exited, code=exited",
            "unit of shop 7 main process exited, code=killed",
        ],
        [
            "fe be/web1 0/0/1/12/55 200 284 - - ---- 10/10 0/0 7",
            "fe be/web1 0/0/1/12/55 200 284 - - sH-- 10/10 0/0 7",
        ],
        ["GET /a/b took 5 ms to answer", "POST /a/b took 5 ms to answer"],
        [
            "level=info msg=\"cache hit\" key=a:1",
            "level=info msg=\"cache miss\" key=a:1",
        ],
        [
            "{\"level\":\"info\",\"msg\":\"user logged in\",\"user\":7}",
            "{\"level\":\"info\",\"msg\":\"user logged out\",\"user\":7}",
        ],
        [
            "level=error msg=\"query failed\" table=a err=\"deadlock detected\"",
            "level=error msg=\"query failed\" table=a err=\"connection reset by peer\"",
        ],
        [
            "{\"msg\":\"slow query\",\"table\":\"a\"}",
            "{\"msg\":\"slow query\",\"cache\":\"a\"}",
        ],
    ] {
        assert_eq!(templates(&lines).len(), 2, "{lines:?}");
    }
}

#[test]
fn the_rare_word_joins_the_frequent_placeholder() {
    assert_patterns(
        &[
            "error: connect to host 10.0.0.1 failed twice",
            "error: connect to host 10.0.0.2 failed twice",
            "error: connect to host backend failed twice",
        ],
        &["error: connect to host <*> failed twice"],
    );
}

#[test]
fn the_same_words_with_other_units_are_one_pattern() {
    assert_patterns(
        &[
            "request finished after waiting 12 ms",
            "request finished after waiting 3 seconds",
        ],
        &["request finished after waiting <num> <*>"],
    );
}

#[test]
fn columns_of_a_header_vary_whatever_the_message() {
    let lines: Vec<String> = ["full", "gate", "edge"]
        .iter()
        .flat_map(|node| {
            [
                "link error on tree",
                "fan speed too low",
                "power supply replaced",
                "door left open",
            ]
            .map(|message| format!("1117838570 {node} unix.hw 1077804742 1 {message}"))
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(templates(&lines).len(), 4);
}

#[test]
fn objects_of_a_few_verbs_are_names() {
    let units = [
        "Rotate log files",
        "Snap Daemon",
        "Discard unused blocks",
        "Daily apt download activities",
        "Cleanup of Temporary Directories",
    ];
    let lines: Vec<String> = ["Starting", "Finished", "Stopped"]
        .iter()
        .flat_map(|verb| units.map(|unit| format!("Mar  1 10:11:12 web systemd[1]: {verb} {unit}.")))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(templates(&lines).len(), 3);
}

#[test]
fn a_list_of_records_varies_in_length() {
    assert_patterns(
        &[
            "inconsistent sets node-1 0xffe0 <ok> node-2 0xfee1 <ok> again",
            "inconsistent sets node-3 0xffe2 <ok> node-4 0xfee3 <ok> node-5 0xfee4 <ok> again",
            "inconsistent sets node-6 0xffe5 <ok> again",
        ],
        &["inconsistent sets node-<num> <hex> <ok> again"],
    );
}

#[test]
fn an_absent_value_is_a_value() {
    for lines in [
        [
            "request [4f1c9a7b2d 10.0.0.7 - - -] was answered in time",
            "request [4f1c9a7b2e - - - - -] was answered in time",
        ],
        [
            "connection from 10.0.0.1 (a7.example.net) at 10:11:12",
            "connection from 10.0.0.2 () at 10:11:13",
        ],
    ] {
        assert_eq!(templates(&lines).len(), 1, "{lines:?}");
    }
    // Calls with and without arguments are told apart.
    assert_eq!(templates(&["reset() of link 7", "reset(7) of link 7"]).len(), 2);
}

#[test]
fn coordinates_and_directions_vary() {
    let lines = ["x+", "x-", "z+"].map(|port| format!("3 receiver {port} pipe errors corrected"));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_patterns(&lines, &["<num> receiver <*> pipe errors corrected"]);
    let lines = ["X", "Y", "Z"].map(|axis| format!("grid: {axis} coordinate 32 exceeds dimension 16"));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_patterns(&lines, &["grid: <*> coordinate <num> exceeds dimension <num>"]);
}

#[test]
fn a_row_of_dots_follows_a_name() {
    let lines = ["dcbf", "icbi", "dcbi", "icbt"]
        .map(|cause| ["1", "4"].map(|value| format!("data store interrupt caused by {cause}......{value}")));
    let lines: Vec<&str> = lines.iter().flatten().map(String::as_str).collect();
    assert_eq!(templates(&lines).len(), 4);
}

#[test]
fn verbs_behind_columns_say_what_happened() {
    let lines: Vec<String> = ["boot", "wait", "halt", "shutdown", "reset"]
        .iter()
        .flat_map(|verb| {
            ["node-1", "node-2"].map(|node| format!("46 {node} action start 1077804742 1 {verb} (command 17)"))
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(templates(&lines).len(), 5);
}

#[test]
fn names_in_quotes_or_brackets_vary() {
    let links = ["LNKA", "LNKB", "LNKC", "LNKD"].map(|link| format!("PCI Interrupt Link [{link}] enabled at IRQ 7"));
    let tables = ["a.x", "a.y", "b.z"].map(|table| format!("automatic analyze of table \"{table}\": index scans: 0"));
    let keys = ["user", "cart"].map(|key| format!("{{\"msg\":\"cache hit\",\"key\":\"{key}:7\"}}"));
    for lines in [&links[..], &tables, &keys] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(templates(&lines).len(), 1, "{lines:?}");
    }
}

#[test]
fn users_add_masks_patterns_and_ignore_rules() {
    let lines = [
        "tenant-blue is over quota",
        "tenant-green is over quota",
        "heartbeat ok from a",
        "heartbeat ok from b",
    ];
    let options = CatalogOptions {
        masks: vec![Glob::new("tenant-*")],
        ignore: vec![Glob::new("heartbeat *")],
        patterns: vec![NamedPattern {
            name: "heartbeat".to_owned(),
            text: Glob::new("heartbeat ok from <*>"),
        }],
        ..CatalogOptions::default()
    };
    let catalog = Catalog::build(shapes(&lines), options);
    let rows: Vec<(&str, Option<&str>, bool, u64)> = catalog
        .patterns()
        .iter()
        .map(|pattern| {
            (
                pattern.template.as_str(),
                pattern.name.as_deref(),
                pattern.ignored,
                pattern.count,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("heartbeat ok from <*>", Some("heartbeat"), true, 2),
            ("<*> is over quota", None, false, 2)
        ]
    );
}

#[test]
fn old_ids_resolve_after_a_merge() {
    let first = ["session of alice opened by the system daemon"];
    let more = ["bob", "carol", "dave", "erin"].map(|name| format!("session of {name} opened by the system daemon"));
    let mut catalog = Catalog::build(shapes(&first), CatalogOptions::default());
    let old = catalog.patterns()[0].id;
    catalog.extend(shapes(&more));
    assert_eq!(catalog.patterns().len(), 1);
    let present = catalog.resolve(old).unwrap();
    assert_eq!(present.template, "session of <*> opened by the system daemon");
    assert_eq!(present.count, 5);
    assert_eq!(catalog.pattern_of(shape_id(first[0].as_bytes())), Some(present));
}

#[test]
fn shapes_beyond_the_cap_overflow_and_still_count() {
    let lines: Vec<String> = ('a'..='z').map(|letter| letter.to_string().repeat(3)).collect();
    let options = CatalogOptions {
        max_shapes: 10,
        ..CatalogOptions::default()
    };
    let catalog = Catalog::build(shapes(&lines), options.clone());
    assert_eq!((catalog.len(), catalog.overflow().count), (10, 16));
    let grouped = group_lines(Cursor::new(lines.join("\n")), options).unwrap();
    assert_eq!(
        grouped
            .iter()
            .filter(|(_, pattern)| pattern.id == catalog.overflow().id)
            .count(),
        16
    );
}

#[test]
fn every_line_of_a_stream_has_a_pattern() {
    let long = "word ".repeat(MAX_MESSAGE_BYTES);
    let input = format!("\r\n\nlogin of 7\nlogin of 8\r\n{long}\n{long}again\nlast");
    let grouped = group_lines(Cursor::new(input), CatalogOptions::default()).unwrap();
    let rows: Vec<(u64, u64)> = grouped.iter().map(|(line, pattern)| (line, pattern.id)).collect();
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(rows[0].1, rows[1].1);
    assert_eq!(rows[2].1, rows[3].1);
    assert_eq!(rows[4].1, rows[5].1);
}

#[test]
fn a_large_catalog_takes_in_shapes_without_a_full_build() {
    let lines: Vec<String> = (0..21_000)
        .map(|number| format!("event {} happened", letters(number)))
        .collect();
    let mut catalog = Catalog::build(shapes(&lines), CatalogOptions::default());
    assert_eq!(catalog.patterns().len(), 1);
    let id = catalog.patterns()[0].id;
    catalog.extend(shapes(&[
        "event somethingelse happened",
        "something quite different happened",
    ]));
    assert_eq!(catalog.patterns().len(), 2);
    assert_eq!(
        catalog
            .pattern_of(shape_id(b"event somethingelse happened"))
            .unwrap()
            .id,
        id
    );
    let before: BTreeMap<u64, u64> = catalog
        .assignments()
        .map(|(shape, pattern)| (shape, pattern.id))
        .collect();
    catalog.settle();
    assert_eq!(
        before,
        catalog
            .assignments()
            .map(|(shape, pattern)| (shape, pattern.id))
            .collect()
    );
}

fn letters(mut number: usize) -> String {
    let mut text = String::from("x");
    while number > 0 {
        text.push((b'a' + (number % 26) as u8) as char);
        number /= 26;
    }
    text
}

fn line() -> impl Strategy<Value = String> {
    let word = "(login|logout|of|user|host|failed|ok|up|down|[a-d]{1,2}|[0-9]{1,3}|10\\.0\\.0\\.[1-9]|\"[ab]\"|k=[a-c]|\\([a-c]\\)|[:,=|.-]|I|WARN)";
    proptest::collection::vec(word, 1..9).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn neither_order_nor_batches_matter(lines in proptest::collection::vec(line(), 1..60), cut in 0usize..60, turn in 0usize..60) {
        let whole = Catalog::build(shapes(&lines), CatalogOptions::default());
        let mut turned = lines.clone();
        turned.rotate_left(turn % lines.len());
        let (one, other) = turned.split_at(cut.min(turned.len()));
        let mut batched = Catalog::build(shapes(one), CatalogOptions::default());
        batched.extend(shapes(other));
        let rows = |catalog: &Catalog| -> BTreeMap<u64, (u64, String)> {
            catalog.assignments().map(|(shape, pattern)| (shape, (pattern.id, pattern.template.clone()))).collect()
        };
        prop_assert_eq!(rows(&whole), rows(&batched));
    }

    #[test]
    fn counts_add_up_and_ids_differ(lines in proptest::collection::vec(line(), 1..60)) {
        let catalog = Catalog::build(shapes(&lines), CatalogOptions::default());
        prop_assert_eq!(catalog.patterns().iter().map(|pattern| pattern.count).sum::<u64>(), lines.len() as u64);
        let ids: BTreeSet<u64> = catalog.patterns().iter().map(|pattern| pattern.id).collect();
        prop_assert_eq!(ids.len(), catalog.patterns().len());
    }

    #[test]
    fn any_bytes_make_a_catalog(texts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..40)) {
        let raw = texts.iter().enumerate().map(|(id, text)| Shape { id: id as u64, text: text.as_slice().into(), count: 1 });
        let catalog = Catalog::build(raw, CatalogOptions::default());
        prop_assert_eq!(catalog.len(), texts.len());
    }
}
