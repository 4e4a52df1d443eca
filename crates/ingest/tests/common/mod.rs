//! A room, a format and sources that a test steers.

#![allow(dead_code, reason = "each test file uses its part")]

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use oneroof_config::types::{
    FeedConfidence, FeedMarking, Format as FormatConfig, HttpPush, Listen, Names, Quota, TcpListen,
};
use oneroof_config::{Feed, Period, Size, Transport};
use oneroof_feeds::{Decoder, Format, Output, RejectReason};
use oneroof_ingest::{Defaults, Formats, Ingest, IngestParts, PlanError, RoomPort};
use oneroof_model::{
    DeleteDraft, DeleteTarget, Draft, FeedId, FreshnessRule, HeartbeatDraft, Mode, OrgId,
    PositionDraft, RecordOutcome, ReportDraft, ReportId, SourceKind, Time, TrackKey, TypeCode,
};
use oneroof_ports::memory::{ManualClock, MemoryStore};
use oneroof_ports::{
    Ack, BoxFuture, Chunk, ChunkKind, Source, SourceBuildError, SourceError, SourceFactory,
    SourceOut,
};
use oneroof_room::tracks::PositionsTaken;
use oneroof_room::{FeedContext, Record, Submission, SubmitAnswer, SubmitError};
use oneroof_wire::FeedView;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// Longest wait for anything in a test.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// What the room was given, in the order of its answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Got {
    Report(String),
    Reject(String),
    Delete,
    Position(u32),
}

/// A room that takes everything, at the pace of its gate.
pub struct FakeRoom {
    pub got: Mutex<Vec<Got>>,
    /// Submissions that wait or were answered.
    pub asked: Mutex<usize>,
    pub failures: Mutex<Vec<SubmitError>>,
    pub gate: Semaphore,
    requests: Mutex<BTreeMap<String, ([u8; 16], SubmitAnswer)>>,
    known: Mutex<BTreeMap<[u8; 16], ReportId>>,
}

impl FakeRoom {
    fn decide(&self, record: &Record) -> RecordOutcome {
        let mut got = self.got.lock().unwrap();
        match record {
            Record::Reject { reason, .. } => {
                got.push(Got::Reject(reason.code.clone()));
                RecordOutcome::Quarantined {
                    id: i64::try_from(got.len()).unwrap(),
                    reason: reason.clone(),
                }
            }
            Record::Draft {
                draft: Draft::Report(report),
                original,
            } => {
                let mut known = self.known.lock().unwrap();
                if let Some(report) = known.get(&original.digest) {
                    return RecordOutcome::Duplicate {
                        report: Some(*report),
                    };
                }
                let id = ReportId(
                    format!("00000000-0000-0000-0000-{:012}", known.len() + 1)
                        .parse()
                        .unwrap(),
                );
                known.insert(original.digest, id);
                got.push(Got::Report(report.title.clone().unwrap_or_default()));
                RecordOutcome::Accepted {
                    report: Some(id),
                    event: None,
                }
            }
            Record::Draft { .. } => {
                got.push(Got::Delete);
                RecordOutcome::Accepted {
                    report: None,
                    event: None,
                }
            }
        }
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    pub fn asked(&self) -> usize {
        *self.asked.lock().unwrap()
    }
}

impl RoomPort for FakeRoom {
    fn submit(&self, submission: Submission) -> BoxFuture<'_, Result<SubmitAnswer, SubmitError>> {
        Box::pin(async move {
            *self.asked.lock().unwrap() += 1;
            let _open = self
                .gate
                .acquire()
                .await
                .map_err(|_closed| SubmitError::Closed)?;
            if let Some(error) = self.failures.lock().unwrap().pop() {
                return Err(error);
            }
            if let Some(request) = &submission.request
                && let Some((digest, answer)) = self.requests.lock().unwrap().get(&request.key)
            {
                if *digest != request.digest {
                    return Err(SubmitError::RequestMismatch);
                }
                return Ok(SubmitAnswer {
                    repeated: true,
                    ..answer.clone()
                });
            }
            let outcomes = submission.records.iter().map(|r| self.decide(r)).collect();
            let answer = SubmitAnswer {
                outcomes,
                repeated: false,
            };
            if let Some(request) = submission.request {
                let kept = (request.digest, answer.clone());
                self.requests.lock().unwrap().insert(request.key, kept);
            }
            Ok(answer)
        })
    }

    fn positions(&self, _: &FeedContext, _: Time, drafts: Vec<PositionDraft>) -> PositionsTaken {
        let accepted = drafts.len() as u64;
        let numbers = drafts.iter().map(|d| match d.track.ident {
            oneroof_model::TrackIdent::Number(n) => Got::Position(n),
            oneroof_model::TrackIdent::Text(_) => Got::Position(0),
        });
        self.got.lock().unwrap().extend(numbers);
        PositionsTaken {
            accepted,
            ..PositionsTaken::default()
        }
    }
}

/// Lines: `R...` a report, `P<n>` a position, `D<n>` the withdrawal of a track, `H` a sign of life, `S` out of scope,
/// `PANIC` a fault of ours; anything else cannot be understood.
pub struct Lines {
    held: Vec<u8>,
    offset: u64,
    record: u64,
    /// Lines that begin with this are reports as well.
    also: Option<char>,
}

impl Lines {
    fn line(&mut self, line: &[u8], at: Time, out: &mut Output) {
        let (record, offset) = (self.record, self.offset);
        self.record += 1;
        let text = String::from_utf8_lossy(line).into_owned();
        let number = || text.get(1..).and_then(|n| n.parse().ok()).unwrap_or(0);
        let report = |title: &str| {
            Draft::Report(Box::new(ReportDraft {
                title: Some(title.to_owned()),
                type_code: Some(TypeCode::from("UBC05")),
                reported: Some(at - Duration::from_secs(3)),
                place: oneroof_model::Place::point(oneroof_model::LatLon::new(48.0, 24.0).unwrap()),
                ..ReportDraft::default()
            }))
        };
        match text.chars().next() {
            Some('R') => out.draft_from(record, report(&text), offset, line),
            Some('P') if text == "PANIC" => panic!("ordered by the test"),
            Some('P') => {
                out.draft(
                    record,
                    Draft::Position(PositionDraft::new(TrackKey::vessel(number()))),
                );
            }
            Some('D') => {
                let target = DeleteTarget::Track {
                    track: TrackKey::vessel(number()),
                };
                out.draft_from(
                    record,
                    Draft::Delete(DeleteDraft { target, at: None }),
                    offset,
                    line,
                );
            }
            Some('H') => {
                let beat = HeartbeatDraft {
                    at: Some(at + Duration::from_secs(7)),
                };
                out.draft(record, Draft::Heartbeat(beat));
            }
            Some('S') => out.skip(record, "known"),
            Some(sign) if self.also == Some(sign) => {
                out.draft_from(record, report(&text), offset, line);
            }
            _ => out.reject(
                record,
                offset,
                RejectReason::new("bad_line", "no such line"),
                line,
            ),
        }
    }
}

impl Decoder for Lines {
    fn push(&mut self, bytes: &[u8], at: Time, out: &mut Output) {
        self.held.extend_from_slice(bytes);
        while let Some(end) = self.held.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.held.drain(..=end).collect();
            if end > 0 {
                self.line(&line[..end], at, out);
            }
            self.offset += line.len() as u64;
        }
    }

    fn end_datagram(&mut self, at: Time, out: &mut Output) {
        self.push(b"\n", at, out);
    }

    fn finish(&mut self, at: Time, out: &mut Output) {
        let rest = core::mem::take(&mut self.held);
        if !rest.is_empty() {
            self.line(&rest, at, out);
        }
    }
}

struct LinesFormat(Option<char>);

impl Format for LinesFormat {
    fn kind(&self) -> &'static str {
        "lines"
    }
    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Lines {
            held: Vec::new(),
            offset: 0,
            record: 0,
            also: self.0,
        })
    }
}

/// Formats by what stands in the feed's options: `bad` is refused, `also X` takes lines of X as reports.
pub fn formats() -> Formats {
    Arc::new(|feed| match feed.format.yaml.as_str() {
        "bad" => {
            let message = "ordered by the test".to_owned();
            Err(PlanError::Format(vec![
                feed.format.problem(7, 3, message, None),
            ]))
        }
        text => Ok(Arc::new(LinesFormat(
            text.strip_prefix("also ").and_then(|t| t.chars().next()),
        ))),
    })
}

/// How a run of a source ends.
pub enum End {
    Error(SourceError),
    Panic,
}

/// A run of a source, in the test's hand.
pub struct Script {
    pub out: SourceOut,
    pub stop: CancellationToken,
    pub end: oneshot::Sender<End>,
}

impl Script {
    pub async fn send(&self, conn: u64, kind: ChunkKind) {
        self.send_with(conn, kind, None).await;
    }

    pub async fn data(&self, conn: u64, text: &str) {
        self.send(conn, ChunkKind::Data(text.as_bytes().to_vec()))
            .await;
    }

    pub async fn send_with(&self, conn: u64, kind: ChunkKind, ack: Option<oneshot::Sender<Ack>>) {
        let at = self.out.clock.now();
        let chunk = Chunk {
            conn,
            peer: "test".into(),
            at,
            kind,
            ack,
        };
        timeout(DEADLINE, self.out.chunks.send(chunk))
            .await
            .expect("room in time")
            .expect("read");
    }

    /// Hands a whole message on and gives the answer.
    pub async fn message(&self, conn: u64, text: &str) -> Ack {
        let (ack, answer) = oneshot::channel();
        let bytes = text.as_bytes().to_vec();
        let kind = ChunkKind::Message {
            bytes,
            context: None,
        };
        self.send_with(conn, kind, Some(ack)).await;
        timeout(DEADLINE, answer)
            .await
            .expect("an answer in time")
            .expect("an answer")
    }

    /// Ends the connection and gives the answer.
    pub async fn close(&self, conn: u64) -> Ack {
        let (ack, answer) = oneshot::channel();
        self.send_with(conn, ChunkKind::Close, Some(ack)).await;
        timeout(DEADLINE, answer)
            .await
            .expect("an answer in time")
            .expect("an answer")
    }

    pub async fn up(&self) {
        self.out
            .state
            .send(Ok("here".to_owned().into()))
            .await
            .unwrap();
    }
}

struct Scripted(mpsc::Sender<Script>);

impl Source for Scripted {
    fn run(
        &self,
        out: SourceOut,
        stop: CancellationToken,
    ) -> BoxFuture<'_, Result<(), SourceError>> {
        Box::pin(async move {
            let (end, ended) = oneshot::channel();
            // The test holds the sender of chunks now; the run ends when it lets go of it as well.
            drop(
                self.0
                    .send(Script {
                        out,
                        stop: stop.clone(),
                        end,
                    })
                    .await,
            );
            // How the test ends it counts, also where the pipeline heard of it first and stops the source.
            tokio::select! {
                biased;
                end = ended => match end {
                    Ok(End::Error(error)) => Err(error),
                    Ok(End::Panic) => panic!("ordered by the test"),
                    Err(_) => Ok(()),
                },
                () = stop.cancelled() => Ok(()),
            }
        })
    }
}

struct Factory(mpsc::Sender<Script>);

impl SourceFactory for Factory {
    fn build(
        &self,
        _feed: &FeedId,
        config: &Transport,
    ) -> Result<Option<Arc<dyn Source>>, SourceBuildError> {
        Ok(match config {
            Transport::HttpPush(_) => None,
            _ => Some(Arc::new(Scripted(self.0.clone()))),
        })
    }
}

/// An ingest with everything around it.
pub struct Bench {
    pub ingest: Ingest,
    pub room: Arc<FakeRoom>,
    pub store: Arc<MemoryStore>,
    pub clock: Arc<ManualClock>,
    pub runs: mpsc::Receiver<Script>,
}

pub const QUARANTINE_BYTES: u64 = 1_000;

pub fn defaults() -> Defaults {
    Defaults {
        org: OrgId::from("NCC"),
        mode: Mode::Test,
        rule: FreshnessRule {
            expected_s: 15,
            stale_s: 45,
            lost_s: 180,
        },
        quarantine_bytes: QUARANTINE_BYTES,
        body_bytes: 1_000_000,
        bounds: None,
    }
}

pub fn bench() -> Bench {
    let room = Arc::new(FakeRoom {
        got: Mutex::default(),
        asked: Mutex::default(),
        failures: Mutex::default(),
        gate: Semaphore::new(1_000),
        requests: Mutex::default(),
        known: Mutex::default(),
    });
    let store = Arc::new(MemoryStore::default());
    let clock = Arc::new(ManualClock::default());
    let (runs_to, runs) = mpsc::channel(16);
    let parts = IngestParts {
        defaults: defaults(),
        room: Arc::<FakeRoom>::clone(&room),
        sources: Arc::new(Factory(runs_to)),
        formats: formats(),
        store: Some(Arc::<MemoryStore>::clone(&store)),
        clock: Arc::<ManualClock>::clone(&clock),
    };
    let ingest = Ingest::start(parts, CancellationToken::new());
    Bench {
        ingest,
        room,
        store,
        clock,
        runs,
    }
}

pub fn push_feed(id: &str) -> Feed {
    Feed {
        feed: FeedId::from(id),
        org: OrgId::from("BG"),
        name: Names {
            uk: id.to_owned(),
            en: id.to_owned(),
        },
        source_kind: SourceKind::Sensor,
        transport: Transport::HttpPush(HttpPush {
            allow: Vec::new(),
            token: None,
        }),
        format: FormatConfig {
            kind: "lines".to_owned(),
            yaml: String::new(),
            first_line: 7,
            file: format!("feeds/{id}.yaml"),
        },
        marking: FeedMarking::default(),
        confidence: FeedConfidence::default(),
        mode: None,
        expected_period: None,
        stale_after: None,
        lost_after: None,
        quota: Quota {
            records_per_s: 100,
            bytes_per_s: Size(1_000_000),
        },
        zone: None,
        paused: false,
    }
}

pub fn stream_feed(id: &str) -> Feed {
    let transport = Transport::TcpListen(TcpListen {
        listen: Listen("127.0.0.1:0".parse().unwrap()),
        allow: Vec::new(),
        max_connections: 4,
        idle_timeout: Period::secs(60),
        tls: None,
    });
    Feed {
        transport,
        ..push_feed(id)
    }
}

impl Bench {
    /// The next run of a source.
    pub async fn run(&mut self) -> Script {
        timeout(DEADLINE, self.runs.recv())
            .await
            .expect("a run in time")
            .expect("a run")
    }

    pub fn view(&self, id: &str) -> FeedView {
        let found = self
            .ingest
            .health()
            .into_iter()
            .find(|v| v.health.feed.as_str() == id);
        found.expect("the feed is shown")
    }

    pub fn error(&self, id: &str) -> String {
        self.view(id).health.error.unwrap_or_default()
    }
}

/// Lines of text, one for each number.
pub fn lines(numbers: core::ops::Range<u32>, line: impl Fn(u32) -> String) -> String {
    numbers.flat_map(|n| [line(n), "\n".to_owned()]).collect()
}

/// Waits until something holds.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    timeout(DEADLINE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("in vain: {what}"));
}
