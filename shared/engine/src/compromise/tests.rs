use super::*;
use crate::ids::RecordId;
use proptest::prelude::*;

fn report() -> impl Strategy<Value = Entry<ReportEntry>> {
    let source = prop_oneof![
        Just(CompromiseSource::Health("AWS_RISK_CREDENTIALS_EXPOSED".into())),
        (0_u8..3, 0_u16..10, any::<bool>(), any::<bool>()).prop_map(|(id, tens, sample, archived)| {
            CompromiseSource::GuardDuty {
                finding_type: "AttackSequence:IAM/CompromisedCredentials".into(),
                finding_id: id.to_string().into(),
                severity_tenths: tens * 10,
                sample,
                archived,
            }
        }),
    ];
    (0_i64..9, 0_u64..50, source, any::<bool>()).prop_map(|(at, record, source, own_envelope)| Entry {
        at: Time::from_millis(at * 1_000),
        record: RecordId(record),
        revision: 0,
        value: ReportEntry { source, own_envelope },
    })
}

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.compromise.guardduty_types = vec![crate::policy::Pattern::new("*")];
    policy
}

proptest! {
    #[test]
    fn names_are_unique_and_only_what_may_be_acted_upon_acts(mut reports in prop::collection::vec(report(), 0..12)) {
        reports.sort_by_key(|report| (report.at, report.record));
        reports.dedup_by_key(|report| (report.at, report.record));
        let policy = policy();
        let claims = claims(reports.iter(), |_| false, &policy);
        let mut names: Vec<_> = claims.iter().map(|claim| claim.name.clone()).collect();
        names.sort();
        names.dedup();
        prop_assert_eq!(names.len(), claims.len());
        for claim in &claims {
            prop_assert!(!claim.acts || claim.severity >= Severity::High);
            let made = |report: &&Entry<ReportEntry>| claim.name.starts_with(&name_of(report));
            prop_assert!(reports.iter().filter(made).any(|report| report.at == claim.at));
        }
    }

    #[test]
    fn what_is_closed_stays_closed_whatever_is_said_later(
        mut reports in prop::collection::vec(report(), 0..12),
        cleared in 0_i64..9,
    ) {
        reports.sort_by_key(|report| (report.at, report.record));
        reports.dedup_by_key(|report| (report.at, report.record));
        let (cleared, policy) = (Time::from_millis(cleared * 1_000), policy());
        let open = claims(reports.iter(), |said| said <= cleared, &policy);
        let closed: Vec<_> = reports.iter().filter(|report| report.at <= cleared).map(name_of).collect();
        for claim in &open {
            prop_assert!(claim.at > cleared);
            let (name, _) = claim.name.split_once("/severe").unwrap_or((&claim.name, ""));
            prop_assert!(!closed.iter().any(|closed| closed == name));
        }
    }
}
