//! `oneroof demo`: the server with the demonstration's agencies, or captures, beside it. Everything goes through real
//! transports; nothing is put in behind the ingest.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use oneroof_config::types::Transport;
use oneroof_config::{Config, Feed};
use oneroof_model::FeedId;
use oneroof_sim::SimOptions;
use tokio::net::TcpListener;

use crate::recorded::{self, Recording};
use crate::{compose, say, say_error, serve};

/// The word for all scenarios in turn.
const ALL: &str = "all";

fn speed(text: &str) -> Result<f64, String> {
    let within = |s: &f64| (0.01..=1_000.0).contains(s);
    let number = text.parse().ok().filter(within);
    number.ok_or_else(|| "expected a number from 0.01 to 1000".to_owned())
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Folder of the screen's files.
    #[arg(long, env = "ONEROOF_WEB_DIST", value_name = "DIR")]
    web: Option<PathBuf>,
    /// Folder that holds `config` and `demo`.
    #[arg(long, default_value = ".", value_name = "DIR")]
    root: PathBuf,
    /// Captures (plain, gzip, pcap, pcapng) to play again, shown where they really were. Their formats are known by their
    /// first bytes, where the format says so.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    capture: Vec<PathBuf>,
    /// Format of the captures (`oneroof formats` lists them), where it is not known by the first bytes.
    #[arg(long, value_name = "KIND", requires = "capture")]
    capture_format: Option<String>,
    /// A YAML file with the options of that format, those of a feed's `format:`: JSON, tables and XML need their mapping.
    #[arg(long, value_name = "FILE", requires = "capture_format")]
    capture_options: Option<PathBuf>,
    /// Lines a second, instead of the times in the captures.
    #[arg(long)]
    rate: Option<f64>,
    /// How many times faster than it happened captures and scenarios are played, 0.01 to 1000.
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Only this scenario, by the name of its file; `all`: one after the other, beside the agencies' everyday messages.
    #[arg(long, default_value = ALL)]
    scenario: String,
    /// After so many seconds the scripted officer confirms a suggestion that nobody has settled; 0: never.
    #[arg(long, default_value_t = 40)]
    officer_after: u64,
    /// Keeps what the last demonstration left in its data folder.
    #[arg(long)]
    keep: bool,
    /// Seed of the synthetic traffic.
    #[arg(long, default_value_t = 20_261_123)]
    seed: u64,
}

impl DemoArgs {
    fn recording(&self) -> Recording<'_> {
        Recording {
            files: &self.capture,
            format: self.capture_format.as_deref(),
            options: self.capture_options.as_deref(),
            rate: self.rate,
            speed: self.speed,
        }
    }
}

/// Runs the demonstration.
pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode> {
    serve::begin_log("text");
    let mut folders = vec![args.root.join("config"), args.root.join("demo/config")];
    let mut config = read(&folders)?;
    let data = PathBuf::from(&config.centre.server.data);
    if !args.keep && data.exists() {
        clear(&data)?;
    }
    if !args.capture.is_empty() {
        folders.push(recorded::overlay(&data, &args.recording())?);
        config = read(&folders)?;
    }
    let config = Arc::new(config);
    let listener = listener(config.centre.server.listen.0).await?;
    let address = listener.local_addr()?;
    let banner = if args.capture.is_empty() {
        "demo"
    } else {
        "recorded"
    };
    let house = compose::start(
        Arc::clone(&config),
        &folders,
        args.web.clone(),
        Some(banner.to_owned()),
    )
    .await?;
    let options = sim_options(&config, &args, address);
    let stop = house.stop.child_token();
    let agencies = house.tasks.spawn(async move {
        if let Err(error) = oneroof_sim::run(options, stop).await {
            tracing::error!(%error, "the demonstration's agencies ended");
        }
    });
    say("The demonstration runs. Stop it with Ctrl+C. Open:");
    serve::serve(house, listener, Some(agencies)).await
}

fn read(folders: &[PathBuf]) -> Result<Config> {
    serve::read_config(folders).map_err(|problems| {
        for p in &problems {
            say_error(&p.to_string());
        }
        anyhow::anyhow!(
            "the demonstration's configuration has {} faults",
            problems.len()
        )
    })
}

/// The address of the configuration, else any free one: a newcomer may have something on that port.
async fn listener(listen: SocketAddr) -> Result<TcpListener> {
    match serve::bind(listen).await {
        Ok(l) => Ok(l),
        Err(error) if listen.ip().is_loopback() => {
            tracing::warn!(%error, "taking a free port instead");
            serve::bind(SocketAddr::new(listen.ip(), 0)).await
        }
        Err(error) => Err(error),
    }
}

/// Empties the demonstration's own data folder, which is known by what is in it.
fn clear(data: &Path) -> Result<()> {
    let ours = data.join("oneroof.sqlite").exists() || data.join("lock").exists();
    let empty = std::fs::read_dir(data)?.next().is_none();
    if !ours && !empty && !data.ends_with("demo") {
        bail!(
            "{} is not a data folder of a demonstration; move it away",
            data.display()
        );
    }
    std::fs::remove_dir_all(data).with_context(|| format!("{} can't be emptied", data.display()))
}

fn sim_options(config: &Arc<Config>, args: &DemoArgs, address: SocketAddr) -> SimOptions {
    let feed = |name: &str| config.feeds.get(&name.into()).map(|f| &f.transport);
    // A feed that the configuration does not connect here gets the port that the shipped one has.
    let served = |name: &str, port: u16| {
        let configured = match feed(name) {
            Some(Transport::TcpClient(t)) => format!("{}:{}", t.address.host, t.address.port)
                .parse()
                .ok(),
            _ => None,
        };
        configured.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], port)))
    };
    let udp_ais = match feed("danube-ais") {
        Some(Transport::UdpListen(t)) => t.listen.0,
        _ => SocketAddr::from(([127, 0, 0, 1], 10_111)),
    };
    let folder = |(name, f): (&FeedId, &Feed)| match &f.transport {
        Transport::Folder(t) => Some((name.to_string(), PathBuf::from(&t.path))),
        _ => None,
    };
    SimOptions {
        base_url: format!("http://{address}"),
        tcp_ais: served("coast-ais", 10_110),
        tcp_adsb: served("sky-adsb", 10_112),
        tcp_cot: served("bg-cot", 10_113),
        tcp_plot: served("cg-plot", 10_114),
        udp_ais,
        folders: config.feeds.iter().filter_map(folder).collect(),
        scenarios: args.root.join("demo/scenarios"),
        agencies: args.root.join("demo/agencies"),
        scenario: Some(args.scenario.clone()).filter(|s| s != ALL),
        speed: args.speed,
        officer_after_s: args.officer_after,
        seed: args.seed,
        config: Arc::clone(config),
    }
}
