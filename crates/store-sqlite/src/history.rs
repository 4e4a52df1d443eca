//! The history of positions: one small database a day, apart from the journal. Retention deletes files.
//!
//! Positions are kept to 1e-7 degree (11 mm), speed to 1 cm/s, course to 0.1 degree; a second point of one track at
//! the same moment replaces the first. `synchronous=OFF`: a power loss costs the last seconds, and a day's file that
//! it damaged is set aside as `*.damaged`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use oneroof_model::{LatLon, Time, TrackDomain, TrackIdent, TrackKey};
use oneroof_ports::memory::thin_evenly;
use oneroof_ports::{BoxFuture, History, HistoryPoint, Near, NearAsked, Nearest, StoreError};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use tokio::sync::{mpsc, oneshot};

use crate::error::{InStore as _, file_error};
use crate::folder::{beside, remove};
use crate::rows::all;

const DAY_US: i64 = 86_400_000_000;
/// Days whose files stay open for writing: today, yesterday around midnight, and one that a capture replays.
const OPEN_DAYS: usize = 3;

/// Settings of the history.
#[derive(Debug, Clone)]
pub struct HistoryOptions {
    /// Requests that wait for the writer.
    pub queue: usize,
    /// Files (days) at most. Beyond it the oldest goes; points older than all of them are refused, so that a feed
    /// with wild times cannot fill the folder.
    pub max_days: usize,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self {
            queue: 64,
            max_days: 400,
        }
    }
}

enum Request {
    Add(Vec<HistoryPoint>, oneshot::Sender<Result<(), StoreError>>),
    Thin(Time, u32, oneshot::Sender<Result<u64, StoreError>>),
    Retain(Time, oneshot::Sender<Result<u64, StoreError>>),
}

/// A history in daily files `positions-YYYY-MM-DD.sqlite` of a folder.
pub struct SqliteHistory {
    folder: PathBuf,
    writer: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl core::fmt::Debug for SqliteHistory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SqliteHistory")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl SqliteHistory {
    /// Opens the folder, making it where it is missing. Blocks.
    ///
    /// # Errors
    /// Where the folder cannot be made.
    pub fn open(folder: &Path, options: &HistoryOptions) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|e| file_error(folder, &e))?;
        let (sender, requests) = mpsc::channel(options.queue.max(1));
        let writer = HistoryWriter {
            folder: folder.to_owned(),
            open: BTreeMap::new(),
            max_days: options.max_days.max(1),
        };
        let thread = std::thread::Builder::new()
            .name("history-writer".to_owned())
            .spawn(move || writer.run(requests))
            .map_err(|e| file_error(folder, &e))?;
        Ok(Self {
            folder: folder.to_owned(),
            writer: Some(sender),
            thread: Some(thread),
        })
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Request,
    ) -> Result<T, StoreError> {
        let gone = |_| StoreError::Failed("the history's writer has ended".to_owned());
        let (answer, result) = oneshot::channel();
        if let Some(writer) = &self.writer {
            writer
                .send(request(answer))
                .await
                .map_err(|e| StoreError::Failed(format!("the history's writer has ended: {e}")))?;
        }
        result.await.map_err(gone)?
    }
}

impl Drop for SqliteHistory {
    fn drop(&mut self) {
        self.writer = None;
        if self.thread.take().is_some_and(|t| t.join().is_err()) {
            tracing::error!("the history's thread had panicked");
        }
    }
}

impl History for SqliteHistory {
    fn add(&self, points: Vec<HistoryPoint>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.ask(move |answer| Request::Add(points, answer)))
    }

    fn of_track(
        &self,
        track: TrackKey,
        from: Time,
        to: Time,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<HistoryPoint>, StoreError>> {
        let folder = self.folder.clone();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || of_track(&folder, &track, from, to, limit))
                .await
                .map_err(|e| StoreError::Failed(format!("the reader ended: {e}")))?
        })
    }

    fn near(&self, asked: NearAsked) -> BoxFuture<'_, Result<Near, StoreError>> {
        let folder = self.folder.clone();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || near(&folder, asked))
                .await
                .map_err(|e| StoreError::Failed(format!("the reader ended: {e}")))?
        })
    }

    fn thin(&self, before: Time, keep_every_s: u32) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.ask(move |answer| Request::Thin(before, keep_every_s, answer)))
    }

    fn retain(&self, before: Time) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.ask(move |answer| Request::Retain(before, answer)))
    }
}

/// The day of a moment, as days since 1970.
const fn day_of(at: Time) -> i64 {
    at.as_micros().div_euclid(DAY_US)
}

fn file_of(folder: &Path, day: i64) -> PathBuf {
    let text = Time::from_secs(day.saturating_mul(86_400)).to_string();
    let date = text.split('T').next().unwrap_or_default();
    folder.join(format!("positions-{date}.sqlite"))
}

/// Days that have a file, oldest first.
fn days(folder: &Path) -> Result<Vec<i64>, StoreError> {
    let fail = |e: std::io::Error| file_error(folder, &e);
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).map_err(fail)? {
        let name = item.map_err(fail)?.file_name();
        let name = name.to_string_lossy();
        let date = name
            .strip_prefix("positions-")
            .and_then(|n| n.strip_suffix(".sqlite"));
        if let Some(Ok(start)) = date.map(|d| format!("{d}T00:00:00Z").parse::<Time>()) {
            found.push(day_of(start));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn remove_day(folder: &Path, day: i64) -> Result<(), StoreError> {
    let file = file_of(folder, day);
    remove(&file)?;
    remove(&beside(&file, "-wal"))?;
    remove(&beside(&file, "-shm"))
}

struct HistoryWriter {
    folder: PathBuf,
    open: BTreeMap<i64, Connection>,
    max_days: usize,
}

impl HistoryWriter {
    fn run(mut self, mut requests: mpsc::Receiver<Request>) {
        while let Some(request) = requests.blocking_recv() {
            let heard = match request {
                Request::Add(points, answer) => answer.send(self.add(points)).is_ok(),
                Request::Thin(before, every, answer) => {
                    answer.send(self.thin(before, every)).is_ok()
                }
                Request::Retain(before, answer) => answer.send(self.retain(before)).is_ok(),
            };
            if !heard {
                tracing::debug!("nobody waits for the history's answer");
            }
        }
    }

    fn add(&mut self, points: Vec<HistoryPoint>) -> Result<(), StoreError> {
        let mut by_day: BTreeMap<i64, Vec<HistoryPoint>> = BTreeMap::new();
        for point in points {
            by_day.entry(day_of(point.at)).or_default().push(point);
        }
        for (day, points) in by_day {
            if !self.open.contains_key(&day) && !self.make_room(day)? {
                tracing::warn!(
                    points = points.len(),
                    day,
                    "points of a day too old were refused"
                );
                continue;
            }
            let written = self.file(day).and_then(|conn| write(conn, &points));
            if let Err(StoreError::Damaged { .. }) = &written {
                self.set_aside(day)?;
            }
            written?;
        }
        Ok(())
    }

    /// Keeps the number of files bounded; false where this day is older than all that may stay.
    fn make_room(&mut self, day: i64) -> Result<bool, StoreError> {
        let days = days(&self.folder)?;
        if days.contains(&day) || days.len() < self.max_days {
            return Ok(true);
        }
        match days.first() {
            Some(oldest) if *oldest < day => {
                self.open.remove(oldest);
                remove_day(&self.folder, *oldest)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn set_aside(&mut self, day: i64) -> Result<(), StoreError> {
        self.open.remove(&day);
        let file = file_of(&self.folder, day);
        tracing::error!(file = %file.display(), "a damaged day of positions was set aside");
        let aside = beside(&file, ".damaged");
        std::fs::rename(&file, &aside).map_err(|e| file_error(&file, &e))?;
        remove_day(&self.folder, day)
    }

    fn file(&mut self, day: i64) -> Result<&mut Connection, StoreError> {
        while self.open.len() >= OPEN_DAYS && !self.open.contains_key(&day) {
            self.open.pop_first();
        }
        match self.open.entry(day) {
            std::collections::btree_map::Entry::Occupied(e) => Ok(e.into_mut()),
            std::collections::btree_map::Entry::Vacant(e) => {
                let conn = Connection::open(file_of(&self.folder, day)).stored()?;
                conn.execute_batch(SCHEMA).stored()?;
                // What is added now has not been thinned.
                conn.pragma_update(None, THINNED, 0).stored()?;
                Ok(e.insert(conn))
            }
        }
    }

    /// Thins each whole day once for a span; its file remembers the span.
    fn thin(&mut self, before: Time, keep_every_s: u32) -> Result<u64, StoreError> {
        let mut removed = 0;
        for day in days(&self.folder)? {
            if day >= day_of(before) {
                continue;
            }
            self.open.remove(&day);
            let conn = Connection::open(file_of(&self.folder, day)).stored()?;
            conn.busy_timeout(std::time::Duration::from_secs(5))
                .stored()?;
            removed += thin_day(&conn, keep_every_s.max(1))?;
        }
        Ok(removed)
    }

    fn retain(&mut self, before: Time) -> Result<u64, StoreError> {
        let mut dropped = 0;
        for day in days(&self.folder)? {
            if day < day_of(before) {
                self.open.remove(&day);
                remove_day(&self.folder, day)?;
                dropped += 1;
            }
        }
        Ok(dropped)
    }
}

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS tracks (
        id INTEGER PRIMARY KEY, domain INTEGER NOT NULL, number INTEGER, name TEXT) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS tracks_key
        ON tracks (domain, ifnull(number, -1), ifnull(name, ''));
    CREATE TABLE IF NOT EXISTS points (
        track INTEGER NOT NULL, at_us INTEGER NOT NULL, lat_e7 INTEGER NOT NULL, lon_e7 INTEGER NOT NULL,
        speed_cmps INTEGER, course_ddeg INTEGER, PRIMARY KEY (track, at_us)) STRICT, WITHOUT ROWID;";

/// The span that a day was thinned to, seconds; 0 for not at all. A field of the file's header that SQLite leaves to us.
const THINNED: &str = "user_version";

/// Removes the points of a day that have an earlier one of their track in the same span.
fn thin_day(conn: &Connection, keep_every_s: u32) -> Result<u64, StoreError> {
    let done: u32 = conn
        .pragma_query_value(None, THINNED, |r| r.get(0))
        .stored()?;
    if done >= keep_every_s {
        return Ok(0);
    }
    let span_us = i64::from(keep_every_s) * 1_000_000;
    let sql = "DELETE FROM points WHERE EXISTS (SELECT 1 FROM points earlier
        WHERE earlier.track = points.track AND earlier.at_us < points.at_us
        AND earlier.at_us >= points.at_us - points.at_us % ?1)";
    let removed = conn.execute(sql, [span_us]).stored()?;
    if removed > 0 {
        conn.execute_batch("VACUUM").stored()?;
    }
    conn.pragma_update(None, THINNED, keep_every_s).stored()?;
    Ok(u64::try_from(removed).unwrap_or(u64::MAX))
}

const FIND: &str = "SELECT id FROM tracks WHERE domain = ?1
    AND ifnull(number, -1) = ifnull(?2, -1) AND ifnull(name, '') = ifnull(?3, '')";

/// The key in columns.
fn columns(track: &TrackKey) -> (u8, Option<u32>, Option<&str>) {
    let domain = match track.domain {
        TrackDomain::Vessel => 0,
        TrackDomain::Aircraft => 1,
        TrackDomain::Unit => 2,
        TrackDomain::Vehicle => 3,
        TrackDomain::Sensor => 4,
    };
    match &track.ident {
        TrackIdent::Number(n) => (domain, Some(*n), None),
        TrackIdent::Text(t) => (domain, None, Some(t)),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "as saturates; positions are within 1.8e9"
)]
fn scaled(value: f64, by: f64) -> i64 {
    (value * by).round() as i64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "values written by scaled() are small"
)]
fn unscaled(value: i64, by: f64) -> f64 {
    value as f64 / by
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "metres a second and degrees fit"
)]
fn unscaled32(value: i64, by: f64) -> f32 {
    unscaled(value, by) as f32
}

fn write(conn: &mut Connection, points: &[HistoryPoint]) -> Result<(), StoreError> {
    let tx = conn.transaction().stored()?;
    for p in points {
        let key = columns(&p.track);
        let known: Option<i64> = tx
            .prepare_cached(FIND)
            .stored()?
            .query_row(key, |r| r.get(0))
            .optional()
            .stored()?;
        let track = match known {
            Some(id) => id,
            None => tx
                .prepare_cached("INSERT INTO tracks (domain, number, name) VALUES (?1, ?2, ?3)")
                .stored()?
                .insert(key)
                .stored()?,
        };
        tx.prepare_cached("INSERT OR REPLACE INTO points VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .stored()?
            .execute((
                track,
                p.at.as_micros(),
                scaled(p.position.lat(), 1e7),
                scaled(p.position.lon(), 1e7),
                p.speed_mps.map(|s| scaled(f64::from(s), 100.0)),
                p.course_deg.map(|c| scaled(f64::from(c), 10.0)),
            ))
            .stored()?;
    }
    tx.commit().stored()
}

/// A day's file for reading; `None` where the retention dropped it just now.
fn reader(file: &Path) -> Result<Option<Connection>, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = match Connection::open_with_flags(file, flags) {
        Ok(conn) => conn,
        Err(_) if !file.exists() => return Ok(None),
        Err(e) => return Err(crate::error::store_error(&e)),
    };
    conn.busy_timeout(std::time::Duration::from_secs(5))
        .stored()?;
    Ok(Some(conn))
}

fn placed(file: &Path, lat: f64, lon: f64) -> Result<LatLon, StoreError> {
    LatLon::new(lat, lon).map_err(|e| StoreError::Damaged {
        place: file.display().to_string(),
        detail: e.to_string(),
    })
}

fn of_track(
    folder: &Path,
    track: &TrackKey,
    from: Time,
    to: Time,
    limit: usize,
) -> Result<Vec<HistoryPoint>, StoreError> {
    let mut found = Vec::new();
    if from >= to {
        return Ok(found);
    }
    for day in days(folder)? {
        if day < day_of(from) || day > day_of(to) {
            continue;
        }
        let file = file_of(folder, day);
        let Some(conn) = reader(&file)? else { continue };
        let id: Option<i64> = conn
            .query_row(FIND, columns(track), |r| r.get(0))
            .optional()
            .stored()?;
        let Some(id) = id else { continue };
        let mut select = conn
            .prepare(
                "SELECT at_us, lat_e7, lon_e7, speed_cmps, course_ddeg FROM points
                 WHERE track = ?1 AND at_us >= ?2 AND at_us < ?3 ORDER BY at_us",
            )
            .stored()?;
        let rows = all(&mut select, (id, from.as_micros(), to.as_micros()), |r| {
            Ok((
                Time::from_micros(r.get(0)?),
                unscaled(r.get(1)?, 1e7),
                unscaled(r.get(2)?, 1e7),
                r.get::<_, Option<i64>>(3)?.map(|s| unscaled32(s, 100.0)),
                r.get::<_, Option<i64>>(4)?.map(|c| unscaled32(c, 10.0)),
            ))
        })?;
        for (at, lat, lon, speed_mps, course_deg) in rows {
            let position = placed(&file, lat, lon)?;
            found.push(HistoryPoint {
                track: track.clone(),
                at,
                position,
                speed_mps,
                course_deg,
            });
        }
    }
    Ok(thin_evenly(found, limit))
}

/// Points of all tracks of a day within a span. The order of the join is fixed: the key of the points begins with the
/// track, so each track's span is found at once and the rest of the day is not read.
const SPAN: &str =
    "SELECT t.domain, t.number, t.name, p.at_us, p.lat_e7, p.lon_e7, p.speed_cmps, p.course_ddeg
    FROM tracks t CROSS JOIN points p ON p.track = t.id WHERE p.at_us >= ?1 AND p.at_us < ?2
    ORDER BY t.id, p.at_us";

fn near(folder: &Path, asked: NearAsked) -> Result<Near, StoreError> {
    let mut nearest = Nearest::new(asked);
    if asked.from >= asked.to {
        return Ok(nearest.end());
    }
    for day in days(folder)? {
        if day < day_of(asked.from) || day > day_of(asked.to) {
            continue;
        }
        let file = file_of(folder, day);
        let Some(conn) = reader(&file)? else { continue };
        if !near_on_day(&conn, &file, &mut nearest)? {
            break;
        }
    }
    Ok(nearest.end())
}

/// Looks at a day; false once no more points may be looked at.
fn near_on_day(conn: &Connection, file: &Path, nearest: &mut Nearest) -> Result<bool, StoreError> {
    let span = (
        nearest.asked().from.as_micros(),
        nearest.asked().to.as_micros(),
    );
    let mut select = conn.prepare(SPAN).stored()?;
    let mut rows = select.query(span).stored()?;
    while let Some(r) = rows.next().stored()? {
        if !nearest.may_look() {
            return Ok(false);
        }
        let degrees = |i| -> Result<f64, StoreError> { Ok(unscaled(r.get(i).stored()?, 1e7)) };
        let position = placed(file, degrees(4)?, degrees(5)?)?;
        let Some(distance_m) = nearest.reaches(position) else {
            continue;
        };
        let scaled_of = |i| r.get::<_, Option<i64>>(i).stored();
        let point = HistoryPoint {
            track: key_of(file, r)?,
            at: Time::from_micros(r.get(3).stored()?),
            position,
            speed_mps: scaled_of(6)?.map(|s| unscaled32(s, 100.0)),
            course_deg: scaled_of(7)?.map(|c| unscaled32(c, 10.0)),
        };
        nearest.take(distance_m, point);
    }
    Ok(true)
}

/// The key out of the columns that [`columns`] made.
fn key_of(file: &Path, r: &rusqlite::Row<'_>) -> Result<TrackKey, StoreError> {
    let (domain, number, name): (u8, Option<u32>, Option<String>) =
        (r.get(0).stored()?, r.get(1).stored()?, r.get(2).stored()?);
    let domain = match domain {
        0 => Some(TrackDomain::Vessel),
        1 => Some(TrackDomain::Aircraft),
        2 => Some(TrackDomain::Unit),
        3 => Some(TrackDomain::Vehicle),
        4 => Some(TrackDomain::Sensor),
        _ => None,
    };
    let ident = number
        .map(TrackIdent::Number)
        .or_else(|| name.map(|n| TrackIdent::Text(n.into())));
    match (domain, ident) {
        (Some(domain), Some(ident)) => Ok(TrackKey { domain, ident }),
        _ => Err(StoreError::Damaged {
            place: file.display().to_string(),
            detail: "a track without a key".to_owned(),
        }),
    }
}
