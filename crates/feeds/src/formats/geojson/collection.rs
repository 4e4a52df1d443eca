//! What is known of a collection while its features go by: its other members, as far as they came before.

use serde_json::{Value, json};

use super::config::GeoJsonOptions;
use super::crs;
use crate::contract::{MAX_REJECT_RAW, RejectReason};
use crate::json_read;

/// A collection in hand.
#[derive(Debug)]
pub(super) struct Collection {
    /// Its text so far, without the features.
    text: Vec<u8>,
    /// Its members before the features, and an empty list of these.
    pub(super) root: Value,
    /// Why none of its features can be taken.
    pub(super) fault: Option<RejectReason>,
    /// Features so far.
    pub(super) features: u64,
    /// One of its features was no JSON: those that follow are found line by line.
    pub(super) is_broken: bool,
}

impl Collection {
    /// A collection by its text up to the bracket of its features.
    pub(super) fn begin(text: &[u8], options: &GeoJsonOptions) -> Self {
        let read = read(&[text, b"]}"].concat(), options);
        let (root, fault) = match read {
            Ok(root) => {
                let fault = crs::check(&root).err();
                (root, fault)
            }
            Err(why) => (Value::Null, Some(why)),
        };
        Self {
            text: text.to_vec(),
            root,
            fault,
            features: 0,
            is_broken: false,
        }
    }

    /// A feature as it can be decoded again by itself: behind the collection's beginning, where that is not too long.
    pub(super) fn with_only(&self, feature: &[u8]) -> Vec<u8> {
        if self.text.len() + feature.len() > MAX_REJECT_RAW {
            return feature.to_vec();
        }
        [&self.text, feature].concat()
    }

    /// The collection is whole with this tail: its members, or what is wrong with them; its text in any case.
    pub(super) fn end(
        mut self,
        tail: &[u8],
        options: &GeoJsonOptions,
    ) -> (Result<Value, RejectReason>, Vec<u8>) {
        self.text.extend_from_slice(tail);
        let whole = self.whole(options);
        (whole, self.text)
    }

    fn whole(&self, options: &GeoJsonOptions) -> Result<Value, RejectReason> {
        let mut value = read(&self.text, options)?;
        if self.fault.is_none() && crs::check(&value).is_err() {
            let detail = format!(
                "crs: expected WGS 84 or none; it came behind {} features, which were taken as WGS 84",
                self.features
            );
            return Err(RejectReason::new("crs", detail));
        }
        if value.get("type").and_then(Value::as_str) != Some("FeatureCollection") {
            let detail = "type: expected FeatureCollection beside a list of features";
            return Err(RejectReason::new("not_geojson", detail));
        }
        if let Value::Object(map) = &mut value {
            map.remove("features");
        }
        Ok(json!({ "collection": value, "features": self.features }))
    }
}

/// Reads a text strictly. A collection is one level deeper than its features.
pub(super) fn read(text: &[u8], options: &GeoJsonOptions) -> Result<Value, RejectReason> {
    json_read::parse(text, options.limits.depth + 1, options.duplicate_keys)
}
