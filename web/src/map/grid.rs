//! Finding what lies under the pointer: a grid over the canvas, so that a hit costs the same for ten thousand things.

/// Edge of a cell in CSS pixels; also the farthest reach of a hit.
pub const CELL_PX: f64 = 32.0;

/// Most cells, so that a huge canvas stays bounded; cells grow beyond.
const MAX_CELLS: usize = 1 << 18;

/// Things by where they are drawn. Built anew for each drawing.
#[derive(Debug, Default)]
pub struct Grid {
    cell: f64,
    columns: usize,
    rows: usize,
    /// Where each cell's things begin in `things`; one more than there are cells.
    starts: Vec<u32>,
    things: Vec<(f32, f32, u32)>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the grid before the cast"
)]
fn index(v: f64, cell: f64, count: usize) -> usize {
    ((v / cell).floor().max(0.0) as usize).min(count.saturating_sub(1))
}

impl Grid {
    /// Sorts things (x, y in CSS pixels, and what they are) into the cells of a canvas of a size.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of a canvas are small and positive"
    )]
    pub fn build(width: f64, height: f64, things: &[(f32, f32, u32)]) -> Self {
        let mut cell = CELL_PX;
        let count = |cell: f64| {
            let n = |v: f64| (v / cell).ceil().max(1.0) as usize;
            (n(width), n(height))
        };
        let (mut columns, mut rows) = count(cell);
        while columns.saturating_mul(rows) > MAX_CELLS {
            cell *= 2.0;
            (columns, rows) = count(cell);
        }
        let cell_of = |t: &(f32, f32, u32)| {
            index(f64::from(t.1), cell, rows) * columns + index(f64::from(t.0), cell, columns)
        };
        let mut starts = vec![0u32; columns * rows + 1];
        for t in things {
            if let Some(n) = starts.get_mut(cell_of(t) + 1) {
                *n += 1;
            }
        }
        let mut sum = 0;
        for s in &mut starts {
            sum += *s;
            *s = sum;
        }
        let mut next = starts.clone();
        let mut sorted = vec![(0.0, 0.0, 0); things.len()];
        for t in things {
            if let Some(n) = next.get_mut(cell_of(t)) {
                if let Some(slot) = sorted.get_mut(*n as usize) {
                    *slot = *t;
                }
                *n += 1;
            }
        }
        Self {
            cell,
            columns,
            rows,
            starts,
            things: sorted,
        }
    }

    /// The nearest thing within `reach` CSS pixels (at most a cell's edge).
    pub fn nearest(&self, x: f64, y: f64, reach: f64) -> Option<u32> {
        if self.columns == 0 {
            return None;
        }
        let reach = reach.min(self.cell);
        let (at_column, at_row) = (
            index(x, self.cell, self.columns),
            index(y, self.cell, self.rows),
        );
        let mut best: Option<(f64, u32)> = None;
        for row in at_row.saturating_sub(1)..=(at_row + 1).min(self.rows - 1) {
            let from = row * self.columns + at_column.saturating_sub(1);
            let to = row * self.columns + (at_column + 1).min(self.columns - 1);
            let start = self.starts.get(from).copied().unwrap_or(0) as usize;
            let end = self.starts.get(to + 1).copied().unwrap_or(0) as usize;
            for (tx, ty, what) in self.things.get(start..end).unwrap_or_default() {
                let d = (f64::from(*tx) - x).hypot(f64::from(*ty) - y);
                // Of two at the same distance the later one is drawn above.
                if d <= reach && best.is_none_or(|(b, _)| d <= b) {
                    best = Some((d, *what));
                }
            }
        }
        best.map(|(_, what)| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_finds_what_a_search_through_all_would_find() {
        let mut seed = 7u32;
        let mut random = |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from((seed >> 8) % n)
        };
        #[expect(clippy::cast_possible_truncation, reason = "test data")]
        let things: Vec<_> = (0..2_000)
            .map(|i| (random(900) as f32, random(700) as f32, i))
            .collect();
        let grid = Grid::build(900.0, 700.0, &things);
        for _ in 0..500 {
            let (x, y) = (random(900), random(700));
            let dist = |t: &(f32, f32, u32)| (f64::from(t.0) - x).hypot(f64::from(t.1) - y);
            let best = things.iter().map(dist).fold(f64::INFINITY, f64::min);
            match grid.nearest(x, y, 12.0) {
                Some(i) => assert!((dist(&things[i as usize]) - best).abs() < 1e-9),
                None => assert!(best > 12.0),
            }
        }
    }

    #[test]
    fn things_outside_the_canvas_are_kept_at_its_edge_and_an_empty_grid_finds_nothing() {
        let grid = Grid::build(100.0, 100.0, &[(-5.0, 50.0, 1), (105.0, 50.0, 2)]);
        assert_eq!(grid.nearest(0.0, 50.0, 10.0), Some(1));
        assert_eq!(grid.nearest(100.0, 50.0, 10.0), Some(2));
        assert_eq!(Grid::default().nearest(1.0, 1.0, 10.0), None);
    }
}
