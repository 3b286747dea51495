use super::*;
use crate::event::{BearerCall, Caller, Grant, Request, Selectors, Token, TrailSeen, What};
use crate::policy::{Pattern, TrailPlace};
use crate::telling::{KEYTRAIL, SERVICE, SOMEBODY, START, Telling, key};

const SECOND: Span = Span::seconds(1);
const HOUR: Span = Span::hours(1);

fn day(days: i64) -> Time {
    START + Span::days(days)
}

/// A user's key of day 0, and on day 10 a second one by a rotator. Calls of somebody else prove each day that none is missed.
struct Story(Telling);

impl Story {
    fn new() -> Self {
        let mut told = Telling::with_key("ACCA1", "gateway");
        told.policy.staleness.regions = vec!["us-east-1".into()];
        told.policy.staleness.trails = vec![TrailPlace { region: "us-east-1".into(), name: "t".into() }];
        told.policy.principals.rotators = vec![Pattern::new(SOMEBODY)];
        let selectors = Selectors { bearer_calls: true, ..Selectors::default() };
        let seen = TrailSeen { logging: true, multi_region: true, selectors };
        told.tell(day(-1), What::TrailObserved { trail: "t".into(), seen });
        let mut story = Self(told);
        (0..100).for_each(|at| story.calls(day(at), "somebody-else", None));
        story
    }

    fn rotated() -> Self {
        let mut story = Self::new();
        story.0.created(day(10), "ACCA2", "gateway");
        story
    }

    fn calls(&mut self, at: Time, user: &str, key: Option<&str>) {
        self.call(at, user, key, None);
    }

    fn call(&mut self, at: Time, user: &str, key: Option<&str>, denied: Option<&str>) {
        let call = BearerCall {
            service: SERVICE.into(),
            user: Some(user.into()),
            key: key.map(Into::into),
            token: Token::LongTerm,
            log_group: Some("/shop".into()),
            denied: denied.map(Into::into),
        };
        self.0.event(at, Caller::default(), false, What::BearerCall(call));
    }

    /// A call with a key's id each day, from one day to before another.
    fn daily(mut self, user: &str, key: Option<&str>, from: i64, to: i64) -> Self {
        (from..to).for_each(|at| self.calls(day(at), user, key));
        self
    }

    fn off(mut self, at: Time) -> Self {
        self.0.set(at, KEYTRAIL, "ACCA1", Status::Inactive);
        self
    }

    /// What stands on the old key, by the word that each step's name has, with what would be done. A listing has just shown
    /// the keys.
    fn stands(&self, now: Time) -> String {
        let mut told = self.0.clone();
        let status = match told.world.api_key(&key("ACCA1")).map(|it| it.standing(now)) {
            Some(Standing::Is(status)) => status,
            _ => Status::Active,
        };
        let seen = crate::event::ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("gateway".into()),
            service: Some(SERVICE.into()),
            status: Some(status),
            created: Some(START),
            expires: None,
            alias: None,
        };
        told.tell(now, What::ApiKeyObserved(seen));
        told_of(&told, now)
    }
}

fn told_of(told: &Telling, now: Time) -> String {
    let word = |what: &str| {
        let words = [
            ("takes the place", "opened"),
            ("safe to switch off", "safe"),
            ("stalls", "stalled"),
            ("Deliveries go on", "delivers"),
            ("No call with", "silent"),
            ("is not known", "unknown"),
            ("nobody tried it", "delete"),
        ];
        words.into_iter().find(|(its, _)| what.contains(its)).map_or("?", |(_, word)| word)
    };
    let found = told.found(RULE.id, &key("ACCA1"), now);
    let said = found.iter().map(|it| match &*told.decided(it, now) {
        "nothing" => format!("{} {}", it.severity, word(&it.what)),
        deed => format!("{} {} [{deed}]", it.severity, word(&it.what)),
    });
    let mut said: Vec<String> = said.collect();
    said.sort_unstable();
    said.join(", ")
}

const SAFE: &str = "info opened, low safe [deactivate_api_key ACCA1 of user gateway]";

#[test]
fn with_ids_the_old_key_is_switched_off_once_it_was_silent_for_a_week() {
    let story =
        Story::rotated().daily("gateway", Some("ACCA1"), 0, 13).daily("gateway", Some("ACCA2"), 12, 40);
    assert_eq!(story.stands(day(10) - SECOND), "", "there is no second key yet");
    for (now, expected) in [
        (day(10), "info opened"),
        (day(13), "info opened"),
        (day(19) + HOUR - SECOND, "info opened"),
        (day(19) + HOUR, SAFE),
        (day(24) - SECOND, SAFE),
    ] {
        assert_eq!(story.stands(now), expected, "{now}");
    }
    let late = story.stands(day(24));
    assert_eq!(late, format!("{SAFE}, medium stalled"), "and nobody did it");
}

#[test]
fn a_rotation_that_nobody_goes_on_with_stalls_on_its_day() {
    let unused = Story::rotated().daily("gateway", Some("ACCA1"), 0, 40);
    assert_eq!(unused.stands(day(24) - SECOND), "info opened");
    assert_eq!(unused.stands(day(24)), "info opened, medium stalled");
    let mut broken = Story::rotated().daily("gateway", Some("ACCA2"), 12, 40);
    broken.0.set(day(15), SOMEBODY, "ACCA2", Status::Inactive);
    assert_eq!(broken.stands(day(20)), "info opened", "the new key is off: the old one stays");
}

#[test]
fn without_ids_nothing_is_switched_off_and_then_it_is_seen_whether_calls_go_on() {
    let story = Story::rotated().daily("gateway", None, 0, 40);
    assert_eq!(story.stands(day(23)), "info opened", "any call may be the old key's");
    let off = Story::rotated().daily("gateway", None, 0, 21).off(day(20) + Span::hours(2));
    assert_eq!(off.stands(day(20) + Span::hours(3)), "", "wait");
    assert_eq!(off.daily("gateway", None, 21, 22).stands(day(21)), "info delivers");
}

#[test]
fn a_live_sender_that_falls_silent_is_told_on_the_next_day() {
    let off = day(20) + Span::hours(2);
    let story = Story::rotated().daily("gateway", None, 0, 21).off(off);
    assert_eq!(story.stands(off + Span::days(1) - SECOND), "");
    assert_eq!(story.stands(off + Span::days(1)), "high silent");
    let mut blind = Story::rotated().daily("gateway", None, 0, 21).off(off);
    blind.0.policy.staleness.trails.clear();
    assert_eq!(
        blind.stands(off + Span::days(1)),
        "info unknown",
        "silence means nothing where use is not known"
    );
    let idle = Story::rotated().daily("gateway", None, 0, 12).off(off);
    assert_eq!(idle.stands(off + Span::days(1)), "", "it had fallen silent before");
}

#[test]
fn the_old_key_is_deleted_after_the_recovery_time_unless_somebody_tried_it() {
    let off = day(20) + HOUR;
    let story = || Story::rotated().daily("gateway", Some("ACCA2"), 12, 60).off(off);
    let delete = "info delivers, low delete [delete_api_key ACCA1 of user gateway]";
    assert_eq!(story().stands(off + Span::days(30) - SECOND), "info delivers");
    assert_eq!(story().stands(off + Span::days(30)), delete);
    let mut named = story();
    named.call(day(30), "gateway", Some("ACCA1"), Some("AccessDenied"));
    assert_eq!(named.stands(off + Span::days(31)), "info delivers", "somebody tried the old key");
    let mut unnamed = story();
    unnamed.call(day(30), "gateway", None, Some("AccessDenied"));
    assert_eq!(unnamed.stands(off + Span::days(31)), "info delivers", "somebody may have");
    let mut gone = story();
    gone.0.set(day(40), SOMEBODY, "ACCA2", Status::Inactive);
    assert_eq!(gone.stands(off + Span::days(31)), "info delivers", "the new key does not work");
}

#[test]
fn a_key_of_another_user_takes_its_place_on_a_persons_word() {
    let mut story = Story::new().daily("gateway", None, 0, 13).daily("gateway-2", None, 12, 40);
    story.0.created(day(10), "ACCA2", "gateway-2");
    assert_eq!(story.stands(day(20)), "", "nobody said so");
    story.0.asked(day(14), "ACCA1", Request::Replace { by: "ACCA2".into() });
    let silent = day(14) + Span::days(7);
    assert_eq!(story.stands(silent - SECOND), "info opened");
    assert_eq!(story.stands(silent), SAFE);
    story.0.tell(day(22), What::ApiKeyDeleted { key: "ACCA2".into(), user: None });
    assert_eq!(story.stands(day(23)), "", "it is gone");
}

#[test]
fn what_is_not_known_is_no_silence() {
    let mut story =
        Story::rotated().daily("gateway", Some("ACCA1"), 0, 13).daily("gateway", Some("ACCA2"), 12, 40);
    story.0.policy.staleness.trails.clear();
    assert_eq!(story.stands(day(23)), "info opened");
}

#[test]
fn a_step_is_held_back_by_a_hold_an_old_listing_and_a_graver_finding() {
    let story =
        || Story::rotated().daily("gateway", Some("ACCA1"), 0, 13).daily("gateway", Some("ACCA2"), 12, 40);
    let held = |story: &Story, why: &str| {
        assert_eq!(story.stands(day(22)), format!("info opened, low safe [withheld: {why}]"));
    };
    let mut person = story();
    person.0.asked(day(15), "ACCA1", Request::Hold { until: day(50) });
    held(&person, &format!("held by a person until {}", day(50)));
    let mut pivot = story();
    pivot.0.granted(day(15), SOMEBODY, "gateway", Grant::AccessKey);
    let stands = pivot.stands(day(22));
    assert!(
        stands.contains("[withheld: a finding of ") && stands.ends_with("is open on the user]"),
        "{stands}"
    );
    let unlisted = told_of(&story().0, day(22));
    assert!(unlisted.contains("withheld: no listing"), "{unlisted}");
}

#[test]
fn whoever_needs_the_old_key_after_all_switches_it_on_and_is_no_intruder() {
    let mut story = Story::rotated().daily("gateway", Some("ACCA2"), 12, 60).off(day(20));
    story.0.set(day(21), SOMEBODY, "ACCA1", Status::Active);
    let tampering = story.0.found("reactivation_after_compromise", &key("ACCA1"), day(22));
    assert_eq!(tampering, []);
    let held = story.stands(day(29));
    assert!(held.contains(&format!("withheld: held by a person until {}", day(51))), "{held}");
}

#[test]
fn a_key_that_is_replaced_leaves_the_way_out_of_the_unused_and_says_so() {
    let mut story = Story::new();
    story.0.created(day(5), "ACCA2", "gateway");
    story.0.policy.principals.rotators.clear();
    let unused = |story: &Story, now| story.0.found("unused_key", &key("ACCA1"), now);
    let warned = unused(&story, day(40));
    let mark = warned.iter().find_map(|it| it.mark).unwrap();
    let mut document = story.0.document(&key("ACCA1")).unwrap().clone();
    document.mark(&mark);
    story.0.world.add(document);
    story.0.policy.principals.rotators = vec![Pattern::new(SOMEBODY)];
    let said = unused(&story, day(60));
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].what.contains("ACCA2 takes its place") && said[0].remedy.is_none());
    story.0.tell(day(61), What::ApiKeyDeleted { key: "ACCA2".into(), user: None });
    assert_eq!(
        unused(&story, day(62)),
        [],
        "the old dates are gone with the new key: another silence begins"
    );
}

#[test]
fn a_stolen_key_is_deleted_once_its_replacement_works_whoever_goes_on_trying_it() {
    let off = day(20) + HOUR;
    let mut story = Story::rotated().daily("gateway", Some("ACCA2"), 12, 60);
    story.0.exposed(day(20), "ACCA1");
    story.0.set(off, KEYTRAIL, "ACCA1", Status::Inactive);
    story.call(day(30), "gateway", Some("ACCA1"), Some("AccessDenied"));
    let stands = story.stands(off + Span::days(30));
    assert_eq!(stands, "info delivers, low ? [delete_api_key ACCA1 of user gateway]", "{stands}");
    story.0.granted(day(40), SOMEBODY, "gateway", Grant::AccessKey);
    let stands = story.stands(off + Span::days(31));
    assert!(stands.contains("withheld: a finding of "), "what came later: {stands}");
}
