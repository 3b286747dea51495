//! The deeds that undo, or go further than deactivation.
#![allow(clippy::panic, reason = "a test fails by panicking")]

use keytrail_testkit::fakes::{FakeIam, IamWrite, Mishap, Wire, run};

use super::*;

const USER: &str = "otel-gateway";
const KEY: &str = "ACCAEXAMPLEGATEWAY01";
const LOGS: &str = "logs.amazonaws.com";

fn iam(status: Option<Status>) -> (Wire, FakeIam) {
    let wire = Wire::default();
    let iam = FakeIam::new(wire.clone());
    iam.add_user(&USER.into());
    if let Some(status) = status {
        iam.add_key(&USER.into(), &KEY.into(), &LOGS.into(), status);
    }
    (wire, iam)
}

fn key_kinds() -> [ActionKind; 3] {
    let (key, user, service) = (CredentialId::new(KEY), UserName::new(USER), ServiceName::new(LOGS));
    [
        ActionKind::DeactivateApiKey { key: key.clone(), user: user.clone(), service: service.clone() },
        ActionKind::ReactivateApiKey { key: key.clone(), user: user.clone(), service: service.clone() },
        ActionKind::DeleteApiKey { key, user, service },
    ]
}

/// How far it came, in a word, or IAM's code.
fn word(progress: Result<Progress, AdminError>) -> String {
    match progress {
        Ok(progress) => format!("{progress:?}"),
        Err(AdminError::Refused { code, .. }) => code.to_string(),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn a_key_that_stands_otherwise_is_changed_and_every_repeat_finds_nothing_left() {
    use Status::{Active, Expired, Inactive};
    let table = [
        (Some(Active), ["Done", "NothingLeft", "StillActive"]),
        (Some(Inactive), ["NothingLeft", "Done", "Done"]),
        (Some(Expired), ["NothingLeft", "Expired", "Done"]),
        (None, ["NotThere", "NotThere", "NotThere"]),
    ];
    for (status, expected) in table {
        for (kind, expected) in key_kinds().into_iter().zip(expected) {
            let (_, iam) = iam(status);
            assert_eq!(word(run(carry_out(&iam, &kind))), expected, "{status:?} {kind:?}");
            assert_eq!(iam.writes().len(), usize::from(expected == "Done"), "{status:?} {kind:?}");
            let again = match expected {
                "Done" if kind.word() == "delete_api_key" => "NotThere",
                "Done" => "NothingLeft",
                same => same,
            };
            assert_eq!(word(run(carry_out(&iam, &kind))), again);
        }
    }
}

#[test]
fn a_deed_that_iam_does_not_show_yet_is_being_verified() {
    for (kind, status) in key_kinds().into_iter().zip([Status::Active, Status::Inactive, Status::Inactive]) {
        let (_, iam) = iam(Some(status));
        iam.show_stale(1);
        assert_eq!(word(run(carry_out(&iam, &kind))), "Verifying", "{kind:?}");
    }
}

#[test]
fn the_deny_policy_is_attached_and_detached_and_no_other() {
    let user = UserName::new(USER);
    let (deny, allow) = (
        ActionKind::DenyBearerCalls { user: user.clone() },
        ActionKind::AllowBearerCalls { user: user.clone() },
    );
    let (wire, iam) = iam(None);
    for (kind, expected) in [
        (&allow, "NothingLeft"),
        (&deny, "Done"),
        (&deny, "NothingLeft"),
        (&allow, "Done"),
        (&allow, "NothingLeft"),
    ] {
        assert_eq!(word(run(carry_out(&iam, kind))), expected, "{kind:?}");
    }
    let policy = |wanted| IamWrite::Policy(user.clone(), wanted);
    assert_eq!(iam.writes(), [policy(DenyPolicy::Attached), policy(DenyPolicy::Absent)]);
    // IAM says that it isn't attached, and shows that it is: one of the two is old.
    run(carry_out(&iam, &deny)).unwrap_or_else(|error| panic!("{error:?}"));
    wire.spoil_next("detach_deny_policy", 1, Mishap::Refused("NoSuchEntity"));
    assert_eq!(word(run(carry_out(&iam, &allow))), "Verifying");
    // The policy itself is missing.
    let (wire, iam) = self::iam(None);
    wire.spoil_next("attach_deny_policy", 1, Mishap::Refused("NoSuchEntity"));
    assert_eq!(word(run(carry_out(&iam, &deny))), "NoSuchEntity");
    assert!(!iam.denied(&user));
    iam.remove_user(&user);
    assert_eq!(word(run(carry_out(&iam, &deny))), "NotThere");
}

#[test]
fn a_kms_key_is_not_rescued_here() {
    let (wire, iam) = iam(None);
    let key = keytrail_engine::subject::SubjectId::kms_key(
        "aws".into(),
        "111122223333".into(),
        "us-east-1".into(),
        &"1234abcd".into(),
    );
    assert_eq!(word(run(carry_out(&iam, &ActionKind::RescueKmsKey { key }))), "NotHeldHere");
    assert!(wire.calls().is_empty());
}
