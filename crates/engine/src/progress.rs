//! How far a download is: a bar on a terminal, one line elsewhere. On stderr.

use std::io::IsTerminal as _;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// `have` of `total` bytes are there already.
    pub fn new(what: &'static str, have: u64, total: Option<u64>) -> Self {
        if !std::io::stderr().is_terminal() {
            match total {
                Some(total) => tracing::info!("{what}: {} to go", HumanBytes(total - have.min(total))),
                None => tracing::info!("{what}"),
            }
            return Self(None);
        }
        let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar.set_position(have);
        bar.reset_eta();
        Self(Some(bar))
    }

    pub fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(bytes);
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
