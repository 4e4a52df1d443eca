//! One value out of a JSON document by its path, without building the document: for cursors that stand in answers and
//! messages. What a document means otherwise is the decoder's business.

use core::fmt;

use oneroof_config::types::{PathStep, ValuePath};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Longest text that is taken for a cursor. 4 KiB.
pub(crate) const MAX_CURSOR: usize = 4 * 1024;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// A text or a number.
    Scalar(String),
    /// A list of so many.
    List(usize),
    /// Something else.
    Other,
}

/// What stands there; `None` for nothing or null, also where the document is no JSON.
pub(crate) fn find(path: &ValuePath, json: &[u8]) -> Option<Found> {
    let mut document = serde_json::Deserializer::from_slice(json);
    Seek(path.steps()).deserialize(&mut document).ok().flatten()
}

/// The text or number that stands there, of at most [`MAX_CURSOR`] bytes.
pub(crate) fn cursor(path: &ValuePath, json: &[u8]) -> Option<String> {
    match find(path, json)? {
        Found::Scalar(text) if !text.is_empty() && text.len() <= MAX_CURSOR => Some(text),
        _ => None,
    }
}

/// Goes down the steps that are left.
#[derive(Clone, Copy)]
struct Seek<'p>(&'p [PathStep]);

impl Seek<'_> {
    fn scalar(self, text: impl fmt::Display) -> Option<Found> {
        self.0.is_empty().then(|| Found::Scalar(text.to_string()))
    }
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = Option<Found>;

    fn deserialize<D: Deserializer<'de>>(self, document: D) -> Result<Self::Value, D::Error> {
        document.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = Option<Found>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then_some(Found::Other))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.scalar(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.scalar(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(self.scalar(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.scalar(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = self.0.is_empty().then_some(Found::Other);
        while let Some(key) = map.next_key::<String>()? {
            match self.0.split_first() {
                Some((PathStep::Key(wanted), rest)) if *wanted == key => {
                    found = map.next_value_seed(Seek(rest))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut found, mut index) = (None, 0_usize);
        loop {
            let wanted = match self.0.split_first() {
                Some((PathStep::Last, rest)) => Some(rest),
                Some((PathStep::At(at), rest)) if *at == index => Some(rest),
                _ => None,
            };
            let more = match wanted {
                Some(rest) => list.next_element_seed(Seek(rest))?.map(|hit| found = hit),
                None => list.next_element::<IgnoredAny>()?.map(drop),
            };
            if more.is_none() {
                break;
            }
            index += 1;
        }
        Ok(if self.0.is_empty() {
            Some(Found::List(index))
        } else {
            found
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(path: &str, json: &str) -> Option<Found> {
        super::find(&ValuePath::parse(path).unwrap(), json.as_bytes())
    }

    #[test]
    fn a_path_finds_texts_numbers_and_lists() {
        let json = r#"{"meta": {"next": "abc", "n": 17, "none": null}, "items": [{"id": 1}, {"id": 2}], "x": true}"#;
        assert_eq!(
            find("meta.next", json),
            Some(Found::Scalar("abc".to_owned()))
        );
        assert_eq!(find("meta.n", json), Some(Found::Scalar("17".to_owned())));
        assert_eq!(
            find("items[-1].id", json),
            Some(Found::Scalar("2".to_owned()))
        );
        assert_eq!(
            find("items[0].id", json),
            Some(Found::Scalar("1".to_owned()))
        );
        assert_eq!(find("items", json), Some(Found::List(2)));
        assert_eq!(find("x", json), Some(Found::Other));
        assert_eq!(find(".", "[1, 2, 3]"), Some(Found::List(3)));
        for gone in ["meta.none", "items[2].id", "gone", "meta.n.m"] {
            assert_eq!(find(gone, json), None, "{gone}");
        }
    }

    #[test]
    fn what_is_no_document_is_nothing_and_no_panic() {
        let json = r#"{"a": [{"b": 1.5}]}"#;
        for cut in 0..json.len() {
            assert_eq!(find("a[-1].b", json.split_at(cut).0), None, "cut at {cut}");
        }
        assert_eq!(find("a[-1].b", json), Some(Found::Scalar("1.5".to_owned())));
        assert_eq!(find("a", &"[".repeat(100_000)), None);
        let long = format!("{{\"a\": \"{}\"}}", "x".repeat(MAX_CURSOR + 1));
        let path = ValuePath::parse("a").unwrap();
        assert_eq!(cursor(&path, long.as_bytes()), None);
    }
}
