//! Colours of the map by palette. The base has nearly no colour, so that colour means "look here".
//!
//! Symbols stand out from land and sea by at least 3:1 and what is written by at least 4.5:1 (names of the basemap) or
//! 7:1 (what happens); the tests below hold it for each palette.

use oneroof_model::EventImpact;

use crate::basemap::file::PlaceClass;
use crate::view::places::{BcpState, SectionTint};

/// Which palette the screen has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// A dark room.
    #[default]
    Night,
    /// A lit room.
    Day,
    /// The darkest: eyes that have to see outside as well.
    Dim,
}

impl Tone {
    /// All of them, in the order of the key that changes them.
    pub const ALL: [Self; 3] = [Self::Night, Self::Day, Self::Dim];

    /// Its name in the page and in the storage.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Night => "night",
            Self::Day => "day",
            Self::Dim => "dim",
        }
    }

    /// The tone of a name; night where nobody knows it.
    pub fn of_name(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|t| t.name() == name)
            .unwrap_or_default()
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Night => Self::Day,
            Self::Day => Self::Dim,
            Self::Dim => Self::Night,
        }
    }

    /// Its colours.
    pub const fn palette(self) -> &'static Palette {
        match self {
            Self::Night => &NIGHT,
            Self::Day => &DAY,
            Self::Dim => &DIM,
        }
    }
}

/// A colour as CSS writes it (`#rrggbb`).
pub type Colour = &'static str;

/// The colours of a palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    /// The sea, and the canvas before anything came.
    pub sea: Colour,
    /// Land.
    pub land: Colour,
    /// Edge of the land.
    pub coast: Colour,
    /// Rivers and edges of lakes.
    pub water_line: Colour,
    /// Borders of regions.
    pub region_line: Colour,
    /// Borders of states.
    pub state_line: Colour,
    /// Names of states, seas, regions, cities, places: colour of each.
    pub names: [Colour; 5],
    /// Lines of the net over the map.
    pub net: Colour,
    /// What stands at its crossings.
    pub net_text: Colour,
    /// What surrounds a name on land.
    pub halo: Colour,
    /// Text and edges on symbols.
    pub ink: Colour,
    /// Text and edges beside symbols: the opposite of the ground.
    pub bright: Colour,
    /// The ring of a life at risk.
    pub life: Colour,
    /// A question that waits for a person.
    pub ask: Colour,
    /// Impact: unknown, low, medium, high, very high.
    pub impact: [Colour; 5],
    /// Sections: quiet, high, critical.
    pub section: [Colour; 3],
    /// Crossing points: open, limited, closed, unknown.
    pub bcp: [Colour; 4],
    /// Tracks: unknown, sensor, vessel, vehicle, aircraft, own unit.
    pub track: [Colour; 6],
}

/// A dark room.
pub const NIGHT: Palette = Palette {
    sea: "#0b141c",
    land: "#17212a",
    coast: "#2c3d4b",
    water_line: "#22323f",
    region_line: "#2a3844",
    state_line: "#52687a",
    names: ["#8496a6", "#6b8fa8", "#7f92a2", "#b9c6d1", "#94a3b0"],
    net: "#5f7a8f",
    net_text: "#93a9ba",
    halo: "#121b23",
    ink: "#0b141c",
    bright: "#f3f7fa",
    life: "#ff4d5e",
    ask: "#7cc4ff",
    impact: ["#8fa1b0", "#8fb4cf", "#f2cf5b", "#ff9a3d", "#ff5d5d"],
    section: ["#3d5568", "#b57f45", "#c2595c"],
    bcp: ["#8fa1b0", "#f2cf5b", "#c9d3db", "#7a8b99"],
    track: [
        "#7d8f9d", "#8aa0b2", "#86a0b3", "#a3b3bf", "#a9a6cf", "#a9d8c4",
    ],
};

/// A lit room.
pub const DAY: Palette = Palette {
    sea: "#c9d6df",
    land: "#eef1f2",
    coast: "#9fb1bd",
    water_line: "#b4c5d0",
    region_line: "#c3ccd3",
    state_line: "#6f8492",
    names: ["#5c6c79", "#36566c", "#596a77", "#27343e", "#45545f"],
    net: "#7d92a1",
    net_text: "#3f5564",
    halo: "#f7f9fa",
    ink: "#ffffff",
    bright: "#101a22",
    life: "#c4122a",
    ask: "#0b5c9c",
    impact: ["#5c6c79", "#31678c", "#7d5c00", "#a84a00", "#b3142a"],
    section: ["#8fa1ad", "#a8702c", "#b3474a"],
    bcp: ["#4f6270", "#7d5c00", "#33424d", "#5f6e7a"],
    track: [
        "#66757f", "#4d6374", "#3f6078", "#47555f", "#5b568f", "#12603f",
    ],
};

/// The darkest.
pub const DIM: Palette = Palette {
    sea: "#05090c",
    land: "#0c1216",
    coast: "#1d2830",
    water_line: "#162028",
    region_line: "#1b252c",
    state_line: "#3d4d59",
    names: ["#74838f", "#627f92", "#71808c", "#93a0aa", "#7d8c96"],
    net: "#3f5363",
    net_text: "#76899a",
    halo: "#080d10",
    ink: "#05090c",
    bright: "#cdd6dc",
    life: "#e0404f",
    ask: "#5a9fd1",
    impact: ["#72828f", "#6f90a8", "#c2a445", "#cf7a2f", "#d94c4c"],
    section: ["#2d4050", "#8f6436", "#a04a4d"],
    bcp: ["#72828f", "#c2a445", "#9aa5ad", "#5f6e79"],
    track: [
        "#62727e", "#6b7e8d", "#68808f", "#7f8e99", "#8581a8", "#80ab99",
    ],
};

impl Palette {
    /// Colour of a name of the basemap.
    pub const fn name(&self, class: PlaceClass) -> Colour {
        let [state, sea, region, city, place] = self.names;
        match class {
            PlaceClass::State => state,
            PlaceClass::Sea => sea,
            PlaceClass::Region | PlaceClass::District => region,
            PlaceClass::Capital | PlaceClass::RegionCentre => city,
            PlaceClass::Place => place,
        }
    }

    /// What surrounds a name.
    pub const fn name_halo(&self, class: PlaceClass) -> Colour {
        match class {
            PlaceClass::Sea => self.sea,
            _ => self.halo,
        }
    }

    /// Fill of an event's symbol.
    pub const fn of_impact(&self, impact: Option<EventImpact>) -> Colour {
        let [unknown, low, medium, high, very_high] = self.impact;
        match impact {
            None => unknown,
            Some(EventImpact::Low) => low,
            Some(EventImpact::Medium) => medium,
            Some(EventImpact::High) => high,
            Some(EventImpact::VeryHigh) => very_high,
        }
    }

    /// Width and colour of a section's line. A level lasts for weeks: it is told, and does not shout over what happens
    /// now.
    pub const fn of_section(&self, tint: SectionTint) -> (f64, Colour) {
        let [quiet, high, critical] = self.section;
        match tint {
            SectionTint::Quiet => (2.0, quiet),
            SectionTint::High => (3.0, high),
            SectionTint::Critical => (4.0, critical),
        }
    }

    /// Colour of a crossing point by its state.
    pub const fn of_bcp(&self, state: BcpState) -> Colour {
        let [open, limited, closed, unknown] = self.bcp;
        match state {
            BcpState::Open => open,
            BcpState::Limited => limited,
            BcpState::Closed => closed,
            BcpState::Unknown => unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(c: Colour) -> f64 {
        let part = |at: usize| {
            let v = f64::from(u8::from_str_radix(c.get(at..at + 2).unwrap(), 16).unwrap()) / 255.0;
            if v <= 0.04045 {
                v / 12.92
            } else {
                ((v + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(a: Colour, b: Colour) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn at_least(least: f64, what: &str, tone: Tone, a: Colour, b: Colour) {
        let c = contrast(a, b);
        assert!(
            c >= least,
            "{what} ({}): {a} on {b} has {c:.2}",
            tone.name()
        );
    }

    #[test]
    fn what_is_written_beside_a_symbol_has_seven_to_one() {
        for tone in Tone::ALL {
            let p = tone.palette();
            for ground in [p.land, p.sea, p.halo] {
                at_least(7.0, "text", tone, p.bright, ground);
            }
        }
    }

    #[test]
    fn symbols_stand_out_by_three_to_one_from_land_and_sea() {
        for tone in Tone::ALL {
            let p = tone.palette();
            let symbols = p.impact.iter().chain(&p.track).chain(&p.bcp);
            for symbol in symbols.chain([&p.life, &p.ask]) {
                at_least(3.0, "symbol", tone, symbol, p.land);
                at_least(3.0, "symbol", tone, symbol, p.sea);
            }
        }
    }

    #[test]
    fn a_letter_on_a_symbol_can_be_read() {
        for tone in Tone::ALL {
            let p = tone.palette();
            for fill in &p.impact {
                at_least(4.5, "letter", tone, p.ink, fill);
            }
        }
    }

    #[test]
    fn names_of_the_basemap_can_be_read_and_stay_behind_what_happens() {
        for tone in Tone::ALL {
            let p = tone.palette();
            for (i, name) in p.names.iter().enumerate() {
                let ground = if i == 1 { p.sea } else { p.land };
                at_least(4.5, "name", tone, name, ground);
                assert!(contrast(name, p.land) < contrast(p.bright, p.land));
            }
        }
    }

    /// The tokens of a tone in the stylesheet; what a tone does not say is as at night.
    fn tokens(tone: Tone) -> std::collections::BTreeMap<&'static str, &'static str> {
        const SHEET: &str = include_str!("../../style/10-tokens.css");
        let block = |head: &str| {
            let rest = SHEET.split_once(head).unwrap().1;
            let body = rest.split_once('}').unwrap().0;
            body.split(';')
                .filter_map(|l| l.trim().strip_prefix("--")?.split_once(": "))
                .filter(|(_, v)| v.starts_with('#'))
        };
        let mut all: std::collections::BTreeMap<_, _> = block(":root {").collect();
        if tone != Tone::Night {
            all.extend(block(&format!(":root[data-tone=\"{}\"] {{", tone.name())));
        }
        all
    }

    #[test]
    fn text_of_the_panels_has_seven_to_one_on_every_ground() {
        for tone in Tone::ALL {
            let t = tokens(tone);
            let grounds = [
                "ground",
                "panel",
                "raised",
                "hover",
                "life-ground",
                "asking",
            ];
            for text in ["text", "quiet"] {
                for ground in grounds {
                    at_least(
                        7.0,
                        &format!("{text} on {ground}"),
                        tone,
                        t[text],
                        t[ground],
                    );
                }
            }
            for (text, ground) in [
                ("text", "chosen"),
                ("text", "act"),
                ("text", "act-hover"),
                ("on-badge", "badge"),
                ("on-alarm", "alarm"),
                ("warn", "panel"),
                ("warn", "raised"),
                ("lost", "panel"),
            ] {
                at_least(
                    7.0,
                    &format!("{text} on {ground}"),
                    tone,
                    t[text],
                    t[ground],
                );
            }
        }
    }

    #[test]
    fn what_is_drawn_in_the_panels_has_three_to_one() {
        for tone in Tone::ALL {
            let t = tokens(tone);
            for drawn in [
                "low",
                "medium",
                "high",
                "very-high",
                "life",
                "fresh",
                "accent",
                "line",
            ] {
                for ground in ["panel", "raised"] {
                    at_least(
                        3.0,
                        &format!("{drawn} on {ground}"),
                        tone,
                        t[drawn],
                        t[ground],
                    );
                }
            }
            for fill in ["low", "medium", "high", "very-high"] {
                at_least(4.5, fill, tone, t["on-bright"], t[fill]);
            }
        }
    }

    #[test]
    fn a_tone_comes_back_by_its_name_and_the_key_walks_through_all() {
        for tone in Tone::ALL {
            assert_eq!(Tone::of_name(tone.name()), tone);
        }
        assert_eq!(Tone::of_name("violet"), Tone::Night);
        assert_eq!(Tone::Night.next().next().next(), Tone::Night);
    }
}
