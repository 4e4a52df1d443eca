//! From bytes to blocks and records; each ends in a draft, a reject or a count.

use std::sync::Arc;

use oneroof_model::Time;

use super::config::AsterixOptions;
use super::item::Fault;
use super::normalise::Normaliser;
use super::record::{Category, records};
use crate::contract::{Decoder, MAX_REJECT_RAW, Output, RejectReason};

/// Octets of a block before its records: category and length.
const HEAD: usize = 3;

/// Most octets that are passed over in search of a block before they are given out as a reject.
const MAX_LOST: usize = MAX_REJECT_RAW;

/// Longest block that is believed while a lost beginning is searched for; a block has to fit a datagram.
const MAX_FOUND: usize = 4 * 1024;

/// First category that is not for EUROCONTROL to give (EUROCONTROL-SPEC-0149, 4.2): a lower one that is in no list
/// begins no block, a higher one may be somebody's own.
const FIRST_SPECIAL: u8 = 128;

/// Decoder of one connection, datagram flow or file.
pub(super) struct AsterixDecoder {
    /// A block that is not yet whole; at most 65 535 octets, for that is what a length can say.
    held: Vec<u8>,
    /// Octets in which no block could begin.
    lost: Vec<u8>,
    searching: bool,
    /// Where `held` begins, in bytes since the first push.
    offset: u64,
    record: u64,
    normaliser: Normaliser,
}

/// What the bytes at hand begin with.
enum Found {
    /// More bytes are needed to tell.
    Unfinished,
    /// A block of so many octets.
    Block(usize),
    /// No block.
    Nothing,
}

/// Where a record came from, for its outcome.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub record: u64,
    pub offset: u64,
    pub raw: &'a [u8],
    pub at: Time,
}

impl AsterixDecoder {
    pub(super) fn new(options: Arc<AsterixOptions>) -> Self {
        Self {
            held: Vec::new(),
            lost: Vec::new(),
            searching: false,
            offset: 0,
            record: 0,
            normaliser: Normaliser::new(options),
        }
    }

    /// What `bytes` begin with.
    fn look(&self, bytes: &[u8]) -> Found {
        let Some(&[category, high, low]) = bytes.first_chunk::<HEAD>() else {
            return Found::Unfinished;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let published = other_category(category).is_some();
        if length < HEAD || (!published && category < FIRST_SPECIAL) {
            return Found::Nothing;
        }
        if self.searching && (length > MAX_FOUND || !published) {
            return Found::Nothing;
        }
        if bytes.len() < length {
            return Found::Unfinished;
        }
        Found::Block(length)
    }

    /// Takes every whole block out of `held`.
    fn take(&mut self, at: Time, out: &mut Output) {
        let held = core::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        loop {
            match self.look(rest) {
                Found::Unfinished => break,
                Found::Block(length) => {
                    self.give_up_lost(out);
                    let (block, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                    self.searching = !self.block(block, at, out) && self.searching;
                    self.offset += length as u64;
                    rest = after;
                }
                Found::Nothing => {
                    self.searching = true;
                    let Some((first, after)) = rest.split_first() else {
                        break;
                    };
                    self.lost.push(*first);
                    self.offset += 1;
                    rest = after;
                    if self.lost.len() >= MAX_LOST {
                        self.give_up_lost(out);
                    }
                }
            }
        }
        let done = held.len() - rest.len();
        self.held = held;
        self.held.drain(..done);
    }

    /// Octets in which no block began become a reject.
    fn give_up_lost(&mut self, out: &mut Output) {
        if self.lost.is_empty() {
            return;
        }
        let reason = RejectReason::new("no_block", "octets that are no block of any category");
        let began = self.offset - self.lost.len() as u64;
        out.reject(self.record, began, reason, &self.lost);
        self.record += 1;
        self.lost.clear();
    }

    /// What is left when nothing can follow any more.
    fn give_up(&mut self, out: &mut Output) {
        self.give_up_lost(out);
        if !self.held.is_empty() {
            let reason = RejectReason::new(
                "truncated",
                format!("a block of which {} octets came", self.held.len()),
            );
            out.reject(self.record, self.offset, reason, &self.held);
            self.record += 1;
            self.offset += self.held.len() as u64;
            self.held.clear();
        }
        self.searching = false;
    }

    /// One whole block; whether it could be read.
    fn block(&mut self, block: &[u8], at: Time, out: &mut Output) -> bool {
        let category = block.first().copied().unwrap_or(0);
        let Some(known) = Category::of(category) else {
            return self.other(category, block, out);
        };
        let content = block.get(HEAD..).unwrap_or_default();
        let (records, fault) = records(known, content);
        if records.is_empty() && fault.is_none() {
            let fault = Fault::new("empty_block", "a block without records");
            self.reject(self.offset, block, &fault, out);
            return false;
        }
        let whole = fault.is_none();
        let mut offset = self.offset + HEAD as u64;
        for record in &records {
            let origin = Origin {
                record: self.record,
                offset,
                raw: record.bytes,
                at,
            };
            out.fields(origin.record, || record.describe());
            if whole {
                self.normaliser.take(record, &origin, out);
            } else {
                // What could be read of a block that then makes no sense was likely read by the wrong edition.
                out.skip(origin.record, "record_of_a_faulty_block");
            }
            offset += record.bytes.len() as u64;
            self.record += 1;
        }
        if let Some((rest, fault)) = fault {
            self.reject(offset, rest, &fault, out);
        }
        whole
    }

    /// A block of a category that is not read.
    fn other(&mut self, category: u8, block: &[u8], out: &mut Output) -> bool {
        let Some(kind) = other_category(category) else {
            let fault = Fault::new(
                "unknown_category",
                format!("category {category} is in no list: somebody's own"),
            );
            self.reject(self.offset, block, &fault, out);
            return false;
        };
        let length = block.len();
        out.fields(
            self.record,
            || serde_json::json!({ "category": category, "length": length }),
        );
        out.skip(self.record, kind);
        self.record += 1;
        true
    }

    fn reject(&mut self, offset: u64, bytes: &[u8], fault: &Fault, out: &mut Output) {
        let reason = RejectReason::new(fault.code, fault.detail.clone());
        out.reject(self.record, offset, reason, bytes);
        self.record += 1;
    }
}

impl Decoder for AsterixDecoder {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        // A block is at most 64 KiB; what is held never becomes much more than one of them and one piece.
        for piece in bytes.chunks(usize::from(u16::MAX)) {
            self.held.extend_from_slice(piece);
            self.take(at, out);
        }
    }

    fn end_datagram(&mut self, _at: Time, out: &mut Output) {
        self.give_up(out);
    }

    fn finish(&mut self, _at: Time, out: &mut Output) {
        self.give_up(out);
    }
}

/// Under which kind blocks of a published category are counted (EUROCONTROL's list of ASTERIX categories).
const fn other_category(category: u8) -> Option<&'static str> {
    Some(match category {
        1 => "cat001_plots",
        2 => "cat002_service",
        3 => "cat003",
        4 => "cat004_safety_net",
        7 => "cat007",
        8 => "cat008_weather",
        9 => "cat009_weather",
        10 => "cat010_surface",
        11 => "cat011_surface_tracks",
        15 => "cat015_independent_non_cooperative",
        16 => "cat016_configuration",
        17 => "cat017_mode_s_coordination",
        18 => "cat018_data_link",
        19 => "cat019_multilateration_service",
        20 => "cat020_multilateration",
        21 => "cat021_ads_b",
        22 => "cat022_tis_b",
        23 => "cat023_ads_b_service",
        24 => "cat024",
        25 => "cat025_system_status",
        26 => "cat026",
        30 => "cat030_tracks",
        31 => "cat031_tracks",
        32 => "cat032_flight_plans",
        33 => "cat033",
        34 => "cat034_service",
        48 => "cat048_plots",
        61 => "cat061",
        62 => "cat062_tracks",
        63 => "cat063_sensor_status",
        65 => "cat065_service",
        129 => "cat129_uas",
        150 => "cat150",
        204 => "cat204",
        205 => "cat205_direction_finder",
        238 => "cat238",
        240 => "cat240_radar_video",
        247 => "cat247_version",
        252 => "cat252_session",
        _ => return None,
    })
}
