//! A feed's configuration made ready: the context for the room, the format, the source.

use std::sync::Arc;

use oneroof_config::types::{Network, SecretText};
use oneroof_config::{Config, Feed, Problem, Transport, process_env};
use oneroof_feeds::{Format, Options};
use oneroof_model::{Bounds, FreshnessRule, Mode, OrgId, SourceKind};
use oneroof_ports::{Source, SourceFactory};
use oneroof_room::FeedContext;

use crate::stats::Face;

/// What a feed takes from the centre where its own file says nothing.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The centre itself, for what has no agency.
    pub org: OrgId,
    /// Mode.
    pub mode: Mode,
    /// When a feed is stale and lost.
    pub rule: FreshnessRule,
    /// Raw bytes in quarantine per feed.
    pub quarantine_bytes: u64,
    /// Largest body of a push, bytes.
    pub body_bytes: usize,
    /// The country, for recognising exchanged coordinates.
    pub bounds: Option<Bounds>,
}

impl Defaults {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            org: config.centre.centre.org.clone(),
            mode: config.centre.mode,
            rule: config.freshness.freshness.feed.rule(),
            quarantine_bytes: config.centre.limits.quarantine_per_feed.bytes(),
            body_bytes: config.centre.limits.body.as_usize(),
            bounds: config.bounds(),
        }
    }

    fn rule_of(&self, feed: &Feed) -> FreshnessRule {
        let or = |own: Option<oneroof_config::Period>, class| {
            own.map_or(class, oneroof_config::Period::as_secs_u32)
        };
        FreshnessRule {
            expected_s: or(feed.expected_period, self.rule.expected_s),
            stale_s: or(feed.stale_after, self.rule.stale_s),
            lost_s: or(feed.lost_after, self.rule.lost_s),
        }
    }

    /// What is shown of a feed.
    pub(crate) fn face(&self, feed: &Feed) -> Face {
        Face {
            org: feed.org.clone(),
            uk: feed.name.uk.clone(),
            en: feed.name.en.clone(),
            rule: self.rule_of(feed),
            transport: feed.transport.kind(),
            format: feed.format.kind.clone(),
        }
    }
}

/// Why a feed cannot work as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Its format does not take its options; shown by the first fault.
    #[error("{}", first_of(.0))]
    Format(Vec<Problem>),
    /// Its transport cannot work on this machine.
    #[error("{0}")]
    Transport(String),
}

/// The first problem with its place, and how many more there are.
pub(crate) fn first_of(problems: &[Problem]) -> String {
    let Some(first) = problems.first() else {
        return "the format refused its options".to_owned();
    };
    let more = match problems.len() - 1 {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    format!(
        "{}:{}:{} {}{more}",
        first.file, first.line, first.column, first.message
    )
}

/// Makes formats of configurations; the registry of `oneroof_feeds`, or a test's own.
pub type Formats = Arc<dyn Fn(&Feed) -> Result<Arc<dyn Format>, PlanError> + Send + Sync>;

/// Formats by the registry.
pub fn registry() -> Formats {
    Arc::new(|feed| {
        let options = Options {
            yaml: &feed.format.yaml,
            first_line: feed.format.first_line.max(1),
        };
        oneroof_feeds::build(&feed.format.kind, options).map_err(|problems| {
            let problem = |p: oneroof_feeds::OptionProblem| {
                feed.format.problem(p.line, p.column, p.message, p.help)
            };
            PlanError::Format(problems.into_iter().map(problem).collect())
        })
    })
}

/// A feed that can be run.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) feed: Feed,
    pub(crate) context: Arc<FeedContext>,
    pub(crate) format: Arc<dyn Format>,
    /// Missing where bytes are pushed to us.
    pub(crate) source: Option<Arc<dyn Source>>,
    /// Who may push, where bytes are pushed to us.
    pub(crate) push: Option<PushAccess>,
    /// Whether a successful fetch is itself a sign of life.
    pub(crate) state_is_word: bool,
    /// Whether its source fetches what its records name and do not hold.
    pub(crate) follows_links: bool,
}

/// Who may push.
#[derive(Debug, Clone)]
pub(crate) struct PushAccess {
    /// From where; from everywhere where it is empty.
    pub(crate) allow: Vec<Network>,
    /// What has to be shown.
    pub(crate) token: Option<SecretText>,
}

impl PushAccess {
    fn of(transport: &Transport) -> Result<Option<Self>, PlanError> {
        let Transport::HttpPush(push) = transport else {
            return Ok(None);
        };
        let token = push
            .token
            .as_ref()
            .map(|t| t.fetch(&process_env))
            .transpose();
        let token = token.map_err(|e| PlanError::Transport(format!("transport http_push: {e}")))?;
        Ok(Some(Self {
            allow: push.allow.clone(),
            token,
        }))
    }
}

impl Plan {
    pub(crate) fn of(
        feed: Feed,
        defaults: &Defaults,
        formats: &Formats,
        sources: &dyn SourceFactory,
    ) -> Result<Self, PlanError> {
        let format = formats(&feed)?;
        let source = sources
            .build(&feed.feed, &feed.transport)
            .map_err(|e| PlanError::Transport(e.to_string()))?;
        let push = PushAccess::of(&feed.transport)?;
        let context = FeedContext {
            id: feed.feed.clone(),
            org: feed.org.clone(),
            source_kind: feed.source_kind,
            mode: feed.mode.unwrap_or(defaults.mode),
            marking: feed.marking.to_model(),
            confidence: feed.confidence.to_model(),
            sensor: feed.source_kind == SourceKind::Sensor,
            recorded: matches!(feed.transport, Transport::Replay(_)),
        };
        let state_is_word = matches!(
            feed.transport,
            Transport::HttpPoll(_) | Transport::SqlPoll(_)
        );
        let follows_links = matches!(&feed.transport, Transport::HttpPoll(p) if p.links.follow);
        Ok(Self {
            feed,
            context: Arc::new(context),
            format,
            source,
            push,
            state_is_word,
            follows_links,
        })
    }
}
