//! What a trail lacks.

use crate::run::{keytrail, keytrail_reading};

const THERE: &str = r#"{"TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit", "AdvancedEventSelectors": [
    {"Name": "All management events but KMS's", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Management"]},
        {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}]}]}"#;

#[test]
fn the_merged_set_is_printed_and_what_was_added_is_told() {
    let run = keytrail_reading(&["trail-patch"], THERE);
    assert_eq!(run.code, Some(0));
    insta::assert_snapshot!(run.stderr, @"note: added: Management events that change something; CloudWatch Logs API key authorization events");
    insta::assert_snapshot!(run.stdout);
    let again = keytrail_reading(&["trail-patch", "-"], &run.stdout);
    assert_eq!(again.stdout, run.stdout);
    insta::assert_snapshot!(again.stderr, @"note: nothing is missing: the trail records what Keytrail reads");
}

#[test]
fn what_cannot_be_used_is_named_and_nothing_is_printed() {
    let run = keytrail_reading(&["trail-patch"], "{}");
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(
        run.stderr.contains("cannot use the event selectors of -: it holds no selectors"),
        "{}",
        run.stderr
    );
    let run = keytrail(&["trail-patch", "no-such-file"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("cannot read no-such-file"), "{}", run.stderr);
}
