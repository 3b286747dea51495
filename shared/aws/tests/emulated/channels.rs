//! Copies of a page on an event bus and in a topic for chats.

use std::collections::BTreeMap;

use keytrail_aws::channels::{Channels, ChatTopic, EventBus, SnsTopic};
use keytrail_aws::json_call::EVENTS;
use keytrail_ledger::capability::{Message, Publisher};
use serde_json::{Value, json};

use crate::emulator::{Caller, block_on, unique};

/// Channels, with a queue behind each: of pages, of the bus, of chats.
struct Scene {
    caller: Caller,
    channels: Channels,
    queues: [String; 3],
    people: aws_sdk_sqs::Client,
}

async fn scene() -> Scene {
    let (caller, people) = (Caller::new(), Caller::new());
    let (sns, sqs, events) = (people.config.sns(), people.config.sqs(), people.config.json(EVENTS));
    let mut queues = Vec::new();
    let mut arns = Vec::new();
    for name in ["pages", "bus", "chat"] {
        let name = unique(name);
        let queue = sqs.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
        queues.push(queue);
        let arn = format!("arn:aws:sqs:us-east-1:123456789012:{name}");
        if name.starts_with("bus") {
            let rule =
                json!({"Name": name, "EventBusName": name, "EventPattern": r#"{"source": ["keytrail"]}"#});
            let targets =
                json!({"Rule": name, "EventBusName": name, "Targets": [{"Id": "queue", "Arn": arn}]});
            let bus: Value = events.call("CreateEventBus", &json!({"Name": name})).await.unwrap();
            let _: Value = events.call("PutRule", &rule).await.unwrap();
            let _: Value = events.call("PutTargets", &targets).await.unwrap();
            arns.push(bus["EventBusArn"].as_str().unwrap().to_owned());
        } else {
            let topic = sns.create_topic().name(&name).send().await.unwrap().topic_arn.unwrap();
            sns.subscribe().topic_arn(&topic).protocol("sqs").endpoint(arn).send().await.unwrap();
            arns.push(topic);
        }
    }
    let channels = Channels {
        pages: SnsTopic::new(caller.config.sns(), &arns[0]),
        bus: Some(EventBus::new(caller.config.json(EVENTS), &arns[1])),
        chat: Some(ChatTopic::new(caller.config.sns(), &arns[2])),
    };
    Scene { caller, channels, queues: queues.try_into().unwrap(), people: sqs }
}

impl Scene {
    async fn received(&self, queue: usize) -> Vec<Value> {
        let call = self.people.receive_message().queue_url(&self.queues[queue]).max_number_of_messages(10);
        let messages = call.send().await.unwrap().messages.unwrap_or_default();
        messages.iter().map(|message| serde_json::from_str(message.body().unwrap()).unwrap()).collect()
    }
}

fn message() -> Message {
    Message {
        id: "0123".into(),
        subject: "Keytrail: API key reported compromised".to_owned(),
        text: "an email".to_owned(),
        short: "an SMS".to_owned(),
        json: json!({"id": "0123", "kind": "finding"}).to_string(),
        chat: json!({"version": "1.0", "source": "custom"}).to_string(),
        ocsf: vec![json!({"class_uid": 2004}).to_string()],
        attributes: BTreeMap::from([("severity", "critical".to_owned())]),
    }
}

#[test]
fn a_page_is_on_the_bus_twice_and_in_the_chat_once() {
    block_on(async {
        let scene = scene().await;
        scene.channels.publish(&message()).await.unwrap();
        assert_eq!(scene.received(0).await.len(), 1);
        let mut on_the_bus = scene.received(1).await;
        on_the_bus.sort_by_key(|event| event["detail-type"].as_str().unwrap().to_owned());
        let said: Vec<_> =
            on_the_bus.iter().map(|it| (&it["source"], &it["detail-type"], &it["detail"])).collect();
        assert_eq!(
            said,
            [
                (&json!("keytrail"), &json!("Keytrail Notice"), &json!({"id": "0123", "kind": "finding"})),
                (&json!("keytrail"), &json!("OCSF Detection Finding"), &json!({"class_uid": 2004})),
            ]
        );
        let chat = scene.received(2).await;
        let text: Value = serde_json::from_str(chat[0]["Message"].as_str().unwrap()).unwrap();
        assert_eq!((chat.len(), &text["source"]), (1, &json!("custom")));
    });
}

#[test]
fn a_copy_that_fails_is_no_reason_to_page_again_and_no_page_is_no_copy() {
    block_on(async {
        let scene = scene().await;
        let refused = json!({"code": "AccessDeniedException", "status": 400});
        scene
            .caller
            .spoil(json!({"service": "events", "action": "PutEvents", "count": 1, "answer": refused}));
        scene.channels.publish(&message()).await.unwrap();
        scene.caller.unspoil();
        assert_eq!((scene.received(0).await.len(), scene.received(1).await.len()), (1, 0));
        assert_eq!(scene.received(2).await.len(), 1, "the other copy is sent all the same");
        let denied = json!({"code": "AuthorizationError", "status": 403});
        scene.caller.spoil(json!({"service": "sns", "count": 1, "answer": denied}));
        scene.channels.publish(&message()).await.unwrap_err();
        scene.caller.unspoil();
        assert_eq!((scene.received(1).await.len(), scene.received(2).await.len()), (0, 0));
    });
}
