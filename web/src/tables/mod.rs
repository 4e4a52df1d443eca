//! The lists of the second window: rows of everything in the picture, filtered, sorted, bounded. Pure.

pub mod export;
mod rows;

use core::cmp::Ordering;

use oneroof_model::{LatLon, Mode, Time};
use oneroof_wire::client::Picture;

use crate::address::Chosen;
use crate::centre::Centre;
use crate::fold;
use crate::words::Lang;

/// Most rows that are shown; what is more is counted.
pub const MOST: usize = 300;

/// A list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Events, open and over.
    Events,
    /// Reports.
    Reports,
    /// Tracks.
    Tracks,
    /// Own units.
    Units,
    /// Crossing points.
    Points,
    /// Feeds.
    Feeds,
    /// Areas on the map.
    Areas,
}

/// The lists in the order of their keys `1` to `7`.
pub const TABLES: [Table; 7] = [
    Table::Events,
    Table::Reports,
    Table::Tracks,
    Table::Units,
    Table::Points,
    Table::Feeds,
    Table::Areas,
];

/// Columns of the areas.
const AREA_COLUMNS: &[(&str, bool)] = &[
    ("list.short", false),
    ("area.purpose", false),
    ("list.name", false),
    ("area.shape", false),
    ("list.km2", true),
    ("list.event", false),
    ("area.until", false),
    ("area.drawn_by", false),
    ("list.drawn", false),
];

impl Table {
    /// Its key in the catalogue.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Events => "nav.events",
            Self::Reports => "nav.reports",
            Self::Tracks => "nav.tracks",
            Self::Units => "nav.units",
            Self::Points => "nav.crossing_points",
            Self::Feeds => "nav.feeds",
            Self::Areas => "area.list",
        }
    }

    /// Its columns: keys of the catalogue, and whether numbers stand in it.
    pub const fn columns(self) -> &'static [(&'static str, bool)] {
        match self {
            Self::Events => &[
                ("list.short", false),
                ("event.type", false),
                ("event.impact", false),
                ("event.state", false),
                ("event.place", false),
                ("event.section", false),
                ("list.agencies", false),
                ("nav.reports", true),
                ("time.occurred", false),
                ("time.updated", true),
            ],
            Self::Reports => &[
                ("time.received", false),
                ("list.agency", false),
                ("event.type", false),
                ("list.title", false),
                ("event.place", false),
                ("event.confidence", false),
                ("time.occurred", false),
                ("list.event", false),
                ("track.feed", false),
            ],
            Self::Tracks => &[
                ("list.kind", false),
                ("list.name", false),
                ("track.ident", false),
                ("track.call_sign", false),
                ("list.agency", false),
                ("list.speed", true),
                ("track.course", true),
                ("list.altitude", true),
                ("track.position_age", true),
                ("track.feed", false),
            ],
            Self::Units => &[
                ("list.name", false),
                ("list.agency", false),
                ("list.kind", false),
                ("list.status", false),
                ("event.section", false),
                ("track.position_age", true),
            ],
            Self::Points => &[
                ("list.name", false),
                ("list.kind", false),
                ("section.neighbour", false),
                ("event.section", false),
                ("list.status", false),
                ("list.cars", true),
                ("list.trucks", true),
                ("list.buses", true),
                ("list.wait", true),
                ("time.updated", true),
            ],
            Self::Feeds => &[
                ("list.name", false),
                ("list.agency", false),
                ("list.light", false),
                ("list.heard", true),
                ("list.rate", true),
                ("list.rejected", true),
                ("list.quarantined", true),
                ("list.duplicates", true),
                ("list.restarts", true),
                ("list.how", false),
                ("list.error", false),
            ],
            Self::Areas => AREA_COLUMNS,
        }
    }
}

/// By what a cell is sorted.
#[derive(Debug, Clone, PartialEq)]
pub enum By {
    /// Nothing is known: it stands at the end whatever the direction.
    Unknown,
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What is shown; empty where nothing is known.
    pub text: String,
    /// By what it is sorted.
    pub by: By,
}

impl Cell {
    /// A text, sorted as it reads.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        let by = if text.is_empty() {
            By::Unknown
        } else {
            By::Text(fold::fold(&text))
        };
        Self { text, by }
    }

    /// Nothing.
    pub const fn unknown() -> Self {
        Self {
            text: String::new(),
            by: By::Unknown,
        }
    }

    /// A number in words of its own.
    pub const fn number(value: f64, text: String) -> Self {
        Self {
            text,
            by: By::Number(value),
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// A name that lasts.
    pub id: String,
    /// Where it is.
    pub at: Option<LatLon>,
    /// What choosing it chooses; `None` where the desk has nothing to show.
    pub chosen: Option<Chosen>,
    /// Class of how grave it is (`life`, `very_high`, `down`, `lost`, ...); empty where it is as it should be.
    pub class: &'static str,
    /// Cells in the order of the columns.
    pub cells: Vec<Cell>,
}

/// In what order, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which list.
    pub table: Table,
    /// The column that it is sorted by; `None`: as it came, which for events is by gravity.
    pub column: Option<usize>,
    /// Whether the greatest stands first.
    pub down: bool,
    /// Words that a row has to hold.
    pub words: String,
}

/// What the texts of cells are made with.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    /// The centre's tables.
    pub centre: &'a Centre,
    /// Language.
    pub lang: Lang,
    /// The server's time.
    pub now: Time,
    /// What the screen shows.
    pub mode: Mode,
    /// A time in the screen's zone.
    pub clock: &'a dyn Fn(Time) -> String,
}

/// The rows asked for, at most [`MOST`]; how many match, and how many there are.
pub fn list(picture: &Picture, asked: &Asked, voice: Voice<'_>) -> (Vec<Row>, usize, usize) {
    let (mut rows, there) = matching(picture, asked, voice);
    let found = rows.len();
    rows.truncate(MOST);
    (rows, found, there)
}

/// All rows that match, in their order, and how many there are.
pub fn matching(picture: &Picture, asked: &Asked, voice: Voice<'_>) -> (Vec<Row>, usize) {
    let mut all = rows::rows(picture, asked.table, voice);
    let there = all.len();
    let words = fold::words(&asked.words);
    if !words.is_empty() {
        all.retain(|r| {
            let text: Vec<String> = r.cells.iter().map(|c| fold::fold(&c.text)).collect();
            words
                .iter()
                .all(|w| text.iter().any(|t| t.contains(w.as_str())))
        });
    }
    if let Some(column) = asked.column {
        // Stable, and by name among equals: a row that did not change stays where it is.
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all.sort_by(|a, b| {
            let by = |r: &Row| r.cells.get(column).map_or(By::Unknown, |c| c.by.clone());
            order(&by(a), &by(b), asked.down)
        });
    }
    (all, there)
}

fn order(a: &By, b: &By, down: bool) -> Ordering {
    let known = match (a, b) {
        (By::Unknown, By::Unknown) => return Ordering::Equal,
        (By::Unknown, _) => return Ordering::Greater,
        (_, By::Unknown) => return Ordering::Less,
        (By::Number(x), By::Number(y)) => x.total_cmp(y),
        (By::Text(x), By::Text(y)) => x.cmp(y),
        (By::Number(_), By::Text(_)) => Ordering::Less,
        (By::Text(_), By::Number(_)) => Ordering::Greater,
    };
    if down { known.reverse() } else { known }
}

#[cfg(test)]
mod tests;
