//! What waits for one client.
//!
//! Entities wait as shared JSON, not as copies: a frame is put together at the moment when the line takes it. So a
//! hundred clients that come at once, or one that is slow, cost pointers and not a hundred pictures.

use std::collections::VecDeque;
use std::sync::Arc;

use oneroof_wire::{Cursor, Remove};

use crate::client::Frame;
use crate::projection::{ClassDelta, Mark};

/// Most entities in one page of a snapshot or one delta.
const PAGE: usize = 500;

/// A page ends once it has so many bytes: a frame of it goes over a slow line in time. 256 KiB.
const PAGE_BYTES: usize = 256 * 1024;

enum What {
    /// A frame as it is.
    Frame(Frame),
    /// The rest of a snapshot.
    Snapshot {
        all: Vec<Arc<str>>,
        next: usize,
        page: u32,
        mark: Mark,
    },
    /// The rest of a delta. Its cursor moves on with its last page only, so that a line lost in between repeats it.
    Delta {
        delta: Arc<ClassDelta>,
        next: usize,
        before: Mark,
        after: Mark,
    },
}

struct Waiting {
    /// What it counts against the bound.
    bytes: usize,
    what: What,
}

/// What waits for one client, in order.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    seq: u64,
}

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The newest delta that was given out.
    pub(crate) const fn seq(&self) -> u64 {
        self.seq
    }

    /// Bytes that wait behind what is going out: one commit larger than any bound is no fault of the client.
    pub(crate) fn behind(&self) -> usize {
        let first = self.waiting.front().map_or(0, |w| w.bytes);
        self.bytes.saturating_sub(first)
    }

    /// Whether a picture, or what changed in it, is still going out as a whole.
    pub(crate) fn gives_picture(&self) -> bool {
        let whole = |w: &Waiting| w.bytes == 0 && !matches!(w.what, What::Frame(_));
        self.waiting.iter().any(whole)
    }

    fn push(&mut self, bytes: usize, what: What) {
        self.bytes += bytes;
        self.waiting.push_back(Waiting { bytes, what });
    }

    /// A frame that never piles up, for it is made only when the line is free. Not counted.
    pub(crate) fn frame(&mut self, frame: Frame) {
        self.push(0, What::Frame(frame));
    }

    /// Everything. Not counted: a picture larger than the bound would cut everyone off at the start, for ever. A client
    /// that does not take it ends with the first page that does not go out in time.
    pub(crate) fn snapshot(&mut self, all: Vec<Arc<str>>, mark: Mark) {
        let (next, page) = (0, 0);
        self.push(
            0,
            What::Snapshot {
                all,
                next,
                page,
                mark,
            },
        );
    }

    /// What changed since the client was last here, or since it fell behind. Not counted, likewise.
    pub(crate) fn catching_up(&mut self, delta: ClassDelta, before: Mark, after: Mark) {
        self.delta_of(0, Arc::new(delta), before, after);
    }

    /// What one commit changed.
    pub(crate) fn delta(&mut self, delta: Arc<ClassDelta>, before: Mark, after: Mark) {
        self.delta_of(delta.bytes(), delta, before, after);
    }

    fn delta_of(&mut self, bytes: usize, delta: Arc<ClassDelta>, before: Mark, after: Mark) {
        if !delta.is_empty() {
            self.push(
                bytes,
                What::Delta {
                    delta,
                    next: 0,
                    before,
                    after,
                },
            );
        }
    }

    /// The next frame; `seal` makes a cursor.
    pub(crate) fn pop(&mut self, seal: impl Fn(Mark) -> Cursor) -> Option<Frame> {
        let Waiting { bytes, what } = self.waiting.pop_front()?;
        let (frame, rest) = match what {
            What::Frame(frame) => (frame, None),
            What::Snapshot {
                all,
                next,
                page,
                mark,
            } => {
                let part = page_of(&all, next);
                let end = next + part.len();
                let last = end == all.len();
                let cursor = last.then(|| seal(mark));
                let json = snapshot_page(page, part, cursor.as_ref());
                let rest = (!last).then(|| What::Snapshot {
                    all,
                    next: end,
                    page: page + 1,
                    mark,
                });
                (Frame::Text(json), rest)
            }
            What::Delta {
                delta,
                next,
                before,
                after,
            } => {
                let part = page_of(&delta.upsert, next);
                let end = next + part.len();
                let last = end == delta.upsert.len();
                self.seq += 1;
                let (cursor, remove) = if last {
                    (seal(after), delta.remove.as_slice())
                } else {
                    (seal(before), [].as_slice())
                };
                let json = delta_page(self.seq, &cursor, part, remove);
                let rest = (!last).then_some(What::Delta {
                    delta,
                    next: end,
                    before,
                    after,
                });
                (Frame::Text(json), rest)
            }
        };
        match rest {
            Some(what) => self.waiting.push_front(Waiting { bytes, what }),
            None => self.bytes = self.bytes.saturating_sub(bytes),
        }
        Some(frame)
    }
}

/// The entities of one page: at least one, where there is any left.
fn page_of(all: &[Arc<str>], from: usize) -> &[Arc<str>] {
    let rest = all.get(from..).unwrap_or_default();
    let mut bytes = 0;
    let fits = rest
        .iter()
        .take(PAGE)
        .take_while(|json| {
            let before = bytes;
            bytes += json.len();
            before == 0 || bytes <= PAGE_BYTES
        })
        .count();
    rest.get(..fits).unwrap_or_default()
}

fn snapshot_page(page: u32, entities: &[Arc<str>], cursor: Option<&Cursor>) -> String {
    let mut json = String::with_capacity(size(entities) + 256);
    json.push_str(r#"{"t":"snapshot","page":"#);
    json.push_str(&page.to_string());
    json.push_str(if cursor.is_some() {
        r#","last":true"#
    } else {
        r#","last":false"#
    });
    list(&mut json, r#","entities":["#, entities);
    if let Some(cursor) = cursor {
        quoted(&mut json, r#","cursor":""#, cursor);
    }
    json.push('}');
    json
}

fn delta_page(seq: u64, cursor: &Cursor, upsert: &[Arc<str>], remove: &[Remove]) -> String {
    let mut json = String::with_capacity(size(upsert) + 256);
    json.push_str(r#"{"t":"delta","seq":"#);
    json.push_str(&seq.to_string());
    quoted(&mut json, r#","cursor":""#, cursor);
    if !upsert.is_empty() {
        list(&mut json, r#","upsert":["#, upsert);
    }
    if !remove.is_empty() {
        json.push_str(r#","remove":"#);
        // Our own removals always have a JSON form.
        json.push_str(&serde_json::to_string(remove).unwrap_or_default());
    }
    json.push('}');
    json
}

fn size(parts: &[Arc<str>]) -> usize {
    parts.iter().map(|p| p.len() + 1).sum()
}

fn list(json: &mut String, opening: &str, parts: &[Arc<str>]) {
    json.push_str(opening);
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            json.push(',');
        }
        json.push_str(part);
    }
    json.push(']');
}

/// A cursor is hexadecimal: nothing in it has to be escaped.
fn quoted(json: &mut String, opening: &str, cursor: &Cursor) {
    json.push_str(opening);
    json.push_str(&cursor.0);
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(position: u64) -> Mark {
        Mark {
            position,
            ..Mark::default()
        }
    }

    fn seal(mark: Mark) -> Cursor {
        Cursor(format!("c{}", mark.position))
    }

    fn entities(n: usize, bytes: usize) -> Vec<Arc<str>> {
        (0..n)
            .map(|_| format!("\"{}\"", "x".repeat(bytes)).into())
            .collect()
    }

    fn delta(upsert: Vec<Arc<str>>) -> Arc<ClassDelta> {
        Arc::new(ClassDelta {
            upsert,
            ..ClassDelta::default()
        })
    }

    fn pop(outbox: &mut Outbox) -> serde_json::Value {
        match outbox.pop(seal) {
            Some(Frame::Text(json)) => serde_json::from_str(&json).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_ends_by_number_and_by_bytes_and_has_at_least_one() {
        assert_eq!(page_of(&entities(1_200, 10), 0).len(), 500);
        assert_eq!(page_of(&entities(1_200, 10), 1_000).len(), 200);
        assert_eq!(page_of(&entities(1_200, 10), 1_200).len(), 0);
        assert_eq!(page_of(&entities(10, PAGE_BYTES / 3), 0).len(), 2);
        assert_eq!(page_of(&entities(10, PAGE_BYTES * 2), 0).len(), 1);
    }

    #[test]
    fn an_empty_picture_is_one_page_and_its_cursor() {
        let mut outbox = Outbox::default();
        outbox.snapshot(Vec::new(), mark(3));
        let page = pop(&mut outbox);
        assert_eq!(
            page,
            serde_json::json!({"t": "snapshot", "page": 0, "last": true, "entities": [], "cursor": "c3"})
        );
        assert!(outbox.is_empty());
    }

    #[test]
    fn the_cursor_of_a_large_delta_moves_on_with_its_last_page() {
        let mut outbox = Outbox::default();
        outbox.delta(delta(entities(1_001, 10)), mark(1), mark(2));
        let pages = [pop(&mut outbox), pop(&mut outbox), pop(&mut outbox)];
        let told = pages.map(|p| {
            let n = p["upsert"].as_array().unwrap().len();
            (
                p["seq"].as_u64().unwrap(),
                n,
                p["cursor"].as_str().unwrap().to_owned(),
            )
        });
        let c = |s: &str| s.to_owned();
        assert_eq!(
            told,
            [(1, 500, c("c1")), (2, 500, c("c1")), (3, 1, c("c2"))]
        );
        assert!(outbox.pop(seal).is_none());
    }

    #[test]
    fn what_goes_out_does_not_count_and_what_waits_behind_it_does() {
        let mut outbox = Outbox::default();
        outbox.delta(delta(entities(600, 1_000)), mark(1), mark(2));
        assert_eq!(
            outbox.behind(),
            0,
            "one large commit is no fault of the client"
        );
        outbox.delta(delta(entities(1, 98)), mark(2), mark(3));
        assert_eq!(outbox.behind(), 101);
        drop(outbox.pop(seal));
        assert_eq!(outbox.behind(), 101, "the first one is still going out");
        while outbox.pop(seal).is_some() {}
        assert_eq!((outbox.behind(), outbox.bytes), (0, 0));
    }

    #[test]
    fn a_snapshot_and_catching_up_do_not_count() {
        let mut outbox = Outbox::default();
        outbox.delta(delta(entities(1, 10)), mark(1), mark(2));
        outbox.snapshot(entities(100, 1_000), mark(2));
        let late = ClassDelta {
            upsert: entities(100, 1_000),
            ..ClassDelta::default()
        };
        outbox.catching_up(late, mark(2), mark(3));
        assert_eq!(outbox.behind(), 0);
    }

    #[test]
    fn a_delta_with_nothing_in_it_takes_no_number() {
        let mut outbox = Outbox::default();
        outbox.delta(delta(Vec::new()), mark(1), mark(2));
        assert!(outbox.is_empty());
        outbox.delta(delta(entities(1, 1)), mark(1), mark(2));
        assert_eq!(pop(&mut outbox)["seq"], 1);
    }
}
