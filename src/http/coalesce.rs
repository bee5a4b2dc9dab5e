//! One query for all who ask the same at the same time: every hover over a panel posts, and many people look at one dashboard.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::errors::Failure;
use crate::query::query_logs::QueryLogs;

/// The body of an answer, or why there is none.
pub type Outcome = Result<Bytes, Failure>;
type Flight = BoxFuture<'static, Outcome>;

/// The questions that are being answered. Each is driven by whoever waits for it, and dropped when nobody does any more.
#[derive(Default)]
pub struct Flights {
    flying: Mutex<HashMap<Arc<QueryLogs>, WeakShared<Flight>>>,
}

impl Flights {
    /// Joins the question when it is in flight, else sets out with `work`. Also says whether it was joined.
    pub fn join(&self, question: Arc<QueryLogs>, work: impl FnOnce() -> Flight) -> (Shared<Flight>, bool) {
        let mut flying = self.flying.lock().unwrap_or_else(PoisonError::into_inner);
        flying.retain(|_, flight| flight.upgrade().is_some_and(|flight| flight.peek().is_none()));
        if let Some(flight) = flying.get(&question).and_then(WeakShared::upgrade) {
            return (flight, true);
        }
        let flight = work().shared();
        if let Some(weak) = flight.downgrade() {
            flying.insert(question, weak);
        }
        (flight, false)
    }
}
