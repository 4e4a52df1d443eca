//! What was not done, each with its reason, so that a skip is never taken for a pass.

use anyhow::{Result, bail};

use crate::run::is_ci;

/// The skips of one run, in order.
#[derive(Debug, Default)]
pub(crate) struct Skips(Vec<(String, String)>);

impl Skips {
    /// Something outside of us is not there, which is fine anywhere.
    pub(crate) fn add(&mut self, what: &str, why: &str) {
        self.0.push((what.to_owned(), why.to_owned()));
    }

    /// A part that belongs to every complete run is missing: a skip here, a failure on an integration machine.
    pub(crate) fn missing(&mut self, what: &str, why: &str) -> Result<()> {
        if is_ci() {
            bail!("{what}: {why}; on an integration machine nothing may be missing");
        }
        self.add(what, why);
        Ok(())
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Prints them, one line each.
    pub(crate) fn print(&self) {
        for (what, why) in &self.0 {
            println!("SKIPPED {what}: {why}");
        }
    }
}
