//! MBTiles 1.3: an SQLite file with the tables `metadata` and `tiles`, whose rows are counted from the south (TMS).

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use oneroof_ports::TileKind;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use crate::{OpenError, Tiles, bounds, sniff};

/// Connections that stay open between two tiles.
const MAX_IDLE: usize = 4;

/// Most bytes of one value of the metadata that is looked at.
const MAX_VALUE_BYTES: i64 = 4_096;

/// As [`crate::MAX_TILE_BYTES`], for SQL.
const MAX_TILE_BYTES: i64 = 4_000_000;

/// Longest wait for somebody who writes into the file.
const BUSY: Duration = Duration::from_millis(500);

/// An open file.
pub(crate) struct MbTiles {
    file: std::path::PathBuf,
    idle: Mutex<Vec<Connection>>,
    kind: TileKind,
    zooms: (u8, u8),
    bounds: Option<[f64; 4]>,
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    // The file is somebody else's: nothing in it may call what changes anything.
    connection.execute_batch(
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
    )?;
    Ok(connection)
}

fn value(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    let sql =
        "SELECT CAST(value AS TEXT) FROM metadata WHERE name = ?1 AND length(value) <= ?2 LIMIT 1";
    connection
        .query_row(sql, params![name, MAX_VALUE_BYTES], |row| row.get(0))
        .optional()
        .map(Option::flatten)
}

fn kind_of(connection: &Connection) -> Result<TileKind, OpenError> {
    let said = value(connection, "format").map_err(|e| damaged(&e))?;
    match said.as_deref().map(str::trim) {
        Some("png") => Ok(TileKind::Png),
        Some("jpg" | "jpeg") => Ok(TileKind::Jpeg),
        Some("webp") => Ok(TileKind::Webp),
        Some("pbf" | "mvt") => Ok(TileKind::Mvt),
        Some(other) if !other.is_empty() => {
            Err(OpenError::UnknownFormat(other.chars().take(40).collect()))
        }
        _ => {
            // Old files do not say it.
            let sql = "SELECT tile_data FROM tiles WHERE length(tile_data) <= ?1 LIMIT 1";
            let first: Option<Vec<u8>> = connection
                .query_row(sql, params![MAX_TILE_BYTES], |row| row.get(0))
                .optional()
                .map_err(|e| damaged(&e))?;
            let bytes = first
                .ok_or_else(|| OpenError::NotAMap("an MBTiles file without tiles".to_owned()))?;
            match sniff::picture(&bytes) {
                Some(kind) => Ok(kind),
                None if bytes.starts_with(&[0x1f, 0x8b]) => Ok(TileKind::Mvt),
                None => Err(OpenError::UnknownFormat("not stated".to_owned())),
            }
        }
    }
}

fn damaged(error: &rusqlite::Error) -> OpenError {
    OpenError::Unreadable(error.to_string())
}

fn zoom_of(connection: &Connection, name: &str, sql: &str) -> Result<u8, OpenError> {
    let said = value(connection, name).map_err(|e| damaged(&e))?;
    if let Some(zoom) = said.and_then(|s| s.trim().parse::<u8>().ok()) {
        return Ok(zoom.min(crate::MAX_ZOOM));
    }
    let found: Option<i64> = connection
        .query_row(sql, [], |row| row.get(0))
        .map_err(|e| damaged(&e))?;
    let zoom = found.and_then(|z| u8::try_from(z).ok());
    zoom.filter(|z| *z <= crate::MAX_ZOOM)
        .ok_or_else(|| OpenError::NotAMap("an MBTiles file without tiles".to_owned()))
}

fn bounds_of(text: &str) -> Option<[f64; 4]> {
    let parts: Vec<f64> = text
        .split(',')
        .map_while(|p| p.trim().parse().ok())
        .collect();
    match parts.as_slice() {
        [west, south, east, north] => bounds([*south, *west, *north, *east]),
        _ => None,
    }
}

impl MbTiles {
    pub(crate) fn open(file: &Path) -> Result<Self, OpenError> {
        let connection = connect(file).map_err(|e| damaged(&e))?;
        let sql =
            "SELECT count(DISTINCT name) FROM sqlite_master WHERE name IN ('tiles', 'metadata')";
        let tables: i64 = connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|e| damaged(&e))?;
        if tables != 2 {
            return Err(OpenError::NotAMap(
                "an SQLite file without the tables `tiles` and `metadata`: no MBTiles".to_owned(),
            ));
        }
        let kind = kind_of(&connection)?;
        let low = zoom_of(&connection, "minzoom", "SELECT min(zoom_level) FROM tiles")?;
        let high = zoom_of(&connection, "maxzoom", "SELECT max(zoom_level) FROM tiles")?;
        let bounds = value(&connection, "bounds").map_err(|e| damaged(&e))?;
        Ok(Self {
            file: file.to_owned(),
            idle: Mutex::new(vec![connection]),
            kind,
            zooms: (low.min(high), high),
            bounds: bounds.and_then(|b| bounds_of(&b)),
        })
    }
}

impl Tiles for MbTiles {
    fn about(&self) -> (TileKind, (u8, u8), Option<[f64; 4]>) {
        (self.kind, self.zooms, self.bounds)
    }

    fn raw(&self, z: u8, x: u32, y: u32) -> Result<Option<Vec<u8>>, String> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let known = idle().pop();
        let connection = match known {
            Some(connection) => connection,
            None => connect(&self.file).map_err(|e| e.to_string())?,
        };
        // TMS counts from the south. `y` is within the zoom, so this is never below zero.
        let row = (1u64 << z).saturating_sub(1).saturating_sub(u64::from(y));
        let row = i64::try_from(row).unwrap_or(i64::MAX);
        let tile = read(&connection, z, x, row);
        // A connection that met a fault is closed: the next one begins anew.
        if tile.is_ok() {
            let mut idle = idle();
            if idle.len() < MAX_IDLE {
                idle.push(connection);
            }
        }
        tile
    }
}

fn read(connection: &Connection, z: u8, x: u32, row: i64) -> Result<Option<Vec<u8>>, String> {
    let sql = "SELECT length(tile_data), CASE WHEN length(tile_data) <= ?4 THEN tile_data END FROM tiles \
               WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3 LIMIT 1";
    let mut statement = connection.prepare_cached(sql).map_err(|e| e.to_string())?;
    let found: Option<(Option<i64>, Option<Vec<u8>>)> = statement
        .query_row(params![z, x, row, MAX_TILE_BYTES], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .optional()
        .map_err(|e| e.to_string())?;
    match found {
        Some((Some(length), None)) => Err(format!("a tile of {length} bytes")),
        Some((_, Some(bytes))) if !bytes.is_empty() => Ok(Some(bytes)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_believed_only_where_they_can_be() {
        assert_eq!(bounds_of("22,44,41,53"), Some([44.0, 22.0, 53.0, 41.0]));
        for text in [
            "",
            "22,44,41",
            "22,44,41,x",
            "41,44,22,53",
            "22,44,41,NaN",
            "0,-91,1,1",
        ] {
            assert_eq!(bounds_of(text), None, "{text}");
        }
    }
}
