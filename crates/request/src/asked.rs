//! What a caller asks, as named values: a JSON body, a query string and flags differ only in how they are written.
//!
//! Each value is checked by itself, so that an error names the one that is wrong, as its caller wrote it (`from`, or `--from`). A name
//! that is not known is refused ([`Asked::only`]): a value that is passed over would be a question that is not asked.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::window::{self, Window};
use crate::{Baseline, Error, Known, Result, time};

/// The longest text that a value may hold, in characters.
pub const LONGEST_TEXT: usize = 1_000;
/// The most services that a request may name.
pub const MOST_SERVICES: usize = 100;

/// How the values were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// JSON, whose types count.
    Body,
    /// `name=value`: all values are text, and a blank one is as good as none.
    Query,
    /// `--name value`, likewise.
    Flags,
}

/// Named values in the order in which they were sent, repeats included.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    form: Form,
    values: Vec<(String, Value)>,
}

impl Asked {
    /// Reads a JSON object. A byte order mark before it is passed over, as RFC 8259 allows.
    pub fn body(body: &[u8]) -> Result<Self> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::Unreadable("the body is empty: send a JSON object".to_owned()));
        }
        let entries: Entries = serde_json::from_slice(body).map_err(|error| {
            Error::Unreadable(if error.is_data() {
                format!("the body must be a JSON object: {error}")
            } else {
                format!("the body is not JSON: {error}")
            })
        })?;
        Ok(Self {
            form: Form::Body,
            values: entries.0,
        })
    }

    /// The `name=value` pairs of a query string, decoded.
    pub fn query(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::of_texts(Form::Query, pairs)
    }

    /// The flags of a command: `from` stands for `--from`.
    pub fn flags<'a>(pairs: impl IntoIterator<Item = (&'static str, &'a str)>) -> Self {
        let owned = pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::of_texts(Form::Flags, owned)
    }

    fn of_texts(form: Form, pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            form,
            values: pairs
                .into_iter()
                .map(|(name, value)| (name, Value::String(value)))
                .collect(),
        }
    }

    /// Errors for a name that is not `known`.
    pub fn only(&self, known: &[Known]) -> Result<()> {
        let is_known = |name: &str| known.iter().any(|known| known.name == name);
        match self.values.iter().find(|(name, _)| !is_known(name)) {
            None => Ok(()),
            Some((name, _)) if known.is_empty() => {
                Err(self.refused(&shown(name), "is not known here: nothing is asked for"))
            }
            Some((name, _)) => Err(self.refused(
                &shown(name),
                format!("is not known here: give {}", names(known).join(", ")),
            )),
        }
    }

    /// A value that must be there, as text that is not blank.
    pub fn text(&self, name: &str) -> Result<String> {
        self.optional_text(name)?.ok_or_else(|| match self.form {
            Form::Body if matches!(self.get(name), Ok(Some(Value::Null))) => {
                self.refused(name, "must be a string, not null")
            }
            _ => self.refused(name, "is missing: give a string"),
        })
    }

    /// A value that may be left out or null, as text that is not blank.
    pub fn optional_text(&self, name: &str) -> Result<Option<String>> {
        self.given(name)?.map(|value| self.not_blank(name, value)).transpose()
    }

    /// A value that may be left out, null or empty, as text.
    pub fn text_or_empty(&self, name: &str) -> Result<String> {
        let text = self.given(name)?.map(|value| self.as_text(name, value)).transpose()?;
        Ok(text.unwrap_or_default())
    }

    /// A value that may be left out or null, as text of up to `most` characters, blank or not.
    pub fn optional_long_text(&self, name: &str, most: usize) -> Result<Option<String>> {
        match self.given(name)? {
            None => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= most => Ok(Some(text.clone())),
            Some(Value::String(_)) => Err(self.refused(name, format!("is longer than {most} characters"))),
            Some(other) => Err(self.refused(name, format!("must be a string, not {}", kind(other)))),
        }
    }

    /// A value that may be left out or null, as a list of at most `most` texts, in the order in which they were sent.
    pub fn optional_texts(&self, name: &str, most: usize) -> Result<Option<Vec<String>>> {
        let Some(items) = self.items(name, most)? else {
            return Ok(None);
        };
        let texts = items
            .iter()
            .enumerate()
            .map(|(at, item)| self.as_text(&format!("{name}[{at}]"), item));
        texts.collect::<Result<_>>().map(Some)
    }

    /// A value that may be left out or null, as a whole number in `range`.
    pub fn optional_number(&self, name: &str, range: std::ops::RangeInclusive<u32>) -> Result<Option<u32>> {
        let Some(value) = self.given(name)? else {
            return Ok(None);
        };
        let bounds = format!("from {} to {}", range.start(), range.end());
        let number = match (self.form, value) {
            (Form::Body, Value::Number(number)) => number.as_u64(),
            (Form::Body, other) => {
                return Err(self.refused(name, format!("must be a whole number {bounds}, not {}", kind(other))));
            }
            (_, Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| range.contains(number))
            .map(Some)
            .ok_or_else(|| self.refused(name, format!("must be a whole number {bounds}, not {value}")))
    }

    /// A whole number in `range`, or `default`.
    pub fn number(&self, name: &str, default: u32, range: std::ops::RangeInclusive<u32>) -> Result<u32> {
        Ok(self.optional_number(name, range)?.unwrap_or(default))
    }

    /// True or false; false when it is left out.
    pub fn flag(&self, name: &str) -> Result<bool> {
        let word = match (self.form, self.given(name)?) {
            (_, None) => return Ok(false),
            (Form::Body, Some(Value::Bool(flag))) => return Ok(*flag),
            (Form::Body, Some(other)) => {
                return Err(self.refused(name, format!("must be true or false, not {}", kind(other))));
            }
            (_, Some(word)) => word.as_str().map(str::trim),
        };
        match word {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(self.refused(name, "must be true or false")),
        }
    }

    /// One of `choices`, the first when it is left out.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<T> {
        let text = self.optional_text(name)?;
        let chosen = match text.as_deref().map(str::trim) {
            None => choices.first(),
            Some(text) => choices.iter().find(|(word, _)| *word == text),
        };
        chosen.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.refused(name, format!("must be one of {}", words.join(", ")))
        })
    }

    /// The services that are named, in alphabetical order without repeats: the list `services` of a body; elsewhere `service` or
    /// `services`, which may be repeated or hold names between commas (flags: one name each).
    pub fn services(&self) -> Result<Vec<String>> {
        let mut services = match self.form {
            Form::Body => self.services_of_body()?,
            Form::Query => self.services_of_texts(|text| text.split(',').map(str::trim).collect())?,
            Form::Flags => self.services_of_texts(|text| vec![text])?,
        };
        services.sort();
        services.dedup();
        Ok(services)
    }

    fn services_of_body(&self) -> Result<Vec<String>> {
        const NAME: &str = "services";
        let items = self.items(NAME, MOST_SERVICES)?.unwrap_or_default();
        let named = items.iter().enumerate();
        named
            .map(|(at, item)| self.not_blank(&format!("{NAME}[{at}]"), item))
            .collect()
    }

    fn services_of_texts(&self, split: fn(&str) -> Vec<&str>) -> Result<Vec<String>> {
        const NAME: &str = "service";
        let is_list = |name: &str| name == NAME || name == "services";
        let texts = self.values.iter().filter(|(name, _)| is_list(name));
        let mut services = Vec::new();
        for text in texts.filter_map(|(_, value)| value.as_str()) {
            if self.form == Form::Flags && text.trim().is_empty() {
                return Err(self.refused(NAME, "is empty: give a service's name, or leave it out"));
            }
            services.extend(
                split(text)
                    .into_iter()
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned),
            );
        }
        if services.len() > MOST_SERVICES || services.iter().any(|name| name.chars().count() > LONGEST_TEXT) {
            return Err(self.refused(
                NAME,
                format!("give at most {MOST_SERVICES} names of at most {LONGEST_TEXT} characters"),
            ));
        }
        Ok(services)
    }

    /// A value that may be left out or null, as pairs of text, at most `most` of them.
    pub fn pairs(&self, name: &str, most: usize) -> Result<Vec<(String, String)>> {
        let entries = match self.given(name)? {
            None => return Ok(vec![]),
            Some(Value::Object(entries)) => entries,
            Some(other) => {
                return Err(self.refused(name, format!("must be an object of strings, not {}", kind(other))));
            }
        };
        self.at_most(name, entries.len(), most)?;
        entries
            .iter()
            .map(|(key, value)| {
                let named = format!("{name}.{}", shown(key));
                self.within_length(&named, key)?;
                Ok((key.clone(), self.as_text(&named, value)?))
            })
            .collect()
    }

    /// An instant that must be there.
    pub fn time(&self, name: &str, now: Timestamp) -> Result<Timestamp> {
        let text = self.text(name)?;
        time::parse(&self.named(name), &text, now)
    }

    /// An instant, or `default`.
    pub fn time_or(&self, name: &str, default: &str, now: Timestamp) -> Result<Timestamp> {
        let text = self.optional_text(name)?;
        time::parse(&self.named(name), text.as_deref().unwrap_or(default).trim(), now)
    }

    /// The window between two instants that must be there.
    pub fn window(&self, from: &str, to: &str, now: Timestamp) -> Result<Window> {
        let ends = (self.time(from, now)?, self.time(to, now)?);
        Window::new(ends.0, ends.1, (&self.named(from), &self.named(to)))
    }

    /// `from` to `to`; left out, the hour before now.
    pub fn recent_window(&self, now: Timestamp) -> Result<Window> {
        let to = self.time_or("to", "now", now)?;
        let from = match self.optional_text("from")? {
            None => to - SignedDuration::from_hours(1),
            Some(_) => self.time_or("from", "now-1h", now)?,
        };
        Window::new(from, to, (&self.named("from"), &self.named("to")))
    }

    /// `baseline`: previous (unless another is given), day, week, FROM..TO, or a median of several.
    pub fn baseline(&self, current: Window, now: Timestamp) -> Result<Baseline> {
        let text = self.optional_text("baseline")?;
        let baseline = Baseline::parse(text.as_deref().unwrap_or("previous"), current, now);
        baseline.map_err(|error| self.renamed("baseline", error))
    }

    /// `baseline` as one window: previous (unless another is given), day, week, or FROM..TO.
    pub fn baseline_window(&self, current: Window, now: Timestamp) -> Result<Window> {
        let text = self.optional_text("baseline")?;
        let baseline = window::baseline(text.as_deref().unwrap_or("previous"), current, now);
        baseline.map_err(|error| self.renamed("baseline", error))
    }

    /// A 400 that names the value as its caller wrote it.
    pub fn refused(&self, name: &str, message: impl Into<String>) -> Error {
        Error::field(self.named(name), message)
    }

    /// The name as its caller wrote it.
    fn named(&self, name: &str) -> String {
        match self.form {
            Form::Flags => format!("--{name}"),
            Form::Body | Form::Query => name.to_owned(),
        }
    }

    fn renamed(&self, name: &str, error: Error) -> Error {
        match error {
            Error::BadRequest { field, message } if field == name => self.refused(name, message),
            other => other,
        }
    }

    /// The value, unless it is null or, outside a body, blank.
    fn given(&self, name: &str) -> Result<Option<&Value>> {
        let is_nothing = |value: &Value| match (self.form, value) {
            (_, Value::Null) => true,
            (Form::Query | Form::Flags, Value::String(text)) => text.trim().is_empty(),
            _ => false,
        };
        Ok(self.get(name)?.filter(|value| !is_nothing(value)))
    }

    /// Which of two values is meant, nobody can tell: a name that is given twice is refused.
    fn get(&self, name: &str) -> Result<Option<&Value>> {
        let mut found = self.values.iter().filter(|(known, _)| known == name);
        let first = found.next();
        if found.next().is_some() {
            return Err(self.refused(name, "is given twice: give it once"));
        }
        Ok(first.map(|(_, value)| value))
    }

    fn items(&self, name: &str, most: usize) -> Result<Option<&[Value]>> {
        let items = match self.given(name)? {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(other) => {
                return Err(self.refused(name, format!("must be an array of strings, not {}", kind(other))));
            }
        };
        self.at_most(name, items.len(), most)?;
        Ok(Some(items))
    }

    fn at_most(&self, name: &str, count: usize, most: usize) -> Result<()> {
        if count > most {
            return Err(self.refused(name, format!("has {count} entries: give at most {most}")));
        }
        Ok(())
    }

    fn not_blank(&self, name: &str, value: &Value) -> Result<String> {
        let text = self.as_text(name, value)?;
        if text.trim().is_empty() {
            return Err(self.refused(name, "is empty: give a string that is not blank"));
        }
        Ok(text)
    }

    fn as_text(&self, name: &str, value: &Value) -> Result<String> {
        let Value::String(text) = value else {
            return Err(self.refused(name, format!("must be a string, not {}", kind(value))));
        };
        self.within_length(name, text)?;
        Ok(text.clone())
    }

    fn within_length(&self, name: &str, text: &str) -> Result<()> {
        let length = text.chars().count();
        if length > LONGEST_TEXT {
            let message = format!("is {length} characters long: give at most {LONGEST_TEXT}");
            return Err(self.refused(name, message));
        }
        Ok(())
    }
}

fn names(known: &[Known]) -> Vec<&str> {
    known.iter().map(|known| known.name).collect()
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The entries of a JSON object, which `serde_json`'s own map would rid of repeats.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FROM: Known = Known::text("from", "");

    fn query(pairs: &[(&str, &str)]) -> Asked {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Asked::query(pairs.iter().map(owned))
    }

    #[test]
    fn a_window_relative_to_now_is_the_one_that_was_asked_for() {
        let now: Timestamp = "2026-01-31T10:20:42Z".parse().unwrap();
        let window = query(&[]).recent_window(now).unwrap();
        assert_eq!(window.to, now);
        assert_eq!(window.from, "2026-01-31T09:20:42Z".parse().unwrap());
        let last = query(&[("from", "now-1m")]).recent_window(now).unwrap();
        assert_eq!(last.from, "2026-01-31T10:19:42Z".parse().unwrap());
        let exact = query(&[("from", "2026-01-31T10:00:01Z"), ("to", "2026-01-31T10:00:02Z")]);
        let window = exact.recent_window(now).unwrap();
        assert_eq!(window.from, "2026-01-31T10:00:01Z".parse().unwrap());
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_name_as_it_was_written() {
        let now = "2026-01-31T10:20:42Z".parse().unwrap();
        let named = |error: Error| error.to_string().split(':').next().unwrap_or_default().to_owned();
        let twice = query(&[("limit", "1"), ("limit", "2")]);
        assert_eq!(named(twice.number("limit", 1, 1..=9).unwrap_err()), "limit");
        let large = query(&[("limit", "10")]);
        assert_eq!(named(large.number("limit", 1, 1..=9).unwrap_err()), "limit");
        let backwards = query(&[("from", "now"), ("to", "now-1h")]);
        assert_eq!(named(backwards.recent_window(now).unwrap_err()), "to");
        let word = query(&[("source", "x")]);
        assert_eq!(named(word.choice("source", &[("auto", 1)]).unwrap_err()), "source");
        let flags = Asked::flags([("from", "yesterday"), ("to", "now"), ("baseline", "month")]);
        assert_eq!(named(flags.window("from", "to", now).unwrap_err()), "--from");
        let window = query(&[]).recent_window(now).unwrap();
        assert_eq!(named(flags.baseline(window, now).unwrap_err()), "--baseline");
    }

    #[test]
    fn a_name_that_is_not_known_is_refused_in_every_form() {
        let body = Asked::body(br#"{"from": "now", "form": 1}"#).unwrap();
        for (asked, name) in [(body, "form"), (query(&[("from", "now"), ("form", "")]), "form")] {
            let message = asked.only(&[FROM, Known::text("to", "")]).unwrap_err().to_string();
            assert!(message.starts_with(name) && message.contains("from, to"), "{message}");
        }
        assert!(query(&[("from", "now")]).only(&[FROM]).is_ok());
        assert!(query(&[("from", "now")]).only(&[]).is_err());
    }

    #[test]
    fn services_may_be_repeated_or_listed() {
        let all = query(&[("service", "b, a"), ("service", "c"), ("services", "a,,")]);
        assert_eq!(all.services().unwrap(), ["a", "b", "c"]);
        let flags = Asked::flags([("service", "a, b"), ("service", "a")]);
        assert_eq!(flags.services().unwrap(), ["a", "a, b"]);
        assert!(Asked::flags([("service", " ")]).services().is_err());
        let body = Asked::body(br#"{"services": ["b", "a", "b"]}"#).unwrap();
        assert_eq!(body.services().unwrap(), ["a", "b"]);
    }

    #[test]
    fn numbers_are_numbers_in_json_and_text_elsewhere() {
        let body = |text: &str| Asked::body(text.as_bytes()).unwrap().optional_number("limit", 1..=9);
        assert_eq!(body(r#"{"limit": 7}"#).unwrap(), Some(7));
        assert_eq!(body(r#"{"limit": null}"#).unwrap(), None);
        assert!(body(r#"{"limit": "7"}"#).is_err());
        assert_eq!(
            query(&[("limit", "7")]).optional_number("limit", 1..=9).unwrap(),
            Some(7)
        );
        assert_eq!(query(&[("limit", " ")]).optional_number("limit", 1..=9).unwrap(), None);
    }
}
