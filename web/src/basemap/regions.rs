//! Outlines of the home state's regions, and where each has its sign: `regions.json` of the basemap.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::file::{Pen, walk};
use crate::map::mercator::World;

#[derive(Debug, Deserialize)]
struct RawRegion {
    iso: String,
    /// Polygons, each an outer ring and its holes.
    polygons: Vec<Vec<Vec<i32>>>,
}

#[derive(Debug, Deserialize)]
struct RawFile {
    scale: f64,
    #[serde(rename = "countries", default)]
    _countries: IgnoredAny,
    regions: Vec<RawRegion>,
}

/// The outline of a region.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Rings, outer ones and holes; not closed.
    pub rings: Vec<Vec<World>>,
    /// Where its sign stands: in its largest part.
    pub sign: World,
    /// North-western and south-eastern corner.
    pub bounds: (World, World),
}

/// Reads the outlines by their codes (ISO 3166-2).
///
/// # Errors
/// Where the file is not of the documented form.
pub fn read(json: &str) -> Result<BTreeMap<String, Outline>, serde_json::Error> {
    let file: RawFile = serde_json::from_str(json)?;
    let outlines = file.regions.into_iter().filter_map(|region| {
        let polygons: Vec<Vec<Vec<World>>> = region
            .polygons
            .iter()
            .map(|rings| rings.iter().map(|r| ring(r, file.scale)).collect())
            .collect();
        Some((region.iso, outline(&polygons)?))
    });
    Ok(outlines.collect())
}

fn ring(path: &[i32], scale: f64) -> Vec<World> {
    let mut points = Vec::with_capacity(path.len() / 2);
    walk(path, scale, false, |step| match step {
        Pen::Move(w) | Pen::Line(w) => points.push(w),
        Pen::Close => {}
    });
    points
}

fn outline(polygons: &[Vec<Vec<World>>]) -> Option<Outline> {
    let area = |p: &&Vec<Vec<World>>| p.first().map_or(0.0, |r| moments(r).0.abs());
    let largest = polygons.iter().max_by(|a, b| area(a).total_cmp(&area(b)))?;
    let sign = sign_of(largest)?;
    let rings: Vec<Vec<World>> = polygons.iter().flatten().cloned().collect();
    let first = *rings.first()?.first()?;
    let bounds = rings.iter().flatten().fold((first, first), |(nw, se), p| {
        let nw = World {
            x: nw.x.min(p.x),
            y: nw.y.min(p.y),
        };
        let se = World {
            x: se.x.max(p.x),
            y: se.y.max(p.y),
        };
        (nw, se)
    });
    Some(Outline {
        rings,
        sign,
        bounds,
    })
}

/// Twice the signed area of a ring, and its centre.
fn moments(ring: &[World]) -> (f64, World) {
    let Some(origin) = ring.first() else {
        return (0.0, World::default());
    };
    // About the first point, for the numbers are close together.
    let at = |p: &World| (p.x - origin.x, p.y - origin.y);
    let next = ring.iter().cycle().skip(1);
    let (area, x, y) = ring.iter().zip(next).fold((0.0, 0.0, 0.0), |sum, (p, q)| {
        let ((px, py), (qx, qy)) = (at(p), at(q));
        let cross = px * qy - qx * py;
        (
            sum.0 + cross,
            sum.1 + (px + qx) * cross,
            sum.2 + (py + qy) * cross,
        )
    });
    if area.abs() < f64::EPSILON * f64::EPSILON {
        return (0.0, *origin);
    }
    let centre = World {
        x: origin.x + x / (3.0 * area),
        y: origin.y + y / (3.0 * area),
    };
    (area, centre)
}

/// The middle of the widest stretch of land at the height of the centre: inside also where the centre is not, as in a
/// region around a city.
fn sign_of(polygon: &[Vec<World>]) -> Option<World> {
    let (_, centre) = moments(polygon.first()?);
    let mut crossed: Vec<f64> = polygon
        .iter()
        .flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)))
        .filter(|(p, q)| (p.y > centre.y) != (q.y > centre.y))
        .map(|(p, q)| p.x + (centre.y - p.y) / (q.y - p.y) * (q.x - p.x))
        .collect();
    crossed.sort_by(f64::total_cmp);
    let (pairs, _) = crossed.as_chunks::<2>();
    let widest = pairs
        .iter()
        .max_by(|[a, b], [c, d]| (b - a).total_cmp(&(d - c)));
    Some(widest.map_or(centre, |[from, to]| World {
        x: f64::midpoint(*from, *to),
        y: centre.y,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::mercator::{degrees, world_of_degrees};

    fn shipped() -> BTreeMap<String, Outline> {
        read(include_str!("../../assets/basemap/regions.json")).unwrap()
    }

    /// Whether a place lies within the rings (even-odd).
    fn holds(outline: &Outline, at: World) -> bool {
        let edges = outline
            .rings
            .iter()
            .flat_map(|r| r.iter().zip(r.iter().cycle().skip(1)));
        let left = edges
            .filter(|(p, q)| (p.y > at.y) != (q.y > at.y))
            .filter(|(p, q)| p.x + (at.y - p.y) / (q.y - p.y) * (q.x - p.x) > at.x);
        left.count() % 2 == 1
    }

    #[test]
    fn every_region_of_the_state_has_an_outline_and_its_sign_stands_inside() {
        let all = shipped();
        assert_eq!(all.len(), 27);
        for (iso, outline) in &all {
            let (lat, lon) = degrees(outline.sign);
            assert!(holds(outline, outline.sign), "{iso}: {lat} {lon}");
            let (nw, se) = outline.bounds;
            assert!(nw.x < se.x && nw.y < se.y, "{iso}");
        }
        assert!(holds(&all["UA-46"], world_of_degrees(49.84, 24.03)), "Lviv");
        assert!(
            holds(&all["UA-43"], world_of_degrees(44.95, 34.1)),
            "Crimea"
        );
    }

    #[test]
    fn the_sign_of_a_ring_around_a_city_does_not_stand_in_the_city() {
        // A square of 10 with a hole of 4 in its middle.
        let json = r#"{"v":1,"scale":1,"countries":[{"iso":"X"}],"regions":[{"iso":"A-1","polygons":[[
            [0,0,10,0,0,10,-10,0],[3,3,4,0,0,4,-4,0]]]}]}"#;
        let all = read(json).unwrap();
        let (_, lon) = degrees(all["A-1"].sign);
        assert!(!(3.0..7.0).contains(&lon), "{lon}");
        assert!(holds(&all["A-1"], all["A-1"].sign));
    }

    #[test]
    fn what_is_no_such_file_is_an_error_and_an_empty_region_is_left_out() {
        assert!(read("{}").is_err());
        let empty =
            r#"{"scale":1,"regions":[{"iso":"A-1","polygons":[]},{"iso":"A-2","polygons":[[]]}]}"#;
        assert!(read(empty).unwrap().is_empty());
    }
}
