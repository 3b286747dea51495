//! Calls of services that speak JSON.

use keytrail_aws::json_call::{CLOUDTRAIL, JsonClient, KMS, LOGS, SSM};
use keytrail_aws::{Failure, FailureKind};
use serde_json::{Value, json};

use crate::emulator::{Caller, block_on, unique};

async fn put(client: &JsonClient, name: &str, value: &str) {
    let parameters = json!({"Name": name, "Value": value, "Type": "String"});
    let _: Value = client.call("PutParameter", &parameters).await.unwrap();
}

async fn get(client: &JsonClient, name: &str) -> Result<String, Failure> {
    let found: Value = client.call("GetParameter", &json!({"Name": name})).await?;
    Ok(found["Parameter"]["Value"].as_str().unwrap().to_owned())
}

#[test]
fn what_is_written_is_read_signed_by_the_caller_for_the_service() {
    block_on(async {
        let caller = Caller::new();
        let client = caller.config.json(SSM);
        let name = unique("/keytrail/é");
        put(&client, &name, "quotes \" and\nlines").await;
        assert_eq!(get(&client, &name).await.unwrap(), "quotes \" and\nlines");
        let calls = caller.calls();
        assert_eq!(caller.actions(), ["PutParameter", "GetParameter"]);
        assert!(calls.iter().all(|call| call["service"] == "ssm"), "{calls:?}");
    });
}

#[test]
fn each_service_understands_its_calls() {
    block_on(async {
        let caller = Caller::new();
        let listed = |answer: Result<Value, Failure>, of: &str| answer.unwrap()[of].is_array();
        let none = json!({});
        assert!(listed(caller.config.json(LOGS).call("DescribeLogGroups", &none).await, "logGroups"));
        assert!(listed(caller.config.json(CLOUDTRAIL).call("DescribeTrails", &none).await, "trailList"));
        assert!(listed(caller.config.json(KMS).call("ListKeys", &none).await, "Keys"));
    });
}

#[test]
fn an_error_has_its_code_and_words() {
    block_on(async {
        let failure = get(&Caller::new().config.json(SSM), "/keytrail/nowhere").await.unwrap_err();
        assert_eq!((failure.kind, &*failure.code), (FailureKind::Refused, "ParameterNotFound"));
        assert!(failure.source.to_string().contains("/keytrail/nowhere"), "{failure:?}");
    });
}

#[test]
fn a_busy_service_is_asked_again_a_few_times() {
    block_on(async {
        let caller = Caller::new();
        let client = caller.config.json(SSM);
        let name = unique("/keytrail/busy");
        put(&client, &name, "here").await;
        let busy = |count| {
            caller.spoil(
                json!({"service": "ssm", "count": count, "answer": {"code": "ThrottlingException", "status": 400}}),
            );
        };
        busy(2);
        assert_eq!(get(&client, &name).await.unwrap(), "here");
        busy(3);
        let failure = get(&client, &name).await.unwrap_err();
        assert_eq!((failure.kind, &*failure.code), (FailureKind::Later, "ThrottlingException"));
        assert_eq!(caller.actions().len(), 1 + 3 + 3);
    });
}

#[test]
fn a_closed_connection_is_no_answer_and_another_connection_is_made() {
    block_on(async {
        let caller = Caller::new();
        let client = caller.config.json(SSM);
        let name = unique("/keytrail/closed");
        put(&client, &name, "here").await;
        caller.spoil(json!({"service": "ssm", "count": 3, "disconnect": true}));
        assert_eq!(get(&client, &name).await.unwrap_err().kind, FailureKind::Unreachable);
        assert_eq!(get(&client, &name).await.unwrap(), "here");
    });
}

#[test]
fn an_answer_of_another_shape_is_refused() {
    block_on(async {
        let client = Caller::new().config.json(SSM);
        let name = unique("/keytrail/shape");
        put(&client, &name, "here").await;
        let failure = client.call::<_, Vec<u8>>("GetParameter", &json!({"Name": name})).await.unwrap_err();
        assert_eq!((failure.kind, &*failure.code), (FailureKind::Refused, "UnreadableAnswer"));
    });
}
