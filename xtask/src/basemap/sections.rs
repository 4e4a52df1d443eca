//! `config/sections-geometry.json`: the border line cut at the sections' anchors, and the sea sections' areas.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use geo::{
    Area as _, BooleanOps as _, Buffer as _, Coord, LineString, MapCoords as _, MultiPolygon,
    Point, Polygon, Simplify as _,
};
use oneroof_geo::{cut_between, length_m, nearest_on_line};
use oneroof_model::LatLon;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::area::{Area, SeaMask};
use super::geometry::{Bounds, clip};
use super::region::Sources;
use super::{ATTRIBUTION, GENERATED};
use crate::repo::Repo;
use crate::run::note;

/// Pieces of border whose ends are nearer than this, in metres, are one line.
const JOIN_M: f64 = 3_000.0;
/// A cut nearer than this, in metres along the line, to the line's end goes on to the end.
const SNAP_M: f64 = 15_000.0;
/// Breadth of the belt at sea: 12 nautical miles (UNCLOS, article 3) in metres.
const BELT_M: f64 = 12.0 * 1_852.0;
/// The belt begins this far inside the coast, in metres: coasts of maps and reports differ.
const INLAND_M: f64 = 1_000.0;
/// Tolerance of the cut line in degrees, some 30 m.
const LINE_DEG: f64 = 0.0003;
/// Tolerance of the belt in metres.
const BELT_TOLERANCE_M: f64 = 300.0;

#[derive(Deserialize)]
struct SectionsFile {
    sections: Vec<Section>,
}

/// What is needed of a section in `config/sections.yaml`.
#[derive(Deserialize)]
struct Section {
    id: String,
    neighbour: String,
    domain: String,
    from: LatLon,
    to: LatLon,
}

/// The file's text: one section a line.
pub(super) fn file(repo: &Repo, sources: &Sources, area: &Area) -> Result<String> {
    let path = repo.root.join("config/sections.yaml");
    let text = fs::read_to_string(&path).with_context(|| repo.show(&path))?;
    let config: SectionsFile = serde_saphyr::from_str(&text).with_context(|| repo.show(&path))?;
    let mut shapes = Map::new();
    let mut total_m = 0.0;
    for section in &config.sections {
        let shape = match section.domain.as_str() {
            "air" => continue,
            "sea" => {
                let mask = area
                    .sea_masks
                    .iter()
                    .find(|mask| mask.section == section.id);
                let mask = mask.with_context(|| format!("no mask of {}", section.id))?;
                json!({"polygon": pairs(&belt(sources, mask)?)})
            }
            _ => {
                let line = cut(sources, area, section)?;
                let length = length_m(&line);
                total_m += length;
                note(&format!("{}: {:.0} km", section.id, length / 1_000.0));
                json!({"line": pairs(&line)})
            }
        };
        shapes.insert(section.id.clone(), shape);
    }
    note(&format!("all lines: {:.0} km", total_m / 1_000.0));
    let mut lines = vec![
        format!("\"_generated\": {}", json!(GENERATED)),
        format!("\"_attribution\": {}", json!(ATTRIBUTION)),
    ];
    lines.extend(
        shapes
            .iter()
            .map(|(id, shape)| format!("{}: {shape}", json!(id))),
    );
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

/// Latitude and longitude with four decimals, 11 m.
fn pairs(points: &[LatLon]) -> Value {
    let round = |degrees: f64| (degrees * 10_000.0).round() / 10_000.0;
    points
        .iter()
        .map(|p| json!([round(p.lat()), round(p.lon())]))
        .collect()
}

fn positions(line: &LineString<f64>) -> Result<Vec<LatLon>> {
    line.0.iter().map(|c| Ok(LatLon::new(c.y, c.x)?)).collect()
}

/// The section's piece of the border with its neighbour.
fn cut(sources: &Sources, area: &Area, section: &Section) -> Result<Vec<LatLon>> {
    let neighbour = area
        .neighbours
        .iter()
        .find(|(iso2, _)| *iso2 == section.neighbour);
    let Some((_, name)) = neighbour else {
        bail!("{}: no neighbour {}", section.id, section.neighbour);
    };
    let key = (
        area.home_name.min(name).to_owned(),
        area.home_name.max(name).to_owned(),
    );
    let pieces = sources
        .borders
        .get(&key)
        .with_context(|| format!("no border with {name}"))?;
    let pieces: Vec<_> = pieces
        .iter()
        .map(|piece| positions(&piece.simplify(LINE_DEG)))
        .collect::<Result<_>>()?;
    let off = |line: &Vec<LatLon>| {
        let near = |p| nearest_on_line(line, p).map_or(f64::INFINITY, |on| on.distance_m);
        near(section.from) + near(section.to)
    };
    let chain = chains(pieces)
        .into_iter()
        .min_by(|a, b| off(a).total_cmp(&off(b)))
        .with_context(|| format!("no border with {name}"))?;
    let snapped = |anchor: LatLon| snap(&chain, anchor).unwrap_or(anchor);
    cut_between(&chain, snapped(section.from), snapped(section.to)).with_context(|| {
        format!(
            "{}: both anchors are at one place of the border",
            section.id
        )
    })
}

/// The end of the line if the position nearest to the anchor lies close to it.
fn snap(line: &[LatLon], anchor: LatLon) -> Option<LatLon> {
    let (first, last) = (*line.first()?, *line.last()?);
    let on = nearest_on_line(line, anchor)?.at;
    let to_first = cut_between(line, first, on).map_or(0.0, |part| length_m(&part));
    let to_last = cut_between(line, on, last).map_or(0.0, |part| length_m(&part));
    match (to_first < SNAP_M, to_last < SNAP_M) {
        (true, _) => Some(first),
        (_, true) => Some(last),
        _ => None,
    }
}

/// Joins pieces at their ends, nearest ends first, into as few lines as possible.
fn chains(mut pieces: Vec<Vec<LatLon>>) -> Vec<Vec<LatLon>> {
    pieces.retain(|piece| piece.len() >= 2);
    loop {
        let mut best: Option<(f64, usize, usize, bool, bool)> = None;
        for (i, a) in pieces.iter().enumerate() {
            for (j, b) in pieces.iter().enumerate().skip(i + 1) {
                for (a_end, b_end) in [(true, true), (true, false), (false, true), (false, false)] {
                    let end = |p: &[LatLon], last| if last { p.last() } else { p.first() }.copied();
                    let (Some(p), Some(q)) = (end(a, a_end), end(b, b_end)) else {
                        continue;
                    };
                    let gap = p.distance_m(q);
                    if gap < best.map_or(JOIN_M, |(least, ..)| least) {
                        best = Some((gap, i, j, a_end, b_end));
                    }
                }
            }
        }
        let Some((_, i, j, a_end, b_end)) = best else {
            return pieces;
        };
        let mut b = pieces.swap_remove(j);
        let mut a = pieces.swap_remove(i);
        if !a_end {
            a.reverse();
        }
        if b_end {
            b.reverse();
        }
        a.extend(b);
        a.dedup();
        pieces.push(a);
    }
}

/// The belt at sea within a mask, as one ring: in a local plane of metres, for a belt has a breadth.
fn belt(sources: &Sources, mask: &SeaMask) -> Result<Vec<LatLon>> {
    let (lat_0, lon_0) = *mask.corners.first().context("a mask has corners")?;
    let metre = oneroof_geo::EARTH_RADIUS_M.to_radians();
    let shrink = lat_0.to_radians().cos();
    let to_plane = |c: Coord<f64>| Coord {
        x: (c.x - lon_0) * metre * shrink,
        y: (c.y - lat_0) * metre,
    };
    let corner = |&(lat, lon): &(f64, f64)| Coord { x: lon, y: lat };
    let outline: Vec<Coord<f64>> = mask.corners.iter().map(corner).collect();
    let lats = mask.corners.iter().map(|c| c.0);
    let lons = mask.corners.iter().map(|c| c.1);
    let window = Bounds {
        west: lons.clone().fold(f64::INFINITY, f64::min),
        east: lons.fold(f64::NEG_INFINITY, f64::max),
        south: lats.clone().fold(f64::INFINITY, f64::min),
        north: lats.fold(f64::NEG_INFINITY, f64::max),
    };
    let land = clip(sources.land(), window.grown(0.5));
    let land = MultiPolygon(land)
        .map_coords(to_plane)
        .simplify(BELT_TOLERANCE_M / 3.0);
    let mut reach = land.buffer(BELT_M);
    for island in mask.islands {
        reach = reach.union(&Point::from(to_plane(corner(island))).buffer(BELT_M));
    }
    let outline = MultiPolygon(vec![
        Polygon::new(LineString(outline), vec![]).map_coords(to_plane),
    ]);
    let belt = reach
        .difference(&land.buffer(-INLAND_M))
        .intersection(&outline);
    let largest = belt
        .0
        .iter()
        .max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()));
    let largest = largest.with_context(|| format!("{}: nothing left", mask.section))?;
    let ring = largest.exterior().simplify(BELT_TOLERANCE_M);
    ensure!(ring.0.len() > 4, "{}: nothing left", mask.section);
    let back = |c: Coord<f64>| Coord {
        x: c.x / (metre * shrink) + lon_0,
        y: c.y / metre + lat_0,
    };
    let mut ring = positions(&ring.map_coords(back))?;
    ring.pop();
    Ok(ring)
}
