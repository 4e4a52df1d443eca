//! `TopoJSON` (specification 1.0): shapes that share their edges ("arcs").

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use geo::{Contains as _, Coord, LineString, Polygon, Translate as _};
use serde::Deserialize;

use super::geometry::{Bounds, clip, from_rings};

#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

#[derive(Deserialize)]
struct Properties {
    #[serde(default)]
    name: String,
}

/// A ring as numbers of arcs; a negative one is `!number`, run backwards.
type Ring = Vec<i64>;

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Shape {
    Polygon { arcs: Vec<Ring> },
    MultiPolygon { arcs: Vec<Vec<Ring>> },
    GeometryCollection { geometries: Vec<Geometry> },
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(flatten)]
    shape: Shape,
    id: Option<String>,
    properties: Option<Properties>,
}

#[derive(Deserialize)]
struct File {
    transform: Transform,
    arcs: Vec<Vec<[f64; 2]>>,
    objects: BTreeMap<String, Geometry>,
}

/// One shape of an object.
pub(super) struct Member {
    /// Its id in the source; empty where it has none.
    pub(super) id: String,
    /// Its name in the source.
    pub(super) name: String,
    polygons: Vec<Vec<Ring>>,
}

/// A file, arcs decoded.
pub(super) struct Topology {
    arcs: Vec<Vec<Coord<f64>>>,
    objects: BTreeMap<String, Vec<Member>>,
}

impl Topology {
    /// Reads a quantised file.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let file: File = serde_json::from_slice(bytes)?;
        let ([kx, ky], [tx, ty]) = (file.transform.scale, file.transform.translate);
        let decode = |arc: Vec<[f64; 2]>| {
            let (mut x, mut y) = (0.0, 0.0);
            let step = |[dx, dy]: [f64; 2]| {
                x += dx;
                y += dy;
                Coord {
                    x: x * kx + tx,
                    y: y * ky + ty,
                }
            };
            arc.into_iter().map(step).collect()
        };
        let arcs = file.arcs.into_iter().map(decode).collect();
        let objects = file
            .objects
            .into_iter()
            .map(|(name, object)| (name, members(object)));
        Ok(Self {
            arcs,
            objects: objects.collect(),
        })
    }

    /// The members of an object.
    pub(super) fn members(&self, object: &str) -> Result<&[Member]> {
        self.objects
            .get(object)
            .map(Vec::as_slice)
            .with_context(|| format!("no object {object}"))
    }

    /// Moves the polygon of one member that holds a position to another member.
    pub(super) fn reassign(
        &mut self,
        object: &str,
        from: &str,
        to: &str,
        at: Coord<f64>,
    ) -> Result<()> {
        let members = self.members(object)?;
        let place = |id: &str| {
            members
                .iter()
                .position(|m| m.id == id)
                .with_context(|| format!("no {id} in {object}"))
        };
        let (giver, taker) = (place(from)?, place(to)?);
        let index = members
            .get(giver)
            .into_iter()
            .flat_map(|m| m.polygons.iter().enumerate())
            .find(|(_, rings)| self.polygon(rings).iter().any(|p| p.contains(&at)))
            .map(|(index, _)| index)
            .with_context(|| format!("no polygon of {from} holds {at:?}"))?;
        let members = self
            .objects
            .get_mut(object)
            .context("the object is there")?;
        let moved = members
            .get_mut(giver)
            .context("it is there")?
            .polygons
            .remove(index);
        members
            .get_mut(taker)
            .context("it is there")?
            .polygons
            .push(moved);
        Ok(())
    }

    /// The polygons of a member.
    pub(super) fn polygons(&self, member: &Member) -> Vec<Polygon<f64>> {
        member
            .polygons
            .iter()
            .flat_map(|rings| self.polygon(rings))
            .collect()
    }

    /// A polygon between 180 degrees west and east; one over the antimeridian in two parts.
    fn polygon(&self, rings: &[Ring]) -> Vec<Polygon<f64>> {
        let rings = rings
            .iter()
            .map(|ring| continuous(self.ring(ring)))
            .collect();
        let Some(polygon) = from_rings(rings) else {
            return Vec::new();
        };
        let whole = Bounds {
            west: -180.0,
            south: -90.0,
            east: 180.0,
            north: 90.0,
        };
        let inside = polygon.exterior().0.iter().all(|c| whole.holds(*c));
        if inside {
            return vec![polygon];
        }
        let turned = [-360.0, 0.0, 360.0].map(|turn| polygon.translate(turn, 0.0));
        clip(&turned, whole)
    }

    fn ring(&self, ring: &[i64]) -> Vec<Coord<f64>> {
        let mut coords: Vec<Coord<f64>> = Vec::new();
        for number in ring {
            let backwards = *number < 0;
            let index = if backwards { !number } else { *number };
            let arc = usize::try_from(index).ok().and_then(|i| self.arcs.get(i));
            let arc = arc.map_or(&[][..], Vec::as_slice);
            // Arcs meet: the first position of the next is the last of the one before.
            coords.pop();
            if backwards {
                coords.extend(arc.iter().rev());
            } else {
                coords.extend(arc);
            }
        }
        coords
    }

    /// The arcs that lie between two owners; `owner` says to whom a member belongs.
    pub(super) fn borders(
        &self,
        object: &str,
        owner: impl Fn(&Member) -> String,
    ) -> Result<Vec<LineString<f64>>> {
        let mut owners: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for member in self.members(object)? {
            for number in member.polygons.iter().flatten().flatten() {
                let index = if *number < 0 { !number } else { *number };
                owners.entry(index).or_default().insert(owner(member));
            }
        }
        let shared = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
        let arc = |index: i64| usize::try_from(index).ok().and_then(|i| self.arcs.get(i));
        Ok(shared
            .filter_map(|(index, _)| arc(index))
            .cloned()
            .map(LineString)
            .collect())
    }
}

/// A ring whose longitudes go on over 180 degrees instead of jumping; one around a pole is closed over the pole.
fn continuous(mut ring: Vec<Coord<f64>>) -> Vec<Coord<f64>> {
    let Some(first) = ring.first().copied() else {
        return ring;
    };
    let mut before = first.x;
    for coord in &mut ring {
        coord.x -= ((coord.x - before) / 360.0).round() * 360.0;
        before = coord.x;
    }
    if let Some(last) = ring.last().copied()
        && (last.x - first.x).abs() > 180.0
    {
        let pole = if first.y < 0.0 { -90.0 } else { 90.0 };
        ring.extend([
            Coord { x: last.x, y: pole },
            Coord {
                x: first.x,
                y: pole,
            },
        ]);
    }
    ring
}

fn members(geometry: Geometry) -> Vec<Member> {
    let polygons = match geometry.shape {
        Shape::GeometryCollection { geometries } => {
            return geometries.into_iter().flat_map(members).collect();
        }
        Shape::Polygon { arcs } => vec![arcs],
        Shape::MultiPolygon { arcs } => arcs,
    };
    let name = geometry.properties.map_or_else(String::new, |p| p.name);
    vec![Member {
        id: geometry.id.unwrap_or_default(),
        name,
        polygons,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_over_the_antimeridian_goes_on_and_one_around_the_pole_is_closed_over_it() {
        let at = |x, y| Coord { x, y };
        let ring = continuous(vec![
            at(179.0, 1.0),
            at(-179.0, 1.0),
            at(-179.0, 2.0),
            at(179.0, 1.0),
        ]);
        assert_eq!(
            ring.iter().map(|c| c.x).collect::<Vec<_>>(),
            [179.0, 181.0, 181.0, 179.0]
        );
        let pole: Vec<_> = (0..=4)
            .map(|i| at(f64::from(i) * 90.0 - 180.0, -70.0))
            .collect();
        let closed = continuous(pole);
        assert_eq!(closed.last(), Some(&at(-180.0, -90.0)));
    }
}
