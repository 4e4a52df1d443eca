//! Real servers that a test starts on free ports with folders of their own, ends, and starts again: Mosquitto,
//! nats-server with `JetStream`, `PostgreSQL`. The end-to-end tests use this file as well.

use core::time::Duration;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use async_nats::jetstream::{self, stream};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, NoTls};

use super::programs::{Program, find, free_port, listens, skipped, write};

/// Mosquitto's setting that lets everybody in.
pub const OPEN: &str = "allow_anonymous true";

/// Longest wait for Mosquitto to write what it holds.
const SAVE: Duration = Duration::from_secs(10);

/// A broker that keeps its sessions over a restart.
pub struct Mosquitto {
    /// Its settings and what it keeps.
    pub folder: TempDir,
    mosquitto: PathBuf,
    /// Where it listens, on loopback.
    pub port: u16,
    /// The program.
    pub run: Program,
}

impl Mosquitto {
    /// `None`, and the test says that it is skipped, where there is no Mosquitto.
    pub async fn start(more: &str) -> Option<Self> {
        let (Some(mosquitto), Some(_)) = (find("mosquitto"), find("mosquitto_pub")) else {
            skipped(
                "MQTT with Mosquitto",
                "no mosquitto and mosquitto-clients here",
            );
            return None;
        };
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        let place = folder.path().display();
        let text = format!(
            "listener {port} 127.0.0.1\nuser root\npersistence true\npersistence_location {place}/\n\
             autosave_interval 1\nautosave_on_changes true\n{more}\n"
        );
        write(folder.path(), "mosquitto.conf", &text);
        let run = Self::run(&mosquitto, &folder);
        listens(port).await;
        Some(Self {
            folder,
            mosquitto,
            port,
            run,
        })
    }

    fn run(mosquitto: &PathBuf, folder: &TempDir) -> Program {
        let config = folder.path().join("mosquitto.conf");
        Program::start(Command::new(mosquitto).arg("-c").arg(config))
    }

    /// Has it write what it holds to its disk, which it does not do before it acknowledges.
    pub async fn save(&self) {
        let file = self.folder.path().join("mosquitto.db");
        let written = || fs::metadata(&file).and_then(|m| m.modified()).ok();
        let before = written();
        self.run.signal("-USR1");
        let end = Instant::now() + SAVE;
        while written() == before {
            assert!(Instant::now() < end, "the broker writes nothing");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Starts it again.
    pub async fn again(&mut self) {
        self.run = Self::run(&self.mosquitto, &self.folder);
        listens(self.port).await;
    }

    /// Publishes; whether the broker acknowledged it.
    pub fn publish(&self, topic: &str, text: &str, more: &[&str]) -> bool {
        self.publish_as(topic, &[&["-m", text], more].concat())
    }

    /// Publishes what a file holds, whatever that is; whether the broker acknowledged it.
    pub fn publish_file(&self, topic: &str, file: &Path) -> bool {
        self.publish_as(topic, &["-f", file.to_str().unwrap()])
    }

    fn publish_as(&self, topic: &str, more: &[&str]) -> bool {
        let port = self.port.to_string();
        let words = ["-h", "127.0.0.1", "-p", &port, "-q", "1", "-t", topic];
        let status = Command::new("mosquitto_pub")
            .args(words)
            .args(more)
            .stderr(Stdio::null())
            .status();
        status.unwrap().success()
    }
}

/// A server with JetStream in a folder.
pub struct Nats {
    /// Its settings and what it keeps.
    pub folder: TempDir,
    program: PathBuf,
    /// Where it listens, on loopback.
    pub port: u16,
    /// The program.
    pub run: Program,
}

impl Nats {
    /// `None`, and the test says that it is skipped, where there is no nats-server.
    pub async fn start(more: &str) -> Option<Self> {
        let Some(program) = find("nats-server") else {
            skipped("NATS with nats-server", "no nats-server here");
            return None;
        };
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        let place = folder.path().display();
        let text = format!(
            "listen: 127.0.0.1:{port}\njetstream {{ store_dir: \"{place}/js\" }}\n{more}\n"
        );
        write(folder.path(), "nats.conf", &text);
        let run = Self::run(&program, &folder);
        listens(port).await;
        Some(Self {
            folder,
            program,
            port,
            run,
        })
    }

    fn run(program: &PathBuf, folder: &TempDir) -> Program {
        let config = folder.path().join("nats.conf");
        Program::start(Command::new(program).arg("-c").arg(config))
    }

    /// Starts it again.
    pub async fn again(&mut self) {
        self.run = Self::run(&self.program, &self.folder);
        listens(self.port).await;
    }

    /// A context of a client, with a stream ALARMS of everything below `alarms`.
    pub async fn stream(&self) -> jetstream::Context {
        let client = async_nats::connect(format!("127.0.0.1:{}", self.port)).await;
        let context = jetstream::new(client.unwrap());
        let config = stream::Config {
            name: "ALARMS".to_owned(),
            subjects: vec!["alarms.>".to_owned()],
            ..stream::Config::default()
        };
        context.get_or_create_stream(config).await.unwrap();
        context
    }
}

/// A server with a database of its own.
pub struct Postgres {
    /// Its data.
    pub folder: TempDir,
    /// Where it listens, on loopback.
    pub port: u16,
    /// The program.
    pub run: Program,
    programs: PathBuf,
    settings: Vec<String>,
}

/// The newest installed version's programs: in the path, or where Debian keeps them.
fn programs() -> Option<PathBuf> {
    if let Some(initdb) = find("initdb") {
        return initdb.parent().map(Path::to_path_buf);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions
        .flatten()
        .map(|v| v.path().join("bin"))
        .filter(|p| p.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop()
}

/// PostgreSQL does not run as root: there it is run as Debian's user for it.
fn as_server(program: &Path) -> Command {
    let own = fs::metadata("/proc/self").map(|m| m.uid());
    if own.is_ok_and(|uid| uid == 0) && find("runuser").is_some() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command.current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

/// Gives a folder to the user that the server runs as.
pub fn owned(path: &Path) {
    let changed = Command::new("chown")
        .args(["-R", "postgres"])
        .arg(path)
        .stderr(Stdio::null())
        .status();
    // Where we are not root the server is we.
    changed.ok();
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Postgres {
    /// Ends it at once, whoever is connected, as after a fault of its own: it has to recover from its log.
    pub fn stop(&self) {
        let ended = as_server(&self.programs.join("pg_ctl"))
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-m", "immediate", "-w", "stop"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        ended.ok();
    }

    /// `None`, and the test says that it is skipped, where there is no PostgreSQL.
    pub async fn start(settings: &[&str]) -> Option<Self> {
        let Some(programs) = programs() else {
            skipped("the poll of a view", "no PostgreSQL here");
            return None;
        };
        let (folder, port) = (TempDir::new().unwrap(), free_port());
        fs::write(folder.path().join("password"), "tiger7").unwrap();
        owned(folder.path());
        let made = as_server(&programs.join("initdb"))
            .arg("-D")
            .arg(folder.path().join("data"))
            .arg("--pwfile")
            .arg(folder.path().join("password"))
            .args([
                "-U",
                "postgres",
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--no-sync",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "a database could not be made");
        let settings: Vec<String> = settings.iter().map(|s| (*s).to_owned()).collect();
        let run = Self::run(&programs, &folder, port, &settings);
        let server = Self {
            folder,
            port,
            run,
            programs,
            settings,
        };
        server.ready().await;
        Some(server)
    }

    fn run(programs: &Path, folder: &TempDir, port: u16, settings: &[String]) -> Program {
        let mut command = as_server(&programs.join("postgres"));
        command.arg("-D").arg(folder.path().join("data"));
        command.args(["-h", "127.0.0.1", "-F", "-p", &port.to_string(), "-k"]);
        command.arg(folder.path());
        for setting in settings {
            command.args(["-c", setting]);
        }
        Program::start(&mut command)
    }

    /// Starts it again after [`Self::stop`].
    pub async fn again(&mut self) {
        self.run = Self::run(&self.programs, &self.folder, self.port, &self.settings);
        self.ready().await;
    }

    /// Waits until it can be asked.
    async fn ready(&self) {
        listens(self.port).await;
        loop {
            if self.try_admin().await.is_some() {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn try_admin(&self) -> Option<Client> {
        let login = format!(
            "host=127.0.0.1 port={} user=postgres password=tiger7 dbname=postgres",
            self.port
        );
        let (client, connection) = tokio_postgres::connect(&login, NoTls).await.ok()?;
        tokio::task::spawn(connection);
        Some(client)
    }

    /// A session that may do everything.
    pub async fn admin(&self) -> Client {
        self.try_admin().await.unwrap()
    }
}
