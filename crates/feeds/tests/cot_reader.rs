//! The events of a stream as an endpoint reads them beside the feed's decoder.

use oneroof_feeds::formats::cot::{Event, EventReader, TakMessage, xml};
use oneroof_model::Time;

const T: Time = Time::from_secs(1_795_401_660);

#[test]
fn events_of_both_forms_come_in_any_cutting_and_what_is_broken_is_passed_over() {
    let event = |uid: &str| Event::new(uid, "a-f-G", "m-g", T, T);
    let mut stream = Vec::new();
    xml::write_stream(&event("a"), &mut stream);
    stream.extend_from_slice(b"<event uid='broken'></event>");
    TakMessage::of(event("b")).write_stream(&mut stream);
    TakMessage::of(event("c")).write_stream(&mut stream);
    for step in [1, 7, stream.len()] {
        let mut reader = EventReader::default();
        let mut uids = Vec::new();
        for piece in stream.chunks(step) {
            reader.push(piece, |event| uids.push(event.uid));
        }
        assert_eq!(uids, ["a", "b", "c"], "{step}");
    }
}
