//! What a person said of an event's values, told from the values before and after.

use oneroof_model::{Actor, Curated, Curation, Did, SettledValue};

/// What somebody set or left to the rule. Values by rule are no acts: the reports tell them.
pub(crate) fn said(before: &Curation, after: &Curation, by: &Actor) -> Vec<Did> {
    fn one<T: PartialEq>(
        (before, after): (&Curated<T>, &Curated<T>),
        by: &Actor,
        value: SettledValue,
        set: impl FnOnce(&T) -> Did,
    ) -> Option<Did> {
        let person = |c: &Curated<T>| matches!(c.by, Actor::Person { .. });
        if after.by == *by && before != after {
            Some(set(&after.value))
        } else {
            (person(before) && !person(after)).then_some(Did::LeftToRule { value })
        }
    }
    if matches!(by, Actor::Rule { .. }) {
        return Vec::new();
    }
    let (b, a) = (before, after);
    [
        one((&b.type_code, &a.type_code), by, SettledValue::Type, |to| {
            Did::SetType { to: to.clone() }
        }),
        one((&b.impact, &a.impact), by, SettledValue::Impact, |to| {
            Did::SetImpact { to: *to }
        }),
        one(
            (&b.life_at_risk, &a.life_at_risk),
            by,
            SettledValue::LifeAtRisk,
            |to| Did::SetLifeAtRisk { to: *to },
        ),
        one((&b.lead, &a.lead), by, SettledValue::Lead, |to| {
            Did::SetLead { to: to.clone() }
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
