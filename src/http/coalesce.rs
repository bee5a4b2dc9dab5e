//! One query for all who ask the same at the same time: every hover over a panel posts, and many people look at one dashboard.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::errors::Failure;

/// The body of an answer, or why there is none.
pub type Outcome = Result<Bytes, Failure>;
type Flight = BoxFuture<'static, Outcome>;

/// The questions that are being answered. Each is driven by whoever waits for it, and dropped when nobody does any more.
pub struct Flights<Q> {
    flying: Mutex<HashMap<Arc<Q>, WeakShared<Flight>>>,
}

impl<Q> Default for Flights<Q> {
    fn default() -> Self {
        Self {
            flying: Mutex::default(),
        }
    }
}

impl<Q: Eq + Hash> Flights<Q> {
    /// Joins the question when it is in flight, else sets out with `work`. Also says whether it was joined.
    pub fn join(&self, question: Arc<Q>, work: impl FnOnce() -> Flight) -> (Shared<Flight>, bool) {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use serde_json::json;
    use tokio::sync::oneshot;

    use super::*;
    use crate::questions::log_changes::QueryLogs;
    use kulprit_request::fields::Fields;

    fn question(org: &str) -> Arc<QueryLogs> {
        let body = json!({
            "org": org, "dashboard": "d", "panel_title": "p", "metric_name": "m",
            "start_time": "2025-10-22T04:00:00Z", "end_time": "2025-10-22T05:00:00Z",
        });
        let fields = Fields::parse(body.to_string().as_bytes()).unwrap();
        Arc::new(QueryLogs::new(&fields, jiff::Timestamp::UNIX_EPOCH).unwrap())
    }

    #[tokio::test]
    async fn those_who_ask_the_same_share_one_answer_though_the_first_goes_away() {
        let flights = Flights::default();
        let (land, landing) = oneshot::channel();
        let work = || async move { Ok(landing.await.unwrap()) }.boxed();
        let (mut first, joined) = flights.join(question("a"), work);
        assert!(!joined);
        assert!((&mut first).now_or_never().is_none());
        let (second, joined) = flights.join(question("a"), || unreachable!());
        assert!(joined);
        let (_, joined) = flights.join(question("b"), || async { Ok(Bytes::new()) }.boxed());
        assert!(!joined, "another org asks another question");
        drop(first);
        land.send(Bytes::from("answer")).unwrap();
        assert_eq!(second.await.unwrap(), "answer");
    }

    #[tokio::test]
    async fn an_answer_is_not_kept_and_a_question_that_nobody_waits_for_is_dropped() {
        let flights = Flights::default();
        let asked = AtomicU32::new(0);
        let work = || {
            asked.fetch_add(1, Ordering::Relaxed);
            async { Ok(Bytes::new()) }.boxed()
        };
        let (flight, _) = flights.join(question("a"), work);
        // Even while somebody still holds it.
        flight.clone().await.unwrap();
        flights.join(question("a"), work).0.await.unwrap();
        drop(flights.join(question("a"), || std::future::pending().boxed()));
        flights.join(question("a"), work).0.await.unwrap();
        assert_eq!(asked.into_inner(), 3);
    }
}
