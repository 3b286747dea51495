use std::collections::{BTreeMap, BTreeSet};

use keytrail_engine::event::Selectors;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::{
    BusSeen, FunctionSeen, KeySeen, QueueSeen, RoleSeen, RuleSeen, TableSeen, TopicSeen, TrailSeen,
};
use serde_json::{Value, json};

use super::*;

fn now() -> Time {
    Time::parse("2026-08-01T06:00:00Z").unwrap()
}

fn unread(gone: bool) -> Unread {
    Unread { call: "events:DescribeRule".into(), code: "AccessDeniedException".into(), gone }
}

fn trail() -> TrailSeen {
    TrailSeen {
        name: "audit".into(),
        account: "111122223333".into(),
        home: "us-east-1".into(),
        multi_region: true,
        logging: true,
        selectors: Selectors {
            management_writes: true,
            kms_excluded: false,
            bearer_calls: true,
            narrowed: false,
        },
    }
}

fn all<T>(names: impl IntoIterator<Item = &'static str>, one: impl Fn(&str) -> T) -> ByName<T> {
    names.into_iter().map(|name| (name.into(), Ok(one(name)))).collect()
}

fn arn(service: &str, name: &str) -> Box<str> {
    format!("arn:aws:{service}:us-east-1:111122223333:{name}").into()
}

fn role_arn(name: &str) -> Box<str> {
    format!("arn:aws:iam::111122223333:role/{name}").into()
}

fn rule_arn(name: &str) -> Box<str> {
    arn("events", &format!("rule/{name}"))
}

fn rule_names() -> impl Iterator<Item = &'static str> {
    parts::CONTROL_RULES.into_iter().chain(parts::USAGE_RULES)
}

fn rule(name: &str) -> RuleSeen {
    let usage = parts::USAGE_RULES.contains(&name);
    let state = if usage { "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" } else { "ENABLED" };
    let queue = if usage { "UsageQueue" } else { "ControlQueue" };
    let targets = vec![(arn("sqs", queue), Some(arn("sqs", "UndeliveredEvents")))];
    RuleSeen { arn: rule_arn(name), state: state.into(), targets }
}

fn queue(name: &str) -> QueueSeen {
    let rules: Vec<_> = rule_names().map(rule_arn).collect();
    let policy = json!({"Statement": [
        {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
         "Condition": {"ArnEquals": {"aws:SourceArn": rules}}},
        {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage"},
    ]});
    let dead = parts::QUEUES.iter().find(|(its, _)| *its == name).map(|(_, dead)| arn("sqs", dead));
    QueueSeen { arn: arn("sqs", name), messages: 0, dead_letters: dead, policy: Some(policy) }
}

fn function(name: &str) -> FunctionSeen {
    let its = parts::FUNCTIONS.iter().find(|it| it.name == name).unwrap();
    let mut sources: Vec<_> = its.queues.iter().map(|queue| (arn("sqs", queue), "Enabled".into())).collect();
    if sources.is_empty() {
        sources.push((arn("dynamodb", "table/ledger/stream/2026"), "Enabled".into()));
    }
    let mut variables: BTreeMap<Box<str>, Box<str>> = [("KEYTRAIL_TABLE".into(), "ledger".into())].into();
    if name == "Notify" {
        variables.insert("KEYTRAIL_TOPIC_ARN".into(), arn("sns", "Pages"));
    } else {
        variables.insert("KEYTRAIL_POLICY_PARAMETER".into(), "/keytrail/policy".into());
    }
    let (arn, role) = (arn("lambda", name), role_arn(its.role));
    FunctionSeen { arn, state: "Active".into(), role, concurrency: Some(5), variables, sources }
}

fn role(name: &str) -> RoleSeen {
    let its = parts::FUNCTIONS.iter().find(|it| it.role == name);
    let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]});
    let inline = its.map(|it| it.policy.into()).into_iter().collect();
    RoleSeen { arn: role_arn(name), trust, inline, attached: Vec::new() }
}

fn topic(name: &str) -> TopicSeen {
    let policy = json!({"Statement": [
        {"Effect": "Allow", "Principal": {"AWS": role_arn("NotifyRole")}, "Action": "sns:Publish"},
        {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"},
        {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish"},
    ]});
    let key = (name == "Pages").then(|| arn("kms", "key/1234"));
    TopicSeen { arn: arn("sns", name), policy: Some(policy), key, confirmed: 1, unconfirmed: Vec::new() }
}

fn key(_: &str) -> KeySeen {
    let may = |principal: Value| json!({"Effect": "Allow", "Principal": principal, "Action": ["kms:GenerateDataKey*", "kms:Decrypt"]});
    let policy = json!({"Statement": [may(json!({"AWS": role_arn("NotifyRole")})), may(json!({"Service": "cloudwatch.amazonaws.com"}))]});
    KeySeen { arn: arn("kms", "key/1234"), state: "Enabled".into(), policy }
}

fn table(_: &str) -> TableSeen {
    let policy = json!({"Statement": {"Effect": "Deny", "Principal": "*", "Action": ["dynamodb:PutItem"]}});
    TableSeen {
        name: "ledger".into(),
        stream: Some("NEW_IMAGE".into()),
        deletion_protection: true,
        expires_by: Some("expires".into()),
        point_in_time_recovery: Ok(true),
        policy: Ok(Some(policy)),
    }
}

fn deny_policy(_: &str) -> Value {
    let services = keytrail_engine::services::API_KEY_SERVICES;
    let actions: Vec<_> = services.iter().flat_map(|service| service.deny_actions).collect();
    json!({"Statement": [{"Effect": "Deny", "Action": actions, "Resource": "*"}]})
}

fn clean() -> (Deployment, Memory) {
    let forwarding = vec![rule("ApiKeysRule"); parts::FORWARDERS];
    let deployment = Deployment {
        partition: "aws".into(),
        account: "111122223333".into(),
        region: "us-east-1".into(),
        names: parts::names().map(Into::into).collect(),
        clock_ahead: Ok(Span::seconds(1)),
        trails: Ok(vec![trail()]),
        rules: all(rule_names(), rule),
        hub: all(["Hub"], |_| BusSeen { arn: arn("events", "event-bus/hub"), policy: None }),
        forwarders: Ok([("eu-central-1".into(), Ok(forwarding))].into()),
        queues: all(parts::QUEUES.iter().map(|it| it.0).chain(parts::DEAD_LETTERS), queue),
        functions: all(parts::FUNCTIONS.iter().map(|it| it.name), function),
        roles: all(parts::FUNCTIONS.iter().map(|it| it.role).chain(["ScheduleRole"]), role),
        policies: all(["KeytrailDenyBearer"], deny_policy),
        topics: all(parts::TOPICS, topic),
        keys: all(["PagesKey"], key),
        schedules: all(parts::SCHEDULES, |_| "ENABLED".into()),
        tables: all(["Table"], table),
    };
    let heartbeat =
        Heartbeat { at: now() - Span::minutes(1), version: Some(env!("CARGO_PKG_VERSION").into()) };
    (deployment, Memory { heartbeat: Ok(Some(heartbeat)), paused: Ok(false), policy_fault: None })
}

fn of<'a, T>(parts: &'a mut ByName<T>, name: &str) -> &'a mut T {
    parts.get_mut(name).unwrap().as_mut().unwrap()
}

fn trail_of(deployment: &mut Deployment) -> &mut TrailSeen {
    &mut deployment.trails.as_mut().unwrap()[0]
}

#[test]
fn nothing_is_wrong_with_what_is_well() {
    let (deployment, memory) = clean();
    let found = diagnose(&deployment, &memory, now());
    assert_eq!((found.problems, found.unread), (vec![], vec![]));
    assert!(found.looked_at > 40, "{}", found.looked_at);
}

type Spoil = fn(&mut Deployment, &mut Memory);

/// Each check, and what makes it alone speak.
const SPOILED: &[(&str, Spoil)] = &[
    ("part_missing", |it, _| it.names.retain(|name| &**name != "HealthRule")),
    ("part_gone", |it, _| drop(it.schedules.insert("Tick".into(), Err(unread(true))))),
    ("trail_missing", |it, _| it.trails = Ok(Vec::new())),
    ("trail_stopped", |it, _| trail_of(it).logging = false),
    ("trail_management_events", |it, _| trail_of(it).selectors.management_writes = false),
    ("trail_kms_excluded", |it, _| trail_of(it).selectors.kms_excluded = true),
    ("trail_data_events", |it, _| trail_of(it).selectors.bearer_calls = false),
    ("trail_narrowed", |it, _| trail_of(it).selectors.narrowed = true),
    ("trail_regions", |it, _| trail_of(it).multi_region = false),
    ("rule_disabled", |it, _| of(&mut it.rules, "UsersRule").state = "DISABLED".into()),
    ("rule_hears_less", |it, _| of(&mut it.rules, "BearerCallsRule").state = "ENABLED".into()),
    ("rule_without_target", |it, _| of(&mut it.rules, "UsersRule").targets.clear()),
    ("rule_without_dead_letters", |it, _| of(&mut it.rules, "UsersRule").targets[0].1 = None),
    ("queue_refuses_rule", |it, _| of(&mut it.rules, "UsersRule").arn = rule_arn("another")),
    ("forwarder_missing", |it, _| {
        drop(it.forwarders.as_mut().unwrap().insert("eu-west-1".into(), Ok(Vec::new())));
    }),
    ("forwarder_incomplete", |it, _| {
        drop(it.forwarders.as_mut().unwrap().insert("eu-west-1".into(), Ok(vec![rule("KmsKeysRule")])));
    }),
    ("forwarder_disabled", |it, _| {
        let rule = RuleSeen { state: "DISABLED".into(), ..rule("KmsKeysRule") };
        drop(it.forwarders.as_mut().unwrap().insert("eu-west-1".into(), Ok(vec![rule; 5])));
    }),
    ("hub_open", |it, _| {
        let policy =
            json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}});
        of(&mut it.hub, "Hub").policy = Some(policy);
    }),
    ("queue_without_dead_letters", |it, _| of(&mut it.queues, "UsageQueue").dead_letters = None),
    ("queue_unguarded", |it, _| of(&mut it.queues, "SweepQueue").policy = None),
    ("queue_open", |it, _| {
        let anybody = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sqs:*"});
        let policy = of(&mut it.queues, "ControlQueue").policy.as_mut().unwrap();
        policy["Statement"].as_array_mut().unwrap().push(anybody);
    }),
    ("dead_letters", |it, _| of(&mut it.queues, "GivenUp").messages = 3),
    ("function_not_active", |it, _| of(&mut it.functions, "Respond").state = "Failed".into()),
    ("function_switched_off", |it, _| of(&mut it.functions, "Respond").concurrency = Some(0)),
    ("function_role", |it, _| of(&mut it.functions, "Respond").role = role_arn("admin")),
    ("function_variable", |it, _| {
        of(&mut it.functions, "Notify").variables.insert("KEYTRAIL_TOPIC_ARN".into(), arn("sns", "other"));
    }),
    ("policy_differs", |it, _| {
        of(&mut it.functions, "Sweep").variables.insert("KEYTRAIL_POLICY_PARAMETER".into(), "/other".into());
    }),
    ("source_missing", |it, _| of(&mut it.functions, "Respond").sources.clear()),
    ("source_disabled", |it, _| of(&mut it.functions, "Detect").sources[0].1 = "Disabled".into()),
    ("role_trust", |it, _| {
        of(&mut it.roles, "RespondRole").trust["Statement"][0]["Principal"]["AWS"] = "*".into();
    }),
    ("role_without_policy", |it, _| of(&mut it.roles, "DetectRole").inline.clear()),
    ("role_with_more", |it, _| {
        of(&mut it.roles, "DetectRole").attached.push("arn:aws:iam::aws:policy/Admin".into());
    }),
    ("schedule_disabled", |it, _| *of(&mut it.schedules, "DailySweep") = "DISABLED".into()),
    ("deny_policy_weak", |it, _| {
        of(&mut it.policies, "KeytrailDenyBearer")["Statement"][0]["Resource"] = "a".into();
    }),
    ("topic_unheard", |it, _| of(&mut it.topics, "OwnAlarms").confirmed = 0),
    ("subscription_unconfirmed", |it, _| of(&mut it.topics, "Pages").unconfirmed.push("email".into())),
    ("topic_refuses_alarms", |it, _| of(&mut it.topics, "OwnAlarms").policy = None),
    ("topic_refuses_notify", |it, _| {
        of(&mut it.topics, "Pages").policy.as_mut().unwrap()["Statement"].as_array_mut().unwrap().remove(0);
    }),
    ("topic_open", |it, _| {
        of(&mut it.topics, "Pages").policy.as_mut().unwrap()["Statement"].as_array_mut().unwrap().remove(2);
    }),
    ("topic_key", |it, _| of(&mut it.topics, "Pages").key = Some("alias/aws/sns".into())),
    ("key_unusable", |it, _| of(&mut it.keys, "PagesKey").state = "PendingDeletion".into()),
    ("key_refuses", |it, _| {
        of(&mut it.keys, "PagesKey").policy["Statement"].as_array_mut().unwrap().remove(0);
    }),
    ("table_stream", |it, _| of(&mut it.tables, "Table").stream = None),
    ("table_deletable", |it, _| of(&mut it.tables, "Table").deletion_protection = false),
    ("table_expiry", |it, _| of(&mut it.tables, "Table").expires_by = None),
    ("table_recovery", |it, _| of(&mut it.tables, "Table").point_in_time_recovery = Ok(false)),
    ("table_unguarded", |it, _| of(&mut it.tables, "Table").policy = Ok(None)),
    ("clock", |it, _| it.clock_ahead = Ok(Span::minutes(-3))),
    ("heartbeat_missing", |_, memory| memory.heartbeat = Ok(None)),
    ("heartbeat_late", |_, memory| {
        memory.heartbeat.as_mut().unwrap().as_mut().unwrap().at = now() - Span::minutes(11);
    }),
    ("version", |_, memory| {
        memory.heartbeat.as_mut().unwrap().as_mut().unwrap().version = Some("0.0.9".into());
    }),
    ("ledger_paused", |_, memory| memory.paused = Ok(true)),
    ("policy_broken", |_, memory| memory.policy_fault = Some("line 3: no such mode".into())),
];

#[test]
fn each_thing_that_is_wrong_is_told_and_nothing_else() {
    for (check, spoil) in SPOILED {
        let (mut deployment, mut memory) = clean();
        spoil(&mut deployment, &mut memory);
        let found = diagnose(&deployment, &memory, now());
        let told: BTreeSet<_> = found.problems.iter().map(|problem| problem.check).collect();
        assert_eq!(told, [*check].into(), "{:#?}", found.problems);
        let problem = &found.problems[0];
        assert!(!problem.what.is_empty() && !problem.fix.is_empty(), "{problem:?}");
    }
}

#[test]
fn every_check_is_tried() {
    let sources = ["functions.rs", "ledger.rs", "mod.rs", "parts.rs", "topics.rs", "trails.rs", "ways.rs"];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/doctor");
    let mut named = BTreeSet::new();
    for file in sources {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        for call in text
            .split("found.wrong(")
            .chain(text.split("found.warn("))
            .chain(text.split("self.wrong("))
            .skip(1)
        {
            if let Some(name) = call.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')) {
                named.insert(name.0.to_owned());
            }
        }
    }
    let tried: BTreeSet<_> = SPOILED.iter().map(|(check, _)| (*check).to_owned()).collect();
    assert_eq!(named, tried);
}

#[test]
fn what_can_not_be_read_is_neither_well_nor_wrong() {
    let (mut deployment, memory) = clean();
    deployment.rules.insert("UsersRule".into(), Err(unread(false)));
    deployment.trails = Err(unread(false));
    let found = diagnose(&deployment, &memory, now());
    assert_eq!(found.problems, vec![]);
    assert_eq!(found.unread.len(), 2);
}

#[test]
fn two_trails_do_it_together() {
    let (mut deployment, memory) = clean();
    let only = |management_writes, bearer_calls| TrailSeen {
        selectors: Selectors { management_writes, bearer_calls, ..Selectors::default() },
        ..trail()
    };
    deployment.trails = Ok(vec![only(true, false), only(false, true)]);
    assert_eq!(diagnose(&deployment, &memory, now()).problems, vec![]);
    trail_of(&mut deployment).logging = false;
    let told: Vec<_> = diagnose(&deployment, &memory, now()).problems.iter().map(|it| it.check).collect();
    assert_eq!(told, ["trail_management_events", "trail_stopped"]);
}

#[test]
fn the_names_are_the_templates() {
    let template = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/template.yaml"),
    )
    .unwrap();
    let resources = template.split("\nResources:\n").nth(1).unwrap();
    for name in parts::names() {
        assert!(resources.contains(&format!("\n  {name}:\n    Type: AWS::")), "{name}");
    }
    let rules = resources.matches("Type: AWS::Events::Rule").count();
    assert_eq!(rules, rule_names().count(), "a rule that doctor doesn't know");
    for parts::Function { name, policy, .. } in &parts::FUNCTIONS {
        assert!(resources.contains(&format!("\n  {name}:\n    Type: AWS::Serverless::Function")), "{name}");
        assert!(resources.contains(&format!("PolicyName: {policy}\n")), "{policy}");
    }
}
