#![allow(clippy::unwrap_used)]

use super::*;

fn clock_in(zone: &str, written: &str) -> Clock {
    let timezone = jiff::tz::TimeZone::get(zone).unwrap();
    Clock::new(
        Context {
            timezone,
            written: written.parse().unwrap(),
            date: None,
        },
        None,
    )
}

fn utc() -> Clock {
    clock_in("UTC", "2026-12-01T00:00:00Z")
}

/// The time and the rest of a line, as a reader would check them.
fn read(clock: &Clock, line: &str) -> Option<(String, String)> {
    let stamp = clock.leading(line.as_bytes())?;
    let time = jiff::Timestamp::from_nanosecond(stamp.nanos.into()).unwrap();
    Some((time.to_string(), line[stamp.text_at..].to_owned()))
}

#[test]
fn common_formats_are_recognised() {
    let cases = [
        ("2026-11-23T08:30:51Z started", "2026-11-23T08:30:51Z", "started"),
        (
            "2026-11-23T08:30:51.123456789Z x",
            "2026-11-23T08:30:51.123456789Z",
            "x",
        ),
        ("2026-11-23T08:30:51.5+01:00 x", "2026-11-23T07:30:51.5Z", "x"),
        ("2026-11-23T08:30:51-0700 x", "2026-11-23T15:30:51Z", "x"),
        (
            "2026-11-23 08:30:51 install libc6:amd64 <none> 2.41-12",
            "2026-11-23T08:30:51Z",
            "install libc6:amd64 <none> 2.41-12",
        ),
        (
            "2026-11-23 08:30:51,123 INFO c.a.Cart - ok",
            "2026-11-23T08:30:51.123Z",
            "INFO c.a.Cart - ok",
        ),
        (
            "2026-11-23 08:30:51.123 UTC [77] LOG:  ready",
            "2026-11-23T08:30:51.123Z",
            "[77] LOG:  ready",
        ),
        (
            "2026-11-23 08:30:51.123+00 [77] x",
            "2026-11-23T08:30:51.123Z",
            "[77] x",
        ),
        ("2026-11-23 08:30:51 -0700 x", "2026-11-23T15:30:51Z", "x"),
        (
            "2026-11-23 08:30:51 -5 items left",
            "2026-11-23T08:30:51Z",
            "-5 items left",
        ),
        (
            "2026-11-23 08:30:51 - root - INFO - hi",
            "2026-11-23T08:30:51Z",
            "root - INFO - hi",
        ),
        ("2026-11-23 08:30:51 | WARN | hi", "2026-11-23T08:30:51Z", "WARN | hi"),
        (
            "[2026-11-23 08:30:51,123] ERROR boom",
            "2026-11-23T08:30:51.123Z",
            "ERROR boom",
        ),
        (
            "[2026-11-23T08:30:51Z INFO  cart] hi",
            "2026-11-23T08:30:51Z",
            "INFO  cart] hi",
        ),
        (
            "2026/11/23 08:30:51 [error] 12#0: *3 open() failed",
            "2026-11-23T08:30:51Z",
            "[error] 12#0: *3 open() failed",
        ),
        (
            "2026/11/23 08:30:51.000123 main.go:7: hi",
            "2026-11-23T08:30:51.000123Z",
            "main.go:7: hi",
        ),
        ("20261123T083051Z x", "2026-11-23T08:30:51Z", "x"),
        ("20261123083051 x", "2026-11-23T08:30:51Z", "x"),
        ("20261123-08:30:51:606|Step|x", "2026-11-23T08:30:51.606Z", "|Step|x"),
        (
            "Nov 23 08:30:51 web1 sshd[812]: hi",
            "2026-11-23T08:30:51Z",
            "web1 sshd[812]: hi",
        ),
        (
            "Nov  3 08:30:51 web1 cron[1]: hi",
            "2026-11-03T08:30:51Z",
            "web1 cron[1]: hi",
        ),
        (
            "<13>Nov 23 08:30:51 web1 app: hi",
            "2026-11-23T08:30:51Z",
            "web1 app: hi",
        ),
        (
            "<34>1 2026-11-23T08:30:51.003Z host su - ID47 - hi",
            "2026-11-23T08:30:51.003Z",
            "host su - ID47 - hi",
        ),
        (
            "Nov 23 2026 08:30:51: %ASA-6-302013: Built",
            "2026-11-23T08:30:51Z",
            "%ASA-6-302013: Built",
        ),
        (
            "Nov 23, 2026 8:30:51 PM org.a.B start",
            "2026-11-23T20:30:51Z",
            "org.a.B start",
        ),
        (
            "23-Nov-2026 08:30:51.123 INFO [main] x",
            "2026-11-23T08:30:51.123Z",
            "INFO [main] x",
        ),
        (
            "23 Nov 2026 08:30:51.123 * Ready",
            "2026-11-23T08:30:51.123Z",
            "* Ready",
        ),
        (
            "[Mon Nov 23 08:30:51.123456 2026] [mpm:notice] hi",
            "2026-11-23T08:30:51.123456Z",
            "[mpm:notice] hi",
        ),
        ("Mon Nov 23 08:30:51 UTC 2026 hi", "2026-11-23T08:30:51Z", "hi"),
        ("Mon, 23 Nov 2026 08:30:51 +0100 hi", "2026-11-23T07:30:51Z", "hi"),
        (
            "I1123 08:30:51.123456   77 a.go:12] hi",
            "2026-11-23T08:30:51.123456Z",
            "77 a.go:12] hi",
        ),
        (
            "11-23 08:30:51.123  1234  1234 I Tag: hi",
            "2026-11-23T08:30:51.123Z",
            "1234  1234 I Tag: hi",
        ),
        (
            "17/06/09 20:10:40 INFO executor: hi",
            "2017-06-09T20:10:40Z",
            "INFO executor: hi",
        ),
        (
            "081109 203615 148 INFO dfs: hi",
            "2008-11-09T20:36:15Z",
            "148 INFO dfs: hi",
        ),
        ("1795422651 hi", "2026-11-23T08:30:51Z", "hi"),
        ("1795422651.25 hi", "2026-11-23T08:30:51.25Z", "hi"),
        ("1795422651123 hi", "2026-11-23T08:30:51.123Z", "hi"),
        (
            "time=\"2026-11-23T08:30:51Z\" level=info msg=hi",
            "2026-11-23T08:30:51Z",
            "level=info msg=hi",
        ),
        (
            "ts=2026-11-23T08:30:51Z level=info",
            "2026-11-23T08:30:51Z",
            "level=info",
        ),
        ("2026-06-30T23:59:60Z leap", "2026-06-30T23:59:59.999999999Z", "leap"),
    ];
    let clock = utc();
    for (line, time, text) in cases {
        assert_eq!(read(&clock, line), Some((time.to_owned(), text.to_owned())), "{line}");
    }
}

#[test]
fn times_further_inside_leave_the_line_whole() {
    let cases = [
        (
            "10.0.0.1 - bob [23/Nov/2026:08:30:51 -0700] \"GET / HTTP/1.1\" 200 17",
            "2026-11-23T15:30:51Z",
        ),
        ("INFO 2026-11-23 08:30:51,123 hi", "2026-11-23T08:30:51.123Z"),
        ("[ERROR] [2026-11-23T08:30:51Z] hi", "2026-11-23T08:30:51Z"),
        (
            "update-alternatives 2026-11-23 08:30:51: link group x",
            "2026-11-23T08:30:51Z",
        ),
        ("Log started: 2026-11-23  08:30:51", "2026-11-23T08:30:51Z"),
    ];
    for (line, time) in cases {
        assert_eq!(read(&utc(), line), Some((time.to_owned(), line.to_owned())), "{line}");
    }
}

#[test]
fn where_lines_begin_with_times_a_time_after_words_is_part_of_a_message() {
    let clock = utc();
    assert!(read(&clock, "valid until 2026-11-23 08:30:51").is_some());
    assert!(read(&clock, "2026-11-23 08:30:51 new certificate").is_some());
    assert_eq!(read(&clock, "valid until 2026-11-23 08:30:51"), None);
}

#[test]
fn what_is_no_time_is_no_time() {
    let lines = [
        "",
        "    at com.acme.Cart.add(Cart.java:17)",
        "[  123.456789] usb 1-1: new device",
        "08:30:51.123 [main] INFO time of day only",
        "2026-11-23 a date only",
        "2026-13-23 08:30:51 no such month",
        "2026-02-30 08:30:51 no such day",
        "2026-11-23 25:30:51 no such hour",
        "2026-11-23 08:30:519 too many digits",
        "9999-12-31T23:59:59Z beyond the tables",
        "1969-12-31T23:59:59Z before them",
        "12345 items",
        "Exit code 0",
        "May I ask something",
        "ERROR 4040 not found",
        "<999>Nov 23 08:30:51 no such priority",
    ];
    for line in lines {
        assert_eq!(read(&utc(), line), None, "{line}");
    }
}

#[test]
fn a_missing_year_is_the_latest_possible_one() {
    let january = clock_in("UTC", "2027-01-02T10:00:00Z");
    let at = |clock: &Clock, line: &str| read(clock, line).map(|(time, _)| time);
    assert_eq!(
        at(&january, "Dec 31 23:59:59 h p: x").as_deref(),
        Some("2026-12-31T23:59:59Z")
    );
    assert_eq!(
        at(&january, "Jan  1 00:00:01 h p: x").as_deref(),
        Some("2027-01-01T00:00:01Z")
    );
    // A clock or zone that is a few hours ahead does not throw a message back by a year.
    assert_eq!(
        at(&january, "Jan  2 20:00:00 h p: x").as_deref(),
        Some("2027-01-02T20:00:00Z")
    );
    assert_eq!(
        at(&january, "Feb 29 12:00:00 h p: x").as_deref(),
        Some("2024-02-29T12:00:00Z")
    );
    let eve = clock_in("UTC", "2026-12-31T23:59:00Z");
    assert_eq!(
        at(&eve, "Jan  1 00:30:00 h p: x").as_deref(),
        Some("2027-01-01T00:30:00Z")
    );
}

#[test]
fn a_missing_zone_is_the_users() {
    let berlin = clock_in("Europe/Berlin", "2026-12-01T00:00:00Z");
    let at = |line: &str| read(&berlin, line).map(|(time, _)| time);
    assert_eq!(
        at("2026-07-01 12:00:00 summer").as_deref(),
        Some("2026-07-01T10:00:00Z")
    );
    assert_eq!(
        at("2026-11-01 12:00:00 winter").as_deref(),
        Some("2026-11-01T11:00:00Z")
    );
    // 02:30 does not exist on the day the clocks go forward, and comes twice when they go back.
    assert_eq!(
        at("2026-03-29 02:30:00 skipped").as_deref(),
        Some("2026-03-29T01:30:00Z")
    );
    assert_eq!(at("2026-10-25 02:30:00 twice").as_deref(), Some("2026-10-25T00:30:00Z"));
    assert_eq!(
        at("2026-07-01T12:00:00Z zone of its own").as_deref(),
        Some("2026-07-01T12:00:00Z")
    );
    assert!(berlin.assumptions()[0].contains("Europe/Berlin"));
}

#[test]
fn a_format_of_the_users_replaces_all_others() {
    let context = utc().context().clone();
    let clock = Clock::new(context, Some("%d.%m.%Y %H:%M:%S".to_owned()));
    assert_eq!(
        read(&clock, "23.11.2026 08:30:51 hi"),
        Some(("2026-11-23T08:30:51Z".to_owned(), "hi".to_owned()))
    );
    assert_eq!(read(&clock, "2026-11-23 08:30:51 hi"), None);
    assert!(check_format("%d.%m.%Y %H:%M:%S").is_ok());
    assert!(check_format("%s").is_ok());
    // A time of day alone takes its day from the file.
    assert!(check_format("%H:%M").is_ok());
    assert!(check_format("%m %H:%M").is_err());
    assert!(check_format("%Q!").is_err());
}

#[test]
fn fields_are_times_as_a_whole_or_not_at_all() {
    let clock = utc();
    let at = |text: &str| clock.whole(text.as_bytes());
    assert_eq!(at("2026-11-23 08:30:51.5"), Some(1_795_422_651_500_000_000));
    assert_eq!(at("1795422651"), Some(1_795_422_651_000_000_000));
    assert_eq!(at("1795422651.123456789"), Some(1_795_422_651_123_456_789));
    assert_eq!(at("1795422651123456"), Some(1_795_422_651_123_456_000));
    assert_eq!(at("1.795422651e9"), Some(1_795_422_651_000_000_000));
    for text in [
        "2026-11-23 08:30:51 and more",
        "",
        "x",
        "-5",
        "1e400",
        "NaN",
        "99999999999999999999",
    ] {
        assert_eq!(at(text), None, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_fail(line: Vec<u8>, digits in "[0-9T:/ .,Z+<>a-z-]{0,40}") {
        let clock = utc();
        for text in [&line[..], digits.as_bytes()] {
            if let Some(stamp) = clock.leading(text) {
                proptest::prop_assert!(stamp.text_at <= text.len() && stamp.nanos >= 0);
            }
            clock.whole(text);
        }
    }
}
