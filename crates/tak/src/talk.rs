//! One client's connection: what it says is looked at, what it is told is said.

use core::convert::Infallible;
use core::future::{Future, pending};
use core::pin::{Pin, pin};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::stream::poll_fn;
use oneroof_feeds::formats::cot::{EventReader, Form};
use oneroof_live::{Frame, FromClient, serve};
use oneroof_model::FeedId;
use oneroof_ports::{BoxFuture, SourceError, TimeSource};
use oneroof_transport::Conversation;
use oneroof_wire::{ByeReason, ClientMessage, ServerMessage};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Notify, mpsc};
use tokio::time::{MissedTickBehavior, timeout};
use tokio_util::sync::{CancellationToken, PollSender};

use crate::endpoint::Output;
use crate::own::Own;
use crate::session::{Received, Role, Session};
use crate::speaker::{Speaker, To};

/// The uid under which the centre speaks of the connection itself.
const UID: &str = "oneroof";

/// Most bytes that wait for the line: one frame of the hub, said, and answers. 8 MiB; past them a client asks and does not
/// listen.
const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;

/// Bytes that are handed to the line at a time. 16 KiB, a record of TLS.
const PIECE_BYTES: usize = 16 * 1024;

/// Longest time that a piece may take to go out.
const PIECE_WITHIN: Duration = Duration::from_secs(10);

/// Longest time for what is left at the end.
const END_WITHIN: Duration = Duration::from_secs(2);

/// Between two looks whether the other side lives.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Everything is said anew so often: an event holds for a day, and a client that keeps its connection for longer would see
/// it go stale.
const ANEW_EVERY: Duration = Duration::from_hours(12);

/// What reading and speaking share.
struct Shared {
    session: Session,
    reader: EventReader,
    own: Own,
    /// More is known of who the client is.
    learned: bool,
    /// What waits for the line, in order.
    out: Vec<u8>,
}

/// A connection.
pub(crate) struct Talk {
    feed: FeedId,
    output: Option<Arc<Output>>,
    clock: Arc<dyn TimeSource>,
    shared: Mutex<Shared>,
    /// Something waits for the line, or was learned.
    news: Notify,
}

fn failed(code: &'static str, detail: impl Into<String>) -> SourceError {
    SourceError {
        code,
        detail: detail.into(),
    }
}

impl Talk {
    pub(crate) fn new(
        feed: FeedId,
        output: Option<Arc<Output>>,
        clock: Arc<dyn TimeSource>,
        own: Own,
    ) -> Self {
        let mut out = Vec::new();
        let session = Session::open(Role::Server, UID, clock.now(), &mut out).patient();
        Self {
            feed,
            output,
            clock,
            shared: Mutex::new(Shared {
                session,
                reader: EventReader::default(),
                own,
                learned: false,
                out,
            }),
            news: Notify::new(),
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Speaks until there is a reason to end.
    async fn talk(&self, line: mpsc::Sender<Vec<u8>>, over: CancellationToken) -> SourceError {
        let mut speaker = Speaker::new();
        let mut subscription = self.output.as_deref().map(Subscription::new);
        let mut look = every(LOOK_EVERY);
        let mut anew = every(ANEW_EVERY);
        // The first comes at once.
        anew.tick().await;
        loop {
            let waits = self.settle(&mut speaker);
            tokio::select! {
                biased;
                () = over.cancelled() => return failed("peer.stopped", "the connection is over"),
                permit = line.reserve(), if waits => {
                    let Ok(permit) = permit else {
                        return failed("peer.lost", "nothing can be said any more");
                    };
                    permit.send(core::mem::take(&mut self.shared().out));
                }
                () = self.news.notified() => {}
                _ = look.tick() => {
                    let mut shared = self.shared();
                    let Shared { session, out, .. } = &mut *shared;
                    if let Err(ended) = session.tick(self.clock.now(), out) {
                        return failed("tak.session", ended.to_string());
                    }
                }
                _ = anew.tick() => subscription = self.output.as_deref().map(Subscription::new),
                frame = next(&mut subscription, !waits) => {
                    if let Err(why) = self.took(frame, &mut subscription, &mut speaker) {
                        return why;
                    }
                }
            }
        }
    }

    /// Takes back what the client turned out to be itself; gives whether anything waits for the line.
    fn settle(&self, speaker: &mut Speaker) -> bool {
        let mut shared = self.shared();
        if core::mem::take(&mut shared.learned) {
            self.saying(&mut shared, speaker, Speaker::withdraw_own);
        }
        !shared.out.is_empty()
    }

    /// Lets the speaker say something in the form of the moment.
    fn saying<T>(
        &self,
        shared: &mut Shared,
        speaker: &mut Speaker,
        say: impl FnOnce(&mut Speaker, &mut To<'_>) -> T,
    ) -> T {
        speaker.go_over(shared.session.form().unwrap_or(Form::Xml));
        let mut to = To {
            own: &shared.own,
            now: self.clock.now(),
            out: &mut shared.out,
        };
        let given = say(speaker, &mut to);
        let said = speaker.take_said();
        metrics::counter!("tak_said_total", "feed" => self.feed.to_string()).increment(said);
        given
    }

    /// What the hub gave.
    fn took(
        &self,
        frame: Option<Frame>,
        subscription: &mut Option<Subscription>,
        speaker: &mut Speaker,
    ) -> Result<(), SourceError> {
        let unreadable = |why: String| failed("tak.hub", why);
        match frame {
            Some(Frame::Text(text)) => {
                let message: ServerMessage =
                    serde_json::from_str(&text).map_err(|e| unreadable(e.to_string()))?;
                if let ServerMessage::Bye { reason, detail } = &message {
                    let code = code_of(*reason);
                    metrics::counter!("tak_cut_off_total", "feed" => self.feed.to_string(), "reason" => code)
                        .increment(1);
                    return Err(failed(code, detail.clone()));
                }
                self.saying(&mut self.shared(), speaker, |s, to| s.message(&message, to));
                Ok(())
            }
            Some(Frame::Binary(bytes)) => self
                .saying(&mut self.shared(), speaker, |s, to| s.positions(&bytes, to))
                .map_err(|e| unreadable(e.to_string())),
            Some(Frame::Ping) => {
                if let Some(subscription) = subscription {
                    subscription.lives();
                }
                Ok(())
            }
            Some(Frame::Close(..)) | None => Err(unreadable("the hub has ended".to_owned())),
        }
    }
}

const fn code_of(reason: ByeReason) -> &'static str {
    match reason {
        ByeReason::Shutdown => "tak.shutdown",
        ByeReason::TooSlow => "tak.too_slow",
        ByeReason::Protocol => "tak.protocol",
        ByeReason::Silent => "tak.silent",
        ByeReason::Busy => "tak.busy",
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut every = tokio::time::interval(period);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    every
}

/// The next frame; never where there is no subscription.
async fn next(subscription: &mut Option<Subscription>, take: bool) -> Option<Frame> {
    match subscription {
        Some(subscription) => subscription.next(take).await,
        None => pending().await,
    }
}

/// A place at the hub, as a screen has one.
struct Subscription {
    serve: Pin<Box<dyn Future<Output = ()> + Send>>,
    served: bool,
    frames: mpsc::Receiver<Frame>,
    say: mpsc::Sender<FromClient>,
}

impl Subscription {
    fn new(output: &Output) -> Self {
        // One frame in the channel, and one with whoever waits to put it there.
        let (sink, frames) = mpsc::channel(1);
        let (say, mut said) = mpsc::channel(4);
        let start = ClientMessage::Start {
            cursor: None,
            filter: output.filter(),
            wall: None,
        };
        // A message of ours has a JSON form, and the channel is empty.
        let start = serde_json::to_string(&start).unwrap_or_default();
        drop(say.try_send(FromClient::Text(start)));
        let said = poll_fn(move |cx| said.poll_recv(cx).map(|came| came.map(Ok::<_, Infallible>)));
        Self {
            serve: Box::pin(serve(output.hub.clone(), PollSender::new(sink), said)),
            served: false,
            frames,
            say,
        }
    }

    /// Drives the hub's side, and gives the next frame once the line can take it.
    async fn next(&mut self, take: bool) -> Option<Frame> {
        while !self.served {
            tokio::select! {
                biased;
                frame = self.frames.recv(), if take => return frame,
                () = &mut self.serve => self.served = true,
            }
        }
        self.frames.recv().await
    }

    /// Answers the hub's ping.
    fn lives(&self) {
        // A full channel has an answer in it already.
        drop(self.say.try_send(FromClient::Alive));
    }
}

/// Hands bytes to the line, and says why that ended.
async fn write(
    mut to: Box<dyn AsyncWrite + Send + Unpin>,
    mut waiting: mpsc::Receiver<Vec<u8>>,
) -> SourceError {
    while let Some(bytes) = waiting.recv().await {
        for piece in bytes.chunks(PIECE_BYTES) {
            let written = async {
                to.write_all(piece).await?;
                to.flush().await
            };
            match timeout(PIECE_WITHIN, written).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return failed("peer.lost", error.kind().to_string()),
                Err(_late) => {
                    let took = format!("it took nothing for {} s", PIECE_WITHIN.as_secs());
                    return failed("tak.stalled", took);
                }
            }
        }
    }
    // It may be gone already.
    drop(to.shutdown().await);
    failed("peer.stopped", "the connection is over")
}

/// A client on the gauge, whatever ends it.
struct Counted(FeedId);

impl Counted {
    fn new(feed: FeedId) -> Self {
        metrics::gauge!("tak_clients", "feed" => feed.to_string()).increment(1.0);
        Self(feed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("tak_clients", "feed" => self.0.to_string()).decrement(1.0);
    }
}

impl Conversation for Talk {
    fn heard(&self, bytes: &[u8]) -> Result<(), SourceError> {
        let now = self.clock.now();
        let mut shared = self.shared();
        let Shared {
            session,
            reader,
            own,
            learned,
            out,
        } = &mut *shared;
        session.heard(now);
        let mut wrong = None;
        reader.push(bytes, |event| {
            if session.received(&event, now, out) == Received::OfWorld && wrong.is_none() {
                match own.learn(&event) {
                    Ok(more) => *learned |= more,
                    Err(other) => wrong = Some(other),
                }
            }
        });
        if let Some(other) = wrong {
            tracing::warn!(feed = %self.feed, "a TAK client is ended that calls itself otherwise than tak.yaml has it");
            metrics::counter!("tak_cut_off_total", "feed" => self.feed.to_string(), "reason" => "tak.callsign")
                .increment(1);
            return Err(failed("tak.callsign", other.to_string()));
        }
        if out.len() > MAX_WAITING_BYTES {
            return Err(failed("tak.too_slow", "it asks and does not listen"));
        }
        drop(shared);
        self.news.notify_one();
        Ok(())
    }

    fn speak(
        self: Arc<Self>,
        to: Box<dyn AsyncWrite + Send + Unpin>,
        over: CancellationToken,
    ) -> BoxFuture<'static, SourceError> {
        Box::pin(async move {
            let _counted = Counted::new(self.feed.clone());
            let (line, waiting) = mpsc::channel(1);
            let mut writer = pin!(write(to, waiting));
            let why = tokio::select! {
                why = &mut writer => return why,
                why = self.talk(line, over) => why,
            };
            // What it was told last goes out, if the line takes it.
            drop(timeout(END_WITHIN, writer).await);
            why
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_line_that_takes_nothing_is_given_up() {
        let (ours, _theirs) = duplex(PIECE_BYTES);
        let (line, waiting) = mpsc::channel(1);
        line.send(vec![0; 2 * PIECE_BYTES]).await.unwrap();
        let started = tokio::time::Instant::now();
        let why = write(Box::new(ours), waiting).await;
        assert_eq!(why.code, "tak.stalled");
        assert_eq!(started.elapsed(), PIECE_WITHIN);
    }

    #[tokio::test]
    async fn what_waits_goes_out_before_the_end() {
        let (ours, mut theirs) = duplex(PIECE_BYTES);
        let (line, waiting) = mpsc::channel(2);
        for byte in [1, 2] {
            line.send(vec![byte; PIECE_BYTES]).await.unwrap();
        }
        drop(line);
        let mut read = Vec::new();
        let (why, whole) = tokio::join!(
            write(Box::new(ours), waiting),
            theirs.read_to_end(&mut read)
        );
        assert_eq!(
            (why.code, whole.unwrap()),
            ("peer.stopped", 2 * PIECE_BYTES)
        );
    }

    #[tokio::test]
    async fn a_client_that_asks_and_does_not_listen_is_cut_off() {
        let clock: Arc<dyn TimeSource> = Arc::new(oneroof_ports::SystemTime);
        let own = Own::new("tak-bg".into(), None);
        let talk = Talk::new("tak-bg".into(), None, Arc::clone(&clock), own);
        let mut pings = Vec::new();
        let ping = oneroof_feeds::formats::cot::ping("c", clock.now());
        while pings.len() < 64 * 1024 {
            oneroof_feeds::formats::cot::xml::write_stream(&ping, &mut pings);
        }
        let rounds = 2 * MAX_WAITING_BYTES / pings.len();
        let end = (0..rounds).find_map(|_| talk.heard(&pings).err());
        assert_eq!(end.unwrap().code, "tak.too_slow");
        assert!(talk.shared().out.len() < 2 * MAX_WAITING_BYTES);
    }
}
