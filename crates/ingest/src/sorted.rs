//! What a decoder gave, sorted by where it goes: positions to the live tracks, all else to the room.

use std::sync::Arc;

use oneroof_feeds::Output;
use oneroof_model::{
    Bounds, Draft, MessageContext, PositionDraft, QuarantineReason, Time, validate_draft,
};
use oneroof_room::{Original, Record, digest16};

/// A record on its way, with its number in what was decoded.
#[derive(Debug)]
pub(crate) struct Numbered {
    pub(crate) number: u64,
    pub(crate) record: Record,
}

/// A decoder's output, sorted; each list in order.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// Positions that hold, with the numbers of their records.
    pub(crate) positions: Vec<PositionDraft>,
    /// Numbers of the records of `positions`, one each.
    pub(crate) position_numbers: Vec<u64>,
    /// Everything that has to be durable: drafts and rejects.
    pub(crate) records: Vec<Numbered>,
    /// Numbers of records that are signs of life.
    pub(crate) heartbeats: Vec<u64>,
    /// Known and out of scope.
    pub(crate) skipped: u64,
}

impl Sorted {
    /// Whether anything could be understood.
    pub(crate) fn understood(&self) -> bool {
        !self.positions.is_empty()
            || !self.heartbeats.is_empty()
            || self.skipped > 0
            || self
                .records
                .iter()
                .any(|n| matches!(n.record, Record::Draft { .. }))
    }

    /// Records in it.
    pub(crate) fn len(&self) -> u64 {
        (self.positions.len() + self.heartbeats.len() + self.records.len()) as u64
    }
}

/// Raw bytes, where they began, and their digest.
type Bytes = (Arc<[u8]>, u64, [u8; 16]);

/// The reason of the quarantine for a decoder's reason.
pub(crate) fn decode_reason(code: &str, detail: &str) -> QuarantineReason {
    QuarantineReason::new(&format!("decode.{code}"), detail)
}

/// Sorts and empties an output received at `at`.
pub(crate) fn sort(out: &mut Output, at: Time, message: Option<&MessageContext>) -> Sorted {
    let mut sorted = Sorted {
        skipped: out.skipped.values().sum(),
        ..Sorted::default()
    };
    let mut origins = out.origins.drain(..).peekable();
    let mut current: Option<(u64, Bytes)> = None;
    for drafted in out.drafts.drain(..) {
        let number = drafted.record;
        while let Some(origin) = origins.next_if(|o| o.record <= number) {
            current = Some((
                origin.record,
                (origin.raw.into(), origin.offset, origin.digest),
            ));
        }
        let reason = match drafted.draft {
            Draft::Heartbeat(_) => {
                sorted.heartbeats.push(number);
                continue;
            }
            Draft::Position(_) => match validate_draft(&drafted.draft, at, None) {
                Ok(()) => {
                    if let Draft::Position(position) = drafted.draft {
                        sorted.positions.push(position);
                        sorted.position_numbers.push(number);
                    }
                    continue;
                }
                Err(reason) => Some(reason),
            },
            _ => None,
        };
        let (raw, offset, digest) = match &current {
            Some((record, (raw, offset, digest))) if *record == number => {
                (Arc::clone(raw), *offset, *digest)
            }
            _ => stand_in(&drafted.draft),
        };
        let original = Original {
            raw,
            offset,
            digest,
            message: message.cloned(),
        };
        let record = match reason {
            Some(reason) => Record::Reject { reason, original },
            None => Record::Draft {
                draft: drafted.draft,
                original,
            },
        };
        sorted.records.push(Numbered { number, record });
    }
    drop(origins);
    for reject in out.rejects.drain(..) {
        let record = Record::Reject {
            reason: decode_reason(reject.reason.code, &reject.reason.detail),
            original: Original {
                raw: reject.raw.into(),
                offset: reject.offset,
                digest: reject.digest,
                message: message.cloned(),
            },
        };
        sorted.records.push(Numbered {
            number: reject.record,
            record,
        });
    }
    // Stable: several drafts of one record keep their order.
    sorted.records.sort_by_key(|n| n.number);
    out.clear();
    sorted
}

/// Where a format does not give the bytes of a record, its draft as JSON stands in, so that a person sees what it was.
fn stand_in(draft: &Draft) -> Bytes {
    let raw = serde_json::to_vec(draft).unwrap_or_default();
    let digest = digest16(&raw);
    (raw.into(), 0, digest)
}

/// Why a record would be put aside although it was decoded.
pub(crate) fn would_be_refused(
    record: &Record,
    at: Time,
    bounds: Option<&Bounds>,
) -> Option<QuarantineReason> {
    match record {
        Record::Reject { reason, .. } => Some(reason.clone()),
        Record::Draft { draft, .. } => validate_draft(draft, at, bounds).err(),
    }
}

#[cfg(test)]
mod tests {
    use oneroof_feeds::RejectReason;
    use oneroof_model::{HeartbeatDraft, ReportDraft, TrackKey};

    use super::*;

    #[test]
    fn rejects_and_drafts_come_in_the_order_of_their_records() {
        let mut out = Output::default();
        let report = || Draft::Report(Box::<ReportDraft>::default());
        out.draft_from(0, report(), 0, b"zero");
        out.draft(1, Draft::Position(PositionDraft::new(TrackKey::vessel(1))));
        out.draft_from(3, report(), 30, b"three");
        out.draft(3, report());
        out.reject(2, 20, RejectReason::new("bad_json", "x"), b"two");
        out.draft(4, Draft::Heartbeat(HeartbeatDraft::default()));
        out.skip(5, "gga");
        let sorted = sort(&mut out, Time::EPOCH, None);
        let seen: Vec<(u64, &[u8], u64)> = sorted
            .records
            .iter()
            .map(|n| match &n.record {
                Record::Draft { original, .. } | Record::Reject { original, .. } => {
                    (n.number, &original.raw[..], original.offset)
                }
            })
            .collect();
        assert_eq!(
            seen,
            [
                (0, &b"zero"[..], 0),
                (2, b"two", 20),
                (3, b"three", 30),
                (3, b"three", 30)
            ]
        );
        assert_eq!(
            (
                sorted.position_numbers.as_slice(),
                sorted.heartbeats.as_slice()
            ),
            (&[1][..], &[4][..])
        );
        assert_eq!((sorted.skipped, sorted.len()), (1, 6));
        assert_eq!(out, Output::default());
    }

    #[test]
    fn a_position_that_is_nonsense_is_put_aside() {
        let mut out = Output::default();
        let mut bad = PositionDraft::new(TrackKey::vessel(1));
        bad.speed_mps = Some(f32::NAN);
        out.draft(0, Draft::Position(bad));
        let sorted = sort(&mut out, Time::EPOCH, None);
        assert!(sorted.positions.is_empty());
        assert!(
            matches!(&sorted.records[0].record, Record::Reject { reason, .. } if reason.code == "bad.number")
        );
    }
}
