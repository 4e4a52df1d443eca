//! The declarative mapping of an agency's records to drafts, written in a feed's YAML.
//!
//! A record is a JSON value; formats that are not JSON (tables, XML) hand over theirs as such. A [`Mapping`]
//! is an ordered list of rules; the first whose condition holds makes the draft. Parsing a mapping gives all
//! its problems at once, each with line and column. Applying it to a record gives a draft, a count of what
//! is known and left out, or a reject that names the path and what was expected there, never the content.
//!
//! The language is described in `formats/json/README.md`; the fully commented example is
//! `formats/json/example.yaml`.

mod condition;
mod extras;
mod geometry;
mod give;
mod node;
mod number;
mod others;
mod path;
mod place;
mod problem;
mod reads;
mod record;
mod report;
mod report_parts;
mod rule;
mod section;
mod source;
mod template;
#[cfg(test)]
mod tests;
mod threat;
mod time;
mod unmapped;
mod weather;
mod words;

use serde_json::Value;

pub use condition::{Condition, Test};
pub use geometry::MAX_POSITIONS;
pub use node::{Key, Kind, Node};
pub use number::{Decimal, Dimension, Number};
pub use path::{Ground, MAX_HITS, Path};
pub use problem::{MAX_PROBLEMS, Pos, Problem, Problems};
pub use record::{Fault, Notes, Record};
pub use rule::{Applied, Mapping, Rule};
pub use source::{Got, OnError, Source, Table, Tables};
pub use time::TimeDefaults;
pub use unmapped::{AND_MORE, MAX_LISTED};

pub(crate) use give::{Giving, message_value};
pub(crate) use path::{NAME, STRING, TEXT};
pub(crate) use section::{Section, word_of};
use source::Words;
use time::Moment;

/// What a mapping refers to and the rest of the configuration must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// An event type's code.
    EventType,
    /// An agency's code.
    Org,
    /// A crossing point's code.
    CrossingPoint,
    /// A section's id.
    Section,
    /// A region's code.
    Region,
}

/// A code in a mapping (a constant, a value of a table, a default), for checks across files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// What it names.
    pub kind: ReferenceKind,
    /// The code.
    pub code: String,
    /// Where it stands.
    pub pos: Pos,
}

impl Reference {
    fn of(kind: ReferenceKind, source: &Source) -> Vec<Self> {
        source
            .known_values()
            .into_iter()
            .filter_map(|(v, pos)| {
                Some(Self {
                    kind,
                    code: v.as_str()?.to_owned(),
                    pos,
                })
            })
            .collect()
    }
}

/// What the fields of a rule take from the mapping as a whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'s> {
    /// Shared code tables.
    pub(crate) tables: &'s Tables,
    /// How numbers are written.
    pub(crate) decimal: Decimal,
    /// How times are written.
    pub(crate) times: &'s TimeDefaults,
    /// Key of the geometry that a record has by its format, for places that say no other.
    pub(crate) geometry: Option<&'static str>,
}

impl Scope<'_> {
    fn source(
        &self,
        section: &mut Section<'_>,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Source> {
        Source::read(section.take(key)?, self.tables, problems)
    }

    fn moment(
        &self,
        section: &mut Section<'_>,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Moment> {
        Moment::read(section.take(key)?, self.times, self.tables, problems)
    }

    fn words<T: Copy + PartialEq>(
        &self,
        section: &mut Section<'_>,
        key: &'static str,
        words: &'static [(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<Words<T>> {
        Words::read(section.take(key)?, words, self.tables, problems)
    }

    fn words_of<T: Copy + PartialEq>(
        &self,
        node: &Node,
        words: &'static [(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<Words<T>> {
        Words::read(node, words, self.tables, problems)
    }
}

/// What kind of thing a value is, in a word, for reasons that hold no content.
pub(crate) fn what(value: &Value) -> &'static str {
    record::what(value)
}
