//! Commands on data folders and captures: journal, restore, replay.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use oneroof_model::Time;
use oneroof_picture::Picture;
use oneroof_ports::Journal as _;
use oneroof_store_sqlite::{Options, SqliteStore};
use oneroof_transport::{Pace, ReplaySender, Target};
use tokio_util::sync::CancellationToken;

use crate::say;

/// Entries read at once.
const PAGE: usize = 5_000;

fn open(data: &Path) -> Result<SqliteStore> {
    if !data.join("oneroof.sqlite").exists() {
        return Err(anyhow!(
            "{} is no data folder: oneroof.sqlite is not there",
            data.display()
        ));
    }
    SqliteStore::open(data, &Options::default())
        .with_context(|| format!("{} can't be opened", data.display()))
}

/// `journal verify`.
pub(crate) async fn verify(data: &Path) -> Result<ExitCode> {
    let report = open(data)?.verify().await?;
    match &report.broken {
        None => {
            say(&format!(
                "the journal is whole: {} entries ({} erased), head {}",
                report.entries, report.erased, report.head_hash
            ));
            Ok(ExitCode::SUCCESS)
        }
        Some((seq, why)) => Err(anyhow!("the journal is broken at entry {seq}: {why}")),
    }
}

/// `journal export`.
pub(crate) async fn export(data: &Path, after: u64) -> Result<ExitCode> {
    let store = open(data)?;
    let mut at = after;
    loop {
        let page = store.read(at, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(ExitCode::SUCCESS);
        };
        at = last.seq;
        for e in page {
            let entry = e.body.map(|b| b.to_entry()).transpose()?;
            let line = serde_json::json!({ "seq": e.seq, "at": e.at, "entry": entry });
            say(&line.to_string());
        }
    }
}

/// `journal fold`.
pub(crate) async fn fold(data: &Path, until: Option<Time>) -> Result<ExitCode> {
    let store = open(data)?;
    let mut picture = Picture::default();
    'all: loop {
        let page = store.read(picture.position(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        for e in page {
            if until.is_some_and(|u| e.at > u) {
                break 'all;
            }
            oneroof_room::replay(&mut picture, e);
        }
    }
    let mut events: Vec<_> = picture.events().collect();
    events.sort_by_key(|e| core::cmp::Reverse(e.updated_at));
    for event in events {
        say(&serde_json::to_string(event)?);
    }
    if picture.anomalies() > 0 {
        return Err(anyhow!(
            "{} entries do not fit the picture",
            picture.anomalies()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// `restore`.
pub(crate) fn restore(
    backup: &Path,
    keys: Option<&Path>,
    data: &Path,
    overwrite: bool,
) -> Result<ExitCode> {
    let done = oneroof_store_sqlite::restore(backup, keys, data, overwrite)?;
    say(&format!(
        "restored {} entries ({} bytes) into {}",
        done.journal.entries,
        done.bytes,
        data.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// Captures, plain or gzip, in order.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Where to: `tcp:HOST:PORT`, `udp:HOST:PORT`, or `serve:HOST:PORT` for a feed that connects itself.
    #[arg(long)]
    to: String,
    /// How much faster than it happened.
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Lines a second instead of the times in the capture.
    #[arg(long)]
    rate: Option<f64>,
    /// Begins anew at the end.
    #[arg(long)]
    repeat: bool,
}

/// `replay`.
pub(crate) async fn replay(args: ReplayArgs) -> Result<ExitCode> {
    let target = match args.to.split_once(':') {
        Some(("tcp", to)) => Target::Tcp(to.to_owned()),
        Some(("udp", to)) => Target::Udp(to.to_owned()),
        Some(("serve", at)) => Target::TcpServe(at.parse().context("serve:ADDRESS:PORT")?),
        _ => {
            return Err(anyhow!(
                "--to is tcp:HOST:PORT, udp:HOST:PORT or serve:ADDRESS:PORT"
            ));
        }
    };
    let pace = match args.rate {
        Some(per_s) if per_s > 0.0 => Pace::Rate { per_s },
        Some(_) => return Err(anyhow!("--rate is above 0")),
        None if args.speed > 0.0 => Pace::Times { speed: args.speed },
        None => return Err(anyhow!("--speed is above 0")),
    };
    let sender = ReplaySender {
        files: args.files,
        pace,
        repeat: args.repeat,
        target,
    };
    let stop = CancellationToken::new();
    let on_signal = stop.clone();
    let sent = tokio::select! {
        sent = sender.run(&stop) => sent?,
        _ = tokio::signal::ctrl_c() => {
            on_signal.cancel();
            return Ok(ExitCode::SUCCESS);
        }
    };
    say(&format!(
        "sent {} bytes in {} writes",
        sent.bytes, sent.frames
    ));
    Ok(ExitCode::SUCCESS)
}
