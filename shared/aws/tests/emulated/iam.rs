//! What respond does in IAM.

use keytrail_aws::AwsInventory;
use keytrail_aws::actions::IamAdmin;
use keytrail_engine::event::{Status, UserSeen};
use keytrail_engine::ids::{Arn, CredentialId, ServiceName, UserName};
use keytrail_engine::last_access::LastAccess;
use keytrail_engine::time::Time;
use keytrail_ledger::capability::{AdminError, CredentialAdmin, DenyPolicy, Inventory};
use serde_json::{Value, json};

use crate::emulator::{Caller, block_on, small_pages, unique};

/// A user with API keys, and somebody who guards them.
struct Scene {
    caller: Caller,
    admin: IamAdmin,
    user: UserName,
    service: ServiceName,
    /// Another caller, who sets the scene.
    people: aws_sdk_iam::Client,
}

async fn scene() -> Scene {
    small_pages();
    let (caller, people) = (Caller::new(), Caller::new().config.iam());
    let user = unique("gateway");
    people.create_user().user_name(&user).send().await.unwrap();
    // Another stack's policy of this name may be there already: one account has one.
    let arn = "arn:aws:iam::123456789012:policy/KeytrailDenyBearer";
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"logs:CallWithBearerToken","Resource":"*"}]}"#;
    drop(people.create_policy().policy_name("KeytrailDenyBearer").policy_document(document).send().await);
    Scene {
        admin: IamAdmin::new(caller.config.iam(), Arn::new(arn)),
        caller,
        user: UserName::new(user),
        service: ServiceName::new("logs.amazonaws.com"),
        people,
    }
}

impl Scene {
    async fn key(&self, service: &str) -> CredentialId {
        let call = self.people.create_service_specific_credential();
        let made = call.user_name(self.user.as_str()).service_name(service).send().await.unwrap();
        CredentialId::new(made.service_specific_credential().unwrap().service_specific_credential_id())
    }

    async fn statuses(&self) -> Vec<(CredentialId, Status)> {
        let listed = self.admin.keys_of(&self.user, &self.service).await.unwrap();
        assert!(listed.iter().all(|key| key.service == self.service));
        listed.into_iter().map(|key| (key.key, key.status)).collect()
    }

    /// Spoils the next `count` calls with an error.
    fn answer(&self, code: &str, status: u16, count: u32) {
        self.caller
            .spoil(json!({"service": "iam", "count": count, "answer": {"code": code, "status": status}}));
    }

    /// The calls of the guard, without what was spoilt.
    fn calls(&self) -> Vec<Value> {
        self.caller.calls()
    }
}

#[test]
fn a_key_is_switched_off_and_on_and_the_other_is_left_alone() {
    block_on(async {
        let scene = scene().await;
        let (bad, good) = (scene.key("logs.amazonaws.com").await, scene.key("logs.amazonaws.com").await);
        scene.key("bedrock.amazonaws.com").await;
        // A page holds one: the listing has two, and the third key is another service's.
        let both = |bad_is| {
            let mut both = vec![(bad.clone(), bad_is), (good.clone(), Status::Active)];
            both.sort();
            both
        };
        let sorted = |mut statuses: Vec<_>| {
            statuses.sort();
            statuses
        };
        for (status, repeats) in [(Status::Inactive, 2), (Status::Active, 1)] {
            for _ in 0..repeats {
                scene.admin.set_status(&scene.user, &bad, status).await.unwrap();
            }
            assert_eq!(sorted(scene.statuses().await), both(status));
        }
    });
}

#[test]
fn every_call_names_the_user() {
    block_on(async {
        let scene = scene().await;
        let key = scene.key("logs.amazonaws.com").await;
        scene.statuses().await;
        scene.admin.set_status(&scene.user, &key, Status::Inactive).await.unwrap();
        scene.admin.attach_deny_policy(&scene.user).await.unwrap();
        scene.admin.deny_policy(&scene.user).await.unwrap();
        scene.admin.user(&scene.user).await.unwrap();
        scene.admin.detach_deny_policy(&scene.user).await.unwrap();
        scene.admin.delete(&scene.user, &key).await.unwrap();
        let calls = scene.calls();
        assert_eq!(calls.len(), 7);
        for call in calls {
            assert_eq!(call["params"]["UserName"], scene.user.as_str(), "{call}");
        }
    });
}

#[test]
fn a_users_path_and_tags_are_read_and_a_missing_user_is_none() {
    block_on(async {
        let scene = scene().await;
        let tag = aws_sdk_iam::types::Tag::builder().key("owner").value("payments").build().unwrap();
        scene.people.tag_user().user_name(scene.user.as_str()).tags(tag).send().await.unwrap();
        let seen = scene.admin.user(&scene.user).await.unwrap();
        let tags = [("owner".into(), "payments".into())].into();
        assert_eq!(seen, UserSeen::Shown { path: "/".into(), tags });
        let inventory = AwsInventory::new(&scene.caller.config);
        assert_eq!(inventory.user(&scene.user).await.unwrap(), Some(seen));

        let missing = UserName::new(unique("missing"));
        assert!(matches!(scene.admin.user(&missing).await, Err(AdminError::NoSuchEntity)));
        assert_eq!(inventory.user(&missing).await.unwrap(), None);
        scene.answer("AccessDenied", 403, 2);
        assert!(matches!(scene.admin.user(&scene.user).await, Err(AdminError::AccessDenied { .. })));
        assert_eq!(inventory.user(&scene.user).await.unwrap(), Some(UserSeen::Unreadable));
    });
}

/// The emulator's report runs when it is first looked for, as AWS's does.
#[test]
fn when_a_user_last_called_a_service_is_read_from_iams_report() {
    block_on(async {
        let scene = scene().await;
        let of = async |service: &str| scene.admin.last_access(&scene.user, &service.into()).await;
        assert_eq!(of("logs.amazonaws.com").await.unwrap(), LastAccess::Never);
        let tag =
            aws_sdk_iam::types::Tag::builder().key("last-access/logs").value("2026-11-01T10:20:30+00:00");
        scene
            .people
            .tag_user()
            .user_name(scene.user.as_str())
            .tags(tag.build().unwrap())
            .send()
            .await
            .unwrap();
        let at = Time::parse("2026-11-01T10:20:30Z").unwrap();
        assert_eq!(of("logs.amazonaws.com").await.unwrap(), LastAccess::At(at));
        assert_eq!(of("bedrock.amazonaws.com").await.unwrap(), LastAccess::Never, "of another service");
        assert!(matches!(of("codecommit.amazonaws.com").await, Err(AdminError::Refused { .. })));
        scene.answer("AccessDenied", 403, 1);
        assert!(matches!(of("logs.amazonaws.com").await, Err(AdminError::AccessDenied { .. })));
    });
}

#[test]
fn without_a_name_nothing_is_asked() {
    block_on(async {
        let scene = scene().await;
        let (nobody, key) = (UserName::new(""), scene.key("logs.amazonaws.com").await);
        let refused = [
            scene.admin.set_status(&nobody, &key, Status::Inactive).await.unwrap_err(),
            scene.admin.delete(&scene.user, &CredentialId::new("")).await.unwrap_err(),
            scene.admin.attach_deny_policy(&nobody).await.unwrap_err(),
            scene.admin.keys_of(&nobody, &scene.service).await.unwrap_err(),
            scene.admin.user(&nobody).await.unwrap_err(),
            scene.admin.last_access(&nobody, &scene.service).await.unwrap_err(),
            scene.admin.set_status(&scene.user, &key, Status::Expired).await.unwrap_err(),
        ];
        for error in refused {
            assert!(matches!(error, AdminError::Refused { .. }), "{error:?}");
        }
        assert!(scene.calls().is_empty());
    });
}

#[test]
fn a_deleted_key_is_gone_and_so_it_stays() {
    block_on(async {
        let scene = scene().await;
        let key = scene.key("logs.amazonaws.com").await;
        scene.admin.delete(&scene.user, &key).await.unwrap();
        assert_eq!(scene.statuses().await, []);
        for error in [
            scene.admin.delete(&scene.user, &key).await.unwrap_err(),
            scene.admin.set_status(&scene.user, &key, Status::Inactive).await.unwrap_err(),
        ] {
            assert!(matches!(error, AdminError::NoSuchEntity), "{error:?}");
        }
    });
}

#[test]
fn a_user_who_is_gone_has_no_keys_to_list() {
    block_on(async {
        let scene = scene().await;
        let nobody = UserName::new(unique("nobody"));
        let error = scene.admin.keys_of(&nobody, &scene.service).await.unwrap_err();
        assert!(matches!(error, AdminError::NoSuchEntity), "{error:?}");
        let error = scene.admin.deny_policy(&nobody).await.unwrap_err();
        assert!(matches!(error, AdminError::NoSuchEntity), "{error:?}");
    });
}

#[test]
fn bearer_calls_are_denied_and_allowed_again() {
    block_on(async {
        let scene = scene().await;
        // So that the policy isn't the only one, nor on the first page.
        for name in ["first", "second"] {
            let made = scene.people.create_policy().policy_name(unique(name)).policy_document(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}"#,
            );
            let arn = made.send().await.unwrap().policy.unwrap().arn.unwrap();
            let call = scene.people.attach_user_policy().user_name(scene.user.as_str()).policy_arn(arn);
            call.send().await.unwrap();
        }
        let look = async || scene.admin.deny_policy(&scene.user).await.unwrap();
        assert_eq!(look().await, DenyPolicy::Absent);
        for _ in 0..2 {
            scene.admin.attach_deny_policy(&scene.user).await.unwrap();
            assert_eq!(look().await, DenyPolicy::Attached);
        }
        scene.admin.detach_deny_policy(&scene.user).await.unwrap();
        assert_eq!(look().await, DenyPolicy::Absent);
        let error = scene.admin.detach_deny_policy(&scene.user).await.unwrap_err();
        assert!(matches!(error, AdminError::NoSuchEntity), "{error:?}");
    });
}

#[test]
fn what_passes_is_tried_again_and_then_left_for_later() {
    block_on(async {
        let scene = scene().await;
        let key = scene.key("logs.amazonaws.com").await;
        let off = async || scene.admin.set_status(&scene.user, &key, Status::Inactive).await;
        scene.answer("Throttling", 400, 2);
        off().await.unwrap();
        for (code, status) in
            [("Throttling", 400), ("ServiceFailure", 500), ("EntityTemporarilyUnmodifiable", 409)]
        {
            scene.answer(code, status, 3);
            let error = off().await.unwrap_err();
            assert!(matches!(error, AdminError::Later { .. }), "{code}: {error:?}");
            scene.caller.unspoil();
        }
    });
}

#[test]
fn what_a_person_must_repair_is_told_apart() {
    block_on(async {
        let scene = scene().await;
        scene.answer("AccessDenied", 403, 1);
        let error = scene.admin.attach_deny_policy(&scene.user).await.unwrap_err();
        assert!(matches!(error, AdminError::AccessDenied { .. }), "{error:?}");
        scene.answer("LimitExceeded", 409, 1);
        let error = scene.admin.attach_deny_policy(&scene.user).await.unwrap_err();
        assert!(matches!(error, AdminError::LimitExceeded { .. }), "{error:?}");
        scene.answer("PolicyNotAttachable", 400, 1);
        let error = scene.admin.attach_deny_policy(&scene.user).await.unwrap_err();
        let AdminError::Refused { code, .. } = &error else { panic!("{error:?}") };
        assert_eq!(&**code, "PolicyNotAttachable");
    });
}

#[test]
fn an_answer_that_is_lost_leaves_the_deed_done() {
    block_on(async {
        let scene = scene().await;
        let key = scene.key("logs.amazonaws.com").await;
        scene.caller.spoil(
            json!({"service": "iam", "action": "Update*", "count": 3, "disconnect": true, "when": "after"}),
        );
        let error = scene.admin.set_status(&scene.user, &key, Status::Inactive).await.unwrap_err();
        assert!(matches!(error, AdminError::Unreachable { .. }), "{error:?}");
        assert_eq!(scene.statuses().await, [(key, Status::Inactive)]);
    });
}
