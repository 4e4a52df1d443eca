//! The demonstration's agencies: invented traffic and scripted happenings, in the wire formats of real agencies and
//! over real transports. Nothing is injected behind the ingest: whatever a screen shows went the whole way.
//!
//! [`run`] starts all of it and ends when told to. A part that fails tries again and says so in the log; it never
//! ends the demonstration. How scenarios are written is told in `docs/demo.md`.
//!
//! What this crate does not know: the server's insides. It talks to it as any agency, and its scripted officer as any
//! screen.

mod aivdm;
mod clock;
mod fleet;
mod http;
mod lanes;
mod mode_s;
mod officer;
mod patrols;
mod placeholder;
mod player;
mod pulse;
mod radio;
mod random;
mod route;
mod scenario;
mod sky;

use core::fmt;
use core::time::Duration;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use oneroof_config::Config;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use aivdm::{Channel, ClassA, Motion, Particulars, base_station};
pub use fleet::{Fleet, Heard, Spoken};
pub use patrols::{Patrols, Push};
pub use placeholder::{Moment, PlaceholderError, Template};
pub use pulse::Pulse;
pub use scenario::{Expect, Problem, Scenario, Step, Way, load, parse};
pub use sky::Sky;

/// The units' systems send this often.
const PATROLS_EVERY: Duration = Duration::from_secs(5);

/// The signs of life are looked after this often.
const PULSE_EVERY: Duration = Duration::from_secs(2);

/// What the demonstration runs with.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// The server: `http://127.0.0.1:8080`.
    pub base_url: String,
    /// Address on which the coast stations can be listened to (the server connects).
    pub tcp_ais: SocketAddr,
    /// Address on which the receivers of aircraft can be listened to (the server connects).
    pub tcp_adsb: SocketAddr,
    /// Address to which the river stations send datagrams.
    pub udp_ais: SocketAddr,
    /// Folder into which warnings are dropped.
    pub cap_folder: PathBuf,
    /// Folder of the scenarios.
    pub scenarios: PathBuf,
    /// Only this scenario; all of them where it is missing.
    pub scenario: Option<String>,
    /// Seconds that a suggestion is left to a person before the scripted officer confirms it.
    pub officer_after_s: u64,
    /// Seed of the traffic.
    pub seed: u64,
    /// The centre's configuration: sections' shapes and units.
    pub config: Arc<Config>,
}

/// Why the demonstration cannot begin.
#[derive(Debug)]
pub enum SimError {
    /// Scenarios have faults.
    Scenarios(Vec<Problem>),
    /// The HTTP client cannot be made.
    Client(String),
}

impl fmt::Display for SimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenarios(problems) => {
                write!(f, "faults in the scenarios:")?;
                problems.iter().try_for_each(|p| write!(f, "\n  {p}"))
            }
            Self::Client(why) => write!(f, "no HTTP client: {why}"),
        }
    }
}

impl core::error::Error for SimError {}

/// Runs the demonstration's agencies until stopped.
///
/// # Errors
/// Where the scenarios cannot be read, or there is no HTTP client. Later faults are logged and tried again.
pub async fn run(options: SimOptions, stop: CancellationToken) -> Result<(), SimError> {
    let folder = options.scenarios.clone();
    let only = options.scenario.clone();
    let reading = tokio::task::spawn_blocking(move || load(&folder, only.as_deref()));
    let scenarios = match reading.await {
        Ok(read) => read.map_err(SimError::Scenarios)?,
        Err(e) => return Err(SimError::Client(e.to_string())),
    };
    let http = http::Http::new(&options.base_url, stop.clone())
        .map_err(|e| SimError::Client(e.to_string()))?;
    let tasks = TaskTracker::new();
    let air = radio::Air::new();
    tasks.spawn(
        air.clone()
            .serve_tcp(Heard::Coast, options.tcp_ais, stop.clone()),
    );
    tasks.spawn(
        air.clone()
            .serve_tcp(Heard::Sky, options.tcp_adsb, stop.clone()),
    );
    tasks.spawn(air.clone().serve_udp(options.udp_ais, stop.clone()));
    let fleet = Fleet::new(options.seed, &options.config);
    let mut patrols = Patrols::new(options.seed, &options.config);
    let sky = Sky::new(options.seed);
    tracing::info!(
        vessels = fleet.len(),
        aircraft = sky.len(),
        units = patrols.len(),
        "the demonstration's traffic"
    );
    tasks.spawn(air.clone().traffic(fleet, sky, stop.clone()));
    if http.ready().await {
        let mut pulse = Pulse::new(options.seed);
        let patrol = move |elapsed, at| patrols.pushes(elapsed, at);
        tasks.spawn(player::background(
            http.clone(),
            "units",
            PATROLS_EVERY,
            patrol,
        ));
        let beat = move |elapsed, at| pulse.pushes(elapsed, at);
        tasks.spawn(player::background(
            http.clone(),
            "signs of life",
            PULSE_EVERY,
            beat,
        ));
        let after = Duration::from_secs(options.officer_after_s);
        let officer = officer::Officer::new(http.clone(), after);
        tasks.spawn(officer.clone().work());
        for scenario in scenarios {
            let cap_folder = options.cap_folder.clone();
            let (http, air, officer) = (http.clone(), air.clone(), officer.clone());
            let player = player::Player {
                http,
                air,
                cap_folder,
                officer,
            };
            tasks.spawn(player.play(scenario));
        }
    }
    stop.cancelled().await;
    tasks.close();
    tasks.wait().await;
    Ok(())
}
