//! Geometry in metres and degrees: distances between shapes by their nearest edges, areas, bounding
//! boxes, the border line with its sections, and coordinates as people write them (MGRS, UTM, degrees).
//!
//! Everything is WGS 84. **An edge is straight in latitude and longitude**, as `GeoJSON` (RFC 7946, 3.1.1)
//! and CAP 1.2 draw it; lengths along it are measured on the sphere of radius [`EARTH_RADIUS_M`], which
//! is wrong by 0.6 % at most against the ellipsoid. Shapes may cross the antimeridian; none may hold a
//! pole. UTM and MGRS alone use the ellipsoid.
//!
//! What this crate does not know: configuration, events, feeds. It reads no clock and no file.

mod areas;
mod bbox;
mod coords;
mod corridor;
mod dms;
mod measure;
mod mgrs;
mod polyline;
mod sections;
mod shape;
mod utm;

pub use areas::{
    AreaFault, CORRIDOR_POINTS, HALF_WIDTH_M, Outline, POLYGON_POINTS, RADIUS_M, area_holds,
    area_km2, check, check_shape, crosses_itself, outline,
};
pub use bbox::BoundingBox;
pub use coords::{CoordsError, parse_position};
pub use dms::{AngleForm, format_angles, parse_angles};
pub use measure::{EARTH_RADIUS_M, bearing_deg, destination, nearest_on_segment};
pub use mgrs::{Mgrs, MgrsPrecision};
pub use polyline::{OnLine, at_distance, cut_between, length_m, nearest_on_line};
pub use sections::{
    Border, MAX_DISTANCE_M, SectionBasis, SectionIndex, SectionMatch, SectionShape,
};
pub use shape::{area_m2, contains, distance_m};
pub use utm::Utm;
