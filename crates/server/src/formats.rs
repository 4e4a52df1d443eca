//! `oneroof formats`: the formats of this build, and the options of each by its commented example.

use anyhow::{Context as _, Result};
use clap::Args;
use oneroof_feeds::{KINDS, Kind};
use serde_json::{Value, json};

use crate::say;

/// Arguments of `formats`.
#[derive(Debug, Args)]
pub(crate) struct FormatsArgs {
    /// Only this one, with the example of its options.
    kind: Option<String>,
    /// As JSON: the kind, its summary and its example.
    #[arg(long)]
    json: bool,
}

/// Lists the formats, or shows one.
pub(crate) fn run(args: &FormatsArgs) -> Result<()> {
    let Some(name) = &args.kind else {
        if args.json {
            let all: Vec<Value> = KINDS.iter().map(as_json).collect();
            say(&serde_json::to_string_pretty(&all)?);
        } else {
            let width = KINDS.iter().map(|kind| kind.kind.len()).max().unwrap_or(0);
            for kind in KINDS {
                say(&format!("{:width$}  {}", kind.kind, kind.summary));
            }
        }
        return Ok(());
    };
    let kind = oneroof_feeds::kind(name)
        .with_context(|| format!("no format is called `{name}`; `oneroof formats` lists them"))?;
    if args.json {
        say(&serde_json::to_string_pretty(&as_json(kind))?);
    } else {
        say(&format!("# {}: {}\n", kind.kind, kind.summary));
        say(kind.example.trim_end());
    }
    Ok(())
}

fn as_json(kind: &Kind) -> Value {
    json!({ "kind": kind.kind, "summary": kind.summary, "example": kind.example })
}
