//! The policy in a parameter of Systems Manager.

use std::sync::atomic::{AtomicI64, Ordering};

use keytrail_aws::json_call::SSM;
use keytrail_aws::policy::{Origin, Policies, PolicyError};
use keytrail_engine::policy::Mode;
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::capability::{Clock, PolicyInForce, PolicySource};
use serde_json::{Value, json};

use crate::emulator::{Caller, block_on, unique};

/// A clock that is set by hand.
#[derive(Debug, Default)]
struct Hand(AtomicI64);

impl Hand {
    fn set(&self, minutes: i64) {
        self.0.store(minutes * 60_000, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Time {
        Time::from_millis(self.0.load(Ordering::Relaxed))
    }
}

struct Scene {
    caller: Caller,
    people: Caller,
    name: String,
    clock: Hand,
}

impl Scene {
    fn new() -> Self {
        Self {
            caller: Caller::new(),
            people: Caller::new(),
            name: unique("/keytrail/policy"),
            clock: Hand::default(),
        }
    }

    async fn write(&self, policy: &str) {
        let parameters = json!({"Name": self.name, "Value": policy, "Type": "String", "Overwrite": true});
        let _: Value = self.people.config.json(SSM).call("PutParameter", &parameters).await.unwrap();
    }

    async fn start(&self) -> Result<Policies<&Hand>, PolicyError> {
        let origin =
            Origin::Parameter { client: self.caller.config.json(SSM), name: self.name.as_str().into() };
        Policies::start(origin, Span::seconds(0), &self.clock).await
    }
}

fn mode(in_force: &PolicyInForce) -> (Mode, bool) {
    (in_force.policy.mode, in_force.broken.is_some())
}

#[test]
fn a_change_is_in_force_at_once_where_no_age_is_allowed() {
    block_on(async {
        let scene = Scene::new();
        scene.write("mode = \"alert\"").await;
        let policies = scene.start().await.unwrap();
        assert_eq!(mode(&policies.policy().await), (Mode::Alert, false));
        scene.write("mode = \"enforce\"").await;
        assert_eq!(mode(&policies.policy().await), (Mode::Enforce, false));
        scene.write("mode = \"off\"").await;
        assert_eq!(mode(&policies.policy().await), (Mode::Enforce, true));
    });
}

#[test]
fn a_new_process_finds_the_last_good_version_behind_broken_ones() {
    block_on(async {
        let scene = Scene::new();
        for policy in ["mode = \"enforce\"", "mode = \"alert\"", "mode = \"off\"", "mode"] {
            scene.write(policy).await;
        }
        let policies = scene.start().await.unwrap();
        let in_force = policies.policy().await;
        assert_eq!(mode(&in_force), (Mode::Alert, true));
        let broken = in_force.broken.unwrap();
        assert_eq!(&*broken.version, "4", "the parameter's own");
        let why = broken.to_string();
        assert!(why.contains(&scene.name) && why.contains("line 1"), "{why}");
    });
}

#[test]
fn where_no_version_was_ever_good_nothing_starts() {
    block_on(async {
        let scene = Scene::new();
        assert!(scene.start().await.unwrap_err().to_string().contains("ParameterNotFound"));
        scene.write("mode = \"off\"").await;
        scene.write("mode = \"of\"").await;
        let error = scene.start().await.unwrap_err().to_string();
        assert!(error.contains("mode") && error.contains("line 1"), "{error}");
    });
}

#[test]
fn what_cannot_be_asked_for_stays_in_force_for_five_minutes_and_no_longer() {
    block_on(async {
        let scene = Scene::new();
        scene.write("mode = \"enforce\"").await;
        let policies = scene.start().await.unwrap();
        scene
            .caller
            .spoil(json!({"service": "ssm", "answer": {"code": "InternalServerError", "status": 500}}));
        scene.clock.set(5);
        assert_eq!(mode(&policies.policy().await), (Mode::Enforce, false));
        scene.clock.set(6);
        assert_eq!(mode(&policies.policy().await), (Mode::Enforce, true));
        assert!(scene.start().await.is_err());
        scene.caller.unspoil();
        assert_eq!(mode(&policies.policy().await), (Mode::Enforce, false));
    });
}

#[test]
fn a_forbidden_parameter_is_a_broken_policy_at_once() {
    block_on(async {
        let scene = Scene::new();
        scene.write("mode = \"enforce\"").await;
        let policies = scene.start().await.unwrap();
        scene
            .caller
            .spoil(json!({"service": "ssm", "answer": {"code": "AccessDeniedException", "status": 400}}));
        assert_eq!(mode(&policies.policy().await), (Mode::Enforce, true));
    });
}
