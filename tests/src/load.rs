//! A centre at work: vessels over TCP, reports by push, many screens, one of which never reads.
//!
//! Every screen notes each report that it is given, so that after the load it can be said for each of them that nothing
//! is missing. Most screens only look for what they need in a message; a few build the whole picture, as the browser
//! does, and would fail at a gap.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_wire::{Filter, SUBPROTOCOL};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::task::TaskTracker;

use crate::agency::Peer;
use crate::http::Http;
use crate::live::Live;
use crate::say::{report, vessel_at};
use crate::server::Server;
use crate::site::Site;
use crate::wait::within;

/// Agencies that push.
const SENDERS: u32 = 8;

/// Sentences go out in so many portions a second.
const PORTIONS_PER_S: u32 = 20;

/// Begins the text of each report, before its number.
const MARK: &str = "report-";

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
    /// For each screen: reports that it was not given.
    pub missing: Vec<u32>,
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
    /// How the screen that did not read was ended, by the server's count.
    pub stalled_cut_off: bool,
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
    acknowledged: AtomicU32,
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
    let peer = Peer::listen(0).await;
    site.coast(&peer);
    let server = site.start().await;
    let total = load.reports_per_s * load.seconds;
    let board = Arc::new(Board {
        begun: Instant::now(),
        sent_us: (0..total).map(|_| AtomicU64::new(0)).collect(),
        acknowledged: AtomicU32::new(0),
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
    let memory = watch_memory(&server, &board, load.seconds + load.known_seconds).await;
    let mut to_answer_ms: Vec<f32> = senders.join_all().await.concat();
    to_answer_ms.sort_by(f32::total_cmp);
    let stalled_cut_off = cut_off(&server).await;
    drop(stalled);
    settle(&server, total).await;
    board.over.store(true, Ordering::Relaxed);
    let noted = screens.join_all().await;
    fleet.wait().await;
    let lost = server.metric("feed_lost_total{feed=\"coast\"}").await;
    assert!(lost.unwrap_or(0.0) < 1.0, "{lost:?} positions are lost");
    let stored = server.http().list("reports").await.len();
    assert_eq!(stored, total as usize, "reports in the picture");
    server.stop().await;
    summary(total, noted, to_answer_ms, memory, stalled_cut_off)
}

fn summary(
    total: u32,
    noted: Vec<Noted>,
    to_answer_ms: Vec<f32>,
    memory: Vec<Sample>,
    stalled_cut_off: bool,
) -> Loaded {
    let mut loaded = Loaded {
        reports: total,
        missing: noted.iter().map(|n| total - n.given).collect(),
        to_screen_ms: Vec::new(),
        to_answer_ms,
        positions: noted.iter().map(|n| n.positions).sum(),
        skipped: noted.iter().map(|n| n.skipped).sum(),
        tracks: noted.iter().map(|n| n.tracks).max().unwrap_or(0),
        memory,
        stalled_cut_off,
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

/// Waits until the server has told everybody of everything.
async fn settle(server: &Server, total: u32) {
    let mut last = server.screen().await;
    last.until("the last reports", |s| {
        s.reports().count() == total as usize
    })
    .await;
    let accepted = server.http().feed("reports").await.unwrap().health.accepted;
    assert_eq!(accepted, u64::from(total), "each report is taken once");
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
    let total = u32::try_from(board.sent_us.len()).unwrap();
    let happenings = (total / load.tellings).max(1);
    let mut known: Vec<String> = Vec::new();
    for n in (sender..total).step_by(SENDERS as usize) {
        tick.tick().await;
        let (happening, telling) = (n % happenings, n / happenings);
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

async fn watch_memory(server: &Server, board: &Board, seconds: u32) -> Vec<Sample> {
    let mut tick = interval(Duration::from_secs(1));
    let begun = Instant::now();
    let mut samples = Vec::new();
    while begun.elapsed() < Duration::from_secs(u64::from(seconds)) {
        tick.tick().await;
        samples.push(Sample {
            at_s: begun.elapsed().as_secs_f64(),
            rss_bytes: server.rss_bytes(),
            reports: board.acknowledged.load(Ordering::Relaxed).into(),
        });
    }
    samples
}

fn millis(us: u64) -> f32 {
    f32::from(u16::try_from(us / 1_000).unwrap_or(u16::MAX))
        + f32::from(u16::try_from(us % 1_000).unwrap()) / 1_000.0
}

/// Notes a report by its number where it is new.
fn note(n: usize, seen: &mut [bool], board: &Board, noted: &mut Noted) {
    if !core::mem::replace(&mut seen[n], true) {
        noted.given += 1;
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
