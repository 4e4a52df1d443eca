//! Areas that the shift lead draws on the map: where is searched, where an operation runs, where it is dangerous, where
//! nobody may go, what is watched. Our own design; whether a shape is one that can be drawn is checked in `oneroof-geo`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Actor, AreaId, EventId, LatLon, Marking, Mode, Time};

/// Most areas that a room has at once, those that are over included.
pub const MAX_AREAS: usize = 500;

/// Longest name of an area, characters.
pub const MAX_AREA_NAME: usize = 80;

/// What an area is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaPurpose {
    /// Somebody or something is searched for in it.
    Search,
    /// An operation runs in it.
    Operation,
    /// It is dangerous to be in it.
    Danger,
    /// Nobody enters it without leave.
    Restricted,
    /// It is watched.
    Watch,
}

impl AreaPurpose {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [
        Self::Search,
        Self::Operation,
        Self::Danger,
        Self::Restricted,
        Self::Watch,
    ];

    /// Its word, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Operation => "operation",
            Self::Danger => "danger",
            Self::Restricted => "restricted",
            Self::Watch => "watch",
        }
    }
}

/// The shape of an area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "shape", rename_all = "snake_case")]
#[schemars(rename = "DrawnShape")]
pub enum AreaShape {
    /// A ring that does not cross itself.
    Polygon {
        /// Its corners in order, 3 to 200; the first is not repeated at the end.
        ring: Vec<LatLon>,
    },
    /// A circle.
    Circle {
        /// Its centre.
        center: LatLon,
        /// Its radius in metres, 50 to 200 000.
        radius_m: f64,
    },
    /// What lies along a line.
    Corridor {
        /// The line, 2 to 100 positions in order.
        line: Vec<LatLon>,
        /// How far it reaches on each side of the line and beyond its ends, metres, 25 to 50 000.
        half_width_m: f64,
    },
}

impl AreaShape {
    /// The positions that it is drawn by, in order: corners, the centre, the line.
    pub fn points(&self) -> &[LatLon] {
        match self {
            Self::Polygon { ring } => ring,
            Self::Circle { center, .. } => core::slice::from_ref(center),
            Self::Corridor { line, .. } => line,
        }
    }
}

/// What a person says of an area: the part of [`Area`] that a command sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AreaDraft {
    /// Its name, free text of at most 80 characters; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it is for.
    pub purpose: AreaPurpose,
    /// Its shape.
    pub shape: AreaShape,
    /// The event that it belongs to. Who does not see the event does not see the area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventId>,
    /// When it is over; missing where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Real, exercise or test: what the screen shows on which it is drawn.
    #[serde(default)]
    pub mode: Mode,
    /// Who may see it; its originator is the agency of who drew it.
    #[serde(default)]
    pub marking: Marking,
}

/// An area on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "DrawnArea")]
pub struct Area {
    /// Its id; never used again.
    pub id: AreaId,
    /// Counts its changes, from 1. What a command names as `if_version`.
    pub version: u64,
    /// What was said of it.
    #[serde(flatten)]
    pub said: AreaDraft,
    /// Who drew it.
    pub drawn_by: Actor,
    /// When.
    pub drawn_at: Time,
    /// Who changed it last; missing where nobody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<Actor>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Time>,
}

impl AreaId {
    /// The id under which a removed area comes back: its own is never used again, or whoever still looked at it would change
    /// the new one unseen. The part of an id that is chance (62 bits of a UUID of version 7) goes on by one.
    #[must_use]
    pub const fn following(self) -> Self {
        const CHANCE: u128 = 0x3fff_ffff_ffff_ffff;
        let all = self.0.as_u128();
        let next = (all & CHANCE).wrapping_add(1) & CHANCE;
        Self(uuid::Uuid::from_u128((all & !CHANCE) | next))
    }
}

impl Area {
    /// Whether it is over at a moment: off the map, and in the list until somebody removes it.
    pub fn is_over(&self, now: Time) -> bool {
        self.said.until.is_some_and(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_written_and_read_as_it_is_documented() {
        let json = r#"{"purpose":"search","shape":{"shape":"circle","center":{"lat":48.0,"lon":24.0},"radius_m":500.0}}"#;
        let draft: AreaDraft = serde_json::from_str(json).unwrap();
        assert_eq!(draft.purpose, AreaPurpose::Search);
        assert_eq!(
            (draft.name.as_str(), draft.event, draft.until),
            ("", None, None)
        );
        assert_eq!(draft.shape.points().len(), 1);
        let again: AreaDraft =
            serde_json::from_str(&serde_json::to_string(&draft).unwrap()).unwrap();
        assert_eq!(again, draft);
        for purpose in AreaPurpose::ALL {
            let word = serde_json::to_value(purpose).unwrap();
            assert_eq!(word, purpose.name());
        }
    }
}
