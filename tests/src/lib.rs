//! End-to-end tests of `OneRoof`: they start the built binary on port 0 with a temporary data folder and
//! talk to it as agencies and screens do. The browser's part lives in `tests/web`.
//!
//! The harness: a [`Site`] is a configuration overlay with a data folder; it starts a [`Server`], which keeps its log
//! and is killed with it. [`Http`] speaks to the API, [`Live`] is a screen, [`Peer`] and [`Shelf`] are agencies that the
//! server connects to, [`kill_peer`] ends real brokers and databases, [`oneroof`] runs the command line. [`until`] waits for a condition with a deadline. What puts a
//! load on a server ([`load`], [`kill`]) is shared by the tests and by the measurements of `cargo xtask soak`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a harness tells of a fault by failing the test, and shows what the server said"
)]

mod agency;
#[allow(
    dead_code,
    unreachable_pub,
    clippy::new_without_default,
    reason = "shared with the tests of the transports"
)]
#[path = "../../crates/transport/tests/common/certs.rs"]
mod certs;
mod cli;
mod hostile;
mod http;
mod kill;
mod live;
pub mod load;
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the tests of the transports"
)]
#[path = "../../crates/transport/tests/common/programs.rs"]
mod programs;
mod python;
mod restart;
mod say;
mod server;
#[allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "shared with the tests of the transports, whose tasks end with them"
)]
#[path = "../../crates/transport/tests/common/servers.rs"]
mod servers;
mod site;
mod tak;
mod wait;

pub use agency::{Page, Peer, Shelf};
pub use certs::{Authority, Pair, Valid};
pub use cli::{Done, oneroof, oneroof_with_input};
pub use hostile::{
    HUGE, SOON, closes, counted, is_well, noise, nonsense, pour, pour_into, trickles,
};
pub use http::{Answer, Http, raw_http};
pub use kill::{Killed, kill_under_load};
pub use live::{End, Live};
pub use programs::Program;
pub use python::python_with;
pub use restart::{PeerKind, Restarted, kill_peer};
pub use say::{gzip, now, report, vessel, vessel_at};
pub use server::{Server, refused_start};
pub use servers::{Mosquitto, Nats, OPEN, Postgres};
pub use site::{JSON_REPORTS, Site, free_port};
pub use tak::{Tak, Wants, self_report};
pub use wait::{PATIENCE, until, within};

/// The built binary, if it is there; else a line that says what was skipped.
pub fn missing_binary() -> bool {
    let missing = !server::binary().exists();
    if missing {
        println!(
            "SKIPPED end-to-end test: the binary is not built (cargo build -p oneroof-server)"
        );
    }
    missing
}
