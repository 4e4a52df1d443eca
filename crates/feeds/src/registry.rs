//! Formats by their kind, and their options out of a feed's YAML.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::contract::Decoder;
use crate::encode::Encoder;
use crate::formats;

/// A format with its options: makes one decoder per connection, file or request body.
pub trait Format: Send + Sync {
    /// Its kind, as in `format.kind` of a feed.
    fn kind(&self) -> &'static str;

    /// A new decoder.
    fn decoder(&self) -> Box<dyn Decoder>;

    /// Whether its records come as fields of a form, or as the query of an address (phones that report their place).
    fn takes_queries(&self) -> bool {
        false
    }

    /// A new encoder, where this format is spoken too.
    fn encoder(&self) -> Option<Box<dyn Encoder>> {
        None
    }
}

/// The `format:` mapping of a feed, as YAML text (JSON is YAML too), and where it stands in its file.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The text, with `kind` in it or without. Empty = all defaults.
    pub yaml: &'a str,
    /// Line in the feed's file (from 1) of the first line of `yaml`, so that problems name file lines.
    pub first_line: u32,
}

impl<'a> Options<'a> {
    /// Options that stand alone, counted from line 1.
    pub const fn new(yaml: &'a str) -> Self {
        Self {
            yaml,
            first_line: 1,
        }
    }

    /// Parses the options into a type; the first problem that YAML and types show. A type made for
    /// this has a field `kind` or allows unknown fields.
    ///
    /// # Errors
    /// Where the text is no YAML or does not fit the type.
    pub fn parse<T: DeserializeOwned>(self) -> Result<T, Vec<OptionProblem>> {
        let text = if self.yaml.trim().is_empty() {
            "{}"
        } else {
            self.yaml
        };
        serde_saphyr::from_str(text).map_err(|error| {
            let at = error.location();
            let line = at.map_or(1, |l| u32::try_from(l.line()).unwrap_or(u32::MAX));
            let column = at.map_or(1, |l| u32::try_from(l.column()).unwrap_or(u32::MAX));
            let message = error.without_snippet().to_string();
            vec![OptionProblem {
                line: self.first_line.saturating_add(line.saturating_sub(1)),
                column,
                message,
                help: None,
            }]
        })
    }
}

/// Something wrong in a format's options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct OptionProblem {
    /// Line in the feed's file, from 1.
    pub line: u32,
    /// Column in that line, from 1, as counted within the text that was handed over.
    pub column: u32,
    /// What is wrong, in English.
    pub message: String,
    /// What to write instead, where that can be said.
    pub help: Option<String>,
}

/// A format, or everything that is wrong with its options.
pub type Built = Result<Arc<dyn Format>, Vec<OptionProblem>>;

/// One kind of format.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in configuration (`ais_nmea`).
    pub kind: &'static str,
    /// The specification in one line.
    pub summary: &'static str,
    /// A commented example of its options.
    pub example: &'static str,
    /// Makes it from its options; all problems at once where there are any.
    pub build: fn(Options<'_>) -> Built,
}

/// Every format of this build, by name.
pub const KINDS: &[Kind] = &[
    formats::adsb_avr::KIND,
    formats::adsb_beast::KIND,
    formats::adsb_json::KIND,
    formats::adsb_sbs::KIND,
    formats::ais_nmea::KIND,
    formats::asterix::KIND,
    formats::cap::KIND,
    formats::cise::KIND,
    formats::cot_proto::KIND,
    formats::cot_xml::KIND,
    formats::csv::KIND,
    formats::geojson::KIND,
    formats::json::KIND,
    formats::nmea_gnss::KIND,
    formats::osmand::KIND,
    formats::owntracks::KIND,
    formats::xml::KIND,
];

/// The kind of that name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.kind == name)
}

/// A format by its kind and options.
///
/// # Errors
/// Every problem of the options, or one that names the kinds where there is none of that name.
pub fn build(name: &str, options: Options<'_>) -> Result<Arc<dyn Format>, Vec<OptionProblem>> {
    match kind(name) {
        Some(kind) => (kind.build)(options),
        None => Err(vec![OptionProblem {
            line: options.first_line,
            column: 1,
            message: format!("no format is called `{name}`"),
            help: Some(format!(
                "one of {}",
                KINDS
                    .iter()
                    .map(|kind| kind.kind)
                    .collect::<Vec<_>>()
                    .join(", ")
            )),
        }]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_kind_names_those_that_exist() {
        let problems = build("ais", Options::new("")).err().unwrap();
        assert!(problems[0].help.as_deref().unwrap().contains("ais_nmea"));
    }

    #[test]
    fn a_problem_is_told_at_the_line_of_the_whole_file() {
        let options = Options {
            yaml: "kind: ais_nmea\nchecksum: sometimes\n",
            first_line: 10,
        };
        let problems = build("ais_nmea", options).err().unwrap();
        assert_eq!(problems[0].line, 11, "{problems:?}");
    }
}
