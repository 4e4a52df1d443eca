//! TAK with programs of others from the Python package index: pytak and takproto as clients of our endpoint, taky as a
//! server that we connect to, as plain TCP and with TLS and certificates.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use oneroof_feeds::formats::cot::{Element, Event};
use oneroof_model::FeedLight;
use oneroof_tests::{
    Authority, Pair, Program, Site, Tak, Valid, Wants, free_port, missing_binary, now, python_with,
    report, self_report, until,
};
use serde_json::{Value, json};

/// What was tried.
const PACKAGES: [&str; 2] = ["pytak==7.6.1", "takproto==3.0.1"];

/// As a server that we connect to.
const TAKY: [&str; 1] = ["taky==0.10"];

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
    let Some(python) = python_with("pytak", &PACKAGES, "pytak, takproto") else {
        return;
    };
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

/// taky on a port, with TLS where there is a certificate of its own.
fn taky(python: &Path, site: &Site, port: u16, tls: Option<(&Authority, &Pair)>) -> Program {
    let folder = site.path("taky");
    std::fs::create_dir_all(&folder).unwrap();
    let tls = tls.map_or_else(
        || "enabled = false".to_owned(),
        |(authority, own)| {
            format!(
                "enabled = true\nclient_cert_required = true\nca = {}\ncert = {}\nkey = {}\ncert_db = none",
                authority.ca.0.display(),
                own.cert.0.display(),
                own.key.0.display()
            )
        },
    );
    let place = folder.display();
    let text = format!(
        "[taky]\nhostname = localhost\nbind_ip = 127.0.0.1\nroot_dir = {place}\n[cot_server]\nport = {port}\n\
         [dp_server]\nupload_path = {place}\n[ssl]\n{tls}\n"
    );
    let config = folder.join("taky.conf");
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(python);
    command.args(["-m", "taky.cot", "-c"]).arg(config);
    Program::start(&mut command)
}

/// A unit that another client tells taky of, and an emergency, come to us; taky that dies and comes back is heard again.
async fn hear_taky(python: &Path, with_tls: bool) {
    let (site, authority) = (Site::new(), Authority::new());
    let own = authority.sign("taky", "localhost", Valid::Now);
    let centre = authority.sign("centre", "centre.example", Valid::Now);
    let phone = authority.sign("phone", "phone.example", Valid::Now);
    let port = free_port();
    let start = || taky(python, &site, port, with_tls.then_some((&authority, &own)));
    let connect = async || {
        until("taky lets a client in", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .ok()
        })
        .await;
        if with_tls {
            Tak::connect_tls(port, &authority, Some(&phone))
                .await
                .unwrap()
        } else {
            Tak::connect(port, Wants::Xml).await
        }
    };
    let mut server_of_others = start();
    let tls = if with_tls {
        format!(
            ", tls: {{ca: \"{}\", cert: \"{}\", key: \"{}\"}}",
            authority.ca.0.display(),
            centre.cert.0.display(),
            centre.key.0.display()
        )
    } else {
        String::new()
    };
    let transport = format!(
        "transport: {{kind: tcp_client, address: \"localhost:{port}\", reconnect_min: 50ms, reconnect_max: 500ms{tls}}}"
    );
    site.feed("taky", &transport, "format: {kind: cot_xml}\n");
    let mut client = connect().await;
    let server = site.start().await;
    let http = server.http();
    let light = async |wanted| {
        http.feed_until("taky", "has its light", |v| v.health.light == wanted)
            .await
    };
    light(FeedLight::Up).await;
    let mut screen = server.screen().await;
    let at = (48.1, 22.9);
    client
        .say(self_report("OTHER-1", "Other 1", at, now()))
        .await;
    // What was said before we were let in is kept by taky for who comes later; what is said now comes at once.
    screen
        .until("the unit", |s| s.idents().contains("Other 1"))
        .await;
    let stale = now().plus_secs(120);
    let mut event = Event::new("OTHER-1-9-1-1", "b-a-o-tbl", "h-e", now(), stale);
    (event.point.lat, event.point.lon) = at;
    let word = Element::new("emergency").with("type", "911 Alert");
    event.push_detail(word.saying("Other 1"));
    client.say(event).await;
    screen
        .until("a life at risk", |s| s.events().any(|e| e.life_at_risk))
        .await;

    server_of_others.kill();
    light(FeedLight::Down).await;
    let _again = start();
    let mut client = connect().await;
    light(FeedLight::Up).await;
    client
        .say(self_report("OTHER-2", "Other 2", at, now()))
        .await;
    screen
        .until("another unit", |s| s.idents().contains("Other 2"))
        .await;
    let view = http.feed("taky").await.unwrap();
    assert_eq!(view.health.quarantined, 0, "{view:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn taky_is_a_server_that_we_hear_as_one_of_its_clients_with_tls_and_without() {
    if missing_binary() {
        return;
    }
    let Some(python) = python_with("taky", &TAKY, "taky") else {
        return;
    };
    for with_tls in [false, true] {
        hear_taky(&python, with_tls).await;
    }
}
