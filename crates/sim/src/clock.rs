//! The machine's clock: the only place of this crate that reads it.

use jiff::Timestamp;

/// The moment, UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "agencies live by the real clock; everything below takes it as a parameter"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
