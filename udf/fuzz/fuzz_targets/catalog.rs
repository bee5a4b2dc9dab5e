//! Any set of shapes makes a catalog, whose counts add up, the same whatever the batches.
#![no_main]

use kulprit_patterns::catalog::{Catalog, CatalogOptions, Shape};
use kulprit_patterns::shape::text_id;
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;

fuzz_target!(|lines: &[u8]| {
    let mut counts: BTreeMap<&[u8], u64> = BTreeMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        *counts.entry(line).or_default() += 1;
    }
    let shapes: Vec<Shape> = counts
        .iter()
        .map(|(text, count)| Shape {
            id: text_id(text),
            text: (*text).into(),
            count: *count,
        })
        .collect();
    let whole = Catalog::build(shapes.clone(), CatalogOptions::default());
    let total: u64 = whole.patterns().iter().map(|pattern| pattern.count).sum();
    assert_eq!(total, counts.values().sum::<u64>());
    let (one, other) = shapes.split_at(shapes.len() / 2);
    let mut batched = Catalog::build(other.to_vec(), CatalogOptions::default());
    batched.extend(one.to_vec());
    for shape in &shapes {
        let ids = [&whole, &batched].map(|catalog| catalog.pattern_of(shape.id).map(|pattern| pattern.id));
        assert_eq!(ids[0], ids[1]);
    }
});
