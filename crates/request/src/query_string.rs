//! The query string of an address as named values, each checked by itself so that an error can say which one is wrong.

use jiff::{SignedDuration, Timestamp};

use super::time;
use super::window::{self, Window};
use crate::fields::{LONGEST_TEXT, MOST_SERVICES};
use crate::{Error, Result};

/// The `name=value` pairs in the order in which they were sent. Names that are not known are passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryString(Vec<(String, String)>);

impl QueryString {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// A value that may be left out or blank.
    pub fn text(&self, name: &str) -> Result<Option<&str>> {
        let mut found = self.all(name);
        let first = found.next();
        if found.next().is_some() {
            return Err(Error::field(name, "is given twice: give it once"));
        }
        let text = first.filter(|text| !text.is_empty());
        if text.is_some_and(|text| text.chars().count() > LONGEST_TEXT) {
            return Err(Error::field(
                name,
                format!("is too long: give at most {LONGEST_TEXT} characters"),
            ));
        }
        Ok(text)
    }

    /// A whole number in `range`, or `default`.
    pub fn number(&self, name: &str, default: u32, range: std::ops::RangeInclusive<u32>) -> Result<u32> {
        let Some(text) = self.text(name)? else {
            return Ok(default);
        };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            let (least, most) = range.into_inner();
            Error::field(name, format!("must be a whole number from {least} to {most}"))
        })
    }

    /// One of `choices`, the first when it is left out.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<T> {
        let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let text = self.text(name)?;
        let chosen = match text {
            None => choices.first(),
            Some(text) => choices.iter().find(|(word, _)| *word == text),
        };
        chosen
            .map(|(_, choice)| *choice)
            .ok_or_else(|| Error::field(name, format!("must be one of {}", words())))
    }

    /// `service`, which may be repeated or hold names between commas: in alphabetical order without repeats.
    pub fn services(&self) -> Result<Vec<String>> {
        let names = self.all("service").chain(self.all("services"));
        let mut services: Vec<String> = names
            .flat_map(|text| text.split(','))
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        services.sort();
        services.dedup();
        if services.len() > MOST_SERVICES || services.iter().any(|name| name.chars().count() > LONGEST_TEXT) {
            return Err(Error::field(
                "service",
                format!("give at most {MOST_SERVICES} names of at most {LONGEST_TEXT} characters"),
            ));
        }
        Ok(services)
    }

    /// `from` to `to`; left out, the hour before now. Times relative to now are whole minutes, as the rollups have them.
    pub fn window(&self, now: Timestamp) -> Result<Window> {
        let to = self.time("to", "now", now)?;
        let from = match self.text("from")? {
            None => to - SignedDuration::from_hours(1),
            Some(_) => self.time("from", "now-1h", now)?,
        };
        Window::new(from, to, ("from", "to"))
    }

    /// `baseline`: previous, day, week, or FROM..TO.
    pub fn baseline(&self, current: Window, now: Timestamp) -> Result<Window> {
        window::baseline(self.text("baseline")?.unwrap_or("previous"), current, now)
    }

    /// An instant, or `default`.
    pub fn time(&self, name: &str, default: &str, now: Timestamp) -> Result<Timestamp> {
        let text = self.text(name)?.unwrap_or(default).trim();
        let time = time::parse(name, text, now)?;
        if text.starts_with("now") {
            return Ok(time::whole_minute(time));
        }
        Ok(time)
    }

    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let name = name.to_owned();
        let pairs = self.0.iter();
        pairs
            .filter(move |(key, _)| *key == name)
            .map(|(_, value)| value.trim())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> QueryString {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        QueryString::new(pairs.iter().map(owned).collect())
    }

    #[test]
    fn the_hour_before_now_is_asked_about_in_whole_minutes() {
        let now: Timestamp = "2026-01-31T10:20:42Z".parse().unwrap();
        let window = asked(&[]).window(now).unwrap();
        assert_eq!(window.to, "2026-01-31T10:20:00Z".parse().unwrap());
        assert_eq!(window.from, "2026-01-31T09:20:00Z".parse().unwrap());
        let exact = asked(&[("from", "2026-01-31T10:00:01Z"), ("to", "2026-01-31T10:00:02Z")]);
        assert_eq!(exact.window(now).unwrap().from, "2026-01-31T10:00:01Z".parse().unwrap());
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_name() {
        let now = "2026-01-31T10:20:42Z".parse().unwrap();
        let named = |error: Error| error.to_string().split(':').next().unwrap_or_default().to_owned();
        let twice = asked(&[("limit", "1"), ("limit", "2")]);
        assert_eq!(named(twice.number("limit", 1, 1..=9).unwrap_err()), "limit");
        let large = asked(&[("limit", "10")]);
        assert_eq!(named(large.number("limit", 1, 1..=9).unwrap_err()), "limit");
        let backwards = asked(&[("from", "now"), ("to", "now-1h")]);
        assert_eq!(named(backwards.window(now).unwrap_err()), "to");
        let word = asked(&[("source", "x")]);
        assert_eq!(named(word.choice("source", &[("auto", 1)]).unwrap_err()), "source");
    }

    #[test]
    fn services_may_be_repeated_or_listed() {
        let all = asked(&[("service", "b, a"), ("service", "c"), ("services", "a,,")]);
        assert_eq!(all.services().unwrap(), ["a", "b", "c"]);
    }
}
