//! Locations to places: latitude and longitude as strings, well-known text, names and zones.

use oneroof_model::{Geometry, LatLon, Place};
use serde_json::Value;

use super::value::{all, number, text};

/// Positions of one geometry beyond which it is not read.
const MAX_POSITIONS: usize = 10_000;

/// Brackets in each other in a well-known text.
const MAX_BRACKETS: usize = 3;

/// Longest description of a place, characters.
const MAX_DESCRIBED: usize = 500;

/// The place of the first location that has one of the `LocationRel`s of a thing, and whether a geometry could not be read.
pub(super) fn place_of(thing: &Value) -> (Place, bool) {
    let mut unread = false;
    let mut described = Vec::new();
    let mut geometry = None;
    for relation in all(thing, "LocationRel") {
        let Some(location) = relation.get("Location") else {
            continue;
        };
        names(location, &mut described);
        for shape in all(location, "Geometry") {
            match geometry_of(shape) {
                Ok(Some(found)) => {
                    geometry.get_or_insert(found);
                }
                Ok(None) => {}
                Err(()) => unread = true,
            }
        }
    }
    let described: String = described.join("; ").chars().take(MAX_DESCRIBED).collect();
    let place = Place {
        geometry,
        described: (!described.is_empty()).then_some(described),
        ..Place::default()
    };
    (place, unread)
}

/// What a location is called: its names, else its zones.
fn names(location: &Value, found: &mut Vec<String>) {
    let mut own: Vec<&str> = all(location, "GeographicName")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for key in ["PortName", "PortFacilityName", "LocationCode"] {
        own.extend(text(location, &[key]));
    }
    if own.is_empty() {
        let zones = all(location, "LocationZone").iter();
        own.extend(
            zones
                .filter_map(Value::as_str)
                .filter(|z| *z != "NonSpecified"),
        );
    }
    for name in own {
        if !name.is_empty() && !found.iter().any(|f| f == name) {
            found.push(name.to_owned());
        }
    }
}

/// The shape of a `Geometry`: its well-known text, else its latitude and longitude.
///
/// # Errors
/// Where it says something that is no shape.
pub(super) fn geometry_of(geometry: &Value) -> Result<Option<Geometry>, ()> {
    if let Some(wkt) = text(geometry, &["WKT"]) {
        return read_wkt(wkt).map(Some).ok_or(());
    }
    let degrees = |key: &str| text(geometry, &[key]);
    match (degrees("Latitude"), degrees("Longitude")) {
        (None, None) => Ok(None),
        (Some(lat), Some(lon)) => position(lat, lon)
            .map(|at| Some(Geometry::Point { at }))
            .ok_or(()),
        _ => Err(()),
    }
}

/// Latitude and longitude as decimal degrees.
fn position(lat: &str, lon: &str) -> Option<LatLon> {
    LatLon::new(number(lat)?, number(lon)?).ok()
}

/// Well-known text (OGC 06-103r4, 7.2): points, lines and polygons, also several; longitude before latitude. Holes are left
/// out, for our areas have none; heights and measures are left out.
fn read_wkt(wkt: &str) -> Option<Geometry> {
    let wkt = wkt.trim();
    let wkt = match wkt.split_once(';') {
        Some((srid, rest)) if srid.trim().eq_ignore_ascii_case("SRID=4326") => rest.trim(),
        Some(_) => return None,
        None => wkt,
    };
    let open = wkt.find('(')?;
    let (head, body) = wkt.split_at(open);
    let kind = head.split_whitespace().next()?.to_ascii_uppercase();
    let (body, rest) = bracket(body, MAX_BRACKETS)?;
    if !rest.trim().is_empty() {
        return None;
    }
    match (kind.as_str(), body) {
        ("POINT", Bracket::Positions(p)) => match p.as_slice() {
            [at] => Some(Geometry::Point { at: *at }),
            _ => None,
        },
        ("LINESTRING", Bracket::Positions(points)) => line(points),
        ("MULTILINESTRING", Bracket::List(lines)) => line(lines.into_iter().next()?.outer()?),
        ("POLYGON", polygon @ Bracket::List(_)) => area(vec![polygon.outer()?]),
        ("MULTIPOLYGON", Bracket::List(polygons)) => {
            let rings: Option<Vec<_>> = polygons.into_iter().map(Bracket::outer).collect();
            area(rings?)
        }
        _ => None,
    }
}

fn line(points: Vec<LatLon>) -> Option<Geometry> {
    (2..=MAX_POSITIONS)
        .contains(&points.len())
        .then_some(Geometry::Line { points })
}

fn area(rings: Vec<Vec<LatLon>>) -> Option<Geometry> {
    let whole = !rings.is_empty() && rings.iter().all(|r| r.len() >= 3);
    let positions: usize = rings.iter().map(Vec::len).sum();
    (whole && positions <= MAX_POSITIONS).then_some(Geometry::Area { rings })
}

/// What stands between two brackets of a well-known text.
enum Bracket {
    Positions(Vec<LatLon>),
    List(Vec<Self>),
}

impl Bracket {
    /// The positions, or those of the first bracket within: the outer ring of a polygon.
    fn outer(self) -> Option<Vec<LatLon>> {
        match self {
            Self::Positions(positions) => Some(positions),
            Self::List(list) => match list.into_iter().next()? {
                Self::Positions(positions) => Some(positions),
                Self::List(_) => None,
            },
        }
    }
}

/// Reads one bracket with at most `depth` in each other, and gives what follows it.
fn bracket(text: &str, depth: usize) -> Option<(Bracket, &str)> {
    let inner = text.trim_start().strip_prefix('(')?;
    if !inner.trim_start().starts_with('(') {
        let (own, rest) = inner.split_once(')')?;
        return Some((Bracket::Positions(positions(own)?), rest));
    }
    let mut list = Vec::new();
    let mut rest = inner;
    loop {
        let (one, after) = bracket(rest, depth.checked_sub(1)?)?;
        list.push(one);
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return Some((Bracket::List(list), after.strip_prefix(')')?)),
        }
    }
}

/// Positions parted by commas: longitude and latitude parted by blanks, then perhaps a height and a measure.
fn positions(text: &str) -> Option<Vec<LatLon>> {
    text.split(',')
        .take(MAX_POSITIONS + 1)
        .map(|pair| {
            let mut numbers = pair.split_whitespace();
            let (lon, lat) = (numbers.next()?, numbers.next()?);
            let rest: Option<Vec<f64>> = numbers.map(number).collect();
            (rest?.len() <= 2).then(|| position(lat, lon))?
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wkt(text: &str) -> Option<Geometry> {
        geometry_of(&json!({ "WKT": text })).ok().flatten()
    }

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    #[test]
    fn well_known_text_has_longitude_first() {
        let point = Some(Geometry::Point { at: at(48.0, 23.5) });
        assert_eq!(wkt("POINT (23.5 48.0)"), point);
        assert_eq!(wkt("point(23.5 48.0 120)"), point);
        assert_eq!(wkt("SRID=4326;POINT Z (23.5 48.0 120)"), point);
        let points = vec![at(48.0, 23.5), at(48.1, 23.6)];
        assert_eq!(
            wkt("LINESTRING(23.5 48.0, 23.6 48.1)"),
            Some(Geometry::Line { points })
        );
    }

    #[test]
    fn rings_are_areas_and_holes_are_left_out() {
        let ring = |n: f64| vec![at(48.0, n), at(48.1, n), at(48.0, n + 0.1), at(48.0, n)];
        let polygon = "((23 48, 23 48.1, 23.1 48, 23 48), (23.01 48.01, 23.02 48.01, 23.01 48.02, 23.01 48.01))";
        assert_eq!(
            wkt(&format!("POLYGON {polygon}")),
            Some(Geometry::Area {
                rings: vec![ring(23.0)]
            })
        );
        let two = format!("MULTIPOLYGON ({polygon}, ((24 48, 24 48.1, 24.1 48, 24 48)))");
        let Some(Geometry::Area { rings }) = wkt(&two) else {
            panic!("expected an area")
        };
        assert_eq!(rings.len(), 2, "{rings:?}");
        assert_eq!(rings[0], ring(23.0));
        assert_eq!(rings[1][0], at(48.0, 24.0));
    }

    #[test]
    fn what_is_no_shape_is_not_read() {
        for broken in [
            "POINT",
            "POINT()",
            "POINT(1)",
            "POINT(23.5,48)",
            "POINT(23.5 148)",
            "POLYGON((1 1, 2 2))",
            "CIRCLE(1 1)",
            "POINT(1 1",
            "POINT(1 1))",
            "LINESTRING(1 1)",
            "SRID=3857;POINT(1 1)",
            "((((",
            "POINT(NaN 1)",
        ] {
            assert_eq!(wkt(broken), None, "{broken}");
        }
        assert_eq!(
            geometry_of(&json!({ "Latitude": "48,1", "Longitude": "23" })),
            Err(())
        );
        assert_eq!(geometry_of(&json!({ "Latitude": "48.1" })), Err(()));
        assert_eq!(geometry_of(&json!({ "Altitude": "12" })), Ok(None));
    }
}
