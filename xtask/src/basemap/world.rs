//! The whole world, coarse: land, large lakes and borders between states, from world-atlas 50m.
//!
//! world-atlas shows Crimea as part of Russia. The polygon is moved to Ukraine before anything is made of it, and
//! the border at Perekop goes with it, for a border is an edge between two different owners.

use anyhow::{Context as _, Result};
use geo::{Coord, LineString, Polygon};
use serde_json::{Value, json};

use super::area::{Area, State};
use super::encode::{self, COARSE};
use super::geometry::{Bounds, clip, clip_line, cut_out, simplify, union};
use super::gshhg::{self, Resolution};
use super::packages::Packages;
use super::topojson::{Member, Topology};

/// Tolerance in degrees: a third of a pixel at zoom 5.
const TOLERANCE_DEG: f64 = 0.015;
/// Smallest island in square degrees, some 40 km².
const LEAST_DEG2: f64 = 0.004;
/// Smallest lake in km².
const LEAST_LAKE_KM2: f64 = 2_500.0;

const WHOLE: Bounds = Bounds {
    west: -180.0,
    south: -90.0,
    east: 180.0,
    north: 90.0,
};

/// What is known of the world.
pub(super) struct World {
    coarse: Topology,
    fine: Topology,
    lakes: Vec<Polygon<f64>>,
}

impl World {
    /// Reads the sources and puts right what they show wrongly.
    pub(super) fn read(packages: &Packages, area: &Area) -> Result<Self> {
        let read = |name| -> Result<Topology> {
            let mut topology = Topology::read(&packages.world_atlas(name)?)?;
            for moved in area.moved {
                let at = Coord {
                    x: moved.holds.1,
                    y: moved.holds.0,
                };
                topology
                    .reassign("countries", moved.from, moved.to, at)
                    .with_context(|| name.to_owned())?;
            }
            Ok(topology)
        };
        let outlines = gshhg::read(packages, "gshhs", Resolution::High, WHOLE.rect())?;
        let lakes = outlines
            .into_iter()
            .filter(|o| o.kind == 2 && o.area_km2 >= LEAST_LAKE_KM2);
        Ok(Self {
            coarse: read("countries-50m.json")?,
            fine: read("countries-10m.json")?,
            lakes: lakes.map(|o| Polygon::new(o.line, vec![])).collect(),
        })
    }

    /// The polygons of a state at 10m inside a box.
    pub(super) fn state(&self, state: &State, bounds: Bounds) -> Result<Vec<Polygon<f64>>> {
        let members = self.fine.members("countries")?.iter();
        let polygons = members.filter(|m| owner(m) == state.numeric);
        let polygons: Vec<_> = polygons.flat_map(|m| self.fine.polygons(m)).collect();
        Ok(union(&clip(&polygons, bounds)))
    }

    /// `world.json`.
    pub(super) fn file(&self, area: &Area) -> Result<Value> {
        let land = self
            .coarse
            .members("land")?
            .iter()
            .flat_map(|m| self.coarse.polygons(m));
        let land: Vec<_> = land.collect();
        let borders: Vec<LineString<f64>> = self.coarse.borders("countries", owner)?;
        let coarser = |polygons: &[Polygon<f64>]| simplify(polygons, TOLERANCE_DEG, LEAST_DEG2);
        let areas = |polygons: &[Polygon<f64>]| -> Vec<Value> {
            polygons
                .iter()
                .filter_map(|p| encode::area(p, 0, COARSE))
                .collect()
        };
        let land = coarser(&land);
        let lakes = coarser(&self.lakes);
        let borders: Vec<_> = borders
            .iter()
            .map(|b| geo::Simplify::simplify(b, TOLERANCE_DEG))
            .collect();
        let inside: Vec<_> = borders
            .iter()
            .flat_map(|b| clip_line(b, area.clip))
            .collect();
        let outside: Vec<_> = around(area.clip)
            .into_iter()
            .flat_map(|part| borders.iter().flat_map(move |b| clip_line(b, part)))
            .collect();
        let line = |lines: &[LineString<f64>]| -> Vec<Value> {
            encode::lines(lines, 0, None, COARSE).into_iter().collect()
        };
        Ok(encode::file(
            WHOLE,
            &[WHOLE, area.clip],
            COARSE,
            &json!({
                "land": areas(&cut_out(&land, area.clip)),
                "land_in": areas(&clip(&land, area.clip)),
                "lakes": areas(&cut_out(&lakes, area.clip)),
                "lakes_in": areas(&clip(&lakes, area.clip)),
                "admin0": line(&outside),
                "admin0_in": line(&inside),
            }),
        ))
    }
}

/// The state that a shape belongs to: its number in ISO 3166-1, for shapes without one that of the state whose
/// territory it is by the General Assembly's resolutions and Ukraine's position.
fn owner(member: &Member) -> String {
    match (member.id.as_str(), member.name.as_str()) {
        ("", "Kosovo") => "688".to_owned(),
        ("", "N. Cyprus") => "196".to_owned(),
        ("", "Somaliland") => "706".to_owned(),
        ("", name) => name.to_owned(),
        (id, _) => id.to_owned(),
    }
}

/// The world without the box, as four boxes.
fn around(hole: Bounds) -> [Bounds; 4] {
    [
        Bounds {
            east: hole.west,
            ..WHOLE
        },
        Bounds {
            west: hole.east,
            ..WHOLE
        },
        Bounds {
            west: hole.west,
            east: hole.east,
            north: hole.south,
            ..WHOLE
        },
        Bounds {
            west: hole.west,
            east: hole.east,
            south: hole.north,
            ..WHOLE
        },
    ]
}
