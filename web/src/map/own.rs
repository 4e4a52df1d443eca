//! Which of the operator's own maps lies under the picture, how deep it may be looked at, and what is said of it. Pure.

use oneroof_wire::OwnMapView;
use oneroof_wire::wall::ZOOMS;

/// Deepest zoom that any map is shown at.
pub const MAX_ZOOM: f64 = 20.0;

/// From this zoom on the basemap alone is coarse, and a screen says that it has no roads.
pub const COARSE_ZOOM: f64 = 10.0;

/// Lines and areas stay sharp so much deeper than their deepest tiles.
const DEEPER_LINES: u8 = 3;

/// The chosen map among those that there are; `None` where none is chosen, or the one that was is gone.
pub fn chosen<'a>(maps: &'a [OwnMapView], id: Option<&str>) -> Option<&'a OwnMapView> {
    maps.iter().find(|m| Some(m.id.as_str()) == id)
}

/// Deepest zoom at which tiles of a map are drawn.
pub fn deepest(map: &OwnMapView) -> f64 {
    let deeper = if map.vector { DEEPER_LINES } else { 0 };
    f64::from(map.max_zoom.saturating_add(deeper)).min(MAX_ZOOM)
}

/// Deepest zoom that the screen may be put to: that of the basemap, or of the map that lies on it.
pub fn max_zoom(map: Option<&OwnMapView>) -> f64 {
    let own = map.filter(|m| m.readable).map_or(0.0, deepest);
    own.max(*ZOOMS.end())
}

/// What is said of the map beside whose data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// Nothing.
    Nothing,
    /// Here the screen has no roads.
    NoRoads,
    /// The chosen map begins at a deeper zoom.
    Deeper,
    /// The chosen map cannot be read, wholly or in part.
    NotReadable,
}

impl Said {
    /// Key of the catalogue; empty for nothing.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::NoRoads => "maps.no_roads",
            Self::Deeper => "maps.deeper",
            Self::NotReadable => "maps.not_readable",
        }
    }
}

/// What is said at a zoom. `broken`: tiles of it could not be read.
pub fn said(map: Option<&OwnMapView>, zoom: f64, broken: bool) -> Said {
    match map {
        None if zoom > COARSE_ZOOM => Said::NoRoads,
        Some(m) if !m.readable || broken => Said::NotReadable,
        Some(m) if zoom.round() < f64::from(m.min_zoom) => Said::Deeper,
        _ => Said::Nothing,
    }
}

/// Whether the borders and names of the basemap are drawn once more above a map: borders always, for a map may draw them
/// otherwise than we do; names only above lines, for pictures bring their own.
pub const fn names_above(map: Option<&OwnMapView>) -> bool {
    matches!(map, Some(m) if m.vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(id: &str, vector: bool, zooms: (u8, u8)) -> OwnMapView {
        OwnMapView {
            id: id.to_owned(),
            uk: "Дороги".to_owned(),
            en: "Roads".to_owned(),
            attribution: "© somebody".to_owned(),
            vector,
            min_zoom: zooms.0,
            max_zoom: zooms.1,
            bounds: None,
            readable: true,
        }
    }

    #[test]
    fn the_choice_is_found_again_and_one_that_is_gone_is_none() {
        let maps = [map("a", false, (5, 16)), map("b", true, (0, 14))];
        assert_eq!(chosen(&maps, Some("b")).map(|m| m.vector), Some(true));
        assert_eq!(chosen(&maps, Some("c")), None);
        assert_eq!(chosen(&maps, None), None);
    }

    #[test]
    fn the_screen_goes_as_deep_as_the_map_and_never_less_deep_than_without_it() {
        let mut away = map("a", false, (0, 18));
        away.readable = false;
        for (own, zoom) in [
            (None, 12.0),
            (Some(map("a", false, (5, 16))), 16.0),
            (Some(map("a", false, (5, 9))), 12.0),
            (Some(map("a", true, (0, 14))), 17.0),
            (Some(map("a", true, (0, 255))), MAX_ZOOM),
            (Some(away), 12.0),
        ] {
            let found = max_zoom(own.as_ref());
            assert!((found - zoom).abs() < 1e-9, "{found} is not {zoom}");
        }
    }

    #[test]
    fn a_screen_without_roads_says_so_where_one_would_look_for_them() {
        assert_eq!(said(None, 10.0, false), Said::Nothing);
        assert_eq!(said(None, 10.5, false), Said::NoRoads);
        let m = map("a", false, (8, 16));
        assert_eq!(said(Some(&m), 12.0, false), Said::Nothing);
        assert_eq!(said(Some(&m), 7.0, false), Said::Deeper);
        assert_eq!(
            said(Some(&m), 7.5, false),
            Said::Nothing,
            "8 is shown enlarged"
        );
        assert_eq!(said(Some(&m), 12.0, true), Said::NotReadable);
        for said in [Said::NoRoads, Said::Deeper, Said::NotReadable] {
            assert!(oneroof_text::has(said.key()), "{said:?}");
        }
    }

    #[test]
    fn names_lie_above_lines_and_not_above_pictures() {
        assert!(names_above(Some(&map("a", true, (0, 14)))));
        assert!(!names_above(Some(&map("a", false, (0, 14)))));
        assert!(!names_above(None));
    }
}
