//! The smallest shape without dents around positions: their convex hull in degrees (Andrew's monotone chain, 1979).

use oneroof_model::{Geometry, LatLon};

/// Degrees of longitude beyond which a hull would go the long way round.
const HALF_WORLD: f64 = 180.0;

/// An area around the positions, its ring against the clock; a line where all of them are in a row, a point where they
/// are at one place. Nothing where they are on both sides of the antimeridian, or where there are none.
pub(super) fn around(mut positions: Vec<LatLon>) -> Option<Geometry> {
    let by_place = |a: &LatLon, b: &LatLon| {
        let by_lon = a.lon().total_cmp(&b.lon());
        by_lon.then(a.lat().total_cmp(&b.lat()))
    };
    positions.sort_by(by_place);
    positions.dedup();
    let (west, east) = (*positions.first()?, *positions.last()?);
    if east.lon() - west.lon() > HALF_WORLD {
        return None;
    }
    let lower = chain(positions.iter().copied());
    let upper = chain(positions.iter().rev().copied());
    let ring: Vec<LatLon> = without_last(&lower).chain(without_last(&upper)).collect();
    Some(match ring.as_slice() {
        [] | [_] => Geometry::Point { at: west },
        [from, to] => Geometry::Line {
            points: vec![*from, *to],
        },
        _ => Geometry::Area { rings: vec![ring] },
    })
}

/// One side of the hull, from end to end.
fn chain(positions: impl Iterator<Item = LatLon>) -> Vec<LatLon> {
    let mut side: Vec<LatLon> = Vec::new();
    for next in positions {
        while let [.., before, last] = side.as_slice()
            && !turns_left(*before, *last, next)
        {
            side.pop();
        }
        side.push(next);
    }
    side
}

/// A side without its last position, with which the other side begins.
fn without_last(side: &[LatLon]) -> impl Iterator<Item = LatLon> {
    let kept = side.split_last().map(|(_, kept)| kept);
    kept.unwrap_or_default().iter().copied()
}

/// Whether the way from `a` by `b` to `c` bends to the left. Straight on is none: what is in between is left out.
fn turns_left(a: LatLon, b: LatLon, c: LatLon) -> bool {
    let cross =
        (b.lon() - a.lon()) * (c.lat() - a.lat()) - (b.lat() - a.lat()) * (c.lon() - a.lon());
    cross > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_is_within_the_hull() {
        // A spiral: many positions, few of them corners.
        let spiral = |n: u32| {
            let (turn, radius) = (f64::from(n) * 0.7, f64::from(n) * 0.01);
            LatLon::new(48.0 + radius * turn.sin(), 23.0 + radius * turn.cos()).unwrap()
        };
        let all: Vec<LatLon> = (0..200).map(spiral).collect();
        let Some(Geometry::Area { rings }) = around(all.clone()) else {
            panic!("an area");
        };
        let ring = &rings[0];
        assert!(ring.len() < 20, "{}", ring.len());
        for position in all {
            for (n, corner) in ring.iter().enumerate() {
                let next = ring[(n + 1) % ring.len()];
                assert!(
                    !turns_left(next, *corner, position),
                    "{position:?} is outside"
                );
            }
        }
    }

    #[test]
    fn nothing_around_nothing_nor_around_the_world() {
        assert_eq!(around(Vec::new()), None);
        let at = |lon| LatLon::new(1.0, lon).unwrap();
        assert_eq!(around(vec![at(-170.0), at(170.0)]), None);
        assert!(around(vec![at(0.0), at(180.0)]).is_some());
    }
}
