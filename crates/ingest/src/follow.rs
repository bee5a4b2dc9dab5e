//! Files that grow: each is read on from where it is stored whenever there is more of it, under whatever name it goes by then.

use std::collections::HashSet;
use std::fs::File;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use indicatif::ProgressBar;

use super::deliver::{Aborted, Delivery};
use super::input::Input;
use super::known::{self, Known};
use super::lines::End;
use super::open::open;
use super::report::Report;
use super::sink::Sink;
use super::stream::{Come, FollowedStream};
use super::{Options, Owned, leftover, one_file, read};

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How often directories and patterns are.
const SEARCH: Duration = Duration::from_secs(1);
/// After so long without more, a message is complete.
const SETTLED: Duration = Duration::from_millis(700);
/// A file that was renamed is written to until its writer opens the new one; after so long without more it is over.
const OVER: Duration = Duration::from_secs(10);
/// Inserts a second, at the most: many busy files wait longer for their turn.
const INSERTS: u32 = 20;

/// What is followed.
pub struct Following<'a> {
    /// Files, directories, patterns and `-`.
    pub names: &'a [String],
    pub options: &'a Options,
    pub known: Option<&'a Known>,
}

/// Stores what the files hold and what is added to them until `stop` is ready; then what there is by then. `say` is told
/// at once of what the user must know.
pub async fn follow<S: Sink>(
    following: Following<'_>,
    sink: &mut S,
    stop: impl Future<Output = ()>,
    say: &mut dyn FnMut(&str),
) -> Report {
    let mut stop = std::pin::pin!(stop);
    // Lines without a time that are added now are of now.
    let options = Arc::new(Options {
        untimed_at_file_time: true,
        ..following.options.clone()
    });
    let pauses = options.retry_pauses.clone();
    let mut followed = Followed {
        names: following.names,
        // Without positions of earlier runs, those of this one are still needed.
        known: following.known.cloned().unwrap_or_default(),
        first: Arc::new(following.options.clone()),
        options: Arc::clone(&options),
        tails: Vec::new(),
        searched: None,
        said: HashSet::new(),
        total: Report::default(),
    };
    let mut delivery = Delivery::new(sink, options.table, &pauses);
    let mut stream = following
        .names
        .iter()
        .any(|name| name == "-")
        .then(|| FollowedStream::stdin(Arc::clone(&options)));
    let mut stopping = false;
    let outcome = loop {
        followed.search(stopping, say);
        if let Err(stopped) = followed.read_on(&mut delivery, stopping, say).await {
            break Err(stopped);
        }
        if let Some(input) = &mut stream {
            let come = input.take(stopping).await;
            if let Some(error) = input.trouble.take() {
                followed.fail(format!("standard input: {error}"), say);
            }
            if let Some(reading) = input.reading(come) {
                let (report, stopped) = one_file(Arc::new(reading), &mut delivery).await;
                followed.account(report, say);
                input.stored(&mut delivery.records);
                if let Some(stopped) = stopped {
                    break Err(stopped);
                }
            }
            // Where there is nothing else to follow, the end of the stream is the end.
            if come == Come::End {
                stream = None;
                stopping |= followed.tails.is_empty() && following.names.iter().all(|name| name == "-");
                continue;
            }
        }
        if stopping {
            break Ok(());
        }
        let pause = if stream.as_ref().is_some_and(FollowedStream::is_behind) {
            Duration::ZERO
        } else {
            LOOK
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = &mut stop => stopping = true,
        }
    };
    let Followed { mut total, .. } = followed;
    if let Err(Aborted(reason)) = outcome {
        total.failures.push(format!("stopped: {reason}"));
    }
    total.absorb(delivery.report);
    total.rows_unsent = total.rows_read.saturating_sub(total.rows_stored + total.rows_refused);
    total
}

struct Followed<'a> {
    names: &'a [String],
    known: Known,
    /// How a file is read at first: what stands in it already is of another time.
    first: Arc<Options>,
    options: Arc<Options>,
    tails: Vec<Tail>,
    searched: Option<Instant>,
    /// What the user has been told.
    said: HashSet<String>,
    total: Report,
}

/// A file that is followed.
struct Tail {
    input: Input,
    file: Arc<File>,
    device: u64,
    inode: u64,
    learnt: Arc<read::Learnt>,
    /// Its length and last write when it was last read.
    seen: Option<(u64, Option<SystemTime>)>,
    /// When more was last seen of it.
    changed: Instant,
    /// When it was last read.
    read: Option<Instant>,
    /// Nothing of it is open.
    settled: bool,
    /// Another file goes by its name now.
    renamed: bool,
    /// It can not be read.
    failed: bool,
}

impl Followed<'_> {
    /// Opens what has appeared, and notes what was renamed.
    fn search(&mut self, stopping: bool, say: &mut dyn FnMut(&str)) {
        let due = stopping || self.searched.is_none_or(|searched| searched.elapsed() >= SEARCH);
        let mut named: Vec<Input> = Vec::new();
        if due {
            self.searched = Some(Instant::now());
            for name in self.names.iter().filter(|name| *name != "-") {
                match Input::named(name) {
                    Ok(inputs) => named.extend(inputs),
                    Err(error) => {
                        self.tell(format!("{error}; what comes is read"), say);
                    }
                }
            }
        } else {
            // A name that is followed may stand for another file by now.
            let current = self.tails.iter().filter(|tail| !tail.renamed);
            named.extend(current.map(|tail| tail.input.clone()));
        }
        for input in named {
            let Some(path) = input.path() else { continue };
            let problem =
                |error: std::io::Error| format!("{}: {error}; it is read as soon as it can be", path.display());
            let data = match path.metadata() {
                Ok(data) => data,
                Err(error) => {
                    self.note_renamed(path, None);
                    self.tell(problem(error), say);
                    continue;
                }
            };
            if !data.is_file() {
                let name = path.display();
                self.tell(
                    format!("{name}: it is no file: follow a pipe by `kulprit ingest --follow - < {name}`"),
                    say,
                );
                continue;
            }
            let current = known::numbers(&data);
            self.note_renamed(path, Some(current));
            if self.tails.iter().any(|tail| (tail.device, tail.inode) == current) {
                continue;
            }
            match File::open(path) {
                Ok(file) => {
                    let path = path.to_owned();
                    self.add(input, file, false);
                    self.add_leftover(&path);
                }
                Err(error) => {
                    self.tell(problem(error), say);
                }
            }
        }
    }

    /// Follows the rotated files of `path` that hold what was not read.
    fn add_leftover(&mut self, path: &Path) {
        for older in leftover::of(path, &self.known) {
            if let Ok(file) = File::open(&older) {
                self.add(Input::File(older), file, true);
            }
        }
    }

    fn add(&mut self, input: Input, file: File, renamed: bool) {
        let Ok(data) = file.metadata() else { return };
        let (device, inode) = known::numbers(&data);
        if self
            .tails
            .iter()
            .any(|tail| (tail.device, tail.inode) == (device, inode))
        {
            return;
        }
        // What it holds now is known by its beginning, though it be emptied before it is read.
        if let (Ok(opened), Some(path)) = (open(&input, Some(&file), ProgressBar::hidden()), input.path())
            && let Ok(path) = std::path::absolute(path)
        {
            let identity = known::Identity {
                path: &path,
                device,
                inode,
                head: &opened.head,
                bytes: opened.bytes(),
                is_lines: true,
            };
            // A file that is read by records is claimed when it is read.
            if opened.is_lines() {
                self.known.claim(identity, |position| opened.fits(position));
            }
        }
        self.tails.push(Tail {
            input,
            file: Arc::new(file),
            device,
            inode,
            learnt: Arc::default(),
            seen: None,
            changed: Instant::now(),
            read: None,
            settled: false,
            renamed,
            failed: false,
        });
    }

    /// The files that went by this name, and are not `current`, go by another one now.
    fn note_renamed(&mut self, path: &Path, current: Option<(u64, u64)>) {
        for tail in &mut self.tails {
            if tail.input.path() == Some(path) && Some((tail.device, tail.inode)) != current {
                tail.renamed = true;
            }
        }
    }

    /// Reads on in the files that have grown.
    async fn read_on<S: Sink>(
        &mut self,
        delivery: &mut Delivery<'_, S>,
        stopping: bool,
        say: &mut dyn FnMut(&str),
    ) -> Result<(), Aborted> {
        let active = self.tails.iter().filter(|tail| tail.changed.elapsed() < OVER).count();
        let pause = Duration::from_secs(1) / INSERTS * u32::try_from(active).unwrap_or(u32::MAX).max(1);
        let mut index = 0;
        while let Some(tail) = self.tails.get_mut(index) {
            index += 1;
            let Some(end) = tail.due(pause, stopping) else { continue };
            let reading = Owned {
                known: Some(self.known.clone()),
                held: Some(Arc::clone(&tail.file)),
                learnt: Some(Arc::clone(&tail.learnt)),
                retry: tail.read.is_none(),
                end,
                ..Owned::new(
                    tail.input.clone(),
                    Arc::clone(if tail.read.is_none() {
                        &self.first
                    } else {
                        &self.options
                    }),
                )
            };
            tail.read = Some(Instant::now());
            tail.settled = end != End::Growing;
            let (report, stopped) = one_file(Arc::new(reading), delivery).await;
            let emptied = self.known.take_emptied();
            let mut emptied_path = None;
            if let Some(tail) = self.tails.get_mut(index - 1) {
                tail.failed = !report.failures.is_empty() || report.files_left_out > 0;
                emptied_path = tail.input.path().filter(|_| emptied).map(PathBuf::from);
            }
            self.account(report, say);
            if let Some(stopped) = stopped {
                return Err(stopped);
            }
            // It was copied and emptied: the copy has what was not read.
            if let Some(path) = emptied_path {
                self.add_leftover(&path);
            }
        }
        self.tails.retain(|tail| !tail.is_over());
        Ok(())
    }

    fn account(&mut self, mut report: Report, say: &mut dyn FnMut(&str)) {
        for failure in std::mem::take(&mut report.failures) {
            self.fail(failure, say);
        }
        for refusal in &report.refusals {
            self.tell(
                format!("{}:{}: {}: {}", refusal.file, refusal.row, refusal.kind, refusal.detail),
                say,
            );
        }
        report.notes.clear();
        self.total.absorb(report);
    }

    fn fail(&mut self, failure: String, say: &mut dyn FnMut(&str)) {
        if self.tell(failure.clone(), say) {
            self.total.failures.push(failure);
        }
    }

    /// Tells the user, once.
    fn tell(&mut self, what: String, say: &mut dyn FnMut(&str)) -> bool {
        let new = self.said.len() < 10_000 && self.said.insert(what.clone());
        if new {
            say(&what);
        }
        new
    }
}

impl Tail {
    /// Whether it is to be read now, and what its end means then.
    fn due(&mut self, pause: Duration, stopping: bool) -> Option<End> {
        let data = self.file.metadata().ok()?;
        let seen = (data.len(), data.modified().ok());
        let has_changed = self.seen != Some(seen);
        if has_changed {
            self.changed = Instant::now();
            self.failed &= self.seen.is_none_or(|(length, _)| seen.0 >= length);
        }
        if self.failed {
            self.seen = Some(seen);
            return None;
        }
        let is_quiet = !has_changed && self.changed.elapsed() >= SETTLED;
        if stopping {
            return (has_changed || !self.settled).then_some(End::Settled);
        }
        if self.read.is_none() {
            self.seen = Some(seen);
            let is_quiet = seen
                .1
                .is_some_and(|written| written.elapsed().is_ok_and(|since| since > SETTLED * 2));
            return Some(if is_quiet { End::Settled } else { End::Growing });
        }
        if has_changed && self.read.is_none_or(|read| read.elapsed() >= pause.max(LOOK * 3)) {
            self.seen = Some(seen);
            return Some(End::Growing);
        }
        if self.is_over() && !has_changed {
            return None;
        }
        if self.renamed && !has_changed && self.changed.elapsed() >= OVER {
            return Some(End::Whole);
        }
        (is_quiet && !self.settled).then_some(End::Settled)
    }

    /// Everything of it is stored, and no more will come.
    fn is_over(&self) -> bool {
        self.renamed && self.changed.elapsed() >= OVER + LOOK * 2 && self.settled
    }
}
