//! The TAK endpoint against clients of others: pytak and takproto from the Python package index, in a virtual environment of
//! their own below cargo's temporary folder. Where that cannot be made (no `python3`, no `venv`, no index) the test says
//! so and counts as skipped (`SKIPPED` on standard output). `ONEROOF_PYTAK_PYTHON` names a Python that has them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and speaks to its reader"
)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use oneroof_model::FeedLight;
use oneroof_tests::{Site, Tak, Wants, free_port, missing_binary, now, report, self_report, until};
use serde_json::{Value, json};

/// What was tried.
const PACKAGES: [&str; 2] = ["pytak==7.6.1", "takproto==3.0.1"];

/// A Python that has the packages.
fn python() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("ONEROOF_PYTAK_PYTHON") {
        return Some(path.into());
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pytak");
    let python = folder.join("bin/python");
    let works = |python: &Path| {
        let mut command = Command::new(python);
        command.args(["-c", "import pytak, takproto"]);
        quiet(&mut command)
    };
    if works(&python) {
        return Some(python);
    }
    let made = quiet(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    ) && quiet(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--timeout",
                "10",
                "--retries",
                "1",
            ])
            .args(PACKAGES),
    ) && works(&python);
    if !made {
        println!(
            "SKIPPED test against pytak and takproto: no virtual environment with them (python3-venv, package index)"
        );
    }
    made.then_some(python)
}

/// Runs a program to its end; whether it went well.
fn quiet(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null());
    let command = command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The client of `peers/pytak_client.py`, killed with it.
struct Client {
    child: Child,
    told: Arc<Mutex<Vec<Value>>>,
}

impl Client {
    fn start(python: &Path, port: u16, mode: &str) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/pytak_client.py");
        let mut child = Command::new(python)
            .arg(script)
            .args(["127.0.0.1", &port.to_string(), mode])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let kept = Arc::clone(&told);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock()
                    .unwrap()
                    .push(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, told }
    }

    /// Waits until it was told of a uid.
    async fn hears(&self, uid: &str) -> Value {
        until(uid, async || {
            let told = self.told.lock().unwrap();
            told.iter().rev().find(|e| e["uid"] == uid).cloned()
        })
        .await
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pytak_and_takproto_hear_our_picture_and_become_units_in_it() {
    if missing_binary() {
        return;
    }
    let Some(python) = python() else { return };
    let site = Site::with_reports();
    let port = free_port();
    let transport = format!("transport: {{kind: tak_listen, listen: \"127.0.0.1:{port}\"}}");
    site.feed("tak-bg", &transport, "format: {kind: cot_proto}\n");
    let tak = "outputs:\n  - {feed: tak-bg, orgs: [BG], every: 200ms}\n";
    std::fs::write(site.overlay().join("tak.yaml"), tak).unwrap();
    let server = site.start().await;
    let http = server.http();
    http.feed_until("tak-bg", "listens", |v| v.health.light == FeedLight::Up)
        .await;
    let mut screen = server.screen().await;
    let record = report("r-1");
    http.report(&json!([record])).await;
    screen.until("the event", |s| s.events().count() == 1).await;
    let event = format!("oneroof.event.{}", screen.events().next().unwrap().id);
    let mut ours = Tak::connect(port, Wants::Proto).await;
    ours.say(self_report("OURS", "Ours", (48.3, 22.7), now()))
        .await;
    screen
        .until("our unit", |s| s.idents().contains("Ours"))
        .await;

    for (mode, form) in [("xml", "xml"), ("proto", "xml"), ("negotiated", "proto")] {
        let client = Client::start(&python, port, mode);
        // Ours is heard there: the event where the agency said that it is, and a unit by its call sign.
        let heard = client.hears(&event).await;
        for axis in ["lat", "lon"] {
            let apart = heard[axis].as_f64().unwrap() - record[axis].as_f64().unwrap();
            assert!(apart.abs() < 1e-5, "{mode}: {heard} {record}");
        }
        let unit = client.hears("oneroof.unit.Ours").await;
        assert_eq!(unit["callsign"], "Ours", "{mode}");
        // In the negotiated form from the answer on; what came before was in XML.
        if unit["form"] != form {
            assert_eq!(mode, "negotiated", "{unit}");
        }
        // Theirs is heard here.
        let name = format!("Peer {mode}");
        screen.until(&name, |s| s.idents().contains(&name)).await;
        let uid = format!("oneroof.unit.{name}");
        ours.until(&uid, |s| s.newest(&uid).is_some()).await;
        let theirs = ours.newest(&uid).unwrap();
        assert_eq!(theirs.callsign(), Some(name.as_str()));
        assert!((theirs.point.lat - 48.1).abs() < 1e-5 && (theirs.point.lon - 22.9).abs() < 1e-5);
        if mode == "negotiated" {
            // And something that is new after the answer, by takproto's own reading.
            http.report(&json!([report("r-2")])).await;
            screen
                .until("another event", |s| s.events().count() == 2)
                .await;
            let new = screen
                .events()
                .map(|e| format!("oneroof.event.{}", e.id))
                .find(|uid| *uid != event);
            assert_eq!(client.hears(&new.unwrap()).await["form"], "proto");
        }
        let told = client.told.lock().unwrap();
        assert!(
            told.iter().all(|e| e["uid"] != uid),
            "{mode} was told of itself"
        );
    }
    let view = http.feed("tak-bg").await.unwrap();
    assert_eq!(view.health.quarantined, 0);
    server.stop().await;
}
