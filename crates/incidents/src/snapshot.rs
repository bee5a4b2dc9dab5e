//! What the analyses answered at the moment an incident was opened, as one document in canonical JSON. Its content is the caller's; the
//! store keeps it, detects changes by its digest, and searches the patterns in it.

use serde_json::Value;

use crate::canonical;
use crate::{Error, Result};

/// A canonical document and its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub digest: String,
    pub document: String,
}

impl Snapshot {
    /// Brings a document to its canonical form.
    pub fn of(document: &Value) -> Self {
        let document = canonical::text(document);
        Self {
            digest: canonical::digest(&document),
            document,
        }
    }

    /// The document for readers.
    pub fn value(&self) -> Result<Value> {
        serde_json::from_str(&self.document)
            .map_err(|error| Error::Store(format!("a snapshot cannot be read: {error}")))
    }

    /// Whether it has parts that are to be asked again.
    pub(super) fn is_unfinished(&self) -> Result<bool> {
        let document = self.value()?;
        let mut parts = document["parts"].as_array().into_iter().flatten();
        Ok(parts.any(|part| part["status"] == "pending"))
    }

    /// The templates of its patterns, for the search.
    pub(super) fn words(&self) -> Result<String> {
        let document = self.value()?;
        let groups = document["parts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|part| part["answer"]["log_groups"].as_array())
            .flatten();
        let patterns: Vec<_> = groups.filter_map(|group| group["pattern"].as_str()).collect();
        Ok(patterns.join("\n"))
    }
}
