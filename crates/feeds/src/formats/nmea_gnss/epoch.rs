//! Sentences of one moment into one position.
//!
//! A receiver says once a second, or as often as it is set to, where it is, in several sentences: RMC has speed and date,
//! GGA the height, VTG only speed and course, and not all have the time. What belongs to one moment is gathered until the
//! kinds of sentences have come that came for the moment before; then nothing is waited for. Otherwise the next moment's
//! first sentence closes it. So a position is at most one interval late, and none in the ordinary course.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use oneroof_model::{LatLon, Mode, PositionDraft, PositionSource, Time};

use super::fields::Part;
use crate::time_of_day;

/// Kinds of sentences that have something for a position, as bits of a set.
fn bit(formatter: &str) -> u16 {
    let kinds = [
        "RMC", "GGA", "GNS", "GLL", "VTG", "ZDA", "HDT", "THS", "GST",
    ];
    kinds
        .iter()
        .position(|kind| *kind == formatter)
        .map_or(0, |at| 1 << at)
}

/// What one receiver has said of the moment at hand.
#[derive(Debug, Default)]
pub(super) struct Epoch {
    gathered: Gathered,
    /// Kinds of sentences of the moment before.
    usual: u16,
    /// The last date that was said, with its moment.
    dated: Option<Time>,
}

#[derive(Debug, Default)]
struct Gathered {
    part: Part,
    /// Kinds of sentences that have come.
    kinds: u16,
    /// Whether the speed is RMC's, which has the time with it.
    speed_timed: bool,
    /// Whether its position was given out.
    given: bool,
    /// Record of the last sentence that had a part in it.
    record: u64,
    received: Option<Time>,
}

/// A position that is whole, and the record that had the last part in it.
pub(super) type Whole = (u64, PositionDraft);

impl Epoch {
    /// Takes what a sentence has. `blank` is the draft of the receiver without values. Gives the position of the moment
    /// before, where this sentence closes it, and that of its own, where it completes it.
    pub(super) fn take(
        &mut self,
        formatter: &str,
        part: &Part,
        (record, at): (u64, Time),
        blank: &PositionDraft,
    ) -> [Option<Whole>; 2] {
        let kind = bit(formatter);
        if kind == 0 {
            return [None, None];
        }
        let other_moment = match (part.time, self.gathered.part.time) {
            (Some(own), Some(gathered)) => own != gathered,
            // Without a time: the second of its kind begins the next moment.
            _ => self.gathered.kinds & kind != 0,
        };
        let before = if other_moment {
            self.close(blank)
        } else {
            None
        };
        self.gathered.add(formatter, part);
        self.gathered.kinds |= kind;
        if !self.gathered.given {
            self.gathered.record = record;
            self.gathered.received = Some(at);
        }
        let usual = self.usual != 0 && self.gathered.kinds & self.usual == self.usual;
        let own = if usual { self.give(blank) } else { None };
        [before, own]
    }

    /// Whether the position of this moment was given out already: what comes now comes too late for it.
    pub(super) const fn is_given(&self) -> bool {
        self.gathered.given
    }

    /// The position of the very first moment as far as it was said, when nobody knows what belongs to one.
    pub(super) fn give_first(&mut self, blank: &PositionDraft) -> Option<Whole> {
        if self.usual == 0 {
            self.give(blank)
        } else {
            None
        }
    }

    /// The moment is over.
    pub(super) fn close(&mut self, blank: &PositionDraft) -> Option<Whole> {
        let whole = self.give(blank);
        self.usual = self.gathered.kinds;
        self.gathered = Gathered::default();
        whole
    }

    /// The position of the moment, once.
    fn give(&mut self, blank: &PositionDraft) -> Option<Whole> {
        if self.gathered.given {
            return None;
        }
        let part = self.gathered.part;
        let position = part.position.filter(|_| !part.void)?;
        let at = self.moment(&part);
        self.gathered.given = true;
        Some((self.gathered.record, draft(blank, &part, position, at)))
    }

    /// The moment of what was gathered: with a date, else nearest to the last dated one, else to the receipt.
    fn moment(&mut self, part: &Part) -> Option<Time> {
        let time = part.time?;
        if let Some(date) = part.date {
            let at = midnight(date)?.as_micros().checked_add(time)?;
            self.dated = Some(Time::from_micros(at));
            return self.dated;
        }
        let near = self.dated.or(self.gathered.received)?;
        let at = time_of_day::nearest(near, time)?;
        // The days go on from the last one that was said.
        self.dated = self.dated.map(|_| at);
        Some(at)
    }
}

impl Gathered {
    fn add(&mut self, formatter: &str, new: &Part) {
        let part = &mut self.part;
        part.time = part.time.or(new.time);
        part.date = new.date.or(part.date);
        part.void |= new.void;
        part.simulated |= new.simulated;
        part.position = part.position.or(new.position);
        part.heading_deg = new.heading_deg.or(part.heading_deg);
        part.alt_m = part.alt_m.or(new.alt_m);
        part.ce_m = new.ce_m.or(part.ce_m);
        if formatter == "RMC" || !self.speed_timed {
            part.speed_mps = new.speed_mps.or(part.speed_mps);
            part.course_deg = new.course_deg.or(part.course_deg);
            self.speed_timed |= formatter == "RMC" && new.speed_mps.is_some();
        }
    }
}

/// Midnight at the beginning of a date, UTC.
fn midnight(date: Date) -> Option<Time> {
    let midnight = date.at(0, 0, 0, 0);
    TimeZone::UTC.to_timestamp(midnight).ok().map(Time::from)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the model keeps single precision"
)]
fn draft(blank: &PositionDraft, part: &Part, position: LatLon, at: Option<Time>) -> PositionDraft {
    let angle = |deg: f64| (deg as f32) % 360.0;
    PositionDraft {
        at,
        position: Some(position),
        ce_m: part.ce_m.map(|m| m as f32),
        alt_m: part.alt_m.map(|m| m as f32),
        speed_mps: part
            .speed_mps
            .filter(|mps| *mps >= 0.0)
            .map(|mps| mps as f32),
        course_deg: part.course_deg.map(angle),
        heading_deg: part
            .heading_deg
            .filter(|deg| (0.0..=360.0).contains(deg))
            .map(angle),
        source: PositionSource::Gnss,
        mode: part.simulated.then_some(Mode::Test),
        ..blank.clone()
    }
}
