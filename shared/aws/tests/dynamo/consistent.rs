//! What is read by address is read consistently, as DynamoDB is asked: its local engine always is, so that only the request tells.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use keytrail_aws::dynamo::DynamoLedger;
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::Time;
use keytrail_ledger::{Commit, ItemKind, Ledger, Parts, Slots, State};
use serde_json::Value;

use crate::local::{block_on, client, table};
use crate::outbox::action;

/// A line that remembers what was asked.
#[derive(Clone, Debug)]
struct Listening {
    whole: SharedHttpClient,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
}

#[derive(Debug)]
struct Line(SharedHttpConnector, Arc<Mutex<Vec<(String, Value)>>>);

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        self.1.lock().unwrap().push((operation, body));
        self.0.call(request)
    }
}

impl HttpClient for Listening {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        parts: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Line(self.whole.http_connector(settings, parts), self.heard.clone()))
    }
}

#[test]
fn documents_items_and_values_are_read_consistently() {
    block_on(async {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let whole = aws_smithy_http_client::Builder::new().build_http();
        let config = client().config().to_builder();
        let config = config.http_client(Listening { whole, heard: heard.clone() }).build();
        let ledger = DynamoLedger::new(aws_sdk_dynamodb::Client::from_conf(config), &table().await);
        let now = Time::parse("2026-08-01T05:00:00Z").unwrap();
        let subject = SubjectId::parse("aws/111122223333/global/user/gateway").unwrap();
        let item = action("1", State::Pending);
        ledger.commit(&Commit { items: vec![item.clone()], ..Commit::at(now) }).await.unwrap();
        heard.lock().unwrap().clear();

        ledger.load(&[DocumentId::main(subject.clone())], now).await.unwrap();
        ledger.items(&[item.id()]).await.unwrap();
        ledger.parts(&subject, Parts::Hours, now).await.unwrap();
        ledger.items_about(&subject, ItemKind::Action).await.unwrap();
        ledger.slot("heartbeat").await.unwrap();
        ledger.epoch().await.unwrap();
        let heard = heard.lock().unwrap();
        let mut reads = 0;
        for (operation, body) in heard.iter() {
            let tables = match operation.as_str() {
                "BatchGetItem" => body["RequestItems"].as_object().unwrap().values().collect(),
                _ => vec![body],
            };
            for asked in tables {
                assert_eq!(asked["ConsistentRead"], Value::Bool(true), "{operation} {asked}");
                reads += 1;
            }
        }
        assert!(reads >= 6, "{reads} of {heard:?}");
    });
}
