//! Organisations.

use core::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::text_id;

text_id! {
    /// An agency or centre, by its code in configuration: `BG` border guard, `CU` customs, `PO` police,
    /// `CG` coast guard, `SS` security service, `ES` emergency service, `NG` national guard,
    /// `MI` migration service (domain digest 7.3), `NCC` the centre itself.
    OrgId,
}
