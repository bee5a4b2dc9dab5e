//! Reads planned pages, several at a time. A page that is full may have left lines out from the instant of its last line on: what lies there is
//! read again, and nothing before it.

use std::time::Instant;

use clickhouse::Row;
use kulprit_clickhouse::{Client, Options, Statement, Value};
use serde::Deserialize;

use super::logql::{Selector, quoted};
use super::plan::{Lines, Page};
use crate::sources::place::{Asked, MOST_URLS, Place};
use crate::sources::stretches::Nanos;
use crate::{Error, Result};

/// A Loki gives so many lines at once and no more, unless it is told otherwise.
const LARGEST_PAGE: u64 = 5_000;
/// Pages that each of the requests at a time has in one statement.
const PAGES_IN_TURN: u64 = 4;
/// No page has so many lines.
const NEVER: u64 = u64::MAX;

#[derive(Row, Deserialize)]
struct Full {
    first_at: i64,
    last_at: i64,
}

/// What was asked, and how it ended.
#[derive(Debug, Default)]
pub struct Pages {
    pub requests: u64,
    /// Stretches that were not read any more, since the time was up.
    pub unread: usize,
    /// Instants that hold more lines than can be read.
    pub crowded: usize,
    batch: u64,
}

/// How pages are asked for.
pub struct Reader<'a> {
    pub client: &'a Client,
    pub place: &'a Place,
    pub selector: &'a Selector,
    pub services: &'a [String],
    pub page_lines: u64,
    pub parallel: u64,
    pub deadline: Instant,
}

impl Reader<'_> {
    /// Reads all `pages` into the session.
    pub async fn read(&self, pages: Vec<Page>) -> Result<Pages> {
        let begin = Statement::query("sources/loki/begin", &Options::default(), [] as [(&str, Value); 0])?;
        self.client.execute(&begin).await?;
        let mut read = Pages::default();
        let (heads, mut open): (Vec<Page>, Vec<Page>) = pages.into_iter().partition(|page| page.head.is_some());
        self.all(&heads, NEVER, &mut read).await?;
        while !open.is_empty() {
            open.retain(|page| page.from < page.to);
            let (instants, stretches): (Vec<Page>, Vec<Page>) =
                open.into_iter().partition(|page| page.to - page.from <= 1);
            let full = self.all(&instants, NEVER, &mut read).await?;
            read.crowded += full.len();
            let full = self.all(&stretches, self.page_lines, &mut read).await?;
            open = full.iter().flat_map(left).collect();
        }
        Ok(read)
    }

    /// Reads pages; returns those that are full.
    async fn all(&self, pages: &[Page], full_at: u64, read: &mut Pages) -> Result<Vec<(Page, Full)>> {
        let mut full = Vec::new();
        let at_once = (self.parallel * PAGES_IN_TURN).min(MOST_URLS as u64) as usize;
        for pages in pages.chunks(at_once) {
            if Instant::now() > self.deadline {
                read.unread += pages.len();
                continue;
            }
            read.batch += 1;
            read.requests += pages.len() as u64;
            let asked = Asked::new("/loki/api/v1/query_range", &[]).for_each(pages.iter().map(|page| self.pairs(page)));
            let params = vec![("batch", Value::UInt(read.batch)), ("full_at", Value::UInt(full_at))];
            self.place
                .store(self.client, "sources/loki/pages", &asked, params)
                .await?;
            // Of an instant all is read that can be.
            let is_full = if full_at == NEVER { LARGEST_PAGE } else { full_at };
            full.extend(self.full(read.batch, is_full, pages).await?);
        }
        Ok(full)
    }

    /// The pages of a batch that are full, found by the first line in each.
    async fn full(&self, batch: u64, full_at: u64, pages: &[Page]) -> Result<Vec<(Page, Full)>> {
        let params = [("batch", Value::UInt(batch)), ("full_at", Value::UInt(full_at))];
        let statement = Statement::query("sources/loki/full", &Options::default(), params)?;
        let mut found = Vec::new();
        for full in self.client.rows::<Full>(&statement).await? {
            let is_its = |page: &&Page| page.from <= full.first_at && full.last_at < page.to;
            let mut stretches = pages.iter().filter(|page| page.head.is_none());
            match stretches.find(is_its) {
                Some(page) => found.push((page.clone(), full)),
                // Of what is read in part no page is too full.
                None if pages.iter().any(|page| page.head.is_some()) => {}
                None => {
                    return Err(Error::Unavailable(
                        "loki cannot be read: it answers with lines of another time than it was asked for".to_owned(),
                    ));
                }
            }
        }
        Ok(found)
    }

    fn pairs(&self, page: &Page) -> Vec<(&'static str, String)> {
        let query = match &page.lines {
            Lines::All => self.selector.of(self.services),
            Lines::AllBut(groups) => self.selector.without(self.services, groups),
            Lines::Of(group) => self.selector.of_group(group),
            Lines::OfTrace(id) => format!("{} | trace_id={}", self.selector.of(self.services), quoted(id)),
            Lines::Naming(id) => {
                let id = quoted(id);
                format!("{} |= {id} | trace_id!={id}", self.selector.of(self.services))
            }
        };
        let is_instant = page.to - page.from <= 1;
        let (limit, direction) = match page.head {
            Some(head) if head.is_backward => (head.lines, "backward"),
            Some(head) => (head.lines, "forward"),
            None if is_instant => (LARGEST_PAGE, "forward"),
            None => (self.page_lines, "forward"),
        };
        vec![
            ("query", query),
            ("start", page.from.to_string()),
            ("end", page.to.to_string()),
            ("limit", limit.to_string()),
            ("direction", direction.to_owned()),
        ]
    }
}

/// What is left to read of a full page's stretch: from its last line on; all of its instant first, where it holds nothing else.
fn left((page, full): &(Page, Full)) -> Vec<Page> {
    let stretch = |from: Nanos, to: Nanos| Page {
        from,
        to,
        ..page.clone()
    };
    match full.first_at == full.last_at {
        true => vec![
            stretch(full.last_at, full.last_at + 1),
            stretch(full.last_at + 1, page.to),
        ],
        false => vec![stretch(full.last_at, page.to)],
    }
}
