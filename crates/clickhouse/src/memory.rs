//! What statements answered a moment ago, and those that are under way: whoever asks the same meanwhile shares them.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use crate::{Result, Statement};

/// More is not remembered at once: then all is forgotten. An answer may take 150 kB.
const MOST: usize = 200;

type Value = Arc<dyn Any + Send + Sync>;
type UnderWay = Shared<BoxFuture<'static, Result<Value>>>;

/// By statement, its parameters, and the state of what it reads where the caller knows that. Clones share it.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// Each until some moment.
    values: HashMap<String, (Instant, Value)>,
    under_way: HashMap<String, WeakShared<BoxFuture<'static, Result<Value>>>>,
    /// How often everything was forgotten: what was read before that is not remembered after it.
    age: u64,
}

impl Memory {
    pub fn recall<T: Clone + Send + Sync + 'static>(&self, key: &str) -> Option<T> {
        // Copied when the lock is free again: an answer may be long.
        self.kept(key)?.downcast_ref::<T>().cloned()
    }

    fn kept(&self, key: &str) -> Option<Value> {
        let kept = self.lock();
        let (until, value) = kept.values.get(key)?;
        (Instant::now() < *until).then(|| value.clone())
    }

    /// Changes with each write of one's own.
    pub fn age(&self) -> u64 {
        self.lock().age
    }

    /// Keeps for so long what was read when the memory had this age.
    pub fn keep<T: Send + Sync + 'static>(&self, key: &str, value: T, age: u64, length: Duration) {
        self.keep_value(key, Arc::new(value), age, length);
    }

    /// What is kept, else what the question under way answers, else what `ask` does, which is kept for so long. An error is not kept, but
    /// those who wait for the same question get it too.
    pub async fn recall_or_ask<T, F>(&self, key: String, length: Duration, ask: impl FnOnce() -> F) -> Result<T>
    where
        T: Clone + Send + Sync + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        if let Some(value) = self.recall(&key) {
            return Ok(value);
        }
        let value = self.under_way(&key, length, ask).await?;
        // Under one key there is one kind of value.
        value
            .downcast_ref::<T>()
            .cloned()
            .ok_or_else(|| crate::Error::internal("an answer of another kind is remembered"))
    }

    fn under_way<T, F>(&self, key: &str, length: Duration, ask: impl FnOnce() -> F) -> UnderWay
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let mut kept = self.lock();
        if let Some(question) = kept.under_way.get(key).and_then(WeakShared::upgrade) {
            return question;
        }
        let (memory, age, asked, owned) = (self.clone(), kept.age, ask(), key.to_owned());
        let question = async move {
            let value: Value = Arc::new(asked.await?);
            memory.keep_value(&owned, value.clone(), age, length);
            Ok(value)
        };
        let question = question.boxed().shared();
        kept.under_way.retain(|_, question| question.upgrade().is_some());
        if let Some(question) = question.downgrade() {
            kept.under_way.insert(key.to_owned(), question);
        }
        question
    }

    fn keep_value(&self, key: &str, value: Value, age: u64, length: Duration) {
        let mut kept = self.lock();
        kept.under_way.remove(key);
        if kept.age != age {
            return;
        }
        let now = Instant::now();
        kept.values.retain(|_, (until, _)| now < *until);
        if kept.values.len() >= MOST {
            kept.values.clear();
        }
        kept.values.insert(key.to_owned(), (now + length, value));
    }

    /// After a write of one's own.
    pub fn forget(&self) {
        let mut kept = self.lock();
        kept.values.clear();
        kept.under_way.clear();
        kept.age += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a statement is remembered by.
pub fn key_of(statement: &Statement) -> String {
    format!("{}\n{:?}", statement.text, statement.params)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::{Error, Options};

    const LONG: Duration = Duration::from_secs(3_600);

    fn key(org: &str) -> String {
        let params = [("org", org.into())];
        key_of(&Statement::query("scope/mappings", &Options::default(), params).unwrap())
    }

    #[test]
    fn an_answer_is_remembered_by_its_parameters_until_something_is_written() {
        let memory = Memory::default();
        memory.keep(&key("1"), vec![7_u8], memory.age(), LONG);
        assert_eq!(memory.recall(&key("1")), Some(vec![7_u8]));
        assert_eq!(memory.recall::<Vec<u8>>(&key("2")), None);
        memory.keep(&key("3"), vec![7_u8], memory.age(), Duration::ZERO);
        assert_eq!(memory.recall::<Vec<u8>>(&key("3")), None, "its time is over");
        memory.forget();
        assert_eq!(memory.recall::<Vec<u8>>(&key("1")), None);
    }

    #[test]
    fn what_was_read_before_a_write_is_not_remembered_after_it() {
        let memory = Memory::default();
        let age = memory.age();
        memory.forget();
        memory.keep(&key("1"), vec![7_u8], age, LONG);
        assert_eq!(memory.recall::<Vec<u8>>(&key("1")), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let memory = Memory::default();
        for org in 0..3 * MOST {
            memory.keep(&key(&org.to_string()), org, memory.age(), LONG);
        }
        assert!(memory.lock().values.len() <= MOST);
    }

    /// Asks ten times at once, lets one get through, and counts how often it was asked.
    async fn ten(memory: &Memory, answer: Result<u8>) -> (Vec<Result<u8>>, u32) {
        let asked = Arc::new(AtomicU32::new(0));
        let (open, gate) = tokio::sync::watch::channel(false);
        let ask = || {
            let (asked, answer, mut gate) = (asked.clone(), answer.clone(), gate.clone());
            memory.recall_or_ask("question".to_owned(), LONG, move || async move {
                asked.fetch_add(1, Ordering::Relaxed);
                gate.wait_for(|is_open| *is_open).await.unwrap();
                answer
            })
        };
        let all = futures_util::future::join_all((0..10).map(|_| ask()));
        let opened = async {
            tokio::task::yield_now().await;
            open.send_replace(true);
        };
        let (answers, ()) = tokio::join!(all, opened);
        (answers, asked.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn the_same_question_at_the_same_time_is_asked_once() {
        let memory = Memory::default();
        let (answers, asked) = ten(&memory, Ok(7)).await;
        assert_eq!(asked, 1);
        assert!(answers.iter().all(|answer| *answer.as_ref().unwrap() == 7));
        assert_eq!(ten(&memory, Ok(8)).await.1, 0, "it is remembered");
    }

    #[tokio::test]
    async fn an_error_is_shared_and_not_remembered() {
        let memory = Memory::default();
        let (answers, asked) = ten(&memory, Err(Error::Away("gone".into()))).await;
        assert_eq!(
            (asked, answers.iter().filter(|answer| answer.is_err()).count()),
            (1, 10)
        );
        assert_eq!(ten(&memory, Ok(7)).await.1, 1);
    }

    #[tokio::test]
    async fn whoever_asks_after_a_write_does_not_share_what_was_asked_before_it() {
        let memory = Memory::default();
        let before = memory.under_way("question", LONG, std::future::pending::<Result<u8>>);
        memory.forget();
        let after = memory
            .recall_or_ask("question".to_owned(), LONG, || async { Ok(8_u8) })
            .await;
        assert_eq!(after.unwrap(), 8);
        drop(before);
    }
}
