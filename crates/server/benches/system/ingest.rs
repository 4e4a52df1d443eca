//! Reports made durable through the push API: every one is answered after the disk has it.

use core::time::Duration;

use oneroof_tests::{Http, Site, report};

use crate::{figure, moment, since};

/// Seconds that each way is measured.
const SECONDS: f64 = 10.0;

/// Reports of each sender that are revised in turn.
const KNOWN: u64 = 200;

/// What is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// Reports that nobody knew: each opens an event and is compared with the others.
    New,
    /// Newer revisions of a few reports, as status messages are.
    Revisions,
}

/// Measures batches and single reports.
pub(crate) async fn run() {
    for sent in [Sent::Revisions, Sent::New] {
        for (senders, batch) in [(8, 100), (64, 1)] {
            measure(sent, senders, batch).await;
        }
    }
}

async fn measure(kind: Sent, senders: u32, batch: u32) {
    let site = Site::with_reports();
    let server = site.start().await;
    let begun = moment();
    let mut tasks = tokio::task::JoinSet::new();
    for sender in 0..senders {
        tasks.spawn(push(server.http().clone(), kind, sender, batch, begun));
    }
    let sent: u64 = tasks.join_all().await.iter().sum();
    let took = since(begun);
    let words = match kind {
        Sent::New => "new reports",
        Sent::Revisions => "revisions of reports",
    };
    let about = match kind {
        Sent::New => "each opens an event and is compared with all others",
        Sent::Revisions => "each changes its report and event",
    };
    figure(
        &format!("{words}, {batch} a request, {senders} senders"),
        sent as f64 / took,
        "reports/s",
        "",
        &format!(
            "{about}; on disk before the answer; {sent} in {took:.1} s, {} MB at most",
            server.peak_rss_bytes() / 1_000_000
        ),
    );
    server.stop().await;
}

/// One agency that sends as fast as it is answered; gives how many it sent.
async fn push(http: Http, kind: Sent, sender: u32, batch: u32, begun: Duration) -> u64 {
    let mut sent = 0;
    while since(begun) < SECONDS {
        let lines: Vec<String> = (sent..sent + u64::from(batch))
            .map(|n| match kind {
                Sent::New => report(&format!("I-{sender}-{n}")).to_string(),
                Sent::Revisions => {
                    let mut record = report(&format!("I-{sender}-{}", n % KNOWN));
                    record["rev"] = (n / KNOWN + 1).into();
                    record.to_string()
                }
            })
            .collect();
        let answer = http.push("reports", lines.join("\n")).await;
        assert_eq!(answer.accepted, batch, "{answer:?}");
        sent += u64::from(batch);
    }
    sent
}
