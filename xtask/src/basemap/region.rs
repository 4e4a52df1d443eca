//! The box in two degrees of detail: all of it for zoom 5 to 7, in cells for zoom 8 and more.

use std::collections::BTreeMap;

use anyhow::Result;
use geo::{Area as _, LineString, Polygon};
use serde_json::{Map, Value, json};

use super::area::{Area, CELL_DEG};
use super::encode::{self, COARSE, FINE};
use super::geometry::{Bounds, clip, lines_within, simplify};
use super::gshhg::{self, Resolution};
use super::natural_earth;
use super::packages::Packages;
use super::places::{self, Listed};
use super::rivers::{self, River};

/// Tolerance of the coarse layers in degrees: a third of a pixel at zoom 7.
const LOW_DEG: f64 = 0.003;
/// Tolerance of the fine layers in degrees: a third of a pixel at zoom 10.
const HIGH_DEG: f64 = 0.0004;
/// Smallest area of the coarse layers in square degrees, some 1.6 km².
const LOW_LEAST_DEG2: f64 = 0.0002;
/// Smallest area of the fine layers in square degrees, a square of 130 m.
const HIGH_LEAST_DEG2: f64 = 2e-6;
/// How far the areas of a cell reach over its edge, in degrees, so that no seam shows.
const OVERLAP_DEG: f64 = 0.02;
/// Margin around the box in which sources are read, in degrees.
const MARGIN_DEG: f64 = 0.1;

/// Areas of one resolution: land, lakes, islands in lakes.
struct Areas {
    layers: [(&'static str, Vec<Polygon<f64>>); 3],
}

/// Border lines by the names of the two states.
pub(super) type Borders = BTreeMap<(String, String), Vec<LineString<f64>>>;
/// What makes lines of rivers one feature: least zoom and name.
type RiverKey<'a> = (u8, Option<(&'a str, &'a str)>);

/// Everything read, clipped to a little more than the box.
pub(super) struct Sources {
    low: Areas,
    high: Areas,
    low_rivers: Vec<River>,
    high_rivers: Vec<River>,
    /// Border lines by the names of the two states, as Natural Earth has them, in alphabetical order.
    pub(super) borders: Borders,
    /// Lines between regions and the least zoom to show them at.
    admin1: Vec<(u8, Vec<LineString<f64>>)>,
}

impl Sources {
    /// Reads coasts, rivers and borders.
    pub(super) fn read(packages: &Packages, area: &Area) -> Result<Self> {
        let bounds = area.clip.grown(MARGIN_DEG);
        let rivers = |resolution| rivers::read(packages, resolution, area);
        Ok(Self {
            low: areas(packages, Resolution::High, bounds, LOW_DEG, LOW_LEAST_DEG2)?,
            high: areas(
                packages,
                Resolution::Full,
                bounds,
                HIGH_DEG,
                HIGH_LEAST_DEG2,
            )?,
            low_rivers: rivers(Resolution::High)?,
            high_rivers: rivers(Resolution::Full)?,
            borders: borders(packages)?,
            admin1: admin1(packages, area)?,
        })
    }

    /// Land in full detail, for the sea sections.
    pub(super) fn land(&self) -> &[Polygon<f64>] {
        let [(_, land), ..] = &self.high.layers;
        land
    }
}

fn areas(
    packages: &Packages,
    resolution: Resolution,
    bounds: Bounds,
    tolerance: f64,
    least: f64,
) -> Result<Areas> {
    let outlines = gshhg::read(packages, "gshhs", resolution, bounds.rect())?;
    let layer = |kind: i8| {
        let rings = outlines.iter().filter(|o| o.kind == kind);
        let polygons: Vec<_> = rings
            .map(|o| Polygon::new(o.line.clone(), vec![]))
            .collect();
        simplify(&clip(&polygons, bounds), tolerance, least)
    };
    Ok(Areas {
        layers: [
            ("land", layer(1)),
            ("lakes", layer(2)),
            ("islands", layer(3)),
        ],
    })
}

/// International borders only: lines that the source calls disputed, breakaway or lines of control are left out.
fn borders(packages: &Packages) -> Result<Borders> {
    let mut borders: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for feature in natural_earth::read(packages, "ne_10m_admin_0_boundary_lines_land")? {
        if feature
            .text("featurecla")
            .starts_with("International boundary")
        {
            let (a, b) = (feature.text("adm0_left"), feature.text("adm0_right"));
            let key = (a.min(b).to_owned(), a.max(b).to_owned());
            borders.entry(key).or_default().extend(feature.lines);
        }
    }
    Ok(borders)
}

fn admin1(packages: &Packages, area: &Area) -> Result<Vec<(u8, Vec<LineString<f64>>)>> {
    let mut by_zoom: BTreeMap<u8, Vec<_>> = BTreeMap::new();
    for feature in natural_earth::read(packages, "ne_10m_admin_1_states_provinces_lines")? {
        let state = feature.text("adm0_name");
        if feature.text("featurecla").contains("statistical") || !area.shows_regions_of(state) {
            continue;
        }
        let zoom = if state == area.home_name { 5 } else { 7 };
        by_zoom.entry(zoom).or_default().extend(feature.lines);
    }
    Ok(by_zoom.into_iter().collect())
}

/// Least zoom for an area of the coarse file.
fn low_zoom(polygon: &Polygon<f64>) -> u8 {
    match polygon.unsigned_area() {
        a if a >= 0.004 => 0,
        a if a >= 0.001 => 6,
        _ => 7,
    }
}

/// `region-lo.json`.
pub(super) fn low(sources: &Sources, area: &Area) -> Value {
    let mut layers = Map::new();
    for (name, polygons) in &sources.low.layers {
        let features = clip(polygons, area.clip);
        let features = features
            .iter()
            .filter_map(|p| encode::area(p, low_zoom(p), COARSE));
        layers.insert((*name).to_owned(), features.collect());
    }
    let rivers = sources.low_rivers.iter().filter(|r| r.zoom <= 7);
    layers.extend(line_layers(sources, rivers, area.clip, LOW_DEG, COARSE));
    encode::file(area.clip, &[area.clip], COARSE, &Value::Object(layers))
}

/// `hi/c{column}r{row}.json`.
pub(super) fn cell(
    sources: &Sources,
    area: &Area,
    (column, row): (u8, u8),
    listed: &[Listed],
) -> Value {
    let exact = area.cell(column, row);
    let wide = exact.grown(OVERLAP_DEG);
    let mut layers = Map::new();
    for (name, polygons) in &sources.high.layers {
        let features = clip(polygons, wide);
        let features = features.iter().filter_map(|p| encode::area(p, 0, FINE));
        layers.insert((*name).to_owned(), features.collect());
    }
    layers.extend(line_layers(
        sources,
        sources.high_rivers.iter(),
        exact,
        HIGH_DEG,
        FINE,
    ));
    let mut file = encode::file(exact, &[wide], FINE, &Value::Object(layers));
    if let Some(object) = file.as_object_mut() {
        let half_open = |p: &&Listed| {
            p.at.x >= exact.west
                && p.at.y >= exact.south
                && (p.at.x < exact.west + CELL_DEG)
                && (p.at.y < exact.south + CELL_DEG)
        };
        let here = listed.iter().filter(half_open);
        object.insert("places".to_owned(), places::rows(here, |zoom| zoom >= 8));
    }
    file
}

fn line_layers<'a>(
    sources: &Sources,
    rivers: impl Iterator<Item = &'a River>,
    bounds: Bounds,
    tolerance: f64,
    scale: f64,
) -> Map<String, Value> {
    let within = |lines: &[LineString<f64>]| lines_within(lines, tolerance, bounds);
    // One feature a name and zoom: fewer features, one label.
    let mut grouped: BTreeMap<RiverKey<'_>, Vec<LineString<f64>>> = BTreeMap::new();
    for river in rivers {
        grouped
            .entry((river.zoom, river.name))
            .or_default()
            .push(river.line.clone());
    }
    let rivers = grouped
        .iter()
        .filter_map(|((zoom, name), lines)| encode::lines(&within(lines), *zoom, *name, scale));
    let admin1 = sources
        .admin1
        .iter()
        .filter_map(|(zoom, lines)| encode::lines(&within(lines), *zoom, None, scale));
    let admin0 = sources
        .borders
        .values()
        .filter_map(|lines| encode::lines(&within(lines), 0, None, scale));
    let value = json!({
        "rivers": rivers.collect::<Vec<_>>(),
        "admin1": admin1.collect::<Vec<_>>(),
        "admin0": admin0.collect::<Vec<_>>(),
    });
    match value {
        Value::Object(layers) => layers,
        _ => Map::new(),
    }
}
