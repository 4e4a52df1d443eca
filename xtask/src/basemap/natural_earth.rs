//! Shapefiles with lines: ESRI Shapefile Technical Description (1998), dBASE III attributes.
//!
//! The `.shx` index must be used: the `.shp` files of Natural Earth have unused bytes between records.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use geo::{Coord, LineString};

use super::packages::Packages;

/// Shape type 3: polylines.
const POLYLINE: u32 = 3;

/// One feature: its attributes by name in small letters, and its lines.
pub(super) struct Feature {
    attributes: BTreeMap<String, String>,
    /// Its lines, longitude and latitude in degrees.
    pub(super) lines: Vec<LineString<f64>>,
}

impl Feature {
    /// An attribute, or nothing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// A numeric attribute; 99 where it is missing.
    pub(super) fn rank(&self, name: &str) -> f64 {
        self.text(name).parse().unwrap_or(99.0)
    }
}

/// Reads a line layer of Natural Earth 10m.
pub(super) fn read(packages: &Packages, layer: &str) -> Result<Vec<Feature>> {
    let file = |ending: &str| packages.natural_earth(&format!("{layer}.{ending}"));
    let attributes = dbf(&file("dbf")?).with_context(|| format!("{layer}.dbf"))?;
    let lines = shapes(&file("shx")?, &file("shp")?).with_context(|| format!("{layer}.shp"))?;
    ensure!(
        attributes.len() == lines.len(),
        "{layer}: attributes and shapes differ in number"
    );
    let features = attributes.into_iter().zip(lines);
    Ok(features
        .map(|(attributes, lines)| Feature { attributes, lines })
        .collect())
}

fn take<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    let end = at.checked_add(N).context("the file is too long")?;
    let slice = bytes.get(at..end).context("the file is cut off")?;
    Ok(slice.try_into()?)
}

fn u32_le(bytes: &[u8], at: usize) -> Result<u32> {
    Ok(u32::from_le_bytes(take(bytes, at)?))
}

fn usize_le(bytes: &[u8], at: usize) -> Result<usize> {
    Ok(usize::try_from(u32_le(bytes, at)?)?)
}

fn f64_le(bytes: &[u8], at: usize) -> Result<f64> {
    Ok(f64::from_le_bytes(take(bytes, at)?))
}

fn shapes(shx: &[u8], shp: &[u8]) -> Result<Vec<Vec<LineString<f64>>>> {
    let mut all = Vec::new();
    let mut index = 100;
    while index + 8 <= shx.len() {
        let words = u32::from_be_bytes(take(shx, index)?);
        index += 8;
        let record = usize::try_from(words)? * 2 + 8;
        if u32_le(shp, record)? != POLYLINE {
            all.push(Vec::new());
            continue;
        }
        let (parts, points) = (usize_le(shp, record + 36)?, usize_le(shp, record + 40)?);
        let coords_at = record + 44 + 4 * parts;
        let mut starts = Vec::new();
        for part in 0..parts {
            starts.push(usize_le(shp, record + 44 + 4 * part)?);
        }
        starts.push(points);
        let mut lines = Vec::new();
        for (from, to) in starts.iter().zip(starts.iter().skip(1)) {
            let coords: Result<Vec<_>> = (*from..*to)
                .map(|point| {
                    let at = coords_at + 16 * point;
                    Ok(Coord {
                        x: f64_le(shp, at)?,
                        y: f64_le(shp, at + 8)?,
                    })
                })
                .collect();
            lines.push(LineString(coords?));
        }
        all.push(lines);
    }
    Ok(all)
}

fn dbf(bytes: &[u8]) -> Result<Vec<BTreeMap<String, String>>> {
    let records = usize_le(bytes, 4)?;
    let header = usize::from(u16::from_le_bytes(take(bytes, 8)?));
    let record_len = usize::from(u16::from_le_bytes(take(bytes, 10)?));
    let mut fields = Vec::new();
    let mut at = 32;
    while *bytes.get(at).context("the header is cut off")? != 0x0d {
        let name: [u8; 11] = take(bytes, at)?;
        let length: [u8; 1] = take(bytes, at + 16)?;
        fields.push((
            plain(&name).to_lowercase(),
            usize::from(u8::from_le_bytes(length)),
        ));
        at += 32;
    }
    let mut rows = Vec::new();
    for row in 0..records {
        let mut at = header + row * record_len + 1;
        let mut attributes = BTreeMap::new();
        for (name, length) in &fields {
            let value = bytes.get(at..at + length).context("the file is cut off")?;
            attributes.insert(name.clone(), plain(value));
            at += length;
        }
        rows.push(attributes);
    }
    Ok(rows)
}

/// Text of a field, padding cut off; bytes above 127 are Latin-1.
fn plain(bytes: &[u8]) -> String {
    let text: String = bytes
        .iter()
        .take_while(|b| **b != 0)
        .map(|b| char::from(*b))
        .collect();
    text.trim().to_owned()
}
