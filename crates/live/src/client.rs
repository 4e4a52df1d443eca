//! One client of the live protocol.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use oneroof_wire::{ByeReason, ClientMessage, Cursor, Filter, ServerMessage};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::hub::Hub;
use crate::projection::ClassDelta;
use crate::tracks::ClientTracks;

/// How long a client may take to say `start`.
const START_WITHIN: Duration = Duration::from_secs(5);

/// Entities in one page of a snapshot or one catching-up delta.
const PAGE: usize = 500;

/// A ping is sent so often; two unanswered ones end the connection.
const PING_EVERY: Duration = Duration::from_secs(15);

/// Longest time that one frame may take to go out.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// Frames that may wait in the writer, beside the client's own queue.
const WRITER_FRAMES: usize = 4;

/// Most changes of filter a second.
const MAX_MESSAGES_PER_S: u32 = 50;

/// Frame to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// JSON.
    Text(Arc<str>),
    /// Track columns.
    Binary(Vec<u8>),
    /// Are you there?
    Ping,
    /// The end, with a WebSocket close code (RFC 6455, 7.4).
    Close(u16, &'static str),
}

impl Frame {
    fn len(&self) -> usize {
        match self {
            Self::Text(t) => t.len(),
            Self::Binary(b) => b.len(),
            Self::Ping | Self::Close(..) => 0,
        }
    }
}

/// What comes from a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromClient {
    /// JSON.
    Text(String),
    /// Anything that shows that it is there.
    Alive,
    /// It leaves.
    Close,
}

/// Why a client's connection ended.
enum End {
    /// It left, or the line broke.
    Gone,
    /// We end it.
    Bye(ByeReason, String),
}

/// Serves one client until it leaves, is cut off, or the server stops.
pub async fn serve<S, R, E>(hub: Hub, sink: S, stream: R)
where
    S: Sink<Frame> + Send + Unpin + 'static,
    S::Error: Send,
    R: Stream<Item = Result<FromClient, E>> + Send + Unpin,
{
    if !hub.enter() {
        let mut sink = sink;
        let bye = bye(ByeReason::Busy, "too many connections".to_owned());
        // It may be gone already.
        drop(sink.send(bye).await);
        drop(sink.send(Frame::Close(1013, "busy")).await);
        return;
    }
    metrics::gauge!("live_clients").increment(1.0);
    let (tx, rx) = mpsc::channel(WRITER_FRAMES);
    let writer = write(sink, rx);
    let client = async {
        let end = Client::run(hub.clone(), tx.clone(), stream).await;
        if let End::Bye(reason, detail) = end {
            metrics::counter!("live_cut_off_total", "reason" => format!("{reason:?}")).increment(1);
            let code = if reason == ByeReason::Shutdown {
                1001
            } else {
                1008
            };
            // Told if it still listens, not waited for if it does not.
            let told = async {
                drop(tx.send(bye(reason, detail)).await);
                drop(tx.send(Frame::Close(code, "bye")).await);
            };
            drop(tokio::time::timeout(Duration::from_secs(1), told).await);
        }
        drop(tx);
    };
    // The writer ends when the client's side is dropped; a stalled one is left after its time limit.
    tokio::pin!(writer);
    tokio::select! {
        () = &mut writer => {}
        () = client => {
            drop(tokio::time::timeout(Duration::from_secs(1), writer).await);
        }
    }
    metrics::gauge!("live_clients").decrement(1.0);
    hub.leave();
}

fn bye(reason: ByeReason, detail: String) -> Frame {
    text(&ServerMessage::Bye { reason, detail })
}

fn text(message: &ServerMessage) -> Frame {
    // Our own messages always have a JSON form.
    Frame::Text(serde_json::to_string(message).unwrap_or_default().into())
}

async fn write<S>(mut sink: S, mut frames: mpsc::Receiver<Frame>)
where
    S: Sink<Frame> + Send + Unpin,
{
    while let Some(frame) = frames.recv().await {
        let last = matches!(frame, Frame::Close(..));
        let sent = tokio::time::timeout(SEND_WITHIN, sink.send(frame)).await;
        if last || !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
    drop(tokio::time::timeout(Duration::from_millis(500), sink.close()).await);
}

struct Client {
    hub: Hub,
    /// Frames that wait, each with the bytes that it counts against the bound.
    queue: VecDeque<(usize, Frame)>,
    /// Sum of these.
    bytes: usize,
    seq: u64,
    /// Journal position up to which entities were queued.
    position: u64,
    tracks: ClientTracks,
    skipped: u32,
    unanswered: u32,
}

impl Client {
    async fn run<R, E>(hub: Hub, out: mpsc::Sender<Frame>, mut stream: R) -> End
    where
        R: Stream<Item = Result<FromClient, E>> + Send + Unpin,
    {
        let (cursor, filter) = match tokio::time::timeout(START_WITHIN, start(&mut stream)).await {
            Ok(Ok(s)) => s,
            Ok(Err(end)) => return end,
            Err(_late) => {
                return End::Bye(ByeReason::Protocol, "no `start` within 5 s".to_owned());
            }
        };
        // Subscribed before the projection is read: nothing falls between.
        let (mut deltas, mut feeds) = (hub.deltas(), hub.feed_deltas());
        let options = hub.options();
        let tracks = ClientTracks::new(filter, options.audience.clone(), options.mode);
        let mut me = Self {
            hub: hub.clone(),
            queue: VecDeque::new(),
            bytes: 0,
            seq: 0,
            position: 0,
            tracks,
            skipped: 0,
            unanswered: 0,
        };
        me.begin(cursor.as_ref());
        let mut tick = every(Duration::from_millis(options.tick_ms));
        let mut beat = every(Duration::from_millis(options.beat_ms.into()));
        let mut ping = every(PING_EVERY);
        let mut budget = (Instant::now(), 0u32);
        loop {
            if me.bytes > options.max_queue_bytes {
                let detail = format!("more than {} bytes waiting", options.max_queue_bytes);
                return End::Bye(ByeReason::TooSlow, detail);
            }
            let waiting = !me.queue.is_empty();
            tokio::select! {
                biased;
                () = hub.stop().cancelled() => {
                    return End::Bye(ByeReason::Shutdown, "the server shuts down".to_owned());
                }
                permit = out.reserve(), if waiting => {
                    let Ok(permit) = permit else { return End::Gone };
                    if let Some((counted, frame)) = me.queue.pop_front() {
                        me.bytes -= counted;
                        permit.send(frame);
                    }
                }
                came = stream.next() => {
                    if let Some(end) = me.came(came, &mut budget) {
                        return end;
                    }
                }
                delta = deltas.recv() => match delta {
                    Ok(delta) => me.delta(&delta),
                    Err(RecvError::Lagged(_)) => me.catch_up(),
                    Err(RecvError::Closed) => return End::Gone,
                },
                // A lag is no loss: the next second brings the newest state of every feed that changed since.
                changed = feeds.recv() => match changed {
                    Ok(upsert) => me.upsert(upsert.to_vec()),
                    Err(RecvError::Lagged(_)) => { let all = me.hub.feeds_json(); me.upsert(all); }
                    Err(RecvError::Closed) => return End::Gone,
                },
                _ = tick.tick() => me.tick(out.capacity()),
                _ = beat.tick() => me.beat(),
                _ = ping.tick() => {
                    if me.unanswered >= 2 {
                        return End::Bye(ByeReason::Silent, "two pings unanswered".to_owned());
                    }
                    me.unanswered += 1;
                    me.push(Frame::Ping);
                }
            }
        }
    }

    fn push(&mut self, frame: Frame) {
        let counted = frame.len();
        self.bytes += counted;
        self.queue.push_back((counted, frame));
    }

    /// A part of the picture that a client needs to begin or to catch up. It does not count against the bound: a
    /// picture larger than that would cut everyone off at the start, for ever. Its size is that of the picture, and a
    /// client that does not take it ends with the first frame that does not go out in time.
    fn push_picture(&mut self, frame: Frame) {
        self.queue.push_back((0, frame));
    }

    /// Hello, then a snapshot or what changed since the cursor.
    fn begin(&mut self, cursor: Option<&Cursor>) {
        let hub = self.hub.clone();
        let options = hub.options();
        let (resumed, snapshot) = {
            let projection = hub.projection();
            let since = cursor
                .and_then(|c| hub.open(c))
                .and_then(|p| projection.since(p));
            self.position = projection.position();
            match since {
                Some(delta) => (Some(delta), Vec::new()),
                None => (None, projection.snapshot()),
            }
        };
        self.push(text(&ServerMessage::Hello {
            version: options.version.clone(),
            now: hub.now(),
            mode: options.mode,
            banner: options.banner.clone(),
            resumed: resumed.is_some(),
            beat_ms: options.beat_ms,
        }));
        let feeds = hub.feeds_json();
        if let Some(mut delta) = resumed {
            metrics::counter!("live_resyncs_total", "reason" => "resumed").increment(1);
            delta.upsert.extend(feeds);
            self.paged(delta);
        } else {
            metrics::counter!("live_resyncs_total", "reason" => "snapshot").increment(1);
            let all: Vec<_> = snapshot.into_iter().chain(feeds).collect();
            self.snapshot(&all);
        }
    }

    fn snapshot(&mut self, all: &[Arc<str>]) {
        let pages = all.len().div_ceil(PAGE).max(1);
        for page in 0..pages {
            let part = all.iter().skip(page * PAGE).take(PAGE);
            let mut json = format!(
                r#"{{"t":"snapshot","page":{page},"last":{}"#,
                page + 1 == pages
            );
            json.push_str(r#","entities":["#);
            join(&mut json, part);
            json.push(']');
            if page + 1 == pages {
                json.push_str(r#","cursor":""#);
                json.push_str(&self.hub.seal(self.position).0);
                json.push('"');
            }
            json.push('}');
            self.push_picture(Frame::Text(json.into()));
        }
    }

    /// A delta in pages; the cursor moves on with the last one only.
    fn paged(&mut self, mut delta: ClassDelta) {
        let target = delta.position;
        while delta.upsert.len() > PAGE {
            let rest = delta.upsert.split_off(PAGE);
            let page = core::mem::replace(&mut delta.upsert, rest);
            let position = self.position;
            if let Some(frame) = self.frame(&page, &[], position.min(target)) {
                self.push_picture(frame);
            }
        }
        self.position = target;
        if let Some(frame) = self.frame(&delta.upsert, &delta.remove, target) {
            self.push_picture(frame);
        }
    }

    fn send(&mut self, upsert: &[Arc<str>], remove: &[oneroof_wire::Remove], position: u64) {
        if let Some(frame) = self.frame(upsert, remove, position) {
            self.push(frame);
        }
    }

    /// The next delta; none where there is nothing to say.
    fn frame(
        &mut self,
        upsert: &[Arc<str>],
        remove: &[oneroof_wire::Remove],
        position: u64,
    ) -> Option<Frame> {
        if upsert.is_empty() && remove.is_empty() {
            return None;
        }
        self.seq += 1;
        let cursor = self.hub.seal(position).0;
        let mut json = format!(r#"{{"t":"delta","seq":{},"cursor":"{cursor}""#, self.seq);
        if !upsert.is_empty() {
            json.push_str(r#","upsert":["#);
            join(&mut json, upsert.iter());
            json.push(']');
        }
        if !remove.is_empty() {
            json.push_str(r#","remove":"#);
            json.push_str(&serde_json::to_string(remove).unwrap_or_default());
        }
        json.push('}');
        Some(Frame::Text(json.into()))
    }

    fn delta(&mut self, delta: &ClassDelta) {
        // What was in the snapshot already comes again from the channel: passed over.
        if delta.position <= self.position {
            return;
        }
        self.position = delta.position;
        self.send(&delta.upsert, &delta.remove, delta.position);
    }

    /// Behind by more deltas than the channel holds: the newest state of everything that changed.
    fn catch_up(&mut self) {
        metrics::counter!("live_resyncs_total", "reason" => "lagged").increment(1);
        let hub = self.hub.clone();
        let since = hub.projection().since(self.position);
        if let Some(delta) = since {
            self.paged(delta);
        } else {
            let (position, all) = {
                let p = hub.projection();
                (p.position(), p.snapshot())
            };
            self.position = position;
            let all: Vec<_> = all.into_iter().chain(hub.feeds_json()).collect();
            self.snapshot(&all);
        }
    }

    fn upsert(&mut self, upsert: Vec<Arc<str>>) {
        let position = self.position;
        self.send(&upsert, &[], position);
    }

    /// Flushes tracks where the line is free; else the newest values wait for the next tick.
    fn tick(&mut self, capacity: usize) {
        if capacity == 0 || !self.queue.is_empty() {
            self.skipped = self.skipped.saturating_add(1);
            return;
        }
        let now = self.hub.now();
        let flush = self.tracks.flush(self.hub.room().tracks(), now);
        for tracks in flush.infos {
            self.push(text(&ServerMessage::Tracks { tracks }));
        }
        for frame in flush.frames {
            self.push(Frame::Binary(frame));
        }
    }

    fn beat(&mut self) {
        // A line that is not free gets one beat, not a queue of them.
        if self
            .queue
            .iter()
            .any(|(_, f)| matches!(f, Frame::Text(t) if t.starts_with(r#"{"t":"beat""#)))
        {
            return;
        }
        let beat = ServerMessage::Beat {
            now: self.hub.now(),
            seq: self.seq,
            tracks: u32::try_from(self.tracks.len()).unwrap_or(u32::MAX),
            skipped: core::mem::take(&mut self.skipped),
            clock_suspect: self.hub.clock_suspect(),
        };
        self.push(text(&beat));
    }

    fn came<E>(
        &mut self,
        came: Option<Result<FromClient, E>>,
        budget: &mut (Instant, u32),
    ) -> Option<End> {
        match came {
            None | Some(Err(_) | Ok(FromClient::Close)) => Some(End::Gone),
            Some(Ok(FromClient::Alive)) => {
                self.unanswered = 0;
                None
            }
            Some(Ok(FromClient::Text(json))) => {
                self.unanswered = 0;
                let now = Instant::now();
                if now.duration_since(budget.0) > Duration::from_secs(1) {
                    *budget = (now, 0);
                }
                budget.1 += 1;
                if budget.1 > MAX_MESSAGES_PER_S {
                    return Some(End::Bye(
                        ByeReason::Protocol,
                        "too many messages".to_owned(),
                    ));
                }
                match serde_json::from_str(&json) {
                    Ok(ClientMessage::Filter { filter }) => self.tracks.set_filter(filter),
                    Ok(ClientMessage::Painted { .. }) => {}
                    Ok(ClientMessage::Start { .. }) => {
                        let detail = "`start` is said once".to_owned();
                        return Some(End::Bye(ByeReason::Protocol, detail));
                    }
                    Err(e) => return Some(End::Bye(ByeReason::Protocol, e.to_string())),
                }
                None
            }
        }
    }
}

fn join<'a>(json: &mut String, parts: impl Iterator<Item = &'a Arc<str>>) {
    for (i, part) in parts.enumerate() {
        if i > 0 {
            json.push(',');
        }
        json.push_str(part);
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period.max(Duration::from_millis(1)));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn start<R, E>(stream: &mut R) -> Result<(Option<Cursor>, Filter), End>
where
    R: Stream<Item = Result<FromClient, E>> + Unpin,
{
    loop {
        match stream.next().await {
            None | Some(Err(_) | Ok(FromClient::Close)) => return Err(End::Gone),
            Some(Ok(FromClient::Alive)) => {}
            Some(Ok(FromClient::Text(json))) => {
                return match serde_json::from_str(&json) {
                    Ok(ClientMessage::Start { cursor, filter }) => Ok((cursor, filter)),
                    Ok(_) => Err(End::Bye(
                        ByeReason::Protocol,
                        "`start` comes first".to_owned(),
                    )),
                    Err(e) => Err(End::Bye(ByeReason::Protocol, e.to_string())),
                };
            }
        }
    }
}
