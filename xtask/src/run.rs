//! Running other programs, with what is run and how long it took shown.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// A clock for how long steps take. The only place in `xtask` that reads one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[expect(
        clippy::disallowed_methods,
        reason = "build steps are timed for the person who waits"
    )]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Time since the start in words: `4.2 s`, `3 min 5 s`.
    pub(crate) fn words(self) -> String {
        duration_words(self.elapsed())
    }
}

/// A duration for a person: `4.2 s`, `3 min 5 s`.
pub(crate) fn duration_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds >= 60 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}

/// Announces a piece of work.
pub(crate) fn step(what: &str) {
    println!("==> {what}");
}

/// Says something under a step.
pub(crate) fn note(what: &str) {
    println!("    {what}");
}

/// Whether this runs on an integration machine (`CI` is set and not `false` or `0`), where a missing part is a
/// failure and not a skip.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// A program to run.
#[derive(Debug)]
pub(crate) struct Cmd {
    command: Command,
    shown: String,
}

impl Cmd {
    /// A program by its name or path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let shown = Path::new(program)
            .file_name()
            .unwrap_or(program)
            .to_string_lossy()
            .into_owned();
        Self {
            command: Command::new(program),
            shown,
        }
    }

    /// The cargo that runs us.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds arguments.
    pub(crate) fn args<I: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = I>) -> Self {
        for arg in args {
            let arg = arg.as_ref();
            self.shown.push(' ');
            self.shown.push_str(&arg.to_string_lossy());
            self.command.arg(arg);
        }
        self
    }

    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes an environment variable away.
    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets the folder that the program starts in.
    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Runs it with its output going to ours; an exit code other than 0 is an error.
    pub(crate) fn run(self) -> Result<()> {
        let shown = self.shown.clone();
        if self.status()? {
            Ok(())
        } else {
            bail!("`{shown}` failed")
        }
    }

    /// Runs it with its output going to ours and tells whether it ended well.
    pub(crate) fn status(mut self) -> Result<bool> {
        note(&format!("$ {}", self.shown));
        let watch = Stopwatch::start();
        let status = self
            .command
            .stdin(Stdio::null())
            .status()
            .with_context(|| format!("`{}` can't be started", self.shown))?;
        if watch.elapsed() > Duration::from_secs(5) {
            note(&format!("took {}", watch.words()));
        }
        Ok(status.success())
    }

    /// Runs it without a word and gives its standard output; its standard error is part of the error.
    pub(crate) fn read(mut self) -> Result<String> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("`{}` can't be started", self.shown))?;
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            bail!("`{}` failed: {}", self.shown, error.trim());
        }
        String::from_utf8(output.stdout)
            .with_context(|| format!("`{}` does not answer in UTF-8", self.shown))
    }

    /// The command itself, for those who need more.
    pub(crate) fn into_inner(self) -> Command {
        self.command
    }
}
