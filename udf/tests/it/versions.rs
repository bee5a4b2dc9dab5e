//! What a version promises: the same version, the same answer.

use kulprit_patterns::shape::{shape_id, shape_text};
use kulprit_udf::Function;

/// Something of every kind that is masked, and something that tells how it ended and stays.
const MESSAGE: &str = "2026-01-31T10:05:00.123Z [worker-7] GET https://shop.example/cart/4711?user=ann@example.com from \
                       10.0.0.7:5432 took 12.5ms id=6ba7b810-9dad-11d1-80b4-00c04fd430c8 0xdeadbeef /var/lib/x \"retry 3\" \
                       12 MB ann@example.com db.prod.internal 02:42:ac:11:00:02 Smörgås status=502\n\tat a.b.C(D.java:42)";

/// When this fails, the rules have changed: raise the version of each function whose answer differs, and record the new
/// answers here.
#[test]
fn another_answer_needs_another_version() {
    let mut text = Vec::new();
    shape_text(MESSAGE.as_bytes(), &mut text);
    assert_eq!(
        (Function::ShapeText.version(), String::from_utf8(text).unwrap().as_str()),
        (
            3,
            "<time> [worker-<num>] GET <url> from <ip>:<num> took <num>ms id=<uuid> <hex> <path> \"retry <num>\" <size> \
             <email> <host> <mac> Smörgås status=5xx at a.b.C(D.java:<num>)"
        )
    );
    assert_eq!(
        (Function::Shape.version(), shape_id(MESSAGE.as_bytes())),
        (3, 9_183_181_993_642_016_215)
    );
}
