//! Positions along a line: length, nearest position, cutting.

use oneroof_model::LatLon;

use crate::measure::{nearest_on_segment, position, wrap_deg};

/// A position on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnLine {
    /// Number of the edge, from 0.
    pub edge: usize,
    /// How far along that edge, 0 to 1.
    pub along: f64,
    /// The position.
    pub at: LatLon,
    /// Its distance in metres from what was asked about.
    pub distance_m: f64,
}

/// Length of a line in metres.
pub fn length_m(line: &[LatLon]) -> f64 {
    line.iter()
        .zip(line.iter().skip(1))
        .map(|(a, b)| a.distance_m(*b))
        .sum()
}

/// The position that lies so many metres along a line from its beginning; `None` for a distance below 0 or beyond its
/// end, and for a line without positions.
pub fn at_distance(line: &[LatLon], metres: f64) -> Option<LatLon> {
    let first = *line.first()?;
    let mut left = metres;
    if !(0.0..).contains(&left) {
        return None;
    }
    if left == 0.0 {
        return Some(first);
    }
    for (a, b) in line.iter().zip(line.iter().skip(1)) {
        let edge = a.distance_m(*b);
        if left <= edge {
            let part = left / edge;
            let lat = a.lat() + (b.lat() - a.lat()) * part;
            let lon = a.lon() + wrap_deg(b.lon() - a.lon()) * part;
            return position(lat, lon);
        }
        left -= edge;
    }
    None
}

/// The position on a line that is nearest to `p`; `None` for a line of fewer than two positions.
pub fn nearest_on_line(line: &[LatLon], p: LatLon) -> Option<OnLine> {
    line.iter()
        .zip(line.iter().skip(1))
        .enumerate()
        .map(|(edge, (a, b))| {
            let (at, along) = nearest_on_segment(p, *a, *b);
            OnLine {
                edge,
                along,
                at,
                distance_m: p.distance_m(at),
            }
        })
        .min_by(|a, b| a.distance_m.total_cmp(&b.distance_m))
}

/// The part of a line between its positions nearest to two anchors, in the order of the anchors;
/// `None` where the line has no edges or both anchors are nearest to the same position.
pub fn cut_between(line: &[LatLon], from: LatLon, to: LatLon) -> Option<Vec<LatLon>> {
    let (start, end) = (nearest_on_line(line, from)?, nearest_on_line(line, to)?);
    let forward = (start.edge, start.along) <= (end.edge, end.along);
    let (low, high) = if forward { (start, end) } else { (end, start) };
    let between = line.iter().skip(low.edge + 1).take(high.edge - low.edge);
    let mut cut = vec![low.at];
    cut.extend(between.copied());
    cut.push(high.at);
    cut.dedup();
    if !forward {
        cut.reverse();
    }
    (cut.len() >= 2).then_some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> LatLon {
        LatLon::new(lat, lon).unwrap()
    }

    #[test]
    fn a_cut_keeps_the_corners_between_and_the_order_of_the_anchors() {
        let line = [
            at(48.0, 24.0),
            at(48.0, 25.0),
            at(49.0, 25.0),
            at(49.0, 26.0),
        ];
        let cut = cut_between(&line, at(48.1, 24.5), at(49.1, 25.5)).unwrap();
        assert_eq!(cut.len(), 4);
        assert_eq!(cut[1], line[1]);
        let back = cut_between(&line, at(49.1, 25.5), at(48.1, 24.5)).unwrap();
        assert_eq!(back, cut.iter().rev().copied().collect::<Vec<_>>());
        assert!(length_m(&cut) < length_m(&line));
    }

    #[test]
    fn a_distance_along_a_line_is_found_over_its_corners_and_not_beyond_its_end() {
        let line = [at(48.0, 24.0), at(48.5, 24.0), at(48.5, 25.0)];
        let first = line[0].distance_m(line[1]);
        assert_eq!(at_distance(&line, 0.0), Some(line[0]));
        let on = at_distance(&line, first + 10_000.0).unwrap();
        assert!((line[1].distance_m(on) - 10_000.0).abs() < 5.0, "{on:?}");
        assert!((on.lat() - 48.5).abs() < 1e-9);
        assert_eq!(at_distance(&line, length_m(&line) + 1.0), None);
        assert_eq!(at_distance(&line, -1.0), None);
        assert_eq!(at_distance(&line, f64::NAN), None);
        assert_eq!(at_distance(&[], 0.0), None);
    }

    #[test]
    fn a_cut_of_nothing_is_none() {
        let line = [at(48.0, 24.0), at(48.0, 25.0)];
        assert_eq!(cut_between(&line, at(48.1, 24.5), at(48.1, 24.5)), None);
        assert_eq!(
            cut_between(&line[..1], at(48.1, 24.5), at(48.1, 24.6)),
            None
        );
    }
}
