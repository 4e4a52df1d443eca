//! The binary `oneroof`: command line and composition. The only crate that names adapters.

mod cli;
mod compose;
mod data;
mod decode;
mod demo;
mod formats;
mod guard;
mod housekeeping;
mod listener;
mod recorded;
mod remote;
mod serve;
mod shelf;
mod sources;
mod trial;

use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command; a failure is told on standard error, with its causes.
fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match cli::run(cli) {
        Ok(code) => code,
        Err(error) => {
            say_error(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// A line for the person at the terminal.
#[expect(clippy::print_stdout, reason = "the command line's output")]
fn say(text: &str) {
    use std::io::Write as _;
    println!("{text}");
    // A closed pipe ends the output, not the program.
    drop(std::io::stdout().flush());
}

/// A line about what went wrong.
#[expect(clippy::print_stderr, reason = "the command line's errors")]
fn say_error(text: &str) {
    eprintln!("{text}");
}
