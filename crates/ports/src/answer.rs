//! The answer kept with an idempotency key: it is written before the numbers of the quarantined records are known.

use serde_json::Value;

use crate::Idempotency;

/// Name of the field that stands for a number that only the commit gives.
const INDEX: &str = "quarantine_index";

impl Idempotency {
    /// The answer to keep: every `"quarantine_index": i` in it becomes `"id": numbers[i]`. An answer without such a
    /// field, or one that is no JSON, is kept byte by byte; an index beyond the numbers stays as it is.
    pub fn answer_with(&self, numbers: &[i64]) -> String {
        if numbers.is_empty() || !self.answer.contains(INDEX) {
            return self.answer.clone();
        }
        let Ok(mut value) = serde_json::from_str::<Value>(&self.answer) else {
            return self.answer.clone();
        };
        number(&mut value, numbers);
        value.to_string()
    }
}

/// Puts the numbers in. The depth is bounded by that of the JSON reader (128).
fn number(value: &mut Value, numbers: &[i64]) {
    match value {
        Value::Array(items) => {
            for item in items {
                number(item, numbers);
            }
        }
        Value::Object(map) => {
            let id = map
                .get(INDEX)
                .and_then(Value::as_u64)
                .and_then(|i| usize::try_from(i).ok())
                .and_then(|i| numbers.get(i))
                .copied();
            if let Some(id) = id {
                map.remove(INDEX);
                map.insert("id".to_owned(), Value::from(id));
            }
            for item in map.values_mut() {
                number(item, numbers);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use oneroof_model::Time;

    use super::*;

    fn kept(answer: &str, numbers: &[i64]) -> String {
        let request = Idempotency {
            scope: "feed".into(),
            key: "k".into(),
            digest: [0; 16],
            answer: answer.into(),
            at: Time::EPOCH,
        };
        request.answer_with(numbers)
    }

    #[test]
    fn every_index_becomes_the_number_that_the_commit_gave() {
        let answer = r#"{"records":[{"quarantine_index":1},{"ok":true},{"quarantine_index":0}]}"#;
        let value: Value = serde_json::from_str(&kept(answer, &[70, 71])).unwrap();
        assert_eq!(
            value,
            serde_json::json!({"records": [{"id": 71}, {"ok": true}, {"id": 70}]})
        );
    }

    #[test]
    fn an_answer_without_an_index_keeps_its_bytes() {
        assert_eq!(kept(r#"{"b":1,  "a":2}"#, &[1]), r#"{"b":1,  "a":2}"#);
        assert_eq!(
            kept("not json quarantine_index", &[1]),
            "not json quarantine_index"
        );
        assert_eq!(
            kept(r#"{"quarantine_index":9}"#, &[1]),
            r#"{"quarantine_index":9}"#
        );
    }
}
