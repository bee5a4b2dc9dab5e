//! One query for all who ask the same at the same time: every hover over a panel posts, and many people look at one dashboard.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use super::route::Reply;
use crate::Result;

type Work = BoxFuture<'static, Result<Reply>>;

/// The questions that are being answered. Each is driven by whoever waits for it, and dropped when nobody does any more.
#[derive(Default)]
pub struct InFlight {
    by_question: Mutex<HashMap<String, WeakShared<Work>>>,
}

impl InFlight {
    /// Joins the question when it is being answered, else begins with `work`. Also says whether it was joined.
    pub fn join(&self, question: String, work: impl FnOnce() -> Work) -> (Shared<Work>, bool) {
        let mut by_question = self.by_question.lock().unwrap_or_else(PoisonError::into_inner);
        by_question.retain(|_, running| running.upgrade().is_some_and(|running| running.peek().is_none()));
        if let Some(running) = by_question.get(&question).and_then(WeakShared::upgrade) {
            return (running, true);
        }
        let running = work().shared();
        if let Some(weak) = running.downgrade() {
            by_question.insert(question, weak);
        }
        (running, false)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::oneshot;

    use super::*;

    fn question(name: &str) -> String {
        name.to_owned()
    }

    #[tokio::test]
    async fn those_who_ask_the_same_share_one_answer_though_the_first_goes_away() {
        let in_flight = InFlight::default();
        let (land, landing) = oneshot::channel();
        let work = || async move { Ok(landing.await.unwrap()) }.boxed();
        let (mut first, joined) = in_flight.join(question("a"), work);
        assert!(!joined);
        assert!((&mut first).now_or_never().is_none());
        let (second, joined) = in_flight.join(question("a"), || unreachable!());
        assert!(joined);
        let (_, joined) = in_flight.join(question("b"), || async { Ok(Reply::no_content()) }.boxed());
        assert!(!joined, "another question");
        drop(first);
        land.send(Reply::of(200, "text/plain", "answer")).unwrap();
        assert_eq!(second.await.unwrap().body, "answer");
    }

    #[tokio::test]
    async fn an_answer_is_not_kept_and_a_question_that_nobody_waits_for_is_dropped() {
        let in_flight = InFlight::default();
        let asked = AtomicU32::new(0);
        let work = || {
            asked.fetch_add(1, Ordering::Relaxed);
            async { Ok(Reply::no_content()) }.boxed()
        };
        let (running, _) = in_flight.join(question("a"), work);
        // Even while somebody still holds it.
        running.clone().await.unwrap();
        in_flight.join(question("a"), work).0.await.unwrap();
        drop(in_flight.join(question("a"), || std::future::pending().boxed()));
        in_flight.join(question("a"), work).0.await.unwrap();
        assert_eq!(asked.into_inner(), 3);
    }
}
