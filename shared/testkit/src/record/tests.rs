use serde_json::{Value, json};

use super::{ApiKey, AssociateBy, Caller, KmsKey, LogGroup, Record, Trail, User, bearer, report, wrap};

const AT: &str = "2026-11-02T21:00:05Z";

#[test]
fn the_same_record_built_twice_is_the_same_and_the_nth_is_another() {
    let call = || bearer::call("otel-gateway", "/otel/app", AT);
    assert_eq!(call().json(), call().json());
    assert_ne!(call().nth(1).json()["eventID"], call().nth(2).json()["eventID"]);
    assert_ne!(call().json()["eventID"], call().from("203.0.113.9").json()["eventID"]);
}

#[test]
fn with_makes_its_way_and_without_needs_none() {
    let record = Record::new("iam.amazonaws.com", "CreateUser", AT)
        .with("/requestParameters/a/b", 1)
        .without("/requestParameters/nothing/here")
        .without("/readOnly")
        .json();
    assert_eq!(record["requestParameters"], json!({ "a": { "b": 1 } }));
    assert_eq!(record.get("readOnly"), None);
}

#[test]
fn dates_in_responses_are_those_of_their_service() {
    let key = ApiKey::new("otel-gateway", "ACCA1").valid_for_days(90).create(AT).json();
    let shown = &key["responseElements"]["serviceSpecificCredential"];
    assert_eq!(shown["createDate"], "Nov 2, 2026 9:00:05 PM");
    assert_eq!(shown["expirationDate"], "2027-01-31T21:00:05Z");
    let key = KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab").schedule_deletion(7, AT).json();
    assert_eq!(key["responseElements"]["deletionDate"], "Nov 9, 2026, 9:00:05 PM");
}

#[test]
fn a_key_without_expiry_says_nothing_of_one() {
    let record = ApiKey::new("otel-gateway", "ACCA1").create(AT).json();
    assert_eq!(record["requestParameters"].get("credentialAgeDays"), None);
    assert_eq!(record["responseElements"]["serviceSpecificCredential"].get("expirationDate"), None);
}

#[test]
fn a_bearer_call_has_no_credential_id_unless_told_where() {
    let call = bearer::call("otel-gateway", "/otel/app", AT);
    assert!(!call.clone().json().to_string().contains("ACCA"));
    for place in bearer::ID_PLACES {
        let with_id = call.clone().with(place, "ACCA1").json();
        assert_eq!(with_id.pointer(place), Some(&json!("ACCA1")));
    }
}

#[test]
fn a_denied_call_does_not_say_what_it_was_aimed_at() {
    let key = KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab");
    let record = key.disable(AT).denied().json();
    assert_eq!(record["errorCode"], "AccessDenied");
    assert!(!record.to_string().contains("1234abcd"), "{record}");
}

#[test]
fn a_subject_elsewhere_is_called_by_a_caller_of_that_account() {
    let group = LogGroup::new("/app").placed("444455556666", "eu-central-1");
    let key = KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab").placed("444455556666", "eu-central-1");
    let record = group.associate(AssociateBy::QueryResults, &key, AT).json();
    let target = "arn:aws:logs:eu-central-1:444455556666:query-result:*";
    assert_eq!(record["requestParameters"]["resourceIdentifier"], target);
    assert_eq!(record["requestParameters"]["kmsKeyId"], key.arn());
    assert_eq!(record["userIdentity"]["accountId"], "444455556666");
    assert!(!record.to_string().contains("111122223333"), "{record}");
}

#[test]
fn what_kms_does_itself_is_a_service_event() {
    let key = KmsKey::new("1234abcd-12ab-34cd-56ef-1234567890ab");
    for record in [key.delete(AT), key.rotate(AT), key.expire_material(AT)] {
        let record = record.json();
        assert_eq!(record["eventType"], "AwsServiceEvent");
        assert_eq!(record["userIdentity"].get("type"), None);
        assert_eq!(wrap::envelope(&record)["detail-type"], "AWS Service Event via CloudTrail");
    }
}

#[test]
fn selectors_for_bearer_calls_come_and_go() {
    let trail = Trail::new("audit");
    let names_bearer = |record: Value| record.to_string().contains("LogGroupAuthorization");
    assert!(names_bearer(trail.select(true, AT).json()));
    assert!(!names_bearer(trail.select(false, AT).json()));
    assert!(!names_bearer(trail.select_basic(true, AT).json()));
}

#[test]
fn a_user_may_act_on_its_own_key_without_naming_itself() {
    let key = ApiKey::new("otel-gateway", "ACCA1");
    let record = key.by_its_own_user(key.update("Inactive", AT)).json();
    assert_eq!(
        record["requestParameters"],
        json!({ "serviceSpecificCredentialId": "ACCA1", "status": "Inactive" })
    );
    assert_eq!(record["userIdentity"]["userName"], "otel-gateway");
}

#[test]
fn wrappers_keep_the_record() {
    let record = User::new("otel-gateway").create(AT).by(&Caller::user("admin")).json();
    let inner = |text: &Value| serde_json::from_str::<Value>(text.as_str().unwrap()).unwrap();
    let envelope = wrap::envelope(&record);
    assert_eq!((&envelope["detail"], &envelope["source"]), (&record, &json!("aws.iam")));
    let sqs = wrap::sqs_event(std::slice::from_ref(&envelope));
    assert_eq!(inner(&sqs["Records"][0]["body"]), envelope);
    let found = wrap::lookup_events(std::slice::from_ref(&record));
    assert_eq!(inner(&found["Events"][0]["CloudTrailEvent"]), record);
    assert_eq!(wrap::file(std::slice::from_ref(&record))["Records"][0], record);
    assert_eq!(wrap::lines(&[json!(1), json!(2)]), "1\n2\n");
}

#[test]
fn reports_name_whom_they_are_about() {
    let health = report::health("AWS_RISK_CREDENTIALS_EXPOSED", "ACCA1", AT);
    assert_eq!(health["detail"]["affectedEntities"][0]["entityValue"], "ACCA1");
    let finding = report::guard_duty("UnauthorizedAccess:IAMUser/TorIPCaller", "otel-gateway", 8.0, AT);
    assert_eq!(finding["detail"]["resource"]["accessKeyDetails"]["userName"], "otel-gateway");
}
