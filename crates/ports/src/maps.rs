//! The operator's own maps: tiles that a screen lays under its picture.

/// What the tiles of a map are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileKind {
    /// PNG pictures.
    Png,
    /// JPEG pictures.
    Jpeg,
    /// WebP pictures.
    Webp,
    /// Mapbox vector tiles (version 2.1).
    Mvt,
}

impl TileKind {
    /// Media type of one tile.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Mvt => "application/vnd.mapbox-vector-tile",
        }
    }

    /// Whether the screen draws it by itself, from lines and areas.
    pub const fn is_vector(self) -> bool {
        matches!(self, Self::Mvt)
    }
}

/// A tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Its bytes, compressed with gzip where `gzip`.
    pub bytes: Vec<u8>,
    /// What it is.
    pub kind: TileKind,
    /// Whether the bytes are compressed.
    pub gzip: bool,
}

/// What is known of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapAbout {
    /// Its id.
    pub id: String,
    /// Its name in Ukrainian.
    pub uk: String,
    /// Its name in English.
    pub en: String,
    /// Whose data it is.
    pub attribution: String,
    /// What its tiles are; `None` where the map could not be opened.
    pub kind: Option<TileKind>,
    /// Zooms that have tiles, least and greatest.
    pub zooms: (u8, u8),
    /// South, west, north, east in degrees, where the map says so.
    pub bounds: Option<[f64; 4]>,
    /// Whether it was opened, and the last tile that was asked for could be read.
    pub readable: bool,
}

/// Why there is no answer about a tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapFault {
    /// No map has that id.
    #[error("no such map")]
    Unknown,
    /// The map is damaged or away; the log says more.
    #[error("the map cannot be read")]
    Unreadable,
}

/// The maps. Both calls read files and block: not for an asynchronous thread.
pub trait Maps: Send + Sync {
    /// All maps, in the order in which a screen offers them.
    fn list(&self) -> Vec<MapAbout>;

    /// A tile, `y` counted from the north; `None` where the map has none there. It stays compressed only where `gzip` is
    /// welcome.
    ///
    /// # Errors
    /// Where there is no such map, or it cannot be read.
    fn tile(&self, id: &str, z: u8, x: u32, y: u32, gzip: bool) -> Result<Option<Tile>, MapFault>;
}
