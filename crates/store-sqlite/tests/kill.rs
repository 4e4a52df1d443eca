//! `kill -9` in the middle of appends: what was acknowledged is there, once.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use oneroof_model::EntryBody;
use oneroof_ports::contract::sample::{batch, claim, personal, report, report_id};
use oneroof_ports::{Batch, Journal as _};
use oneroof_store_sqlite::{Options, SqliteStore};

const FOLDER: &str = "ONEROOF_KILL_TEST_FOLDER";
/// Times that the child is killed.
const ROUNDS: u64 = 4;

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, &Options::default()).unwrap()
}

/// Started by the test below as a process of its own; without the variable there is nothing to do.
#[tokio::test]
async fn the_child_appends_and_says_so_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let store = open(Path::new(&folder));
    let mut head = store.head().await.unwrap();
    loop {
        // One entry and one claim of the same number each; every second one encrypted, sizes from 1 to 5.
        let many = 1 + head % 5;
        let numbers = head + 1..=head + many;
        let next = Batch {
            claims: numbers
                .clone()
                .map(|n| claim("f", &n.to_string(), 1, n))
                .collect(),
            ..batch(numbers.map(|n| match n % 2 {
                0 => personal(report(n)),
                _ => report(n),
            }))
        };
        head = store.append(next, head).await.unwrap().head;
        let mut out = std::io::stdout().lock();
        writeln!(out, "acknowledged {head}").unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn every_acknowledged_append_survives_kill_9_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0_u64;
    for round in 1..=ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "the_child_appends_and_says_so_until_it_is_killed",
                "--exact",
                "--nocapture",
            ])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        for line in lines {
            let line = line.unwrap();
            let Some((_, number)) = line.split_once("acknowledged ") else {
                continue;
            };
            acknowledged = number.parse().unwrap();
            seen += 1;
            // Killed at another place each round; what it still said before it died is read to the end.
            if seen == 7 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(seen >= 7 * round, "the child ended by itself after {seen}");

        let store = open(folder.path());
        let head = store.head().await.unwrap();
        assert!(head >= acknowledged, "{head} of {acknowledged} are there");
        assert!(
            head <= acknowledged + 5,
            "more than the one append in flight"
        );
        let check = store.verify().await.unwrap();
        assert_eq!((check.entries, check.broken), (head, None));
        let read = store.read(0, usize::MAX).await.unwrap();
        for (entry, n) in read.iter().zip(1..) {
            let there = entry.body.as_ref().and_then(EntryBody::carries);
            assert_eq!((entry.seq, there), (n, Some(report_id(n))));
        }
        let keys = (1..=head + 1)
            .map(|n| ("f".into(), n.to_string()))
            .collect();
        let known = store.known_sources(keys).await.unwrap();
        let (last, taken) = known.split_last().unwrap();
        assert!(taken.iter().all(|revisions| revisions.len() == 1));
        assert!(last.is_empty());
    }
}
