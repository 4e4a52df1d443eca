//! The tests that every adapter passes.
//!
//! An adapter's test file calls [`journal_contract!`](crate::journal_contract), [`store_contract!`](crate::store_contract)
//! and [`history_contract!`](crate::history_contract) with an expression that makes an empty one (anything that derefs to
//! it, so that it can hold its folder too); each test of the list becomes a `#[tokio::test]` of its own.

pub mod history;
pub mod journal;
pub mod sample;
pub mod store;

/// One `#[tokio::test]` for each of the named functions of a contract's module.
#[doc(hidden)]
#[macro_export]
macro_rules! contract_tests {
    ($make:expr, $module:ident: $($name:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            let made = $make;
            $crate::contract::$module::$name(&*made).await;
        }
    )*};
}

/// The tests of a journal (that is a [`Store`](crate::Store) too).
#[macro_export]
macro_rules! journal_contract {
    ($make:expr) => {
        $crate::contract_tests!($make, journal:
            an_append_under_the_head_is_read_back_as_it_was,
            an_append_under_another_head_writes_nothing,
            a_batch_is_written_whole_or_not_at_all,
            a_revision_of_a_source_id_is_taken_once,
            known_sources_come_in_the_order_asked_with_all_their_revisions,
            a_command_is_known_with_its_receipt,
            a_repeated_request_gets_the_answer_with_the_numbers_of_the_quarantine,
            reading_goes_page_by_page_without_a_gap,
            many_appends_at_once_take_each_number_once,
            an_erased_report_is_gone_and_the_chain_still_verifies,
            an_erasure_without_its_entry_is_refused,
            an_erasure_takes_files_twins_archive_and_checkpoints_along,
            a_personal_payload_reads_as_it_was_and_is_erased_like_others,
            personal_identifiers_are_erased_apart_from_their_report,
        );
    };
}

/// The tests of a store (that is a [`Journal`](crate::Journal) too).
#[macro_export]
macro_rules! store_contract {
    ($make:expr) => {
        $crate::contract_tests!($make, store:
            the_newest_checkpoint_of_the_version_is_given_and_two_are_kept,
            the_quarantine_is_listed_newest_first_by_feed_and_page,
            the_quarantine_counts_what_waits_by_feed,
            a_released_record_keeps_its_trace_and_no_bytes,
            archived_events_are_found_by_id_and_by_time,
            a_file_comes_back_byte_by_byte,
            the_retention_drops_what_is_older_and_nothing_else,
            the_disk_has_room,
        );
    };
}

/// The tests of a history.
#[macro_export]
macro_rules! history_contract {
    ($make:expr) => {
        $crate::contract_tests!($make, history:
            points_come_back_oldest_first_within_their_bounds,
            tracks_of_one_number_in_two_domains_are_two,
            more_than_the_limit_is_thinned_evenly_with_both_ends,
            the_thinning_keeps_the_first_point_of_each_span,
            the_retention_drops_whole_days,
            what_was_near_a_place_is_told_nearest_first,
            looking_around_a_place_is_bounded_and_says_so,
        );
    };
}

#[cfg(test)]
mod tests {
    mod store {
        crate::journal_contract!(Box::new(crate::memory::MemoryStore::default()));
        crate::store_contract!(Box::new(crate::memory::MemoryStore::default()));
    }
    mod history {
        crate::history_contract!(Box::new(crate::memory::MemoryHistory::default()));
    }

    mod faults {
        use super::super::sample::{batch, report};
        use crate::memory::MemoryStore;
        use crate::{Journal as _, StoreError};

        #[tokio::test]
        async fn an_ordered_fault_hits_one_append_and_writes_nothing() {
            let store = MemoryStore::default();
            store.fill_disk_for_one_append();
            let full = store.append(batch([report(1)]), 0).await;
            assert!(matches!(full, Err(StoreError::Full(_))), "{full:?}");
            assert_eq!(store.head().await.unwrap(), 0);
            assert_eq!(store.append(batch([report(1)]), 0).await.unwrap().head, 1);
        }

        #[tokio::test]
        async fn a_changed_payload_breaks_the_check_at_its_place() {
            let store = MemoryStore::default();
            store
                .append(batch([report(1), report(2)]), 0)
                .await
                .unwrap();
            store.tamper(2, b"{}".to_vec());
            assert_eq!(store.verify().await.unwrap().broken.unwrap().0, 2);
        }
    }
}
