//! Tracks of one client: conflated to the newest value, filtered, under handles of its own session.

use std::collections::{BTreeMap, HashMap};

use oneroof_model::{Audience, Mode, Time, TrackDomain};
use oneroof_room::tracks::{Track, Tracks};
use oneroof_wire::columns::{self, Frame, Row};
use oneroof_wire::{Filter, RemoveReason, TrackInfo, wall};

use crate::hub::Shows;

/// Most positions, and most removals, in one binary frame.
const MAX_ROWS: usize = 4_096;

/// Most identities in one message.
const MAX_INFOS: usize = 500;

/// What a flush gives: messages to send, in order.
#[derive(Debug, Default)]
pub(crate) struct Flush {
    pub infos: Vec<Vec<TrackInfo>>,
    pub frames: Vec<Vec<u8>>,
}

/// The tracks that a client has.
pub(crate) struct ClientTracks {
    filter: Filter,
    audience: Audience,
    shows: Shows,
    mode: Mode,
    seen: u64,
    /// Handle by slot, for the tracks in the client's picture.
    handles: HashMap<u32, u32>,
    next: u32,
    /// Whether everything has to be looked at again (start, another filter).
    anew: bool,
    /// Whether the next frame begins a snapshot.
    first: bool,
}

fn info(h: u32, t: &Track) -> TrackInfo {
    let text = |s: &Option<Box<str>>| s.as_ref().map(ToString::to_string);
    TrackInfo {
        h,
        domain: t.key.domain,
        ident: t.key.ident.to_string(),
        name: text(&t.name),
        call_sign: text(&t.call_sign),
        kind_code: t.kind_code,
        length_m: t.length_m,
        destination: text(&t.destination),
        org: t.org.clone(),
        mode: t.mode,
        feed: t.feed.to_string(),
        stale_s: t.rule.stale_s,
        lost_s: t.rule.lost_s,
        split: t.split,
        recorded: t.recorded,
    }
}

fn row(handle: u32, t: &Track) -> Option<Row> {
    let (at, time) = t.position?;
    Some(Row {
        handle,
        at,
        time,
        speed_mps: t.speed_mps,
        course_deg: t.course_deg,
        heading_deg: t.heading_deg,
        alt_m: t.alt_m,
    })
}

impl ClientTracks {
    pub(crate) fn new(filter: Filter, audience: Audience, shows: Shows, mode: Mode) -> Self {
        Self {
            filter: plain(filter),
            audience,
            shows,
            mode,
            seen: 0,
            handles: HashMap::new(),
            next: 0,
            anew: true,
            first: true,
        }
    }

    /// Another filter: what enters arrives with the next flush, what leaves is removed.
    pub(crate) fn set_filter(&mut self, filter: Filter) {
        self.filter = plain(filter);
        self.anew = true;
    }

    /// Tracks in the client's picture.
    pub(crate) fn len(&self) -> usize {
        self.handles.len()
    }

    fn info(&self, h: u32, t: &Track) -> TrackInfo {
        match self.shows {
            Shows::Everything => info(h, t),
            Shows::Wall => wall::track(info(h, t)),
        }
    }

    /// `Ok` where the client is to have it, else why not.
    fn wants(&self, t: &Track) -> Result<(), RemoveReason> {
        if t.mode != self.mode || !oneroof_model::may_see(&t.marking, &t.originator, &self.audience)
        {
            return Err(RemoveReason::Gone);
        }
        let domain = t.key.domain;
        let Filter { area, domains } = &self.filter;
        let of_domain = domains.as_ref().is_none_or(|d| d.contains(&domain));
        // Own units come always.
        let near = |at| domain == TrackDomain::Unit || area.is_none_or(|a| a.holds(at));
        let there = t.position.is_some_and(|(at, _)| near(at));
        if of_domain && there {
            Ok(())
        } else {
            Err(RemoveReason::Filtered)
        }
    }

    /// Everything that changed since the last flush, as messages.
    pub(crate) fn flush(&mut self, tracks: &Tracks, now: Time) -> Flush {
        let changes = tracks.changed_since(self.seen);
        let anew = self.anew || changes.anew;
        let mut infos = Vec::new();
        let mut rows = Vec::new();
        let mut removed: Vec<(u32, RemoveReason)> = Vec::new();
        let reasons: BTreeMap<u32, RemoveReason> =
            changes.removed.iter().map(|r| (r.slot, r.reason)).collect();
        for (slot, reason) in &reasons {
            if let Some(h) = self.handles.remove(slot) {
                removed.push((h, *reason));
            }
        }
        let mut left = Vec::new();
        let mut look = |slot: u32, t: &Track| {
            let wanted = self.wants(t);
            // Too far behind to have heard that it left: what is in the slot now may be another track.
            if changes.anew
                && t.renamed > self.seen
                && let Some(h) = self.handles.remove(&slot)
            {
                left.push((h, RemoveReason::Gone));
            }
            match (self.handles.get(&slot).copied(), wanted) {
                (Some(h), Ok(())) => {
                    if t.moved > self.seen || anew {
                        rows.extend(row(h, t));
                    }
                    if t.renamed > self.seen {
                        infos.push(self.info(h, t));
                    }
                }
                (None, Ok(())) => {
                    let h = self.next;
                    self.next += 1;
                    self.handles.insert(slot, h);
                    infos.push(self.info(h, t));
                    rows.extend(row(h, t));
                }
                (Some(h), Err(reason)) => {
                    self.handles.remove(&slot);
                    left.push((h, reason));
                }
                (None, Err(_)) => {}
            }
        };
        if anew {
            tracks.visit_all(&mut look);
        } else {
            let renamed = changes
                .renamed
                .iter()
                .filter(|s| changes.moved.binary_search(s).is_err());
            tracks.visit(changes.moved.iter().chain(renamed).copied(), &mut look);
        }
        removed.extend(left);
        if changes.anew {
            self.drop_vanished(tracks, &mut removed);
        }
        self.seen = changes.count;
        self.anew = false;
        self.messages(&infos, rows, removed, now)
    }

    /// After falling far behind: handles of slots that no longer exist.
    fn drop_vanished(&mut self, tracks: &Tracks, removed: &mut Vec<(u32, RemoveReason)>) {
        let mut there = std::collections::BTreeSet::new();
        tracks.visit_all(|slot, _| {
            there.insert(slot);
        });
        self.handles.retain(|slot, h| {
            let stays = there.contains(slot);
            if !stays {
                removed.push((*h, RemoveReason::Retired));
            }
            stays
        });
    }

    fn messages(
        &mut self,
        infos: &[TrackInfo],
        rows: Vec<Row>,
        removed: Vec<(u32, RemoveReason)>,
        now: Time,
    ) -> Flush {
        let mut flush = Flush {
            infos: infos.chunks(MAX_INFOS).map(<[TrackInfo]>::to_vec).collect(),
            frames: Vec::new(),
        };
        if rows.is_empty() && removed.is_empty() && !self.first {
            return flush;
        }
        let pages = rows.len().max(removed.len()).div_ceil(MAX_ROWS).max(1);
        let (mut rows, mut removed) = (rows.into_iter(), removed.into_iter());
        for page in 0..pages {
            let frame = Frame {
                first: self.first && page == 0,
                last: self.first && page + 1 == pages,
                base: now,
                rows: rows.by_ref().take(MAX_ROWS).collect(),
                removed: removed.by_ref().take(MAX_ROWS).collect(),
            };
            let mut bytes = Vec::new();
            columns::encode(&frame, &mut bytes);
            flush.frames.push(bytes);
        }
        self.first = false;
        flush
    }
}

/// A filter that is quick to ask, however often a client named a domain in it.
fn plain(mut filter: Filter) -> Filter {
    if let Some(domains) = &mut filter.domains {
        domains.sort_unstable();
        domains.dedup();
    }
    filter
}
