//! A place for one test: a configuration overlay and a data folder, both gone with it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::agency::Peer;
use crate::server::Server;

/// The `format:` of a feed whose records are `{"id", "rev", "type", "time", "lat", "lon", "text"}`.
pub const JSON_REPORTS: &str = r#"format:
  kind: json
  zone: UTC
  time: [rfc3339]
  map:
    - rule: report
      draft: report
      id: {template: "{id}"}
      revision: rev
      type: {path: type, required: true}
      occurred: time
      place: {lat: lat, lon: lon}
      text: text
"#;

/// Overlay of every test: what a machine's disk is like changes nothing.
const CENTRE: &str = "disk: {warn_below: 2MB, stop_below: 1MB}\n";

/// A configuration overlay on the shipped one, and a data folder.
#[derive(Debug)]
pub struct Site {
    folder: TempDir,
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

impl Site {
    /// Without feeds.
    pub fn new() -> Self {
        let site = Self {
            folder: tempfile::Builder::new()
                .prefix("oneroof-e2e-")
                .tempdir()
                .unwrap(),
        };
        fs::create_dir_all(site.overlay().join("feeds")).unwrap();
        site.centre("");
        site
    }

    /// With a feed `reports` that takes pushes of [`JSON_REPORTS`].
    pub fn with_reports() -> Self {
        let site = Self::new();
        site.feed("reports", "transport: {kind: http_push}", JSON_REPORTS);
        site
    }

    /// Lays more over `centre.yaml`.
    pub fn centre(&self, yaml: &str) {
        write(
            &self.overlay().join("centre.yaml"),
            &format!("{CENTRE}{yaml}"),
        );
    }

    /// Lays more over another table, by the name of its file.
    pub fn table(&self, name: &str, yaml: &str) {
        write(&self.overlay().join(name), yaml);
    }

    /// Puts a feed's file in its place at once, as an editor does. Quotas are out of the way.
    pub fn feed(&self, name: &str, transport: &str, format: &str) {
        let text = Self::feed_text(name, transport, format);
        write(&self.feed_file(name), &text);
    }

    /// Puts a feed `coast` in its place that connects to a receiver of AIS.
    pub fn coast(&self, receiver: &Peer) {
        let transport = format!(
            "transport: {{kind: tcp_client, address: \"{}\"}}",
            receiver.address
        );
        self.feed("coast", &transport, "format: {kind: ais_nmea}\n");
    }

    /// What [`Self::feed`] writes.
    pub fn feed_text(name: &str, transport: &str, format: &str) -> String {
        format!(
            "feed: {name}\norg: BG\nname: {{uk: \"{name}\", en: \"{name}\"}}\nsource_kind: national_authority\n\
             quota: {{records_per_s: 100000, bytes_per_s: 200MB}}\n{transport}\n{format}"
        )
    }

    /// The file of a feed.
    pub fn feed_file(&self, name: &str) -> PathBuf {
        self.overlay().join("feeds").join(format!("{name}.yaml"))
    }

    /// Any path in this place.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The configuration overlay.
    pub fn overlay(&self) -> PathBuf {
        self.path("overlay")
    }

    /// The arguments that name the configuration.
    pub fn config_args(&self) -> Vec<String> {
        [base_config(), self.overlay()]
            .into_iter()
            .flat_map(|folder| ["--config".to_owned(), folder.display().to_string()])
            .collect()
    }

    /// Starts the server here and waits for its address.
    pub async fn start(&self) -> Server {
        Server::start(&self.config_args(), &self.data(), 0).await
    }

    /// Starts the demonstration here, with ports and folders of its own and these arguments.
    pub async fn demo(&self, arguments: &[&str]) -> Server {
        let mut command = Server::bare("demo", &self.data(), 0);
        let root = base_config().join("..");
        command.arg("--root").arg(root).args(arguments);
        for name in ["COAST_AIS", "DANUBE_AIS", "ADSB", "COT", "PLOT"] {
            let port = free_port().to_string();
            command.env(format!("ONEROOF_DEMO_{name}_PORT"), port);
        }
        for name in ["CAP", "CSV"] {
            let folder = self.path(&format!("inbox-{name}"));
            command.env(format!("ONEROOF_DEMO_{name}_FOLDER"), folder);
        }
        Server::of(command).await
    }

    /// Starts the server here on a port that was its before.
    pub async fn start_at(&self, port: u16) -> Server {
        Server::start(&self.config_args(), &self.data(), port).await
    }
}

/// The configuration as it is shipped.
pub(crate) fn base_config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config")
}

/// Writes a file whole: under another name first, so that nobody reads half of it.
fn write(path: &Path, text: &str) {
    let trial = path.with_extension("new");
    fs::write(&trial, text).unwrap();
    fs::rename(&trial, path).unwrap();
}

/// A port of loopback that nobody listens on now, for feeds that have to name theirs.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
