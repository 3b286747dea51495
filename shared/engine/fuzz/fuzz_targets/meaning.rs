//! Any bytes have a meaning: as a record, as the members of a record that is ours, and as the detail of an envelope.
#![no_main]

use keytrail_engine::parse::{IdPath, ParseSettings, meaning};
use keytrail_engine::read::Envelope;
use keytrail_engine::time::Time;
use libfuzzer_sys::fuzz_target;

/// One name for each reader and each way through it.
const NAMES: &[(&str, &str)] = &[
    ("iam.amazonaws.com", "CreateServiceSpecificCredential"),
    ("iam.amazonaws.com", "UpdateServiceSpecificCredential"),
    ("iam.amazonaws.com", "AttachUserPolicy"),
    ("iam.amazonaws.com", "TagUser"),
    ("kms.amazonaws.com", "CreateKey"),
    ("kms.amazonaws.com", "ReplicateKey"),
    ("kms.amazonaws.com", "ScheduleKeyDeletion"),
    ("kms.amazonaws.com", "PutKeyPolicy"),
    ("logs.amazonaws.com", "AssociateKmsKey"),
    ("logs.amazonaws.com", "PutBearerTokenAuthentication"),
    ("logs.amazonaws.com", "CallWithBearerToken"),
    ("bedrock-runtime.amazonaws.com", "Converse"),
    ("cloudtrail.amazonaws.com", "PutEventSelectors"),
];

fuzz_target!(|data: &[u8]| {
    let id_paths = IdPath::parse("requestParameters.a.b").into_iter().collect();
    let settings = ParseSettings { id_paths, ..ParseSettings::default() };
    let received = Some(Time::from_millis(1_785_542_400_000));
    let _ = meaning(data, None, received, &settings);

    for source in ["aws.health", "aws.guardduty"] {
        let envelope = Envelope { source: Some(source), account: Some("111122223333"), ..Envelope::default() };
        let _ = meaning(data, Some(&envelope), received, &settings);
    }

    let Some((choice, members)) = data.split_first() else { return };
    let Some((source, name)) = NAMES.get(usize::from(*choice) % NAMES.len()) else { return };
    let head = format!(
        r#"{{"eventSource":"{source}","eventName":"{name}","recipientAccountId":"111122223333","awsRegion":"us-east-1","#
    );
    let record = [head.as_bytes(), members, b"}"].concat();
    let _ = meaning(&record, None, received, &settings);
});
