//! What the deployed template says about AWS's names, held against what the engine knows of them.

use std::collections::BTreeSet;

use keytrail_engine::parse::understood;
use keytrail_engine::policy::text::read;
use keytrail_engine::policy::{Mode, Policy};
use keytrail_engine::services::{API_KEY_SERVICES, ApiKeyService};
use saphyr::{LoadableYamlNode, Yaml};

const TEMPLATE: &str = include_str!("../../infra/template.yaml");
const POLICY: &str = include_str!("../../infra/policy.toml");

type Pairs = BTreeSet<(String, String)>;

fn template() -> Yaml<'static> {
    Yaml::load_from_str(TEMPLATE).unwrap().swap_remove(0)
}

fn at<'a>(node: &'a Yaml<'static>, path: &[&str]) -> &'a Yaml<'static> {
    path.iter()
        .fold(node, |node, step| node.as_mapping_get(step).unwrap_or_else(|| panic!("no {step} of {path:?}")))
}

fn texts(node: &Yaml<'static>) -> BTreeSet<String> {
    node.as_vec().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn of_services(what: impl Fn(&ApiKeyService) -> Vec<&'static str>) -> BTreeSet<String> {
    API_KEY_SERVICES.iter().flat_map(what).map(str::to_owned).collect()
}

/// The `detail` of the patterns of all rules on the default bus, by the rule's name. The bus of other regions and accounts has
/// rules that `tests/infra` holds against these.
fn details<'a>(template: &'a Yaml<'static>) -> Vec<(&'a str, &'a Yaml<'static>)> {
    let resources = at(template, &["Resources"]).as_mapping().unwrap();
    let rules = resources.iter().filter(|(_, it)| at(it, &["Type"]).as_str() == Some("AWS::Events::Rule"));
    let here = rules.filter(|(_, it)| at(it, &["Properties"]).as_mapping_get("EventBusName").is_none());
    here.map(|(name, rule)| (name.as_str().unwrap(), at(rule, &["Properties", "EventPattern", "detail"])))
        .collect()
}

#[test]
fn the_rules_for_changes_name_exactly_what_the_engine_reads() {
    let template = template();
    let mut named = Pairs::new();
    for (rule, detail) in details(&template) {
        // A rule names its events itself, or each of several services' in a branch.
        let branches = detail.as_mapping_get("$or").and_then(|it| it.as_vec()).map(|it| it.iter().collect());
        for part in branches.unwrap_or_else(|| vec![detail]) {
            let (source, names) = (part.as_mapping_get("eventSource"), part.as_mapping_get("eventName"));
            let (Some(source), Some(names)) = (source, names) else { continue };
            let (source, names) = (texts(source), texts(names));
            for pair in
                source.iter().flat_map(|source| names.iter().map(|name| (source.clone(), name.clone())))
            {
                assert!(named.insert(pair.clone()), "{rule} repeats {pair:?}");
            }
        }
    }
    let read: Pairs = understood().map(|(source, name)| (source.to_owned(), name.to_owned())).collect();
    assert_eq!(named, read);
}

#[test]
fn the_rule_for_use_names_exactly_the_sources_of_bearer_calls() {
    let template = template();
    let (_, detail) = details(&template).into_iter().find(|(name, _)| *name == "BearerCallsRule").unwrap();
    assert_eq!(texts(at(detail, &["eventSource"])), of_services(|service| service.event_sources.to_vec()));
    let branches = at(detail, &["$or"]).as_vec().unwrap();
    let (by_name, by_flag): (Vec<_>, Vec<_>) =
        branches.iter().partition(|it| it.as_mapping().unwrap().len() == 1);
    let names: BTreeSet<String> = by_name.iter().flat_map(|it| texts(at(it, &["eventName"]))).collect();
    assert_eq!(names, of_services(|service| service.bearer_event.into_iter().collect()));

    // What another rule sends by its name must not come here by its flag as well, and everything else must.
    let sources = of_services(|service| service.event_sources.to_vec());
    let sent: BTreeSet<String> = understood()
        .filter(|(source, _)| sources.contains(*source))
        .map(|(_, name)| name.to_owned())
        .collect();
    assert_eq!(by_flag.len(), 2);
    for branch in by_flag {
        let excluded = at(branch, &["eventName"]).as_vec().unwrap();
        assert_eq!(texts(at(&excluded[0], &["anything-but"])), sent);
    }
}

#[test]
fn the_deny_policy_stops_every_plane_of_every_service() {
    let template = template();
    let policy =
        at(&template, &["Resources", "KeytrailDenyBearer", "Properties", "PolicyDocument", "Statement"]);
    let [statement] = policy.as_vec().unwrap().as_slice() else { panic!("one statement") };
    assert_eq!(at(statement, &["Effect"]).as_str(), Some("Deny"));
    assert_eq!(at(statement, &["Resource"]).as_str(), Some("*"));
    assert!(
        statement.as_mapping_get("Condition").is_none() && statement.as_mapping_get("NotAction").is_none()
    );
    assert_eq!(texts(at(statement, &["Action"])), of_services(|service| service.deny_actions.to_vec()));
}

#[test]
fn respond_is_let_near_the_api_key_services_alone() {
    let template = template();
    let document = &["Resources", "RespondPolicy", "Properties", "PolicyDocument", "Statement"];
    let statements = at(&template, document).as_vec().unwrap().iter();
    let conditions: Vec<_> = statements
        .filter_map(|it| it.as_mapping_get("Condition")?.as_mapping_get("StringEqualsIfExists"))
        .map(|it| texts(at(it, &["iam:ServiceSpecificCredentialServiceName"])))
        .collect();
    assert_eq!(conditions, [of_services(|service| vec![service.name])]);
}

#[test]
fn the_sample_policy_says_what_holds_without_any() {
    let policy = read(POLICY).unwrap();
    assert_eq!(policy, Policy::default());
    assert_eq!(policy.mode, Mode::Observe);
    // Its example is one that can be switched on as it stands.
    let example =
        POLICY.replace("# [rules.", "[rules.").replace("# mode = \"enforce\"", "mode = \"enforce\"");
    assert_eq!(read(&example).unwrap().mode("compromise_reported"), Mode::Enforce);
}
