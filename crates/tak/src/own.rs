//! What a client is itself: so that it is not shown its own position, and stays who it said that it is.

use std::collections::BTreeSet;

use oneroof_config::types::TakClient;
use oneroof_feeds::formats::cot::Event;
use oneroof_model::{FeedId, TrackDomain};
use oneroof_wire::TrackInfo;

/// Names under which a client may speak of friends. A gateway of more than half as many units is shown the rest of its own.
const MAX_NAMES: usize = 512;

/// Longest name that is kept, bytes: no unit has a longer one.
const MAX_NAME_BYTES: usize = 64;

/// A self-report under another call sign than the certificate's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its certificate is that of {expected}, it calls itself {found}")]
pub(crate) struct OtherCallsign {
    expected: String,
    found: String,
}

/// Who a client is, as far as it is known.
#[derive(Debug)]
pub(crate) struct Own {
    feed: FeedId,
    client: Option<TakClient>,
    names: BTreeSet<String>,
}

impl Own {
    /// Nothing was said yet.
    pub(crate) const fn new(feed: FeedId, client: Option<TakClient>) -> Self {
        Self {
            feed,
            client,
            names: BTreeSet::new(),
        }
    }

    /// Takes an event that the client sent; gives whether more is known now.
    pub(crate) fn learn(&mut self, event: &Event) -> Result<bool, OtherCallsign> {
        if !event.is_a("a-f") {
            return Ok(false);
        }
        let callsign = event.callsign();
        let expected = self.client.as_ref().and_then(|c| c.callsign.as_deref());
        if let (Some(expected), true) = (expected, is_of_itself(event))
            && callsign != Some(expected)
        {
            return Err(OtherCallsign {
                expected: expected.to_owned(),
                found: callsign
                    .unwrap_or("nothing")
                    .chars()
                    .take(MAX_NAME_BYTES)
                    .collect(),
            });
        }
        let mut more = false;
        for name in [Some(event.uid.as_str()), callsign].into_iter().flatten() {
            let room = self.names.len() < MAX_NAMES && name.len() <= MAX_NAME_BYTES;
            more |= room && !self.names.contains(name) && self.names.insert(name.to_owned());
        }
        Ok(more)
    }

    /// Whether a track is a unit whose position came from this client.
    pub(crate) fn is(&self, info: &TrackInfo) -> bool {
        let unit = self.client.as_ref().and_then(|c| c.unit.as_ref());
        let named = |name: &str| self.names.contains(name);
        info.domain == TrackDomain::Unit
            && info.feed == self.feed.as_str()
            && (named(&info.ident)
                || info.call_sign.as_deref().is_some_and(named)
                || unit.is_some_and(|unit| unit.as_str() == info.ident))
    }
}

/// Whether an event is a client's word of itself: only these name its program or how it can be reached.
fn is_of_itself(event: &Event) -> bool {
    let reached = event.detail("contact").and_then(|c| c.filled("endpoint"));
    reached.is_some() || event.detail("takv").is_some()
}

#[cfg(test)]
mod tests {
    use oneroof_feeds::formats::cot::Element;
    use oneroof_model::Time;

    use super::*;

    const T: Time = Time::from_secs(1_795_401_660);

    fn said(uid: &str, kind: &str, callsign: &str) -> Event {
        let mut event = Event::new(uid, kind, "m-g", T, T);
        let contact = Element::new("contact").with("callsign", callsign);
        event.push_detail(contact.with("endpoint", "*:-1:stcp"));
        event
    }

    fn client(callsign: Option<&str>) -> TakClient {
        TakClient {
            common_name: "patrol7".to_owned(),
            callsign: callsign.map(str::to_owned),
            unit: Some("BG-P7".into()),
        }
    }

    #[test]
    fn a_client_is_bound_to_the_call_sign_of_its_certificate() {
        let mut own = Own::new("tak-bg".into(), Some(client(Some("Patrol 7"))));
        assert_eq!(own.learn(&said("A", "a-f-G", "Patrol 7")), Ok(true));
        assert_eq!(own.learn(&said("A", "a-f-G", "Patrol 7")), Ok(false));
        let other = own.learn(&said("A", "a-f-G", "Patrol 8")).unwrap_err();
        assert_eq!(
            other.to_string(),
            "its certificate is that of Patrol 7, it calls itself Patrol 8"
        );
        // Of others it may speak under their names.
        let marker = Event::new("B", "a-f-G-I", "h-g-i-g-o", T, T);
        assert_eq!(own.learn(&marker), Ok(true));
        let mut anybody = Own::new("tak-bg".into(), Some(client(None)));
        assert_eq!(anybody.learn(&said("A", "a-f-G", "whatever")), Ok(true));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut own = Own::new("tak-bg".into(), None);
        for n in 0..2 * MAX_NAMES {
            own.learn(&said(&n.to_string(), "a-f-G", "x")).unwrap();
        }
        own.learn(&said(&"x".repeat(5_000), "a-f-G", "x")).unwrap();
        assert_eq!(own.names.len(), MAX_NAMES);
        assert_eq!(own.learn(&said("y", "a-h-G", "y")), Ok(false));
    }
}
