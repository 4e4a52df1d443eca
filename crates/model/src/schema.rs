//! JSON Schema (draft 2020-12) of what agencies and clients exchange with us, generated from the types.

use serde_json::Value;

use crate::{
    Command, Draft, Entry, EntryBody, Event, FeedHealth, Receipt, RecordOutcome, Report, Suggestion,
};

/// Schema of a draft: what a decoder gives out.
pub fn draft_schema() -> Value {
    schemars::schema_for!(Draft).to_value()
}

/// Schema of a report.
pub fn report_schema() -> Value {
    schemars::schema_for!(Report).to_value()
}

/// All schemas by name, as `oneroof schema` prints them.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("command", schemars::schema_for!(Command).to_value()),
        ("draft", draft_schema()),
        ("entry", schemars::schema_for!(Entry).to_value()),
        ("entry_body", schemars::schema_for!(EntryBody).to_value()),
        ("event", schemars::schema_for!(Event).to_value()),
        ("feed_health", schemars::schema_for!(FeedHealth).to_value()),
        ("receipt", schemars::schema_for!(Receipt).to_value()),
        (
            "record_outcome",
            schemars::schema_for!(RecordOutcome).to_value(),
        ),
        ("report", report_schema()),
        ("suggestion", schemars::schema_for!(Suggestion).to_value()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_schema_names_its_required_fields() {
        let schema = report_schema();
        let required = schema["required"].as_array().unwrap();
        for name in [
            "id",
            "feed",
            "org",
            "type_code",
            "occurred",
            "received",
            "place",
            "marking",
        ] {
            assert!(required.iter().any(|r| r == name), "{name} in {required:?}");
        }
        assert_eq!(schemas().len(), 10);
    }
}
