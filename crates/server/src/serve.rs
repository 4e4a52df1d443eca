//! `oneroof serve` and `oneroof check`.

use core::time::Duration;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use oneroof_config::types::OwnMap;
use oneroof_config::{Config, Format, Problem, process_env};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::cli::{ConfigArgs, ServeArgs};
use crate::compose::{self, House};
use crate::listener::{Bounds, listen};
use crate::{say, say_error};

/// Longest wait for clients and tasks at the end.
const END_WITHIN: Duration = Duration::from_secs(10);

/// Begins the log: to standard error, `RUST_LOG` decides what (`info` where missing).
pub(crate) fn begin_log(form: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second beginning in one process changes nothing.
    drop(match form {
        "json" => log.json().try_init(),
        _ => log.with_ansi(false).try_init(),
    });
}

/// Reads a configuration whole: the folder, and every feed's format.
pub(crate) fn read_config(folders: &[PathBuf]) -> Result<Config, Vec<Problem>> {
    let faults = |f: &Format| build_format(f).err().unwrap_or_default();
    oneroof_config::load_checked(folders, &process_env, &faults)
}

/// As [`read_config`], and opens each of the operator's own maps.
fn read_and_look(folders: &[PathBuf]) -> Result<Config, Vec<Problem>> {
    let faults = |f: &Format| build_format(f).err().unwrap_or_default();
    let maps = |map: &OwnMap| {
        let path = &map.path;
        let problem = |e: oneroof_maps::OpenError| {
            path.problem(e.code(), e.to_string(), Some(e.help().to_owned()))
        };
        let checked = oneroof_maps::check(&path.path).map_err(problem);
        checked.err().into_iter().collect()
    };
    oneroof_config::load_looking(folders, &process_env, &faults, &maps)
}

/// A feed's format, or everything that is wrong with its options, at the lines of the feed's file.
pub(crate) fn build_format(f: &Format) -> Result<Arc<dyn oneroof_feeds::Format>, Vec<Problem>> {
    let options = oneroof_feeds::Options {
        yaml: &f.yaml,
        first_line: f.first_line,
    };
    let problem = |p: oneroof_feeds::OptionProblem| f.problem(p.line, p.column, p.message, p.help);
    oneroof_feeds::build(&f.kind, options)
        .map_err(|faults| faults.into_iter().map(problem).collect())
}

/// Problems as a person reads them.
pub(crate) fn told(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// `oneroof check`.
pub(crate) fn check(args: &ConfigArgs) -> ExitCode {
    match read_and_look(&args.config) {
        Ok(c) => {
            say(&format!(
                "the configuration holds: {} agencies, {} event types, {} sections, {} crossing points, {} units, {} feeds; {}",
                c.agencies.len(),
                c.event_types.len(),
                c.sections.len(),
                c.crossing_points.len(),
                c.units.len(),
                c.feeds.len(),
                c.hash,
            ));
            ExitCode::SUCCESS
        }
        Err(problems) => {
            say_error(&told(&problems));
            say_error(&format!("{} faults", problems.len()));
            ExitCode::FAILURE
        }
    }
}

/// `oneroof serve`.
pub(crate) async fn run(args: ServeArgs) -> Result<ExitCode> {
    begin_log(&args.log);
    let config = match read_config(&args.config.config) {
        Ok(config) => Arc::new(config),
        Err(problems) => {
            say_error(&told(&problems));
            bail!("the configuration has {} faults", problems.len());
        }
    };
    let listener = bind(config.centre.server.listen.0).await?;
    let banner = config.centre.demo.then(|| "demo".to_owned());
    let house = compose::start(config, &args.config.config, args.web, banner).await?;
    serve(house, listener, None).await
}

/// Binds to loopback only: there are no accounts yet, so whoever reaches the screen sees everything.
pub(crate) async fn bind(listen: SocketAddr) -> Result<TcpListener> {
    if !listen.ip().is_loopback() {
        bail!(
            "server.listen is {listen}: until accounts exist the screen and the API are served on loopback only (127.0.0.1 or [::1]); feeds may listen anywhere"
        );
    }
    TcpListener::bind(listen).await.with_context(|| {
        format!("{listen} can't be listened on; set server.listen in centre.yaml or ONEROOF_LISTEN")
    })
}

/// Serves until a signal, then ends in order: clients are told, feeds end, what was taken is durable.
pub(crate) async fn serve(
    house: House,
    listener: TcpListener,
    beside: Option<tokio::task::JoinHandle<()>>,
) -> Result<ExitCode> {
    let address = listener.local_addr()?;
    say(&format!("OneRoof: http://{address}"));
    tracing::info!(%address, "listening");
    let House {
        api,
        ingest,
        tasks,
        stop,
    } = house;
    let closing = CancellationToken::new();
    let mut server = tasks.spawn(listen(
        listener,
        oneroof_api::router(api),
        Bounds::default(),
        closing.clone(),
    ));
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
        ended = &mut server => {
            ended.context("the listener ended")?;
            bail!("the listener ended");
        }
    }
    tracing::info!("shutting down");
    stop.cancel();
    closing.cancel();
    ingest.shutdown().await;
    if let Some(beside) = beside {
        drop(tokio::time::timeout(Duration::from_secs(2), beside).await);
    }
    // The room ends when the last handle goes: those of the listener and of the ingest.
    drop(ingest);
    tasks.close();
    if tokio::time::timeout(END_WITHIN, tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!("some tasks did not end in time; what was acknowledged is durable");
    }
    tracing::info!("bye");
    Ok(ExitCode::SUCCESS)
}
