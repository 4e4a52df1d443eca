//! Backup of a running system, restore into another folder, and a look into the journal.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use oneroof_tests::{JSON_REPORTS, Server, Site, missing_binary, now, oneroof, report};
use serde_json::{Value, json};

/// Everything that is known of events and reports, by id.
async fn picture(server: &Server) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for list in ["events", "reports", "suggestions", "sections", "quarantine"] {
        for item in server.http().list(list).await {
            all.insert(format!("{list} {}", item["id"]), item);
        }
    }
    all
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn on_data(command: &[&str], data: &Path) -> oneroof_tests::Done {
    let data = text(data);
    oneroof(&[command, &["--data", &data]].concat())
}

/// Reports of all kinds: plain ones, personal ones, revisions, two of one happening, rejects.
async fn fill(server: &Server) {
    let http = server.http();
    let mut near = report("near-1");
    let mut nearer = near.clone();
    (near["lat"], near["lon"]) = (json!(47.96), json!(23.9));
    (nearer["lat"], nearer["lon"], nearer["id"]) = (json!(47.961), json!(23.901), json!("near-2"));
    let mut revised = near.clone();
    revised["rev"] = json!(2);
    http.report(&json!([near, nearer, revised, report("c"), {"id": "bad"}]))
        .await;
    http.push("personal", report("p").to_string()).await;
}

fn personal(site: &Site) {
    site.feed(
        "personal",
        "marking: {tlp: AMBER, personal_data: identifiers}\ntransport: {kind: http_push}",
        JSON_REPORTS,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_system_gives_the_same_picture_in_another_folder() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    personal(&site);
    let server = site.start().await;
    fill(&server).await;
    let before = picture(&server).await;
    assert!(
        before.keys().any(|k| k.starts_with("suggestions")),
        "{before:#?}"
    );

    let done = oneroof(&["backup", "--server", server.url()]).ok();
    let (written, bytes) = done.out.trim().rsplit_once(" (").unwrap();
    assert!(!bytes.starts_with("0 "), "{}", done.out);
    let file = PathBuf::from(written);
    let file = if file.is_absolute() {
        file
    } else {
        site.data().join("backups").join(file)
    };
    let keys = PathBuf::from(format!("{}.keys", text(&file)));
    assert!(file.exists() && keys.exists(), "{}", done.out);
    // What comes after the backup is not in it.
    server.http().report(&report("after")).await;

    // A folder in use is refused; so is one that is not empty.
    let in_use = on_data(&["restore", &text(&file), "--overwrite"], &site.data());
    assert_eq!(in_use.code, Some(1), "{}", in_use.out);
    server.stop().await;
    let not_empty = on_data(&["restore", &text(&file)], &site.data());
    assert_eq!(not_empty.code, Some(1), "{}", not_empty.out);

    let other = Site::with_reports();
    personal(&other);
    let restored = on_data(&["restore", &text(&file)], &other.data()).ok();
    assert!(restored.out.starts_with("restored "), "{}", restored.out);
    on_data(&["journal", "verify"], &other.data()).ok();
    let server = other.start().await;
    assert_eq!(picture(&server).await, before);
    // It goes on from there, and knows what it knew.
    let again = server
        .http()
        .push("personal", report("p2").to_string())
        .await;
    assert_eq!(again.accepted, 1);
    server.stop().await;

    // A damaged backup is refused before anything is changed.
    let mut bytes = std::fs::read(&file).unwrap();
    // In the middle of what each page holds: SQLite fills a page from its end.
    for page in bytes.chunks_mut(4_096) {
        page[4_000..4_032].fill(0xa5);
    }
    let damaged = site.path("damaged.backup");
    std::fs::write(&damaged, bytes).unwrap();
    std::fs::copy(&keys, site.path("damaged.backup.keys")).unwrap();
    let third = Site::new();
    let refused = on_data(&["restore", &text(&damaged)], &third.data());
    assert_eq!(refused.code, Some(1), "{}", refused.out);
    assert!(!third.data().join("oneroof.sqlite").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_is_verified_exported_and_folded_up_to_a_moment() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    personal(&site);
    let server = site.start().await;
    let http = server.http();
    http.report(&report("early")).await;
    let between = now().to_string();
    fill(&server).await;
    let events = http.list("events").await;
    // Another process may not look while the server runs.
    let busy = on_data(&["journal", "verify"], &site.data());
    assert_eq!(busy.code, Some(1), "{}", busy.out);
    server.stop().await;

    let whole = on_data(&["journal", "verify"], &site.data()).ok();
    assert!(
        whole.out.starts_with("the journal is whole: "),
        "{}",
        whole.out
    );
    let entries = on_data(&["journal", "export"], &site.data())
        .ok()
        .json_lines();
    let numbers: Vec<u64> = entries.iter().map(|e| e["seq"].as_u64().unwrap()).collect();
    assert_eq!(
        numbers,
        (1..=numbers.len() as u64).collect::<Vec<_>>(),
        "dense from 1"
    );
    let kinds: Vec<&str> = entries
        .iter()
        .map(|e| e["entry"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds.iter().filter(|k| **k == "report_recorded").count(),
        6,
        "{kinds:?}"
    );
    let after = on_data(&["journal", "export", "--after", "3"], &site.data())
        .ok()
        .json_lines();
    assert_eq!(after, entries[3..]);

    let fold = |until: &[&str]| {
        on_data(&[&["journal", "fold"], until].concat(), &site.data())
            .ok()
            .json_lines()
    };
    let ids = |events: &[Value]| {
        let mut ids: Vec<String> = events.iter().map(|e| e["id"].to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&fold(&[])), ids(&events));
    assert_eq!(fold(&["--until", &between]).len(), 1, "what was known then");
    let nowhere = on_data(&["journal", "verify"], &site.path("nowhere"));
    assert_eq!(nowhere.code, Some(1));
    assert!(nowhere.err.contains("no data folder"), "{}", nowhere.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_same_data_is_refused() {
    if missing_binary() {
        return;
    }
    let site = Site::with_reports();
    let server = site.start().await;
    let (status, said) =
        oneroof_tests::refused_start(&site.config_args(), &site.data(), "127.0.0.1:0");
    assert!(!status.success(), "{said}");
    assert!(said.contains("process"), "it names the other one: {said}");
    let (status, said) =
        oneroof_tests::refused_start(&site.config_args(), &site.path("other"), server.address());
    assert!(!status.success(), "{said}");
    assert!(
        said.contains("ONEROOF_LISTEN"),
        "it says what to do: {said}"
    );
    assert_eq!(server.http().report(&report("a")).await.accepted, 1);
    server.stop().await;
}
