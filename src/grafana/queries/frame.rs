//! A data frame as Grafana reads it: an Arrow file whose schema carries the frame's kind, its units and its labels.
//!
//! Kinds and their fields follow Grafana's data plane: <https://grafana.com/developers/dataplane/>.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field as ArrowField, Schema, TimeUnit};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Letters of a text in a cell: a frame is for a table on a screen.
const LONGEST: usize = 2_000;

/// What a frame is, as the data plane calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Table,
    /// One field of times, in their order, and fields of numbers that labels tell apart.
    Series,
}

/// A frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub name: &'static str,
    pub kind: Kind,
    pub fields: Vec<Field>,
    /// What the reader should know, shown in the panel's corner.
    pub notices: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    name: &'static str,
    labels: BTreeMap<&'static str, String>,
    unit: &'static str,
    values: Values,
}

#[derive(Debug, Clone, PartialEq)]
enum Values {
    Text(Vec<String>),
    Number(Vec<Option<f64>>),
    Time(Vec<Option<Timestamp>>),
}

impl Field {
    pub fn text(name: &'static str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let values = values.into_iter().map(|value| cut(value.into()));
        Self::of(name, "", Values::Text(values.collect()))
    }

    /// Numbers in one of Grafana's units; none for plain ones.
    pub fn number(
        name: &'static str,
        unit: &'static str,
        values: impl IntoIterator<Item = impl Into<Option<f64>>>,
    ) -> Self {
        // A value that is no number is none: JSON, in which Grafana hands frames on, has no other.
        let values = values
            .into_iter()
            .map(|value| value.into().filter(|number| number.is_finite()));
        Self::of(name, unit, Values::Number(values.collect()))
    }

    pub fn time(name: &'static str, values: impl IntoIterator<Item = impl Into<Option<Timestamp>>>) -> Self {
        Self::of(name, "", Values::Time(values.into_iter().map(Into::into).collect()))
    }

    fn of(name: &'static str, unit: &'static str, values: Values) -> Self {
        Self {
            name,
            labels: BTreeMap::new(),
            unit,
            values,
        }
    }

    /// The same, told apart from others of its name.
    pub fn labelled(mut self, labels: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.labels
            .extend(labels.into_iter().map(|(name, value)| (name, cut(value))));
        self
    }

    fn schema(&self) -> ArrowField {
        let (kind, shown) = match self.values {
            Values::Text(_) => (DataType::Utf8, "string"),
            Values::Number(_) => (DataType::Float64, "number"),
            Values::Time(_) => (DataType::Timestamp(TimeUnit::Nanosecond, None), "time"),
        };
        let mut metadata = HashMap::from([("tstype".to_owned(), shown.to_owned())]);
        if !self.labels.is_empty() {
            metadata.insert("labels".to_owned(), json!(self.labels).to_string());
        }
        if !self.unit.is_empty() {
            metadata.insert("config".to_owned(), json!({ "unit": self.unit }).to_string());
        }
        ArrowField::new(self.name, kind, !matches!(self.values, Values::Text(_))).with_metadata(metadata)
    }

    fn array(&self) -> ArrayRef {
        match &self.values {
            Values::Text(values) => Arc::new(StringArray::from_iter_values(values)),
            Values::Number(values) => Arc::new(Float64Array::from_iter(values.iter().copied())),
            Values::Time(values) => {
                let nanoseconds = |time: Timestamp| i64::try_from(time.as_nanosecond()).ok();
                let values = values.iter().map(|time| time.and_then(nanoseconds));
                Arc::new(TimestampNanosecondArray::from_iter(values))
            }
        }
    }
}

impl Frame {
    /// A table.
    pub fn table(name: &'static str, fields: Vec<Field>) -> Self {
        Self {
            name,
            kind: Kind::Table,
            fields,
            notices: vec![],
        }
    }

    /// What is known at one moment, as a series of one point: rules are made of these.
    pub fn moment(name: &'static str, at: Timestamp, numbers: Vec<Field>) -> Self {
        Self::series(name, &[at], numbers)
    }

    /// Numbers at the same times. Without numbers it has no fields at all, which is how the data plane says that there is nothing.
    pub fn series(name: &'static str, times: &[Timestamp], numbers: Vec<Field>) -> Self {
        let mut fields = Vec::new();
        if !numbers.is_empty() {
            fields.push(Field::time("time", times.iter().copied()));
            fields.extend(numbers);
        }
        Self {
            kind: Kind::Series,
            ..Self::table(name, fields)
        }
    }

    /// The same with one of its measures alone: what an alert rule compares must be one kind of number.
    pub fn with_measure(mut self, measure: &str) -> Self {
        let is_one = |field: &Field| field.name == measure;
        match self.fields.iter().any(is_one) {
            true => self
                .fields
                .retain(|field| is_one(field) || matches!(field.values, Values::Time(_))),
            false => self.fields.clear(),
        }
        self
    }

    /// The same with what an answer warns of.
    pub fn noting(mut self, warnings: Vec<String>) -> Self {
        self.notices.extend(warnings);
        self
    }

    /// The bytes for Grafana. Errors: columns of different lengths, which is a mistake of ours.
    pub fn arrow(&self, ref_id: &str) -> Result<Vec<u8>, ArrowError> {
        let metadata = HashMap::from([
            ("name".to_owned(), self.name.to_owned()),
            ("refId".to_owned(), ref_id.to_owned()),
            ("meta".to_owned(), self.meta().to_string()),
        ]);
        let fields: Vec<ArrowField> = self.fields.iter().map(Field::schema).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, metadata));
        let mut writer = FileWriter::try_new(Vec::new(), &schema)?;
        if !self.fields.is_empty() {
            let columns = self.fields.iter().map(Field::array).collect();
            writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
        }
        writer.into_inner()
    }

    fn meta(&self) -> Value {
        let (kind, shown) = match self.kind {
            Kind::Table => ("table", "table"),
            Kind::Series => ("timeseries-wide", "graph"),
        };
        let notices: Vec<Value> = self
            .notices
            .iter()
            .map(|text| json!({ "severity": "warning", "text": text }))
            .collect();
        let mut meta = Map::from_iter([
            ("type".to_owned(), json!(kind)),
            ("typeVersion".to_owned(), json!([0, 1])),
            ("preferredVisualisationType".to_owned(), json!(shown)),
        ]);
        if !notices.is_empty() {
            meta.insert("notices".to_owned(), Value::Array(notices));
        }
        Value::Object(meta)
    }
}

fn cut(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::{Float64Type, TimestampNanosecondType};
    use arrow_ipc::reader::FileReader;

    use super::*;

    fn read(frame: &Frame) -> (Schema, RecordBatch) {
        let bytes = frame.arrow("A").unwrap();
        let mut reader = FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
        let batch = reader.next().unwrap().unwrap();
        (reader.schema().as_ref().clone(), batch)
    }

    #[test]
    fn a_frame_says_what_it_is_and_keeps_its_values() {
        let at: Timestamp = "2026-01-31T10:00:00.5Z".parse().unwrap();
        let frame = Frame::series(
            "services",
            &[at],
            vec![
                Field::number("error_ratio", "percentunit", [Some(0.25)]).labelled([("service", "cart".to_owned())]),
                Field::number("error_ratio", "percentunit", [Some(f64::NAN)]).labelled([("service", "pay".to_owned())]),
            ],
        )
        .noting(vec!["no metrics".to_owned()]);
        let (schema, batch) = read(&frame);
        assert_eq!(schema.metadata["name"], "services");
        assert_eq!(schema.metadata["refId"], "A");
        let meta: Value = serde_json::from_str(&schema.metadata["meta"]).unwrap();
        assert_eq!(
            (&meta["type"], &meta["typeVersion"], &meta["notices"][0]["text"]),
            (&json!("timeseries-wide"), &json!([0, 1]), &json!("no metrics"))
        );
        let ratio = schema.field(1);
        assert_eq!(ratio.metadata()["labels"], r#"{"service":"cart"}"#);
        assert_eq!(ratio.metadata()["config"], r#"{"unit":"percentunit"}"#);
        assert_eq!(
            batch.column(0).as_primitive::<TimestampNanosecondType>().value(0),
            1_769_853_600_500_000_000
        );
        assert_eq!(batch.column(1).as_primitive::<Float64Type>().value(0), 0.25);
        assert!(arrow_array::Array::is_null(batch.column(2), 0), "no number is no value");
    }

    #[test]
    fn one_measure_can_be_asked_for_and_nothing_is_a_frame_without_fields() {
        let both = vec![
            Field::number("score", "", [1.0]),
            Field::number("confidence", "percent", [90.0]),
        ];
        let whole = Frame::moment("suspects", Timestamp::UNIX_EPOCH, both);
        let names = |frame: Frame| frame.fields.iter().map(|field| field.name).collect::<Vec<_>>();
        assert_eq!(names(whole.clone().with_measure("confidence")), ["time", "confidence"]);
        let nothing = whole.with_measure("x");
        let bytes = nothing.arrow("A").unwrap();
        let mut reader = FileReader::try_new(std::io::Cursor::new(bytes), None).unwrap();
        assert!(reader.next().is_none() && reader.schema().metadata["meta"].contains("timeseries-wide"));
        assert_eq!(nothing, Frame::moment("suspects", Timestamp::UNIX_EPOCH, vec![]));
    }

    #[test]
    fn a_table_without_rows_is_a_table_and_a_long_text_is_cut() {
        let (schema, batch) = read(&Frame::table(
            "changes",
            vec![Field::text("pattern", Vec::<String>::new())],
        ));
        assert!(schema.metadata["meta"].contains(r#""type":"table""#));
        assert_eq!(batch.num_rows(), 0);
        let (_, batch) = read(&Frame::table(
            "changes",
            vec![Field::text("pattern", ["é".repeat(5_000)])],
        ));
        assert_eq!(batch.column(0).as_string::<i32>().value(0).chars().count(), LONGEST + 1);
    }
}
