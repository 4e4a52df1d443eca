//! Where: coordinates, a GeoJSON geometry, a crossing point's code, a section, an address in words.

use oneroof_model::{BcpId, Geometry, LatLon, Place, PlaceKind, QualityIssue, SectionId};
use serde_json::Value;

use super::Scope;
use super::geometry::geojson;
use super::node::{Kind, Node};
use super::number::{Dimension, Number};
use super::problem::Problems;
use super::reads::Reads;
use super::record::{Notes, Record, what};
use super::section::Section;
use super::source::{Source, Words};

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
        scope: &Scope<'_>,
        problems: &mut Problems,
    ) -> Self {
        let (decimal, tables) = (scope.decimal, scope.tables);
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
        let pair = two.or(one);
        // Where nothing is said, a format that has a geometry of its own is where that says.
        let own = || scope.geometry.map(Source::of_key);
        let geojson = match &pair {
            None => geojson.or_else(own),
            Some(_) => geojson,
        };
        Self { pair, geojson }
    }

    /// Where the format's own geometry says, if it has one.
    pub(crate) fn by_default(scope: &Scope<'_>) -> Self {
        Self {
            pair: None,
            geojson: scope.geometry.map(Source::of_key),
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
        match geojson(&value) {
            Ok(shape) => {
                if shape.is_faulty {
                    notes.issues.insert(QualityIssue::FormatFault);
                }
                Some(shape.geometry)
            }
            Err(fault) => {
                source.bad(notes, fault.code, fault.expected);
                None
            }
        }
    }

    /// One position; a shape is taken by the position that stands for it.
    pub(crate) fn point(&self, record: &Record<'_>, notes: &mut Notes) -> Option<LatLon> {
        self.geometry(record, notes)?.anchor()
    }

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
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
            let mut inner = Reads::default();
            g.paths(&mut inner);
            to.push_geometry(inner);
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
    pub(crate) fn read(node: &Node, scope: &Scope<'_>, problems: &mut Problems) -> Option<Self> {
        let (decimal, tables) = (scope.decimal, scope.tables);
        let mut section = Section::open(node, problems)?;
        let position = Position::read_in(&mut section, scope, problems);
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

    /// The place that a report has without a word in its mapping.
    pub(crate) fn by_default(scope: &Scope<'_>) -> Self {
        Self {
            position: Position::by_default(scope),
            ..Self::default()
        }
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

    pub(crate) fn paths<'s>(&'s self, to: &mut Reads<'s>) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pair_is_read_from_a_list_and_a_text() {
        assert_eq!(two_numbers(&json!([48.5, 24])), Some((48.5, 24.0)));
        assert_eq!(two_numbers(&json!("48.5, 24")), Some((48.5, 24.0)));
        assert_eq!(two_numbers(&json!("48.5 24 3")), None);
        assert_eq!(two_numbers(&json!({"a": 1})), None);
    }
}
