//! How the map is drawn with the palette in force: layers, fonts, the sprites' style.

use std::cell::Cell;

use serde_json::json;

use crate::basemap::file::PlaceClass;
use crate::map::mil;
use crate::map::palette::{Colour, Palette, Tone};
use crate::map::symbols::Shape;

thread_local! {
    static TONE: Cell<Tone> = const { Cell::new(Tone::Night) };
}

/// The palette in force.
pub(crate) fn now() -> &'static Palette {
    TONE.get().palette()
}

/// Changes the palette; whoever does draws everything anew.
pub(crate) fn set(tone: Tone) {
    TONE.set(tone);
}

/// Its name.
pub(crate) fn tone() -> &'static str {
    TONE.get().name()
}

/// Size of a track's symbol of the military where ours has that size, CSS pixels: frames are wider than our signs.
pub(crate) fn mil_px(size: f64) -> f64 {
    (size * 2.1).max(8.0)
}

/// How a layer of the basemap is drawn: fill, and its line as (width, colour, dashes).
pub(crate) struct Paint {
    pub(crate) layer: &'static str,
    pub(crate) fill: Option<Colour>,
    pub(crate) stroke: Option<(f64, Colour, &'static [f64])>,
}

/// Layers from the lowest to the uppermost.
pub(crate) fn base() -> [Paint; 6] {
    let p = now();
    let paint = |layer, fill, stroke| Paint {
        layer,
        fill,
        stroke,
    };
    [
        paint("land", Some(p.land), Some((0.9, p.coast, &[]))),
        paint("lakes", Some(p.sea), Some((0.7, p.water_line, &[]))),
        paint("islands", Some(p.land), None),
        paint("rivers", None, Some((0.9, p.water_line, &[]))),
        paint("admin1", None, Some((0.8, p.region_line, &[4.0, 4.0]))),
        paint("admin0", None, Some((1.3, p.state_line, &[]))),
    ]
}

/// Borders of states above a map of the operator's own, which may draw them otherwise.
pub(crate) fn borders() -> [Paint; 2] {
    let p = now();
    [(3.4, p.ink), (1.6, p.state_line)].map(|(width, colour)| Paint {
        layer: "admin0",
        fill: None,
        stroke: Some((width, colour, &[])),
    })
}

const FAMILY: &str = "\"IBM Plex Sans\", system-ui, sans-serif";

/// Font of a map's name.
pub(crate) fn label_font(class: PlaceClass, px: f64) -> String {
    let style = match class {
        PlaceClass::Sea => "italic 400",
        PlaceClass::State | PlaceClass::Capital => "600",
        PlaceClass::RegionCentre => "500",
        _ => "400",
    };
    format!("{style} {px:.1}px {FAMILY}")
}

/// Font of what we draw ourselves.
pub(crate) fn font(weight: u16, px: f64) -> String {
    format!("{weight} {px:.1}px {FAMILY}")
}

/// The sprite sheet's style as `js/track_layer.js` takes it; sizes in CSS pixels, `badge_px` 0 for units without letters.
///
/// `mil`: whether symbols of the military are drawn.
pub(crate) fn track_style(
    size: f64,
    dpr: f64,
    badges: &[String],
    badge_px: f64,
    mil: bool,
) -> String {
    let p = now();
    let [mark, sensor, vessel, vehicle, aircraft, unit] = p.track;
    let c = |fill: Colour| json!({ "fill": fill, "edge": p.ink });
    let badges: Vec<_> = badges.iter().map(|b| json!({ "text": b })).collect();
    let mil = mil.then(|| {
        json!({
            "px": mil_px(size), "mode": tone(), "rows": mil::rows(), "unit": mil::of_shape(Shape::Unit),
        })
    });
    json!({
        "size": size, "dpr": dpr, "badges": badges, "badge_px": badge_px,
        "colours": {
            "mark": c(mark), "sensor": c(sensor), "vessel": c(vessel), "vehicle": c(vehicle),
            "aircraft": c(aircraft), "distress": c(p.life), "unit": c(unit),
        },
        "mil": mil,
    })
    .to_string()
}
