//! One record's value through the mapping to drafts.

use oneroof_model::Time;
use serde_json::Value;

use super::config::JsonOptions;
use crate::contract::{Output, RejectReason};
use crate::json_read;
use crate::mapping::{Giving, Ground};

/// Reads one value strictly; a reason where it can not be.
pub(super) fn parse(bytes: &[u8], options: &JsonOptions) -> Result<Value, RejectReason> {
    json_read::parse(bytes, options.limits.depth, options.duplicate_keys)
}

/// Maps one record and appends what became of it; a reason where it is a reject.
pub(super) fn map(
    record: u64,
    ground: Ground<'_>,
    at: Time,
    options: &JsonOptions,
    out: &mut Output,
) -> Result<(), RejectReason> {
    let value = ground.record;
    if !value.is_object() {
        let found = crate::mapping::what(value);
        let detail = format!("expected an object as a record, found {found}");
        return Err(RejectReason::new("not_a_record", detail));
    }
    let giving = Giving {
        record,
        ground,
        shown: None,
        own: &[],
        line: None,
        at,
    };
    options.mapping.give(&giving, out)
}
