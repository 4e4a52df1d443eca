//! The machine that was measured on, and how busy it was.

use std::fs;

use anyhow::Result;

use crate::repo::Repo;
use crate::run::Cmd;

/// One line: date, commit, processor, cores, memory, load before the measurement.
pub(crate) fn describe(repo: &Repo) -> Result<String> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let of = |key: &str| {
        cpu.lines()
            .find(|line| line.starts_with(key))
            .and_then(|line| line.split_once(": "))
            .map(|(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory: u64 = read("/proc/meminfo")
        .lines()
        .find_map(|line| {
            let rest = line.strip_prefix("MemTotal:")?;
            rest.split_whitespace().next()?.parse().ok()
        })
        .unwrap_or(0);
    let load = read("/proc/loadavg");
    let date = Cmd::new("date").args(["-u", "+%Y-%m-%d"]).read()?;
    let commit = Cmd::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .dir(&repo.root)
        .read()
        .unwrap_or_default();
    Ok(format!(
        "{}, at {}, on {} ({} MHz), {cores} cores, {:.0} GB memory, {}; load before {}",
        date.trim(),
        commit.trim(),
        of("model name").unwrap_or_else(|| "an unknown processor".to_owned()),
        of("cpu MHz").map_or_else(
            || "?".to_owned(),
            |mhz| mhz.split('.').next().unwrap_or("?").to_owned()
        ),
        memory_gb(memory),
        Cmd::new("uname").args(["-sr"]).read()?.trim(),
        load.split(' ').next().unwrap_or("?"),
    ))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn memory_gb(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e9
}
