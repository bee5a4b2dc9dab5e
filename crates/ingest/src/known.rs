//! Which files have been read before: by device, inode and first bytes, or by what they hold where they were moved,
//! copied or packed.

use std::fs::Metadata;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::position::{FileRecord, Position, Print, hex};

/// The records of earlier runs and of this one. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Known(Arc<Mutex<Records>>);

#[derive(Debug, Default)]
struct Records {
    free: Vec<FileRecord>,
    /// Records of files that this run reads: no other file takes them over.
    taken: Vec<FileRecord>,
    /// Makes other files of those that were read before.
    salt: String,
    /// Whether a file was emptied since this was asked last.
    emptied: bool,
}

/// What tells a file apart.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    pub path: &'a Path,
    pub device: u64,
    pub inode: u64,
    /// The beginning of its text.
    pub head: &'a [u8],
    /// The length of its text, where it is known.
    pub bytes: Option<u64>,
    /// Whether positions in it are bytes of lines; elsewhere its last bytes may change when it grows.
    pub is_lines: bool,
}

impl Identity<'_> {
    /// The print of its first bytes.
    fn head_print(&self) -> Print {
        let ending = if self.is_lines { 0 } else { ENDING };
        let length = self.head.len().saturating_sub(ending).min(Print::LONGEST);
        Print::of(&self.head[..length])
    }
}

/// What may follow the last record of a document.
const ENDING: usize = 16;

impl Known {
    pub fn new(records: Vec<FileRecord>) -> Self {
        Self::of(records, String::new())
    }

    /// Knows these, and takes any other file for one that was never read: what was stored of it is stored again.
    pub fn anew(records: Vec<FileRecord>) -> Self {
        Self::of(records, jiff::Timestamp::now().as_nanosecond().to_string())
    }

    fn of(free: Vec<FileRecord>, salt: String) -> Self {
        let taken = Vec::new();
        Self(Arc::new(Mutex::new(Records {
            free,
            taken,
            salt,
            emptied: false,
        })))
    }

    /// The record of the file, a new one where it was not read before. `fits` looks at the file whether a position can
    /// be one of it.
    pub fn claim(&self, file: Identity<'_>, fits: impl Fn(&Position) -> bool) -> FileRecord {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same_file = |record: &FileRecord| (record.device, record.inode) == (file.device, file.inode);
        let whole = |record: &FileRecord| {
            let furthest = record.sending.as_ref().map_or(&record.stored, |sending| &sending.to);
            record.head.begins(file.head) && file.bytes.is_none_or(|bytes| furthest.at <= bytes) && fits(furthest)
        };
        // The latest first: an inode comes again in other files.
        let taken = records.taken.iter().rposition(&same_file);
        let found = match taken.map(|index| records.taken.remove(index)) {
            Some(record) if whole(&record) => Some(record),
            gone => {
                // It was emptied; what it held may stand in a copy.
                records.emptied |= gone.is_some();
                records.free.extend(gone.map(|record| FileRecord {
                    device: 0,
                    inode: 0,
                    ..record
                }));
                let same = |record: &FileRecord| same_file(record) && whole(record);
                let moved = |record: &FileRecord| !same_file(record) && may_have_moved(record) && whole(record);
                let free = &records.free;
                let index = free.iter().rposition(same).or_else(|| free.iter().rposition(moved));
                index.map(|index| records.free.remove(index))
            }
        };
        let record = match found {
            Some(record) => FileRecord {
                device: file.device,
                inode: file.inode,
                path: file.path.display().to_string(),
                head: file.head_print(),
                ..record
            },
            None => {
                let mut id = id(&file, &records.salt);
                // A file that was emptied and begins as before is another one.
                while let Some(former) = records.free.iter().chain(&records.taken).find(|known| known.id == id) {
                    id = hex(&Sha256::digest(format!("{id} {}", former.stored.before.hash)));
                }
                FileRecord {
                    id,
                    path: file.path.display().to_string(),
                    device: file.device,
                    inode: file.inode,
                    head: file.head_print(),
                    ..FileRecord::default()
                }
            }
        };
        records.taken.push(record.clone());
        record
    }

    /// Takes over how far a file is stored by now.
    pub fn update(&self, record: &FileRecord) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = records.taken.iter_mut().find(|known| known.id == record.id) {
            known.clone_from(record);
        }
    }

    /// Whether a file that is read was emptied since this was asked last.
    pub fn take_emptied(&self) -> bool {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).emptied)
    }

    /// Whether a file was read before, in part at least, and is not read in this run yet: by its device and inode, or by
    /// what it holds.
    pub fn is_left(&self, file: Identity<'_>, fits: impl Fn(&Position) -> bool) -> bool {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same_file = |record: &FileRecord| (record.device, record.inode) == (file.device, file.inode);
        records.free.iter().any(|record| {
            (same_file(record) || may_have_moved(record)) && record.head.begins(file.head) && fits(&record.stored)
        })
    }

    /// Whether something was stored of a file that was here, and is not read in this run yet.
    pub fn misses(&self, path: &Path) -> bool {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let path = path.display().to_string();
        records.free.iter().any(|record| record.path == path)
    }

    /// Gives a record up that turned out to be of another file.
    pub fn disown(&self, id: &str) {
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // It stays among the taken, so that its id is not given again.
        if let Some(known) = records.taken.iter_mut().find(|known| known.id == id) {
            (known.device, known.inode) = (u64::MAX, u64::MAX);
        }
    }
}

fn id(file: &Identity<'_>, salt: &str) -> String {
    let first = file.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(file.device.to_le_bytes());
    hash.update(file.inode.to_le_bytes());
    hash.update(&first[..first.len().min(Print::LONGEST)]);
    hex(&hash.finalize())
}

/// Whether a file with the same content may be the recorded one: enough of it is known, or that no longer is where it was
/// or was emptied.
fn may_have_moved(record: &FileRecord) -> bool {
    let there = std::fs::metadata(&record.path).is_ok_and(|data| {
        let (device, inode) = numbers(&data);
        (device, inode) == (record.device, record.inode) && data.len() >= record.stored.at
    });
    record.head.bytes > 0 && (record.head.bytes == Print::LONGEST as u64 || !there)
}

/// The device and the inode of a file.
pub fn numbers(data: &Metadata) -> (u64, u64) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        (data.dev(), data.ino())
    }
    #[cfg(not(unix))]
    {
        let _ = data;
        (0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file<'a>(inode: u64, head: &'a [u8]) -> Identity<'a> {
        Identity {
            path: Path::new("/nowhere/a.log"),
            device: 1,
            inode,
            head,
            bytes: Some(head.len() as u64),
            is_lines: true,
        }
    }

    fn stored(known: &Known, inode: u64, text: &[u8]) -> FileRecord {
        let mut record = known.claim(file(inode, text), |_| true);
        record.stored.at = text.len() as u64;
        record.stored.before = Print::of_end(text);
        record
    }

    fn at(known: &Known, inode: u64, text: &[u8]) -> u64 {
        let fits = |position: &Position| {
            text.get(..position.at as usize)
                .is_some_and(|before| position.before.hash.is_empty() || position.before.ends(before))
        };
        known.claim(file(inode, text), fits).stored.at
    }

    #[test]
    fn a_file_that_has_grown_is_known_and_one_that_was_rewritten_is_not() {
        let record = stored(&Known::default(), 7, b"one\ntwo\n");
        let known = || Known::new(vec![record.clone()]);
        assert_eq!(at(&known(), 7, b"one\ntwo\n"), 8);
        assert_eq!(at(&known(), 7, b"one\ntwo\nthree\n"), 8);
        assert_eq!(at(&known(), 7, b"one\n"), 0);
        assert_eq!(at(&known(), 7, b"one\nTWO\nthree\n"), 0);
        assert_eq!(at(&known(), 7, b"another file with this inode\n"), 0);
        // It was renamed over, or packed: the file is not there any more.
        assert_eq!(at(&known(), 8, b"one\ntwo\nthree\n"), 8);
    }

    #[test]
    fn two_files_of_one_run_with_the_same_content_are_two() {
        let record = stored(&Known::default(), 7, b"one\ntwo\n");
        let known = Known::new(vec![record]);
        assert_eq!(at(&known, 7, b"one\ntwo\n"), 8);
        assert_eq!(at(&known, 8, b"one\ntwo\n"), 0);
    }

    #[test]
    fn an_emptied_file_that_begins_as_before_gets_an_id_of_its_own() {
        let record = stored(&Known::default(), 7, b"banner\ntwo\nthree\n");
        let known = Known::new(vec![record.clone()]);
        let again = known.claim(file(7, b"banner\n"), |_| true);
        assert_eq!((again.stored.at, again.id == record.id), (0, false));
        assert_ne!(
            Known::anew(Vec::new()).claim(file(7, b"banner\n"), |_| true).id,
            record.id
        );
    }
}
