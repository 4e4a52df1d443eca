//! A folder of pictures: `{z}/{x}/{y}.png`, `.jpg`, `.jpeg` or `.webp`, `y` counted from the north.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use oneroof_ports::TileKind;

use crate::{MAX_TILE_BYTES, MAX_ZOOM, OpenError, Tiles};

/// Endings, and what they are.
const ENDINGS: [(&str, TileKind); 4] = [
    ("png", TileKind::Png),
    ("jpg", TileKind::Jpeg),
    ("jpeg", TileKind::Jpeg),
    ("webp", TileKind::Webp),
];

/// Entries of one folder that are looked at for what the tiles are.
const MAX_LOOKED_AT: usize = 1_000;

/// An open folder.
pub(crate) struct Folder {
    /// Without links in it, so that what a link leads to can be held against it.
    root: PathBuf,
    ending: &'static str,
    kind: TileKind,
    zooms: (u8, u8),
}

/// Names in a folder, so many at most.
fn names(folder: &Path) -> Result<Vec<String>, OpenError> {
    let entries = fs::read_dir(folder).map_err(|e| OpenError::Unreadable(e.to_string()))?;
    Ok(entries
        .flatten()
        .take(MAX_LOOKED_AT)
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect())
}

/// The first tile's ending, of a zoom.
fn ending_of(zoom: &Path) -> Result<Option<String>, OpenError> {
    for x in names(zoom)? {
        let column = zoom.join(&x);
        if x.parse::<u32>().is_err() || !column.is_dir() {
            continue;
        }
        for name in names(&column)? {
            if let Some((y, ending)) = name.split_once('.')
                && y.parse::<u32>().is_ok()
            {
                return Ok(Some(ending.to_owned()));
            }
        }
    }
    Ok(None)
}

impl Folder {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let unreadable = |e: std::io::Error| OpenError::Unreadable(e.to_string());
        let root = fs::canonicalize(path).map_err(unreadable)?;
        let mut zooms: Vec<u8> = names(&root)?
            .iter()
            .filter_map(|n| n.parse().ok())
            .filter(|z: &u8| *z <= MAX_ZOOM && root.join(z.to_string()).is_dir())
            .collect();
        zooms.sort_unstable();
        let mut ending = None;
        for zoom in &zooms {
            ending = ending_of(&root.join(zoom.to_string()))?;
            if ending.is_some() {
                break;
            }
        }
        let (Some(low), Some(high), Some(ending)) = (zooms.first(), zooms.last(), ending) else {
            let message = "a folder without tiles {z}/{x}/{y}".to_owned();
            return Err(OpenError::NotAMap(message));
        };
        let known = ENDINGS.iter().find(|(e, _)| *e == ending);
        let (ending, kind) = *known.ok_or(OpenError::UnknownFormat(ending))?;
        Ok(Self {
            root,
            ending,
            kind,
            zooms: (*low, *high),
        })
    }
}

impl Tiles for Folder {
    fn about(&self) -> (TileKind, (u8, u8), Option<[f64; 4]>) {
        (self.kind, self.zooms, None)
    }

    fn raw(&self, z: u8, x: u32, y: u32) -> Result<Option<Vec<u8>>, String> {
        // Made of numbers alone: no part of an address gets into it.
        let name = self.root.join(format!("{z}/{x}/{y}.{}", self.ending));
        let real = match fs::canonicalize(&name) {
            Ok(real) => real,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                // No tile there; or the whole folder went away.
                return if self.root.is_dir() {
                    Ok(None)
                } else {
                    Err("the folder is gone".to_owned())
                };
            }
            Err(e) => return Err(e.to_string()),
        };
        if !real.starts_with(&self.root) {
            return Err(format!("{z}/{x}/{y} is a link that leaves the folder"));
        }
        if !real.is_file() {
            return Err(format!("{z}/{x}/{y} is no file"));
        }
        let file = File::open(&real).map_err(|e| e.to_string())?;
        let limit = u64::try_from(MAX_TILE_BYTES).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        // What is larger is refused by its length.
        file.take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|e| e.to_string())?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}
