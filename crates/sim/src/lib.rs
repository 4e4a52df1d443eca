//! The demonstration's agencies: invented traffic and scripted happenings, in the wire formats of real agencies and
//! over real transports. Nothing is injected behind the ingest: whatever a screen shows went the whole way.
//!
//! [`run`] starts all of it and ends when told to. A part that fails tries again and says so in the log; it never
//! ends the demonstration. How scenarios are written is told in `docs/demo.md`.
//!
//! What this crate does not know: the server's insides. It talks to it as any agency, and its scripted officer as any
//! screen.

mod aivdm;
mod alarm;
mod clock;
mod cot;
mod fleet;
mod http;
mod hush;
mod lanes;
mod mode_s;
mod officer;
mod patrols;
mod placeholder;
mod player;
mod plot;
mod pulse;
mod radio;
mod random;
mod route;
mod scenario;
mod sky;
mod weather;

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use oneroof_config::Config;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use aivdm::{Channel, ClassA, Motion, Particulars, base_station};
pub use alarm::Alarm;
pub use cot::CotUnits;
pub use fleet::{Fleet, Heard, Spoken};
pub use patrols::{Patrols, Push};
pub use placeholder::{Moment, PlaceholderError, Template};
pub use plot::Plot;
pub use pulse::Pulse;
pub use scenario::{Expect, Problem, Scenario, Step, Way, load, parse};
pub use sky::Sky;
pub use weather::Grid;

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
    /// Address on which the border guard's TAK server can be listened to (the server connects).
    pub tcp_cot: SocketAddr,
    /// Address on which the coast guard's plot can be listened to (the server connects).
    pub tcp_plot: SocketAddr,
    /// Address to which the river stations send datagrams.
    pub udp_ais: SocketAddr,
    /// Folders into which files are dropped, by feed.
    pub folders: BTreeMap<String, PathBuf>,
    /// Folder of the scenarios.
    pub scenarios: PathBuf,
    /// Folder of the agencies' everyday messages, written as scenarios are.
    pub agencies: PathBuf,
    /// Only this scenario, and nothing of the agencies' everyday messages; all of both where it is missing.
    pub scenario: Option<String>,
    /// How many times faster than they are written scenarios are played.
    pub speed: f64,
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

/// What is played: the scenarios in turn, and each agency's everyday messages in a loop of its own.
struct Programme {
    scenarios: Vec<Scenario>,
    agencies: Vec<Scenario>,
}

/// Reads the programme.
///
/// # Errors
/// Every fault of every file.
fn programme(options: &SimOptions) -> Result<Programme, Vec<Problem>> {
    let only = options.scenario.as_deref();
    let scenarios = load(&options.scenarios, only);
    let agencies = match only {
        Some(_) => Ok(Vec::new()),
        None => load(&options.agencies, None),
    };
    match (scenarios, agencies) {
        (Ok(scenarios), Ok(agencies)) => Ok(Programme {
            scenarios,
            agencies,
        }),
        (scenarios, agencies) => Err([scenarios.err(), agencies.err()]
            .into_iter()
            .flatten()
            .flatten()
            .collect()),
    }
}

/// Runs the demonstration's agencies until stopped.
///
/// # Errors
/// Where the scenarios cannot be read, or there is no HTTP client. Later faults are logged and tried again.
pub async fn run(options: SimOptions, stop: CancellationToken) -> Result<(), SimError> {
    let options = Arc::new(options);
    let reader = Arc::clone(&options);
    let reading = tokio::task::spawn_blocking(move || programme(&reader));
    let programme = match reading.await {
        Ok(read) => read.map_err(SimError::Scenarios)?,
        Err(e) => return Err(SimError::Client(e.to_string())),
    };
    let http = http::Http::new(&options.base_url, stop.clone())
        .map_err(|e| SimError::Client(e.to_string()))?;
    let tasks = TaskTracker::new();
    let air = stations(&options, &tasks, &stop);
    if http.ready().await {
        let hush = hush::Hush::default();
        background(&options, &tasks, &http, &hush);
        let after = Duration::from_secs(options.officer_after_s);
        let officer = officer::Officer::new(http.clone(), after);
        tasks.spawn(officer.clone().work());
        let player = player::Player {
            http,
            air,
            folders: Arc::new(options.folders.clone()),
            officer,
            hush,
            speed: options.speed,
            tasks: tasks.clone(),
        };
        for agency in programme.agencies {
            tasks.spawn(player.clone().in_turn(vec![agency]));
        }
        tasks.spawn(player.in_turn(programme.scenarios));
    }
    stop.cancelled().await;
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// Starts the stations and everything that moves and speaks by itself.
fn stations(options: &SimOptions, tasks: &TaskTracker, stop: &CancellationToken) -> radio::Air {
    let air = radio::Air::new();
    for (heard, address) in [
        (Heard::Coast, options.tcp_ais),
        (Heard::Sky, options.tcp_adsb),
        (Heard::Guard, options.tcp_cot),
        (Heard::Plot, options.tcp_plot),
    ] {
        tasks.spawn(air.clone().serve_tcp(heard, address, stop.clone()));
    }
    tasks.spawn(air.clone().serve_udp(options.udp_ais, stop.clone()));
    let traffic = radio::Traffic {
        fleet: Fleet::new(options.seed, &options.config),
        sky: Sky::new(options.seed),
        guard: CotUnits::new(options.seed, &options.config),
        plot: Plot::new(options.seed),
    };
    tracing::info!(
        vessels = traffic.fleet.len() + traffic.plot.len(),
        aircraft = traffic.sky.len(),
        units_with_tak = traffic.guard.len(),
        "the demonstration's traffic"
    );
    tasks.spawn(air.clone().traffic(traffic, stop.clone()));
    air
}

/// Starts what is pushed all the time: the units' systems and the signs of life.
fn background(options: &SimOptions, tasks: &TaskTracker, http: &http::Http, hush: &hush::Hush) {
    let mut patrols = Patrols::new(options.seed, &options.config);
    tracing::info!(units = patrols.len(), "the demonstration's units");
    let patrol = move |elapsed, at| patrols.pushes(elapsed, at);
    tasks.spawn(player::background(
        http.clone(),
        hush.clone(),
        "units",
        PATROLS_EVERY,
        patrol,
    ));
    let mut pulse = Pulse::new(options.seed);
    let (mut alarm, mut grid) = (Alarm::new(), Grid::new());
    let beat = move |elapsed, at| {
        let mut due = pulse.pushes(elapsed, at);
        due.extend(alarm.pushes(elapsed, at));
        due.extend(grid.pushes(elapsed, at));
        due
    };
    tasks.spawn(player::background(
        http.clone(),
        hush.clone(),
        "signs of life, regions and weather",
        PULSE_EVERY,
        beat,
    ));
}
