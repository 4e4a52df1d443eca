//! Keys of encrypted payloads, in a file of their own.
//!
//! Keys are made in blocks ahead of use, so that an append waits for one `fsync` and not for two: what an entry
//! rests on is on the disk before the entry is written. The file also remembers which reports were erased, so that
//! an older backup follows when it is restored with the newest keys.

use std::collections::VecDeque;
use std::path::Path;

use oneroof_model::{Erasure, ReportId};
use oneroof_ports::StoreError;
use rusqlite::{Connection, OptionalExtension as _};

use crate::OpenError;
use crate::error::InStore as _;
use crate::folder;
use crate::migrate::{self, open_writer};
use crate::payload::Key;
use crate::rows::{self, all};

/// Keys made at a time.
const BLOCK: usize = 256;

/// The key ring of the writer.
pub(crate) struct KeyRing {
    conn: Connection,
    /// Made, durable, not used.
    free: VecDeque<(i64, Key)>,
}

impl KeyRing {
    /// Opens or makes the file; `used` is the highest key number that a payload names.
    pub(crate) fn open(folder: &Path, used: i64) -> Result<Self, OpenError> {
        let file = folder.join(folder::KEYS);
        let conn = open_writer(&file, migrate::KEYS)?;
        owner_only(&file)?;
        let free = conn
            .prepare("SELECT id, key FROM keys WHERE id > ?1 ORDER BY id")?
            .query_map([used], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(Self { conn, free })
    }

    /// A key that no payload has used. It is durable.
    pub(crate) fn take(&mut self) -> Result<(i64, Key), StoreError> {
        if let Some(key) = self.free.pop_front() {
            return Ok(key);
        }
        let tx = self.conn.transaction().stored()?;
        let mut made = VecDeque::with_capacity(BLOCK);
        {
            let mut insert = tx.prepare("INSERT INTO keys (key) VALUES (?1)").stored()?;
            for _ in 0..BLOCK {
                let key: Key = random()?;
                made.push_back((insert.insert([key]).stored()?, key));
            }
        }
        tx.commit().stored()?;
        self.free = made;
        self.free
            .pop_front()
            .ok_or_else(|| StoreError::Failed("no key was made".to_owned()))
    }

    /// A key by its number.
    pub(crate) fn key(&self, id: i64) -> Result<Option<Key>, StoreError> {
        self.conn
            .query_row("SELECT key FROM keys WHERE id = ?1", [id], |r| r.get(0))
            .optional()
            .stored()
    }

    /// Notes that a report, or a part of it, is erased and overwrites its keys. Durable when it answers.
    pub(crate) fn erase(
        &mut self,
        report: ReportId,
        what: Erasure,
        keys: &[i64],
    ) -> Result<(), StoreError> {
        let note = match what {
            Erasure::Report => "INSERT OR IGNORE INTO erased VALUES (?1)",
            Erasure::Identifiers => "INSERT OR IGNORE INTO erased_identifiers VALUES (?1)",
        };
        let tx = self.conn.transaction().stored()?;
        tx.execute(note, [report.0.as_bytes()]).stored()?;
        for id in keys {
            tx.execute("UPDATE keys SET key = zeroblob(32) WHERE id = ?1", [id])
                .stored()?;
        }
        tx.commit().stored()?;
        truncate_wal(&self.conn)
    }

    /// Tells what was erased so far from what was erased at another time, without reading all of it: how many reports, and
    /// the newest of them, whole and in part.
    pub(crate) fn fingerprint(&self) -> Result<Vec<u8>, StoreError> {
        let mut out = Vec::new();
        for table in ["erased", "erased_identifiers"] {
            let sql = format!("SELECT count(*), max(report) FROM {table}");
            let (count, newest): (i64, Option<Vec<u8>>) = self
                .conn
                .query_row(&sql, [], |r| Ok((r.get(0)?, r.get(1)?)))
                .stored()?;
            out.extend(count.to_be_bytes());
            out.extend(newest.unwrap_or_default());
        }
        Ok(out)
    }

    /// What was erased so far.
    pub(crate) fn erased(&self) -> Result<Vec<Erased>, StoreError> {
        tombs(&self.conn, "main")
    }
}

/// A report and what of it is erased.
pub(crate) type Erased = (ReportId, Erasure);

/// What the keys say was erased; `schema` is the name that their database answers to.
pub(crate) fn tombs(conn: &Connection, schema: &str) -> Result<Vec<Erased>, StoreError> {
    let tables = [
        ("erased", Erasure::Report),
        ("erased_identifiers", Erasure::Identifiers),
    ];
    let mut found = Vec::new();
    for (table, what) in tables {
        let sql = format!("SELECT report FROM {schema}.{table}");
        let mut select = conn.prepare(&sql).stored()?;
        found.extend(all(&mut select, [], |r| {
            Ok((ReportId(rows::uuid(r, 0)?), what))
        })?);
    }
    Ok(found)
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Failed(e.to_string()))?;
    Ok(bytes)
}

/// Writes the log back into the database and cuts it, so that no older page stays in it.
pub(crate) fn truncate_wal(conn: &Connection) -> Result<(), StoreError> {
    let busy: bool = conn
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get(0))
        .stored()?;
    if busy {
        tracing::warn!(
            "a reader holds the log: older pages leave it with the next erasure or at the end"
        );
    }
    Ok(())
}

#[cfg(unix)]
fn owner_only(file: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).map_err(|why| {
        OpenError::Io {
            path: file.to_owned(),
            why,
        }
    })
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the other platforms' form can fail"
)]
fn owner_only(_: &Path) -> Result<(), OpenError> {
    Ok(())
}
