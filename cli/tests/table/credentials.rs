//! Where region and credentials come from.

use std::os::unix::fs::PermissionsExt;

use crate::emulator::{command, run, table};

#[test]
fn what_is_missing_is_named_with_what_to_do() {
    let without_region = run(command(&["resume", "--table", "keytrail"]));
    assert_eq!(without_region.code, Some(2));
    assert!(without_region.stderr.contains("--region"), "{}", without_region.stderr);
    let without_key = run(command(&["resume", "--table", "keytrail", "--region", "us-east-1"]));
    assert_eq!(without_key.code, Some(2));
    for told in ["AWS_ACCESS_KEY_ID", "--profile", "export-credentials"] {
        assert!(without_key.stderr.contains(told), "{}", without_key.stderr);
    }
}

/// A profile belongs to the AWS CLI. This one answers as it does: only to the very command that is asked of it.
const AWS_CLI: &str = r#"#!/bin/sh
case "$*" in
"configure export-credentials --profile operator --format process")
    echo '{"Version": 1, "AccessKeyId": "AKIAPROFILE000000000", "SecretAccessKey": "s3cret", "SessionToken": "t"}' ;;
"configure get region --profile operator") echo us-east-1 ;;
"configure export-credentials --profile odd --format process") echo '{"SecretAccessKey": "s3cret"' ;;
*) echo "The config profile could not be found" >&2; exit 255 ;;
esac
"#;

#[test]
fn a_profile_is_the_aws_clis() {
    let (name, _) = table();
    let folder = tempfile::tempdir().unwrap();
    let with_profile = |profile: &str, by_variable: bool| {
        let mut asked = vec!["resume", "--table", &name, "--yes"];
        if !by_variable {
            asked.extend(["--profile", profile, "--region", "us-east-1"]);
        }
        let mut command = command(&asked);
        if by_variable {
            command.env("AWS_PROFILE", profile);
        }
        command.env("PATH", folder.path());
        run(command)
    };
    let missing = with_profile("operator", false);
    assert_eq!(missing.code, Some(2));
    assert!(missing.stderr.contains("there is no `aws` here"), "{}", missing.stderr);

    let aws = folder.path().join("aws");
    std::fs::write(&aws, AWS_CLI).unwrap();
    std::fs::set_permissions(&aws, PermissionsExt::from_mode(0o755)).unwrap();
    for by_variable in [false, true] {
        let run = with_profile("operator", by_variable);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
    for (profile, told) in [("nobody", "gives no credentials"), ("odd", "holds no credentials")] {
        let run = with_profile(profile, false);
        assert_eq!(run.code, Some(2), "{profile}");
        assert!(run.stderr.contains(told) && !run.stderr.contains("s3cret"), "{}", run.stderr);
    }
}
