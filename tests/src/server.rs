//! The built binary as it runs: `oneroof serve`, its log, its end.

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use oneroof_wire::{Filter, client::Picture};

use crate::http::Http;
use crate::live::Live;
use crate::wait::{PATIENCE, until};

/// What a healthy end takes at most: the operator's page says 30 s.
const END_WITHIN: Duration = Duration::from_secs(30);

/// The binary: `ONEROOF_BIN`, else the debug build of the target folder.
pub(crate) fn binary() -> PathBuf {
    if let Some(path) = std::env::var_os("ONEROOF_BIN") {
        return PathBuf::from(path);
    }
    // Our own executable lies in `<target>/<profile>/deps` or `<target>/<profile>`.
    let own = std::env::current_exe().unwrap_or_default();
    let built = own
        .ancestors()
        .skip(1)
        .map(|folder| folder.join("oneroof"))
        .find(|path| path.is_file());
    built.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/oneroof"))
}

/// A running server. Killed when dropped; its log is shown where the test fails.
#[derive(Debug)]
pub struct Server {
    child: Child,
    log: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
    url: String,
    http: Http,
    /// Parts of lines that a test brings about itself.
    expected: Vec<String>,
    over: bool,
}

impl Server {
    /// Starts and waits for the address. `port` 0 takes a free one.
    pub(crate) async fn start(config: &[String], data: &Path, port: u16) -> Self {
        Self::of(Self::command(config, data, port)).await
    }

    /// Starts a command that serves and waits for the address.
    pub(crate) async fn of(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the binary starts");
        let log = Arc::new(Mutex::new(String::new()));
        let readers = vec![
            collect(child.stdout.take().unwrap(), &log),
            collect(child.stderr.take().unwrap(), &log),
        ];
        let mut server = Self {
            child,
            log,
            readers,
            url: String::new(),
            http: Http::new(""),
            expected: Vec::new(),
            over: false,
        };
        server.url = until("the server prints its address", async || {
            let ended = server.child.try_wait().unwrap();
            let log = server.log();
            assert!(
                ended.is_none(),
                "the server ended at once ({ended:?}):\n{log}"
            );
            let line = log.lines().find(|l| l.starts_with("OneRoof: http"))?;
            Some(line.trim_start_matches("OneRoof: ").trim().to_owned())
        })
        .await;
        server.http = Http::new(&server.url);
        server
    }

    /// `oneroof serve` as it is started here.
    pub(crate) fn command(config: &[String], data: &Path, port: u16) -> Command {
        let mut command = Self::bare("serve", data, port);
        command.args(config);
        command
    }

    /// A command of the binary that serves, without its further arguments.
    pub(crate) fn bare(word: &str, data: &Path, port: u16) -> Command {
        let mut command = Command::new(binary());
        command
            .arg(word)
            .env("ONEROOF_LISTEN", format!("127.0.0.1:{port}"))
            .env("ONEROOF_DATA", data)
            .env_remove("ONEROOF_WEB_DIST")
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.url.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// Speaks to the API.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Opens a screen that sees everything.
    pub async fn screen(&self) -> Live {
        Live::open(self.address(), Picture::default(), Filter::default()).await
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A test brings about errors whose lines contain this.
    pub fn expect_errors(&mut self, part: &str) {
        self.expected.push(part.to_owned());
    }

    /// Memory in use: `VmRSS`, bytes.
    pub fn rss_bytes(&self) -> u64 {
        self.status_bytes("VmRSS:")
    }

    /// Most memory that was in use: `VmHWM`, bytes.
    pub fn peak_rss_bytes(&self) -> u64 {
        self.status_bytes("VmHWM:")
    }

    fn status_bytes(&self, key: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find(|l| l.starts_with(key)).unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib * 1024
    }

    /// A metric by its name with labels, as the text has it: `live_clients`, `feed_lost_total{feed="a"}`.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let text = self.http.get("/metrics").await.ok().body;
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Dies without a chance to tidy up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.finish();
    }

    /// Asks it to end (SIGTERM). What its clients do meanwhile is the test's business; [`Self::ended`] waits.
    pub fn ask_to_end(&self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(asked.success());
    }

    /// Waits for an end that was asked for; it must be a good one, and the log clean.
    pub async fn ended(mut self) -> String {
        let child = &mut self.child;
        let status: ExitStatus = crate::wait::within(END_WITHIN, "the server ends", async || {
            child.try_wait().unwrap()
        })
        .await;
        self.finish();
        let log = self.log();
        assert!(status.success(), "ended with {status}:\n{log}");
        log
    }

    /// Asks it to end and waits; it must be a good end, and the log clean.
    pub async fn stop(self) -> String {
        self.ask_to_end();
        self.ended().await
    }

    /// Lines that tell of a fault that the test did not bring about.
    pub fn faults(&self) -> Vec<String> {
        let log = self.log();
        let bad = |line: &&str| line.contains(" ERROR ") || line.contains("panicked at");
        let ours = |line: &str| self.expected.iter().any(|part| line.contains(part));
        log.lines()
            .filter(bad)
            .filter(|line| !ours(line))
            .map(str::to_owned)
            .collect()
    }

    fn finish(&mut self) {
        self.over = true;
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        let faults = self.faults();
        assert!(faults.is_empty(), "faults in the log: {faults:#?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.over {
            // A test that forgets the end, or fails, leaves nothing behind.
            drop(self.child.kill());
            drop(self.child.wait());
        }
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(20_000);
            let tail = log.char_indices().find(|(i, _)| *i >= from);
            println!(
                "the server said:\n{}",
                log.split_at(tail.map_or(0, |(i, _)| i)).1
            );
        }
    }
}

/// Reads a pipe to its end.
fn collect(pipe: impl Read + Send + 'static, log: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            log.lock()
                .unwrap()
                .push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    })
}

/// Starts `oneroof serve` where it has to refuse: its exit code and what it said.
pub fn refused_start(config: &[String], data: &Path, listen: &str) -> (ExitStatus, String) {
    let output = Server::command(config, data, 0)
        .env("ONEROOF_LISTEN", listen)
        .spawn()
        .unwrap();
    let mut output = output;
    let end = Duration::from_secs(1) + PATIENCE;
    let mut waited = Duration::ZERO;
    while output.try_wait().unwrap().is_none() {
        if waited > end {
            output.kill().unwrap();
            panic!("it serves on {listen}");
        }
        std::thread::sleep(Duration::from_millis(20));
        waited += Duration::from_millis(20);
    }
    let done = output.wait_with_output().unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status, String::from_utf8_lossy(&said).into_owned())
}
