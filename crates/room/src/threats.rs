//! What becomes of a word about a region: the newest one is journalled where it says something new, and a repetition is
//! one line for all regions that a message repeats.

use oneroof_model::{
    EntryBody, QuarantineReason, RecordOutcome, RegionId, THREAT_CONFIRM_S, Threat, ThreatDraft,
    ThreatHeard, ThreatState, Time,
};

use crate::batch::{Deciding, TAKEN};
use crate::submit::FeedContext;

/// Another feed that says the same takes the place of the one that is known once this was not heard for so long, seconds:
/// two services that agree do not relieve each other at every message.
const TAKES_OVER_S: f64 = 180.0;

impl Deciding<'_> {
    /// Why a word about a region cannot be taken: the configuration has no such region.
    pub(crate) fn no_such_region(&self, region: &RegionId) -> Option<QuarantineReason> {
        let regions = &self.picture.config().regions;
        let missing = !regions.iter().any(|r| r.id == *region);
        missing.then(|| {
            let detail = format!("the region {region} is not in regions.yaml");
            QuarantineReason::new("bad.region", detail)
        })
    }

    /// Decides a word about a region that is configured.
    pub(crate) fn threat(&mut self, feed: &FeedContext, d: ThreatDraft, at: Time) -> RecordOutcome {
        let mode = d.mode.unwrap_or(feed.mode);
        let moment = d.at.map_or(at, |t| t.min(at));
        let known = self.picture.threat(&d.region, d.kind, mode);
        if known.is_some_and(|k| k.at > moment) {
            // Late: what is known is newer.
            return RecordOutcome::Duplicate { report: None };
        }
        let lasts = known.filter(|k| k.state == d.state).map(|k| k.since);
        let new = Threat {
            region: d.region,
            kind: d.kind,
            mode,
            state: d.state,
            since: d.since.or(lasts).unwrap_or(moment).min(moment),
            at: moment,
            heard: at,
            until: d.until,
            holds: d.holds,
            feed: feed.id.clone(),
            org: feed.org.clone(),
            marking: feed.marking.clone(),
            key: d.key,
        };
        match known {
            Some(known) if known.confirmed_by(&new) => {
                if at.secs_since(known.heard) >= f64::from(THREAT_CONFIRM_S) {
                    self.hear_again(new);
                }
            }
            Some(known) if says_the_same(known, &new) => {}
            _ => {
                // In the order of saying: what was repeated before this is older.
                self.flush_heard(feed);
                self.record(EntryBody::ThreatRecorded {
                    threat: Box::new(new),
                });
            }
        }
        TAKEN
    }

    /// Notes that a word was said again, once for each region, kind and mode.
    fn hear_again(&mut self, word: Threat) {
        let again = ThreatHeard {
            region: word.region,
            kind: word.kind,
            mode: word.mode,
            at: word.at,
        };
        let same = |h: &&mut ThreatHeard| {
            (&h.region, h.kind, h.mode) == (&again.region, again.kind, again.mode)
        };
        match self.heard_again.iter_mut().find(same) {
            Some(noted) => noted.at = noted.at.max(again.at),
            None => self.heard_again.push(again),
        }
    }

    /// The alerts of one message of a feed are over.
    pub(crate) fn end_threats(&mut self, feed: &FeedContext, key: &str, said: Option<Time>) {
        let moment = said.map_or(self.at, |t| t.min(self.at));
        let over: Vec<Threat> = self
            .picture
            .all_threats()
            .filter(|t| t.feed == feed.id && t.key.as_deref() == Some(key))
            .filter(|t| t.state == ThreatState::Alert && t.at <= moment)
            .cloned()
            .collect();
        self.flush_heard(feed);
        for threat in over {
            self.record(EntryBody::ThreatRecorded {
                threat: Box::new(Threat {
                    state: ThreatState::Clear,
                    since: moment,
                    at: moment,
                    heard: self.at,
                    until: None,
                    ..threat
                }),
            });
        }
    }

    /// Makes one entry of what a feed said again.
    pub(crate) fn flush_heard(&mut self, feed: &FeedContext) {
        if self.heard_again.is_empty() {
            return;
        }
        let of = core::mem::take(&mut self.heard_again);
        self.record(EntryBody::ThreatsHeard {
            feed: feed.id.clone(),
            of,
        });
    }
}

/// Whether a word of another feed adds nothing to one that was heard of late.
fn says_the_same(known: &Threat, new: &Threat) -> bool {
    known.feed != new.feed
        && known.state == new.state
        && known.until == new.until
        && known.holds == new.holds
        && new.heard.secs_since(known.heard) < TAKES_OVER_S
}
