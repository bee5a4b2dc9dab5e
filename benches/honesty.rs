//! Whether the ranking can be trusted: `cargo bench --bench honesty -- [NEZHA]`.
//!
//! With `--only-differences`, what sets lines apart alone. False alarms where nothing happened, changes that were put in and must be found, counts that add up, and — with the
//! directory of the recorded incidents — how soon the group and the service to blame are named. Each beside what the
//! plainer rankings make of the same counts.

mod common;
#[path = "honesty/differences.rs"]
mod differences;
#[path = "honesty/false_alarms.rs"]
mod false_alarms;
#[path = "honesty/injected.rs"]
mod injected;
#[path = "honesty/rankings.rs"]
mod rankings;
#[path = "honesty/recorded.rs"]
mod recorded;
#[path = "honesty/store.rs"]
mod store;
#[path = "honesty/traffic.rs"]
mod traffic;

use std::path::PathBuf;

use common::fresh_dir;
use store::Store;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // cargo bench itself adds --bench.
    let recorded = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"))
        .map(PathBuf::from);
    let store = Store::open(fresh_dir("bench-honesty")).await?;
    if std::env::args().any(|argument| argument == "--only-differences") {
        differences::run(&store, "2026-01-31T06:00:00Z".parse()?).await?;
        return store.close().await;
    }
    let (from, minutes) = store.generated().await?;
    println!("Nothing changed: comparisons that report anything at q <= 0.05 (aim: at most 5 %)\n");
    let services = store.services().await?;
    false_alarms::generated(&store, &services, from, minutes)
        .await?
        .print("generated bursty, seasonal traffic");
    let quiet = injected::generated_pairs(from, minutes);
    if let Some(nezha) = &recorded {
        let incidents = recorded::incidents(nezha)?;
        store.ingest(nezha).await?;
        false_alarms::recorded(&store, &incidents).await?;
        println!("\nThe recorded incidents: group and service to blame, exceptions and returns\n");
        recorded::groups(&store, &incidents).await?;
        recorded::services(&store, &incidents).await?;
        println!("\nChanges hidden in the recorded logs");
        injected::run(&store, &recorded::quiet_pairs(&incidents), "tt/")
            .await?
            .print();
    }
    println!("\nChanges hidden in the generated traffic");
    injected::run(&store, &quiet, "gen/").await?.print();
    store.counts_add_up().await?;
    differences::run(&store, from).await?;
    store.close().await
}
