//! Which feed's clients are told what, and who may connect.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use oneroof_config::types::{TakClient, TakOutput, TakTracks};
use oneroof_live::{CursorKey, FeedBoard, Hub, HubOptions, Shows};
use oneroof_model::{FeedId, Mode, TrackDomain};
use oneroof_ports::{SourceError, TimeSource};
use oneroof_room::RoomHandle;
use oneroof_transport::{Answering, Caller, Conversation};
use oneroof_wire::{FeedView, Filter};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::own::Own;
use crate::talk::Talk;

/// Most clients of one hub. Listeners have bounds of their own; this one is above them all.
const MAX_CLIENTS: u32 = 4_096;

/// Milliseconds between two beats of a hub: nobody looks at them here.
const BEAT_MS: u32 = 60_000;

/// What an endpoint is made of.
#[expect(
    missing_debug_implementations,
    reason = "it is taken apart at once, and a room and a clock have nothing to show"
)]
pub struct EndpointParts<'a> {
    /// What `tak.yaml` says.
    pub outputs: &'a [TakOutput],
    /// What the centre shows; nothing of another mode is given out.
    pub mode: Mode,
    /// The room whose picture is told.
    pub room: &'a RoomHandle,
    /// The clock.
    pub clock: Arc<dyn TimeSource>,
    /// Where hubs run.
    pub tasks: &'a TaskTracker,
    /// Ends them.
    pub stop: &'a CancellationToken,
}

/// What the clients of one feed are told.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) hub: Hub,
    pub(crate) config: TakOutput,
}

impl Output {
    /// Which tracks.
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            area: None,
            domains: match self.config.tracks {
                TakTracks::None => Some(Vec::new()),
                TakTracks::Units => Some(vec![TrackDomain::Unit]),
                TakTracks::All => None,
            },
        }
    }
}

/// The TAK endpoint. Cheap to clone.
#[derive(Clone)]
pub struct Endpoint {
    outputs: Arc<BTreeMap<FeedId, Arc<Output>>>,
    clock: Arc<dyn TimeSource>,
}

impl core::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Endpoint")
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

/// Feeds are no matter of a map in the field.
struct NoFeeds;

impl FeedBoard for NoFeeds {
    fn health(&self) -> Vec<FeedView> {
        Vec::new()
    }
}

impl Endpoint {
    /// Starts a hub for each output: what its audience may not see never gets there.
    pub fn start(parts: EndpointParts<'_>) -> Self {
        let EndpointParts {
            outputs,
            mode,
            room,
            clock,
            tasks,
            stop,
        } = parts;
        let start = |config: &TakOutput| {
            let options = HubOptions {
                audience: config.audience(),
                shows: Shows::Everything,
                mode,
                banner: None,
                version: env!("CARGO_PKG_VERSION").to_owned(),
                // The other end is in this process and never resumes: no cursor is ever opened.
                cursor_key: CursorKey::new([0; 32]),
                nonce: [0; 12],
                shapes: BTreeMap::new(),
                max_clients: MAX_CLIENTS,
                max_queue_bytes: config.queue.as_usize(),
                tick_ms: milliseconds(config.every.duration()),
                beat_ms: BEAT_MS,
            };
            let hub = Hub::start(
                room.clone(),
                Arc::new(NoFeeds),
                Arc::clone(&clock),
                options,
                tasks,
                stop.child_token(),
            );
            let output = Output {
                hub,
                config: config.clone(),
            };
            (config.feed.clone(), Arc::new(output))
        };
        let outputs = Arc::new(outputs.iter().map(start).collect());
        Self { outputs, clock }
    }

    /// Who answers the clients of a feed.
    pub fn answering(&self, feed: &FeedId) -> Arc<dyn Answering> {
        Arc::new(Line {
            feed: feed.clone(),
            output: self.outputs.get(feed).cloned(),
            clock: Arc::clone(&self.clock),
        })
    }
}

fn milliseconds(period: Duration) -> u64 {
    u64::try_from(period.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// The entry of a client in the list; everybody is let in where the list is empty, and without an entry.
fn admitted<'a>(
    listed: &'a [TakClient],
    common_name: Option<&str>,
) -> Result<Option<&'a TakClient>, SourceError> {
    let client = listed
        .iter()
        .find(|client| Some(client.common_name.as_str()) == common_name);
    if client.is_some() || listed.is_empty() {
        return Ok(client);
    }
    Err(SourceError {
        code: "tak.unknown_client",
        detail: match common_name {
            Some(name) => format!("{name:?} is not among the clients in tak.yaml"),
            None => "its certificate has no common name".to_owned(),
        },
    })
}

/// Answers the clients of one feed.
struct Line {
    feed: FeedId,
    output: Option<Arc<Output>>,
    clock: Arc<dyn TimeSource>,
}

impl core::fmt::Debug for Line {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Line")
            .field("feed", &self.feed)
            .finish_non_exhaustive()
    }
}

impl Answering for Line {
    fn call(&self, caller: &Caller) -> Result<Arc<dyn Conversation>, SourceError> {
        let listed = self.output.as_ref().map_or(&[][..], |o| &o.config.clients);
        let client = admitted(listed, caller.common_name.as_deref())
            .inspect_err(|error| self.refused(error))?;
        let own = Own::new(self.feed.clone(), client.cloned());
        Ok(Arc::new(Talk::new(
            self.feed.clone(),
            self.output.clone(),
            Arc::clone(&self.clock),
            own,
        )))
    }

    fn refused(&self, error: &SourceError) {
        metrics::counter!("tak_refused_total", "feed" => self.feed.to_string(), "reason" => error.code)
            .increment(1);
    }
}

#[cfg(test)]
mod tests {
    use oneroof_ports::SystemTime;

    use super::*;

    #[test]
    fn a_feed_without_an_output_lets_everybody_speak() {
        let endpoint = Endpoint {
            outputs: Arc::default(),
            clock: Arc::new(SystemTime),
        };
        let caller = Caller {
            peer: "127.0.0.1:1".into(),
            common_name: None,
        };
        assert!(endpoint.answering(&"tak-bg".into()).call(&caller).is_ok());
    }

    #[test]
    fn where_there_is_a_list_only_who_is_on_it_is_let_in() {
        let entry = |name: &str| TakClient {
            common_name: name.to_owned(),
            callsign: None,
            unit: None,
        };
        let listed = [entry("patrol7"), entry("patrol8")];
        assert_eq!(admitted(&listed, Some("patrol8")), Ok(Some(&listed[1])));
        for other in [None, Some("patrol9"), Some("PATROL8"), Some("")] {
            let refused = admitted(&listed, other).unwrap_err();
            assert_eq!(refused.code, "tak.unknown_client", "{other:?}");
        }
        assert_eq!(admitted(&[], Some("anybody")), Ok(None));
        assert_eq!(admitted(&[], None), Ok(None));
    }

    #[test]
    fn periods_are_whole_milliseconds_and_never_none() {
        assert_eq!(milliseconds(Duration::from_micros(1)), 1);
        assert_eq!(milliseconds(Duration::from_secs(5)), 5_000);
        assert_eq!(milliseconds(Duration::MAX), u64::MAX);
    }
}
