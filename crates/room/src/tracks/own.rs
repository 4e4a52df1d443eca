//! What one track takes of a position: who it is, and whether the history remembers where it was.

use oneroof_model::{LatLon, PositionDraft, Time, TrackDomain};

use super::{HistoryRule, Track};
use crate::submit::FeedContext;

impl Track {
    /// Takes identity and static data; says whether any changed.
    pub(super) fn identify(&mut self, feed: &FeedContext, d: &PositionDraft) -> bool {
        fn set<T: PartialEq + Clone>(to: &mut Option<T>, from: Option<&T>) -> bool {
            let new = from.is_some() && to.as_ref() != from;
            if new {
                *to = from.cloned();
            }
            new
        }
        let mut changed = set(&mut self.name, d.name.as_ref());
        changed |= set(&mut self.call_sign, d.call_sign.as_ref());
        changed |= set(&mut self.kind_code, d.kind_code.as_ref());
        changed |= set(&mut self.length_m, d.length_m.as_ref());
        changed |= set(&mut self.destination, d.destination.as_ref());
        let org = d
            .org
            .as_ref()
            .or((self.key.domain == TrackDomain::Unit).then_some(&feed.org));
        changed |= set(&mut self.org, org);
        let mode = d.mode.unwrap_or(feed.mode);
        changed |= self.feed != feed.id || self.mode != mode || self.recorded != feed.recorded;
        if self.feed != feed.id {
            self.feed = feed.id.clone();
            self.originator = feed.org.clone();
            self.marking = feed.marking.clone();
        }
        (self.mode, self.recorded) = (mode, feed.recorded);
        changed
    }

    /// Whether a position is to be remembered in the history.
    pub(super) fn due(
        &mut self,
        rule: &HistoryRule,
        position: LatLon,
        moment: Time,
        newest: bool,
    ) -> bool {
        let due = self.written.is_none_or(|(p, t)| {
            let dt = moment.secs_since(t).abs();
            dt >= rule.every_s || (dt > 0.0 && p.distance_m(position) >= rule.moved_m)
        });
        if due && newest {
            self.written = Some((position, moment));
        }
        due
    }
}
