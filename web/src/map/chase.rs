//! When the map moves after a track that it follows: in steps, so that what lies around it can be read. Pure.

use super::mercator::Frame;

/// Whether a point of the view (CSS pixels from its upper left corner) has left the middle third.
pub fn has_left_the_middle(view: &Frame, x: f64, y: f64) -> bool {
    let off = |v: f64, size: f64| (v - size / 2.0).abs() > size / 6.0;
    off(x, view.width) || off(y, view.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_stays_while_the_track_is_in_its_middle_third() {
        let view = Frame {
            width: 900.0,
            height: 600.0,
            ..Frame::default()
        };
        for (x, y, left) in [
            (450.0, 300.0, false),
            (301.0, 201.0, false),
            (599.0, 399.0, false),
            (299.0, 300.0, true),
            (601.0, 300.0, true),
            (450.0, 199.0, true),
            (450.0, 401.0, true),
            (-5_000.0, 300.0, true),
        ] {
            assert_eq!(has_left_the_middle(&view, x, y), left, "{x} {y}");
        }
    }
}
