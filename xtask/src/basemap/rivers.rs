//! Rivers: the lines of GSHHG, with the names of Natural Earth's rivers where both run together.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use geo::{Coord, Densify as _, Euclidean, LineString};

use super::area::Area;
use super::gshhg::{self, Resolution};
use super::natural_earth;
use super::packages::Packages;

/// Side in degrees of the squares in which two rivers count as running together, some 3 km.
const NEAR_DEG: f64 = 0.03;
/// Part of a line's positions that must be near a named river for it to bear the name.
const TOGETHER: f64 = 0.6;

/// A line of a river.
pub(super) struct River {
    /// Least zoom to draw it at.
    pub(super) zoom: u8,
    /// Its Ukrainian and English name.
    pub(super) name: Option<(&'static str, &'static str)>,
    pub(super) line: LineString<f64>,
}

type Square = (i64, i64);

#[expect(
    clippy::cast_possible_truncation,
    reason = "degrees divided by 0.03 fit"
)]
fn square(at: Coord<f64>) -> Square {
    (
        (at.x / NEAR_DEG).floor() as i64,
        (at.y / NEAR_DEG).floor() as i64,
    )
}

/// Named rivers: their rows in the area's table by the squares that they run through.
struct Names {
    by_square: BTreeMap<Square, BTreeSet<usize>>,
    /// Rank of each in Natural Earth, 1 the greatest.
    ranks: BTreeMap<usize, f64>,
}

impl Names {
    fn read(packages: &Packages, area: &Area) -> Result<Self> {
        let mut names = Self {
            by_square: BTreeMap::new(),
            ranks: BTreeMap::new(),
        };
        for feature in natural_earth::read(packages, "ne_10m_rivers_lake_centerlines")? {
            let source = feature.text("name");
            let Some(row) = area.rivers.iter().position(|(name, ..)| *name == source) else {
                continue;
            };
            let rank = names.ranks.entry(row).or_insert(99.0);
            *rank = rank.min(feature.rank("scalerank"));
            for line in &feature.lines {
                for at in Euclidean.densify(line, NEAR_DEG / 2.0).0 {
                    names.by_square.entry(square(at)).or_default().insert(row);
                }
            }
        }
        Ok(names)
    }

    /// The named river that a line runs together with.
    fn of(&self, line: &LineString<f64>) -> Option<usize> {
        let mut votes: BTreeMap<usize, u32> = BTreeMap::new();
        let mut all = 0_u32;
        for at in Euclidean.densify(line, NEAR_DEG).0 {
            all += 1;
            let (x, y) = square(at);
            let near = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
            let rows: BTreeSet<_> = near
                .filter_map(|s| self.by_square.get(&s))
                .flatten()
                .copied()
                .collect();
            for row in rows {
                *votes.entry(row).or_default() += 1;
            }
        }
        let (row, most) = votes
            .into_iter()
            .max_by_key(|(row, n)| (*n, std::cmp::Reverse(*row)))?;
        (f64::from(most) >= TOGETHER * f64::from(all)).then_some(row)
    }
}

/// Reads the rivers that touch the box.
pub(super) fn read(packages: &Packages, resolution: Resolution, area: &Area) -> Result<Vec<River>> {
    let names = Names::read(packages, area)?;
    let outlines = gshhg::read(packages, "rivers", resolution, area.clip.rect())?;
    let river = |line: LineString<f64>| {
        let row = names.of(&line);
        let rank = row.and_then(|row| names.ranks.get(&row));
        let name = row
            .and_then(|row| area.rivers.get(row))
            .map(|(_, uk, en)| (*uk, *en));
        let zoom = rank.map_or_else(|| zoom_by_length(&line), |rank| zoom_by_rank(*rank));
        River { zoom, name, line }
    };
    Ok(outlines.into_iter().map(|o| river(o.line)).collect())
}

fn zoom_by_rank(rank: f64) -> u8 {
    match rank {
        r if r <= 6.0 => 5,
        r if r <= 7.0 => 6,
        _ => 7,
    }
}

fn zoom_by_length(line: &LineString<f64>) -> u8 {
    let length_deg = geo::Length::length(&Euclidean, line);
    match length_deg {
        l if l >= 1.5 => 6,
        l if l >= 0.7 => 7,
        l if l >= 0.3 => 8,
        l if l >= 0.1 => 9,
        _ => 10,
    }
}
