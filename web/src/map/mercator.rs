//! The map's projection: spherical Mercator (EPSG:3857) as parts of the world, and the frame of a padded canvas.

use oneroof_model::LatLon;

/// Latitude where the square map ends, degrees.
pub const MAX_LAT_DEG: f64 = 85.051_128_779_806_59;

/// Edge of the whole world in CSS pixels at zoom 0.
pub const WORLD_PX: f64 = 256.0;

/// A position as parts of the world: `x` 0 at 180° W to 1 at 180° E, `y` 0 at the northern edge to 1 at the southern.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct World {
    /// From west to east, 0 to 1.
    pub x: f64,
    /// From north to south, 0 to 1.
    pub y: f64,
}

/// Projects degrees. Latitudes beyond the map's edge are moved to it.
pub fn world_of_degrees(lat_deg: f64, lon_deg: f64) -> World {
    let lat = lat_deg.clamp(-MAX_LAT_DEG, MAX_LAT_DEG).to_radians();
    World {
        x: lon_deg / 360.0 + 0.5,
        // The same as the inverse hyperbolic sine of the tangent, in fewer steps.
        y: 0.5 - lat.sin().atanh() / core::f64::consts::TAU,
    }
}

/// Projects a position.
pub fn world(at: LatLon) -> World {
    world_of_degrees(at.lat(), at.lon())
}

/// Degrees (latitude, longitude) of a place of the world.
pub fn degrees(w: World) -> (f64, f64) {
    let lat = ((0.5 - w.y) * core::f64::consts::TAU)
        .sinh()
        .atan()
        .to_degrees();
    (lat, (w.x - 0.5) * 360.0)
}

/// Edge of the world in CSS pixels at a zoom.
pub fn world_px(zoom: f64) -> f64 {
    WORLD_PX * zoom.exp2()
}

/// Metres on the ground in one CSS pixel at a latitude and zoom (Earth's equator: 40 075 016.7 m).
pub fn metres_per_px(lat_deg: f64, zoom: f64) -> f64 {
    40_075_016.7 * lat_deg.to_radians().cos() / world_px(zoom)
}

/// What a canvas shows: a rectangle of the world at a zoom.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Frame {
    /// Zoom level.
    pub zoom: f64,
    /// Left edge in CSS pixels of the world at this zoom.
    pub left: f64,
    /// Upper edge in CSS pixels of the world at this zoom.
    pub top: f64,
    /// Width in CSS pixels.
    pub width: f64,
    /// Height in CSS pixels.
    pub height: f64,
}

impl Frame {
    /// Where a place of the world is on the canvas, CSS pixels from its upper left corner.
    pub fn project(&self, w: World) -> (f64, f64) {
        let px = world_px(self.zoom);
        (w.x * px - self.left, w.y * px - self.top)
    }

    /// The place of the world under a point of the canvas.
    pub fn unproject(&self, x: f64, y: f64) -> World {
        let px = world_px(self.zoom);
        World {
            x: (x + self.left) / px,
            y: (y + self.top) / px,
        }
    }

    /// Whether a point lies on the canvas or within a margin around it (CSS pixels).
    pub fn holds(&self, x: f64, y: f64, margin: f64) -> bool {
        (-margin..=self.width + margin).contains(&x)
            && (-margin..=self.height + margin).contains(&y)
    }

    /// The frame with padding on each side.
    #[must_use]
    pub fn padded(&self, pad: f64) -> Self {
        Self {
            zoom: self.zoom,
            left: self.left - pad,
            top: self.top - pad,
            width: self.width + 2.0 * pad,
            height: self.height + 2.0 * pad,
        }
    }

    /// Whether this frame covers another one of the same zoom with some margin to spare (CSS pixels).
    pub fn covers(&self, view: &Self, spare: f64) -> bool {
        (self.zoom - view.zoom).abs() < 1e-9
            && self.left + spare <= view.left
            && self.top + spare <= view.top
            && self.left + self.width - spare >= view.left + view.width
            && self.top + self.height - spare >= view.top + view.height
    }

    /// South, west, north, east in degrees.
    pub fn bounds(&self) -> [f64; 4] {
        let (north, west) = degrees(self.unproject(0.0, 0.0));
        let (south, east) = degrees(self.unproject(self.width, self.height));
        [south, west, north, east]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_the_square_map_are_the_corners_of_the_world() {
        let w = world_of_degrees(MAX_LAT_DEG, -180.0);
        assert!(w.x.abs() < 1e-12 && w.y.abs() < 1e-9, "{w:?}");
        let w = world_of_degrees(-89.0, 180.0);
        assert!(
            (w.x - 1.0).abs() < 1e-12 && (w.y - 1.0).abs() < 1e-9,
            "{w:?}"
        );
    }

    #[test]
    fn degrees_come_back_from_the_world() {
        let (lat, lon) = degrees(world_of_degrees(45.35, 28.85));
        assert!((lat - 45.35).abs() < 1e-9 && (lon - 28.85).abs() < 1e-9);
    }

    #[test]
    fn a_padded_frame_covers_its_view_until_it_is_dragged_past_the_padding() {
        let view = Frame {
            zoom: 6.0,
            left: 1000.0,
            top: 500.0,
            width: 800.0,
            height: 600.0,
        };
        let canvas = view.padded(200.0);
        assert!(canvas.covers(&view, 0.0));
        let dragged = |by| Frame {
            left: view.left + by,
            ..view
        };
        assert!(canvas.covers(&dragged(200.0), 0.0));
        assert!(!canvas.covers(&dragged(201.0), 0.0));
        assert!(!canvas.covers(&dragged(150.0), 100.0));
        assert!(!canvas.covers(&Frame { zoom: 7.0, ..view }, 0.0));
    }

    #[test]
    fn a_point_goes_through_the_frame_and_back() {
        let f = Frame {
            zoom: 7.5,
            left: 12_345.6,
            top: 8_000.1,
            width: 800.0,
            height: 600.0,
        };
        let w = world_of_degrees(46.5, 30.7);
        let (x, y) = f.project(w);
        let back = f.unproject(x, y);
        assert!((back.x - w.x).abs() < 1e-12 && (back.y - w.y).abs() < 1e-12);
    }
}
