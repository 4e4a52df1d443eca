//! What the demonstration sends is what the shipped configuration understands: every message of every scenario and
//! of the background goes through the real decoders with `demo/config`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod aivdm;
mod common;
mod scenarios;
mod tisa;
mod traffic;

use std::collections::BTreeSet;

use oneroof_config::Transport;
use oneroof_model::Relation;
use oneroof_sim::{Expect, Moment, Way};

use crate::common::{config, decode, messages, noon, put_aside, reports, scenarios};

#[test]
fn every_message_of_every_scenario_is_taken_except_those_meant_for_quarantine() {
    let mut quarantined = 0;
    for scenario in scenarios() {
        for (step, body, at) in messages(&scenario) {
            if matches!(step.way, Way::Silence(_)) {
                continue;
            }
            let out = decode(&step.feed, &body, at);
            let (aside, here) = (
                put_aside(&out, at),
                format!("{}:{}", scenario.name, step.line),
            );
            if step.expect == Expect::Quarantine {
                quarantined += 1;
                assert!(!aside.is_empty(), "{here}: is taken: {:?}", out.drafts);
                continue;
            }
            assert!(aside.is_empty(), "{here}: {aside:?}\n{body}");
            // A table's own header is counted; nothing else is passed over.
            let passed = out.skipped.keys().filter(|kind| **kind != "header");
            assert_eq!(passed.count(), 0, "{here}: {:?}", out.skipped);
            assert!(!out.drafts.is_empty(), "{here}");
            for r in reports(&out) {
                assert!(r.source.is_some(), "{here}: without an id of the agency");
                let typed = r.type_code.is_some() || r.relation != Relation::New;
                assert!(typed, "{here}: code {:?} is in no table", r.original_code);
            }
        }
    }
    assert_eq!(quarantined, 1, "one message shows the quarantine");
}

#[test]
fn every_step_goes_the_way_that_its_feed_listens_on() {
    for scenario in scenarios() {
        for step in &scenario.steps {
            let feed = config().feeds.get(&step.feed.as_str().into());
            let fits = matches!(
                (step.way, feed.map(|f| &f.transport)),
                (Way::Http, Some(Transport::HttpPush(_)))
                    | (Way::Cap | Way::Csv, Some(Transport::Folder(_)))
                    | (Way::Silence(_), Some(_))
                    | (Way::Tcp(_), Some(Transport::TcpClient(_)))
                    | (Way::Udp, Some(Transport::UdpListen(_)))
            );
            assert!(
                fits,
                "{}:{}: {} by {:?}",
                scenario.name, step.line, step.feed, step.way
            );
        }
    }
}

#[test]
fn runs_do_not_share_ids() {
    for scenario in scenarios() {
        let ids = |run| -> BTreeSet<String> {
            let moment = |count| Moment {
                start: noon(),
                now: noon(),
                run,
                count,
            };
            let steps = scenario
                .steps
                .iter()
                .filter(|s| s.expect != Expect::Quarantine);
            steps
                .flat_map(|s| reports(&decode(&s.feed, &s.body.render(moment(s.count)), noon())))
                .map(|r| r.source.unwrap().key)
                .collect()
        };
        let shared: Vec<String> = ids(2_820_407)
            .intersection(&ids(2_820_408))
            .cloned()
            .collect();
        assert!(shared.is_empty(), "{}: {shared:?}", scenario.name);
    }
}
