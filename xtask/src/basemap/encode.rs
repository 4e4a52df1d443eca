//! The form of the files: integer coordinates, each pair as the difference from the one before.

use geo::{Coord, LineString, Polygon};
use serde_json::{Value, json};

use super::GENERATED;
use super::geometry::Bounds;

/// Integers a degree in the coarse files: 0.001 degree is 111 m, a seventh of a pixel at zoom 7.
pub(super) const COARSE: f64 = 1_000.0;
/// Integers a degree in the fine files: 11 m.
pub(super) const FINE: f64 = 10_000.0;

/// A degree value as an integer.
#[expect(clippy::cast_possible_truncation, reason = "degrees times 10 000 fit")]
pub(super) fn whole(degrees: f64, scale: f64) -> i64 {
    (degrees * scale).round() as i64
}

/// A line as a path; `None` where fewer than two positions are left.
pub(super) fn path(line: &LineString<f64>, scale: f64) -> Option<Vec<i64>> {
    encode(&grid(line, scale), 2)
}

/// A polygon as paths, rings not closed; `None` where nothing is left of it.
pub(super) fn rings(polygon: &Polygon<f64>, scale: f64) -> Option<Vec<Vec<i64>>> {
    let ring = |line: &LineString<f64>| {
        let mut points = grid(line, scale);
        if points.first() == points.last() {
            points.pop();
        }
        encode(&points, 3)
    };
    let mut paths = vec![ring(polygon.exterior())?];
    paths.extend(polygon.interiors().iter().filter_map(ring));
    Some(paths)
}

fn grid(line: &LineString<f64>, scale: f64) -> Vec<(i64, i64)> {
    let mut points: Vec<_> = line
        .0
        .iter()
        .map(|c: &Coord<f64>| (whole(c.x, scale), whole(c.y, scale)))
        .collect();
    points.dedup();
    points
}

fn encode(points: &[(i64, i64)], least: usize) -> Option<Vec<i64>> {
    if points.len() < least {
        return None;
    }
    let mut path = Vec::with_capacity(points.len() * 2);
    let (mut x, mut y) = (0, 0);
    for (px, py) in points {
        path.extend([px - x, py - y]);
        (x, y) = (*px, *py);
    }
    Some(path)
}

/// A feature of an area layer; `None` where nothing is left of it.
pub(super) fn area(polygon: &Polygon<f64>, zoom: u8, scale: f64) -> Option<Value> {
    let paths = rings(polygon, scale)?;
    Some(if zoom == 0 {
        json!({"d": paths})
    } else {
        json!({"z": zoom, "d": paths})
    })
}

/// A feature of a line layer, with its name in two languages where it has one.
pub(super) fn lines(
    lines: &[LineString<f64>],
    zoom: u8,
    name: Option<(&str, &str)>,
    scale: f64,
) -> Option<Value> {
    let paths: Vec<_> = lines.iter().filter_map(|line| path(line, scale)).collect();
    if paths.is_empty() {
        return None;
    }
    let mut feature = if zoom == 0 {
        json!({"d": paths})
    } else {
        json!({"z": zoom, "d": paths})
    };
    if let (Some((uk, en)), Some(object)) = (name, feature.as_object_mut()) {
        object.insert("n".to_owned(), json!({"uk": uk, "en": en}));
    }
    Some(feature)
}

/// A file of layers. `cuts` are the boxes along which areas were cut.
pub(super) fn file(clip: Bounds, cuts: &[Bounds], scale: f64, layers: &Value) -> Value {
    let edges = |of: fn(&Bounds) -> [f64; 2]| -> Vec<i64> {
        let mut all: Vec<_> = cuts.iter().flat_map(of).map(|d| whole(d, scale)).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    json!({
        "v": 1,
        "generated": GENERATED,
        "scale": whole(scale, 1.0),
        "clip": clip.edges(),
        "cuts": {"x": edges(|b| [b.west, b.east]), "y": edges(|b| [b.south, b.north])},
        "layers": layers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_with_a_position_and_goes_on_with_differences() {
        let line: LineString<f64> = vec![(24.0, 48.0), (24.0001, 48.0), (24.5, 47.9)].into();
        assert_eq!(path(&line, COARSE), Some(vec![24_000, 48_000, 500, -100]));
    }

    #[test]
    fn rings_are_not_closed_and_empty_ones_vanish() {
        let square: LineString<f64> = vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)].into();
        let dot: LineString<f64> = vec![(0.0, 0.0), (1e-5, 0.0), (1e-5, 1e-5), (0.0, 0.0)].into();
        let polygon = Polygon::new(square, vec![dot.clone()]);
        assert_eq!(
            rings(&polygon, COARSE),
            Some(vec![vec![0, 0, 1_000, 0, 0, 1_000]])
        );
        assert_eq!(rings(&Polygon::new(dot, vec![]), COARSE), None);
    }
}
