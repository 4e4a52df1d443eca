//! What a broker says of a message beside its bytes.

use std::sync::Arc;

/// Where a message was published. A stream, a file or a datagram has nothing of the kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageContext {
    /// The whole topic (MQTT) or subject (NATS).
    pub topic: Arc<str>,
    /// What separates its levels: `/` (MQTT 5.0, 4.7.1.1) or `.` (NATS).
    pub separator: char,
}
