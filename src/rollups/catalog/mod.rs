//! The stored pattern catalog: reads new shapes, lets `kulprit_patterns::catalog` merge them, and stores what changed.

pub mod said;
pub mod statements;

use std::collections::HashMap;

use bytes::Bytes;
use jiff::Timestamp;
use kulprit_patterns::catalog::{Catalog, CatalogOptions, Shape};
use serde::Serialize;

use crate::Result;
use kulprit_clickhouse::{Client, Insert};
use statements::reloads;
use statements::{Assignment, FoundShape, StoredPattern, assignments, shapes, stored};

/// Keeps the catalog in memory, so that new shapes cost in proportion to their number.
pub struct CatalogKeeper {
    client: Client,
    options: CatalogOptions,
    loaded: Option<Loaded>,
}

struct Loaded {
    catalog: Catalog,
    /// What ClickHouse holds: each shape's pattern, and the patterns.
    assigned: HashMap<u64, u64>,
    stored: HashMap<u64, StoredPattern>,
}

impl CatalogKeeper {
    pub fn new(client: Client, options: CatalogOptions) -> Self {
        Self {
            client,
            options,
            loaded: None,
        }
    }

    /// Reads the catalog anew at the next refresh: shapes have been deleted.
    pub fn forget(&mut self) {
        self.loaded = None;
    }

    /// Assigns a pattern to every shape that has none. Returns how many shapes were new.
    pub async fn refresh(&mut self) -> Result<usize> {
        let new: Vec<FoundShape> = self.client.rows(&shapes(false)?).await?;
        if new.is_empty() {
            return Ok(0);
        }
        let count = new.len();
        let mut loaded = match self.loaded.take() {
            Some(mut loaded) => {
                loaded.catalog.extend(new.into_iter().map(shape));
                loaded
            }
            None => self.load().await?,
        };
        self.store(&mut loaded).await?;
        if loaded.catalog.overflow().count > 0 {
            tracing::warn!(
                "more than {} distinct shapes: the rarest share the pattern {}; add masks for what varies ([patterns] masks)",
                self.options.max_shapes,
                loaded.catalog.overflow().template
            );
        }
        self.loaded = Some(loaded);
        Ok(count)
    }

    /// Builds the canonical catalog of all shapes, which remembers the ids that patterns had before.
    async fn load(&self) -> Result<Loaded> {
        let all: Vec<FoundShape> = self.client.rows(&shapes(true)?).await?;
        let assigned: Vec<Assignment> = self.client.rows(&assignments()?).await?;
        let stored: Vec<StoredPattern> = self.client.rows(&stored()?).await?;
        let mut by_lines: Vec<(u64, u64)> = all.iter().map(|shape| (shape.lines, shape.shape_id)).collect();
        by_lines.sort_unstable_by(|left, right| right.cmp(left));
        let assigned: HashMap<u64, u64> = assigned.into_iter().map(|row| (row.shape_id, row.pattern_id)).collect();
        let former = by_lines
            .iter()
            .filter_map(|(_, shape)| Some((*assigned.get(shape)?, *shape)))
            .collect::<Vec<_>>();
        let mut catalog = Catalog::build(all.into_iter().map(shape), self.options.clone());
        catalog.remember(former);
        Ok(Loaded {
            catalog,
            assigned,
            stored: stored.into_iter().map(|row| (row.pattern_id, row)).collect(),
        })
    }

    /// Stores what differs from what ClickHouse holds: patterns first, so that no shape belongs to a pattern without a text.
    async fn store(&self, loaded: &mut Loaded) -> Result<()> {
        let Loaded {
            catalog,
            assigned,
            stored,
        } = loaded;
        let current = catalog
            .patterns()
            .iter()
            .chain([catalog.overflow()])
            .map(|pattern| StoredPattern {
                pattern_id: pattern.id,
                template: pattern.template.clone(),
                name: pattern.name.clone().unwrap_or_default(),
                ignored: pattern.ignored.into(),
                replaced_by: 0,
            });
        let former = catalog.aliases().map(|(former, pattern)| StoredPattern {
            pattern_id: former,
            template: pattern.template.clone(),
            name: pattern.name.clone().unwrap_or_default(),
            ignored: pattern.ignored.into(),
            replaced_by: pattern.id,
        });
        let patterns: Vec<StoredPattern> = current
            .chain(former)
            .filter(|row| stored.get(&row.pattern_id) != Some(row))
            .collect();
        let is_changed = |row: &Assignment| assigned.get(&row.shape_id) != Some(&row.pattern_id);
        let changes: Vec<Assignment> = catalog
            .assignments()
            .map(|(shape_id, pattern)| Assignment {
                shape_id,
                pattern_id: pattern.id,
            })
            .filter(is_changed)
            .collect();
        self.insert("kulprit_patterns", &patterns).await?;
        self.insert("kulprit_shape_patterns", &changes).await?;
        for statement in reloads()? {
            self.client.execute(&statement).await?;
        }
        stored.extend(patterns.into_iter().map(|row| (row.pattern_id, row)));
        assigned.extend(changes.iter().map(|row| (row.shape_id, row.pattern_id)));
        Ok(())
    }

    async fn insert(&self, table: &str, rows: &[impl Serialize]) -> Result<()> {
        for (part, rows) in rows.chunks(100_000).enumerate() {
            let mut body = Vec::new();
            for row in rows {
                serde_json::to_writer(&mut body, row).map_err(crate::Error::internal)?;
                body.push(b'\n');
            }
            let token = format!("{table} {} {part}", Timestamp::now());
            let insert = Insert {
                table,
                columns: &[],
                format: "JSONEachRow",
                token: &token,
            };
            self.client.insert(insert, Bytes::from(body)).await?;
        }
        Ok(())
    }
}

fn shape(found: FoundShape) -> Shape {
    Shape {
        id: found.shape_id,
        text: found.text.into_boxed_slice(),
        count: found.lines,
    }
}
