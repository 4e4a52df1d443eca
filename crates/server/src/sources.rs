//! Sources of feeds: those of the transports, and the listeners whose clients the TAK endpoint answers.

use std::sync::Arc;

use oneroof_config::Transport;
use oneroof_model::FeedId;
use oneroof_ports::{Source, SourceBuildError, SourceFactory};
use oneroof_tak::Endpoint;
use oneroof_transport::{TcpListenSource, Transports};

/// Makes every source that a feed may have.
#[derive(Debug)]
pub(crate) struct Sources(pub(crate) Endpoint);

impl SourceFactory for Sources {
    fn build(
        &self,
        feed: &FeedId,
        config: &Transport,
    ) -> Result<Option<Arc<dyn Source>>, SourceBuildError> {
        match config {
            Transport::TakListen(listen) => Ok(Some(Arc::new(TcpListenSource::answering(
                listen.tcp(),
                self.0.answering(feed),
            )))),
            other => Transports.build(feed, other),
        }
    }
}
