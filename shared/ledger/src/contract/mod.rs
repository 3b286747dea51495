//! The tests that every ledger passes.
//!
//! A ledger's crate calls [`contract!`](crate::contract!) in a test file, with a function that runs a future to its
//! end, and one that opens a new, empty ledger and gives it along with whatever must be kept until the test is over:
//!
//! ```text
//! fn open() -> (tempfile::TempDir, MyLedger) { … }
//! keytrail_ledger::contract!(pollster::block_on, open);
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "these are tests: they fail by panicking, and their names say what they show"
)]

pub mod bounds;
pub mod documents;
pub mod epochs;
pub mod faults;
pub mod items;
pub mod listings;
pub mod recording;
pub mod slots;
pub mod story;
pub mod together;

/// Makes a test of everything that a ledger must do. See [`mod@crate::contract`].
#[macro_export]
macro_rules! contract {
    ($run:path, $open:path) => {
        $crate::contract!(@tests $run, $open, documents:
            what_was_written_is_read
            a_document_is_created_once
            a_write_moves_the_version_on_and_an_old_one_is_refused
            a_commit_is_all_or_nothing
            a_check_refuses_what_has_changed
            what_no_ledger_takes_is_refused
            what_has_aged_out_is_shown_to_nobody
            fields_of_a_newer_minor_schema_survive
            a_newer_major_schema_is_refused
        );
        $crate::contract!(@tests $run, $open, listings:
            parts_of_a_subject_come_in_their_order
            a_large_subject_comes_whole
            subjects_are_listed_by_kind_page_by_page
            items_are_listed_by_kind_page_by_page
            due_items_come_in_the_order_of_their_time
            what_cannot_be_shown_is_named_and_the_rest_listed
            items_about_a_subject_are_its_own
        );
        $crate::contract!(@tests $run, $open, items:
            an_item_is_created_once
            an_item_moves_on_from_the_version_that_was_read
            an_outcome_and_its_notice_are_one
            a_waiting_item_is_due_when_its_time_has_come
        );
        $crate::contract!(@tests $run, $open, epochs:
            a_ledger_has_one_identity
            an_epoch_is_set_on_the_version_that_was_read
            a_ledger_in_another_store_than_its_epochs_is_paused
            only_resume_ends_the_pause
            what_a_backup_still_had_to_do_expires_and_what_comes_after_does_not
        );
        $crate::contract!(@tests $run, $open, slots:
            a_slot_is_set_on_the_version_that_was_read
            slots_are_each_their_own_and_no_epoch
            a_slot_holds_16_kib_and_no_more
        );
        $crate::contract!(@tests $run, $open, bounds:
            documents_at_their_bounds_are_stored_whole
            hostile_text_is_stored_as_it_is
        );
        $crate::contract!(@tests $run, $open, together:
            concurrent_writers_lose_nothing
            a_kms_key_and_its_log_target_never_miss_each_other
            concurrent_recorders_end_in_the_same_documents
            a_failure_at_any_step_loses_nothing
        );
        $crate::contract!(@tests $run, $open, recording:
            recorded_documents_are_those_of_a_replay
            the_same_again_writes_nothing
            a_finding_fires_once
            a_finding_is_withdrawn_and_stands_again
            a_withdrawn_action_is_taken_up_again
            what_a_late_record_makes_possible_is_asked_for_once
            a_new_key_moves_the_judgement_of_hours_long_past
            more_than_a_commit_holds_is_recorded_whole
            an_hour_that_has_aged_out_is_not_written
            a_refused_document_fails_its_events_alone
            a_clock_alone_brings_findings_to_light
            a_replay_concludes_once
        );
    };
    (@tests $run:path, $open:path, $module:ident: $($test:ident)+) => {
        mod $module {
            use super::*;

            $(#[test]
            fn $test() {
                let (_kept, ledger) = $open();
                $run($crate::contract::$module::$test(&ledger));
            })+
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_test_is_in_the_list() {
        let list = include_str!("mod.rs");
        let modules = [
            include_str!("bounds.rs"),
            include_str!("documents.rs"),
            include_str!("epochs.rs"),
            include_str!("items.rs"),
            include_str!("listings.rs"),
            include_str!("recording.rs"),
            include_str!("slots.rs"),
            include_str!("together.rs"),
        ];
        let tests = modules
            .iter()
            .flat_map(|module| module.lines().filter_map(|line| line.strip_prefix("pub async fn ")));
        let names: Vec<&str> = tests.filter_map(|line| line.split('<').next()).collect();
        assert!(names.len() > 30, "{names:?}");
        for name in names {
            assert!(list.lines().any(|line| line.trim() == name), "{name} is not in the list");
        }
    }
}
