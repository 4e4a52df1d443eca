//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Args, Parser, Subcommand};
use oneroof_model::Time;

use crate::{data, decode, demo, formats, remote, say, serve, trial};

/// The operations room of a border coordination centre.
#[derive(Debug, Parser)]
#[command(name = "oneroof", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Where the configuration is.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigArgs {
    /// Configuration folder; given again, an overlay on the ones before.
    #[arg(long = "config", default_value = "config", value_name = "DIR")]
    pub config: Vec<PathBuf>,
}

/// What a running server is told on the command line.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Folder of the screen's files.
    #[arg(long, env = "ONEROOF_WEB_DIST", value_name = "DIR")]
    pub web: Option<PathBuf>,
    /// Log form: `text` or `json`.
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    pub log: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the server.
    Serve(ServeArgs),
    /// Runs the server with the demonstration's agencies, or a capture, beside it.
    Demo(demo::DemoArgs),
    /// Checks a configuration: all faults at once, at their line and column.
    Check(ConfigArgs),
    /// Decodes a file or standard input: one JSON object a line.
    Decode(decode::DecodeArgs),
    /// Tries a feed's format and mapping on a sample: record by record what it becomes, and what is not mapped.
    Try(trial::TryArgs),
    /// Lists the formats, or shows the options of one by its commented example.
    Formats(formats::FormatsArgs),
    /// Plays captures towards a TCP or UDP port.
    Replay(data::ReplayArgs),
    /// Looks into the journal of a data folder that no server uses.
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Lists records put aside and processes them again, through a running server.
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Writes a backup through a running server.
    Backup(ServerArg),
    /// Puts a backup into a data folder.
    Restore {
        /// The backup.
        backup: PathBuf,
        /// Keys of encrypted payloads; `<backup>.keys` where missing.
        #[arg(long)]
        keys: Option<PathBuf>,
        /// The data folder.
        #[arg(long)]
        data: PathBuf,
        /// Replaces what is in the folder.
        #[arg(long)]
        overwrite: bool,
    },
    /// Prints JSON Schemas: of one type, of `openapi`, or the names of all.
    Schema {
        /// Which.
        name: Option<String>,
    },
}

/// A running server.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArg {
    /// Address of the running server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub server: String,
}

#[derive(Debug, Subcommand)]
enum JournalCommand {
    /// Checks the chain of headers and the digests of the payloads.
    Verify {
        /// The data folder.
        #[arg(long, default_value = "data")]
        data: PathBuf,
    },
    /// Prints entries as JSON, one a line.
    Export {
        /// The data folder.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// After this entry.
        #[arg(long, default_value_t = 0)]
        after: u64,
    },
    /// Prints the picture as it was known at a moment: events, newest first.
    Fold {
        /// The data folder.
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// The moment (RFC 3339); everything where missing.
        #[arg(long)]
        until: Option<Time>,
    },
}

#[derive(Debug, Subcommand)]
enum QuarantineCommand {
    /// Lists records, newest first.
    List {
        #[command(flatten)]
        server: ServerArg,
        /// Only of this feed.
        #[arg(long)]
        feed: Option<String>,
    },
    /// Shows one record with its raw bytes.
    Show {
        #[command(flatten)]
        server: ServerArg,
        /// Its number.
        id: i64,
    },
    /// Processes records again with the mapping of now: one, or all that wait.
    Reprocess {
        #[command(flatten)]
        server: ServerArg,
        /// Its number; all of the feed where missing.
        id: Option<i64>,
        /// Only of this feed.
        #[arg(long)]
        feed: Option<String>,
    },
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime does not start")
}

/// Runs a command.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Serve(args) => runtime()?.block_on(serve::run(args)),
        Command::Demo(args) => runtime()?.block_on(demo::run(args)),
        Command::Check(args) => Ok(serve::check(&args)),
        Command::Decode(args) => decode::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Try(args) => trial::run(&args),
        Command::Formats(args) => formats::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Replay(args) => runtime()?.block_on(data::replay(args)),
        Command::Journal(c) => runtime()?.block_on(async {
            match c {
                JournalCommand::Verify { data } => data::verify(&data).await,
                JournalCommand::Export { data, after } => data::export(&data, after).await,
                JournalCommand::Fold { data, until } => data::fold(&data, until).await,
            }
        }),
        Command::Quarantine(c) => runtime()?.block_on(async {
            match c {
                QuarantineCommand::List { server, feed } => {
                    remote::list(&server.server, feed.as_deref()).await
                }
                QuarantineCommand::Show { server, id } => remote::show(&server.server, id).await,
                QuarantineCommand::Reprocess { server, id, feed } => {
                    remote::reprocess(&server.server, id, feed.as_deref()).await
                }
            }
        }),
        Command::Backup(arg) => runtime()?.block_on(remote::backup(&arg.server)),
        Command::Restore {
            backup,
            keys,
            data,
            overwrite,
        } => data::restore(&backup, keys.as_deref(), &data, overwrite),
        Command::Schema { name } => schema(name.as_deref()),
    }
}

fn schema(name: Option<&str>) -> Result<ExitCode> {
    let mut all = oneroof_model::schemas();
    all.push((
        "openapi",
        oneroof_api::openapi_document(env!("CARGO_PKG_VERSION")),
    ));
    let Some(name) = name else {
        for (name, _) in all {
            say(name);
        }
        return Ok(ExitCode::SUCCESS);
    };
    let (_, schema) = all
        .iter()
        .find(|(n, _)| *n == name)
        .with_context(|| format!("no schema is called `{name}`; `oneroof schema` names them"))?;
    say(&serde_json::to_string_pretty(schema)?);
    Ok(ExitCode::SUCCESS)
}
