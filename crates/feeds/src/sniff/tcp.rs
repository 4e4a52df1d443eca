//! TCP segments put in order, bounded.

use std::collections::{BTreeMap, VecDeque};

use oneroof_model::Time;

use super::Chunk;
use super::net::{Flow, Segment};

/// Most conversations that are told apart at a time; one that is new then takes the oldest one's place.
pub const MAX_STREAMS: usize = 1_024;

/// Most bytes of one conversation that wait for an earlier segment; then the gap is taken as lost.
const MAX_WAITING: usize = 1024 * 1024;

/// Most segments of one conversation that wait.
const MAX_SEGMENTS: usize = 256;

#[derive(Default)]
struct Stream {
    number: u32,
    next: Option<u32>,
    waiting: Vec<(u32, Option<Time>, Vec<u8>)>,
}

/// The conversations of a capture.
#[derive(Default)]
pub(super) struct Streams {
    known: BTreeMap<Flow, Stream>,
    numbers: u32,
    gaps: u64,
}

impl Streams {
    /// Number of a conversation.
    pub(super) fn number(&mut self, flow: Flow) -> u32 {
        self.stream(flow, &mut VecDeque::new()).number
    }

    /// Segments that never came.
    pub(super) const fn gaps(&self) -> u64 {
        self.gaps
    }

    /// Takes a segment and gives what is now in order.
    pub(super) fn take(
        &mut self,
        segment: &Segment<'_>,
        time: Option<Time>,
        ready: &mut VecDeque<Chunk>,
    ) {
        let gaps = &mut 0;
        let stream = self.stream(segment.flow, ready);
        if segment.begins {
            stream.flush(gaps, ready);
            stream.next = Some(segment.sequence);
        }
        if !segment.bytes.is_empty() {
            stream
                .waiting
                .push((segment.sequence, time, segment.bytes.to_vec()));
        }
        stream.next = stream.next.or(Some(segment.sequence));
        stream.drain(ready);
        let waiting: usize = stream.waiting.iter().map(|(_, _, bytes)| bytes.len()).sum();
        if waiting > MAX_WAITING || stream.waiting.len() > MAX_SEGMENTS || segment.ends {
            stream.flush(gaps, ready);
        }
        if segment.ends {
            stream.next = None;
        }
        self.gaps += *gaps;
    }

    /// The capture has ended: gives what still waits.
    pub(super) fn finish(&mut self, ready: &mut VecDeque<Chunk>) {
        for stream in self.known.values_mut() {
            stream.flush(&mut self.gaps, ready);
        }
    }

    fn stream(&mut self, flow: Flow, ready: &mut VecDeque<Chunk>) -> &mut Stream {
        if self.known.len() >= MAX_STREAMS && !self.known.contains_key(&flow) {
            let oldest = self.known.iter().min_by_key(|(_, stream)| stream.number);
            if let Some(mut gone) = oldest
                .map(|(flow, _)| *flow)
                .and_then(|flow| self.known.remove(&flow))
            {
                gone.flush(&mut self.gaps, ready);
            }
        }
        let numbers = &mut self.numbers;
        self.known.entry(flow).or_insert_with(|| {
            let number = *numbers;
            *numbers = numbers.wrapping_add(1);
            Stream {
                number,
                ..Stream::default()
            }
        })
    }
}

impl Stream {
    /// Gives every waiting segment that is next in order.
    fn drain(&mut self, ready: &mut VecDeque<Chunk>) {
        while let Some(next) = self.next {
            // Distance behind what is already given; sequence numbers wrap (RFC 9293, 3.4).
            let behind = |sequence: u32| next.wrapping_sub(sequence).cast_signed();
            let Some(at) = self
                .waiting
                .iter()
                .position(|(seq, _, _)| behind(*seq) >= 0)
            else {
                return;
            };
            let (sequence, time, bytes) = self.waiting.swap_remove(at);
            let known = usize::try_from(behind(sequence)).unwrap_or(0);
            // A repeated segment gives nothing, one that overlaps gives its new part.
            if let Some(fresh) = bytes.get(known..).filter(|fresh| !fresh.is_empty()) {
                let length = u32::try_from(fresh.len()).unwrap_or(0);
                self.next = Some(next.wrapping_add(length));
                ready.push_back(Chunk {
                    time,
                    bytes: fresh.to_vec(),
                    stream: self.number,
                    datagram: false,
                });
            }
        }
    }

    /// Gives everything that waits, over the gaps.
    fn flush(&mut self, gaps: &mut u64, ready: &mut VecDeque<Chunk>) {
        while let Some(next) = self.next {
            let nearest = self.waiting.iter().map(|(seq, _, _)| *seq);
            let Some(nearest) = nearest.min_by_key(|seq| seq.wrapping_sub(next)) else {
                return;
            };
            *gaps += 1;
            self.next = Some(nearest);
            self.drain(ready);
        }
    }
}
