//! What becomes of a file after it was taken: `done/`, or `failed/` with the reason beside it.

use std::fs;
use std::io;
use std::path::Path;

use oneroof_config::types::Done;
use oneroof_model::Time;

/// Folder of files that were taken.
pub const DONE_FOLDER: &str = "done";

/// Folder of files that could not be taken.
pub const FAILED_FOLDER: &str = "failed";

/// Ending of the file that says why, added to the whole name.
pub const REASON_SUFFIX: &str = ".reason.txt";

/// Most files of one name in a trail; the next is not moved.
const MAX_SAME_NAME: u32 = 10_000;

/// Why a file could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    code: &'static str,
    detail: String,
}

impl Fault {
    pub(super) fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// Where a file goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trail {
    /// Everything was taken.
    Done,
    /// Some of it was put into quarantine.
    Partly(Fault),
    /// Nothing could be taken.
    Failed(Fault),
}

impl Trail {
    /// By what the ingest answered.
    pub(super) fn of(taken: u64, quarantined: u64) -> Self {
        if quarantined == 0 {
            return Self::Done;
        }
        let detail = format!(
            "{quarantined} of {} records are in quarantine",
            taken + quarantined
        );
        let fault = Fault::new("file.quarantined", detail);
        if taken == 0 {
            Self::Failed(fault)
        } else {
            Self::Partly(fault)
        }
    }

    /// Moves the file; where something went wrong the reason is written first, so it is never missing.
    pub(super) fn leave(&self, folder: &Path, name: &str, done: Done, at: Time) -> io::Result<()> {
        let from = folder.join(name);
        let (trail, fault) = match self {
            Self::Done if done == Done::Delete => return fs::remove_file(from),
            Self::Done => (DONE_FOLDER, None),
            // What is partly in quarantine is kept in any case: somebody will want to look.
            Self::Partly(fault) => (DONE_FOLDER, Some(fault)),
            Self::Failed(fault) => (FAILED_FOLDER, Some(fault)),
        };
        let trail = folder.join(trail);
        fs::create_dir_all(&trail)?;
        let free = free_name(&trail, name)?;
        if let Some(Fault { code, detail }) = fault {
            let text = format!("{at}\n{code}: {detail}\n");
            fs::write(trail.join(format!("{free}{REASON_SUFFIX}")), text)?;
        }
        fs::rename(from, trail.join(free))
    }
}

/// The name itself, or with a number where another file of that name went before.
fn free_name(trail: &Path, name: &str) -> io::Result<String> {
    let taken = |name: &str| fs::symlink_metadata(trail.join(name)).is_ok();
    if !taken(name) {
        return Ok(name.to_owned());
    }
    (2..MAX_SAME_NAME)
        .map(|n| format!("{name}.{n}"))
        .find(|name| !taken(name))
        .ok_or_else(|| io::Error::new(io::ErrorKind::AlreadyExists, "too many files of that name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_file_of_the_same_name_does_not_replace_the_first() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["one", "two", "three"] {
            fs::write(folder.path().join("a.xml"), text).unwrap();
            Trail::of(1, 0)
                .leave(folder.path(), "a.xml", Done::KeepInDone, Time::EPOCH)
                .unwrap();
        }
        let read = |name: &str| fs::read_to_string(folder.path().join("done").join(name)).unwrap();
        assert_eq!(
            [read("a.xml"), read("a.xml.2"), read("a.xml.3")],
            ["one", "two", "three"]
        );
    }

    #[test]
    fn a_file_that_is_partly_in_quarantine_is_kept_even_where_files_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.xml"), "x").unwrap();
        Trail::of(2, 1)
            .leave(folder.path(), "a.xml", Done::Delete, Time::EPOCH)
            .unwrap();
        let reason = fs::read_to_string(folder.path().join("done/a.xml.reason.txt")).unwrap();
        assert!(reason.contains("1 of 3 records"), "{reason}");
        assert!(folder.path().join("done/a.xml").is_file());
    }
}
