//! Where a page of the list ends, as opaque text. It names the place by its sort key and row, so that incidents that come or go
//! between two pages neither repeat nor hide others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::filter::Sort;
use crate::{Error, Result};

/// The last incident of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub sort: Sort,
    pub key: i64,
    pub seq: i64,
}

#[derive(Serialize, Deserialize)]
struct Wire(String, i64, i64);

/// Longer than any cursor, in bytes.
const LONGEST: usize = 256;

impl Cursor {
    pub fn encode(&self) -> String {
        let wire = serde_json::json!([self.sort.text(), self.key, self.seq]);
        URL_SAFE_NO_PAD.encode(wire.to_string())
    }

    /// Reads the `cursor` of a request in this order.
    pub fn decode(text: &str, sort: Sort) -> Result<Self> {
        let wrong = || Error::field("cursor", "cannot be read: take next_cursor of the page before");
        if text.len() > LONGEST {
            return Err(wrong());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| wrong())?;
        let Wire(order, key, seq) = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        if order != sort.text() {
            return Err(Error::field(
                "cursor",
                format!("belongs to sort={order}: begin again without it"),
            ));
        }
        Ok(Self { sort, key, seq })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(key: i64, seq: i64) {
            let cursor = Cursor { sort: Sort::default(), key, seq };
            prop_assert_eq!(Cursor::decode(&cursor.encode(), Sort::default()).unwrap(), cursor);
        }

        #[test]
        fn any_other_text_is_refused_and_named(text in ".{0,300}") {
            let error = Cursor::decode(&text, Sort::default()).unwrap_err();
            prop_assert_eq!(error.status(), 400);
            prop_assert!(error.to_string().starts_with("cursor: "));
        }

        #[test]
        fn any_other_json_is_refused(text in "\\[?[\"a-z0-9_,.-]{0,40}\\]?") {
            let _ = Cursor::decode(&URL_SAFE_NO_PAD.encode(text), Sort::default());
        }
    }
}
