//! What people see: a log line and its shape.

use kulprit_patterns::shape::{MAX_MESSAGE_BYTES, shape_id, shape_text, text_id};
use proptest::prelude::*;

fn shape(message: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    shape_text(message, &mut text);
    assert_eq!(text_id(&text), shape_id(message), "the id is the id of the text");
    text
}

fn assert_shapes(table: &[(&str, &str)]) {
    for (message, expected) in table {
        let text = String::from_utf8(shape(message.as_bytes())).unwrap();
        assert_eq!(&text, expected, "shape of {message:?}");
    }
}

#[test]
fn values_are_masked_by_kind() {
    assert_shapes(&[
        ("served 17 of -3.5 at 88%", "served <num> of <num> at <num>"),
        ("peer 10.4.0.17:8080 gone", "peer <ip>:<num> gone"),
        ("peer 2001:db8:0:1::7 gone", "peer <ip> gone"),
        ("link 02:42:ac:11:00:02 up", "link <mac> up"),
        ("link ca:ab:24:13:24:46 up", "link <mac> up"),
        (
            "path=/ next=\"/login?to=/cart\" peer=/10.0.0.7:80",
            "path=<path> next=\"<path>\" peer=/<ip>:<num>",
        ),
        ("fetched https://shop.example.com/a?b=1, done", "fetched <url>, done"),
        ("fetched https://shop.example.com/a.", "fetched <url>."),
        ("reading s3://bucket/key=7/part", "reading s3://<url>"),
        (
            "mail from jo.doe+x@mail.example.org rejected",
            "mail from <email> rejected",
        ),
        (
            "cannot open /var/lib/app/state.db: denied",
            "cannot open <path>: denied",
        ),
        ("saved /srv/data/part-7. Next", "saved <path>. Next"),
        (r"cannot open C:\data\in.txt now", "cannot open <path> now"),
        (r"share \\filer\home\jo mounted", "share <path> mounted"),
        ("resolved db.prod.internal to node", "resolved <host> to node"),
        (
            "moved from node-17/10.0.0.7:9092 to node-17:9092, step-1:3",
            "moved from <host>/<ip>:<num> to <host>:<num>, step-<num>:<num>",
        ),
        ("trace 3f2504e0-4f89-11d3-9a0c-0305e82c3301 kept", "trace <uuid> kept"),
        ("at 0x7ffe12 flags 0xC0DE", "at <hex> flags <hex>"),
        (
            "freed 12.5 MB of 3GiB, 7 kB left",
            "freed <size> of <size>, <size> left",
        ),
        ("freed 12.5\t  MB", "freed <size>"),
        ("took 15ms, then 3 s", "took <num>ms, then <num> s"),
        (
            "worker-12 took task_77_3 of blk_-99",
            "worker-<num> took task_<id> of blk_<num>",
        ),
        ("retry #3 costs $5", "retry <num> costs <num>"),
        ("lifetime <1 sec, load >=80", "lifetime <num> sec, load <num>"),
    ]);
}

#[test]
fn times_and_dates_are_one_placeholder() {
    assert_shapes(&[
        ("2024-03-01 10:11:12,345 INFO up", "<time> INFO up"),
        ("2024-03-01T10:11:12.345Z up", "<time> up"),
        ("at 2024-03-01T10:11:12+02:00 up", "at <time> up"),
        ("03-17 16:13:38.811 up", "<time> up"),
        ("on Fri Mar  1 10:11:12 2024 it began", "on <time> it began"),
        ("on 1 March 2024 it began", "on <time> it began"),
        ("[01/Mar/2024:10:11:12 +0000] x", "[<time>] x"),
        ("it may 5 times march on", "it may <num> times march on"),
    ]);
}

#[test]
fn names_keep_what_tells_them_apart() {
    assert_shapes(&[
        ("eth0 md5 base64Codec ok", "eth0 md5 base64Codec ok"),
        (
            "java.lang.NullPointerException in com.acme.Cart",
            "java.lang.NullPointerException in com.acme.Cart",
        ),
        (
            "host.name is read from setup.py and lib.so",
            "host.name is read from setup.py and lib.so",
        ),
        ("and/or 3/4", "and/or <num>/<num>"),
        ("state.......................1", "state.......................<num>"),
        ("straße café größer", "straße café größer"),
    ]);
}

#[test]
fn a_status_keeps_its_class_wherever_it_stands() {
    assert_shapes(&[
        (
            "GET /cart/7 responded 502 in 12.5 ms",
            "GET <path> responded 5xx in <num> ms",
        ),
        (
            "method=GET path=/cart status=200 dur=5ms",
            "method=GET path=<path> status=2xx dur=<num>ms",
        ),
        (
            "{\"status\":\"503\",\"size\":404}",
            "{\"status\":\"5xx\",\"size\":<num>}",
        ),
        ("Completed 404 Not Found in 5ms", "Completed 4xx Not Found in <num>ms"),
        (
            "| 502 |  1.2ms | 10.0.0.1 | GET      \"/api\"",
            "| 5xx | <num>ms | <ip> | GET \"<path>\"",
        ),
        (
            "GET /x - 443 - 10.0.0.9 agent - 503 0 0 15",
            "GET <path> - <num> - <ip> agent - 5xx <num>",
        ),
        (
            "fe be/web2 0/0/1/-1/42 504 91 - - sH-- 9/9 \"GET / HTTP/1.1\"",
            "fe be/web2 <num>/<num>/<num>/<num>/<num> 5xx <num> - - sH-- <num>/<num> \"GET <path> HTTP/<num>\"",
        ),
        // What counts something is none.
        ("GET /cart took 200 ms", "GET <path> took <num> ms"),
        ("GET /x returned 200 rows", "GET <path> returned <num> rows"),
        ("read 404 files", "read <num> files"),
    ]);
}

#[test]
fn codes_keep_their_value_and_ids_do_not() {
    assert_shapes(&[
        ("process exited with code 137", "process exited with code 137"),
        (
            "exit status 1, exitCode: 200; signal 11",
            "exit status 1, exitCode: 200; signal 11",
        ),
        ("rpc error: code = 14 desc = x", "rpc error: code = 14 desc = x"),
        ("errno=104 [Errno 111] rc=-5", "errno=104 [Errno 111] rc=-5"),
        (
            "SQLSTATE[23000] (SQLSTATE 28P01) error_code: 1062",
            "SQLSTATE[23000] (SQLSTATE 28P01) error_code: 1062",
        ),
        (
            "pay failed: ORA-12541: no listener",
            "pay failed: ORA-12541: no listener",
        ),
        ("code=exited, status=203/EXEC", "code=exited, status=203/EXEC"),
        ("order ORD-10423: sent", "order ORD-<num>: sent"),
        (
            "status=123456 country_code=49 error_code=1234567",
            "status=<num> country_code=<num> error_code=<num>",
        ),
    ]);
}

#[test]
fn severity_and_telling_attributes_of_a_line_are_part_of_what_it_says() {
    assert_shapes(&[
        ("\x1eINFO\x1f\x1forder 7 sent", "order <num> sent"),
        ("\x1eERROR\x1f\x1forder 7 sent", "ERROR order <num> sent"),
        (
            "\x1e17\x1fhttp.status_code=502\x1forder 7 sent",
            "ERROR order <num> sent http.status_code=5xx",
        ),
        ("\x1eWARNING\x1f\x1f[WARN] order 7 late", "[WARN] order <num> late"),
    ]);
}

#[test]
fn a_level_is_no_host_and_colours_say_nothing() {
    assert_shapes(&[
        (
            "Nov 20 09:00:01 ERROR payment: 9 failed",
            "<time> ERROR payment: <num> failed",
        ),
        (
            "2026-11-20T09:00:01+0000 WARNING cart: 9 left",
            "<time> WARNING cart: <num> left",
        ),
        (
            "Nov 20 09:00:01 web1 payment: 9 failed",
            "<time> <host> payment: <num> failed",
        ),
        (
            "\x1b[2m09:00:01\x1b[0m \x1b[31mERROR\x1b[0m no stock",
            "<time> ERROR no stock",
        ),
    ]);
}

#[test]
fn lists_of_three_are_written_as_one_item() {
    assert_shapes(&[
        ("speeds ( 3552 3534 3375 4245 )", "speeds ( <num> )"),
        ("tasks task_1, task_2, task_3, task_4 lost", "tasks task_<num> lost"),
        ("pair 1 2", "pair <num> <num>"),
    ]);
}

#[test]
fn headers_lose_host_and_thread() {
    assert_shapes(&[
        (
            "Mar  1 10:11:12 web-frontend crond[71]: (root) CMD (run-parts)",
            "<time> <host> crond[<num>]: (root) CMD (run-parts)",
        ),
        (
            "2024-03-01T10:11:12.5+00:00 gateway sshd[9]: Connection closed",
            "<time> <host> sshd[<num>]: Connection closed",
        ),
        ("2024-03-01T10:11:12Z server is ready", "<time> server is ready"),
        (
            "2024-03-01 10:11:12 INFO [pool-2-thread-9] c.a.Cart: full",
            "<time> INFO [<thread>] c.a.Cart: full",
        ),
        (
            "10:11:12 [main] WARN  Cart - full",
            "<time> [<thread>] WARN Cart - full",
        ),
    ]);
}

#[test]
fn lines_of_common_programs() {
    assert_shapes(&[
        (
            "10.1.2.3 - - [01/Mar/2024:10:11:12 +0000] \"GET /a.css HTTP/1.1\" 404 153 \"-\" \"curl/8.5.0\"",
            "<ip> - <id> [<time>] \"GET <path> HTTP/<num>\" 4xx <num> \"<url>\" \"<*>\"",
        ),
        (
            "2024-03-01 10:11:12.1 UTC [4711] LOG:  duration: 12.345 ms  statement: SELECT 1",
            "<time> UTC [<num>] LOG: duration: <num> ms statement: SELECT <num>",
        ),
        (
            "[   12.345678] eth0: link up, full-duplex, lpa 0xC5E1",
            "[ <num>] eth0: link up, full-duplex, lpa <hex>",
        ),
        (
            "2024-03-01 10:11:12 status installed libfoo:amd64 2.36-9+deb12u4",
            "<time> status installed libfoo:<id> <id>",
        ),
        (
            "{\"level\":\"info\",\"ts\":1709287872.1,\"msg\":\"done\",\"path\":\"/api/v1/users/42\"}",
            "{\"level\":\"info\",\"ts\":<num>,\"msg\":\"done\",\"path\":\"<path>\"}",
        ),
        (
            "level=warn ts=2024-03-01T10:11:12Z caller=main.go:42 msg=\"slow query\" dur=1.5s",
            "level=warn ts=<time> caller=main.go:<num> msg=\"slow query\" dur=<num>s",
        ),
    ]);
}

#[test]
fn a_stack_trace_is_one_message() {
    let trace = |order: u32, line: u32| {
        format!(
            "IllegalStateException: order {order} is closed\n\tat com.acme.Cart.pay(Cart.java:{line})\n\t... 12 more\n"
        )
    };
    assert_eq!(shape_id(trace(17, 80).as_bytes()), shape_id(trace(99, 81).as_bytes()));
    assert_shapes(&[(
        &trace(17, 80),
        "IllegalStateException: order <num> is closed at com.acme.Cart.pay(Cart.java:<num>) ... <num> more",
    )]);
}

#[test]
fn odd_messages_have_a_shape_too() {
    assert_eq!(shape(b""), b"");
    assert_eq!(shape(b" \t\r\n"), b"");
    assert_eq!(shape(b"a\0b"), b"a\0b");
    assert_eq!(shape(b"\xff\xfe 7"), b"\xff\xfe <num>");
    assert_eq!(shape(b"a \t b\n"), b"a b");
}

#[test]
fn long_messages_are_cut_at_the_cap() {
    for filler in [
        &b"word "[..],
        b"7",
        b"a.",
        b"/",
        b":",
        b"0:",
        b"[",
        b"\\",
        b"a@",
        b"<num> ",
    ] {
        let text = shape(&filler.repeat(1 << 20));
        assert!(text.len() <= MAX_MESSAGE_BYTES + 64, "{} bytes", text.len());
        assert!(text.ends_with(b" <more>"));
    }
}

proptest! {
    #[test]
    fn any_bytes_have_one_shape(message in proptest::collection::vec(any::<u8>(), 0..300)) {
        shape(&message);
    }

    #[test]
    fn any_punctuation_has_one_shape(message in r"[a-f0-9 :./\\@<>\[\]=,#%+\-\tJanMo]{0,120}") {
        shape(message.as_bytes());
    }

    #[test]
    fn blanks_around_and_between_do_not_matter(words in proptest::collection::vec("[a-z]{1,8}|[0-9]{1,5}", 1..8)) {
        let narrow = words.join(" ");
        let wide = format!("  {}\n", words.join("\t  "));
        prop_assert_eq!(shape_id(narrow.as_bytes()), shape_id(wide.as_bytes()));
    }

    #[test]
    fn the_shape_of_a_shape_is_itself(
        words in proptest::collection::vec("[a-z]{1,8}|[0-9]{1,5}|10\\.0\\.0\\.[0-9]|/[a-z]/[a-z]|[a-z]=[0-9]|[a-z]{3}-[0-9]|0x[0-9a-f]{4}|\\([0-9]\\)|[0-9]{2}:[0-9]{2}:[0-9]{2}|[0-9]ms|[,;:]", 1..12)
    ) {
        let once = shape(words.join(" ").as_bytes());
        let twice = shape(&once);
        prop_assert_eq!(String::from_utf8_lossy(&once), String::from_utf8_lossy(&twice));
    }
}
