//! Every stage of a key's life at its last moment before, on and after its boundary, in one table.
//!
//! Complete, and held to be: a limit that is added to the policy doesn't compile here until it has its line.

use std::collections::BTreeSet;

use crate::action::{ActionKind, Reason};
use crate::decide::{ACT_WITHIN, Circumstances, Decision, decide};
use crate::document::HELD_AFTER_UNDOING;
use crate::event::{
    ApiKeySeen, BearerCall, Caller, Expiry, Request, Selectors, Status, Token, TrailSeen, What,
};
use crate::judge::judge;
use crate::policy::{Exemption, Pattern, RotationSettings, Staleness, TrailPlace};
use crate::telling::{KEYTRAIL, SERVICE, SOMEBODY, START, Telling, key, user};
use crate::time::{Span, Time};

const SECOND: Span = Span::seconds(1);

fn day(days: i64) -> Time {
    START + Span::days(days)
}

/// A key of day 0 with calls of somebody else that prove each day that none is missed, judged and told day by day.
struct Life(Telling);

impl Life {
    fn new() -> Self {
        let mut told = Telling::with_key("ACCA1", "gateway");
        told.policy.staleness.regions = vec!["us-east-1".into()];
        told.policy.staleness.trails = vec![TrailPlace { region: "us-east-1".into(), name: "t".into() }];
        let selectors = Selectors { bearer_calls: true, ..Selectors::default() };
        let seen = TrailSeen { logging: true, multi_region: true, selectors };
        told.tell(day(-1), What::TrailObserved { trail: "t".into(), seen });
        let mut life = Self(told);
        (-1..150).for_each(|at| life.call(day(at), "somebody-else", None));
        life
    }

    fn call(&mut self, at: Time, user: &str, key: Option<&str>) {
        let call = BearerCall {
            service: SERVICE.into(),
            user: Some(user.into()),
            key: key.map(Into::into),
            token: Token::LongTerm,
            log_group: None,
            denied: None,
        };
        self.0.event(at, Caller::default(), false, What::BearerCall(call));
    }

    fn used(mut self, at: Time) -> Self {
        self.call(at, "gateway", None);
        self
    }

    fn asked(mut self, at: Time, request: Request) -> Self {
        self.0.asked(at, "ACCA1", request);
        self
    }

    /// Judged each day until then, so that whatever people are to be told is told on its day.
    fn told_until(mut self, until: Time) -> Self {
        let mut at = START;
        while at <= until {
            self.tell_at(at);
            at = at + Span::days(1);
        }
        self
    }

    fn tell_at(&mut self, at: Time) {
        let document = self.0.document(&key("ACCA1")).unwrap().clone();
        let found = judge(&document, &self.0.world, &self.0.policy, at);
        let mut marked = document;
        for mark in found.iter().filter_map(|finding| finding.mark) {
            marked.mark(&mark);
        }
        self.0.world.add(marked);
    }

    fn off(mut self, at: Time) -> Self {
        self.0.set(at, KEYTRAIL, "ACCA1", Status::Inactive);
        self
    }

    /// A second key by a rotator, with calls that carry its id until a day.
    fn rotated(mut self, until: i64) -> Self {
        self.0.policy.principals.rotators = vec![Pattern::new(SOMEBODY)];
        self.0.created(day(10), "ACCA2", "gateway");
        (10..until).for_each(|at| self.call(day(at), "gateway", Some("ACCA2")));
        self
    }

    /// A listing that shows the key as it is, at a moment.
    fn listed(mut self, at: Time) -> Self {
        let status = match self.0.world.api_key(&key("ACCA1")).unwrap().standing(at) {
            crate::document::Standing::Is(status) => status,
            _ => Status::Active,
        };
        let seen = ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("gateway".into()),
            service: Some(SERVICE.into()),
            status: Some(status),
            created: Some(START),
            expires: None,
            alias: None,
        };
        self.0.tell(at, What::ApiKeyObserved(seen));
        self
    }

    /// Whether something stands that a word names: a part of a finding's sentence, or what is done or held back.
    fn says(&self, word: &str, now: Time) -> bool {
        let Some(document) = self.0.document(&key("ACCA1")) else { return false };
        let found = judge(document, &self.0.world, &self.0.policy, now);
        found.iter().any(|finding| {
            let decided = match decide(finding, &self.0.world, &self.0.policy, now, Circumstances::default())
            {
                Decision::Nothing => "nothing".to_owned(),
                Decision::Act(action) => format!("does {}", action.kind.word()),
                Decision::Withhold(held) => {
                    format!("holds {} back: {}", held.action.kind.word(), held.reason)
                }
            };
            finding.what.contains(word) || decided.contains(word)
        })
    }
}

/// A line of the table: the stage, its boundary, what stands from then on (or until then), and the story.
struct Line {
    stage: &'static str,
    at: Time,
    word: &'static str,
    from_then_on: bool,
    life: Life,
}

fn begins(stage: &'static str, at: Time, word: &'static str, life: Life) -> Line {
    Line { stage, at, word, from_then_on: true, life }
}

fn ends(stage: &'static str, at: Time, word: &'static str, life: Life) -> Line {
    Line { stage, at, word, from_then_on: false, life }
}

const DEACTIVATES: &str = "does deactivate_api_key";
const DELETES: &str = "does delete_api_key";

/// A key that nobody ever used, whose dates were told: first warning on day 30, final on 37, switched off on 44.
fn never_used(until: Time) -> Life {
    Life::new().told_until(until)
}

fn of_staleness() -> Vec<Line> {
    let used = START + Span::hours(5);
    let unused = used + Span::hours(1) + Span::days(90);
    let due = day(44);
    vec![
        begins("never_used_days", day(30), "will be switched off", Life::new()),
        begins("unused_days", unused, "will be switched off", Life::new().used(used)),
        begins("final_warning_days", day(37), "final warning", never_used(day(36))),
        begins("deactivate_days", due, DEACTIVATES, never_used(day(43)).listed(due - SECOND)),
        begins(
            "delete_days",
            due + Span::days(30),
            DELETES,
            never_used(due).off(due).listed(due + Span::days(30) - SECOND),
        ),
    ]
}

fn of_rotation() -> Vec<Line> {
    let (opened, off) = (day(10), day(30));
    let silent = opened + Span::days(7);
    vec![
        begins("silent_days", silent, DEACTIVATES, Life::new().rotated(40).listed(silent - SECOND)),
        begins("stall_days", opened + Span::days(14), "stalls", Life::new().rotated(40)),
        begins(
            "verify_days",
            off + Span::days(1),
            "No call with",
            Life::new().rotated(30).used(off - Span::hours(2)).off(off),
        ),
        begins(
            "rotation.delete_days",
            off + Span::days(30),
            DELETES,
            Life::new().rotated(70).off(off).listed(off + Span::days(30) - SECOND),
        ),
    ]
}

/// What holds a deactivation back that is due, and the moment from which it doesn't any more.
fn of_guards() -> Vec<Line> {
    let due = day(44);
    let (hold, exempt) = (day(50) + Span::hours(3), day(51) + Span::hours(4));
    let ready = || never_used(day(45));
    let mut exempted = ready().listed(exempt - SECOND);
    exempted.0.policy.exemptions.push(Exemption { user: Some(Pattern::new("gateway")), ..of_policy(exempt) });
    let staged_until = day(52) + Span::hours(5);
    let mut staged = ready().listed(staged_until - SECOND);
    staged.0.policy.new_rules.insert("unused_key".into(), staged_until - Span::days(7));
    let undone = due + Span::hours(2);
    let released = undone + HELD_AFTER_UNDOING;
    // Switched on again, it is held for thirty days; ninety days later it is as good as unused.
    let by_request = never_used(due).asked(due + Span::hours(1), Request::Reactivate);
    let listed = day(46);
    vec![
        ends(
            "hold",
            hold,
            "held by a person",
            ready().asked(day(44), Request::Hold { until: hold }).listed(hold - SECOND),
        ),
        ends(
            "exempt",
            exempt,
            "exempt: why",
            ready().asked(day(44), Request::Exempt { until: exempt }).listed(exempt - SECOND),
        ),
        ends("exemption", exempt, "exempt: agreed", exempted),
        ends("staging", staged_until, "the rule alerts only until", staged),
        begins(
            "hold_ending",
            hold - Span::days(3),
            "The hold on",
            ready().asked(day(44), Request::Hold { until: hold }),
        ),
        ends("undoing", due + Span::hours(1) + HELD_AFTER_UNDOING, "held by a person", {
            let after = due + Span::hours(1) + HELD_AFTER_UNDOING;
            by_request.told_until(released).listed(after - SECOND)
        }),
        ends("listed_within", listed + Span::hours(2) + SECOND, DEACTIVATES, ready().listed(listed)),
    ]
}

fn of_policy(until: Time) -> Exemption {
    Exemption {
        user: None,
        path: None,
        tag: None,
        credential: None,
        from: crate::policy::ExemptFrom::Staleness,
        reason: "agreed".into(),
        until,
    }
}

fn of_expiry() -> Vec<Line> {
    let end = day(90);
    let expires = || {
        let mut life = Life::new();
        let seen = ApiKeySeen {
            key: "ACCA1".into(),
            user: Some("gateway".into()),
            service: Some(SERVICE.into()),
            status: Some(Status::Active),
            created: Some(START),
            expires: Some(Expiry::At(end)),
            alias: None,
        };
        life.0.tell(START, What::ApiKeyObserved(seen));
        life
    };
    [
        ("expiry 30", 30, "expires within 30 days"),
        ("expiry 14", 14, "expires within 14 days"),
        ("expiry 7", 7, "expires within 7 days"),
        ("expiry 1", 1, "expires within a day"),
        ("expiry 0", 0, "expired on"),
    ]
    .map(|(stage, left, word)| begins(stage, end - Span::days(left), word, expires()))
    .into()
}

fn of_events() -> Vec<Line> {
    let reported = day(5);
    let mut exposed = Life::new();
    exposed.0.exposed(reported, "ACCA1");
    let asked = day(5);
    vec![
        ends("act_within", reported + ACT_WITHIN + SECOND, DEACTIVATES, exposed),
        ends(
            "request is news",
            asked + Span::hours(6) + SECOND,
            DEACTIVATES,
            Life::new().asked(asked, Request::Deactivate),
        ),
    ]
}

/// Every limit of the policy has its line. A new field doesn't compile until it is named here.
fn limits() -> BTreeSet<&'static str> {
    let Staleness {
        unused_days: _,
        never_used_days: _,
        final_warning_days: _,
        deactivate_days: _,
        delete_days: _,
        // No limits of time.
        regions: _,
        trails: _,
        limits: _,
    } = Staleness::default();
    let RotationSettings { silent_days: _, stall_days: _, verify_days: _, delete_days: _ } =
        RotationSettings::default();
    BTreeSet::from([
        "unused_days",
        "never_used_days",
        "final_warning_days",
        "deactivate_days",
        "delete_days",
        "silent_days",
        "stall_days",
        "verify_days",
        "rotation.delete_days",
    ])
}

#[test]
fn every_stage_begins_and_ends_on_its_second() {
    let lines: Vec<Line> = [of_staleness(), of_rotation(), of_guards(), of_expiry(), of_events()]
        .into_iter()
        .flatten()
        .collect();
    let mut wrong = Vec::new();
    for line in &lines {
        for (moment, at) in [("before", line.at - SECOND), ("on", line.at), ("after", line.at + SECOND)] {
            let expected = (moment != "before") == line.from_then_on;
            if line.life.says(line.word, at) != expected {
                wrong.push(format!("{} {moment}, {at}: {:?} expected {expected}", line.stage, line.word));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
    let stages: BTreeSet<&str> = lines.iter().map(|line| line.stage).collect();
    assert_eq!(stages.len(), lines.len(), "a stage has one line");
    assert!(limits().is_subset(&stages), "{:?} have no line", limits().difference(&stages));
}

#[test]
fn of_each_boundary_the_reason_says_when_it_ends() {
    let until = day(50);
    let held = never_used(day(45)).asked(day(44), Request::Hold { until }).listed(day(46));
    let found = judge(held.0.document(&key("ACCA1")).unwrap(), &held.0.world, &held.0.policy, day(46));
    let reasons = found.iter().filter_map(|finding| {
        match decide(finding, &held.0.world, &held.0.policy, day(46), Circumstances::default()) {
            Decision::Withhold(held) if matches!(held.action.kind, ActionKind::DeactivateApiKey { .. }) => {
                Some(held.reason)
            }
            _ => None,
        }
    });
    assert_eq!(reasons.collect::<Vec<_>>(), [Reason::Held { until }]);
    assert!(held.0.world.user(&user("gateway")).is_some());
}
