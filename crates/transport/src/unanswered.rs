//! Messages that are with the room and not answered yet.

use core::future::pending;
use std::collections::VecDeque;

use oneroof_ports::Ack;
use tokio::sync::oneshot;

/// Messages without an answer, oldest first, each with what its sender has to be told by.
#[derive(Debug)]
pub(crate) struct Unanswered<T> {
    waiting: VecDeque<(T, oneshot::Receiver<Ack>)>,
    most: usize,
}

impl<T> Unanswered<T> {
    /// At most `most` of them.
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            most,
        }
    }

    /// Whether nothing more may be handed on for now.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= self.most
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds one that was handed on.
    pub(crate) fn push(&mut self, token: T, answer: oneshot::Receiver<Ack>) {
        self.waiting.push_back((token, answer));
    }

    /// The oldest, once it is answered; waits for ever while there is none. Safe to be dropped half-way.
    pub(crate) async fn next(&mut self) -> (T, Ack) {
        let Some((_, answer)) = self.waiting.front_mut() else {
            return pending().await;
        };
        let ack = answer.await.unwrap_or_else(|_| Ack::Failed {
            why: "the ingest ended before it answered".to_owned(),
        });
        match self.waiting.pop_front() {
            Some((token, _)) => (token, ack),
            None => pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn answers_come_in_the_order_of_the_messages_and_a_lost_one_is_a_failure() {
        let mut unanswered = Unanswered::new(2);
        let (first, one) = oneshot::channel();
        let (second, two) = oneshot::channel();
        unanswered.push(1, one);
        unanswered.push(2, two);
        assert!(unanswered.is_full());
        let durable = Ack::Durable {
            taken: 1,
            quarantined: 0,
            links: Vec::new(),
        };
        second.send(durable.clone()).unwrap();
        drop(first);
        assert!(matches!(unanswered.next().await, (1, Ack::Failed { .. })));
        assert_eq!(unanswered.next().await, (2, durable));
        assert!(unanswered.is_empty());
    }
}
