//! Connections and the database's versions. Migrations only go forward; each is one transaction.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::OpenError;

/// `PRAGMA application_id` of our databases: "1RUF".
const APPLICATION_ID: i64 = 0x3152_5546;

/// Longest wait for another connection's lock.
const BUSY: Duration = Duration::from_secs(5);

/// A database's migrations, number 1 first.
pub(crate) type Migrations = &'static [&'static str];

/// Those of the journal and store.
pub(crate) const DATABASE: Migrations = &[
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_topic_in_quarantine.sql"),
    include_str!("../migrations/0003_followed.sql"),
];

/// Those of the keys.
pub(crate) const KEYS: Migrations = &[
    "
    CREATE TABLE keys (id INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT;   -- zeros where erased
    CREATE TABLE erased (report BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE erased_identifiers (report BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
",
];

/// Opens a database for writing, durable at each commit, and brings it to the newest version.
pub(crate) fn open_writer(file: &Path, migrations: Migrations) -> Result<Connection, OpenError> {
    let conn = Connection::open(file)?;
    conn.busy_timeout(BUSY)?;
    let found: i64 = conn.pragma_query_value(None, "user_version", |r| r.get(0))?;
    let known = crate::rows::limit(migrations.len());
    if found > known {
        return Err(OpenError::Newer {
            file: file.to_owned(),
            found,
            known,
        });
    }
    let id: i64 = conn.pragma_query_value(None, "application_id", |r| r.get(0))?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
    if id != APPLICATION_ID && tables > 0 {
        return Err(OpenError::Foreign {
            file: file.to_owned(),
        });
    }
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -32768;",
    )?;
    for (step, number) in migrations.iter().zip(1..).filter(|(_, n)| *n > found) {
        conn.execute_batch(&format!(
            "BEGIN IMMEDIATE; {step}; PRAGMA application_id = {APPLICATION_ID}; \
             PRAGMA user_version = {number}; COMMIT;"
        ))?;
        tracing::info!(file = %file.display(), version = number, "database brought to a newer version");
    }
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// Opens the two databases for reading; the keys answer to the name `k`.
pub(crate) fn open_reader(database: &Path, keys: &Path) -> Result<Connection, OpenError> {
    // Without this an ATTACH would make an empty file of the name.
    if let Err(why) = std::fs::metadata(keys) {
        return Err(OpenError::Io {
            path: keys.to_owned(),
            why,
        });
    }
    let conn = Connection::open_with_flags(
        database,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    conn.busy_timeout(BUSY)?;
    conn.execute("ATTACH ?1 AS k", [keys.to_string_lossy()])?;
    conn.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;")?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}
