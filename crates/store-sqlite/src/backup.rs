//! Backup of a running store, and restoring it.
//!
//! A backup is two files: the database, and beside it (`.keys`) the keys of its encrypted payloads. An erasure
//! destroys a key and is noted among the keys; so an older backup follows it when it is restored with the newest
//! keys, and cannot be read at all where only the newest keys are kept.

use std::path::{Path, PathBuf};

use oneroof_ports::{StoreError, VerifyReport};
use rusqlite::{Connection, OpenFlags};

use crate::error::{InStore as _, file_error};
use crate::folder::{self, DATABASE, KEYS, beside, remove, rename_durably, sync_file};
use crate::migrate::open_reader;
use crate::verify::verify;
use crate::{Options, SqliteStore};

/// What a restore brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The journal as it was checked after restoring.
    pub journal: VerifyReport,
    /// Size of the database in bytes.
    pub bytes: u64,
}

/// Writes a consistent copy while the store runs. Blocks.
pub(crate) fn backup(data: &Path, to: &Path) -> Result<u64, StoreError> {
    let keys = beside(to, ".keys");
    for path in [to, &keys] {
        if path.exists() {
            let text = format!("{} exists: a backup overwrites nothing", path.display());
            return Err(StoreError::Failed(text));
        }
    }
    let (to_part, keys_part) = (beside(to, ".part"), beside(&keys, ".part"));
    let done = (|| {
        remove(&to_part)?;
        remove(&keys_part)?;
        // The keys after the database: every key that it names is among them.
        copy(&data.join(DATABASE), &to_part)?;
        copy(&data.join(KEYS), &keys_part)?;
        check(&to_part, &keys_part)?;
        sync_file(&to_part)?;
        sync_file(&keys_part)?;
        let bytes = size(&to_part)?.saturating_add(size(&keys_part)?);
        rename_durably(&keys_part, &keys)?;
        rename_durably(&to_part, to)?;
        Ok(bytes)
    })();
    if done.is_err() {
        remove(&to_part)?;
        remove(&keys_part)?;
    }
    done
}

/// A copy as of one moment, without free pages. Writers go on meanwhile.
fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(from, flags).stored()?;
    conn.busy_timeout(std::time::Duration::from_secs(5))
        .stored()?;
    conn.execute("VACUUM INTO ?1", [to.to_string_lossy()])
        .stored()?;
    Ok(())
}

fn size(path: &Path) -> Result<u64, StoreError> {
    let meta = std::fs::metadata(path).map_err(|e| file_error(path, &e))?;
    Ok(meta.len())
}

/// Checks the pages and the chain.
fn check(database: &Path, keys: &Path) -> Result<VerifyReport, StoreError> {
    let damaged = |detail: String| StoreError::Damaged {
        place: database.display().to_string(),
        detail,
    };
    let conn = open_reader(database, keys)?;
    let pages: String = conn
        .query_row("PRAGMA quick_check(1)", [], |r| r.get(0))
        .stored()?;
    if pages != "ok" {
        return Err(damaged(pages));
    }
    let report = verify(&conn)?;
    match &report.broken {
        Some((seq, why)) => Err(damaged(format!("journal entry {seq}: {why}"))),
        None => Ok(report),
    }
}

/// Restores a backup into a data folder. The backup is checked before anything is changed; what was erased
/// according to the keys is erased in the copy. Blocks.
///
/// `keys` are the newest keys there are: those of a later backup, or `keys.sqlite` of a data folder. Without them
/// those beside the backup are taken. With `overwrite` the database of a folder that has one is replaced (its
/// checkpoints are dropped; positions and other files stay); without it the folder must be empty.
///
/// # Errors
/// The folder is not empty or in use, the backup is damaged, its keys are missing, or there is no room.
pub fn restore(
    backup: &Path,
    keys: Option<&Path>,
    data: &Path,
    overwrite: bool,
) -> Result<Restored, StoreError> {
    let keys = keys.map_or_else(|| beside(backup, ".keys"), PathBuf::from);
    check(backup, &keys)?;
    std::fs::create_dir_all(data).map_err(|e| file_error(data, &e))?;
    let mut there = std::fs::read_dir(data).map_err(|e| file_error(data, &e))?;
    if !overwrite && there.next().is_some() {
        return Err(StoreError::Failed(format!(
            "the folder {} is not empty",
            data.display()
        )));
    }
    let held = folder::lock(data)?;
    let parts = [(backup, DATABASE), (keys.as_path(), KEYS)]
        .map(|(from, name)| (from, data.join(name), data.join(format!("{name}.part"))));
    // All that can run out of room comes before the first change.
    for (from, _, part) in &parts {
        remove(part)?;
        copy(from, part)?;
        sync_file(part)?;
    }
    crate::checkpoint::remove_all(data)?;
    for (_, to, part) in &parts {
        // A log of the old database must never be applied to the new one.
        for suffix in ["-wal", "-shm", "-journal"] {
            remove(&beside(to, suffix))?;
        }
        rename_durably(part, to)?;
    }
    drop(held);
    // Opening follows the erasures and brings an older backup to the newest version.
    drop(SqliteStore::open(data, &Options::default())?);
    let database = data.join(DATABASE);
    Ok(Restored {
        journal: check(&database, &data.join(KEYS))?,
        bytes: size(&database)?,
    })
}
