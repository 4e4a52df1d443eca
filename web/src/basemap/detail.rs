//! Which of the files is drawn when.

/// Detail of the box around Ukraine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Only the world file, with what it has inside the box.
    World,
    /// The box in one coarse file.
    Low,
    /// The box in cells of 5 x 5 degrees.
    High,
}

/// Detail for a zoom.
pub fn detail(zoom: f64) -> Detail {
    if zoom < 4.5 {
        Detail::World
    } else if zoom < 7.5 {
        Detail::Low
    } else {
        Detail::High
    }
}

/// A cell of the detailed files: column and row.
pub type Cell = (u8, u8);

const WEST: f64 = 13.0;
const SOUTH: f64 = 41.0;
const CELL_DEG: f64 = 5.0;
const COLUMNS: u8 = 7;
const ROWS: u8 = 4;

/// Cells that a rectangle (south, west, north, east in degrees) touches.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the cells before the cast"
)]
pub fn cells([south, west, north, east]: [f64; 4]) -> Vec<Cell> {
    if east < WEST
        || north < SOUTH
        || west > WEST + CELL_DEG * f64::from(COLUMNS)
        || south > SOUTH + CELL_DEG * f64::from(ROWS)
    {
        return Vec::new();
    }
    let index = |v: f64, from: f64, count: u8| {
        ((v - from) / CELL_DEG)
            .floor()
            .clamp(0.0, f64::from(count - 1)) as u8
    };
    let (c0, c1) = (index(west, WEST, COLUMNS), index(east, WEST, COLUMNS));
    let (r0, r1) = (index(south, SOUTH, ROWS), index(north, SOUTH, ROWS));
    (c0..=c1)
        .flat_map(|c| (r0..=r1).map(move |r| (c, r)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_view_of_odesa_needs_one_cell_and_the_whole_box_all() {
        assert_eq!(cells([46.2, 30.2, 46.8, 31.0]), [(3, 1)]);
        assert_eq!(cells([0.0, 0.0, 80.0, 80.0]).len(), 28);
        assert!(cells([0.0, -60.0, 10.0, -50.0]).is_empty());
    }

    #[test]
    fn detail_follows_the_zoom() {
        assert_eq!(
            [4.0, 5.0, 7.0, 8.0].map(detail),
            [Detail::World, Detail::Low, Detail::Low, Detail::High]
        );
    }
}
