//! Real peers: programs of the system that a test starts on a free port and ends.

use core::time::Duration;
use std::fs;
use std::net::{Ipv4Addr, TcpListener as StdListener, TcpStream as StdStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tokio::time::{Instant, sleep};

/// Longest wait for a program to listen.
const START: Duration = Duration::from_secs(20);

/// A program that ends with the test.
pub struct Program {
    child: Child,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Program {
    /// Starts a program whose words are these.
    pub fn start(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child }
    }

    /// Ends it at once, as a loss of power does.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Asks it to end (SIGTERM) and waits.
    pub fn terminate(&mut self) {
        self.signal("-TERM");
        self.child.wait().unwrap();
    }

    /// Sends it a signal, such as `-USR1`.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }
}

/// Where a program is, also where Debian keeps servers.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|f| f.join(name)).find(|p| p.is_file())
}

/// A port that nobody has.
pub fn free_port() -> u16 {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// Waits until something listens on a port.
pub async fn listens(port: u16) {
    let end = Instant::now() + START;
    while StdStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(Instant::now() < end, "nothing listens on port {port}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Writes a file into a folder.
pub fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

/// Says that a part was not tested, and why; who runs the tests counts it.
#[allow(clippy::print_stdout, reason = "a test says that it skipped")]
pub fn skipped(what: &str, why: &str) {
    println!("SKIPPED {what}: {why}");
}
