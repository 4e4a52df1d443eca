//! Whatever is appended, this adapter and the one in memory hold the same.
#![expect(clippy::unwrap_used, reason = "this is a test")]

use oneroof_model::{CommandId, FeedId, Receipt};
use oneroof_ports::contract::sample::{aside, batch, claim, personal, report};
use oneroof_ports::memory::MemoryStore;
use oneroof_ports::{Batch, Journal as _, Store as _, StoreError};
use oneroof_store_sqlite::{Options, SqliteStore};
use proptest::prelude::*;
use uuid::Uuid;

/// A batch in small: what may collide, collides often.
#[derive(Debug, Clone)]
struct Small {
    reports: Vec<(u8, bool)>,
    claims: Vec<(u8, i8)>,
    commands: Vec<u8>,
    quarantine: Vec<Vec<u8>>,
    head_off: u64,
}

fn small() -> impl Strategy<Value = Small> {
    let head_off = prop_oneof![9 => Just(0_u64), 1 => Just(1_u64)];
    (
        prop::collection::vec(any::<(u8, bool)>(), 0..6),
        prop::collection::vec((0..40_u8, -2..3_i8), 0..3),
        prop::collection::vec(0..60_u8, 0..2),
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..2),
        head_off,
    )
        .prop_map(|(reports, claims, commands, quarantine, head_off)| Small {
            reports,
            claims,
            commands,
            quarantine,
            head_off,
        })
}

impl Small {
    fn batch(&self) -> Batch {
        let receipt = Receipt::Done {
            repeated: false,
            event: None,
            version: None,
        };
        let entry = |(n, secret): &(u8, bool)| match secret {
            true => personal(report(u64::from(*n))),
            false => report(u64::from(*n)),
        };
        let claim = |(k, r): &(u8, i8)| claim("f", &k.to_string(), i64::from(*r), u64::from(*k));
        let command = |c: &u8| (CommandId(Uuid::from_u128(u128::from(*c))), receipt.clone());
        Batch {
            claims: self.claims.iter().map(claim).collect(),
            commands: self.commands.iter().map(command).collect(),
            quarantine: self
                .quarantine
                .iter()
                .map(|raw| aside("f", 0, raw))
                .collect(),
            ..batch(self.reports.iter().map(entry))
        }
    }
}

/// What must be alike: a refusal by its kind, an answer in whole.
fn kind<T>(r: Result<T, StoreError>) -> Result<T, String> {
    r.map_err(|e| match e {
        StoreError::Failed(_) => "taken".to_owned(),
        other => other.to_string(),
    })
}

async fn compare(steps: Vec<Small>) {
    let folder = tempfile::tempdir().unwrap();
    let disk = SqliteStore::open(folder.path(), &Options::default()).unwrap();
    let memory = MemoryStore::default();
    for step in steps {
        let head = memory.head().await.unwrap();
        let expected = head + step.head_off;
        let a = kind(memory.append(step.batch(), expected).await);
        let b = disk.append(step.batch(), expected).await;
        // Numbers of the quarantine may have gaps after a failure.
        assert_eq!(a.map(|d| d.head), kind(b).map(|d| d.head));
        assert_eq!(memory.head().await, disk.head().await);
    }
    assert_eq!(memory.read(0, 999).await, disk.read(0, 999).await);
    let keys: Vec<_> = (0..40)
        .map(|k| (FeedId::from("f"), k.to_string()))
        .collect();
    assert_eq!(
        memory.known_sources(keys.clone()).await,
        disk.known_sources(keys).await
    );
    assert_eq!(memory.quarantine_size().await, disk.quarantine_size().await);
    let check = disk.verify().await.unwrap();
    assert_eq!(
        (check.entries, check.broken),
        (disk.head().await.unwrap(), None)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn random_batches_give_the_same_journal_on_disk_and_in_memory(
        steps in prop::collection::vec(small(), 1..12)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(compare(steps));
    }
}
