//! What a caller may ask: `GET /api/v1/differences`.

use jiff::Timestamp;
use kulprit_request::{Baseline, Window};

use crate::sources::{Kind, Needs};
use crate::{Error, Result};

/// What is set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Of {
    /// The lines of the window, from those of its baseline.
    Lines,
    /// The requests that failed, from the others of the window.
    Requests,
}

/// A valid request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    pub of: Of,
    pub current: Window,
    pub baseline: Baseline,
    /// None means all.
    pub services: Vec<String>,
    /// Only the lines of this pattern.
    pub pattern_id: Option<u64>,
    pub limit: u32,
}

impl Asked {
    pub fn new(asked: &kulprit_request::Asked, now: Timestamp) -> Result<Self> {
        let current = asked.recent_window(now)?;
        let of = asked.choice("of", &[("lines", Of::Lines), ("requests", Of::Requests)])?;
        let pattern_id = asked.optional_text("pattern_id")?;
        if of == Of::Requests {
            for (name, is_given) in [
                ("pattern_id", pattern_id.is_some()),
                ("baseline", asked.optional_text("baseline")?.is_some()),
            ] {
                if is_given {
                    return Err(asked.refused(
                        name,
                        "is for of=lines: requests that failed are held against the others of the same window",
                    ));
                }
            }
        }
        Ok(Self {
            of,
            current,
            baseline: asked.baseline(current, now)?,
            services: asked.services()?,
            pattern_id: pattern_id.map(|text| pattern(&text)).transpose()?,
            limit: asked.number("limit", 10, 1..=100)?,
        })
    }
}

impl Asked {
    /// What it reads of sources that are read in place.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs {
            services: self.services.clone(),
            ..Needs::default()
        };
        match self.of {
            Of::Lines => {
                needs.lines = [self.current]
                    .into_iter()
                    .chain(self.baseline.windows().copied())
                    .collect()
            }
            Of::Requests => needs.spans = vec![self.current],
        }
        needs
    }

    /// What it cannot do without.
    pub fn kind(&self) -> Kind {
        match self.of {
            Of::Lines => Kind::LogLines,
            Of::Requests => Kind::Spans,
        }
    }
}

fn pattern(text: &str) -> Result<u64> {
    text.trim()
        .parse()
        .map_err(|_| Error::field("pattern_id", "is no id: give one that /query_logs answers"))
}
