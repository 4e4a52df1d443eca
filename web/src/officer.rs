//! Who sits at this desk. Until accounts exist he says so himself, once; it is kept by the browser.

use oneroof_model::{Actor, OrgId};
use serde::{Deserialize, Serialize};

/// Name under which the browser keeps it.
pub const STORAGE_KEY: &str = "oneroof.officer";

/// Longest name, in characters.
const MAX_NAME: usize = 60;

/// An officer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// Name as given.
    pub name: String,
    /// Agency.
    pub org: OrgId,
}

impl Officer {
    /// An officer by what was typed; `None` where the name is empty.
    pub fn new(name: &str, org: &str) -> Option<Self> {
        let name: String = name
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(MAX_NAME)
            .collect();
        (!name.is_empty() && !org.is_empty()).then(|| Self {
            name,
            org: org.into(),
        })
    }

    /// Who acts in a command.
    pub fn actor(&self) -> Actor {
        Actor::Person {
            name: self.name.clone(),
            org: self.org.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_officer_has_a_name_and_an_agency() {
        assert_eq!(Officer::new("  ", "BG"), None);
        assert_eq!(Officer::new("Olha", ""), None);
        let o = Officer::new(" Ольга Коваль\n", "NCC").unwrap();
        assert_eq!(o.name, "Ольга Коваль");
        assert_eq!(o.actor().to_string(), "Ольга Коваль (NCC)");
    }
}
