//! Bytes to single events: where each begins and ends, in XML and in the framings of the TAK protocol, whatever the cutting.
//!
//! An XML event ends with the token `</event>`, as TAK's own streams are broken apart (`protocol.txt` of TAK protocol
//! version 1), or with `/>` of an event without content. A protocol buffer has its length on a stream; in a datagram or a
//! file it ends before the next header, for 0xBF can not begin a field (wire type 7 does not exist).
//!
//! What fits nowhere is given out as broken, up to the next thing that can begin an event; a framer holds one event at
//! most.

use memchr::memmem;

use super::config::Framing;
use super::message::{MAGIC, begins_message, skip_field};
use super::proto::{Stop, varint};
use super::scan::{
    begins_header, begins_text, begun_end, filler, find_end_tag, is_prolog, is_whole_header, opens,
    read_tag,
};

/// What is pushed after a datagram of protocol buffers, for a message in it has no length. No text can hold it (0xFF is
/// no byte of UTF-8).
pub(crate) const DATAGRAM_END: &[u8] = &[MAGIC, 0xff, MAGIC, 0xff, MAGIC, 0xff, MAGIC, 0xff];

/// Bytes beyond a place that decide what is there; none of the tokens is longer.
pub(super) const LOOK_AHEAD: usize = 16;

const NO_EVENT: &str = "expected an event";

/// Bytes that are taken in before events are cut off them.
const STEP: usize = 64 * 1024;

/// What a piece of the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// An event in XML, with its declaration.
    Xml,
    /// A client's `auth` element: it holds a password, so nothing of it is kept.
    Auth,
    /// A `TakMessage` without its header.
    Proto,
    /// None of these.
    Broken(&'static str, &'static str),
}

/// A piece and where it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) offset: u64,
    pub(super) piece: Piece,
    pub(super) bytes: Vec<u8>,
}

/// What was seen last; it decides what the first byte of a piece may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    Framed,
    Text,
    Bare,
}

/// How far a piece has been looked through; places count from its first byte.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Looked {
    /// Where `<event` or `<auth` begins, once found.
    start: Option<usize>,
    auth: bool,
    /// Up to here nothing was found.
    upto: usize,
    /// Where a datagram's end begins, once found.
    marker: Option<usize>,
    /// Whether what stands before `start` is known to be its prolog.
    prolog: bool,
    /// The start tag: up to where it was read, its open quote, whether it has ended.
    pub(super) tag: usize,
    pub(super) quote: Option<u8>,
    pub(super) tag_ended: bool,
}

/// Cuts a stream into pieces.
#[derive(Debug)]
pub(super) struct Framer {
    /// Whether protocol buffers are read, and in which framing; XML alone where `None`.
    framing: Option<Framing>,
    /// Most bytes of one event.
    limit: usize,
    held: Vec<u8>,
    /// Bytes of `held` that are done with.
    head: usize,
    /// Offset of `held`'s first byte from the first byte ever given.
    offset: u64,
    seen: Seen,
    looked: Looked,
    /// Top-level fields of a message without length: bytes walked, and whether its event was among them.
    walked: usize,
    walked_event: bool,
    /// What is broken goes on, and why.
    lost: Option<(&'static str, &'static str)>,
}

impl Framer {
    pub(super) const fn new(framing: Option<Framing>, limit: usize) -> Self {
        Self {
            framing,
            limit,
            held: Vec::new(),
            head: 0,
            offset: 0,
            seen: Seen::Nothing,
            looked: Looked {
                start: None,
                auth: false,
                upto: 0,
                marker: None,
                prolog: false,
                tag: 0,
                quote: None,
                tag_ended: false,
            },
            walked: 0,
            walked_event: false,
            lost: None,
        }
    }

    /// Takes bytes and gives each piece that became whole.
    pub(super) fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Frame)) {
        for chunk in bytes.chunks(STEP) {
            self.held.extend_from_slice(chunk);
            while let Some(frame) = self.next(false) {
                each(frame);
            }
            self.held.drain(..self.head);
            self.head = 0;
        }
    }

    /// The stream has ended: what is left is a piece too.
    pub(super) fn finish(&mut self, mut each: impl FnMut(Frame)) {
        while let Some(frame) = self.next(true) {
            each(frame);
        }
        self.held.clear();
        self.head = 0;
        self.seen = Seen::Nothing;
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.head..).unwrap_or_default()
    }

    /// Passes over bytes that belong to no piece.
    fn pass(&mut self, len: usize) {
        self.head += len;
        self.offset += len as u64;
        self.looked = Looked::default();
        self.walked = 0;
        self.walked_event = false;
    }

    fn cut(&mut self, len: usize, piece: Piece) -> Frame {
        let bytes = self
            .rest()
            .get(..len)
            .unwrap_or_else(|| self.rest())
            .to_vec();
        let offset = self.offset;
        self.pass(bytes.len());
        Frame {
            offset,
            piece,
            bytes,
        }
    }

    fn broken(&mut self, len: usize, code: &'static str, detail: &'static str) -> Frame {
        self.cut(len, Piece::Broken(code, detail))
    }

    fn next(&mut self, ended: bool) -> Option<Frame> {
        loop {
            if let Some(why) = self.lost {
                return self.seek(why, ended);
            }
            let rest = self.rest();
            let (&first, framing) = (rest.first()?, self.framing);
            let reads_text = !matches!(framing, Some(Framing::Bare));
            if self.framing.is_some() && first == MAGIC {
                if !ended && rest.len() < LOOK_AHEAD && !is_whole_header(rest) {
                    return None;
                }
                if rest.starts_with(DATAGRAM_END) {
                    self.pass(DATAGRAM_END.len());
                    continue;
                }
                match self.header(ended) {
                    Next::Frame(frame) => return Some(frame),
                    Next::Wait => return None,
                    Next::Again => continue,
                }
            }
            // By itself any noise may read as fields: a message that nothing announces begins with what it is about.
            if self.takes_bare() && (begins_message(first) || !reads_text) {
                return self.bare(ended);
            }
            match filler(rest, ended)? {
                0 => {}
                len => {
                    self.pass(len);
                    continue;
                }
            }
            if reads_text {
                return self.text(ended);
            }
            self.lost = Some(("not_cot", "expected a header of the TAK protocol"));
        }
    }

    /// Whether a message may stand here without a header.
    const fn takes_bare(&self) -> bool {
        match self.framing {
            Some(Framing::Bare) => true,
            Some(Framing::Auto) => matches!(self.seen, Seen::Nothing | Seen::Bare),
            _ => false,
        }
    }

    /// A header of the TAK protocol and what follows it.
    fn header(&mut self, ended: bool) -> Next {
        let rest = self.rest();
        let number = varint(rest.get(1..).unwrap_or_default());
        let Ok((number, len)) = number else {
            return self.refuse("bad_header", "the number after 0xBF has no end");
        };
        let after = rest.get(1 + len).copied();
        let framing = self.framing.unwrap_or_default();
        let mesh = match framing {
            Framing::Stream => false,
            Framing::Mesh => true,
            // A message can not begin with 0xBF.
            Framing::Auto | Framing::Bare => after == Some(MAGIC),
        };
        if !mesh {
            return self.stream(number, 1 + len, ended);
        }
        match (after, number) {
            (None, _) if !ended => Next::Wait,
            (Some(MAGIC), 0) => {
                self.seen = Seen::Text;
                self.pass(2 + len);
                Next::Again
            }
            (Some(MAGIC), 1) => self.mesh(2 + len, ended),
            (Some(MAGIC), _) => self.refuse("version", "a version of the TAK protocol above 1"),
            _ => self.refuse("bad_header", "no 0xBF after the version"),
        }
    }

    /// From here on nothing is understood until the next beginning.
    fn refuse(&mut self, code: &'static str, detail: &'static str) -> Next {
        self.looked = Looked::default();
        self.lost = Some((code, detail));
        Next::Again
    }

    /// A message with its length.
    fn stream(&mut self, len: u64, head: usize, ended: bool) -> Next {
        self.seen = Seen::Framed;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        if len > self.limit {
            return self.refuse("too_long", "a message longer than `document_bytes`");
        }
        let have = self.rest().len().saturating_sub(head);
        // A datagram that was cut off ends all the same.
        if let Some(end) = self.datagram_end(head, head.saturating_add(len)) {
            return Next::Frame(self.broken(
                end,
                "truncated",
                "the datagram ends within a message",
            ));
        }
        if have >= len {
            self.pass(head);
            return Next::Frame(self.cut(len, Piece::Proto));
        }
        if !ended {
            return Next::Wait;
        }
        let all = self.rest().len();
        Next::Frame(self.broken(all, "truncated", "the stream ends within a message"))
    }

    /// Where a datagram's end begins in `from..to` of what is held; what was looked through is not looked through again.
    fn datagram_end(&mut self, from: usize, to: usize) -> Option<usize> {
        if self.looked.marker.is_none() {
            let from = from.max(self.looked.upto);
            let rest = self.rest();
            let to = to.min(rest.len());
            let found = memmem::find(rest.get(from..to)?, DATAGRAM_END).map(|i| from + i);
            self.looked.upto = from.max(to.saturating_sub(DATAGRAM_END.len()));
            self.looked.marker = found;
        }
        self.looked.marker
    }

    /// A message after its mesh header.
    fn mesh(&mut self, head: usize, ended: bool) -> Next {
        self.seen = Seen::Framed;
        match self.walk(head, ended) {
            Walk::Whole(len) if len == head => {
                Next::Frame(self.broken(len, "empty_message", "a header and no message"))
            }
            Walk::Whole(len) => {
                self.pass(head);
                Next::Frame(self.cut(len - head, Piece::Proto))
            }
            Walk::Broken(frame) => Next::Frame(frame),
            Walk::Wait => Next::Wait,
            Walk::Lost(code, detail) => self.refuse(code, detail),
        }
    }

    /// A message without header.
    fn bare(&mut self, ended: bool) -> Option<Frame> {
        match self.walk(0, ended) {
            Walk::Whole(len) => {
                self.seen = Seen::Bare;
                Some(self.cut(len, Piece::Proto))
            }
            Walk::Broken(frame) => Some(frame),
            Walk::Wait => None,
            Walk::Lost(code, detail) => {
                self.looked = Looked::default();
                self.lost = Some((code, detail));
                self.next(ended)
            }
        }
    }

    /// Walks over the fields of a message without length that begins at `head`.
    fn walk(&mut self, head: usize, ended: bool) -> Walk {
        self.walked = self.walked.max(head);
        loop {
            if self.walked > self.limit {
                return Walk::Lost("too_long", "a message longer than `document_bytes`");
            }
            let at = self.walked;
            let ahead = self.rest().get(at..).unwrap_or_default();
            let Some(first) = ahead.first() else {
                return if ended { Walk::Whole(at) } else { Walk::Wait };
            };
            let next_begins = head == 0 && self.walked_event && begins_message(*first);
            if at > 0 && (*first == MAGIC || next_begins) {
                return Walk::Whole(at);
            }
            // A datagram's end, or what may become one, is no part of a field.
            let marker = self
                .datagram_end(head, usize::MAX)
                .filter(|end| *end <= self.limit);
            let ahead = self.rest().get(at..).unwrap_or_default();
            let visible = match marker {
                Some(end) => end.saturating_sub(at),
                None if ended => ahead.len(),
                None => ahead.len() - begun_end(ahead),
            };
            let field = skip_field(ahead.get(..visible).unwrap_or(ahead));
            match field {
                Ok((number, len)) => {
                    self.walked_event |= number == 2;
                    self.walked += len;
                }
                Err(Stop::Wrong) => {
                    return Walk::Lost("bad_proto", "no message of the TAK protocol");
                }
                Err(Stop::Short) => {
                    let len = self.rest().len();
                    return if let Some(end) = marker {
                        let why = "the datagram ends within a message";
                        Walk::Broken(self.broken(end, "truncated", why))
                    } else if len > self.limit + LOOK_AHEAD {
                        Walk::Lost("too_long", "a message longer than `document_bytes`")
                    } else if ended {
                        Walk::Broken(self.broken(
                            len,
                            "truncated",
                            "the input ends within a message",
                        ))
                    } else {
                        Walk::Wait
                    };
                }
            }
        }
    }

    /// Gives out what is broken, up to the next thing that can begin an event, in pieces of at most `limit`.
    fn seek(&mut self, (code, detail): (&'static str, &'static str), ended: bool) -> Option<Frame> {
        let rest = self.rest();
        let known = rest
            .len()
            .saturating_sub(if ended { 0 } else { LOOK_AHEAD });
        let from = self.looked.upto.max(1);
        let found = (from..known.max(from).min(rest.len())).find(|at| self.may_begin(*at));
        if let Some(at) = found.filter(|at| *at <= self.limit) {
            self.lost = None;
            return Some(self.broken(at, code, detail));
        }
        if known > self.limit {
            return Some(self.broken(self.limit, code, detail));
        }
        if ended {
            let len = rest.len();
            self.lost = None;
            return (len > 0).then(|| self.broken(len, code, detail));
        }
        self.looked.upto = known;
        None
    }

    /// Whether an event may begin at a place of what is held.
    fn may_begin(&self, at: usize) -> bool {
        let ahead = self.rest().get(at..).unwrap_or_default();
        match (ahead.first(), self.framing) {
            (Some(&MAGIC), Some(framing)) => begins_header(ahead, framing, self.limit),
            (Some(b'<'), None | Some(Framing::Auto | Framing::Mesh | Framing::Stream)) => {
                begins_text(ahead)
            }
            (Some(0), None) => true,
            _ => false,
        }
    }

    /// An event in XML.
    fn text(&mut self, ended: bool) -> Option<Frame> {
        if self.looked.start.is_none()
            && let Some(stop) = self.find_start(ended)
        {
            return Some(self.broken(stop, "not_cot", NO_EVENT));
        }
        let Some(start) = self.looked.start.filter(|s| *s <= self.limit) else {
            let (upto, len) = (
                self.looked.upto.max(self.looked.start.unwrap_or(0)),
                self.rest().len(),
            );
            return if upto > self.limit {
                Some(self.broken(self.limit, "not_cot", NO_EVENT))
            } else {
                ended.then(|| self.broken(len, "not_cot", NO_EVENT))
            };
        };
        if !self.looked.prolog {
            self.looked.prolog = self.rest().get(..start).is_some_and(is_prolog);
            if !self.looked.prolog {
                return Some(self.lead(start));
            }
        }
        let auth = self.looked.auth;
        match self.find_end(start) {
            Some((end, whole)) if end <= self.limit => {
                self.seen = Seen::Text;
                Some(match (whole, auth) {
                    (_, true) => self.cut(end, Piece::Auth),
                    (true, false) => self.cut(end, Piece::Xml),
                    (false, false) => self.broken(end, "truncated", "an event without its end"),
                })
            }
            found if found.is_some() || self.rest().len() > self.limit + LOOK_AHEAD => {
                let why = ("too_long", "an event longer than `document_bytes`");
                self.lost = Some(why);
                // Its own start is not the next event's.
                self.looked.upto = start + 1;
                self.seek(why, ended)
            }
            _ if ended => {
                let len = self.rest().len();
                Some(if auth {
                    self.cut(len, Piece::Auth)
                } else {
                    self.broken(len, "truncated", "the stream ends within an event")
                })
            }
            _ => None,
        }
    }

    /// Finds `<event` or `<auth`; or gives the place before it from where something else may begin.
    fn find_start(&mut self, ended: bool) -> Option<usize> {
        let rest = self.rest();
        let known = rest
            .len()
            .saturating_sub(if ended { 0 } else { LOOK_AHEAD });
        let from = self.looked.upto;
        let mut places = (from..known).filter(|at| match rest.get(*at) {
            Some(b'<') => opens(rest.get(*at..).unwrap_or_default()).is_some(),
            Some(0) => true,
            Some(&MAGIC) => *at > 0 && self.may_begin(*at),
            _ => false,
        });
        let Some(at) = places.next() else {
            self.looked.upto = known.max(from);
            return None;
        };
        let Some(auth) = opens(rest.get(at..).unwrap_or_default()) else {
            self.looked.upto = at;
            return (at <= self.limit).then_some(at);
        };
        self.looked = Looked {
            start: Some(at),
            auth,
            upto: at + 1,
            tag: at + 1,
            ..Looked::default()
        };
        None
    }

    /// Gives out what stands before an event and is no prolog of it.
    fn lead(&mut self, start: usize) -> Frame {
        let lead = self.rest().get(..start).unwrap_or_default();
        let declaration = memmem::rfind(lead, b"<?xml");
        let len = declaration
            .filter(|at| *at > 0 && lead.get(*at..).is_some_and(is_prolog))
            .unwrap_or(start);
        self.broken(len, "not_cot", NO_EVENT)
    }

    /// Where the event ends that begins at `start`, and whether by its own end.
    fn find_end(&mut self, start: usize) -> Option<(usize, bool)> {
        let token: &[u8] = if self.looked.auth {
            b"</auth"
        } else {
            b"</event"
        };
        let mut looked = self.looked;
        let rest = self.rest();
        let empty = read_tag(rest, &mut looked);
        let from = looked.upto.max(start + 1);
        let mut end = empty.map(|end| (end, true));
        let mut nearer = |at: Option<(usize, bool)>| {
            if let Some((at, whole)) = at
                && end.is_none_or(|(end, _)| at < end)
            {
                end = Some((at, whole));
            }
        };
        nearer(find_end_tag(rest, from, token).map(|at| (at, true)));
        let ahead = rest.get(from..).unwrap_or_default();
        nearer(memchr::memchr(0, ahead).map(|i| (from + i, false)));
        nearer(memmem::find(ahead, b"<?xml").map(|i| (from + i, false)));
        if self.framing.is_some() {
            nearer(memmem::find(ahead, DATAGRAM_END).map(|i| (from + i, false)));
        }
        // An end tag may have blanks before its bracket: look at the last bytes again.
        looked.upto = from.max(rest.len().saturating_sub(LOOK_AHEAD));
        self.looked = looked;
        end
    }
}

/// What became of a header.
enum Next {
    Frame(Frame),
    Wait,
    Again,
}

/// What became of a message without length.
enum Walk {
    Whole(usize),
    Broken(Frame),
    Wait,
    Lost(&'static str, &'static str),
}
