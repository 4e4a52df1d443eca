//! Colours and widths of the map. The base is dark and nearly without colour, so that colour means "look here".

use oneroof_model::EventImpact;
use serde_json::json;

use crate::basemap::file::PlaceClass;
use crate::view::places::{BcpState, SectionTint};

/// The sea, and the canvas before anything came.
pub(crate) const SEA: &str = "#0b141c";
const LAND: &str = "#17212a";
const WATER_LINE: &str = "#22323f";

/// How a layer of the basemap is drawn: fill, and strokes as (width, colour, dashes).
pub(crate) struct Paint {
    pub(crate) layer: &'static str,
    pub(crate) fill: Option<&'static str>,
    pub(crate) strokes: &'static [(f64, &'static str, &'static [f64])],
}

/// Layers from the lowest to the uppermost.
pub(crate) const BASE: &[Paint] = &[
    Paint {
        layer: "land",
        fill: Some(LAND),
        strokes: &[(0.9, "#2c3d4b", &[])],
    },
    Paint {
        layer: "lakes",
        fill: Some(SEA),
        strokes: &[(0.7, WATER_LINE, &[])],
    },
    Paint {
        layer: "islands",
        fill: Some(LAND),
        strokes: &[],
    },
    Paint {
        layer: "rivers",
        fill: None,
        strokes: &[(0.9, WATER_LINE, &[])],
    },
    Paint {
        layer: "admin1",
        fill: None,
        strokes: &[(0.8, "#2a3844", &[4.0, 4.0])],
    },
    Paint {
        layer: "admin0",
        fill: None,
        strokes: &[(1.3, "#52687a", &[])],
    },
];

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

/// Colour and halo of a map's name.
pub(crate) fn label_colours(class: PlaceClass) -> (&'static str, &'static str) {
    match class {
        PlaceClass::State => ("#76899a", "#121b23"),
        PlaceClass::Sea => ("#4f7086", "#0b141c"),
        PlaceClass::Region => ("#5c6d7b", "#17212a"),
        PlaceClass::Capital | PlaceClass::RegionCentre => ("#b9c6d1", "#121b23"),
        PlaceClass::Place => ("#94a3b0", "#121b23"),
        PlaceClass::District => ("#7e8d9a", "#121b23"),
    }
}

/// Fill of an event's symbol.
pub(crate) const fn impact(i: Option<EventImpact>) -> &'static str {
    match i {
        None => "#8fa1b0",
        Some(EventImpact::Low) => "#8fb4cf",
        Some(EventImpact::Medium) => "#f2cf5b",
        Some(EventImpact::High) => "#ff9a3d",
        Some(EventImpact::VeryHigh) => "#ff5d5d",
    }
}

/// The ring of a life at risk.
pub(crate) const LIFE: &str = "#ff4d5e";
/// Text and edges on symbols.
pub(crate) const INK: &str = "#0b141c";
/// Bright text and edges.
pub(crate) const BRIGHT: &str = "#f3f7fa";
/// A question that waits for a person.
pub(crate) const ASK: &str = "#7cc4ff";

/// Width and colour of a section's line.
pub(crate) const fn section(tint: SectionTint) -> (f64, &'static str) {
    match tint {
        SectionTint::Quiet => (2.0, "#3d5568"),
        // A level lasts for weeks: it is told, and does not shout over what happens now.
        SectionTint::High => (3.0, "#b57f45"),
        SectionTint::Critical => (4.0, "#c2595c"),
    }
}

/// Colour of a crossing point by its state.
pub(crate) const fn bcp(state: BcpState) -> &'static str {
    match state {
        BcpState::Open => "#8fa1b0",
        BcpState::Limited => "#f2cf5b",
        BcpState::Closed => "#c9d3db",
        BcpState::Unknown => "#5c6d7b",
    }
}

/// The sprite sheet's style as `js/track_layer.js` takes it; sizes in CSS pixels, `badge_px` 0 for units without letters.
pub(crate) fn track_style(size: f64, dpr: f64, badges: &[String], badge_px: f64) -> String {
    let c = |fill: &str| json!({ "fill": fill, "edge": INK });
    let badges: Vec<_> = badges.iter().map(|b| json!({ "text": b })).collect();
    json!({
        "size": size, "dpr": dpr, "badges": badges, "badge_px": badge_px,
        "colours": {
            "mark": c("#566876"), "sensor": c("#8aa0b2"), "vessel": c("#86a0b3"),
            "vehicle": c("#a3b3bf"), "aircraft": c("#a9a6cf"), "distress": c(LIFE), "unit": c("#a9d8c4"),
        },
    })
    .to_string()
}
