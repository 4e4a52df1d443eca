//! Senders that share one socket or session, each with a connection of its own towards the ingest; bounded.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::time::Instant;

/// Senders that are told apart. The one that was silent for longest gives its place to a new one.
pub(crate) const MAX_PEERS: usize = 256;

/// One sender: to the ingest, a connection.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) conn: u64,
    pub(crate) name: Arc<str>,
    heard: Instant,
}

/// Senders by what they are known by.
#[derive(Debug)]
pub(crate) struct Peers<K> {
    known: BTreeMap<K, Peer>,
    next: u64,
}

impl<K> Default for Peers<K> {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<K: Ord + Clone + ToString> Peers<K> {
    /// The connection of a sender, and the one that had to give its place.
    pub(crate) fn of(&mut self, key: &K, now: Instant) -> (u64, Arc<str>, Option<Peer>) {
        if let Some(known) = self.known.get_mut(key) {
            known.heard = now;
            return (known.conn, Arc::clone(&known.name), None);
        }
        let mut gone = None;
        if self.known.len() >= MAX_PEERS {
            let oldest = self
                .known
                .iter()
                .min_by_key(|(_, p)| p.heard)
                .map(|(at, _)| at.clone());
            gone = oldest.and_then(|at| self.known.remove(&at));
        }
        self.next += 1;
        let name: Arc<str> = key.to_string().into();
        let peer = Peer {
            conn: self.next,
            name: Arc::clone(&name),
            heard: now,
        };
        self.known.insert(key.clone(), peer);
        (self.next, name, gone)
    }
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;
    use core::time::Duration;

    use super::*;

    #[test]
    fn the_number_of_senders_is_bounded_and_the_silent_one_goes() {
        let mut peers = Peers::default();
        let start = Instant::now();
        let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        for port in 0..256 {
            let (_, _, gone) = peers.of(&address(port), start + Duration::from_secs(port.into()));
            assert!(gone.is_none());
        }
        let (first, _, _) = peers.of(&address(0), start + Duration::from_secs(400));
        assert_eq!(first, 1);
        let (new, _, gone) = peers.of(&address(300), start + Duration::from_secs(401));
        assert_eq!((new, gone.unwrap().conn), (257, 2));
        assert_eq!(peers.known.len(), MAX_PEERS);
    }
}
