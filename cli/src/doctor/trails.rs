//! Whether trails record what Keytrail reads. EventBridge delivers only what a trail with logging on records:
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>

use keytrail_ledger::capability::{Deployment, TrailSeen};

use super::Diagnosis;

const PATCH: &str = "aws cloudtrail get-event-selectors --trail-name NAME | keytrail trail-patch";

pub(super) fn check(deployment: &Deployment, found: &mut Diagnosis) {
    let Some(trails) = found.read("the account's trails", &deployment.trails) else { return };
    if trails.is_empty() {
        let fix = "deploy infra/trail.yaml: aws cloudformation deploy --template-file infra/trail.yaml --stack-name keytrail-trail";
        return found.wrong("trail_missing", "no trail records this region: nothing is heard at all", fix);
    }
    let logging: Vec<_> = trails.iter().filter(|trail| trail.logging).collect();
    if logging.is_empty() {
        let what = format!("no trail is logging: {}", listed(trails.iter()));
        return found.wrong("trail_stopped", what, "start it: aws cloudtrail start-logging --name NAME");
    }
    for trail in trails.iter().filter(|trail| !trail.logging) {
        let what = format!("the trail {} is not logging; others are", trail.name);
        found.warn("trail_stopped", what, "start it, or delete it if nobody needs it");
    }
    management(&logging, found);
    bearer_calls(&logging, found);
}

fn management(logging: &[&TrailSeen], found: &mut Diagnosis) {
    let writes: Vec<_> = logging.iter().filter(|trail| trail.selectors.management_writes).copied().collect();
    let with_kms: Vec<_> = writes.iter().filter(|trail| !trail.selectors.kms_excluded).copied().collect();
    if writes.is_empty() {
        let what = "no trail records management events that change something: no key's creation, deactivation or \
                    deletion is heard";
        found.wrong("trail_management_events", what, format!("put what this prints: {PATCH}"));
    } else if with_kms.is_empty() {
        let what = format!("KMS's events are left out by {}: no KMS key's end is heard", listed(writes));
        found.wrong(
            "trail_kms_excluded",
            what,
            "record management events without the exclusion of kms.amazonaws.com",
        );
    } else {
        regions("management events", &with_kms, found);
    }
}

fn bearer_calls(logging: &[&TrailSeen], found: &mut Diagnosis) {
    let calls: Vec<_> = logging.iter().filter(|trail| trail.selectors.bearer_calls).copied().collect();
    let all: Vec<_> = calls.iter().filter(|trail| !trail.selectors.narrowed).copied().collect();
    if calls.is_empty() {
        let what = "no trail records data events of AWS::Logs::LogGroupAuthorization: no use of an API key of \
                    CloudWatch Logs is heard";
        found.wrong("trail_data_events", what, format!("put what this prints: {PATCH}"));
    } else if all.is_empty() {
        let what = format!(
            "the selectors of {} let through only some uses of API keys: silence proves nothing",
            listed(calls)
        );
        found.wrong(
            "trail_narrowed",
            what,
            "select AWS::Logs::LogGroupAuthorization by category and type alone",
        );
    } else {
        regions("uses of API keys", &all, found);
    }
}

fn regions(what: &str, trails: &[&TrailSeen], found: &mut Diagnosis) {
    if trails.iter().all(|trail| !trail.multi_region) {
        let names = listed(trails.iter().copied());
        found.wrong(
            "trail_regions",
            format!("{what} are recorded in one region only, by {names}"),
            "make the trail multi-Region: aws cloudtrail update-trail --name NAME --is-multi-region-trail",
        );
    }
}

fn listed<'a>(trails: impl IntoIterator<Item = &'a TrailSeen>) -> String {
    let names: Vec<_> = trails.into_iter().map(|trail| trail.name.to_string()).collect();
    names.join(", ")
}
