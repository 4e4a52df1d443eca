//! The centre's tables as `GET /api/v1/config` gives them: event types and agencies with their names.

use oneroof_model::{EventType, OrgId, TypeCode};
use serde::Deserialize;

use crate::view::places::Both;
use crate::words::Lang;

/// An agency.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Agency {
    /// Its code.
    pub code: OrgId,
    /// Name in Ukrainian.
    pub uk: String,
    /// Name in English.
    pub en: String,
    /// At most four signs for symbols: one for both languages, or one each.
    pub badge: Badge,
}

/// A badge.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Badge {
    /// The same in both languages.
    One(String),
    /// One for each language.
    Each {
        /// In Ukrainian.
        uk: String,
        /// In English.
        en: String,
    },
}

/// The centre's own name.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct CentreName {
    /// Its name, in one or both languages.
    #[serde(default)]
    pub name: Option<NameText>,
}

/// A name in one or both languages.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum NameText {
    /// One name.
    One(String),
    /// One for each language.
    Each {
        /// In Ukrainian.
        uk: String,
        /// In English.
        en: String,
    },
}

/// The tables.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Centre {
    /// Event types.
    pub event_types: Vec<EventType>,
    /// Agencies.
    pub agencies: Vec<Agency>,
    /// The centre.
    pub centre: CentreName,
}

impl Centre {
    /// The badge of an agency; its code where it is not in the table.
    pub fn badge(&self, org: &OrgId, lang: Lang) -> String {
        match self
            .agencies
            .iter()
            .find(|a| a.code == *org)
            .map(|a| &a.badge)
        {
            Some(Badge::One(b)) => b.clone(),
            Some(Badge::Each { uk, en }) => if lang == Lang::Uk { uk } else { en }.clone(),
            None => org.to_string(),
        }
    }

    /// The name of an agency; its code where it is not in the table.
    pub fn agency_name(&self, org: &OrgId, lang: Lang) -> String {
        self.agencies.iter().find(|a| a.code == *org).map_or_else(
            || org.to_string(),
            |a| {
                if lang == Lang::Uk {
                    a.uk.clone()
                } else {
                    a.en.clone()
                }
            },
        )
    }

    /// The name of an event type; its code where it is not in the table.
    pub fn type_name(&self, code: &TypeCode, lang: Lang) -> String {
        self.event_types
            .iter()
            .find(|e| e.code == *code)
            .map_or_else(
                || code.to_string(),
                |e| {
                    if lang == Lang::Uk {
                        e.uk.clone()
                    } else {
                        e.en.clone()
                    }
                },
            )
    }

    /// The name of an event type, where the text is the code of one.
    pub fn known_type(&self, code: &str, lang: Lang) -> Option<String> {
        let known = self.event_types.iter().find(|e| e.code.as_str() == code)?;
        Some(lang.pick(&known.uk, &known.en).to_owned())
    }

    /// The centre's name.
    pub fn name(&self) -> Option<Both> {
        self.centre.name.as_ref().map(|n| match n {
            NameText::One(s) => Both {
                uk: s.clone(),
                en: s.clone(),
            },
            NameText::Each { uk, en } => Both {
                uk: uk.clone(),
                en: en.clone(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_read_with_badges_of_either_form() {
        let json = r#"{"agencies":[
            {"code":"BG","uk":"ДПСУ України","en":"Border Guard","badge":{"uk":"ДПСУ","en":"BG"}},
            {"code":"ES","uk":"ДСНС","en":"Emergency","badge":"ES"}],
            "centre":{"name":{"uk":"Центр","en":"Centre"}},"mode":"actual","banner":null}"#;
        let c: Centre = serde_json::from_str(json).unwrap();
        assert_eq!(c.badge(&"BG".into(), Lang::Uk), "ДПСУ");
        assert_eq!(c.badge(&"ES".into(), Lang::Uk), "ES");
        assert_eq!(c.badge(&"XX".into(), Lang::En), "XX");
        assert_eq!(c.name().unwrap().get(Lang::En), "Centre");
        assert_eq!(c.type_name(&"UBC01".into(), Lang::En), "UBC01");
    }
}
