//! Entity updates to many screens: what an agency pushes until each screen has it.

use core::time::Duration;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::{SinkExt as _, StreamExt as _};
use oneroof_tests::load::quantile;
use oneroof_tests::{Http, Live, Site, report};
use oneroof_wire::SUBPROTOCOL;
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;

use crate::{figure, moment, since};

/// Screens.
const SCREENS: usize = 50;

/// Reports that are revised in turn.
const REPORTS: u32 = 2_000;

/// Revisions a second. Each is nearly three updates for each screen: the report, its event, and the event again when
/// what rests on the report has changed.
const REVISIONS_PER_S: u32 = 700;

/// Revisions in one request.
const BATCH: u32 = 20;

/// Seconds that are measured.
const SECONDS: u32 = 20;

/// What pusher and screens share.
struct Board {
    begun: Duration,
    /// Microseconds after the beginning at which a revision was sent.
    sent_us: Vec<AtomicU64>,
    over: AtomicBool,
}

impl Board {
    fn now_us(&self) -> u64 {
        u64::try_from(moment().saturating_sub(self.begun).as_micros()).unwrap()
    }
}

/// What a screen was given.
#[derive(Default)]
struct Seen {
    updates: u64,
    bytes: u64,
    late_ms: Vec<f32>,
}

/// Measures.
pub(crate) async fn run() {
    let site = Site::with_reports();
    let server = site.start().await;
    let total = REVISIONS_PER_S * SECONDS;
    let lines: Vec<String> = (0..REPORTS)
        .map(|n| report(&format!("F-{n}")).to_string())
        .collect();
    for part in lines.chunks(100) {
        server.http().push("reports", part.join("\n")).await;
    }
    let board = Arc::new(Board {
        begun: moment(),
        sent_us: (0..total).map(|_| AtomicU64::new(0)).collect(),
        over: AtomicBool::new(false),
    });
    let mut screens = tokio::task::JoinSet::new();
    for _ in 0..SCREENS {
        screens.spawn(screen(server.address().to_owned(), Arc::clone(&board)));
    }
    oneroof_tests::until("all screens are there", async || {
        let there = server.metric("live_clients").await.unwrap_or(0.0);
        (there >= SCREENS as f64).then_some(())
    })
    .await;
    tokio::time::sleep(Duration::from_secs(2)).await; // their snapshots are no part of it
    let begun = moment();
    revise(server.http().clone(), &board, total).await;
    let pushed = since(begun);
    // Whatever is on its way arrives; the screens look at the sign with each message, and beats come.
    tokio::time::sleep(Duration::from_secs(2)).await;
    board.over.store(true, Ordering::Relaxed);
    let seen = screens.join_all().await;
    let mut late: Vec<f32> = seen
        .iter()
        .flat_map(|s| s.late_ms.iter().copied())
        .collect();
    late.sort_by(f32::total_cmp);
    let updates: u64 = seen.iter().map(|s| s.updates).sum();
    let bytes: u64 = seen.iter().map(|s| s.bytes).sum();
    let missing = u64::from(total) * SCREENS as u64 - late.len() as u64;
    figure(
        &format!("entity updates to {SCREENS} screens"),
        updates as f64 / pushed,
        "updates/s",
        "100,000",
        &format!(
            "{REVISIONS_PER_S} revisions/s pushed for {pushed:.1} s; each screen {:.0} updates/s; {missing} of {} revisions not \
             seen by themselves (conflated); not counted: whatever else deltas carry",
            updates as f64 / pushed / SCREENS as f64,
            u64::from(total) * SCREENS as u64,
        ),
    );
    let spread = format!(
        "half within {:.0} ms, 99.9 % within {:.0} ms; from before the push until a screen had it, generator and screens on \
         the same machine",
        quantile(&late, 0.5),
        quantile(&late, 0.999)
    );
    figure(
        "push to screen, 99 %",
        quantile(&late, 0.99).into(),
        "ms",
        "250",
        &spread,
    );
    figure(
        "bytes of an entity update",
        bytes as f64 / updates as f64,
        "bytes",
        "",
        "JSON of a report or an event in a delta, with its share of the message",
    );
    server.stop().await;
}

/// Pushes all revisions at their rate.
async fn revise(http: Http, board: &Arc<Board>, total: u32) {
    let mut tick = interval(Duration::from_secs_f64(
        f64::from(BATCH) / f64::from(REVISIONS_PER_S),
    ));
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = tokio::task::JoinSet::new();
    for from in (0..total).step_by(BATCH as usize) {
        tick.tick().await;
        let lines: Vec<String> = (from..from + BATCH)
            .map(|n| {
                let mut record = report(&format!("F-{}", n % REPORTS));
                record["rev"] = (n / REPORTS + 2).into();
                record["text"] = format!("n={n}.").into();
                record.to_string()
            })
            .collect();
        let now = board.now_us();
        for n in from..from + BATCH {
            board.sent_us[n as usize].store(now, Ordering::Relaxed);
        }
        let http = http.clone();
        under_way.spawn(async move {
            let answer = http.push("reports", lines.join("\n")).await;
            assert_eq!(answer.accepted, BATCH, "{answer:?}");
        });
        while under_way.try_join_next().is_some() {}
    }
    under_way.join_all().await;
}

/// A screen that notes what it is given and does not build a picture.
async fn screen(address: String, board: Arc<Board>) -> Seen {
    let stream = TcpStream::connect(&address).await.unwrap();
    let mut socket = Live::upgrade(&address, stream, Some(SUBPROTOCOL))
        .await
        .unwrap();
    socket
        .send(Message::Text(r#"{"t":"start"}"#.into()))
        .await
        .unwrap();
    let mut seen = Seen::default();
    let mut known = vec![false; board.sent_us.len()];
    while !board.over.load(Ordering::Relaxed) {
        let message = socket.next().await.expect("not ended").expect("not broken");
        let Message::Text(text) = message else {
            continue;
        };
        if !text.starts_with(r#"{"t":"delta""#) {
            continue;
        }
        let mut reports = 0;
        for (at, mark) in text.match_indices(r#""text":"n="#) {
            let digits = text.split_at(at + mark.len()).1.split('.').next().unwrap();
            let n: usize = digits.parse().unwrap();
            reports += 1;
            if !core::mem::replace(&mut known[n], true) {
                let late = board.now_us() - board.sent_us[n].load(Ordering::Relaxed);
                seen.late_ms
                    .push(Duration::from_micros(late).as_secs_f32() * 1e3);
            }
        }
        if reports > 0 {
            let of = |kind: &str| text.matches(kind).count() as u64;
            seen.updates += of(r#"{"entity":"report""#) + of(r#"{"entity":"event""#);
            seen.bytes += text.len() as u64;
        }
    }
    seen
}
