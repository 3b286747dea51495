use super::*;
use crate::event::{KmsKeyChange, KmsKeyMake, KmsKeyState, Selectors, TrailChange, TrailSeen, What};
use crate::event::{KmsKeyRef, LogTargetName};
use crate::telling::{ACCOUNT, Telling, minute};
use crate::time::Span;

/// It lets CloudWatch Logs use the key for log groups of its own account.
const OWN_ACCOUNT: &str = r#"{"Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
    {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*",
     "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:us-east-1:111122223333:*"}}}]}"#;
const ANY_ACCOUNT: &str = r#"{"Statement": [
    {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}]}"#;

fn key() -> SubjectId {
    SubjectId::parse("aws/111122223333/us-east-1/kms-key/k").unwrap()
}

/// Ten days later.
fn now() -> Time {
    minute(0) + Span::days(10)
}

fn trail() -> What {
    let selectors = Selectors { management_writes: true, ..Selectors::default() };
    let seen = TrailSeen { logging: true, multi_region: true, selectors };
    What::TrailObserved { trail: "audit".into(), seen }
}

/// A key whose making was seen, and a trail that records it.
fn told(policy: &str) -> Telling {
    let mut telling = Telling::new();
    let (make, state) = (KmsKeyMake::default(), Some(KmsKeyState::Enabled));
    telling.tell(minute(0), What::KmsKeyCreated { key: key(), make, state, policy: Some(policy.into()) });
    telling.tell(minute(1), trail());
    telling
}

fn place(account: &str, region: &str) -> (AccountId, Region) {
    (account.into(), region.into())
}

/// The newest passes over the key's account and region: this morning's listings, and a past that was read on the first day.
fn swept() -> BTreeMap<(AccountId, Region), Sweeps> {
    let today = Some(now() + Span::hours(-6));
    let sweeps = Sweeps {
        log_groups: today,
        log_parts: today,
        kms_keys: today,
        history: Some(minute(0) + Span::days(1)),
    };
    BTreeMap::from([(place(ACCOUNT, "us-east-1"), sweeps)])
}

fn never_used() -> Usage {
    let (created, tracked_since) = (Some(minute(0)), Some(minute(0) + Span::days(-100)));
    Usage::Told(LastUsage { created, tracked_since, last: None })
}

/// The policy names one account, which has one region.
fn reach() -> Reach {
    let at = now() + Span::hours(-6);
    let accounts = Some(Listed { at, all: BTreeSet::from([ACCOUNT.into()]) });
    let regions = Listed { at, all: BTreeSet::from(["us-east-1".into()]) };
    Reach { accounts, regions: BTreeMap::from([(ACCOUNT.into(), regions)]) }
}

fn proof() -> Evidence {
    Evidence { vouched_since: None, sweeps: Some(swept()), reach: reach(), usage: never_used() }
}

fn ask(telling: &Telling, evidence: &Evidence) -> (Verdict, Vec<Missing>) {
    let found = impact(&key(), &telling.world, evidence, now());
    (found.verdict, found.missing)
}

#[test]
fn no_dependency_takes_everything_and_whatever_is_missing_is_named() {
    let whole = told(OWN_ACCOUNT);
    assert_eq!(ask(&whole, &proof()), (Verdict::NoDependency, vec![]));

    let missing = |telling: &Telling, evidence: Evidence| {
        let (verdict, missing) = ask(telling, &evidence);
        assert_eq!(verdict, Verdict::Unknown);
        let [missing] = missing.try_into().unwrap_or_else(|all| panic!("{all:?}"));
        missing
    };
    let sweeps = |change: fn(&mut Sweeps)| {
        let mut evidence = proof();
        evidence.sweeps.iter_mut().flat_map(BTreeMap::values_mut).for_each(change);
        evidence
    };
    let old = Some(now() + Span::days(-2));
    let listed =
        |what, last| Missing::NotSwept { account: ACCOUNT.into(), region: "us-east-1".into(), what, last };
    assert_eq!(missing(&whole, sweeps(|it| it.log_groups = None)), listed("log groups", None));
    assert_eq!(
        missing(&whole, sweeps(|it| it.kms_keys = Some(now() + Span::days(-2)))),
        listed("KMS keys", old)
    );
    let from = Some(minute(0) + Span::days(1));
    let unread = Missing::NotReadBack { account: ACCOUNT.into(), region: "us-east-1".into(), from };
    assert_eq!(missing(&whole, sweeps(|it| it.history = Some(minute(0) + Span::days(91)))), unread);
    assert_eq!(missing(&told(ANY_ACCOUNT), proof()), Missing::OtherAccounts);

    let mut changed = whole.clone();
    let put = KmsKeyChange::PolicyChanged { policy: Some(OWN_ACCOUNT.into()), bypassed_lockout_check: false };
    changed.tell(minute(5), What::KmsKeyChanged { key: key(), change: put });
    assert_eq!(missing(&changed, proof()), Missing::OtherAccounts, "what was it before?");

    let mut stopped = whole;
    stopped.tell(minute(5), What::TrailChanged { trail: "audit".into(), change: TrailChange::Stopped });
    stopped.tell(minute(6), What::TrailChanged { trail: "audit".into(), change: TrailChange::Started });
    assert_eq!(missing(&stopped, proof()), Missing::NoTrail, "a minute is missing");
}

#[test]
fn every_account_and_region_that_is_known_must_be_swept() {
    let mut telling = told(OWN_ACCOUNT);
    let elsewhere = SubjectId::parse("aws/111122223333/eu-central-1/kms-key/other").unwrap();
    let change = KmsKeyChange::Enabled;
    telling.tell(minute(3), What::KmsKeyChanged { key: elsewhere, change });
    let (verdict, missing) = ask(&telling, &proof());
    let never = Missing::NeverSwept { account: ACCOUNT.into(), region: "eu-central-1".into() };
    assert_eq!((verdict, missing), (Verdict::Unknown, vec![never]));
    let mut evidence = proof();
    let here = swept().into_values().next().unwrap();
    evidence.sweeps.as_mut().unwrap().insert(place(ACCOUNT, "eu-central-1"), here);
    assert_eq!(ask(&telling, &evidence).0, Verdict::NoDependency);
}

#[test]
fn what_kms_says_of_its_use_counts_where_it_was_asked() {
    let telling = told(OWN_ACCOUNT);
    let with = |usage| ask(&telling, &Evidence { usage, ..proof() });
    assert_eq!(with(Usage::NotAsked).0, Verdict::NoDependency);
    let used = LastUsage { last: Some((minute(9), "Encrypt".into())), ..LastUsage::default() };
    let seen = Missing::Used { at: minute(9), operation: "Encrypt".into() };
    assert_eq!(with(Usage::Told(used)), (Verdict::Unknown, vec![seen]));
    let later = Some(minute(1));
    let tracked = LastUsage { created: Some(minute(0)), tracked_since: later, last: None };
    assert_eq!(with(Usage::Told(tracked)).1, [Missing::UsageUntracked { since: later }]);
    assert_eq!(with(Usage::Told(LastUsage::default())).1, [Missing::UsageUntracked { since: None }]);
    let code: Box<str> = "AccessDeniedException".into();
    assert_eq!(with(Usage::Refused { code: code.clone() }).1, [Missing::UsageUntold { code }]);
}

#[test]
fn a_persons_word_stands_for_the_records_and_not_for_kms() {
    let telling = told(ANY_ACCOUNT);
    let vouched = |usage| Evidence {
        vouched_since: Some(minute(0)),
        sweeps: Some(BTreeMap::new()),
        reach: Reach::default(),
        usage,
    };
    assert_eq!(ask(&telling, &vouched(never_used())).0, Verdict::NoDependency);
    let code: Box<str> = "AccessDeniedException".into();
    assert_eq!(ask(&telling, &vouched(Usage::Refused { code })).0, Verdict::Unknown);
    let none = Evidence::default();
    assert_eq!(
        ask(&telling, &none).1,
        [Missing::History { created: minute(0) }],
        "a state knows of no sweep"
    );
}

#[test]
fn what_depends_on_it_outweighs_all_that_is_known() {
    let mut telling = told(OWN_ACCOUNT);
    let target = LogTargetName::LogGroup("/a".into());
    telling.tell(minute(2), What::Associated { target, key: KmsKeyRef::Key(key()) });
    assert_eq!(ask(&telling, &proof()).0, Verdict::InUse);
}

#[test]
fn what_hangs_on_a_lost_relative_hangs_on_the_last_one_that_is_left() {
    let replica = |region: &str| {
        let id = format!("aws/111122223333/{region}/kms-key/k");
        SubjectId::parse(&id).unwrap()
    };
    let (lost, other) = (replica("eu-central-1"), replica("us-west-2"));
    let mut telling = told(OWN_ACCOUNT);
    let replicated = |replica: &SubjectId| What::KmsKeyReplicated {
        key: key(),
        replica: replica.clone(),
        region: replica.region.clone(),
    };
    telling.tell(minute(2), replicated(&lost));
    let target = LogTargetName::LogGroup("/a".into());
    telling.tell(minute(3), What::Associated { target, key: KmsKeyRef::Key(lost.clone()) });
    let found = |telling: &Telling| impact(&key(), &telling.world, &proof(), now());
    assert_eq!((found(&telling).verdict, found(&telling).lost), (Verdict::Unknown, vec![]));
    let going = KmsKeyChange::DeletionScheduled { date: None, waits_for_replicas: false };
    telling.tell(minute(4), What::KmsKeyChanged { key: lost.clone(), change: going });
    let last = found(&telling);
    assert_eq!((last.verdict, &*last.lost, last.dependents.len()), (Verdict::InUse, &[lost][..], 1));
    telling.tell(minute(5), replicated(&other));
    assert_eq!(found(&telling).verdict, Verdict::Unknown, "another one is left");
}

#[test]
fn every_enabled_region_of_every_account_that_policy_names_must_be_swept() {
    let telling = told(OWN_ACCOUNT);
    let with = |change: fn(&mut Reach)| {
        let mut evidence = proof();
        change(&mut evidence.reach);
        ask(&telling, &evidence)
    };
    let never =
        |account: &str, region: &str| Missing::NeverSwept { account: account.into(), region: region.into() };
    assert_eq!(with(|_| {}), (Verdict::NoDependency, vec![]));
    let another_region = with(|reach| {
        let enabled = reach.regions.get_mut(&AccountId::new(ACCOUNT)).unwrap();
        enabled.all.insert("eu-south-1".into());
    });
    assert_eq!(another_region, (Verdict::Unknown, vec![never(ACCOUNT, "eu-south-1")]));
    let other = "444455556666";
    let another_account = with(|reach| {
        reach.accounts.as_mut().unwrap().all.insert("444455556666".into());
    });
    let unlisted = |account: &str, last| Missing::RegionsUnlisted { account: account.into(), last };
    assert_eq!(another_account, (Verdict::Unknown, vec![unlisted(other, None)]));
    let its_regions = with(|reach| {
        reach.accounts.as_mut().unwrap().all.insert("444455556666".into());
        let enabled = reach.regions.values().next().unwrap().clone();
        reach.regions.insert("444455556666".into(), enabled);
    });
    assert_eq!(its_regions, (Verdict::Unknown, vec![never(other, "us-east-1")]));
}

#[test]
fn lists_of_accounts_and_regions_that_are_missing_or_old_are_named() {
    let telling = told(OWN_ACCOUNT);
    let nothing = ask(&telling, &Evidence { reach: Reach::default(), ..proof() });
    let unlisted = |last| Missing::RegionsUnlisted { account: ACCOUNT.into(), last };
    let untold = |last| Missing::AccountsUntold { last };
    assert_eq!(nothing, (Verdict::Unknown, vec![untold(None), unlisted(None)]));
    let mut old = proof();
    let long_ago = now() + Span::days(-2);
    old.reach.accounts.as_mut().unwrap().at = long_ago;
    old.reach.regions.values_mut().for_each(|listed| listed.at = long_ago);
    let last = Some(long_ago);
    assert_eq!(ask(&telling, &old), (Verdict::Unknown, vec![untold(last), unlisted(last)]));
}
