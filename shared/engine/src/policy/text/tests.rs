use super::*;
use crate::finding::Severity;
use crate::policy::ExemptFrom;
use crate::time::Time;

fn faults(text: &str) -> Vec<String> {
    read(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn nothing_said_is_the_default() {
    assert_eq!(read(""), Ok(Policy::default()));
    assert_eq!(read("# only a comment\n[api_keys]\n[rules.key_created]\n").unwrap().mode, Mode::Observe);
}

#[test]
fn the_sample_says_what_holds_without_a_policy() {
    assert_eq!(read(&sample()), Ok(Policy::default()));
}

#[test]
fn the_sample_stays_right_with_every_rule_switched_on() {
    let marked =
        |line: &str| line.starts_with("# [rules.") || line.contains("= true") || line.contains("severity =");
    let text: Vec<String> = sample()
        .lines()
        .map(|line| if marked(line) { line.replacen("# ", "", 1) } else { line.to_owned() })
        .collect();
    let policy = read(&text.join("\n")).unwrap();
    for rule in RULES {
        assert!(policy.rules.contains_key(rule.id), "{}", rule.id);
        assert_eq!(policy.severity(rule.id, Severity::Info), rule.severity, "{}", rule.id);
    }
}

#[test]
fn everything_can_be_set() {
    let policy = read(
        r#"
        mode = "enforce"
        enrolled_accounts = ["111122223333", "444455556666"]
        swept_accounts = ["777788889999"]
        [api_keys]
        max_lifetime_days = 30
        id_paths = ["additionalEventData.apiKey.id"]
        [rules.key_reset]
        enabled = false
        [rules.key_created]
        mode = "alert"
        severity = "high"
        "#,
    )
    .unwrap();
    assert_eq!(policy.mode, Mode::Enforce);
    assert_eq!((policy.enrolled_accounts.len(), policy.swept_accounts.len()), (2, 1));
    assert_eq!((policy.api_keys.max_lifetime_days, policy.api_keys.id_paths.len()), (30, 1));
    assert!(!policy.enabled("key_reset") && policy.enabled("key_created"));
    assert_eq!(policy.mode("key_created"), Mode::Alert);
    assert_eq!(policy.severity("key_created", Severity::Info), Severity::High);
}

#[test]
fn what_is_known_of_thefts_can_be_set() {
    let policy = read(
        r#"
        [learning]
        days = 7
        calls = 20
        [networks]
        known = ["192.0.2.0/24", "2001:db8::/32"]
        blocked = ["198.51.100.7"]
        [correlation]
        page = 50
        [correlation.weights]
        volume_spike = 0
        "#,
    )
    .unwrap();
    assert_eq!((policy.learning.days, policy.learning.calls()), (7, 20));
    assert!(policy.networks.known.contains("192.0.2.9".parse().unwrap()));
    assert!(policy.networks.blocked.contains("198.51.100.7".parse().unwrap()));
    assert_eq!((policy.correlation.page, policy.correlation.compromise), (50, 100));
    let weight = |rule, severity| policy.correlation.weight(rule, severity);
    assert_eq!(weight("volume_spike", Severity::High), 0);
    assert_eq!(weight("first_seen_network", Severity::Info), 20);
    assert_eq!(weight("first_seen_network", Severity::Low), 40);
    assert_eq!(weight("first_seen_network", Severity::Medium), 80);
    assert!(policy.correlation.is_signal("first_seen_network", Severity::Low));
    assert!(!policy.correlation.is_signal("key_created", Severity::Low));
    for (text, fault) in [
        ("[networks]\nknown = [\"192.0.2.0/33\"]", "a list of networks"),
        ("[learning]\ncalls = 25", "from 1 to 24"),
        ("[correlation.weights]\nkey_created = 1", "not known"),
    ] {
        assert!(faults(text)[0].contains(fault), "{:?}", faults(text));
    }
}

#[test]
fn what_keys_live_by_can_be_set() {
    let policy = read(
        r#"
        mode = "enforce"
        [accounts]
        "444455556666" = "alert"
        [services]
        "bedrock.amazonaws.com" = "observe"
        [staleness]
        unused_days = 60
        regions = ["eu-west-1"]
        [[staleness.limits]]
        user = "ci-*"
        tag = "team=*"
        unused_days = 14
        [[exemptions]]
        user = "backup-*"
        reason = "used only in an emergency"
        until = 2027-06-30
        [[exemptions]]
        credential = "ACCA1"
        from = "all"
        reason = "under investigation"
        until = "2027-01-01T12:00:00Z"
        [budgets.reported]
        over_all = 50
        [compromise]
        all_keys = true
        [principals]
        responders = ["arn:aws:iam::111122223333:role/deploy-*"]
        [rules.key_reset]
        enforce_from = 2026-12-01
        "#,
    )
    .unwrap();
    let (staleness, until) = (&policy.staleness, |text| Time::parse(text).unwrap());
    assert_eq!((staleness.unused_days, staleness.never_used_days), (60, 30));
    assert_eq!((staleness.regions.len(), staleness.limits.len()), (1, 1));
    assert_eq!(policy.exemptions[0].until, until("2027-06-30T00:00:00Z"));
    assert_eq!(policy.exemptions[1].from, ExemptFrom::All);
    assert_eq!((policy.budgets.reported.per_account, policy.budgets.reported.over_all), (5, 50));
    assert!(policy.compromise.all_keys && policy.principals.responders.len() == 1);

    let (here, there) = (AccountId::new("111122223333"), AccountId::new("444455556666"));
    let (before, after) = (until("2026-11-30T23:59:59Z"), until("2026-12-01T00:00:00Z"));
    let mode = |rule, account, service, now| policy.mode_for(rule, account, service, now);
    assert_eq!(mode("key_created", &here, None, before), Mode::Enforce);
    assert_eq!(mode("key_created", &there, None, before), Mode::Alert);
    assert_eq!(mode("key_created", &there, Some("bedrock.amazonaws.com"), before), Mode::Observe);
    assert_eq!(mode("key_reset", &here, None, before), Mode::Alert, "new: not yet enforced");
    assert_eq!(mode("key_reset", &here, None, after), Mode::Enforce);
}

#[test]
fn what_does_not_hang_together_is_a_fault() {
    for (text, fault) in [
        (
            "[[exemptions]]\nuser = \"a\"\nuntil = 2027-01-01",
            "line 2: exemptions[0].reason is missing; write a sentence in quotes",
        ),
        (
            "[[exemptions]]\nreason = \"r\"\nuntil = 2027-01-01",
            "line 2: exemptions[0].user is missing; write whom it exempts: user, path, tag or credential",
        ),
        (
            "[[exemptions]]\nuser = \"a\"\nreason = \"r\"\nuntil = \"never\"",
            "line 4: exemptions[0].until is \"never\"; write a date or a moment, such as 2027-06-30 or \
             2027-06-30T12:00:00Z",
        ),
        (
            "exemptions = \"all\"",
            "line 1: exemptions is \"all\"; write tables: [[exemptions]] on a line of its own before each",
        ),
        (
            "[staleness]\ndeactivate_days = 7",
            "line 2: staleness.deactivate_days is 7; write more than final_warning_days, which is 7",
        ),
        (
            "[services]\n\"codecommit.amazonaws.com\" = \"alert\"",
            "line 2: services.codecommit.amazonaws.com is not known; known here: logs.amazonaws.com, \
             cloudwatch.amazonaws.com, xray.amazonaws.com, bedrock.amazonaws.com, \
             aws-external-anthropic.amazonaws.com",
        ),
    ] {
        assert_eq!(faults(text), [fault], "{text}");
    }
}

#[test]
fn a_fault_names_its_line_its_key_and_a_good_value() {
    for (text, fault) in [
        ("mode = \"enforced\"", r#"line 1: mode is "enforced"; write "observe", "alert" or "enforce""#),
        ("\nmode = 1", r#"line 2: mode is 1; write "observe", "alert" or "enforce""#),
        (
            "[api_keys]\nmax_lifetime_days = 0",
            "line 2: api_keys.max_lifetime_days is 0; write a whole number of days from 1 to 36600, such as 90",
        ),
        ("api_keys = 90", "line 1: api_keys is 90; write a table: [api_keys] on a line of its own"),
        (
            "enrolled_accounts = [111122223333]",
            "line 1: enrolled_accounts is a list in which something is not right; write a list of twelve-digit \
             account ids in quotes, such as [\"111122223333\"]",
        ),
        (
            "[rules.key_created]\nseverity = \"urgent\"",
            "line 2: rules.key_created.severity is \"urgent\"; write \"info\", \"low\", \"medium\", \"high\" or \
             \"critical\"",
        ),
        (
            "[rules]\nkey_created = false",
            "line 2: rules.key_created is false; write a table: [rules.key_created] on a line of its own",
        ),
    ] {
        assert_eq!(faults(text), [fault], "{text}");
    }
}

#[test]
fn what_nobody_knows_is_a_fault_with_the_nearest_name() {
    for (text, fault) in [
        ("moda = \"alert\"", "line 1: moda is not known; did you mean mode?"),
        (
            "[rules.key_wihtout_expiry]",
            "line 1: rules.key_wihtout_expiry is not known; did you mean key_without_expiry?",
        ),
        (
            "[rules.key_reset]\nenable = true",
            "line 2: rules.key_reset.enable is not known; did you mean enabled?",
        ),
        (
            "[api_keys]\nfrequency = 1",
            "line 2: api_keys.frequency is not known; known here: max_lifetime_days, id_paths",
        ),
    ] {
        assert_eq!(faults(text), [fault], "{text}");
    }
}

#[test]
fn every_fault_is_told_at_once_and_in_order() {
    let found = faults("mode = 1\nmodes = 2\n[api_keys]\nmax_lifetime_days = \"x\"\n");
    assert_eq!(found.len(), 3);
    assert!(found.iter().zip(["line 1", "line 2", "line 4"]).all(|(fault, line)| fault.starts_with(line)));
}

#[test]
fn what_is_no_toml_has_its_line() {
    let found = faults("mode = \"observe\"\nmode = \n");
    assert!(found.iter().all(|fault| fault.starts_with("line 2: this is no TOML: ")), "{found:?}");
}

#[test]
fn hostile_keys_and_values_cannot_move_a_cursor() {
    let found = faults("\"\\u001b[2J\" = 1\nmode = \"\\u202e\\n\"\n");
    assert!(found.iter().all(|fault| !fault.contains(['\u{1b}', '\n', '\u{202e}'])), "{found:?}");
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in "[a-z_.\\[\\]\"= \n0-9]{0,80}") {
        if let Err(faults) = read(&text) {
            assert!(!faults.is_empty());
        }
    }
}
