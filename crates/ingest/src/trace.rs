//! Ids of traces and spans, as different tools write them.

/// The id alone, of a W3C `traceparent`, a `projects/…/traces/…` path, or an id as it is.
pub fn id<'t>(column: &str, text: &'t [u8]) -> &'t [u8] {
    let text = text.trim_ascii();
    if let [b'0'..=b'9' | b'a'..=b'f', b'0'..=b'9' | b'a'..=b'f', b'-', rest @ ..] = text
        && rest.len() >= 49
        && rest[32] == b'-'
    {
        return if column == "SpanId" { &rest[33..49] } else { &rest[..32] };
    }
    match text.iter().rposition(|byte| *byte == b'/') {
        Some(slash) if text.starts_with(b"projects/") => &text[slash + 1..],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_alone() {
        let w3c = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(id("TraceId", w3c), b"0af7651916cd43dd8448eb211c80319c");
        assert_eq!(id("SpanId", w3c), b"b7ad6b7169203331");
        assert_eq!(id("TraceId", b"projects/shop/traces/ab12"), b"ab12");
        assert_eq!(id("TraceId", b"ab12"), b"ab12");
    }
}
