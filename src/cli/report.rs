//! `--format html`: an answer as one file that can be sent to somebody.

use anyhow::Result;
use clap::ValueEnum;
use jiff::Timestamp;
use kulprit_request::Window;

use super::write_out;
use crate::report::{Parts, Place, Report};

/// How a command whose answer is a part of the report prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Table,
    Json,
    /// One page that stands alone
    Html,
}

/// Writes `parts` as a page.
pub fn print_page(window: Window, services: &[String], parts: Parts) -> Result<()> {
    let report = Report {
        window,
        services: services.to_vec(),
        place: Place::File,
        notes: vec![],
        form: None,
        made_at: Timestamp::now(),
        parts,
    };
    write_out(report.render()?.as_bytes())
}
