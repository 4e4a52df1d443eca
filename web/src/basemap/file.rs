//! The files of the basemap: integers with a scale, paths as differences.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::map::mercator::{World, world_of_degrees};

/// A name in both languages, either of which may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Name {
    /// In Ukrainian.
    pub uk: Option<String>,
    /// In English.
    pub en: Option<String>,
}

/// A thing on the map.
#[derive(Debug, Clone, Deserialize)]
pub struct Feature {
    /// Least zoom at which it is drawn.
    #[serde(default)]
    pub z: u8,
    /// Paths: rings of an area, or lines.
    pub d: Vec<Vec<i32>>,
    /// Its name.
    #[serde(default)]
    pub n: Option<Name>,
}

/// Where the file was cut: edges there are no coast.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Cuts {
    /// Longitudes in the file's unit.
    #[serde(default)]
    pub x: Vec<i32>,
    /// Latitudes in the file's unit.
    #[serde(default)]
    pub y: Vec<i32>,
}

/// A place as it stands in the file: `[x, y, z, class, population, country, en, uk]`.
#[derive(Debug, Clone, Deserialize)]
struct RawPlace(
    i32,
    i32,
    u8,
    u8,
    IgnoredAny,
    String,
    Option<String>,
    Option<String>,
);

#[derive(Debug, Deserialize)]
struct RawFile {
    scale: f64,
    #[serde(default)]
    cuts: Cuts,
    #[serde(default)]
    layers: BTreeMap<String, Vec<Feature>>,
    #[serde(default)]
    places: Vec<RawPlace>,
}

/// Kind of a named place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceClass {
    /// A place.
    Place,
    /// Capital of a state.
    Capital,
    /// Centre of a region of Ukraine.
    RegionCentre,
    /// Name of a state.
    State,
    /// Name of a sea.
    Sea,
    /// Name of a region of Ukraine.
    Region,
    /// District of a city.
    District,
}

impl PlaceClass {
    fn from_number(n: u8) -> Self {
        match n {
            1 => Self::Capital,
            2 => Self::RegionCentre,
            3 => Self::State,
            4 => Self::Sea,
            5 => Self::Region,
            6 => Self::District,
            _ => Self::Place,
        }
    }

    /// Whether a dot marks the spot.
    pub const fn has_dot(self) -> bool {
        matches!(self, Self::Place | Self::Capital | Self::RegionCentre)
    }
}

/// A named place.
#[derive(Debug, Clone)]
pub struct Named {
    /// Where.
    pub at: World,
    /// Least zoom at which it is shown.
    pub z: u8,
    /// What kind.
    pub class: PlaceClass,
    /// State (ISO 3166-1 alpha-2).
    pub country: String,
    /// Its name.
    pub name: Name,
}

/// A file, read.
#[derive(Debug, Default)]
pub struct File {
    /// Parts of a degree in one unit.
    pub scale: f64,
    /// Where it was cut.
    pub cuts: Cuts,
    /// Layers by name.
    pub layers: BTreeMap<String, Vec<Feature>>,
    /// Names, most important first.
    pub places: Vec<Named>,
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it is not of the documented form.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        let raw: RawFile = serde_json::from_str(json)?;
        let scale = raw.scale;
        let place = |p: RawPlace| Named {
            at: world_of_degrees(f64::from(p.1) / scale, f64::from(p.0) / scale),
            z: p.2,
            class: PlaceClass::from_number(p.3),
            country: p.5,
            name: Name { en: p.6, uk: p.7 },
        };
        Ok(Self {
            scale,
            cuts: raw.cuts,
            layers: raw.layers,
            places: raw.places.into_iter().map(place).collect(),
        })
    }
}

/// A step of a pen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pen {
    /// Lift and go to.
    Move(World),
    /// Draw to.
    Line(World),
    /// Draw back to where it was put down.
    Close,
}

fn positions(path: &[i32]) -> impl Iterator<Item = (i32, i32)> {
    let (pairs, _) = path.as_chunks::<2>();
    pairs.iter().scan((0, 0), |at, [dx, dy]| {
        *at = (at.0 + dx, at.1 + dy);
        Some(*at)
    })
}

/// Walks along a path: as a closed ring, or as an open line.
pub fn walk(path: &[i32], scale: f64, closed: bool, mut pen: impl FnMut(Pen)) {
    let to = |(x, y): (i32, i32)| world_of_degrees(f64::from(y) / scale, f64::from(x) / scale);
    let mut points = positions(path);
    let Some(first) = points.next() else { return };
    pen(Pen::Move(to(first)));
    points.for_each(|p| pen(Pen::Line(to(p))));
    if closed {
        pen(Pen::Close);
    }
}

/// Walks along a ring's edge, leaving out what is only the edge of the file.
pub fn walk_coast(path: &[i32], scale: f64, cuts: &Cuts, mut pen: impl FnMut(Pen)) {
    let to = |(x, y): (i32, i32)| world_of_degrees(f64::from(y) / scale, f64::from(x) / scale);
    let artificial = |a: (i32, i32), b: (i32, i32)| {
        (a.0 == b.0 && cuts.x.contains(&a.0)) || (a.1 == b.1 && cuts.y.contains(&a.1))
    };
    let first = positions(path).next();
    let mut down = false;
    let mut before: Option<(i32, i32)> = None;
    for p in positions(path).chain(first) {
        if let Some(b) = before {
            if artificial(b, p) {
                down = false;
            } else {
                if !down {
                    pen(Pen::Move(to(b)));
                    down = true;
                }
                pen(Pen::Line(to(p)));
            }
        }
        before = Some(p);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"v":1,"generated":"x","scale":1000,"clip":[13,41,48,60],
        "cuts":{"x":[13000],"y":[]},
        "layers":{"land":[{"d":[[13000,41000,0,1000,1000,0,0,-1000]]}],
                  "rivers":[{"z":7,"d":[[20000,45000,10,10]],"n":{"uk":"Дунай"}}]},
        "places":[[30000,50000,4,1,2900000,"UA","Kyiv","Київ"],[1,2,8,0,0,"PL","X",null]]}"#;

    #[test]
    fn a_file_is_read_as_documented() {
        let f = File::read(FILE).unwrap();
        assert_eq!(f.layers["rivers"][0].z, 7);
        assert_eq!(
            f.layers["rivers"][0].n.as_ref().unwrap().uk.as_deref(),
            Some("Дунай")
        );
        assert_eq!(f.places[0].class, PlaceClass::Capital);
        assert_eq!(f.places[1].name.uk, None);
        assert!((f.places[0].at.x - (30.0 / 360.0 + 0.5)).abs() < 1e-12);
    }

    #[test]
    fn a_path_is_the_sum_of_its_differences_and_a_ring_is_closed() {
        let mut steps = Vec::new();
        walk(&[20_000, 45_000, 10, 10, -5, 0], 1000.0, true, |s| {
            steps.push(s);
        });
        assert_eq!(steps.len(), 4);
        assert_eq!(steps[2], Pen::Line(world_of_degrees(45.01, 20.005)));
        assert_eq!(steps[3], Pen::Close);
    }

    #[test]
    fn the_edge_of_the_file_is_no_coast() {
        let f = File::read(FILE).unwrap();
        let mut steps = Vec::new();
        walk_coast(&f.layers["land"][0].d[0], f.scale, &f.cuts, |s| {
            steps.push(s);
        });
        // The first of four edges lies on x = 13000.
        let moves = steps.iter().filter(|s| matches!(s, Pen::Move(_))).count();
        let lines = steps.iter().filter(|s| matches!(s, Pen::Line(_))).count();
        assert_eq!((moves, lines), (1, 3));
    }
}
