//! The incident: payment's pool of connections to its database runs out.
//!
//! A reconciliation job of payment takes a connection for each batch and never gives it back. Within two minutes all
//! connections are gone but a few that the job's own time limit frees now and then. A charge then waits for a
//! connection, often in vain; checkout tries again, which makes the queue longer, and gives up after three attempts.
//! So the cause is payment, checkout and frontend are hurt, and everybody else is well.

use super::plan::{NANOS, Plan};
use super::rng::Rng;

/// Connections in payment's pool.
pub const POOL_SIZE: u32 = 20;
/// How long a charge waits for a connection, in milliseconds.
pub const POOL_TIMEOUT: f64 = 2_000.0;

/// How much of the pool is gone, 0 to 1.
pub fn pressure(plan: &Plan, now: i64) -> f64 {
    const LEAKING: i64 = 120 * NANOS;
    let since = now - plan.incident;
    (since as f64 / LEAKING as f64).clamp(0.0, 1.0)
}

/// Milliseconds until a connection is free; more than [`POOL_TIMEOUT`] where none comes in time.
pub fn wait(plan: &Plan, now: i64, rng: &mut Rng) -> f64 {
    let pressure = pressure(plan, now);
    let usual = rng.exponential(0.15);
    usual + pressure.powi(2) * rng.exponential(4_000.0)
}

/// Connections in use, and callers that wait for one.
pub fn pool(plan: &Plan, now: i64, rng: &mut Rng) -> (u32, u32) {
    let pressure = pressure(plan, now);
    let busy = 2.0 + 1.5 * rng.unit() + pressure * f64::from(POOL_SIZE);
    let waiting = 40.0 * pressure.powi(2) * (0.6 + 0.4 * rng.unit());
    ((busy as u32).min(POOL_SIZE), waiting as u32)
}
