//! A centre at work: vessels over TCP, reports by push, many screens, one of which never reads.
//!
//! Each happening is told of a few times, in revisions a few seconds apart; then an officer dismisses its event, which goes to
//! the archive a little later, as in a centre that keeps up with its work. Every screen notes each report that it is
//! given, so that after the load it can be said for each of them that nothing is missing: the last word on each
//! happening reaches every screen, and an earlier one too unless a later one came before the screen was told. Most screens only look for what they need in a message; a few build the whole picture, as the browser
//! does, and would fail at a gap.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_model::{CommandId, EventId, RecordOutcome};
use oneroof_ports::SystemIds;
use oneroof_wire::{Filter, SUBPROTOCOL};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::task::TaskTracker;

use crate::agency::Peer;
use crate::http::Http;
use crate::live::Live;
use crate::say::{now, report, vessel_at};
use crate::server::Server;
use crate::site::Site;
use crate::wait::within;

/// Agencies that push.
const SENDERS: u32 = 8;

/// Sentences go out in so many portions a second.
const PORTIONS_PER_S: u32 = 20;

/// Begins the text of each report, before its number.
const MARK: &str = "report-";

/// Happenings that are told of at one time. Many of eight, so that all tellings of one come from the same sender.
const AT_ONE_TIME: u32 = 1_000;

/// How long an event that was dismissed stays on the screens, seconds.
const IN_VIEW_S: u32 = 30;

/// How long the screens may take to be told of the last reports.
const SETTLES_WITHIN: Duration = Duration::from_mins(1);

/// First MMSI.
const FIRST_MMSI: u32 = 272_000_000;

/// What load.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Vessels.
    pub vessels: u32,
    /// Each vessel speaks every so many seconds.
    pub vessel_period_s: u32,
    /// New reports a second.
    pub reports_per_s: u32,
    /// Each happening is told of so many times: once, and then in revisions.
    pub tellings: u32,
    /// Screens that read.
    pub screens: u32,
    /// Of these, screens that build the whole picture.
    pub whole_pictures: u32,
    /// How long.
    pub seconds: u32,
    /// How long after that the same reports are sent again: known ones, of which nothing is kept.
    pub known_seconds: u32,
}

/// Memory at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Seconds since the load began.
    pub at_s: f64,
    /// `VmRSS`, bytes.
    pub rss_bytes: u64,
    /// Reports that were acknowledged so far.
    pub reports: u64,
}

/// What came of it.
#[derive(Debug)]
pub struct Loaded {
    /// New reports that were acknowledged.
    pub reports: u32,
    /// For each screen: happenings of which it was not given the last word.
    pub missing: Vec<u32>,
    /// Earlier words that a later one replaced before a screen was told, summed over all screens.
    pub replaced: u32,
    /// Events that were dismissed.
    pub dismissed: u32,
    /// From before the push until a screen had the report, milliseconds, sorted; over all screens.
    pub to_screen_ms: Vec<f32>,
    /// From before the push until its answer, milliseconds, sorted.
    pub to_answer_ms: Vec<f32>,
    /// Positions that screens were given, summed.
    pub positions: u64,
    /// Ticks at which a screen's line was not free, summed.
    pub skipped: u64,
    /// Tracks in the picture of a screen at the end.
    pub tracks: u64,
    /// Memory, once a second.
    pub memory: Vec<Sample>,
    /// Seconds after the beginning of the load at which the screen that does not read was ended, by the server's count;
    /// `None` where it never was.
    pub stalled_cut_off_s: Option<f64>,
}

impl Load {
    /// Reports in all.
    pub const fn total(self) -> u32 {
        self.reports_per_s * self.seconds
    }

    /// Happenings that are told of at one time.
    fn at_one_time(self) -> u32 {
        let all = (self.total() / self.tellings).max(SENDERS);
        AT_ONE_TIME.min(all - all % SENDERS)
    }

    /// Which happening the n-th report tells of, and for the so many-th time.
    fn telling(self, n: u32) -> (u32, u32) {
        let (width, wave) = (self.at_one_time(), self.at_one_time() * self.tellings);
        (n / wave * width + n % width, n % wave / width)
    }

    /// Whether the n-th report is the last word on its happening.
    fn is_last(self, n: u32) -> bool {
        self.telling(n).1 + 1 == self.tellings || n + self.at_one_time() >= self.total()
    }
}

/// The value below which this share of sorted values lies.
pub fn quantile(sorted: &[f32], share: f64) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index, from a share of 0 to 1"
    )]
    let at = (share * sorted.len() as f64) as usize;
    sorted
        .get(at.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f32::NAN)
}

/// What all of them share.
struct Board {
    begun: Instant,
    /// Microseconds since the beginning at which a report was sent.
    sent_us: Vec<AtomicU64>,
    /// Whether a report is the last word on its happening.
    last: Vec<bool>,
    happenings: u32,
    acknowledged: AtomicU32,
    dismissed: AtomicU32,
    /// Screens that were given every last word.
    told: AtomicU32,
    over: AtomicBool,
}

impl Board {
    fn now_us(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

/// What one screen noted.
#[derive(Default)]
struct Noted {
    to_screen_ms: Vec<f32>,
    given: u32,
    /// Of these, last words on a happening.
    last: u32,
    positions: u64,
    skipped: u64,
    tracks: u64,
}

/// Puts a load on a server of its own.
///
/// # Panics
/// Where the server does not keep to the protocol.
pub async fn put_load(load: Load) -> Loaded {
    let site = Site::with_reports();
    site.centre(&format!("retention: {{in_view: {IN_VIEW_S}s}}\n"));
    let peer = Peer::listen(0).await;
    site.coast(&peer);
    let server = site.start().await;
    let total = load.total();
    let last: Vec<bool> = (0..total).map(|n| load.is_last(n)).collect();
    let happenings = last.iter().filter(|last| **last).count();
    let board = Arc::new(Board {
        happenings: u32::try_from(happenings).unwrap(),
        begun: Instant::now(),
        sent_us: (0..total).map(|_| AtomicU64::new(0)).collect(),
        last,
        acknowledged: AtomicU32::new(0),
        dismissed: AtomicU32::new(0),
        told: AtomicU32::new(0),
        over: AtomicBool::new(false),
    });
    let stalled = stalled_screen(server.address()).await;
    let mut screens = tokio::task::JoinSet::new();
    for n in 0..load.screens {
        let (address, board) = (server.address().to_owned(), Arc::clone(&board));
        screens.spawn(async move {
            if n < load.whole_pictures {
                whole_picture(&address, &board).await
            } else {
                quick_eye(&address, &board).await
            }
        });
    }
    let fleet = TaskTracker::new();
    let peer = Arc::new(peer);
    fleet.spawn(sail(load, Arc::clone(&peer), Arc::clone(&board)));
    fleet.close();
    let every_vessel = format!("{} vessels are known", load.vessels);
    within(Duration::from_mins(2), &every_vessel, async || {
        let heard = server.http().feed("coast").await?.health.accepted;
        (heard >= u64::from(load.vessels)).then_some(())
    })
    .await;

    let mut senders = tokio::task::JoinSet::new();
    for n in 0..SENDERS {
        senders.spawn(send(n, load, server.http().clone(), Arc::clone(&board)));
    }
    let (memory, stalled_cut_off_s) =
        watch(&server, &board, load.seconds + load.known_seconds).await;
    let mut to_answer_ms: Vec<f32> = senders.join_all().await.concat();
    to_answer_ms.sort_by(f32::total_cmp);
    drop(stalled);
    settle(&server, load, &board).await;
    board.over.store(true, Ordering::Relaxed);
    let noted = screens.join_all().await;
    fleet.wait().await;
    let missed = server.metric("feed_lost_total{feed=\"coast\"}").await;
    assert!(missed.unwrap_or(0.0) < 1.0, "{missed:?} positions are lost");
    server.stop().await;
    let mut loaded = summary(&board, noted);
    loaded.to_answer_ms = to_answer_ms;
    loaded.memory = memory;
    loaded.stalled_cut_off_s = stalled_cut_off_s;
    loaded
}

fn summary(board: &Board, noted: Vec<Noted>) -> Loaded {
    let reports = u32::try_from(board.sent_us.len()).unwrap();
    let happenings = board.happenings;
    let missing: Vec<u32> = noted.iter().map(|n| happenings - n.last).collect();
    let not_given: u32 = noted.iter().map(|n| reports - n.given).sum();
    let mut loaded = Loaded {
        reports,
        replaced: not_given - missing.iter().sum::<u32>(),
        missing,
        dismissed: board.dismissed.load(Ordering::Relaxed),
        to_screen_ms: Vec::new(),
        to_answer_ms: Vec::new(),
        positions: noted.iter().map(|n| n.positions).sum(),
        skipped: noted.iter().map(|n| n.skipped).sum(),
        tracks: noted.iter().map(|n| n.tracks).max().unwrap_or(0),
        memory: Vec::new(),
        stalled_cut_off_s: None,
    };
    for mut one in noted {
        loaded.to_screen_ms.append(&mut one.to_screen_ms);
    }
    loaded.to_screen_ms.sort_by(f32::total_cmp);
    loaded
}

/// A screen that says `start` and never reads again.
async fn stalled_screen(address: &str) -> Live {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let mut stalled = Live::over(address, stream).await;
    stalled.start(Filter::default()).await;
    stalled
}

/// Whether the server has ended a line that took nothing.
async fn cut_off(server: &Server) -> bool {
    let mut ended = 0.0;
    for reason in ["stalled", "too_slow"] {
        let name = format!("live_cut_off_total{{reason=\"{reason}\"}}");
        ended += server.metric(&name).await.unwrap_or(0.0);
    }
    ended > 0.0
}

/// Waits until the server has told everybody of everything. A screen that is not told is found by what it noted.
async fn settle(server: &Server, load: Load, board: &Board) {
    let end = Instant::now() + SETTLES_WITHIN;
    while board.told.load(Ordering::Relaxed) < load.screens && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let accepted = server.http().feed("reports").await.unwrap().health.accepted;
    assert_eq!(
        accepted,
        u64::from(load.total()),
        "each report is taken once"
    );
}

/// The fleet: each vessel speaks once a period and moves a little.
async fn sail(load: Load, peer: Arc<Peer>, board: Arc<Board>) {
    let portions = load.vessel_period_s * PORTIONS_PER_S;
    let mut tick = interval(Duration::from_millis(1_000 / u64::from(PORTIONS_PER_S)));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut round = 0_u32;
    while !board.is_over() {
        tick.tick().await;
        let (portion, turn) = (round % portions, round / portions);
        let from = load.vessels * portion / portions;
        let to = load.vessels * (portion + 1) / portions;
        let text: String = (from..to)
            .map(|n| {
                let (row, column) = (f64::from(n / 100), f64::from(n % 100));
                let drift = f64::from(turn) * 0.000_3;
                vessel_at(
                    FIRST_MMSI + n,
                    43.5 + row * 0.02,
                    29.0 + column * 0.03 + drift,
                )
            })
            .collect();
        if !text.is_empty() {
            peer.say(text).await;
        }
        round += 1;
    }
}

/// One agency: its share of the reports, each at its moment; then the same ones again.
async fn send(sender: u32, load: Load, http: Http, board: Arc<Board>) -> Vec<f32> {
    let per_s = f64::from(load.reports_per_s) / f64::from(SENDERS);
    let mut tick = interval(Duration::from_secs_f64(1.0 / per_s));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut took = Vec::new();
    let mut events: BTreeMap<u32, EventId> = BTreeMap::new();
    let mut known: Vec<String> = Vec::new();
    for n in (sender..load.total()).step_by(SENDERS as usize) {
        tick.tick().await;
        let (happening, telling) = load.telling(n);
        let mut record = report(&format!("L-{happening}"));
        record["rev"] = json!(telling);
        record["text"] = json!(format!(
            "{MARK}{n} is one of many reports of a day at the border"
        ));
        let body = record.to_string();
        let begun = board.now_us();
        board.sent_us[n as usize].store(begun, Ordering::Relaxed);
        let answer = http.push("reports", body.clone()).await;
        assert_eq!(answer.accepted, 1, "{answer:?}");
        took.push(millis(board.now_us() - begun));
        board.acknowledged.fetch_add(1, Ordering::Relaxed);
        if let Some(RecordOutcome::Accepted {
            event: Some(event), ..
        }) = answer.records.first()
        {
            events.insert(happening, *event);
        }
        if telling + 1 == load.tellings
            && let Some(event) = events.remove(&happening)
        {
            dismiss(&http, event).await;
            board.dismissed.fetch_add(1, Ordering::Relaxed);
        }
        if known.len() < 1_000 {
            known.push(body);
        }
    }
    let again = load.reports_per_s * load.known_seconds / SENDERS;
    for n in 0..again as usize {
        tick.tick().await;
        let answer = http.push("reports", known[n % known.len()].clone()).await;
        assert_eq!(answer.duplicates, 1, "{answer:?}");
    }
    took
}

/// An officer finds an event to be nothing.
async fn dismiss(http: &Http, event: EventId) {
    let command = json!({
        "id": CommandId::next(&SystemIds, now().as_millis()),
        "by": {"is": "person", "name": "Duty officer", "org": "NCC"},
        "do": "set_state", "event": event, "state": "dismissed", "reason": "did_not_happen",
    });
    http.post("/api/v1/commands", command.to_string())
        .await
        .ok();
}

/// Looks once a second at the server's memory, and whether it has ended the screen that does not read.
async fn watch(server: &Server, board: &Board, seconds: u32) -> (Vec<Sample>, Option<f64>) {
    let mut tick = interval(Duration::from_secs(1));
    let begun = Instant::now();
    let (mut samples, mut ended) = (Vec::new(), None);
    while begun.elapsed() < Duration::from_secs(u64::from(seconds)) {
        tick.tick().await;
        let at_s = begun.elapsed().as_secs_f64();
        samples.push(Sample {
            at_s,
            rss_bytes: server.rss_bytes(),
            reports: board.acknowledged.load(Ordering::Relaxed).into(),
        });
        if ended.is_none() && cut_off(server).await {
            ended = Some(at_s);
        }
    }
    (samples, ended)
}

fn millis(us: u64) -> f32 {
    f32::from(u16::try_from(us / 1_000).unwrap_or(u16::MAX))
        + f32::from(u16::try_from(us % 1_000).unwrap()) / 1_000.0
}

/// Notes a report by its number where it is new.
fn note(n: usize, seen: &mut [bool], board: &Board, noted: &mut Noted) {
    if !core::mem::replace(&mut seen[n], true) {
        noted.given += 1;
        if board.last[n] {
            noted.last += 1;
            if noted.last == board.happenings {
                board.told.fetch_add(1, Ordering::Relaxed);
            }
        }
        let sent = board.sent_us[n].load(Ordering::Relaxed);
        noted.to_screen_ms.push(millis(board.now_us() - sent));
    }
}

/// A screen that builds the picture.
async fn whole_picture(address: &str, board: &Board) -> Noted {
    let mut live = Live::open(
        address,
        oneroof_wire::client::Picture::default(),
        Filter::default(),
    )
    .await;
    let mut noted = Noted::default();
    let mut seen = vec![false; board.sent_us.len()];
    while !board.is_over() {
        live.next().await.expect("a screen that reads is not ended");
        let now: Vec<_> = live.changes.drain(..).collect();
        for changed in now {
            noted.positions += changed.positions as u64;
            for key in &changed.upserted {
                let Some(oneroof_wire::Entity::Report(report)) = live.picture.entities.get(key)
                else {
                    continue;
                };
                let text = report.text.as_deref().unwrap();
                let number = text.strip_prefix(MARK).and_then(|t| t.split(' ').next());
                note(
                    number.unwrap().parse().unwrap(),
                    &mut seen,
                    board,
                    &mut noted,
                );
            }
        }
    }
    noted.skipped = live.picture.skipped;
    noted.tracks = live.picture.tracks.len() as u64;
    noted
}

/// A screen that only looks for what it notes.
async fn quick_eye(address: &str, board: &Board) -> Noted {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut socket = Live::upgrade(address, stream, Some(SUBPROTOCOL))
        .await
        .unwrap();
    socket
        .send(Message::Text(r#"{"t":"start"}"#.into()))
        .await
        .unwrap();
    let mut noted = Noted::default();
    let mut seen = vec![false; board.sent_us.len()];
    let mut seq = 0;
    while !board.is_over() {
        let message = socket.next().await.expect("not ended").expect("not broken");
        match message {
            Message::Text(text) => {
                if let Some(rest) = text.strip_prefix(r#"{"t":"delta","seq":"#) {
                    let (number, _) = rest.split_once(',').unwrap();
                    seq += 1;
                    assert_eq!(number.parse(), Ok(seq), "a gap in the deltas");
                }
                for (at, mark) in text.match_indices(MARK) {
                    let number = text.split_at(at + mark.len()).1.split(' ').next().unwrap();
                    note(number.parse().unwrap(), &mut seen, board, &mut noted);
                }
            }
            Message::Binary(bytes) => {
                let rows: [u8; 4] = bytes[4..8].try_into().unwrap();
                noted.positions += u64::from(u32::from_le_bytes(rows));
            }
            Message::Close(frame) => panic!("a screen that reads is not ended: {frame:?}"),
            _ => {}
        }
    }
    noted
}
