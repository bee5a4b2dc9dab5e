//! What small statements say of what seldom changes, remembered for a moment.

use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Statement;

/// More is not remembered at once: then all is forgotten.
const MOST: usize = 1_000;

/// What was read a moment ago, by statement and parameters. Clones share it.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    rows: HashMap<String, (Instant, Arc<dyn Any + Send + Sync>)>,
    /// How often everything was forgotten: what was read before that is not remembered after it.
    age: u64,
}

impl Memory {
    /// What was kept at most `longest` ago.
    pub fn recall<T: Clone + Send + Sync + 'static>(&self, statement: &Statement, longest: Duration) -> Option<T> {
        let kept = self.lock();
        let (since, value) = kept.rows.get(&key(statement))?;
        (since.elapsed() < longest).then(|| value.downcast_ref::<T>().cloned())?
    }

    /// Changes with each write of one's own.
    pub fn age(&self) -> u64 {
        self.lock().age
    }

    /// Keeps what was read when the memory had this age.
    pub fn keep<T: Send + Sync + 'static>(&self, statement: &Statement, value: T, age: u64) {
        let mut kept = self.lock();
        if kept.age != age {
            return;
        }
        if kept.rows.len() >= MOST {
            kept.rows.clear();
        }
        kept.rows.insert(key(statement), (Instant::now(), Arc::new(value)));
    }

    /// After a write of one's own.
    pub fn forget(&self) {
        let mut kept = self.lock();
        kept.rows.clear();
        kept.age += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(statement: &Statement) -> String {
    format!("{}\n{:?}", statement.text, statement.params)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Options;

    const LONG: Duration = Duration::from_secs(3_600);

    fn statement(org: &str) -> Statement {
        let params = [("org", org.into())];
        Statement::query("scope/mappings", &Options::default(), params).unwrap()
    }

    #[test]
    fn an_answer_is_remembered_by_its_parameters_until_something_is_written() {
        let memory = Memory::default();
        memory.keep(&statement("1"), vec![7_u8], memory.age());
        assert_eq!(memory.recall(&statement("1"), LONG), Some(vec![7_u8]));
        assert_eq!(memory.recall::<Vec<u8>>(&statement("2"), LONG), None);
        assert_eq!(memory.recall::<Vec<u8>>(&statement("1"), Duration::ZERO), None);
        memory.forget();
        assert_eq!(memory.recall::<Vec<u8>>(&statement("1"), LONG), None);
    }

    #[test]
    fn what_was_read_before_a_write_is_not_remembered_after_it() {
        let memory = Memory::default();
        let age = memory.age();
        memory.forget();
        memory.keep(&statement("1"), vec![7_u8], age);
        assert_eq!(memory.recall::<Vec<u8>>(&statement("1"), LONG), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let memory = Memory::default();
        for org in 0..3 * MOST {
            memory.keep(&statement(&org.to_string()), org, memory.age());
        }
        assert!(memory.lock().rows.len() <= MOST);
    }
}
