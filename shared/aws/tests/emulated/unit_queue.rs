//! Sweep's own queue.

use std::collections::BTreeSet;

use keytrail_aws::SqsUnitQueue;
use keytrail_engine::time::Span;
use keytrail_ledger::capability::UnitQueue;
use serde_json::json;

use crate::emulator::{Caller, block_on, unique};

async fn queue(caller: &Caller) -> (SqsUnitQueue, aws_sdk_sqs::Client, String) {
    let sqs = Caller::new().config.sqs();
    let made = sqs.create_queue().queue_name(unique("units")).send().await.unwrap();
    let url = made.queue_url().unwrap().to_owned();
    (SqsUnitQueue::new(&caller.config, &url), sqs, url)
}

async fn received(sqs: &aws_sdk_sqs::Client, url: &str) -> BTreeSet<String> {
    let mut bodies = BTreeSet::new();
    loop {
        let batch = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await.unwrap();
        if batch.messages().is_empty() {
            return bodies;
        }
        bodies.extend(batch.messages().iter().map(|message| message.body().unwrap().to_owned()));
    }
}

#[test]
fn any_number_is_sent_ten_to_a_call() {
    block_on(async {
        let caller = Caller::new();
        let (queue, sqs, url) = queue(&caller).await;
        let bodies: Vec<_> = (0..23).map(|number| format!(r#"{{"unit":{number}}}"#)).collect();
        queue.send(&bodies, Span::seconds(0)).await.unwrap();
        assert_eq!(received(&sqs, &url).await, bodies.into_iter().collect());
        assert_eq!(caller.actions(), ["SendMessageBatch"; 3]);
    });
}

#[test]
fn a_message_with_a_pause_does_not_come_before() {
    block_on(async {
        let caller = Caller::new();
        let (queue, sqs, url) = queue(&caller).await;
        queue.send(&["later".to_owned()], Span::minutes(15)).await.unwrap();
        queue.send(&["now".to_owned()], Span::seconds(0)).await.unwrap();
        assert_eq!(received(&sqs, &url).await, ["now".to_owned()].into());
    });
}

#[test]
fn a_refusal_has_its_code() {
    block_on(async {
        let caller = Caller::new();
        let (queue, _, _) = queue(&caller).await;
        caller
            .spoil(json!({"service": "sqs", "count": 1, "answer": {"code": "AccessDenied", "status": 403}}));
        let error = queue.send(&["a".to_owned()], Span::seconds(0)).await.unwrap_err();
        assert!(error.code.contains("AccessDenied"), "{error:?}");
        let sent = SqsUnitQueue::new(&caller.config, "http://127.0.0.1/123456789012/none");
        assert!(sent.send(&["a".to_owned()], Span::seconds(0)).await.is_err());
    });
}
