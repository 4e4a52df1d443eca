//! One client of the live protocol.

use core::time::Duration;
use std::sync::Arc;

use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use oneroof_wire::{ByeReason, ClientMessage, Cursor, Filter, ServerMessage, Show, wall};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, timeout};

use crate::hub::{FeedChange, Hub};
use crate::outbox::Outbox;
use crate::projection::{ClassDelta, Mark};
use crate::tracks::ClientTracks;

/// How long a client may take to say `start`.
const START_WITHIN: Duration = Duration::from_secs(5);

/// A ping is sent so often; two unanswered ones end the connection at the third.
const PING_EVERY: Duration = Duration::from_secs(15);

/// Longest time that one frame may take to go out.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// Longest time that the last word may take to go out; a shutdown waits for it.
const BYE_WITHIN: Duration = Duration::from_secs(4);

/// Longest wait for a client to close its side. A socket that is dropped with something unread in it resets the line,
/// and the last word with it.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Frames that wait in the writer beside the one that goes out. One: positions are made when the line takes them, not
/// before.
const WRITER_FRAMES: usize = 1;

/// Most messages of a client in a second, of whatever kind.
const MAX_MESSAGES_PER_S: u32 = 50;

/// Largest message of a client, bytes: it only says `start`, `filter` and `painted`. 16 KiB.
const MAX_MESSAGE_BYTES: usize = 16 * 1024;

/// Frame to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// JSON.
    Text(String),
    /// Track columns.
    Binary(Vec<u8>),
    /// Are you there?
    Ping,
    /// The end, with a WebSocket close code (RFC 6455, 7.4).
    Close(u16, &'static str),
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

fn protocol(detail: impl Into<String>) -> End {
    End::Bye(ByeReason::Protocol, detail.into())
}

/// Serves one client until it leaves, is cut off, or the server stops.
pub async fn serve<S, R, E>(hub: Hub, mut sink: S, mut stream: R)
where
    S: Sink<Frame> + Send + Unpin + 'static,
    S::Error: Send,
    R: Stream<Item = Result<FromClient, E>> + Send + Unpin,
{
    let Some(_seat) = hub.enter() else {
        metrics::counter!("live_cut_off_total", "reason" => "busy").increment(1);
        let last = async {
            let bye = bye(ByeReason::Busy, "too many connections".to_owned());
            // It may be gone already.
            drop(sink.send(bye).await);
            drop(sink.send(Frame::Close(1013, "busy")).await);
        };
        drop(timeout(BYE_WITHIN, last).await);
        return;
    };
    let (tx, rx) = mpsc::channel(WRITER_FRAMES);
    let mut writer = core::pin::pin!(write(sink, rx));
    let end = tokio::select! {
        // The line broke, or took nothing for too long.
        () = &mut writer => return,
        end = Client::run(hub.clone(), &tx, &mut stream) => end,
    };
    let End::Bye(reason, detail) = end else {
        // The writer ends with its channel; a stalled one is left.
        drop(tx);
        drop(timeout(CLOSE_WITHIN, writer).await);
        return;
    };
    metrics::counter!("live_cut_off_total", "reason" => reason_word(reason)).increment(1);
    tracing::info!(reason = reason_word(reason), %detail, "a screen's line is ended");
    let code = if reason == ByeReason::Shutdown {
        1001
    } else {
        1008
    };
    // Told if it still listens, not waited for if it does not.
    let told = async {
        drop(tx.send(bye(reason, detail)).await);
        drop(tx.send(Frame::Close(code, "bye")).await);
        drop(tx);
    };
    let last = async { tokio::join!(told, writer) };
    if timeout(BYE_WITHIN, last).await.is_ok() {
        drop(timeout(CLOSE_WITHIN, closed(&mut stream)).await);
    }
}

/// Waits until the client has closed its side.
async fn closed<R, E>(stream: &mut R)
where
    R: Stream<Item = Result<FromClient, E>> + Unpin,
{
    while let Some(Ok(FromClient::Text(_) | FromClient::Alive)) = stream.next().await {
        // A stream that always has something must not keep the others from theirs.
        tokio::task::consume_budget().await;
    }
}

const fn reason_word(reason: ByeReason) -> &'static str {
    match reason {
        ByeReason::Shutdown => "shutdown",
        ByeReason::TooSlow => "too_slow",
        ByeReason::Protocol => "protocol",
        ByeReason::Silent => "silent",
        ByeReason::Busy => "busy",
    }
}

fn bye(reason: ByeReason, detail: String) -> Frame {
    text(&ServerMessage::Bye { reason, detail })
}

fn text(message: &ServerMessage) -> Frame {
    // Our own messages always have a JSON form.
    Frame::Text(serde_json::to_string(message).unwrap_or_default())
}

async fn write<S>(mut sink: S, mut frames: mpsc::Receiver<Frame>)
where
    S: Sink<Frame> + Send + Unpin,
{
    while let Some(frame) = frames.recv().await {
        let last = matches!(frame, Frame::Close(..));
        match timeout(SEND_WITHIN, sink.send(frame)).await {
            Ok(Ok(())) if !last => {}
            Ok(_) => break,
            Err(_late) => {
                metrics::counter!("live_cut_off_total", "reason" => "stalled").increment(1);
                tracing::info!(
                    "a screen took nothing for {SEND_WITHIN:?}; its line is ended without a word"
                );
                break;
            }
        }
    }
    drop(timeout(Duration::from_millis(500), sink.close()).await);
}

/// What is to be said once the line is free, and is made only then.
#[derive(Default)]
struct Due {
    ping: bool,
    beat: bool,
    tracks: bool,
}

/// A wall's line, as long as it lasts.
struct WallLine {
    hub: Hub,
    name: String,
    number: u64,
}

impl WallLine {
    /// A line of a wall; `None` for one that is not told of: no wall, or one too many.
    fn begin(hub: &Hub, name: Option<String>) -> Option<Self> {
        let name = name?;
        let Some(number) = hub.wall_board().enter(&name, hub.now()) else {
            tracing::warn!(%name, "too many walls: nobody watches whether this one paints");
            return None;
        };
        Some(Self {
            hub: hub.clone(),
            name,
            number,
        })
    }

    fn sent(&self, seq: u64) {
        let now = self.hub.now();
        self.hub
            .wall_board()
            .sent(&self.name, self.number, seq, now);
    }

    fn painted(&self, seq: u64) {
        let now = self.hub.now();
        self.hub
            .wall_board()
            .painted(&self.name, self.number, seq, now);
    }
}

impl Drop for WallLine {
    fn drop(&mut self) {
        let now = self.hub.now();
        self.hub.wall_board().leave(&self.name, self.number, now);
    }
}

struct Client {
    hub: Hub,
    wall: Option<WallLine>,
    outbox: Outbox,
    /// Where the client stands once the outbox is empty.
    mark: Mark,
    /// Commits came while a picture was still going out; they are made up for at once when it is out.
    late: bool,
    tracks: ClientTracks,
    due: Due,
    skipped: u32,
    unanswered: u32,
    /// Beginning of the second, and messages in it.
    messages: (Instant, u32),
}

impl Client {
    async fn run<R, E>(hub: Hub, out: &mpsc::Sender<Frame>, stream: &mut R) -> End
    where
        R: Stream<Item = Result<FromClient, E>> + Send + Unpin,
    {
        let started = tokio::select! {
            () = hub.stop().cancelled() => return shutdown(),
            s = timeout(START_WITHIN, start(stream)) => s,
        };
        let (cursor, filter, wall) = match started {
            Ok(Ok(s)) => s,
            Ok(Err(end)) => return end,
            Err(_late) => return protocol("no `start` within 5 s"),
        };
        // Subscribed before the projection is read: nothing falls between.
        let (mut deltas, mut feeds) = (hub.deltas(), hub.feed_changes());
        let mut me = Self::begin(hub.clone(), cursor.as_ref(), filter);
        let mut shows = hub.wall_board().shows();
        me.wall = WallLine::begin(&hub, wall);
        let options = hub.options();
        let mut tick = every(Duration::from_millis(options.tick_ms));
        let mut beat = every(Duration::from_millis(options.beat_ms.into()));
        let mut ping = every(PING_EVERY);
        loop {
            if me.outbox.behind() > options.max_queue_bytes {
                let detail = format!("more than {} bytes waiting", options.max_queue_bytes);
                return End::Bye(ByeReason::TooSlow, detail);
            }
            tokio::select! {
                biased;
                () = hub.stop().cancelled() => return shutdown(),
                permit = out.reserve(), if me.has_words() => {
                    let Ok(permit) = permit else { return End::Gone };
                    if let Some(frame) = me.next_frame() {
                        permit.send(frame);
                    }
                }
                came = stream.next() => {
                    if let Some(end) = me.came(came) {
                        return end;
                    }
                }
                delta = deltas.recv() => match delta {
                    Ok(delta) => me.delta(delta),
                    Err(RecvError::Lagged(_)) => me.catch_up("lagged"),
                    Err(RecvError::Closed) => return End::Gone,
                },
                change = feeds.recv() => match change {
                    Ok(change) => me.feeds(&change),
                    // Which ones were taken away is not known any more.
                    Err(RecvError::Lagged(_)) => me.snapshot("feeds_lagged"),
                    Err(RecvError::Closed) => return End::Gone,
                },
                show = shows.recv(), if me.wall.is_some() => match show {
                    Ok((name, show)) => me.show(&name, show),
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "a wall missed requests to show something");
                    }
                    Err(RecvError::Closed) => return End::Gone,
                },
                _ = tick.tick() => me.tick(),
                _ = beat.tick() => me.due.beat = true,
                _ = ping.tick() => {
                    if me.unanswered >= 2 {
                        return End::Bye(ByeReason::Silent, "two pings unanswered".to_owned());
                    }
                    me.due.ping = true;
                }
            }
        }
    }

    /// Hello, then a snapshot or what changed since the cursor.
    fn begin(hub: Hub, cursor: Option<&Cursor>, filter: Filter) -> Self {
        let options = hub.options();
        let feeds = hub.feeds();
        let (since, all, mark) = {
            let projection = hub.projection();
            let since = cursor.and_then(|c| hub.since(c, &projection, &feeds));
            let all = match since {
                Some(_) => Vec::new(),
                None => projection.snapshot(),
            };
            let mark = Mark {
                feeds: feeds.names,
                ..projection.mark()
            };
            (since, all, mark)
        };
        let mut outbox = Outbox::default();
        outbox.frame(text(&ServerMessage::Hello {
            version: options.version.clone(),
            now: hub.now(),
            mode: options.mode,
            banner: options.banner.clone(),
            resumed: since.is_some(),
            beat_ms: options.beat_ms,
        }));
        let feeds = feeds.json.into_values();
        if let Some((before, mut delta)) = since {
            resynced("resumed");
            delta.upsert.extend(feeds);
            outbox.catching_up(delta, before, mark);
        } else {
            resynced("snapshot");
            outbox.snapshot(all.into_iter().chain(feeds).collect(), mark);
        }
        let tracks = ClientTracks::new(
            filter,
            options.audience.clone(),
            options.shows,
            options.mode,
        );
        Self {
            hub,
            wall: None,
            outbox,
            mark,
            late: false,
            tracks,
            due: Due::default(),
            skipped: 0,
            unanswered: 0,
            messages: (Instant::now(), 0),
        }
    }

    /// Whether there is anything to say.
    fn has_words(&self) -> bool {
        let due = self.due.ping || self.due.beat || self.due.tracks;
        due || self.late || !self.outbox.is_empty()
    }

    /// What the free line is given next: first what shows that we live, then entities in their order, and tracks when
    /// all that is gone.
    fn next_frame(&mut self) -> Option<Frame> {
        if core::mem::take(&mut self.due.ping) {
            self.unanswered += 1;
            return Some(Frame::Ping);
        }
        if core::mem::take(&mut self.due.beat) {
            return Some(self.beat());
        }
        if self.late && !self.outbox.gives_picture() {
            self.late = false;
            self.catch_up("late");
        }
        if self.outbox.is_empty() && core::mem::take(&mut self.due.tracks) {
            self.flush();
        }
        let (hub, before) = (&self.hub, self.outbox.seq());
        let frame = self.outbox.pop(|mark| hub.seal(mark));
        let after = self.outbox.seq();
        if let Some(wall) = self.wall.as_ref().filter(|_| after != before) {
            wall.sent(after);
        }
        frame
    }

    /// A desk asks a wall to show something.
    fn show(&mut self, name: &str, show: Show) {
        if self.wall.as_ref().is_some_and(|w| w.name == name) {
            self.outbox.frame(text(&ServerMessage::Show { show }));
        }
    }

    /// What one commit changed. While a picture is going out nothing is put behind it: a large picture on a slow line would
    /// gather more than any bound meanwhile, and the next try no less.
    fn delta(&mut self, delta: Arc<ClassDelta>) {
        // What was in the snapshot already comes again from the channel: passed over.
        if delta.mark.position <= self.mark.position {
            return;
        }
        if self.late || self.outbox.gives_picture() {
            self.late = true;
            return;
        }
        let before = self.mark;
        self.mark = Mark {
            feeds: before.feeds,
            ..delta.mark
        };
        self.outbox.delta(delta, before, self.mark);
    }

    /// Behind by more deltas than the channel holds, or than came while a picture went out: the newest state of everything
    /// that changed.
    fn catch_up(&mut self, why: &'static str) {
        let before = self.mark;
        let late = {
            let projection = self.hub.projection();
            let after = Mark {
                feeds: before.feeds,
                ..projection.mark()
            };
            projection.since(before.position).map(|d| (d, after))
        };
        let Some((delta, after)) = late else {
            return self.snapshot(why);
        };
        resynced(why);
        self.mark = after;
        self.outbox.catching_up(delta, before, after);
    }

    /// Everything anew, in the middle of the session.
    fn snapshot(&mut self, why: &'static str) {
        resynced(why);
        let feeds = self.hub.feeds();
        let (all, mark) = {
            let projection = self.hub.projection();
            (projection.snapshot(), projection.mark())
        };
        self.mark = Mark {
            feeds: feeds.names,
            ..mark
        };
        let all = all.into_iter().chain(feeds.json.into_values()).collect();
        self.outbox.snapshot(all, self.mark);
    }

    fn feeds(&mut self, change: &FeedChange) {
        let before = self.mark;
        self.mark.feeds = change.names;
        let delta = ClassDelta {
            mark: self.mark,
            upsert: change.upsert.clone(),
            remove: change.remove.clone(),
        };
        self.outbox.delta(Arc::new(delta), before, self.mark);
    }

    /// Positions are due. Where the line has not taken those of the tick before, these are one with them.
    fn tick(&mut self) {
        if core::mem::replace(&mut self.due.tracks, true) {
            self.skipped = self.skipped.saturating_add(1);
        }
    }

    /// The newest values of all tracks that changed, and no others.
    fn flush(&mut self) {
        let now = self.hub.now();
        let flush = self.tracks.flush(self.hub.room().tracks(), now);
        for tracks in flush.infos {
            self.outbox.frame(text(&ServerMessage::Tracks { tracks }));
        }
        for frame in flush.frames {
            self.outbox.frame(Frame::Binary(frame));
        }
    }

    fn beat(&mut self) -> Frame {
        text(&ServerMessage::Beat {
            now: self.hub.now(),
            seq: self.outbox.seq(),
            tracks: u32::try_from(self.tracks.len()).unwrap_or(u32::MAX),
            skipped: core::mem::take(&mut self.skipped),
            clock_suspect: self.hub.clock_suspect(),
        })
    }

    fn came<E>(&mut self, came: Option<Result<FromClient, E>>) -> Option<End> {
        let message = match came {
            None | Some(Err(_) | Ok(FromClient::Close)) => return Some(End::Gone),
            Some(Ok(message)) => message,
        };
        self.unanswered = 0;
        let now = Instant::now();
        if now.duration_since(self.messages.0) > Duration::from_secs(1) {
            self.messages = (now, 0);
        }
        self.messages.1 += 1;
        if self.messages.1 > MAX_MESSAGES_PER_S {
            return Some(protocol("too many messages"));
        }
        let FromClient::Text(json) = message else {
            return None;
        };
        match understood(&json) {
            Ok(ClientMessage::Filter { filter }) => self.tracks.set_filter(filter),
            Ok(ClientMessage::Painted { seq }) => {
                if let Some(wall) = &self.wall {
                    wall.painted(seq);
                }
            }
            Ok(ClientMessage::Start { .. }) => return Some(protocol("`start` is said once")),
            Err(end) => return Some(end),
        }
        None
    }
}

fn resynced(reason: &'static str) {
    metrics::counter!("live_resyncs_total", "reason" => reason).increment(1);
}

fn shutdown() -> End {
    End::Bye(ByeReason::Shutdown, "the server shuts down".to_owned())
}

fn every(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period.max(Duration::from_millis(1)));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

fn understood(json: &str) -> Result<ClientMessage, End> {
    if json.len() > MAX_MESSAGE_BYTES {
        return Err(protocol(format!(
            "a message has at most {MAX_MESSAGE_BYTES} bytes"
        )));
    }
    serde_json::from_str(json).map_err(|e| protocol(e.to_string()))
}

async fn start<R, E>(stream: &mut R) -> Result<(Option<Cursor>, Filter, Option<String>), End>
where
    R: Stream<Item = Result<FromClient, E>> + Unpin,
{
    loop {
        match stream.next().await {
            None | Some(Err(_) | Ok(FromClient::Close)) => return Err(End::Gone),
            Some(Ok(FromClient::Alive)) => tokio::task::consume_budget().await,
            Some(Ok(FromClient::Text(json))) => {
                return match understood(&json)? {
                    ClientMessage::Start {
                        wall: Some(name), ..
                    } if !wall::is_name(&name) => Err(protocol(
                        "a wall's name has 1 to 40 letters, digits, - and _",
                    )),
                    ClientMessage::Start {
                        cursor,
                        filter,
                        wall,
                    } => Ok((cursor, filter, wall)),
                    _ => Err(protocol("`start` comes first")),
                };
            }
        }
    }
}
