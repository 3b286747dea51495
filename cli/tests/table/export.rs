//! `keytrail export`.

use keytrail_engine::event::{CompromiseSource, Compromised, What};
use keytrail_engine::policy::Mode;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::Clock as _;
use serde_json::Value;

use crate::emulator::keytrail;
use crate::requests::{event, policy, put, with_key};

#[test]
fn everything_that_was_decided_and_asked_for_is_a_line() {
    let enforced = policy(Mode::Enforce);
    let (name, ledger) = with_key(&enforced.policy);
    let now = keytrail_aws::SystemClock.now();
    let of = Compromised::ApiKey("ACCAEXAMPLEGATEWAY01".into());
    let source = CompromiseSource::Health("AWS_RISK_CREDENTIALS_EXPOSED".into());
    let reported = event(7, now - Span::minutes(10), What::CompromiseReported { of, source });
    put(&ledger, &[reported], &enforced.policy, now);
    let asked = keytrail(&[
        "hold",
        "ACCAEXAMPLEGATEWAY01",
        "--table",
        &name,
        "--policy",
        &enforced.file,
        "--why",
        "an\u{1b}audit",
        "--yes",
    ]);
    assert_eq!(asked.code, Some(0), "{}", asked.stderr);

    let export = |more: &[&str]| {
        let run = keytrail(&[&["export", "--table", &name], more].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(!run.stdout.contains('\u{1b}'), "nothing acts on a terminal");
        run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let lines = export(&[]);
    let of_type = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    assert_eq!((of_type("action"), of_type("request")), (1, 1), "{lines:#?}");
    assert!(of_type("finding") >= 1 && of_type("notice") >= 1, "{lines:#?}");
    assert!(lines.iter().all(|line| line["version"] == "1"), "{lines:#?}");
    let request = lines.iter().find(|line| line["type"] == "request").unwrap();
    assert_eq!(request["asked"]["why"], "an\u{1b}audit");
    assert!(request["asked"]["who"].as_str().unwrap().starts_with("arn:aws:"), "{request}");
    assert_eq!(export(&[]), lines, "the same ledger, the same lines");
    assert!(export(&["--since", "2999-01-01T00:00:00Z"]).is_empty());
}
