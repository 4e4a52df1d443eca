//! Clipping and simplifying, in degrees of longitude (x) and latitude (y).

use geo::{
    Area as _, BooleanOps as _, BoundingRect as _, Coord, Intersects as _, Line, LineString,
    MultiPolygon, Polygon, Rect, Simplify as _,
};

/// A box in degrees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) west: f64,
    pub(super) south: f64,
    pub(super) east: f64,
    pub(super) north: f64,
}

impl Bounds {
    /// West, south, east, north.
    pub(super) const fn edges(self) -> [f64; 4] {
        [self.west, self.south, self.east, self.north]
    }

    pub(super) fn rect(self) -> Rect<f64> {
        Rect::new(
            Coord {
                x: self.west,
                y: self.south,
            },
            Coord {
                x: self.east,
                y: self.north,
            },
        )
    }

    /// The box with a margin in degrees on all sides.
    pub(super) fn grown(self, by: f64) -> Self {
        Self {
            west: self.west - by,
            south: self.south - by,
            east: self.east + by,
            north: self.north + by,
        }
    }

    pub(super) fn holds(self, at: Coord<f64>) -> bool {
        (self.west..=self.east).contains(&at.x) && (self.south..=self.north).contains(&at.y)
    }
}

/// What is inside the box of each polygon.
pub(super) fn clip(polygons: &[Polygon<f64>], bounds: Bounds) -> Vec<Polygon<f64>> {
    let rect = bounds.rect();
    let mut inside = Vec::new();
    for polygon in polygons {
        let Some(around) = polygon.bounding_rect() else {
            continue;
        };
        if bounds.holds(around.min()) && bounds.holds(around.max()) {
            inside.push(polygon.clone());
        } else if around.intersects(&rect) {
            inside.extend(polygon.intersection(&rect.to_polygon()));
        }
    }
    inside
}

/// What is outside the box of each polygon.
pub(super) fn cut_out(polygons: &[Polygon<f64>], bounds: Bounds) -> Vec<Polygon<f64>> {
    let rect = bounds.rect();
    let mut outside = Vec::new();
    for polygon in polygons {
        if polygon
            .bounding_rect()
            .is_some_and(|around| around.intersects(&rect))
        {
            outside.extend(polygon.difference(&rect.to_polygon()));
        } else {
            outside.push(polygon.clone());
        }
    }
    outside
}

/// Polygons made coarser (Ramer-Douglas-Peucker, `tolerance` in degrees); those and holes below `least` square
/// degrees are left out.
pub(super) fn simplify(polygons: &[Polygon<f64>], tolerance: f64, least: f64) -> Vec<Polygon<f64>> {
    polygons
        .iter()
        .filter(|polygon| polygon.unsigned_area() >= least)
        .map(|polygon| {
            let simple = polygon.simplify(tolerance);
            let (outer, holes) = simple.into_inner();
            let area = |ring: &LineString<f64>| Polygon::new(ring.clone(), vec![]).unsigned_area();
            let holes = holes
                .into_iter()
                .filter(|hole| hole.0.len() > 3 && area(hole) >= least);
            Polygon::new(outer, holes.collect())
        })
        .filter(|polygon| polygon.exterior().0.len() > 3 && polygon.unsigned_area() > 0.0)
        .collect()
}

/// The pieces of a line that are inside the box; their ends lie on its edge exactly.
pub(super) fn clip_line(line: &LineString<f64>, bounds: Bounds) -> Vec<LineString<f64>> {
    let mut pieces: Vec<LineString<f64>> = Vec::new();
    let mut open: Vec<Coord<f64>> = Vec::new();
    for edge in line.lines() {
        let Some((from, to)) = inside(edge, bounds) else {
            continue;
        };
        if open.last() != Some(&from) {
            pieces.push(LineString(std::mem::take(&mut open)));
            open.push(from);
        }
        open.push(to);
    }
    pieces.push(LineString(open));
    pieces.retain(|piece| piece.0.len() >= 2);
    pieces
}

/// The part of an edge inside the box: Liang-Barsky.
fn inside(edge: Line<f64>, bounds: Bounds) -> Option<(Coord<f64>, Coord<f64>)> {
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (delta, room) in [
        (-edge.dx(), edge.start.x - bounds.west),
        (edge.dx(), bounds.east - edge.start.x),
        (-edge.dy(), edge.start.y - bounds.south),
        (edge.dy(), bounds.north - edge.start.y),
    ] {
        if delta == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if delta < 0.0 {
            enter = enter.max(room / delta);
        } else {
            leave = leave.min(room / delta);
        }
    }
    if enter > leave {
        return None;
    }
    let on = |share: f64, whole: Coord<f64>| {
        if share <= 0.0 || share >= 1.0 {
            return whole;
        }
        Coord {
            x: (edge.start.x + edge.dx() * share).clamp(bounds.west, bounds.east),
            y: (edge.start.y + edge.dy() * share).clamp(bounds.south, bounds.north),
        }
    };
    Some((on(enter, edge.start), on(leave, edge.end)))
}

/// All pieces of many lines inside a box, made coarser before so that neighbouring boxes fit.
pub(super) fn lines_within(
    lines: &[LineString<f64>],
    tolerance: f64,
    bounds: Bounds,
) -> Vec<LineString<f64>> {
    lines
        .iter()
        .flat_map(|line| clip_line(&line.simplify(tolerance), bounds))
        .collect()
}

/// A polygon's parts as rings.
pub(super) fn from_rings(rings: Vec<Vec<Coord<f64>>>) -> Option<Polygon<f64>> {
    let mut rings = rings.into_iter().map(LineString);
    let outer = rings.next()?;
    Some(Polygon::new(outer, rings.collect()))
}

/// The union of polygons.
pub(super) fn union(polygons: &[Polygon<f64>]) -> Vec<Polygon<f64>> {
    geo::unary_union(&MultiPolygon(polygons.to_vec())).0
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds {
        west: 0.0,
        south: 0.0,
        east: 10.0,
        north: 10.0,
    };

    #[test]
    fn a_line_that_leaves_and_comes_back_becomes_two_pieces_ending_on_the_edge() {
        let line: LineString<f64> = vec![(5.0, 5.0), (15.0, 5.0), (15.0, 7.0), (5.0, 7.0)].into();
        let pieces = clip_line(&line, BOUNDS);
        assert_eq!(pieces.len(), 2);
        assert_eq!(
            pieces[0].0,
            [Coord { x: 5.0, y: 5.0 }, Coord { x: 10.0, y: 5.0 }]
        );
        assert_eq!(
            pieces[1].0,
            [Coord { x: 10.0, y: 7.0 }, Coord { x: 5.0, y: 7.0 }]
        );
    }

    #[test]
    fn a_line_outside_leaves_nothing() {
        let line: LineString<f64> = vec![(11.0, 5.0), (15.0, 5.0)].into();
        assert!(clip_line(&line, BOUNDS).is_empty());
    }
}
