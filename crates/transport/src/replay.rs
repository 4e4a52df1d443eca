//! Playing captures: as a source of a feed, and the walk through a capture that [`ReplaySender`] shares.
//!
//! [`ReplaySender`]: crate::ReplaySender

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use oneroof_config::types::Replay;
use oneroof_ports::{BoxFuture, ChunkKind, Source, SourceError, SourceOut};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::capture::{self, CaptureError, CaptureLine};
use crate::pacer::{Pace, Pacer};
use crate::pipe::{Pipe, READ_BYTES, Stopped, failed};

/// Lines at the beginning of a capture in which a time is looked for.
const LOOK_FOR_TIMES_LINES: usize = 500;

/// Wait between two rounds of a repeated replay, so that an empty capture does not spin. 1 s.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(1);

/// What is due together: lines of one conversation, or one datagram.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The conversation within the capture.
    pub(crate) stream: u32,
    /// Whether it is one whole datagram.
    pub(crate) datagram: bool,
    pub(crate) bytes: Vec<u8>,
}

/// A capture being played.
pub(crate) struct Player {
    lines: mpsc::Receiver<Result<CaptureLine, CaptureError>>,
    ahead: VecDeque<CaptureLine>,
    pacer: Pacer,
    start: Instant,
}

impl Player {
    /// Opens a capture and looks at its beginning for times.
    pub(crate) async fn open(path: PathBuf, pace: Pace) -> Result<Self, CaptureError> {
        let mut lines = capture::lines(path);
        let mut ahead = VecDeque::new();
        let mut has_times = false;
        while !has_times && ahead.len() < LOOK_FOR_TIMES_LINES {
            let Some(line) = lines.recv().await.transpose()? else {
                break;
            };
            has_times = line.time.is_some();
            ahead.push_back(line);
        }
        Ok(Self {
            lines,
            ahead,
            pacer: Pacer::new(pace, has_times),
            start: Instant::now(),
        })
    }

    /// The next lines at their moment: one, and those of its conversation that are due with it up to `most` bytes; or a
    /// datagram alone. `None` at the end.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Option<Due>, CaptureError> {
        let Some(line) = self.line().await? else {
            return Ok(None);
        };
        let due = self.start + self.pacer.due(line.time);
        sleep_until(due).await;
        let (stream, datagram) = (line.stream, line.datagram);
        let mut bytes = line.bytes;
        // What is due by now goes along, but what would have to be waited for does not.
        while !datagram && bytes.len() < most {
            if self.ahead.is_empty() {
                match self.lines.try_recv() {
                    Ok(Ok(line)) => self.ahead.push_back(line),
                    _ => break,
                }
            }
            let Some(next) = self.ahead.front() else {
                break;
            };
            let other = next.datagram || next.stream != stream;
            if other
                || bytes.len() + next.bytes.len() > most
                || !self.pacer.is_due_by(next.time, self.start.elapsed())
            {
                break;
            }
            self.pacer.due(next.time);
            bytes.extend_from_slice(&next.bytes);
            self.ahead.pop_front();
        }
        Ok(Some(Due {
            stream,
            datagram,
            bytes,
        }))
    }

    /// The next line alone at its moment.
    pub(crate) async fn next_line(&mut self) -> Result<Option<Due>, CaptureError> {
        self.next(0).await
    }

    async fn line(&mut self) -> Result<Option<CaptureLine>, CaptureError> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.recv().await.transpose(),
        }
    }
}

/// A replay of captures as a source.
#[derive(Debug)]
pub struct ReplaySource {
    config: Replay,
}

impl ReplaySource {
    /// A replay that begins when it is run.
    pub const fn new(config: Replay) -> Self {
        Self { config }
    }

    fn pace(&self) -> Pace {
        match self.config.rate_per_s {
            Some(per_s) => Pace::Rate { per_s },
            None => Pace::Times {
                speed: self.config.speed,
            },
        }
    }

    /// Plays one capture, each of its conversations as a connection of its own, numbered on from `conn`.
    async fn play(
        &self,
        pipe: &Pipe,
        conn: &mut u64,
        file: &str,
    ) -> Result<Result<(), CaptureError>, Stopped> {
        let peer: Arc<str> = file.into();
        let mut player = match Player::open(PathBuf::from(file), self.pace()).await {
            Ok(player) => player,
            Err(error) => return Ok(Err(error)),
        };
        // The reader of captures bounds how many conversations it tells apart.
        let mut open: BTreeMap<u32, u64> = BTreeMap::new();
        let ended = loop {
            let next = player.next(READ_BYTES);
            let due = match pipe.unless_stopped(next).await? {
                Ok(Some(due)) => due,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            let known = open.get(&due.stream).copied();
            let own = known.unwrap_or_else(|| {
                *conn += 1;
                *conn
            });
            if known.is_none() {
                open.insert(due.stream, own);
                pipe.chunk(own, &peer, ChunkKind::Open).await?;
            }
            let kind = if due.datagram {
                ChunkKind::Datagram(due.bytes)
            } else {
                ChunkKind::Data(due.bytes)
            };
            pipe.chunk(own, &peer, kind).await?;
        };
        for own in open.into_values() {
            pipe.chunk(own, &peer, ChunkKind::Close).await?;
        }
        Ok(ended)
    }

    /// Plays everything; ends only by the stop, or by a capture that cannot be read.
    async fn serve(&self, pipe: &Pipe) -> Result<Result<(), SourceError>, Stopped> {
        let mut conn = 0;
        pipe.state(Ok(self.config.files.join(", "))).await?;
        loop {
            for file in &self.config.files {
                if let Err(error) = self.play(pipe, &mut conn, file).await? {
                    return Ok(Err(failed("replay.unreadable", error.to_string())));
                }
            }
            if !self.config.repeat {
                break;
            }
            pipe.sleep(BETWEEN_ROUNDS).await?;
        }
        // A replay that is over stays as it is until it is stopped.
        pipe.stop.cancelled().await;
        Err(Stopped)
    }
}

impl Source for ReplaySource {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move { self.serve(&Pipe { out, stop }).await.unwrap_or(Ok(())) })
    }
}
