use super::*;
use crate::event::{ApiKeySeen, BearerCall, Caller, Event, Expiry, Place, Selectors, Token, TrailSeen, What};
use crate::ids::{RecordId, UserName};
use crate::policy::TrailPlace;
use crate::subject::{DocumentId, SubjectId};

/// Midnight.
const START: Time = Time::from_millis(1_785_542_400_000);
const SERVICE: &str = "logs.amazonaws.com";
const SECOND: Span = Span::seconds(1);

fn on(day: i64) -> Time {
    START + Span::days(day)
}

fn id() -> DocumentId {
    DocumentId::main(SubjectId::api_key("aws".into(), "111122223333".into(), &"ACCA1".into()))
}

/// A key of user `u`, made on day 0, in an account of which bearer calls of others reach us every day.
struct Story {
    world: World,
    policy: Policy,
    records: u64,
}

impl Story {
    fn new() -> Self {
        let mut policy = Policy { mode: Mode::Enforce, ..Policy::default() };
        policy.enrolled_accounts.insert("111122223333".into());
        policy.staleness.regions = vec!["us-east-1".into()];
        policy.staleness.trails = vec![TrailPlace { region: "us-east-1".into(), name: "t".into() }];
        policy.principals.keytrail = vec![crate::policy::Pattern::new("*:assumed-role/keytrail-*")];
        let mut story = Self { world: World::default(), policy, records: 0 };
        let selectors = Selectors { bearer_calls: true, ..Selectors::default() };
        let seen = TrailSeen { logging: true, multi_region: true, selectors };
        story.tell(on(-1), What::TrailObserved { trail: "t".into(), seen });
        let seen = ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("u".into()),
            service: Some(SERVICE.into()),
            status: Some(Status::Active),
            created: Some(on(0)),
            expires: Some(Expiry::Never),
            alias: None,
        };
        story.tell(on(0), What::ApiKeyCreated(seen));
        story
    }

    /// Calls of somebody else, one a day, from one day to before another.
    fn proven(mut self, from: i64, to: i64) -> Self {
        for day in from..to {
            self.call(on(day), "somebody-else");
        }
        self
    }

    fn tell(&mut self, at: Time, what: What) {
        self.tell_by(at, what, Caller::default());
    }

    fn tell_by(&mut self, at: Time, what: What, caller: Caller) {
        self.records += 1;
        let place =
            Place { partition: "aws".into(), account: "111122223333".into(), region: "us-east-1".into() };
        let (record, event_id) = (RecordId(self.records), None);
        let event = Event {
            record,
            event_id,
            revision: 0,
            time: Some(at),
            place,
            caller,
            foreign_envelope: false,
            what,
        };
        self.world.absorb(&event);
    }

    fn call(&mut self, at: Time, user: &str) {
        let call = BearerCall {
            service: SERVICE.into(),
            user: Some(UserName::new(user)),
            key: None,
            token: Token::LongTerm,
            log_group: Some("/a".into()),
            denied: None,
        };
        self.tell(at, What::BearerCall(call));
    }

    fn set(&mut self, at: Time, status: Status, who: &str) {
        let caller = Caller { principal: Some(who.into()), ..Caller::default() };
        let what = What::ApiKeyStatusChanged { key: "ACCA1".into(), user: Some("u".into()), status };
        self.tell_by(at, what, caller);
    }

    /// Judges, and takes in what telling people means.
    fn judged(&mut self, now: Time) -> Vec<Finding> {
        let document = self.world.get(&id()).unwrap().clone();
        let findings = judge(&document, &self.world, &self.policy, now);
        let mut marked = document;
        for mark in findings.iter().filter_map(|finding| finding.mark) {
            marked.mark(&mark);
        }
        self.world.add(marked);
        findings
    }

    /// The stages that stand.
    fn stages(&mut self, now: Time) -> String {
        let stage = |finding: &Finding| {
            let deed = finding.remedy.as_ref().map(ActionKind::word);
            let word = deed.unwrap_or_else(|| match &*finding.what {
                what if what.starts_with("final warning") => "final",
                what if what.contains("will be switched off") => "first",
                what if what.contains("not known") => "unknown",
                what if what.contains("will not be switched off") => "left",
                _ => "observed",
            });
            word.to_owned()
        };
        self.judged(now).iter().map(stage).collect::<Vec<_>>().join(" ")
    }

    fn track(&self) -> Option<Track> {
        let Facts::ApiKey(key) = &self.world.get(&id()).unwrap().facts else { return None };
        key.course.track
    }
}

#[test]
fn each_stage_begins_on_its_moment_and_not_before() {
    // Never used: 30 days after creation. Then 7 days to the final warning and 14 to the deactivation.
    for (stage, day) in [("first", 30), ("first final", 37), ("first final deactivate_api_key", 44)] {
        for (moment, reached) in [(on(day) - SECOND, false), (on(day), true), (on(day) + SECOND, true)] {
            let mut story = Story::new().proven(-1, 90);
            let earlier = [on(30), on(37)].into_iter().filter(|warned| *warned < on(day));
            for warned in earlier {
                story.judged(warned);
            }
            let stages = story.stages(moment);
            assert_eq!(stages == stage, reached, "day {day}, {moment}: {stages}");
        }
    }
}

#[test]
fn a_used_key_counts_from_its_last_possible_use() {
    let story = || {
        let mut story = Story::new().proven(-1, 150);
        story.call(on(10) + Span::minutes(59), "u");
        story
    };
    // The whole hour of the call may have been a use; 90 days after it.
    let due = on(100) + Span::hours(1);
    assert_eq!(story().stages(due - SECOND), "");
    assert_eq!(story().stages(due), "first");
    assert_eq!(story().stages(due + SECOND), "first");
}

#[test]
fn dates_stand_from_the_first_warning_and_no_policy_brings_them_nearer() {
    let mut story = Story::new().proven(-1, 150);
    assert_eq!(story.stages(on(33)), "first", "sweep was late, so the dates are");
    let track = story.track().unwrap();
    assert_eq!((track.final_warning, track.deactivate, track.delete), (on(40), on(47), on(77)));
    story.policy.staleness.deactivate_days = 8;
    assert_eq!(story.stages(on(46)), "first final");
    assert_eq!(story.track().unwrap().deactivate, on(47), "what was promised first");
    assert_eq!(story.stages(on(47)), "first final deactivate_api_key");
}

#[test]
fn a_late_final_warning_puts_off_what_it_warns_of() {
    let mut story = Story::new().proven(-1, 150);
    story.judged(on(30));
    assert_eq!(story.stages(on(60)), "first final", "the first pass since, long after the date");
    assert_eq!(story.track().unwrap().deactivate, on(67));
    assert_eq!(story.stages(on(67) - SECOND), "first final");
    assert_eq!(story.stages(on(67)), "first final deactivate_api_key");
}

#[test]
fn a_key_that_is_used_again_leaves_the_track_and_the_next_begins_anew() {
    let mut story = Story::new().proven(-1, 178);
    story.judged(on(30));
    story.judged(on(37));
    story.call(on(43), "u");
    assert_eq!(story.stages(on(44)), "left", "and says so");
    let due = on(133) + Span::hours(1);
    assert_eq!(story.stages(due - SECOND), "left");
    assert_eq!(story.stages(due), "first");
    let track = story.track().unwrap();
    assert_eq!((track.since, track.deactivate), (Some(on(43)), due + Span::days(14)));
    assert!(!track.warned_finally, "the new track has warned nobody finally yet");
}

#[test]
fn a_key_that_is_switched_on_again_begins_anew() {
    let mut story = Story::new().proven(-1, 150);
    for day in [30, 37, 44] {
        story.judged(on(day));
    }
    story.set(on(44), Status::Inactive, "arn:aws:sts::111122223333:assumed-role/keytrail-respond/x");
    story.set(on(45), Status::Active, "arn:aws:iam::111122223333:user/ops");
    assert_eq!(story.stages(on(46)), "");
    assert_eq!(story.stages(on(134)), "", "89 days");
    assert_eq!(story.stages(on(135)), "first");
}

#[test]
fn a_retired_key_is_deleted_after_its_recovery_time_and_only_if_keytrail_retired_it() {
    let retired = |who: &str| {
        let mut story = Story::new().proven(-1, 150);
        for day in [30, 37, 44] {
            story.judged(on(day));
        }
        story.set(on(45), Status::Inactive, who);
        story
    };
    let keytrail = "arn:aws:sts::111122223333:assumed-role/keytrail-respond/x";
    assert_eq!(retired(keytrail).stages(on(75) - SECOND), "");
    assert_eq!(retired(keytrail).stages(on(75)), "delete_api_key");
    assert_eq!(retired("arn:aws:iam::111122223333:user/ops").stages(on(140)), "");
    let mut missed = retired(keytrail);
    missed.call(on(60), "u");
    assert_eq!(missed.stages(on(140)), "", "somebody tried to use it");
}

#[test]
fn silence_is_not_disuse() {
    assert_eq!(Story::new().stages(on(40)), "unknown", "no call proves that we would see one");
    let mut gap = Story::new().proven(-1, 20).proven(25, 90);
    assert_eq!(gap.stages(on(40)), "", "known for 15 days only");
    let mut late = Story::new().proven(10, 150);
    assert_eq!(late.stages(on(99)), "", "days before the first proof never count");
    assert_eq!(late.stages(on(100)), "first");
    let mut ended = Story::new().proven(-1, 40);
    ended.judged(on(30));
    ended.judged(on(37));
    assert_eq!(ended.stages(on(44)), "unknown", "the proofs stopped: the track stops");
}

#[test]
fn nobody_is_warned_while_the_rule_observes_and_no_date_runs() {
    let mut story = Story::new().proven(-1, 150);
    story.policy.mode = Mode::Observe;
    assert_eq!(story.stages(on(60)), "observed");
    assert_eq!(story.track(), None);
    story.policy.mode = Mode::Enforce;
    assert_eq!(story.stages(on(80)), "first");
    assert_eq!(story.track().unwrap().deactivate, on(94));
}
