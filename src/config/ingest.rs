//! `[ingest]`: how `kulprit ingest` and `kulprit patterns FILE` read files, where their flags do not say.

use std::collections::BTreeMap;

use kulprit_ingest::FieldNames;
use serde::Deserialize;
use serde::de::Error as _;

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ingest {
    /// Names of the fields of JSON and CSV records that are not the usual ones.
    #[serde(deserialize_with = "field_names")]
    pub field: FieldNames,
}

/// Reads `{ time = "when", message = "text" }`.
fn field_names<'de, D: serde::Deserializer<'de>>(from: D) -> Result<FieldNames, D::Error> {
    let fields = BTreeMap::<String, String>::deserialize(from)?;
    let mut names = FieldNames::default();
    for (what, field) in &fields {
        names.set(what, field).map_err(D::Error::custom)?;
    }
    Ok(names)
}
