//! Suggestions that two events are one happening: which one is asked next.

use core::cmp::Ordering;

use oneroof_model::{EventId, LinkTerm, Mode, SuggestionId, SuggestionState, Time};
use oneroof_wire::client::Picture;
use oneroof_wire::{Entity, SuggestionView};

use super::events::event;

/// The question that the card asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The suggestion.
    pub id: SuggestionId,
    /// The older event, which would stay.
    pub a: EventId,
    /// The younger one.
    pub b: EventId,
    /// Score, 0 to 1.
    pub score: f64,
    /// The terms of the score.
    pub terms: Vec<LinkTerm>,
    /// Whether the score is high enough to be ticked already.
    pub strong: bool,
    /// When it was made.
    pub at: Time,
}

fn urgent(picture: &Picture, s: &SuggestionView) -> bool {
    [s.a, s.b]
        .into_iter()
        .filter_map(|id| event(picture, id))
        .any(|e| e.life_at_risk)
}

/// Open suggestions between events on this screen: where a life is at risk first, then by score.
pub fn questions(picture: &Picture, mode: Mode) -> Vec<Question> {
    let on_screen = |id| event(picture, id).is_some_and(|e| e.mode == mode && e.state.is_open());
    let mut open: Vec<&SuggestionView> = picture
        .entities
        .values()
        .filter_map(|e| match e {
            Entity::Suggestion(s) if s.state == SuggestionState::Open => Some(s),
            _ => None,
        })
        .filter(|s| on_screen(s.a) && on_screen(s.b))
        .collect();
    open.sort_by(|x, y| {
        urgent(picture, y)
            .cmp(&urgent(picture, x))
            .then(y.score.partial_cmp(&x.score).unwrap_or(Ordering::Equal))
            .then(x.id.cmp(&y.id))
    });
    open.into_iter()
        .map(|s| Question {
            id: s.id,
            a: s.a,
            b: s.b,
            score: s.score,
            terms: s.terms.clone(),
            strong: s.strong,
            at: s.at,
        })
        .collect()
}

/// Per cent, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0 to 100"
)]
pub fn per_cent(part: f64) -> u8 {
    (part * 100.0).round().clamp(0.0, 100.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn per_cent_is_rounded_and_never_out_of_range() {
        assert_eq!(
            [
                per_cent(0.755),
                per_cent(1.2),
                per_cent(-0.1),
                per_cent(f64::NAN)
            ],
            [76, 100, 0, 0]
        );
    }
}
