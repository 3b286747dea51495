//! What AWS says there is, page by page.

use std::collections::BTreeSet;

use aws_sdk_iam::Client;
use keytrail_aws::AwsInventory;
use keytrail_aws::json_call::{CLOUDTRAIL, LOGS};
use keytrail_engine::event::{ApiKeySeen, Expiry, Selectors, Status};
use keytrail_engine::ids::{CredentialId, Region, ServiceName, UserName};
use keytrail_ledger::capability::{Inventory, InventoryError, LogGroupSeen};
use serde_json::{Value, json};

use crate::emulator::{Caller, block_on, make_bucket, small_pages, unique};

const SERVICE: &str = "logs.amazonaws.com";
/// No other test has keys of this service: what is listed of it is this test's.
const OWN_SERVICE: &str = "xray.amazonaws.com";

/// A caller with an inventory, and IAM to make what it lists.
pub(crate) fn account() -> (Caller, AwsInventory, Client) {
    small_pages();
    let caller = Caller::new();
    let inventory = AwsInventory::new(&caller.config);
    let iam = Caller::new().config.iam();
    (caller, inventory, iam)
}

pub(crate) async fn user(iam: &Client) -> UserName {
    let name = unique("listed");
    iam.create_user().user_name(&name).send().await.unwrap();
    UserName::new(name)
}

async fn key(iam: &Client, user: &UserName, service: &str, days: Option<i32>) -> CredentialId {
    let call = iam.create_service_specific_credential().user_name(user.as_str()).service_name(service);
    let made = call.set_credential_age_days(days).send().await.unwrap();
    CredentialId::new(made.service_specific_credential().unwrap().service_specific_credential_id())
}

/// All pages of a service's keys, and how many there were.
async fn all_keys(
    inventory: &AwsInventory,
    service: &str,
) -> Result<(Vec<ApiKeySeen>, usize), InventoryError> {
    let service = ServiceName::new(service);
    let (mut keys, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = inventory.keys_of_all_users(&service, after.as_deref()).await?;
        keys.extend(page.keys);
        pages += 1;
        after = page.next;
        if after.is_none() {
            return Ok((keys, pages));
        }
    }
}

#[test]
fn every_key_of_every_user_is_listed_once_over_all_pages() {
    block_on(async {
        let (caller, inventory, iam) = account();
        let (first, second) = (user(&iam).await, user(&iam).await);
        let ids = [
            key(&iam, &first, OWN_SERVICE, None).await,
            key(&iam, &first, OWN_SERVICE, Some(30)).await,
            key(&iam, &second, OWN_SERVICE, Some(36_600)).await,
        ];
        // A password of another service, which the same call could list.
        iam.create_service_specific_credential()
            .user_name(first.as_str())
            .service_name("codecommit.amazonaws.com")
            .send()
            .await
            .unwrap();
        let (keys, pages) = all_keys(&inventory, OWN_SERVICE).await.unwrap();
        assert_eq!(pages, 3);
        assert!(
            caller.calls().iter().all(|call| call["params"]["AllUsers"] == "true"),
            "{:?}",
            caller.calls()
        );
        let listed: BTreeSet<_> = keys.iter().map(|key| key.key.clone()).collect();
        assert_eq!(listed, ids.iter().cloned().collect());
        let of = |id: &CredentialId| keys.iter().find(|key| key.key == *id).unwrap();
        assert_eq!(of(&ids[0]).user.as_ref(), Some(&first));
        assert_eq!(of(&ids[2]).user.as_ref(), Some(&second));
        assert!(keys.iter().all(|key| key.service.as_ref().is_some_and(|it| it.as_str() == OWN_SERVICE)));
        assert!(keys.iter().all(|key| key.status == Some(Status::Active) && key.alias.is_some()));
        assert_eq!(of(&ids[0]).expires, Some(Expiry::Never));
        let Some(Expiry::At(expires)) = of(&ids[1]).expires else { panic!("{:?}", of(&ids[1])) };
        assert_eq!(expires.since(of(&ids[1]).created.unwrap()).whole_days(), 30);
        assert_eq!(of(&ids[2]).expires, Some(Expiry::Never), "a hundred years");
        assert_eq!(all_keys(&inventory, "cloudwatch.amazonaws.com").await.unwrap(), (vec![], 1));
    });
}

#[test]
fn a_user_is_listed_whole_and_one_that_is_gone_has_no_key() {
    block_on(async {
        let (caller, inventory, iam) = account();
        let name = user(&iam).await;
        let ids = [key(&iam, &name, SERVICE, None).await, key(&iam, &name, SERVICE, None).await];
        iam.update_service_specific_credential()
            .user_name(name.as_str())
            .service_specific_credential_id(ids[1].as_str())
            .status("Inactive".into())
            .send()
            .await
            .unwrap();
        let keys = inventory.keys_of_user(&SERVICE.into(), &name).await.unwrap();
        let listed: BTreeSet<_> = keys.iter().map(|key| (key.key.clone(), key.status)).collect();
        let expected = [(ids[0].clone(), Some(Status::Active)), (ids[1].clone(), Some(Status::Inactive))];
        assert_eq!(listed, expected.into());
        assert_eq!(caller.actions().len(), 2, "a page each");
        assert_eq!(inventory.keys_of_user(&SERVICE.into(), &"nobody".into()).await.unwrap(), []);
    });
}

#[test]
fn users_are_listed_over_all_pages() {
    block_on(async {
        let (_, inventory, iam) = account();
        let mut made = BTreeSet::new();
        for _ in 0..30 {
            made.insert(user(&iam).await);
        }
        let (mut listed, mut after, mut pages) = (BTreeSet::new(), None, 0);
        loop {
            let (users, next) = inventory.users(after.as_deref()).await.unwrap();
            assert!(users.len() <= 25);
            listed.extend(users);
            pages += 1;
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert!(pages > 1 && made.is_subset(&listed), "{pages} pages");
    });
}

#[test]
fn a_service_without_such_credentials_is_told_from_an_error() {
    block_on(async {
        let (_, inventory, iam) = account();
        let service = ServiceName::new("keytrail.example.com");
        let all = inventory.keys_of_all_users(&service, None).await;
        assert!(matches!(all, Err(InventoryError::NotSupportedService)), "{all:?}");
        let one = inventory.keys_of_user(&service, &user(&iam).await).await;
        assert!(matches!(one, Err(InventoryError::NotSupportedService)), "{one:?}");
    });
}

#[test]
fn refusals_are_told_apart() {
    block_on(async {
        let (caller, inventory, _) = account();
        let all = async |code: &str| {
            // A throttled call is tried three times, the others once.
            let count = if code == "Throttling" { 3 } else { 1 };
            caller.spoil(json!({"service": "iam", "count": count, "answer": {"code": code}}));
            inventory.keys_of_all_users(&SERVICE.into(), None).await.unwrap_err()
        };
        assert!(matches!(all("AccessDenied").await, InventoryError::AllUsersRefused { .. }));
        assert!(matches!(all("ValidationError").await, InventoryError::AllUsersRefused { .. }));
        assert!(matches!(all("Throttling").await, InventoryError::Later { .. }));
        let refused = all("InvalidClientTokenId").await;
        assert!(
            matches!(&refused, InventoryError::Refused { code, .. } if &**code == "InvalidClientTokenId")
        );
        // A place that IAM doesn't know is no refusal of all users.
        let place = inventory.keys_of_all_users(&SERVICE.into(), Some("nonsense")).await.unwrap_err();
        assert!(
            matches!(&place, InventoryError::Refused { code, .. } if &**code == "ValidationError"),
            "{place:?}"
        );
        caller.spoil(
            json!({"service": "iam", "action": "ListUsers", "count": 1, "answer": {"code": "AccessDenied"}}),
        );
        let users = inventory.users(None).await.unwrap_err();
        assert!(
            matches!(&users, InventoryError::Refused { code, .. } if &**code == "AccessDenied"),
            "{users:?}"
        );
    });
}

#[test]
fn an_error_on_a_later_page_is_an_error_and_no_shorter_listing() {
    block_on(async {
        let (caller, inventory, iam) = account();
        let name = user(&iam).await;
        key(&iam, &name, SERVICE, None).await;
        key(&iam, &name, SERVICE, None).await;
        caller.spoil(json!({
            "service": "iam", "where": {"UserName": name.as_str()}, "skip": 1, "count": 3,
            "answer": {"code": "ServiceFailure", "status": 500}
        }));
        let answer = inventory.keys_of_user(&SERVICE.into(), &name).await;
        assert!(matches!(answer, Err(InventoryError::Later { .. })), "{answer:?}");
    });
}

fn here() -> Region {
    "us-east-1".into()
}

#[test]
fn each_region_lists_its_own_log_groups_and_trails() {
    block_on(async {
        let (caller, inventory, _) = account();
        let elsewhere: Region = "eu-central-1".into();
        let config = Caller::new().config.in_region(&elsewhere);
        let name = unique("/elsewhere");
        let _: Value =
            config.json(LOGS).call("CreateLogGroup", &json!({"logGroupName": name})).await.unwrap();
        let listed = async |region: &Region| {
            let (mut names, mut after) = (BTreeSet::new(), None);
            loop {
                let page = inventory.log_groups(region, after.as_deref()).await.unwrap();
                names.extend(page.groups.into_iter().map(|group| group.name.to_string()));
                after = page.next;
                if after.is_none() {
                    return names;
                }
            }
        };
        assert!(listed(&elsewhere).await.contains(&name));
        assert!(!listed(&here()).await.contains(&name));

        make_bucket("keytrail-elsewhere");
        let trail = unique("elsewhere");
        let make = json!({"Name": trail, "S3BucketName": "keytrail-elsewhere", "IsMultiRegionTrail": false});
        let _: Value = config.json(CLOUDTRAIL).call("CreateTrail", &make).await.unwrap();
        let trails = async |region: &Region| {
            let seen = inventory.trails(region).await.unwrap();
            seen.into_iter().find(|it| it.name.as_str() == trail).map(|it| it.home)
        };
        assert_eq!(trails(&elsewhere).await, Some(elsewhere.clone()));
        assert_eq!(trails(&here()).await, None);
        assert!(!caller.actions().is_empty());
    });
}

#[test]
fn log_groups_are_listed_over_all_pages() {
    block_on(async {
        let (caller, inventory, _) = account();
        let logs = Caller::new().config.json(LOGS);
        let arn = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let mut names = BTreeSet::new();
        for number in 0..60 {
            let name = unique("/shop");
            let mut group = json!({"logGroupName": name});
            if number == 0 {
                group["kmsKeyId"] = arn.into();
            }
            let _: Value = logs.call("CreateLogGroup", &group).await.unwrap();
            if number == 0 {
                let retention = json!({"logGroupName": name, "retentionInDays": 30});
                let _: Value = logs.call("PutRetentionPolicy", &retention).await.unwrap();
            }
            names.insert(name);
        }
        let (mut listed, mut after): (Vec<LogGroupSeen>, _) = (Vec::new(), None);
        loop {
            let page = inventory.log_groups(&here(), after.as_deref()).await.unwrap();
            listed.extend(page.groups);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(caller.actions(), ["DescribeLogGroups", "DescribeLogGroups"]);
        assert_eq!(listed.iter().map(|group| group.name.to_string()).collect::<BTreeSet<_>>(), names);
        let with_key: Vec<_> = listed.iter().filter(|group| group.kms_key.is_some()).collect();
        assert_eq!(with_key.len(), 1);
        assert_eq!(with_key[0].kms_key.as_ref().unwrap().as_str(), arn);
        assert_eq!(with_key[0].retention_days, Some(30));
        caller.spoil(
            json!({"service": "logs", "count": 3, "answer": {"code": "ThrottlingException", "status": 400}}),
        );
        let later = inventory.log_groups(&here(), None).await;
        assert!(matches!(later, Err(InventoryError::Later { .. })), "{later:?}");
    });
}

#[test]
fn the_enabled_regions_are_those_that_ec2_names() {
    block_on(async {
        let (caller, inventory, _) = account();
        let regions = inventory.regions(&here()).await.unwrap();
        assert!(regions.contains(&here()) && regions.len() > 1, "{regions:?}");
        caller.spoil(
            json!({"service": "ec2", "count": 3, "answer": {"code": "RequestLimitExceeded", "status": 503}}),
        );
        let later = inventory.regions(&here()).await;
        assert!(matches!(later, Err(InventoryError::Later { .. })), "{later:?}");
        caller.spoil(json!({"service": "ec2", "answer": {"code": "UnauthorizedOperation", "status": 403}}));
        let refused = inventory.regions(&here()).await;
        assert!(matches!(refused, Err(InventoryError::Refused { .. })), "{refused:?}");
    });
}

#[test]
fn trails_are_listed_with_what_they_let_through() {
    block_on(async {
        let (caller, inventory, _) = account();
        let s3 = "keytrail-trails";
        make_bucket(s3);
        let trails = Caller::new().config.json(CLOUDTRAIL);
        let (quiet, loud) = (unique("quiet"), unique("loud"));
        for (name, multi) in [(&quiet, false), (&loud, true)] {
            let make = json!({"Name": name, "S3BucketName": s3, "IsMultiRegionTrail": multi});
            let _: Value = trails.call("CreateTrail", &make).await.unwrap();
        }
        let _: Value = trails.call("StartLogging", &json!({"Name": loud})).await.unwrap();
        let field = |name: &str, value: &str| json!({"Field": name, "Equals": [value]});
        let calls = json!({"TrailName": loud, "AdvancedEventSelectors": [
            {"Name": "calls", "FieldSelectors": [
                field("eventCategory", "Data"), field("resources.type", "AWS::Logs::LogGroupAuthorization")]},
            {"Name": "changes", "FieldSelectors": [field("eventCategory", "Management")]}]});
        let _: Value = trails.call("PutEventSelectors", &calls).await.unwrap();
        let seen = inventory.trails(&here()).await.unwrap();
        let of = |name: &str| seen.iter().find(|trail| trail.name.as_str() == name).unwrap();
        assert!(!of(&quiet).logging && !of(&quiet).multi_region && !of(&quiet).selectors.bearer_calls);
        assert!(of(&loud).logging && of(&loud).multi_region);
        assert_eq!(of(&loud).home.as_str(), "us-east-1");
        assert_eq!(of(&loud).account.as_str(), "123456789012");
        let expected = Selectors { management_writes: true, bearer_calls: true, ..Selectors::default() };
        assert_eq!(of(&loud).selectors, expected);

        for (action, code, is_passed_over) in [
            ("GetTrailStatus", "TrailNotFoundException", true),
            ("GetEventSelectors", "OperationNotPermittedException", true),
            ("GetEventSelectors", "AccessDeniedException", false),
        ] {
            caller.spoil(json!({"service": "cloudtrail", "action": action, "count": 1,
                "answer": {"code": code, "status": 400}}));
            match inventory.trails(&here()).await {
                Ok(fewer) => assert!(is_passed_over && fewer.len() + 1 == seen.len(), "{code}: {fewer:?}"),
                Err(error) => assert!(!is_passed_over, "{code}: {error:?}"),
            }
        }
    });
}

#[test]
fn parts_with_a_kms_key_are_listed_kind_by_kind_and_page_by_page() {
    block_on(async {
        let (caller, inventory, _) = account();
        let logs = Caller::new().config.json(LOGS);
        let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let mut expected = BTreeSet::new();
        for _ in 0..3 {
            let table = unique("table");
            let make = json!({"lookupTableName": table, "kmsKeyId": key});
            let _: Value = logs.call("CreateLookupTable", &make).await.unwrap();
            expected.insert(table);
        }
        let (query, plain) = (unique("query"), unique("table"));
        let to = json!({"s3Configuration": {"kmsKeyId": key}, "lookupTableConfiguration": {}});
        let make = json!({"name": query, "destinationConfiguration": to});
        let _: Value = logs.call("CreateScheduledQuery", &make).await.unwrap();
        let _: Value = logs.call("CreateLookupTable", &json!({"lookupTableName": plain})).await.unwrap();
        expected.insert(format!("{query}/s3"));
        let made: Value = logs.call("CreateLogAnomalyDetector", &json!({"kmsKeyId": key})).await.unwrap();
        let arn = made["anomalyDetectorArn"].as_str().unwrap();
        expected.insert(arn.rsplit(':').next().unwrap().to_owned());

        let (mut listed, mut after) = (BTreeSet::new(), None);
        loop {
            let page = inventory.log_parts(&here(), after.as_deref()).await.unwrap();
            listed.extend(page.parts.into_iter().map(|part| part.name.to_string()));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert!(expected.is_subset(&listed) && !listed.contains(&plain), "{listed:?}");
        let refuse = |code: &str| {
            caller.spoil(json!({"service": "logs", "count": 1, "answer": {"code": code, "status": 400}}));
        };
        refuse("UnknownOperationException");
        let none = inventory.log_parts(&here(), None).await.unwrap();
        assert_eq!((none.parts, none.next.as_deref()), (vec![], Some("DescribeLookupTables")));
        refuse("AccessDeniedException");
        assert!(inventory.log_parts(&here(), None).await.is_err(), "a part of a listing is none");
    });
}
