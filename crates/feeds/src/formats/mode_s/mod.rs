//! Frames of Mode S and ADS-B, as `adsb_avr` and `adsb_beast` carry them. No format of its own: both bring the
//! bytes of frames, this says what they mean.
//!
//! What is read, by which paragraph, and what is left out stands in the `README.md` of this folder.

mod acas;
mod aircraft;
mod bits;
mod body;
mod codes;
mod commb;
mod config;
mod cpr;
mod decode;
mod emergency;
mod emitter;
mod frame;
mod normalise;
mod squitter;
mod status;
#[cfg(test)]
pub(super) mod tests;

pub(super) use config::ModeSOptions;

pub(super) use aircraft::{Moment, Table};
pub(super) use codes::{Address, Callsign, ModeAc, Squawk};
pub(super) use decode::{Core, Origin};
pub(super) use emergency::{Emergencies, Sender, Signs};
pub(super) use frame::{LONG, SHORT};
pub(super) use normalise::{
    MPS_PER_KNOT, accuracy_m, course_deg, draft, metres, moving, narrow, placed,
};
pub(super) use squitter::emergency_state;
