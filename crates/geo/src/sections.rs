//! The border line, cut into sections, and which section a place belongs to.

use std::collections::BTreeMap;

use oneroof_model::{BcpId, Geometry, LatLon, Place, SectionId};
use rstar::{AABB, RTree, RTreeObject};
use serde::{Deserialize, Serialize};

use crate::bbox::BoundingBox;
use crate::polyline::length_m;
use crate::shape::distance_m;

/// Farthest from the border line that a place still belongs to a section: 30 km, our own design value
/// (the depth in which border guards of most states act).
pub const MAX_DISTANCE_M: f64 = 30_000.0;

/// What a section is on the ground. In JSON `{"line": [[lat, lon], ...]}` or `{"polygon": [[lat, lon], ...]}`,
/// the form of `config/sections-geometry.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "Written", into = "Written")]
pub enum SectionShape {
    /// A piece of the border line on land or along a river.
    Line(Vec<LatLon>),
    /// An area of the sea: one ring, which need not repeat its first position.
    Polygon(Vec<LatLon>),
}

/// How a shape stands in JSON: pairs of latitude and longitude, for the files are long.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    Line(Vec<Pair>),
    Polygon(Vec<Pair>),
}

#[derive(Serialize, Deserialize)]
#[serde(try_from = "(f64, f64)", into = "(f64, f64)")]
#[derive(Clone)]
struct Pair(LatLon);

impl TryFrom<(f64, f64)> for Pair {
    type Error = oneroof_model::LatLonError;
    fn try_from((lat, lon): (f64, f64)) -> Result<Self, Self::Error> {
        LatLon::new(lat, lon).map(Self)
    }
}

impl From<Pair> for (f64, f64) {
    fn from(Pair(p): Pair) -> Self {
        (p.lat(), p.lon())
    }
}

impl From<Written> for SectionShape {
    fn from(written: Written) -> Self {
        let plain = |pairs: Vec<Pair>| pairs.into_iter().map(|Pair(p)| p).collect();
        match written {
            Written::Line(pairs) => Self::Line(plain(pairs)),
            Written::Polygon(pairs) => Self::Polygon(plain(pairs)),
        }
    }
}

impl From<SectionShape> for Written {
    fn from(shape: SectionShape) -> Self {
        let pairs = |points: Vec<LatLon>| points.into_iter().map(Pair).collect();
        match shape {
            SectionShape::Line(points) => Self::Line(pairs(points)),
            SectionShape::Polygon(points) => Self::Polygon(pairs(points)),
        }
    }
}

impl SectionShape {
    /// The shape as a geometry of the model.
    pub fn to_geometry(&self) -> Geometry {
        match self {
            Self::Line(points) => Geometry::Line {
                points: points.clone(),
            },
            Self::Polygon(ring) => Geometry::Area {
                rings: vec![ring.clone()],
            },
        }
    }
}

/// The border: a shape for each section that has one. Air sections have none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Border {
    /// The shapes by section.
    pub sections: BTreeMap<SectionId, SectionShape>,
}

impl Border {
    /// Length of a section's line in metres; `None` for one that has no line.
    pub fn length_m(&self, section: &SectionId) -> Option<f64> {
        match self.sections.get(section)? {
            SectionShape::Line(points) => Some(length_m(points)),
            SectionShape::Polygon(_) => None,
        }
    }
}

/// On what the section of a place rests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "basis", rename_all = "snake_case")]
pub enum SectionBasis {
    /// The sender named it.
    Stated,
    /// It is the section of the crossing point that the sender named.
    CrossingPoint,
    /// The place lies in the section's area of the sea.
    Sea,
    /// The section has the nearest piece of the border line.
    Line {
        /// Distance in metres between the nearest edges, at most [`MAX_DISTANCE_M`].
        distance_m: f64,
    },
}

/// The section of a place, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SectionMatch {
    /// The section.
    pub section: SectionId,
    /// Why this one.
    #[serde(flatten)]
    pub basis: SectionBasis,
}

/// One edge of a line or one polygon, with its box in degrees.
struct Piece {
    /// Index into `SectionIndex::ids`.
    section: usize,
    shape: Geometry,
    sea: bool,
    bbox: AABB<[f64; 2]>,
}

impl RTreeObject for Piece {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.bbox
    }
}

/// Finds the section of a place.
pub struct SectionIndex {
    /// All known sections, those without a shape too, in order.
    ids: Vec<SectionId>,
    bcps: BTreeMap<BcpId, SectionId>,
    tree: RTree<Piece>,
}

impl SectionIndex {
    /// An index over all sections of a country (with a shape where they have one) and the section of each
    /// crossing point.
    pub fn new<S, B>(sections: S, crossing_points: B) -> Self
    where
        S: IntoIterator<Item = (SectionId, Option<SectionShape>)>,
        B: IntoIterator<Item = (BcpId, SectionId)>,
    {
        let shapes: BTreeMap<_, _> = sections.into_iter().collect();
        let mut pieces = Vec::new();
        for (section, shape) in shapes.values().enumerate() {
            match shape {
                Some(SectionShape::Line(points)) => {
                    for (a, b) in points.iter().zip(points.iter().skip(1)) {
                        let edge = Geometry::Line {
                            points: vec![*a, *b],
                        };
                        pieces.extend(piece(section, edge, false));
                    }
                }
                Some(shape @ SectionShape::Polygon(_)) => {
                    pieces.extend(piece(section, shape.to_geometry(), true));
                }
                None => {}
            }
        }
        Self {
            ids: shapes.into_keys().collect(),
            bcps: crossing_points.into_iter().collect(),
            tree: RTree::bulk_load(pieces),
        }
    }

    /// The section of a place: the stated one, else that of the crossing point, else by geometry
    /// ([`Self::nearest`]). A section or crossing point that is not known here counts as not stated.
    /// `None` is a valid answer: most of a country is in no section.
    pub fn section_of(&self, place: &Place) -> Option<SectionMatch> {
        if let Some(section) = &place.section
            && self.ids.binary_search(section).is_ok()
        {
            return Some(SectionMatch {
                section: section.clone(),
                basis: SectionBasis::Stated,
            });
        }
        if let Some(section) = place.bcp.as_ref().and_then(|bcp| self.bcps.get(bcp)) {
            let basis = SectionBasis::CrossingPoint;
            return Some(SectionMatch {
                section: section.clone(),
                basis,
            });
        }
        place
            .geometry
            .as_ref()
            .and_then(|geometry| self.nearest(geometry))
    }

    /// The section of a shape by geometry alone: that whose area of the sea it touches or whose piece of
    /// the border line is nearest, within [`MAX_DISTANCE_M`]. Where several are equally near (a large area
    /// lies over them), the one nearest to the shape's anchor. Sections without a shape (air) never.
    pub fn nearest(&self, geometry: &Geometry) -> Option<SectionMatch> {
        let anchor = Geometry::Point {
            at: geometry.anchor()?,
        };
        let search = envelope(BoundingBox::of(geometry)?.expanded_m(MAX_DISTANCE_M));
        let mut best: Option<((f64, f64, usize), &Piece)> = None;
        for piece in self.tree.locate_in_envelope_intersecting(search) {
            let distance = distance_m(&piece.shape, geometry)?;
            if distance > if piece.sea { 0.0 } else { MAX_DISTANCE_M } {
                continue;
            }
            let key = (distance, distance_m(&piece.shape, &anchor)?, piece.section);
            if best.as_ref().is_none_or(|(least, _)| key < *least) {
                best = Some((key, piece));
            }
        }
        let ((distance_m, ..), piece) = best?;
        let basis = if piece.sea {
            SectionBasis::Sea
        } else {
            SectionBasis::Line { distance_m }
        };
        Some(SectionMatch {
            section: self.ids.get(piece.section)?.clone(),
            basis,
        })
    }
}

/// Boxes of the tree are plain: borders lie on one side of the antimeridian. One that crosses it takes
/// the whole width, which is slow and right.
fn envelope(b: BoundingBox) -> AABB<[f64; 2]> {
    let (west, east) = if b.west > b.east {
        (-180.0, 180.0)
    } else {
        (b.west, b.east)
    };
    AABB::from_corners([west, b.south], [east, b.north])
}

fn piece(section: usize, shape: Geometry, sea: bool) -> Option<Piece> {
    let bbox = envelope(BoundingBox::of(&shape)?);
    Some(Piece {
        section,
        shape,
        sea,
        bbox,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    /// Two pieces of a border from west to east, a sea to the south of the second, an air section.
    fn index() -> SectionIndex {
        let a = SectionShape::Line(vec![at(48.0, 22.0), at(48.0, 24.0)]);
        let b = SectionShape::Line(vec![at(48.0, 24.0), at(48.0, 26.0)]);
        let sea = SectionShape::Polygon(vec![
            at(47.0, 25.0),
            at(47.0, 26.0),
            at(47.95, 26.0),
            at(47.95, 25.0),
        ]);
        SectionIndex::new(
            [
                ("A".into(), Some(a)),
                ("B".into(), Some(b)),
                ("SEA".into(), Some(sea)),
                ("AIR".into(), None),
            ],
            [("BCP1".into(), "A".into()), ("APT".into(), "AIR".into())],
        )
    }

    fn by_point(lat: f64, lon: f64) -> Option<SectionMatch> {
        index().section_of(&Place::point(at(lat, lon)))
    }

    #[test]
    fn a_place_belongs_to_the_nearest_piece_of_the_line() {
        let found = by_point(48.1, 23.0).unwrap();
        assert_eq!(found.section.as_str(), "A");
        let SectionBasis::Line { distance_m } = found.basis else {
            panic!("{found:?}")
        };
        assert!((distance_m - 11_119.0).abs() < 20.0, "{distance_m}");
        assert_eq!(by_point(48.1, 24.5).unwrap().section.as_str(), "B");
    }

    #[test]
    fn farther_than_thirty_kilometres_from_the_line_is_in_no_section() {
        assert!(by_point(48.26, 23.0).is_some());
        assert_eq!(by_point(48.28, 23.0), None);
    }

    #[test]
    fn the_sea_wins_by_its_polygon_and_only_within_it() {
        assert_eq!(by_point(47.9, 25.5).unwrap().basis, SectionBasis::Sea);
        assert_eq!(by_point(46.99, 25.5), None);
    }

    #[test]
    fn what_is_stated_wins_over_the_geometry_and_the_section_over_the_crossing_point() {
        let mut place = Place::point(at(48.1, 24.5));
        place.bcp = Some("BCP1".into());
        let found = index().section_of(&place).unwrap();
        assert_eq!(
            (found.section.as_str(), found.basis),
            ("A", SectionBasis::CrossingPoint)
        );
        place.section = Some("SEA".into());
        let found = index().section_of(&place).unwrap();
        assert_eq!(
            (found.section.as_str(), found.basis),
            ("SEA", SectionBasis::Stated)
        );
    }

    #[test]
    fn an_unknown_stated_section_is_as_if_none_was_stated() {
        let mut place = Place::point(at(48.1, 24.5));
        place.section = Some("NOWHERE".into());
        assert_eq!(index().section_of(&place).unwrap().section.as_str(), "B");
    }

    #[test]
    fn an_air_section_comes_by_name_only() {
        let place = Place {
            bcp: Some("APT".into()),
            ..Place::default()
        };
        assert_eq!(index().section_of(&place).unwrap().section.as_str(), "AIR");
        assert_eq!(index().section_of(&Place::default()), None);
    }

    #[test]
    fn an_area_over_two_sections_goes_to_the_one_nearest_to_its_middle() {
        let ring = vec![
            at(47.97, 23.8),
            at(47.97, 25.8),
            at(48.2, 25.8),
            at(48.2, 23.8),
        ];
        let area = Geometry::Area { rings: vec![ring] };
        assert_eq!(index().nearest(&area).unwrap().section.as_str(), "B");
    }

    #[test]
    fn shapes_are_written_as_pairs_of_latitude_and_longitude() {
        let text = r#"{"A":{"line":[[48.0,22.0],[48.5,24.0]]},"S":{"polygon":[[46.0,31.0],[46.5,31.0],[46.0,31.5]]}}"#;
        let border: Border = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&border).unwrap(), text);
        assert!(border.length_m(&"A".into()).unwrap() > 150_000.0);
        assert!(serde_json::from_str::<Border>(r#"{"A":{"line":[[148.0,22.0]]}}"#).is_err());
    }

    proptest! {
        #[test]
        fn the_index_finds_what_a_search_of_all_edges_finds(
            lat in 47.5..48.5f64, lon in 21.5..26.5f64,
        ) {
            let p = Geometry::Point { at: at(lat, lon) };
            let line = Geometry::Line { points: vec![at(48.0, 22.0), at(48.0, 24.0), at(48.0, 26.0)] };
            let all = distance_m(&line, &p).unwrap();
            match index().nearest(&p).map(|m| m.basis) {
                Some(SectionBasis::Line { distance_m }) => prop_assert!((distance_m - all).abs() < 0.5),
                Some(_) => prop_assert!(lat <= 47.95 && lon >= 25.0),
                None => prop_assert!(all > MAX_DISTANCE_M - 1.0),
            }
        }
    }
}
