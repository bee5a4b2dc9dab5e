//! Puts a simulated history into a database of its own.

use anyhow::{Context as _, Result};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::plan::Plan;
use super::rows::{Batch, Batches, Table};
use super::simulation::Simulation;
use kulprit_clickhouse::{Client, Insert};
use kulprit_clickhouse::{Options, Statement};

/// The demo's database: dropped and made anew by every run, so nothing else may live there. The statements that do so name it
/// themselves and take no parameter: run by hand, they cannot hit another.
pub const DATABASE: &str = "kulprit_demo";

/// Inserts under way at once. ClickHouse parses one while the next is made.
const INSERTS: usize = 2;

/// Rows stored in each table, in the order of [`Table::ALL`].
pub type Stored = [u64; Table::ALL.len()];

/// Drops the demo's database with all that an earlier run left, and creates it empty. `client` must not be in that database.
pub async fn recreate_database(client: &Client) -> Result<()> {
    for name in ["demo/drop_database", "demo/create_database"] {
        let statement = Statement::query::<String>(name, &Options::default(), [])?;
        client.execute(&statement).await.with_context(|| name.to_owned())?;
    }
    Ok(())
}

/// Plays `plan` and inserts what it yields; `done` is called with the number of slices after each.
pub async fn load(client: &Client, plan: &Plan, done: impl Fn(u64) + Send + 'static) -> Result<Stored> {
    // The bound keeps the player from running ahead of ClickHouse.
    let (sender, mut batches) = mpsc::channel::<Batch>(1);
    let played = plan.clone();
    let player = tokio::task::spawn_blocking(move || {
        let mut open = Batches::default();
        // A send fails when the receiver has met an error and is gone: then there is nobody to play for.
        let send = |batch| sender.blocking_send(batch).unwrap_or_default();
        for (slice, number) in Simulation::new(&played).zip(1..) {
            open.add(&slice, send);
            if sender.is_closed() {
                return;
            }
            done(number);
        }
        open.finish(send);
    });
    let mut stored = Stored::default();
    let mut inserts = JoinSet::new();
    for number in 0_u64.. {
        let Some(batch) = batches.recv().await else { break };
        stored[batch.table as usize] += batch.rows;
        if inserts.len() == INSERTS {
            inserts.join_next().await.transpose()?.transpose()?;
        }
        inserts.spawn(insert(client.clone(), batch, format!("demo-{}-{number}", plan.seed)));
    }
    while let Some(outcome) = inserts.join_next().await {
        outcome??;
    }
    player.await.context("the simulation stopped")?;
    Ok(stored)
}

async fn insert(client: Client, batch: Batch, token: String) -> Result<()> {
    let insert = Insert {
        table: batch.table.name(),
        columns: &batch.table.columns(),
        format: "RowBinary",
        token: &token,
    };
    let context = || format!("insert {} rows into {}", batch.rows, batch.table.name());
    client.insert(insert, batch.bytes.clone()).await.with_context(context)
}
