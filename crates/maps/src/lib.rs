//! The operator's own maps: MBTiles and PMTiles (version 3) files, and folders of tiles, opened for reading and nothing
//! else.
//!
//! What a file says of itself is not trusted: sizes, offsets and depths are bounded, a tile is given out as what its first
//! bytes are, and a fault is an answer. Whoever calls does so on a thread that may block.

mod folder;
mod mbtiles;
mod pmtiles;
mod sniff;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use oneroof_config::types::OwnMap;
use oneroof_ports::{MapAbout, MapFault, Maps, Tile, TileKind};

/// Largest tile that is given out, bytes as it lies in the map: 4 MB.
const MAX_TILE_BYTES: usize = 4_000_000;

/// Largest tile after unpacking, bytes: 16 MB.
const MAX_UNPACKED_BYTES: usize = 16_000_000;

/// Deepest zoom that is asked for; a tile of it is less than 2.5 m wide.
const MAX_ZOOM: u8 = 24;

/// Why a map cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Nothing lies there.
    #[error("there is no such file or folder")]
    Missing,
    /// It is something else.
    #[error("{0}")]
    NotAMap(String),
    /// Its tiles are of a kind that no screen can draw.
    #[error("unknown tile format `{0}`")]
    UnknownFormat(String),
    /// It is damaged, or may not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

impl OpenError {
    /// Stable code for a problem in the configuration.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "file-missing",
            Self::NotAMap(_) => "no-map",
            Self::UnknownFormat(_) => "tile-format",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Missing => "a relative path counts from the configuration folder",
            Self::NotAMap(_) => {
                "give an MBTiles file, a PMTiles file of version 3, or a folder of tiles {z}/{x}/{y}.png, .jpg or .webp"
            }
            Self::UnknownFormat(_) => {
                "tiles may be png, jpg, webp or pbf (vector); make the map anew in one of these"
            }
            Self::Unreadable(_) => {
                "copy it anew from where it came from, and look whether the server's user may read it"
            }
        }
    }
}

/// What a kind of map has to know how to do.
trait Tiles: Send + Sync {
    /// What its tiles are, its zooms, its bounds (south, west, north, east).
    fn about(&self) -> (TileKind, (u8, u8), Option<[f64; 4]>);

    /// A tile as it lies there, `y` counted from the north. The numbers are within the zoom.
    ///
    /// # Errors
    /// What is wrong with the map, for the log.
    fn raw(&self, z: u8, x: u32, y: u32) -> Result<Option<Vec<u8>>, String>;
}

fn open(path: &Path) -> Result<Box<dyn Tiles>, OpenError> {
    let about = std::fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => OpenError::Missing,
        _ => OpenError::Unreadable(e.to_string()),
    })?;
    if about.is_dir() {
        return Ok(Box::new(folder::Folder::open(path)?));
    }
    let unreadable = |e: std::io::Error| OpenError::Unreadable(e.to_string());
    let mut head = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(16).read_to_end(&mut head).map_err(unreadable)?;
    if head.starts_with(b"SQLite format 3\0") {
        Ok(Box::new(mbtiles::MbTiles::open(path)?))
    } else if head.starts_with(b"PMTiles") {
        Ok(Box::new(pmtiles::PmTiles::open(path)?))
    } else {
        Err(OpenError::NotAMap(
            "this is neither an MBTiles nor a PMTiles file".to_owned(),
        ))
    }
}

/// Opens a map and closes it again.
///
/// # Errors
/// Why it is none.
pub fn check(path: &Path) -> Result<(), OpenError> {
    open(path).map(|_tiles| ())
}

struct Entry {
    about: MapAbout,
    tiles: Option<Box<dyn Tiles>>,
    /// What was last wrong, so that the log says it once; `None` where the last tile could be read.
    fault: Mutex<Option<String>>,
}

impl Entry {
    fn of(map: &OwnMap) -> Self {
        let mut about = MapAbout {
            id: map.id.0.clone(),
            uk: map.name.uk.clone(),
            en: map.name.en.clone(),
            attribution: map.attribution.clone(),
            kind: None,
            zooms: (0, 0),
            bounds: None,
            readable: false,
        };
        let tiles = match open(&map.path.path) {
            Ok(tiles) => {
                let (kind, zooms, bounds) = tiles.about();
                about.kind = Some(kind);
                about.zooms = zooms;
                about.bounds = bounds;
                about.readable = true;
                Some(tiles)
            }
            Err(error) => {
                let (map, file) = (&map.id.0, map.path.path.display());
                tracing::error!(map, %file, %error, help = error.help(), "a map cannot be opened");
                None
            }
        };
        Self {
            about,
            tiles,
            fault: Mutex::new(None),
        }
    }

    /// Remembers how the last reading went; what is new goes to the log.
    fn went(&self, fault: Option<&str>) {
        let mut last = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fault) = fault.filter(|f| last.as_deref() != Some(*f)) {
            tracing::error!(map = self.about.id, fault, "a map cannot be read");
        }
        *last = fault.map(str::to_owned);
    }

    fn tile(&self, z: u8, x: u32, y: u32, gzip: bool) -> Result<Option<Tile>, MapFault> {
        let tiles = self.tiles.as_ref().ok_or(MapFault::Unreadable)?;
        if z > MAX_ZOOM || x >> z != 0 || y >> z != 0 {
            return Ok(None);
        }
        let kind = self.about.kind.ok_or(MapFault::Unreadable)?;
        let read = tiles.raw(z, x, y).and_then(|raw| {
            raw.map(|bytes| sniff::tile(kind, bytes, gzip))
                .transpose()
                .map_err(|e| format!("tile {z}/{x}/{y}: {e}"))
        });
        match read {
            Ok(tile) => {
                self.went(None);
                Ok(tile)
            }
            Err(fault) => {
                self.went(Some(&fault));
                Err(MapFault::Unreadable)
            }
        }
    }
}

/// The maps of a configuration.
pub struct FileMaps(Vec<Entry>);

impl FileMaps {
    /// Opens all of them. One that cannot be opened is in the log, and in the list as not readable.
    pub fn open(maps: &[OwnMap]) -> Self {
        Self(maps.iter().map(Entry::of).collect())
    }
}

impl Maps for FileMaps {
    fn list(&self) -> Vec<MapAbout> {
        let now = |entry: &Entry| {
            let mut about = entry.about.clone();
            let fault = entry.fault.lock().unwrap_or_else(PoisonError::into_inner);
            about.readable &= fault.is_none();
            about
        };
        self.0.iter().map(now).collect()
    }

    fn tile(&self, id: &str, z: u8, x: u32, y: u32, gzip: bool) -> Result<Option<Tile>, MapFault> {
        let entry = self.0.iter().find(|e| e.about.id == id);
        entry.ok_or(MapFault::Unknown)?.tile(z, x, y, gzip)
    }
}

/// Bounds as they are believed: within the world, not empty. South, west, north, east in degrees.
fn bounds([south, west, north, east]: [f64; 4]) -> Option<[f64; 4]> {
    let holds = (-90.0..=90.0).contains(&south)
        && (-90.0..=90.0).contains(&north)
        && (-180.0..=180.0).contains(&west)
        && (-180.0..=180.0).contains(&east)
        && south < north
        && west < east;
    holds.then_some([south, west, north, east])
}
