//! The contract of the format. What it shares with `cot_proto` is tested in `formats/cot`.

use crate::contract_tests::contract;
use crate::registry::{Options, build};

contract!("cot_xml");

#[test]
fn a_datagram_that_is_cut_off_costs_itself_only() {
    let format = build("cot_xml", Options::new("")).unwrap();
    let stream = include_str!("fixtures/tak-stream.xml");
    let (_, event) = stream
        .split_once("<event version=\"2.0\" uid=\"marker-1\"")
        .unwrap();
    let (event, _) = event.split_once("</event>").unwrap();
    let whole = format!("<event version=\"2.0\" uid=\"marker-1\"{event}</event>");
    let mut decoder = format.decoder();
    let mut out = crate::Output::default();
    for datagram in [&whole.as_bytes()[..200], whole.as_bytes(), whole.as_bytes()] {
        decoder.push(datagram, crate::contract_tests::RECEIVED, &mut out);
        decoder.end_datagram(crate::contract_tests::RECEIVED, &mut out);
    }
    let codes: Vec<_> = out.rejects.iter().map(|r| r.reason.code).collect();
    assert_eq!((out.drafts.len(), codes), (2, vec!["truncated"]));
}
