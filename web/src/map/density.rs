//! Counts for each cell of the map where there are more tracks than anybody can tell apart. Pure.

use std::collections::BTreeMap;

use super::mercator::Frame;

/// With more tracks than this in the view they are counted instead of drawn one by one.
pub const BEGINS: usize = 3_000;

/// With fewer than this they are drawn again; lower, so that the map does not go to and fro.
pub const ENDS: usize = 2_500;

/// Edge of a cell, CSS pixels at a desk's type size.
pub const CELL_PX: f64 = 52.0;

/// The least counts of the steps in which cells are coloured.
pub const STEPS: [u32; 5] = [1, 5, 20, 50, 100];

/// A cell with its count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Left edge on the canvas, CSS pixels.
    pub x: f64,
    /// Upper edge on the canvas, CSS pixels.
    pub y: f64,
    /// Tracks in it, at least one.
    pub count: u32,
}

/// Whether tracks are counted, with so many in the view.
pub const fn dense(was: bool, in_view: usize) -> bool {
    in_view > if was { ENDS } else { BEGINS }
}

/// The step of a count, 0 to 4.
pub fn step(count: u32) -> usize {
    STEPS.iter().rposition(|least| count >= *least).unwrap_or(0)
}

/// The words of a step: 5 to 19 with a dash between, or `100+`.
pub fn step_text(step: usize) -> String {
    let least = STEPS.get(step).copied().unwrap_or(1);
    match STEPS.get(step + 1) {
        Some(next) if next - 1 == least => least.to_string(),
        Some(next) => format!("{least}\u{2013}{}", next - 1),
        None => format!("{least}+"),
    }
}

/// Counts points of a canvas (CSS pixels) in cells of an edge. Cells lie fast on the world, so that a drag does not change
/// them.
#[expect(
    clippy::cast_possible_truncation,
    reason = "cells of a canvas of bounded size on a world of bounded zoom"
)]
pub fn count(frame: &Frame, edge: f64, points: impl IntoIterator<Item = (f32, f32)>) -> Vec<Cell> {
    let edge = edge.max(1.0);
    let mut cells: BTreeMap<(i64, i64), u32> = BTreeMap::new();
    for (x, y) in points {
        let at = |origin: f64, v: f32| ((origin + f64::from(v)) / edge).floor() as i64;
        let n = cells
            .entry((at(frame.top, y), at(frame.left, x)))
            .or_insert(0);
        *n = n.saturating_add(1);
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers of cells")]
    let edge_of = |n: i64, origin: f64| n as f64 * edge - origin;
    cells
        .into_iter()
        .map(|((row, column), count)| Cell {
            x: edge_of(column, frame.left),
            y: edge_of(row, frame.top),
            count,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_counted_once_and_in_its_cell() {
        let frame = Frame {
            zoom: 6.0,
            left: 1_003.0,
            top: 497.0,
            width: 400.0,
            height: 300.0,
        };
        let points: Vec<(f32, f32)> = (0..400_u16)
            .map(|n| (f32::from(n), f32::from(n % 300)))
            .collect();
        let cells = count(&frame, 50.0, points.iter().copied());
        assert_eq!(cells.iter().map(|c| c.count).sum::<u32>(), 400);
        for c in &cells {
            let inside = points.iter().filter(|(x, y)| {
                let (x, y) = (f64::from(*x), f64::from(*y));
                (c.x..c.x + 50.0).contains(&x) && (c.y..c.y + 50.0).contains(&y)
            });
            assert_eq!(inside.count(), c.count as usize, "{c:?}");
        }
    }

    #[test]
    fn a_drag_does_not_change_the_cells() {
        let frame = |left| Frame {
            zoom: 6.0,
            left,
            top: 0.0,
            width: 400.0,
            height: 300.0,
        };
        let one = count(&frame(1_000.0), 50.0, [(110.0, 20.0)]);
        let dragged = count(&frame(1_030.0), 50.0, [(80.0, 20.0)]);
        assert!((one[0].x - 30.0 - dragged[0].x).abs() < 1e-9);
        assert!(count(&frame(0.0), 0.0, []).is_empty());
    }

    #[test]
    fn the_map_does_not_go_to_and_fro() {
        assert!(!dense(false, 3_000) && dense(false, 3_001));
        assert!(dense(true, 2_501) && !dense(true, 2_500));
    }

    #[test]
    fn steps_have_no_gap_and_are_told() {
        assert_eq!(
            [1, 4, 5, 19, 20, 99, 100, 9_999].map(step),
            [0, 0, 1, 1, 2, 3, 4, 4]
        );
        let told: Vec<String> = (0..STEPS.len()).map(step_text).collect();
        assert_eq!(
            told.join(" ").replace('\u{2013}', "-"),
            "1-4 5-19 20-49 50-99 100+"
        );
    }
}
