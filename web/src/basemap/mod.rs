//! The offline basemap: reading our own files (`web/assets/basemap/README.md`), choosing the detail, placing labels.
//! The drawing itself is in the browser-only part.

pub mod detail;
pub mod file;
pub mod labels;
pub mod regions;
