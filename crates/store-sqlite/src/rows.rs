//! Rows to values.

use oneroof_model::{ReportId, Time};
use rusqlite::{Row, Statement};
use uuid::Uuid;

use crate::error::InStore as _;
use crate::payload;
use oneroof_ports::StoreError;

/// Columns that [`entry`] reads, from headers `h`, payloads `p` and keys `k.keys`.
pub(crate) const ENTRY: &str = "SELECT h.seq, h.at_us, h.v, h.kind, p.report, p.encoding, p.key_id, k.key, p.salt,
    p.body, h.digest, h.hash, p.seq IS NULL
    FROM main.headers h LEFT JOIN main.payloads p ON p.seq = h.seq LEFT JOIN k.keys k ON k.id = p.key_id";

/// A number that is never negative, as `SQLite` keeps it; beyond 2^63 it saturates (no counter of ours gets there).
pub(crate) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A limit of rows.
pub(crate) fn limit(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A number that was never negative.
pub(crate) fn uint(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let n: i64 = row.get(column)?;
    u64::try_from(n).map_err(|e| conversion(column, e))
}

/// A moment.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Time> {
    Ok(Time::from_micros(row.get(column)?))
}

/// An id.
pub(crate) fn uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_bytes(row.get(column)?))
}

fn conversion(column: usize, e: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Integer, Box::new(e))
}

/// A journal entry's row.
pub(crate) fn entry(row: &Row<'_>) -> rusqlite::Result<payload::Row> {
    let v: i64 = row.get(2)?;
    Ok(payload::Row {
        seq: uint(row, 0)?,
        at: time(row, 1)?,
        v: u16::try_from(v).map_err(|e| conversion(2, e))?,
        kind: row.get(3)?,
        report: row
            .get::<_, Option<[u8; 16]>>(4)?
            .map(|id| ReportId(Uuid::from_bytes(id))),
        encoding: row.get::<_, Option<i64>>(5)?.unwrap_or_default(),
        key_id: row.get(6)?,
        key: row.get(7)?,
        salt: row.get(8)?,
        body: row.get(9)?,
    })
}

/// All rows of a query.
pub(crate) fn all<T, P: rusqlite::Params>(
    statement: &mut Statement<'_>,
    params: P,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let rows = statement.query_map(params, read).stored()?;
    rows.collect::<Result<_, _>>().stored()
}
