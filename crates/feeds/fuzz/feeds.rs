//! One target for every format: `ONEROOF_FUZZ_FORMAT` names it, with the options of its example.
//!
//! The first byte says in how large pieces the rest is given; nothing may panic, and what comes out stays
//! in proportion to what went in.
#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use oneroof_feeds::{Format, MAX_REJECT_RAW, Options, Output, build, kind};
use oneroof_model::Time;

static FORMAT: OnceLock<Arc<dyn Format>> = OnceLock::new();

fn format() -> &'static Arc<dyn Format> {
    FORMAT.get_or_init(|| {
        let name = std::env::var("ONEROOF_FUZZ_FORMAT").unwrap_or_else(|_| "ais_nmea".to_owned());
        let known = kind(&name).unwrap_or_else(|| panic!("no format is called {name}"));
        build(&name, Options::new(known.example)).unwrap_or_else(|problems| panic!("{problems:?}"))
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((step, bytes)) = data.split_first() else {
        return;
    };
    let mut decoder = format().decoder();
    let mut out = Output::with_decoded();
    let at = Time::from_secs(1_795_401_660);
    for chunk in bytes.chunks(usize::from(*step).max(1)) {
        decoder.push(chunk, at, &mut out);
    }
    decoder.finish(at, &mut out);
    let given = bytes.len() as u64;
    for reject in &out.rejects {
        assert!(reject.raw.len() <= MAX_REJECT_RAW && reject.offset <= given);
    }
    assert!((out.drafts.len() + out.rejects.len()) as u64 <= 2 * given + 2);
    let mut text = Vec::new();
    out.write_lines(&mut text).expect("writing to memory");
    assert!(!text.contains(&0), "what is printed is text");
});
