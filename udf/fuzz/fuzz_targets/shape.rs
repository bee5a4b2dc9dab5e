//! Any bytes have a shape, bounded in length, whose id is the id of its text.
#![no_main]

use kulprit_patterns::shape::{MAX_MESSAGE_BYTES, shape_id, shape_text, text_id};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|message: &[u8]| {
    let mut text = Vec::new();
    shape_text(message, &mut text);
    assert_eq!(text_id(&text), shape_id(message));
    // A placeholder is at most eight times as long as the digit that it stands for.
    assert!(text.len() <= 8 * MAX_MESSAGE_BYTES);
});
