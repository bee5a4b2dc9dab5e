//! Whether a sampler kept failures more often than other requests, which ratios have to say.

use clickhouse::Row;
use jiff::SignedDuration;
use kulprit_clickhouse::{Client, Options, Statement};
use kulprit_request::{Window, time};
use serde::Deserialize;

use crate::Result;

/// How much of a window, at its end, is looked at.
const LOOKED_AT: SignedDuration = SignedDuration::from_secs(30);
/// How many times as often failures must be kept for it to be worth a word.
const MORE_OFTEN: f64 = 1.25;
/// How many services are named.
const NAMED: usize = 5;

#[derive(Debug, Row, Deserialize)]
struct Kept {
    service: String,
    failed_weight: f64,
    other_weight: f64,
    tail_sampled: u64,
}

/// What the answer has to say of it, about `services` (none: all).
pub async fn warnings(client: &Client, window: Window, services: &[String]) -> Result<Vec<String>> {
    let from = (window.to - LOOKED_AT).max(window.from);
    let mut params = vec![
        ("from", time::parameter(from).into()),
        ("to", time::parameter(window.to).into()),
    ];
    if !services.is_empty() {
        params.push(("services", services.to_vec().into()));
    }
    let options = Options {
        scoped: !services.is_empty(),
        ..Options::default()
    };
    let kept: Vec<Kept> = client
        .rows(&Statement::query("sampling/kept", &options, params)?)
        .await?;
    Ok(told(&kept))
}

fn told(kept: &[Kept]) -> Vec<String> {
    let names = |is_meant: &dyn Fn(&Kept) -> bool| {
        let services: Vec<&str> = kept
            .iter()
            .filter(|kept| is_meant(kept))
            .map(|kept| kept.service.as_str())
            .collect();
        let more = services.len().saturating_sub(NAMED);
        let named = services[..services.len() - more].join(", ");
        match more {
            0 => named,
            more => format!("{named} and {more} more"),
        }
    };
    let mut warnings = Vec::new();
    let weighed = names(&|kept| kept.other_weight >= MORE_OFTEN * kept.failed_weight);
    if !weighed.is_empty() {
        warnings.push(format!(
            "a sampler keeps failed requests more often than others (of {weighed}): each counts by how many it stands for, so that ratios are estimates"
        ));
    }
    let unweighed = names(&|kept| kept.tail_sampled > 0);
    if !unweighed.is_empty() {
        warnings.push(format!(
            "a tail sampler chose what was kept (of {unweighed}) and wrote down for how many none of it stands: rates, ratios and budgets are those of what it kept, \
             and where it keeps failures whole they are too bad; metrics of requests (source=metrics) count all"
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_falsifies_ratios_is_worth_a_word() {
        let kept = |failed_weight: f64, other_weight: f64, tail_sampled: u64| Kept {
            service: "shop".to_owned(),
            failed_weight,
            other_weight,
            tail_sampled,
        };
        assert!(told(&[kept(10.0, 10.0, 0), kept(1.0, f64::NAN, 0), kept(f64::NAN, 8.0, 0)]).is_empty());
        assert!(told(&[kept(1.0, 20.0, 0)])[0].contains("of shop"));
        assert!(told(&[kept(1.0, 1.0, 3)])[0].contains("tail sampler"));
        let many: Vec<Kept> = (0..7).map(|_| kept(1.0, 20.0, 0)).collect();
        assert!(told(&many)[0].contains("and 2 more"));
    }
}
