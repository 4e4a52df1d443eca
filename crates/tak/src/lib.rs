//! A TAK endpoint, as far as it needs no socket: what is said of the connection itself, and after what.
//!
//! [`Session`] is one end of one stream connection. It is told what was received and what time it is, and says which
//! bytes to send, in which form the picture goes out, and when the connection is of no use any more. It opens no socket, reads no
//! clock and knows nothing of the picture; events and protocol buffers themselves are `oneroof-feeds`' `cot`.

mod session;

pub use session::{
    ANSWER_WITHIN_S, Ended, LOST_AFTER_S, PING_AFTER_S, Received, Role, Session, VERSION,
};
