//! Standard input that is followed: what has come is stored without waiting for its end.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::input::Input;
use super::lines::End;
use super::open::{HEAD, text_of};
use super::position::FileRecord;
use super::read::{Learnt, Stream};
use super::{Options, Owned};

/// After so long without more, a message is complete.
const SETTLED: Duration = Duration::from_millis(700);
/// Who is asked to stop waits so long for what is still in the pipe.
const LAST: Duration = Duration::from_millis(500);
/// No more is taken in before what has come is stored.
const TAKEN: usize = 16 << 20;

/// What has come of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Come {
    Nothing,
    More,
    End,
}

pub struct FollowedStream {
    options: Arc<Options>,
    chunks: mpsc::Receiver<io::Result<Vec<u8>>>,
    text: Stream,
    learnt: Arc<Learnt>,
    changed: Instant,
    settled: bool,
    ended: bool,
    /// What ended it early.
    pub trouble: Option<io::Error>,
}

impl FollowedStream {
    pub fn stdin(options: Arc<Options>) -> Self {
        let (sender, chunks) = mpsc::channel(16);
        // A thread of its own: reading from a pipe cannot be called off, and must not keep the program from ending.
        std::thread::spawn(move || forward(&sender));
        let record = FileRecord {
            // Equal lines of two runs are two things.
            id: format!("stdin-{}-{}", std::process::id(), Timestamp::now().as_nanosecond()),
            ..FileRecord::default()
        };
        Self {
            options,
            chunks,
            text: Stream {
                record,
                ..Stream::default()
            },
            learnt: Arc::default(),
            changed: Instant::now(),
            settled: true,
            ended: false,
            trouble: None,
        }
    }

    /// Takes what has come; with `stopping`, waits a moment for what is still on its way.
    pub async fn take(&mut self, stopping: bool) -> Come {
        let mut come = Come::Nothing;
        let text = &mut self.text;
        let last = Instant::now() + LAST;
        while text.rest.len() < TAKEN || stopping {
            let chunk = if stopping {
                let left = last.saturating_duration_since(Instant::now());
                tokio::time::timeout(left, self.chunks.recv()).await.ok().flatten()
            } else {
                match self.chunks.try_recv() {
                    Ok(chunk) => Some(chunk),
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => None,
                }
            };
            let Some(Ok(chunk)) = chunk else {
                self.ended = true;
                if let Some(Err(error)) = chunk {
                    self.trouble = Some(error);
                }
                break;
            };
            come = Come::More;
            self.changed = Instant::now();
            let room = HEAD.saturating_sub(text.head.len()).min(chunk.len());
            text.head.extend_from_slice(&chunk[..room]);
            text.rest.extend_from_slice(&chunk);
        }
        if self.ended { Come::End } else { come }
    }

    /// What is to be read now.
    pub fn reading(&mut self, come: Come) -> Option<Owned> {
        let end = match come {
            Come::End => End::Whole,
            Come::More => End::Growing,
            Come::Nothing if !self.settled && self.changed.elapsed() >= SETTLED => End::Settled,
            Come::Nothing => return None,
        };
        self.settled = end != End::Growing;
        if self.text.rest.is_empty() {
            return None;
        }
        Some(Owned {
            stream: Some(self.text.clone()),
            learnt: Some(Arc::clone(&self.learnt)),
            retry: false,
            end,
            ..Owned::new(Input::Stdin, Arc::clone(&self.options))
        })
    }

    /// Lets go of what is stored.
    pub fn stored(&mut self, records: &mut Vec<FileRecord>) {
        let text = &mut self.text;
        for record in std::mem::take(records) {
            if record.id == text.record.id {
                text.record = record;
            }
        }
        let mut next = text.record.stored.clone();
        next.refused.clear();
        let stored = usize::try_from(next.resume_at().at - text.at).unwrap_or(usize::MAX);
        text.rest.drain(..stored.min(text.rest.len()));
        text.at += stored as u64;
    }

    /// Whether much of it waits.
    pub fn is_behind(&self) -> bool {
        self.chunks.len() * 2 > self.chunks.max_capacity()
    }
}

fn forward(sender: &mpsc::Sender<io::Result<Vec<u8>>>) {
    let mut source = match text_of(Box::new(io::stdin())) {
        Ok(source) => source,
        Err(error) => {
            let _ = sender.blocking_send(Err(error));
            return;
        }
    };
    let mut buffer = vec![0; 64 << 10];
    loop {
        let chunk = match source.read(&mut buffer) {
            Ok(0) => return,
            Ok(count) => Ok(buffer[..count].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_over = chunk.is_err();
        if sender.blocking_send(chunk).is_err() || is_over {
            return;
        }
    }
}
