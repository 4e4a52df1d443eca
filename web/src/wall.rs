//! What one wall is set to: its name, from where it is read, its palette, its views. Kept in its own browser; the
//! address may say it as well, so that a wall can be set up without a keyboard at it
//! (`/wall?name=north&distance_m=6&mm_per_px=0.562&tone=day&lang=en`).

use oneroof_wire::wall::{ZOOMS, is_name};
use serde::{Deserialize, Serialize};

use crate::map::own::MAX_ZOOM;
use crate::map::palette::Tone;
use crate::view::legible::Viewing;
use crate::words::Lang;

/// Where the settings are kept in the browser.
pub const STORAGE_KEY: &str = "oneroof.wall";

/// Most views that are saved.
pub const MAX_VIEWS: usize = 9;

/// Seconds for which each view of a tour stays, when nobody said another number.
pub const TOUR_S: u32 = 45;

/// A view of the map.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Middle, degrees.
    pub lat: f64,
    /// Middle, degrees.
    pub lon: f64,
    /// Zoom, 3 to 12.
    pub zoom: f64,
}

impl View {
    /// Whether a map can show it.
    pub fn is_possible(&self) -> bool {
        (-85.0..=85.0).contains(&self.lat)
            && (-180.0..=180.0).contains(&self.lon)
            && (*ZOOMS.start()..=MAX_ZOOM).contains(&self.zoom)
    }
}

/// The settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Its name: what desks call it.
    pub name: String,
    /// Metres from the farthest seat; assumed by the size of the screen where nobody said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
    /// Millimetres of a pixel; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mm_per_px: Option<f64>,
    /// Its palette by name.
    pub tone: String,
    /// Its language by tag.
    pub lang: String,
    /// Saved views; the first is the one that it starts with.
    pub views: Vec<View>,
    /// Seconds for which a view of the tour stays; 0 where there is no tour.
    pub tour_s: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "wall".to_owned(),
            distance_m: None,
            mm_per_px: None,
            tone: Tone::Night.name().to_owned(),
            lang: Lang::Uk.tag().to_owned(),
            views: Vec::new(),
            tour_s: 0,
        }
    }
}

impl Settings {
    /// What was kept, and over it what the address says. What can't be true is left out.
    pub fn read(kept: Option<&str>, query: &[(String, String)]) -> Self {
        let mut s: Self = kept
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default();
        for (key, value) in query {
            match key.as_str() {
                "name" => s.name.clone_from(value),
                "distance_m" => s.distance_m = value.parse().ok(),
                "mm_per_px" => s.mm_per_px = value.parse().ok(),
                "tone" => s.tone.clone_from(value),
                "lang" => s.lang.clone_from(value),
                "tour_s" => s.tour_s = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        s.tidied()
    }

    fn tidied(mut self) -> Self {
        if !is_name(&self.name) {
            self.name = Self::default().name;
        }
        let (tone, lang) = (self.tone(), self.lang());
        tone.name().clone_into(&mut self.tone);
        lang.tag().clone_into(&mut self.lang);
        self.views.retain(View::is_possible);
        self.views.truncate(MAX_VIEWS);
        if self.tour_s != 0 {
            self.tour_s = self.tour_s.clamp(5, 3_600);
        }
        self
    }

    /// From where it is read: as said, else as assumed of a screen of that width.
    pub fn viewing(&self, width_px: f64) -> Viewing {
        let assumed = Viewing::assumed(width_px);
        Viewing::said(
            self.distance_m.unwrap_or(assumed.distance_m),
            self.mm_per_px.unwrap_or(assumed.mm_per_px),
        )
        .unwrap_or(assumed)
    }

    /// Its palette.
    pub fn tone(&self) -> Tone {
        Tone::of_name(&self.tone)
    }

    /// Its language.
    pub fn lang(&self) -> Lang {
        Lang::of_tag(&self.lang)
    }

    /// The view that a tour shows after so many whole seconds of it; `None` where there is no tour.
    pub fn toured(&self, seconds: u64) -> Option<View> {
        if self.tour_s == 0 || self.views.len() < 2 {
            return None;
        }
        let turn = seconds / u64::from(self.tour_s);
        let at = usize::try_from(turn % u64::try_from(self.views.len()).ok()?).ok()?;
        self.views.get(at).copied()
    }
}

/// Where the picture stands against its place, CSS pixels: a few pixels that change every three minutes, so that no
/// edge burns itself into the wall. It comes back to the middle every 27 minutes.
pub fn burn_in_shift(seconds: u64) -> (f64, f64) {
    const STEPS: [(f64, f64); 9] = [
        (0.0, 0.0),
        (2.0, 0.0),
        (2.0, 2.0),
        (0.0, 2.0),
        (-2.0, 2.0),
        (-2.0, 0.0),
        (-2.0, -2.0),
        (0.0, -2.0),
        (2.0, -2.0),
    ];
    let step = usize::try_from(seconds / 180 % 9).unwrap_or(0);
    STEPS.get(step).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Vec<(String, String)> {
        text.split('&')
            .filter_map(|p| p.split_once('='))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect()
    }

    #[test]
    fn the_address_says_over_what_was_kept() {
        let kept = r#"{"name":"north","distance_m":6,"tone":"day","views":[{"lat":48,"lon":24,"zoom":9}]}"#;
        let s = Settings::read(Some(kept), &query("tone=dim&mm_per_px=0.562&lang=en"));
        assert_eq!((s.name.as_str(), s.tone()), ("north", Tone::Dim));
        assert_eq!((s.distance_m, s.mm_per_px), (Some(6.0), Some(0.562)));
        assert_eq!((s.lang(), s.views.len()), (Lang::En, 1));
        let json = serde_json::to_string(&s).unwrap();
        assert_eq!(Settings::read(Some(&json), &[]), s);
    }

    #[test]
    fn what_can_t_be_true_is_left_out() {
        let kept = r#"{"name":"a b","views":[{"lat":95,"lon":0,"zoom":5}],"tour_s":1}"#;
        let s = Settings::read(Some(kept), &query("tone=violet&distance_m=-1"));
        assert_eq!(
            (s.name.as_str(), s.tone(), s.tour_s),
            ("wall", Tone::Night, 5)
        );
        assert!(s.views.is_empty());
        assert_eq!(s.viewing(1_920.0), Viewing::assumed(1_920.0));
        assert_eq!(Settings::read(Some("no json"), &[]), Settings::default());
    }

    #[test]
    fn a_tour_goes_round_and_one_view_is_no_tour() {
        let view = |lat| View {
            lat,
            lon: 24.0,
            zoom: 8.0,
        };
        let mut s = Settings {
            views: vec![view(48.0), view(49.0)],
            tour_s: 10,
            ..Settings::default()
        };
        let lat = |s: &Settings, t| s.toured(t).map(|v| v.lat);
        assert_eq!(lat(&s, 0), Some(48.0));
        assert_eq!(lat(&s, 10), Some(49.0));
        assert_eq!(lat(&s, 29), Some(48.0));
        s.views.truncate(1);
        assert_eq!(lat(&s, 0), None);
    }

    #[test]
    fn the_picture_moves_a_little_and_comes_back() {
        let all: Vec<_> = (0..9).map(|i| burn_in_shift(i * 180)).collect();
        assert_eq!(burn_in_shift(9 * 180 + 5), all[0]);
        assert!(all.iter().all(|(x, y)| x.abs() <= 2.0 && y.abs() <= 2.0));
        assert!((1..9).all(|i| all[i] != all[i - 1]));
    }
}
