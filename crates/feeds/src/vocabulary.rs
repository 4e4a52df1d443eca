//! Event types as they are called in other vocabularies: the table that is shipped as `config/event-types.yaml`, for what
//! is spoken. Codes are stable, so it holds also where a centre has changed names; a code that it does not know is said
//! without them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use oneroof_model::TypeCode;
use serde::Deserialize;

/// One event type.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Word {
    code: String,
    /// Its name in Ukrainian.
    pub(crate) uk: String,
    /// Its name in English.
    pub(crate) en: String,
    /// What it is called elsewhere.
    pub(crate) codes: Codes,
}

/// Codes of an event type in other vocabularies.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Codes {
    /// CAP 1.2, `category` (3.2.2).
    pub(crate) cap: Option<String>,
    /// CISE 1.5.3, class of the event.
    pub(crate) cise_class: Option<String>,
    /// CISE 1.5.3, type within the class, literally.
    pub(crate) cise_type: Option<String>,
}

#[derive(Deserialize)]
struct File {
    types: Vec<Word>,
}

static WORDS: LazyLock<BTreeMap<String, Word>> = LazyLock::new(|| {
    let text = include_str!("../../../config/event-types.yaml");
    // It is part of this program: a test reads it.
    let file: File = serde_saphyr::from_str(text).unwrap_or(File { types: Vec::new() });
    let words = file.types.into_iter();
    words.map(|word| (word.code.clone(), word)).collect()
});

/// What is known of an event type.
pub(crate) fn word(code: &TypeCode) -> Option<&'static Word> {
    WORDS.get(code.as_str())
}

/// All event types, by code.
#[cfg(test)]
pub(crate) fn all() -> impl Iterator<Item = (TypeCode, &'static Word)> {
    WORDS
        .iter()
        .map(|(code, word)| (TypeCode::from(code.as_str()), word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_read_whole() {
        assert_eq!(all().count(), 67);
        let crossing = word(&TypeCode::from("UBC05")).unwrap();
        assert_eq!(crossing.codes.cap.as_deref(), Some("Rescue"));
        assert_eq!(
            crossing.codes.cise_type.as_deref(),
            Some("IrregularExitAttempt")
        );
        assert!(word(&TypeCode::from("OTH")).is_none());
    }
}
