//! What the screen says: the catalogue of `oneroof-text`, and terms of a score, which bring their own parameters.

use oneroof_model::TermWords;
use serde_json::Value;

pub use oneroof_text::{Lang, Value as Arg, age, age_step, distance, knots, number, t, t_with};

/// A term of a score in words. Codes of event types become their names through `type_name`, kinds of identifiers theirs
/// through the catalogue.
pub fn term(lang: Lang, words: &TermWords, type_name: impl Fn(&str) -> Option<String>) -> String {
    let names: Vec<(&str, String)> = words
        .args
        .iter()
        .filter_map(|(k, v)| match v {
            Value::String(s) if k == "kind" => {
                Some((k.as_str(), t(lang, &format!("identifier_kind.{s}"), &[])))
            }
            Value::String(s) => Some((k.as_str(), type_name(s).unwrap_or_else(|| s.clone()))),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                Some((k.as_str(), v.to_string()))
            }
            Value::Number(_) | Value::Null => None,
        })
        .collect();
    t_with(lang, &words.key, |name| {
        if let Some(n) = words.args.get(name).and_then(Value::as_f64) {
            return Some(Arg::Number(n));
        }
        names
            .iter()
            .find(|(k, _)| *k == name)
            .map(|(_, s)| Arg::Text(s))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(json: &str) -> TermWords {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_term_is_told_in_the_readers_language_with_its_numbers() {
        let w = words(r#"{"key":"link.place.near","args":{"distance_m":420}}"#);
        assert_eq!(term(Lang::En, &w, |_| None), "420\u{a0}m apart");
        assert_ne!(term(Lang::Uk, &w, |_| None), term(Lang::En, &w, |_| None));
    }

    #[test]
    fn codes_of_event_types_and_kinds_of_identifiers_become_names() {
        let w = words(r#"{"key":"link.identifier.shared","args":{"kind":"plate"}}"#);
        assert_eq!(term(Lang::En, &w, |_| None), "shared: number plate");
        // A text of the catalogue that takes a word: the code in it is told by its name.
        let w = words(r#"{"key":"event.title","args":{"id":"UBC01"}}"#);
        let name = |c: &str| (c == "UBC01").then(|| "Attempted crossing".to_owned());
        assert_eq!(term(Lang::En, &w, name), "Event Attempted crossing");
        assert_eq!(term(Lang::En, &w, |_| None), "Event UBC01");
    }
}
