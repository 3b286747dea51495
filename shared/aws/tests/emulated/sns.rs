//! Pages to a topic, as its subscribers get them.

use std::collections::BTreeMap;

use keytrail_aws::channels::SnsTopic;
use keytrail_ledger::capability::{Message, PublishError, Publisher};
use serde_json::{Value, json};

use crate::emulator::{Caller, block_on, unique};

/// A topic, with a queue that is subscribed to what is critical.
struct Scene {
    caller: Caller,
    topic: SnsTopic,
    queue: String,
    people: aws_sdk_sqs::Client,
}

async fn scene() -> Scene {
    let (caller, people) = (Caller::new(), Caller::new());
    let (sns, sqs) = (people.config.sns(), people.config.sqs());
    let arn = sns.create_topic().name(unique("pages")).send().await.unwrap().topic_arn.unwrap();
    let name = unique("pager");
    let queue = sqs.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
    let subscribe = sns.subscribe().topic_arn(&arn).protocol("sqs");
    let subscribe = subscribe.endpoint(format!("arn:aws:sqs:us-east-1:123456789012:{name}"));
    subscribe.attributes("FilterPolicy", r#"{"severity": ["critical"]}"#).send().await.unwrap();
    Scene { topic: SnsTopic::new(caller.config.sns(), &arn), caller, queue, people: sqs }
}

impl Scene {
    async fn received(&self) -> Vec<Value> {
        let call = self.people.receive_message().queue_url(&self.queue).max_number_of_messages(10);
        let messages = call.send().await.unwrap().messages.unwrap_or_default();
        messages.iter().map(|message| serde_json::from_str(message.body().unwrap()).unwrap()).collect()
    }
}

fn message(id: &str, severity: &str) -> Message {
    Message {
        id: id.into(),
        subject: "Keytrail: API key reported compromised".to_owned(),
        text: "an email".to_owned(),
        short: "an SMS".to_owned(),
        json: json!({"id": id}).to_string(),
        chat: String::new(),
        ocsf: Vec::new(),
        attributes: BTreeMap::from([("severity", severity.to_owned()), ("region", "global".to_owned())]),
    }
}

#[test]
fn a_queue_gets_the_json_of_what_it_asked_for() {
    block_on(async {
        let scene = scene().await;
        for (id, severity) in [("1", "low"), ("2", "critical")] {
            scene.topic.publish(&message(id, severity)).await.unwrap();
        }
        let received = scene.received().await;
        assert_eq!(received.len(), 1, "{received:?}");
        let page: Value = serde_json::from_str(received[0]["Message"].as_str().unwrap()).unwrap();
        assert_eq!(page["id"], "2");
        assert_eq!(received[0]["MessageAttributes"]["notice"]["Value"], "2");
        assert_eq!(received[0]["MessageAttributes"]["region"]["Value"], "global");
        assert_eq!(received[0]["Subject"], "Keytrail: API key reported compromised");
    });
}

#[test]
fn the_largest_message_is_taken() {
    block_on(async {
        let scene = scene().await;
        let large = Message {
            text: "\"".repeat(64 * 1024),
            json: json!({"id": "3", "news": "\"".repeat(60 * 1024)}).to_string(),
            ..message("3", "critical")
        };
        scene.topic.publish(&large).await.unwrap();
        let received = scene.received().await;
        let page: Value = serde_json::from_str(received[0]["Message"].as_str().unwrap()).unwrap();
        assert_eq!(page["id"], "3");
    });
}

#[test]
fn errors_say_what_to_do() {
    block_on(async {
        let scene = scene().await;
        let publish = async || scene.topic.publish(&message("4", "critical")).await;
        for (code, status, count) in [("Throttled", 429, 3), ("InternalError", 500, 3)] {
            scene
                .caller
                .spoil(json!({"service": "sns", "count": count, "answer": {"code": code, "status": status}}));
            let error = publish().await.unwrap_err();
            assert!(matches!(error, PublishError::Later { .. }), "{code}: {error:?}");
            scene.caller.unspoil();
        }
        for (code, status) in [("AuthorizationError", 403), ("KMSDisabled", 400), ("NotFound", 404)] {
            scene
                .caller
                .spoil(json!({"service": "sns", "count": 1, "answer": {"code": code, "status": status}}));
            let error = publish().await.unwrap_err();
            let PublishError::Refused { code: said, .. } = &error else { panic!("{code}: {error:?}") };
            assert_eq!(&**said, code);
        }
        scene.caller.spoil(json!({"service": "sns", "disconnect": true}));
        assert!(matches!(publish().await.unwrap_err(), PublishError::Later { .. }));
        scene.caller.unspoil();
        publish().await.unwrap();
        assert_eq!(scene.received().await.len(), 1);
    });
}
