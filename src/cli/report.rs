//! `--format html`: an answer as one file that can be sent to somebody.

use anyhow::Result;
use clap::ValueEnum;
use jiff::Timestamp;
use kulprit_request::Window;
use serde::Serialize;

use super::{print_json, write_out};
use crate::report::{Parts, Place, Report};

/// How a command whose answer is a part of the report prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Table,
    Json,
    /// One page that stands alone
    Html,
}

/// What a page is about, and what stands on it.
pub struct Page {
    pub window: Window,
    pub services: Vec<String>,
    pub parts: Parts,
}

/// Prints an answer; `table` does so for a terminal.
pub fn print_answer<T: Serialize>(
    answer: T,
    format: ReportFormat,
    table: impl FnOnce(&T) -> Result<()>,
    page: impl FnOnce(T) -> Page,
) -> Result<()> {
    match format {
        ReportFormat::Json => print_json(&answer),
        ReportFormat::Html => print_page(page(answer)),
        ReportFormat::Table => table(&answer),
    }
}

fn print_page(page: Page) -> Result<()> {
    let Page {
        window,
        services,
        parts,
    } = page;
    let report = Report {
        window,
        services,
        place: Place::File,
        notes: vec![],
        form: None,
        made_at: Timestamp::now(),
        parts,
    };
    write_out(report.render()?.as_bytes())
}
