//! Messages of several sentences put together, bounded in number, size and time.

use oneroof_model::Time;

use super::sentence::Sentence;

/// Most messages that wait for their other parts at a time; the oldest makes room.
pub(super) const MAX_PENDING: usize = 64;

/// Sentences after which a message is given up: parts come one after another (IEC 61162-1), mixed only with
/// those of other receivers. Sequence numbers repeat after ten messages, so waiting long joins strangers.
pub(super) const MAX_SENTENCES_APART: u64 = 120;

/// One part.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// 1 to 9.
    pub number: u8,
    /// Fill bits.
    pub fill: u8,
    /// Checksum.
    pub checksum: u8,
    /// The armoured text.
    pub payload: Vec<u8>,
}

/// A message that waits for parts.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    talker: [u8; 2],
    own_ship: bool,
    total: u8,
    sequence: Option<u8>,
    channel: u8,
    group: Option<u32>,
    /// Time of the first part by its tag block or suffix.
    pub time: Option<Time>,
    /// The station that heard it, by the tag block of any part.
    pub station: Option<Vec<u8>>,
    /// Record and offset of the first part.
    pub record: u64,
    pub offset: u64,
    /// The lines as they came, one LF between, for a reject.
    pub lines: Vec<u8>,
    /// The parts in the order of arrival.
    pub parts: Vec<Part>,
    since: Time,
    since_sentence: u64,
}

impl Pending {
    fn belongs(&self, sentence: &Sentence<'_>, group: Option<u32>) -> bool {
        self.total == sentence.total
            && self.sequence == sentence.sequence
            && (self.channel == sentence.channel || self.channel == 0 || sentence.channel == 0)
            && self.talker == sentence.talker
            && self.own_ship == sentence.own_ship
            && (self.group == group || self.group.is_none() || group.is_none())
    }

    fn has(&self, number: u8) -> bool {
        self.parts.iter().any(|part| part.number == number)
    }

    fn add(&mut self, sentence: &Sentence<'_>, from: &From<'_>) {
        if !self.lines.is_empty() {
            self.lines.push(b'\n');
        }
        self.lines.extend_from_slice(from.line);
        self.time = self.time.or(from.time);
        self.station = self
            .station
            .take()
            .or_else(|| from.station.map(<[u8]>::to_vec));
        self.parts.push(Part {
            number: sentence.number,
            fill: sentence.fill,
            checksum: sentence.checksum.unwrap_or(0),
            payload: sentence.payload.to_vec(),
        });
    }
}

/// Where a sentence came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct From<'a> {
    pub record: u64,
    pub offset: u64,
    pub line: &'a [u8],
    pub at: Time,
    pub time: Option<Time>,
    pub station: Option<&'a [u8]>,
    pub group: Option<u32>,
}

/// The messages that wait.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    pending: Vec<Pending>,
    sentences: u64,
    timeout_s: i64,
}

impl Assembler {
    pub(super) fn new(timeout_s: u32) -> Self {
        Self {
            timeout_s: i64::from(timeout_s),
            ..Self::default()
        }
    }

    /// Takes a sentence of a message of several. Gives the message where it became whole, its parts in
    /// order; what has to be given up goes to `lost`.
    pub(super) fn add(
        &mut self,
        sentence: &Sentence<'_>,
        from: &From<'_>,
        lost: &mut impl FnMut(Pending),
    ) -> Option<Pending> {
        self.expire(from.at, lost);
        let found = self
            .pending
            .iter()
            .position(|pending| pending.belongs(sentence, from.group))
            .filter(|at| {
                // The same part again is the beginning of another message.
                self.pending
                    .get(*at)
                    .is_some_and(|pending| !pending.has(sentence.number))
            });
        let Some(at) = found else {
            self.abandon(sentence, from.group, lost);
            self.begin(sentence, from, lost);
            return None;
        };
        let whole = self.pending.get_mut(at).is_some_and(|pending| {
            pending.add(sentence, from);
            pending.parts.len() == usize::from(pending.total)
        });
        whole.then(|| {
            let mut message = self.pending.remove(at);
            message.parts.sort_by_key(|part| part.number);
            message
        })
    }

    /// Counts a sentence that is a whole message.
    pub(super) const fn pass(&mut self) {
        self.sentences += 1;
    }

    /// Gives everything up.
    pub(super) fn finish(&mut self, lost: &mut impl FnMut(Pending)) {
        self.pending.drain(..).for_each(lost);
    }

    fn begin(&mut self, sentence: &Sentence<'_>, from: &From<'_>, lost: &mut impl FnMut(Pending)) {
        if self.pending.len() >= MAX_PENDING {
            lost(self.pending.remove(0));
        }
        let mut pending = Pending {
            talker: sentence.talker,
            own_ship: sentence.own_ship,
            total: sentence.total,
            sequence: sentence.sequence,
            channel: sentence.channel,
            group: from.group,
            time: None,
            station: None,
            record: from.record,
            offset: from.offset,
            lines: Vec::with_capacity(from.line.len() * usize::from(sentence.total)),
            parts: Vec::with_capacity(usize::from(sentence.total)),
            since: from.at,
            since_sentence: self.sentences,
        };
        pending.add(sentence, from);
        self.pending.push(pending);
    }

    fn abandon(
        &mut self,
        sentence: &Sentence<'_>,
        group: Option<u32>,
        lost: &mut impl FnMut(Pending),
    ) {
        while let Some(at) = self
            .pending
            .iter()
            .position(|pending| pending.belongs(sentence, group))
        {
            lost(self.pending.remove(at));
        }
    }

    fn expire(&mut self, now: Time, lost: &mut impl FnMut(Pending)) {
        self.sentences += 1;
        let (sentences, timeout_s) = (self.sentences, self.timeout_s);
        let stale = |pending: &Pending| {
            sentences.saturating_sub(pending.since_sentence) > MAX_SENTENCES_APART
                || now > pending.since.plus_secs(timeout_s)
        };
        while self.pending.first().is_some_and(stale) {
            lost(self.pending.remove(0));
        }
    }
}
