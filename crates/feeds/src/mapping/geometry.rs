//! GeoJSON geometries (RFC 7946, 3.1) to shapes of the model: what can be carried whole, and what can not.
//!
//! The model has a point, an open line, areas without holes, and circles. Of the rest: parts of a line that
//! follow on one another are one line; a collection of one kind is carried as that kind. What is of several parts and
//! is none of these (points, lines apart from each other, mixed collections) is one happening still, and its place is
//! the smallest area without dents around all of them, marked: a report for each part would be a happening for each, and
//! could be neither revised nor cancelled as one. Holes are left out and the shape is marked.

mod hull;

use oneroof_model::{Geometry, LatLon};
use serde_json::Value;

/// Positions of one geometry beyond which it is refused.
pub const MAX_POSITIONS: usize = 10_000;

/// Depth of collections within collections that is read (RFC 7946, 3.1.8: they should not be nested at all).
const MAX_NESTED: usize = 4;

/// A shape, and whether it breaks a rule or lost something on the way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    /// The shape.
    pub(crate) geometry: Geometry,
    /// It had holes, crosses the antimeridian without being cut there (RFC 7946, 3.1.9), or stands for several parts.
    pub(crate) is_faulty: bool,
}

/// Why a value gives no shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GeometryFault {
    /// `not_geojson`; `unsupported_geometry` for parts on both sides of the antimeridian; `too_many_positions`.
    pub(crate) code: &'static str,
    /// What was expected.
    pub(crate) expected: String,
}

impl From<&str> for GeometryFault {
    fn from(expected: &str) -> Self {
        Self {
            code: "not_geojson",
            expected: expected.to_owned(),
        }
    }
}

/// The shape of a GeoJSON geometry, or of a feature's.
pub(crate) fn geojson(value: &Value) -> Result<Shape, GeometryFault> {
    let geometry = match value.get("type").and_then(Value::as_str) {
        Some("Feature") => value
            .get("geometry")
            .filter(|g| !g.is_null())
            .ok_or("a feature with a geometry")?,
        _ => value,
    };
    let mut parts = Parts::default();
    parts.add(geometry, 0)?;
    parts.into_shape()
}

/// What a geometry is made of.
#[derive(Debug, Default)]
struct Parts {
    points: Vec<LatLon>,
    lines: Vec<Vec<LatLon>>,
    rings: Vec<Vec<LatLon>>,
    positions: usize,
    holes: bool,
}

impl Parts {
    fn add(&mut self, value: &Value, depth: usize) -> Result<(), GeometryFault> {
        let kind = value
            .get("type")
            .and_then(Value::as_str)
            .ok_or("a GeoJSON object with its type")?;
        if kind == "GeometryCollection" {
            if depth >= MAX_NESTED {
                return Err("collections that are not nested so deep".into());
            }
            let list = value.get("geometries").and_then(Value::as_array);
            for inner in list.ok_or("a collection with its geometries")? {
                self.add(inner, depth + 1)?;
            }
            return Ok(());
        }
        let coordinates = value
            .get("coordinates")
            .ok_or("a GeoJSON geometry with coordinates")?;
        match kind {
            "Point" => {
                let point = self.position(coordinates)?;
                self.points.push(point);
            }
            "MultiPoint" => {
                let points = self.positions(coordinates)?;
                self.points.extend(points);
            }
            "LineString" => self.add_line(coordinates)?,
            "MultiLineString" => {
                for line in list(coordinates)? {
                    self.add_line(line)?;
                }
            }
            "Polygon" => self.add_polygon(coordinates)?,
            "MultiPolygon" => {
                for polygon in list(coordinates)? {
                    self.add_polygon(polygon)?;
                }
            }
            _ => {
                let expected = "a GeoJSON Point, MultiPoint, LineString, MultiLineString, Polygon, MultiPolygon, \
                                GeometryCollection or Feature, found another type";
                return Err(expected.into());
            }
        }
        Ok(())
    }

    fn add_line(&mut self, value: &Value) -> Result<(), GeometryFault> {
        let line = self.positions(value)?;
        if line.len() < 2 {
            return Err("a line of two positions or more".into());
        }
        self.lines.push(line);
        Ok(())
    }

    fn add_polygon(&mut self, value: &Value) -> Result<(), GeometryFault> {
        let (outer, holes) = list(value)?.split_first().ok_or("a polygon with a ring")?;
        let ring = self.positions(outer)?;
        // RFC 7946, 3.1.6: four or more positions, the first again at the end; a ring left open is read too.
        if ring.len() < 3 {
            return Err("a ring of three corners or more".into());
        }
        for hole in holes {
            self.positions(hole)?;
        }
        self.holes |= !holes.is_empty();
        self.rings.push(ring);
        Ok(())
    }

    fn positions(&mut self, value: &Value) -> Result<Vec<LatLon>, GeometryFault> {
        list(value)?.iter().map(|v| self.position(v)).collect()
    }

    /// Longitude first (RFC 7946, 3.1.1); an altitude may follow.
    fn position(&mut self, value: &Value) -> Result<LatLon, GeometryFault> {
        self.positions += 1;
        if self.positions > MAX_POSITIONS {
            return Err(GeometryFault {
                code: "too_many_positions",
                expected: format!("at most {MAX_POSITIONS} positions"),
            });
        }
        let number = |i: usize| value.get(i).and_then(Value::as_f64);
        let (lon, lat) = number(0)
            .zip(number(1))
            .ok_or("a position of two numbers")?;
        LatLon::new(lat, lon)
            .map_err(|_out_of_range| "longitude -180 to 180, latitude -90 to 90".into())
    }

    fn into_shape(self) -> Result<Shape, GeometryFault> {
        let uncut = self.lines.iter().chain(&self.rings).any(|l| crosses(l));
        let whole = match (self.points.as_slice(), self.lines.len(), self.rings.len()) {
            ([], 0, 0) => return Err("at least one position".into()),
            ([at], 0, 0) => Some(Geometry::Point { at: *at }),
            ([], _, 0) => one_line(&self.lines).map(|points| Geometry::Line { points }),
            ([], 0, _) => Some(Geometry::Area {
                rings: self.rings.clone(),
            }),
            _ => None,
        };
        let lost = self.holes || uncut;
        match whole {
            Some(geometry) => Ok(Shape {
                geometry,
                is_faulty: lost,
            }),
            None => Ok(Shape {
                geometry: self.around()?,
                is_faulty: true,
            }),
        }
    }

    /// The smallest shape around all parts.
    fn around(self) -> Result<Geometry, GeometryFault> {
        let (points, lines, rings) = (self.points.len(), self.lines.len(), self.rings.len());
        let parts = self.lines.into_iter().chain(self.rings).flatten();
        let all: Vec<LatLon> = self.points.into_iter().chain(parts).collect();
        hull::around(all).ok_or_else(|| GeometryFault {
            code: "unsupported_geometry",
            expected: format!(
                "parts within 180 degrees of longitude, found {points} points, {lines} lines and {rings} areas that are not"
            ),
        })
    }
}

fn list(value: &Value) -> Result<&[Value], GeometryFault> {
    let list = value.as_array().map(Vec::as_slice);
    list.ok_or_else(|| "a list of coordinates".into())
}

/// Lines of which each begins where the one before ends, as one.
fn one_line(lines: &[Vec<LatLon>]) -> Option<Vec<LatLon>> {
    let (first, others) = lines.split_first()?;
    let mut whole = first.clone();
    for line in others {
        let (first, rest) = line.split_first()?;
        if whole.last() != Some(first) {
            return None;
        }
        whole.extend_from_slice(rest);
    }
    Some(whole)
}

/// Whether a step goes the long way round: the shape crosses the antimeridian and was not cut there.
fn crosses(line: &[LatLon]) -> bool {
    line.iter()
        .zip(line.iter().skip(1))
        .any(|(a, b)| (a.lon() - b.lon()).abs() > 180.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(lon: f64, lat: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    fn code(value: &Value) -> &'static str {
        geojson(value).map_or_else(|fault| fault.code, |_| "ok")
    }

    #[test]
    fn longitude_comes_first_and_holes_are_left_out_with_a_mark() {
        let point = json!({"type": "Feature", "geometry": {"type": "Point", "coordinates": [24.0, 48.0, 7]}});
        let shape = geojson(&point).unwrap();
        let geometry = Geometry::Point { at: at(24.0, 48.0) };
        assert_eq!((shape.geometry, shape.is_faulty), (geometry, false));
        let ring = json!([[23.0, 48.0], [24.0, 48.0], [24.0, 49.0], [23.0, 48.0]]);
        let area = geojson(&json!({"type": "Polygon", "coordinates": [ring, ring]})).unwrap();
        assert!(area.is_faulty);
        assert!(matches!(area.geometry, Geometry::Area { rings } if rings.len() == 1));
        let two =
            geojson(&json!({"type": "MultiPolygon", "coordinates": [[ring], [ring]]})).unwrap();
        assert!(matches!(two.geometry, Geometry::Area { rings } if rings.len() == 2));
    }

    fn multi(coordinates: &Value) -> Value {
        json!({"type": "MultiLineString", "coordinates": coordinates})
    }

    #[test]
    fn parts_that_make_one_shape_are_that_shape() {
        let chain = geojson(&multi(&json!([[[1, 2], [3, 4]], [[3, 4], [5, 6]]]))).unwrap();
        let points = vec![at(1.0, 2.0), at(3.0, 4.0), at(5.0, 6.0)];
        assert_eq!(chain.geometry, Geometry::Line { points });
        let single = json!({"type": "MultiPoint", "coordinates": [[1, 2]]});
        let collection = json!({"type": "GeometryCollection", "geometries": [single]});
        for one in [single, collection] {
            let shape = geojson(&one).unwrap();
            let point = Geometry::Point { at: at(1.0, 2.0) };
            assert_eq!((shape.geometry, shape.is_faulty), (point, false));
        }
    }

    #[test]
    fn parts_apart_are_the_area_around_them_with_a_mark() {
        let corners = json!([[1, 1], [3, 1], [2, 2], [3, 3], [1, 3], [2, 2]]);
        let points = json!({"type": "MultiPoint", "coordinates": corners});
        let lines = multi(&json!([[[1, 1], [3, 1], [2, 2]], [[3, 3], [1, 3]]]));
        let mixed = json!({"type": "GeometryCollection", "geometries": [
            {"type": "Point", "coordinates": [1, 3]},
            {"type": "LineString", "coordinates": [[3, 3], [2, 2]]},
            {"type": "Polygon", "coordinates": [[[1, 1], [3, 1], [2, 2], [1, 1]]]},
        ]});
        let ring = vec![at(1.0, 1.0), at(3.0, 1.0), at(3.0, 3.0), at(1.0, 3.0)];
        for parts in [points, lines, mixed] {
            let shape = geojson(&parts).unwrap();
            let around = Geometry::Area {
                rings: vec![ring.clone()],
            };
            assert_eq!((shape.geometry, shape.is_faulty), (around, true), "{parts}");
        }
    }

    #[test]
    fn parts_in_a_row_are_a_line_and_parts_at_one_place_a_point() {
        let row = json!({"type": "MultiPoint", "coordinates": [[3, 3], [1, 1], [2, 2]]});
        let shape = geojson(&row).unwrap();
        let points = vec![at(1.0, 1.0), at(3.0, 3.0)];
        assert_eq!(shape.geometry, Geometry::Line { points });
        assert!(shape.is_faulty);
        let same = json!({"type": "MultiPoint", "coordinates": [[1, 2], [1, 2], [1, 2]]});
        let shape = geojson(&same).unwrap();
        assert_eq!(shape.geometry, Geometry::Point { at: at(1.0, 2.0) });
    }

    #[test]
    fn a_shape_across_the_antimeridian_that_was_not_cut_is_marked() {
        let line = json!({"type": "LineString", "coordinates": [[179.5, 1], [-179.5, 1]]});
        assert!(geojson(&line).unwrap().is_faulty);
        // Cut as it should be, the area around its parts would go round the world.
        let cut = multi(&json!([[[179.5, 1], [180, 1]], [[-180, 1], [-179.5, 1]]]));
        assert_eq!(code(&cut), "unsupported_geometry");
    }

    #[test]
    fn the_direction_of_a_ring_is_of_no_account() {
        let left = json!([[23.0, 48.0], [24.0, 48.0], [24.0, 49.0], [23.0, 48.0]]);
        let right = json!([[23.0, 48.0], [24.0, 49.0], [24.0, 48.0], [23.0, 48.0]]);
        for ring in [left, right] {
            assert_eq!(
                code(&json!({"type": "Polygon", "coordinates": [ring]})),
                "ok"
            );
        }
    }

    #[test]
    fn what_is_no_geometry_says_what_was_expected() {
        let mut deep = json!({"type": "Point", "coordinates": [1, 2]});
        for _ in 0..6 {
            deep = json!({"type": "GeometryCollection", "geometries": [deep]});
        }
        let long: Vec<[f64; 2]> = vec![[1.0, 2.0]; MAX_POSITIONS + 1];
        for bad in [
            json!(5),
            json!({"type": "Point"}),
            json!({"type": "Point", "coordinates": [1]}),
            json!({"type": "Point", "coordinates": []}),
            json!({"type": "Point", "coordinates": [24.0, 148.0]}),
            json!({"type": "Point", "coordinates": [190.0, 48.0]}),
            json!({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}),
            json!({"type": "GeometryCollection", "geometries": []}),
            json!({"type": "Feature", "geometry": {"type": "Feature"}}),
            json!({"type": "Feature", "geometry": null}),
            json!({"type": "LineString", "coordinates": [[1, 2]]}),
            deep,
        ] {
            assert_eq!(code(&bad), "not_geojson", "{bad:.80}");
        }
        let long = json!({"type": "LineString", "coordinates": long});
        assert_eq!(code(&long), "too_many_positions");
    }
}
