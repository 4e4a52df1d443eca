//! What an officer can do at the desk without a mouse: each act with its name in the catalogue and its key.

use oneroof_model::{EventImpact, EventState};

use crate::areas::sketch::Kind;
use crate::words::Lang;

/// An act. What it needs (a chosen event, an open question) is looked at when it is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Open the form for a telephone call.
    Call,
    /// Take back one's own last step.
    Undo,
    /// Open the room of the chosen event, or close it.
    Room,
    /// Ask the three questions of the chosen event's impact.
    Questions,
    /// Make one's own agency the lead of the chosen event.
    TakeLead,
    /// Open the lists in a window of their own.
    Lists,
    /// Show the saved views.
    Views,
    /// Copy the address of what is shown.
    CopyLink,
    /// Choose the next event of the list.
    Next,
    /// Choose the one before.
    Previous,
    /// Confirm the question.
    Confirm,
    /// Reject it.
    Reject,
    /// Show on the map what is chosen.
    ShowChosen,
    /// Let the map follow the open events again, or hold it.
    Lock,
    /// Show the whole border.
    Border,
    /// Show where the recorded tracks are.
    Recorded,
    /// Measure on the map.
    Measure,
    /// Lay range rings.
    Rings,
    /// Another form of the coordinates under the pointer.
    Coordinates,
    /// Choose a second track: how near they come.
    Pair,
    /// Keep the chosen track in the middle, or end that.
    FollowTrack,
    /// Open or close the filter of tracks.
    Filter,
    /// Show all tracks again.
    AllTracks,
    /// Speed vectors of all tracks, or of the chosen one alone.
    Vectors,
    /// Ask who was at a place at a time.
    Here,
    /// What tells of the border, where a unit could be in time, or neither.
    Coverage,
    /// Show the list of areas, where one is drawn.
    Areas,
    /// Draw an area.
    Draw(Kind),
    /// List the regions with their air-raid state, and mark what is not known.
    Regions,
    /// Show the weather on the map, or take it away.
    Weather,
    /// Choose what lies under and over the picture.
    Layers,
    /// Show the net of degrees and MGRS, or put it away.
    Net,
    /// Lay the next of the operator's own maps under the picture, or none.
    NextMap,
    /// Draw symbols of the military, or our own again.
    Symbols,
    /// Lead the chosen event to a state.
    State(EventState),
    /// Set the impact of the chosen event.
    Impact(EventImpact),
    /// Say whether a life is at risk.
    Life(bool),
    /// The next palette: night, day, dim.
    Tone,
    /// Show in a language.
    Speak(Lang),
    /// Show times of Kyiv.
    KyivTime,
    /// Show universal time.
    Utc,
    /// Say who sits here.
    Officer,
    /// Explain the keys.
    Help,
}

/// Every act, in the order in which the palette shows them.
pub const ALL: &[Act] = &[
    Act::Call,
    Act::Undo,
    Act::Room,
    Act::Confirm,
    Act::Reject,
    Act::State(EventState::Triaged),
    Act::State(EventState::Validated),
    Act::State(EventState::Active),
    Act::State(EventState::Resolved),
    Act::State(EventState::Closed),
    Act::TakeLead,
    Act::Questions,
    Act::Impact(EventImpact::Low),
    Act::Impact(EventImpact::Medium),
    Act::Impact(EventImpact::High),
    Act::Impact(EventImpact::VeryHigh),
    Act::Life(true),
    Act::Life(false),
    Act::Next,
    Act::Previous,
    Act::ShowChosen,
    Act::Lock,
    Act::Border,
    Act::Lists,
    Act::Views,
    Act::CopyLink,
    Act::Recorded,
    Act::Measure,
    Act::Rings,
    Act::Coordinates,
    Act::Tone,
    Act::Pair,
    Act::FollowTrack,
    Act::Filter,
    Act::AllTracks,
    Act::Vectors,
    Act::Here,
    Act::Coverage,
    Act::Areas,
    Act::Draw(Kind::Polygon),
    Act::Draw(Kind::Circle),
    Act::Draw(Kind::Corridor),
    Act::Regions,
    Act::Weather,
    Act::Layers,
    Act::Net,
    Act::NextMap,
    Act::Symbols,
    Act::Speak(Lang::Uk),
    Act::Speak(Lang::En),
    Act::KyivTime,
    Act::Utc,
    Act::Officer,
    Act::Help,
];

impl Act {
    /// Keys of the catalogue that make its name, said one after the other.
    pub const fn name_keys(self) -> &'static [&'static str] {
        match self {
            Self::Call => &["call.title"],
            Self::Undo => &["act.undo"],
            Self::Room => &["room.title"],
            Self::Questions => &["impact.title"],
            Self::TakeLead => &["event.take_lead"],
            Self::Lists => &["lists.open"],
            Self::Views => &["views.title"],
            Self::CopyLink => &["views.copy"],
            Self::Next => &["help.next"],
            Self::Previous => &["help.previous"],
            Self::Confirm => &["help.yes"],
            Self::Reject => &["help.no"],
            Self::ShowChosen => &["help.show"],
            Self::Lock => &["act.lock"],
            Self::Border => &["help.border"],
            Self::Recorded => &["action.recorded"],
            Self::Measure => &["act.measure"],
            Self::Rings => &["act.rings"],
            Self::Coordinates => &["act.coordinates"],
            Self::Pair => &["act.pair"],
            Self::FollowTrack => &["act.follow_track"],
            Self::Filter => &["act.filter"],
            Self::AllTracks => &["filter.clear"],
            Self::Vectors => &["act.vectors"],
            Self::Here => &["act.here"],
            Self::Coverage => &["act.coverage"],
            Self::Areas => &["act.areas"],
            Self::Draw(Kind::Polygon) => &["area.draw", "area.shape.polygon"],
            Self::Draw(Kind::Circle) => &["area.draw", "area.shape.circle"],
            Self::Draw(Kind::Corridor) => &["area.draw", "area.shape.corridor"],
            Self::Regions => &["act.regions"],
            Self::Weather => &["act.weather"],
            Self::Layers => &["act.layers"],
            Self::Net => &["act.net"],
            Self::NextMap => &["act.next_map"],
            Self::Symbols => &["act.symbols"],
            Self::State(EventState::Triaged) => &["event.state", "event_state.triaged"],
            Self::State(EventState::Validated) => &["event.state", "event_state.validated"],
            Self::State(EventState::Active) => &["event.state", "event_state.active"],
            Self::State(EventState::Resolved) => &["event.state", "event_state.resolved"],
            Self::State(EventState::Closed) => &["event.state", "event_state.closed"],
            Self::State(EventState::Dismissed) => &["event.state", "event_state.dismissed"],
            Self::State(EventState::Merged) => &["event.state", "event_state.merged"],
            Self::State(EventState::New) => &["event.state", "event_state.new"],
            Self::Impact(EventImpact::Low) => &["event.impact", "impact.low"],
            Self::Impact(EventImpact::Medium) => &["event.impact", "impact.medium"],
            Self::Impact(EventImpact::High) => &["event.impact", "impact.high"],
            Self::Impact(EventImpact::VeryHigh) => &["event.impact", "impact.very_high"],
            Self::Life(true) => &["event.life_at_risk", "yes"],
            Self::Life(false) => &["event.life_at_risk", "no"],
            Self::Tone => &["act.tone"],
            Self::Speak(Lang::Uk) => &["nav.language", "language.uk"],
            Self::Speak(Lang::En) => &["nav.language", "language.en"],
            Self::KyivTime => &["time.show_local"],
            Self::Utc => &["time.show_utc"],
            Self::Officer => &["officer.ask"],
            Self::Help => &["help.title"],
        }
    }

    /// The key that does it at once, as written on the keyboard; empty where only the palette does it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Call => "C",
            Self::Undo => "U",
            Self::Next => "J",
            Self::Previous => "K",
            Self::Confirm => "Y",
            Self::Reject => "N",
            Self::ShowChosen => "M",
            Self::Lock => "L",
            Self::Border => "B",
            Self::Measure => "D",
            Self::Rings => "R",
            Self::Coordinates => "G",
            Self::Pair => "X",
            Self::FollowTrack => "O",
            Self::Filter => "F",
            Self::Here => "H",
            Self::Coverage => "V",
            Self::Areas => "Z",
            Self::Regions => "6",
            Self::Weather => "7",
            Self::Net => "Q",
            Self::Help => "?",
            Self::Room => "E",
            Self::Questions => "I",
            Self::TakeLead => "T",
            Self::Views => "S",
            Self::Lists => "P",
            // The two are never possible at once.
            Self::Life(_) => "A",
            Self::State(EventState::Triaged) => "1",
            Self::State(EventState::Validated) => "2",
            Self::State(EventState::Active) => "3",
            Self::State(EventState::Resolved) => "4",
            Self::State(EventState::Closed) => "5",
            Self::Recorded
            | Self::Layers
            | Self::NextMap
            | Self::Symbols
            | Self::CopyLink
            | Self::AllTracks
            | Self::Vectors
            | Self::Draw(_)
            | Self::State(_)
            | Self::Impact(_)
            | Self::Tone
            | Self::Speak(_)
            | Self::KyivTime
            | Self::Utc
            | Self::Officer => "",
        }
    }

    /// The acts of a key by its place on the keyboard (`KeyboardEvent.code`), so that it is the same with every layout:
    /// one, or two of which only one is possible at a time.
    pub fn of_code(code: &str) -> impl Iterator<Item = Self> + use<'_> {
        let key = code
            .strip_prefix("Key")
            .or_else(|| code.strip_prefix("Digit"))
            .or_else(|| code.strip_prefix("Numpad"));
        ALL.iter()
            .copied()
            .filter(move |a| !a.key().is_empty() && Some(a.key()) == key)
    }

    /// Its name in a language: `Impact: high`.
    pub fn name(self, lang: Lang) -> String {
        let words: Vec<String> = self
            .name_keys()
            .iter()
            .map(|k| crate::words::t(lang, k, &[]))
            .collect();
        words.join(": ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_act_has_a_name_in_both_languages_and_no_key_stands_for_two() {
        let mut keys = BTreeSet::new();
        for act in ALL {
            for key in act.name_keys() {
                assert!(oneroof_text::has(key), "{act:?}: {key}");
            }
            let shared = *act == Act::Life(false);
            assert!(
                act.key().is_empty() || keys.insert(act.key()) != shared,
                "{act:?}"
            );
            assert_ne!(act.name(Lang::Uk), act.name(Lang::En), "{act:?}");
        }
    }

    #[test]
    fn a_key_is_known_by_its_place_whatever_the_layout_writes() {
        let of = |code| Act::of_code(code).collect::<Vec<_>>();
        assert_eq!(of("KeyC"), [Act::Call]);
        assert_eq!(of("KeyU"), [Act::Undo]);
        assert_eq!(of("Digit2"), [Act::State(EventState::Validated)]);
        assert_eq!(of("Numpad2"), of("Digit2"));
        assert_eq!(of("KeyA"), [Act::Life(true), Act::Life(false)]);
        assert_eq!(of("KeyW"), []);
        assert_eq!(of("Slash"), []);
    }
}
