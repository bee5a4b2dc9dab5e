//! Merges the distinct shapes of logs, with their counts, into patterns.
//!
//! A [shape](crate::shape) is a function of one message and masks only what surely varies. Which words vary too, only a
//! comparison of shapes can show: `login of alice` and `login of bob` are one pattern, `link up` and `link down` are
//! two. [`Catalog::build`] merges a set of shapes deterministically; there is one set of rules for all logs.
//!
//! **The id of a pattern** is a hash of the plain words of its template, which stay the same while more shapes join. When
//! an id does change, or a pattern merges into another, [`Catalog::resolve`] still finds the pattern by the old id.
//!
//! **Canonical** is the catalog that `build` makes of a set of shapes: the same in any order, on any machine. While a
//! catalog is small, [`Catalog::extend`] builds it anew and keeps it canonical. A large one is built anew whenever it
//! has grown by an eighth; in between, each new shape is attached to a pattern, and the others stay as they are.

mod absorb;
mod align;
mod attach;
mod build;
mod columns;
mod contexts;
mod crowds;
mod display;
mod forest;
mod frames;
mod glob;
mod groups;
mod ids;
mod keyed;
mod lines;
mod merge;
mod methods;
mod objects;
mod options;
mod slot_rules;
mod slots;
mod spoken;
mod stems;
mod tokens;
mod words;

use crate::shape::{Mask, text_id};
use attach::{Attached, Attacher};
pub use glob::Glob;
pub use lines::{GroupedLines, Grouper, group_lines};
pub use options::{CatalogOptions, DEFAULT_MAX_SHAPES, NamedPattern};
use std::collections::{HashMap, HashSet};

/// A catalog of at most so many shapes is built anew at every extension, which takes well under a second.
const SMALL: usize = 20_000;
/// A larger catalog is built anew when it has grown by one part in so many.
const GROWTH: usize = 8;
/// The text, and by its [`text_id`] the id, of the pattern for shapes beyond the cap.
const OVERFLOW: &str = "<more>";

/// One distinct shape and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub id: u64,
    pub text: Box<[u8]>,
    pub count: u64,
}

/// A group of shapes that say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pub id: u64,
    /// What people read: the words that all its shapes share, with typed placeholders.
    pub template: String,
    /// The name of a pattern made by hand.
    pub name: Option<String>,
    /// Left out of every ranking, but not of totals.
    pub ignored: bool,
    /// Messages.
    pub count: u64,
    /// Distinct shapes.
    pub shapes: u64,
}

impl Pattern {
    /// The template with `<*>` for every placeholder, the form in which log parsers are scored.
    pub fn untyped_template(&self) -> String {
        let mut untyped = String::with_capacity(self.template.len());
        let mut rest = self.template.as_str();
        while let Some(open) = rest.find('<') {
            let mask = Mask::at_start(&rest.as_bytes()[open..]);
            untyped.push_str(&rest[..open]);
            untyped.push_str(mask.map_or("<", |_| Mask::Any.text()));
            rest = &rest[open + mask.map_or(1, |mask| mask.text().len())..];
        }
        untyped.push_str(rest);
        untyped
    }
}

#[derive(Clone, Debug)]
struct Entry {
    id: u64,
    text: Box<[u8]>,
    count: u64,
    pattern: u32,
}

/// The shapes seen so far and the patterns that they make.
#[derive(Clone, Debug)]
pub struct Catalog {
    options: CatalogOptions,
    entries: Vec<Entry>,
    by_id: HashMap<u64, u32>,
    patterns: Vec<Pattern>,
    overflow: Pattern,
    attacher: Attacher,
    /// For each id that a pattern had before, a shape that belonged to it.
    former: HashMap<u64, u64>,
    /// How many shapes the last full build had.
    built: usize,
}

impl Default for Catalog {
    fn default() -> Self {
        Catalog::build([], CatalogOptions::default())
    }
}

impl Catalog {
    /// The canonical catalog of a set of shapes. Shapes with the same id are added up.
    pub fn build(shapes: impl IntoIterator<Item = Shape>, options: CatalogOptions) -> Self {
        let mut catalog = Catalog {
            overflow: Pattern {
                id: text_id(OVERFLOW.as_bytes()),
                template: OVERFLOW.to_owned(),
                name: None,
                ignored: false,
                count: 0,
                shapes: 0,
            },
            attacher: Attacher::new(
                words::Words::new(),
                forest::Forest::default(),
                HashMap::new(),
                Vec::new(),
                HashSet::new(),
            ),
            entries: Vec::new(),
            by_id: HashMap::new(),
            patterns: Vec::new(),
            former: HashMap::new(),
            built: 0,
            options,
        };
        for shape in shapes {
            catalog.insert(shape);
        }
        catalog.settle();
        catalog
    }

    /// Adds new shapes, and the counts of known ones. The cost is in proportion to what is added, on average: see the
    /// module.
    pub fn extend(&mut self, shapes: impl IntoIterator<Item = Shape>) {
        let known = self.entries.len();
        for shape in shapes {
            self.insert(shape);
        }
        if self.entries.len() <= SMALL || self.entries.len() - self.built > self.built / GROWTH {
            self.settle();
            return;
        }
        for index in known..self.entries.len() {
            self.attach(index);
        }
    }

    /// Makes the catalog canonical: the same that `build` would make of these shapes and counts.
    pub fn settle(&mut self) {
        let before: Vec<(u64, u64)> = self.members();
        self.drop_rarest();
        (self.patterns, self.attacher) = build::build(&mut self.entries, &self.options);
        self.built = self.entries.len();
        self.remember(before);
    }

    /// Records earlier ids of patterns, each with a shape that belonged to the pattern; where an id has several, the
    /// most frequent shape first.
    pub fn remember(&mut self, former: impl IntoIterator<Item = (u64, u64)>) {
        for (pattern, shape) in former {
            self.former.entry(pattern).or_insert(shape);
        }
        let present: HashSet<u64> = self.patterns.iter().map(|pattern| pattern.id).collect();
        self.former.retain(|pattern, _| !present.contains(pattern));
    }

    /// The pattern of the shape with this id.
    pub fn pattern_of(&self, shape: u64) -> Option<&Pattern> {
        let entry = &self.entries[*self.by_id.get(&shape)? as usize];
        self.patterns.get(entry.pattern as usize)
    }

    /// The pattern with this id, or the one that took over from a pattern with this id.
    pub fn resolve(&self, pattern: u64) -> Option<&Pattern> {
        let present = self.patterns.iter().find(|present| present.id == pattern);
        present.or_else(|| self.pattern_of(*self.former.get(&pattern)?))
    }

    /// Ids that patterns had before, each with the pattern that took over.
    pub fn aliases(&self) -> impl Iterator<Item = (u64, &Pattern)> {
        self.former
            .iter()
            .filter_map(|(former, shape)| Some((*former, self.pattern_of(*shape)?)))
    }

    /// Every pattern that has a shape, and those made by hand.
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Every shape's id with its pattern: the rows of the dictionary that queries group by.
    pub fn assignments(&self) -> impl Iterator<Item = (u64, &Pattern)> {
        self.entries
            .iter()
            .map(|entry| (entry.id, &self.patterns[entry.pattern as usize]))
    }

    /// The pattern of all shapes beyond the cap. A count above zero deserves a warning.
    pub fn overflow(&self) -> &Pattern {
        &self.overflow
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn add_overflow(&mut self, messages: u64) {
        self.overflow.count += messages;
    }

    /// Each pattern's id with its most frequent shape.
    fn members(&self) -> Vec<(u64, u64)> {
        let mut best: Vec<Option<&Entry>> = vec![None; self.patterns.len()];
        for entry in &self.entries {
            if let Some(best) = best.get_mut(entry.pattern as usize)
                && best.is_none_or(|best| (entry.count, best.id) > (best.count, entry.id))
            {
                *best = Some(entry);
            }
        }
        self.patterns
            .iter()
            .zip(best)
            .filter_map(|(pattern, best)| Some((pattern.id, best?.id)))
            .collect()
    }

    fn insert(&mut self, shape: Shape) {
        if let Some(index) = self.by_id.get(&shape.id) {
            let entry = &mut self.entries[*index as usize];
            entry.count = entry.count.saturating_add(shape.count);
            if let Some(pattern) = self.patterns.get_mut(entry.pattern as usize) {
                pattern.count = pattern.count.saturating_add(shape.count);
            }
            return;
        }
        self.by_id.insert(shape.id, self.entries.len() as u32);
        self.entries.push(Entry {
            id: shape.id,
            text: shape.text,
            count: shape.count,
            pattern: u32::MAX,
        });
    }

    fn attach(&mut self, index: usize) {
        let next = self.patterns.len() as u32;
        let count = self.entries[index].count;
        let text = &self.entries[index].text;
        let attached = build::hand_made(text, &self.options)
            .map_or_else(|| self.attacher.attach(text, &self.options, next), Attached::To);
        let number = match attached {
            Attached::To(number) => number,
            Attached::New(id) => {
                let template = String::from_utf8_lossy(text).into_owned();
                self.patterns.push(Pattern {
                    id,
                    ignored: self.options.ignore.iter().any(|rule| rule.matches(template.as_bytes())),
                    template,
                    name: None,
                    count: 0,
                    shapes: 0,
                });
                next
            }
        };
        self.entries[index].pattern = number;
        let pattern = &mut self.patterns[number as usize];
        pattern.count = pattern.count.saturating_add(count);
        pattern.shapes += 1;
    }

    /// Moves the rarest shapes beyond the cap to the overflow pattern.
    fn drop_rarest(&mut self) {
        if self.entries.len() <= self.options.max_shapes {
            return;
        }
        self.entries
            .sort_unstable_by(|left, right| (right.count, left.id).cmp(&(left.count, right.id)));
        for entry in self.entries.drain(self.options.max_shapes..) {
            self.overflow.count = self.overflow.count.saturating_add(entry.count);
            self.overflow.shapes += 1;
        }
        self.by_id = self
            .entries
            .iter()
            .zip(0..)
            .map(|(entry, index)| (entry.id, index))
            .collect();
    }
}
