//! Where: coordinates, a GeoJSON geometry, a crossing point's code, a section, an address in words.

use oneroof_model::{BcpId, Geometry, LatLon, Place, PlaceKind, QualityIssue, SectionId};
use serde_json::Value;

use super::node::{Kind, Node};
use super::number::{Decimal, Dimension, Number};
use super::path::Path;
use super::problem::Problems;
use super::record::{Notes, Record, what};
use super::section::Section;
use super::source::{Source, Tables, Words};

/// Positions of one geometry beyond which it is refused.
pub const MAX_POSITIONS: usize = 10_000;

const KINDS: &[(&str, PlaceKind)] = &[
    ("gnss", PlaceKind::Gnss),
    ("sensor", PlaceKind::Sensor),
    ("camera", PlaceKind::Camera),
    ("sighting", PlaceKind::Sighting),
    ("geocoded", PlaceKind::Geocoded),
    ("crossing_point", PlaceKind::CrossingPoint),
    ("area", PlaceKind::Area),
    ("section", PlaceKind::Section),
    ("unknown", PlaceKind::Unknown),
];

/// Latitude and longitude as two numbers, or a pair in one value.
#[derive(Debug, Clone, PartialEq)]
enum Pair {
    Two(Box<[Number; 2]>),
    One { source: Source, lon_first: bool },
}

/// The position of something, from two fields, a pair or a GeoJSON point.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Position {
    pair: Option<Pair>,
    geojson: Option<Source>,
}

/// How a place is put together.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PlaceMap {
    position: Position,
    radius: Option<Number>,
    ce: Option<Number>,
    kind: Option<Words<PlaceKind>>,
    bcp: Option<Source>,
    section: Option<Source>,
    described: Option<Source>,
}

impl Position {
    /// Reads `lat` and `lon`, or `pair` with `order`, and `geojson` out of a map with other keys.
    pub(crate) fn read_in(
        section: &mut Section<'_>,
        decimal: Decimal,
        tables: &Tables,
        problems: &mut Problems,
    ) -> Self {
        let mut number = |n| Number::read(n, Dimension::Degrees, decimal, tables, problems);
        let (lat, lon) = (section.take("lat"), section.take("lon"));
        let two = match (lat, lon) {
            (Some(lat), Some(lon)) => {
                let (lat, lon) = (number(lat), number(lon));
                lat.zip(lon)
                    .map(|(lat, lon)| Pair::Two(Box::new([lat, lon])))
            }
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                problems.add(one, "half_a_position", "`lat` and `lon` belong together");
                None
            }
        };
        let pair = section.take("pair");
        let words = [("lat_lon", false), ("lon_lat", true)];
        let order = section.word("order", &words, problems);
        let one = pair.and_then(|n| {
            let source = Source::read(n, tables, problems)?;
            if order.is_none() {
                problems.add(n, "missing_key", "a pair needs `order`: lat_lon or lon_lat");
            }
            Some(Pair::One {
                source,
                lon_first: order.unwrap_or(false),
            })
        });
        let geojson = section
            .take("geojson")
            .and_then(|n| Source::read(n, tables, problems));
        Self {
            pair: two.or(one),
            geojson,
        }
    }

    /// Whether the mapping says anything of a position.
    pub(crate) const fn is_mapped(&self) -> bool {
        self.pair.is_some() || self.geojson.is_some()
    }

    fn geometry(&self, record: &Record<'_>, notes: &mut Notes) -> Option<Geometry> {
        if let Some(pair) = &self.pair
            && let Some(at) = pair.get(record, notes)
        {
            return Some(Geometry::Point { at });
        }
        let source = self.geojson.as_ref()?;
        let value = source.value(record, notes)?;
        match geojson(&value, 0) {
            Ok((geometry, holes)) => {
                if holes {
                    notes.issues.insert(QualityIssue::FormatFault);
                }
                Some(geometry)
            }
            Err(expected) => {
                source.bad(notes, "not_geojson", expected);
                None
            }
        }
    }

    /// One position; a shape is taken by the position that stands for it.
    pub(crate) fn point(&self, record: &Record<'_>, notes: &mut Notes) -> Option<LatLon> {
        self.geometry(record, notes)?.anchor()
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Vec<&'s Path>) {
        match &self.pair {
            Some(Pair::Two(two)) => {
                let [lat, lon] = &**two;
                lat.paths(to);
                lon.paths(to);
            }
            Some(Pair::One { source, .. }) => source.paths(to),
            None => {}
        }
        if let Some(g) = &self.geojson {
            g.paths(to);
        }
    }
}

impl Pair {
    fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Option<LatLon> {
        match self {
            Self::Two(two) => {
                let [lat, lon] = &**two;
                let before = notes.faults.len();
                let (a, b) = (lat.get(record, notes), lon.get(record, notes));
                let label = || format!("{}, {}", lat.label(), lon.label());
                match (a, b) {
                    (Some(a), Some(b)) => position(a, b, &label(), notes),
                    (None, None) => None,
                    _ => {
                        if notes.faults.len() == before {
                            notes.fault("half_a_position", label(), "both numbers or none");
                        }
                        None
                    }
                }
            }
            Self::One { source, lon_first } => {
                let value = source.value(record, notes)?;
                let Some((a, b)) = two_numbers(&value) else {
                    let expected = format!("two numbers, found {}", what(&value));
                    source.bad(notes, "not_a_pair", expected);
                    return None;
                };
                let (lat, lon) = if *lon_first { (b, a) } else { (a, b) };
                position(lat, lon, &source.label(), notes)
            }
        }
    }
}

fn position(lat: f64, lon: f64, label: &str, notes: &mut Notes) -> Option<LatLon> {
    let at = LatLon::new(lat, lon).ok();
    if at.is_none() {
        notes.fault(
            "not_a_position",
            label,
            "latitude -90 to 90 and longitude -180 to 180 degrees",
        );
    }
    at
}

/// `[a, b, ...]` or a text `a, b` / `a b` / `a; b` with decimal points.
fn two_numbers(value: &Value) -> Option<(f64, f64)> {
    match value {
        Value::Array(list) => Some((list.first()?.as_f64()?, list.get(1)?.as_f64()?)),
        Value::String(text) => {
            let mut parts = text
                .split([',', ';', ' '])
                .map(str::trim)
                .filter(|p| !p.is_empty());
            let pair = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            parts.next().is_none().then_some(pair)
        }
        _ => None,
    }
}

impl PlaceMap {
    pub(crate) fn read(
        node: &Node,
        decimal: Decimal,
        tables: &Tables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut section = Section::open(node, problems)?;
        let position = Position::read_in(&mut section, decimal, tables, problems);
        let length = Dimension::Length;
        let radius = section.take("radius");
        let radius = radius.and_then(|n| Number::read(n, length, decimal, tables, problems));
        let ce = section.take("ce");
        let ce = ce.and_then(|n| Number::read(n, length, decimal, tables, problems));
        let kind = section
            .take("kind")
            .and_then(|n| Words::read(n, KINDS, tables, problems));
        let mut source = |key| {
            section
                .take(key)
                .and_then(|n| Source::read(n, tables, problems))
        };
        let (bcp, in_section, described) = (source("bcp"), source("section"), source("described"));
        section.finish(problems);
        let map = Self {
            position,
            radius,
            ce,
            kind,
            bcp,
            section: in_section,
            described,
        };
        let nothing = !map.position.is_mapped()
            && map.bcp.is_none()
            && map.section.is_none()
            && map.described.is_none();
        if nothing && !matches!(&node.kind, Kind::Map(m) if m.is_empty()) {
            let message =
                "nothing here says where: expected lat and lon, pair, geojson, bcp or section";
            problems.add(node, "no_place", message);
        }
        Some(map)
    }

    pub(crate) fn get(&self, record: &Record<'_>, notes: &mut Notes) -> Place {
        let mut geometry = self.position.geometry(record, notes);
        if let (Some(Geometry::Point { at }), Some(radius)) = (&geometry, &self.radius)
            && let Some(radius_m) = radius.get(record, notes)
        {
            if radius_m < 0.0 {
                notes.fault("negative", radius.label(), "a radius that is not negative");
            } else if radius_m > 0.0 {
                geometry = Some(Geometry::Circle {
                    center: *at,
                    radius_m,
                });
            }
        }
        let ce_m = match &self.ce {
            Some(ce) if geometry.is_some() => ce.get(record, notes).filter(|m| {
                if *m < 0.0 {
                    notes.fault("negative", ce.label(), "an error that is not negative");
                }
                *m >= 0.0
            }),
            _ => None,
        };
        let mut text = |s: &Option<Source>| s.as_ref().and_then(|s: &Source| s.text(record, notes));
        let bcp = text(&self.bcp).map(BcpId);
        let section = text(&self.section).map(SectionId);
        let described = text(&self.described);
        let stated = self.kind.as_ref().and_then(|k| k.get(record, notes));
        if geometry.is_none() && (bcp.is_some() || section.is_some()) {
            notes.issues.insert(QualityIssue::PlaceCoarse);
        }
        let kind = match &geometry {
            None if bcp.is_some() => PlaceKind::CrossingPoint,
            None if section.is_some() => PlaceKind::Section,
            None => PlaceKind::Unknown,
            Some(Geometry::Area { .. }) => stated.unwrap_or(PlaceKind::Area),
            _ => stated.unwrap_or_default(),
        };
        Place {
            geometry,
            ce_m,
            kind,
            bcp,
            section,
            described,
        }
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Vec<&'s Path>) {
        self.position.paths(to);
        for number in [&self.radius, &self.ce].into_iter().flatten() {
            number.paths(to);
        }
        for source in [&self.bcp, &self.section, &self.described]
            .into_iter()
            .flatten()
        {
            source.paths(to);
        }
        if let Some(kind) = &self.kind {
            kind.paths(to);
        }
    }

    /// The sources of codes that the configuration can be checked for: crossing points, sections.
    pub(crate) const fn codes(&self) -> (Option<&Source>, Option<&Source>) {
        (self.bcp.as_ref(), self.section.as_ref())
    }
}

/// A GeoJSON geometry or feature (RFC 7946, 3.1 and 3.2), and whether it had holes that were left out.
fn geojson(value: &Value, depth: usize) -> Result<(Geometry, bool), String> {
    let kind = value
        .get("type")
        .and_then(Value::as_str)
        .ok_or("a GeoJSON object with its type")?;
    if kind == "Feature" && depth == 0 {
        let inner = value.get("geometry").filter(|g| !g.is_null());
        return geojson(inner.ok_or("a feature with a geometry")?, 1);
    }
    let coordinates = value
        .get("coordinates")
        .ok_or("a GeoJSON geometry with coordinates")?;
    let list = |v: &Value| v.as_array().cloned().ok_or("a list of coordinates");
    let geometry = match kind {
        "Point" => (
            Geometry::Point {
                at: geojson_position(coordinates)?,
            },
            false,
        ),
        "LineString" => {
            let points = geojson_positions(coordinates)?;
            if points.len() < 2 {
                return Err("a line of two positions or more".to_owned());
            }
            (Geometry::Line { points }, false)
        }
        "Polygon" => {
            let rings = list(coordinates)?;
            let outer = geojson_ring(rings.first().ok_or("a polygon with a ring")?)?;
            (Geometry::Area { rings: vec![outer] }, rings.len() > 1)
        }
        "MultiPolygon" => {
            let polygons = list(coordinates)?;
            let mut rings = Vec::new();
            let mut holes = false;
            let mut positions = 0;
            for polygon in &polygons {
                let parts = list(polygon)?;
                let outer = geojson_ring(parts.first().ok_or("a polygon with a ring")?)?;
                positions += outer.len();
                if positions > MAX_POSITIONS {
                    return Err(format!("at most {MAX_POSITIONS} positions"));
                }
                holes |= parts.len() > 1;
                rings.push(outer);
            }
            if rings.is_empty() {
                return Err("at least one polygon".to_owned());
            }
            (Geometry::Area { rings }, holes)
        }
        _ => {
            let known = "Point, LineString, Polygon, MultiPolygon or Feature";
            return Err(format!("a GeoJSON {known}, found another type"));
        }
    };
    Ok(geometry)
}

fn geojson_ring(value: &Value) -> Result<Vec<LatLon>, String> {
    let ring = geojson_positions(value)?;
    // RFC 7946, 3.1.6: four or more positions, the first again at the end; a ring left open is read too.
    if ring.len() < 3 {
        return Err("a ring of three corners or more".to_owned());
    }
    Ok(ring)
}

fn geojson_positions(value: &Value) -> Result<Vec<LatLon>, String> {
    let list = value.as_array().ok_or("a list of positions")?;
    if list.len() > MAX_POSITIONS {
        return Err(format!("at most {MAX_POSITIONS} positions"));
    }
    list.iter().map(geojson_position).collect()
}

/// Longitude first (RFC 7946, 3.1.1).
fn geojson_position(value: &Value) -> Result<LatLon, String> {
    let number = |i: usize| {
        value
            .get(i)
            .and_then(Value::as_f64)
            .ok_or("a position of two numbers")
    };
    let (lon, lat) = (number(0)?, number(1)?);
    LatLon::new(lat, lon)
        .map_err(|_out_of_range| "longitude -180 to 180, latitude -90 to 90".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn geojson_is_read_with_longitude_first_and_without_holes() {
        let point =
            json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [24.0, 48.0]}});
        let at = LatLon::new(48.0, 24.0).unwrap();
        assert_eq!(geojson(&point, 0), Ok((Geometry::Point { at }, false)));
        let ring = json!([[23.0, 48.0], [24.0, 48.0], [24.0, 49.0], [23.0, 48.0]]);
        let area = json!({"type": "Polygon", "coordinates": [ring, ring]});
        let (geometry, holes) = geojson(&area, 0).unwrap();
        assert!(holes);
        assert!(matches!(geometry, Geometry::Area { rings } if rings.len() == 1));
    }

    #[test]
    fn what_is_no_geometry_says_what_was_expected() {
        for bad in [
            json!(5),
            json!({"type": "Point"}),
            json!({"type": "Point", "coordinates": [1]}),
            json!({"type": "Point", "coordinates": [24.0, 148.0]}),
            json!({"type": "GeometryCollection", "geometries": []}),
            json!({"type": "Feature", "geometry": {"type": "Feature"}}),
            json!({"type": "LineString", "coordinates": [[1, 2]]}),
        ] {
            assert!(geojson(&bad, 0).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pair_is_read_from_a_list_and_a_text() {
        assert_eq!(two_numbers(&json!([48.5, 24])), Some((48.5, 24.0)));
        assert_eq!(two_numbers(&json!("48.5, 24")), Some((48.5, 24.0)));
        assert_eq!(two_numbers(&json!("48.5 24 3")), None);
        assert_eq!(two_numbers(&json!({"a": 1})), None);
    }
}
