//! What goes wrong between the ledger and DynamoDB: answers that are lost after their effect, a busy table.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use keytrail_aws::dynamo::DynamoLedger;
use keytrail_engine::document::{Document, Facts};
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::{Span, Time};
use keytrail_ledger::{Commit, Ledger, LedgerError, Next, State, Version, Write};

use crate::local::{block_on, client, table};
use crate::outbox::{action, notice};

/// What happens to a call.
#[derive(Clone, Debug)]
enum Fault {
    /// None.
    Whole,
    /// It takes effect; its answer is lost.
    LostAnswer,
    /// It never arrives, and this is the answer.
    Instead(u16, String),
}

/// DynamoDB Local behind a line on which the planned faults happen to the next calls, one each.
#[derive(Clone, Debug)]
struct Line {
    whole: SharedHttpConnector,
    planned: Arc<Mutex<VecDeque<Fault>>>,
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        match self.planned.lock().unwrap().pop_front() {
            None | Some(Fault::Whole) => self.whole.call(request),
            Some(Fault::Instead(status, body)) => {
                let answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                HttpConnectorFuture::ready(Ok(answer))
            }
            Some(Fault::LostAnswer) => {
                let answer = self.whole.call(request);
                HttpConnectorFuture::new(async move {
                    answer.await?;
                    Err(ConnectorError::io("the answer was lost".into()))
                })
            }
        }
    }
}

#[derive(Debug)]
struct Lines {
    whole: aws_smithy_runtime_api::client::http::SharedHttpClient,
    planned: Arc<Mutex<VecDeque<Fault>>>,
}

impl HttpClient for Lines {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        parts: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let whole = self.whole.http_connector(settings, parts);
        SharedHttpConnector::new(Line { whole, planned: self.planned.clone() })
    }
}

/// A ledger in a new table, and the faults that its next calls meet.
async fn faulty() -> (DynamoLedger, Arc<Mutex<VecDeque<Fault>>>) {
    let planned = Arc::new(Mutex::new(VecDeque::new()));
    let whole = aws_smithy_http_client::Builder::new().build_http();
    let config =
        client().config().to_builder().http_client(Lines { whole, planned: planned.clone() }).build();
    let ledger = DynamoLedger::new(aws_sdk_dynamodb::Client::from_conf(config), &table().await);
    (ledger, planned)
}

fn now() -> Time {
    Time::parse("2026-08-01T05:00:00Z").unwrap()
}

fn user(name: &str) -> Document {
    let subject = SubjectId::parse(&format!("aws/111122223333/global/user/{name}")).unwrap();
    Document::empty(&DocumentId::main(subject)).unwrap()
}

fn one(document: Document, expected: Option<Version>) -> Commit {
    Commit { writes: vec![Write { document, expected, expires: None }], ..Commit::at(now()) }
}

fn refused(code: &str) -> Fault {
    Fault::Instead(
        400,
        format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{code}"}}"#),
    )
}

fn cancelled(reasons: &[&str]) -> Fault {
    let reasons: Vec<String> = reasons.iter().map(|code| format!(r#"{{"Code":"{code}"}}"#)).collect();
    Fault::Instead(
        400,
        format!(
            r#"{{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","message":"cancelled",
                "CancellationReasons":[{}]}}"#,
            reasons.join(",")
        ),
    )
}

#[test]
fn a_write_whose_answer_is_lost_is_written_once_and_is_no_conflict() {
    block_on(async {
        let (ledger, planned) = faulty().await;
        planned.lock().unwrap().push_back(Fault::LostAnswer);
        ledger.commit(&one(user("gateway"), None)).await.unwrap();
        let stored = ledger.load(&[user("gateway").id()], now()).await.unwrap();
        assert_eq!(stored[0].version, Version::FIRST);
    });
}

#[test]
fn another_writers_document_is_a_conflict_and_stays() {
    block_on(async {
        let (ledger, planned) = faulty().await;
        let mut theirs = user("gateway");
        let Facts::User(facts) = &mut theirs.facts else { panic!("a user") };
        facts.newer.insert("theirs".to_owned(), true.into());
        ledger.commit(&one(theirs.clone(), None)).await.unwrap();
        planned.lock().unwrap().push_back(Fault::LostAnswer);
        let error = ledger.commit(&one(user("gateway"), None)).await.unwrap_err();
        assert_eq!(error.next(), Next::Reload, "{error}");
        let stored = ledger.load(&[theirs.id()], now()).await.unwrap();
        assert_eq!(stored[0].document, theirs);
    });
}

#[test]
fn a_transaction_whose_answer_is_lost_happens_once_and_says_what_it_created() {
    block_on(async {
        let (ledger, planned) = faulty().await;
        let items = vec![action("1", State::Pending), notice("1")];
        let commit = Commit { items: items.clone(), ..one(user("gateway"), None) };
        // The look at what exists, an entry for each item, and the transaction; each is tried again.
        planned
            .lock()
            .unwrap()
            .extend((0..8).map(|n| if n % 2 == 0 { Fault::LostAnswer } else { Fault::Whole }));
        let created = ledger.commit(&commit).await.unwrap().created;
        assert_eq!(created, items.iter().map(keytrail_ledger::Item::id).collect::<Vec<_>>());
        assert!(planned.lock().unwrap().is_empty());
    });
}

#[test]
fn a_lease_whose_answer_is_lost_is_held_and_a_second_one_like_it_is_refused() {
    block_on(async {
        let (ledger, planned) = faulty().await;
        ledger.commit(&Commit { items: vec![notice("1")], ..Commit::at(now()) }).await.unwrap();
        let held = ledger.items(&[notice("1").id()]).await.unwrap().remove(0);
        let lease = held.to(State::Waiting { due: now() + Span::minutes(5) }, None);
        let commit = Commit { changes: vec![lease], ..Commit::at(now()) };
        planned.lock().unwrap().push_back(Fault::LostAnswer);
        ledger.commit(&commit).await.unwrap();
        let error = ledger.commit(&commit).await.unwrap_err();
        assert!(
            matches!(error, LedgerError::Conflict { .. }),
            "the very same lease of another function: {error}"
        );
    });
}

#[test]
fn a_busy_table_asks_for_a_pause_after_a_few_tries() {
    block_on(async {
        let (ledger, planned) = faulty().await;
        for code in ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"]
        {
            planned.lock().unwrap().extend([(); 3].map(|()| refused(code)));
            let error = ledger.commit(&one(user("gateway"), None)).await.unwrap_err();
            assert!(matches!(error, LedgerError::Throttled { .. }), "{code}: {error:?}");
            assert!(planned.lock().unwrap().is_empty());
        }
        planned.lock().unwrap().extend([(); 2].map(|()| refused("ThrottlingException")));
        ledger.commit(&one(user("gateway"), None)).await.unwrap();
    });
}

#[test]
fn the_reasons_of_a_cancelled_transaction_tell_a_pause_from_a_conflict() {
    block_on(async {
        let (ledger, planned) = faulty().await;
        let commit = Commit { items: vec![notice("1")], ..one(user("gateway"), None) };
        for (reasons, next) in [
            (["ThrottlingError", "None"], Next::BackOff),
            (["None", "ProvisionedThroughputExceeded"], Next::BackOff),
            (["TransactionConflict", "None"], Next::Reload),
            (["None", "TransactionConflict"], Next::Reload),
            (["ConditionalCheckFailed", "ThrottlingError"], Next::Reload),
            (["TransactionConflict", "ThrottlingError"], Next::BackOff),
            (["ConditionalCheckFailed", "ConditionalCheckFailed"], Next::Reload),
        ] {
            // The look at what exists, and the entry, are answered by a table that is empty.
            planned.lock().unwrap().extend([
                Fault::Instead(200, r#"{"Responses":{}}"#.into()),
                Fault::Instead(200, "{}".into()),
                cancelled(&reasons),
            ]);
            let error = ledger.commit(&commit).await.unwrap_err();
            assert_eq!(error.next(), next, "{reasons:?}: {error}");
        }
        assert!(ledger.load(&[user("gateway").id()], now()).await.unwrap().is_empty(), "nothing was written");
    });
}

#[test]
fn an_item_that_another_creates_between_look_and_write_stays_and_the_rest_is_written() {
    block_on(async {
        let (ledger, planned) = faulty().await;
        ledger.commit(&Commit { items: vec![notice("1")], ..Commit::at(now()) }).await.unwrap();
        let commit = Commit { items: vec![notice("1"), notice("2")], ..one(user("gateway"), None) };
        planned.lock().unwrap().push_back(Fault::Instead(200, r#"{"Responses":{}}"#.into()));
        let created = ledger.commit(&commit).await.unwrap().created;
        assert_eq!(created, [notice("2").id()]);
        assert_eq!(ledger.load(&[user("gateway").id()], now()).await.unwrap().len(), 1);
    });
}

#[test]
fn keys_that_a_busy_table_leaves_out_are_asked_for_again() {
    block_on(async {
        let (ledger, planned) = faulty().await;
        ledger.commit(&one(user("gateway"), None)).await.unwrap();
        let left_out = r#"{"Responses":{},"UnprocessedKeys":{"t":{"Keys":[
            {"pk":{"S":"aws/111122223333/global/user/gateway"},"sk":{"S":"main"}}]}}}"#;
        planned.lock().unwrap().push_back(Fault::Instead(200, left_out.into()));
        assert_eq!(ledger.load(&[user("gateway").id()], now()).await.unwrap().len(), 1);
        planned.lock().unwrap().extend([(); 4].map(|()| Fault::Instead(200, left_out.into())));
        let error = ledger.load(&[user("gateway").id()], now()).await.unwrap_err();
        assert!(matches!(error, LedgerError::Throttled { .. }), "{error}");
    });
}

#[test]
fn what_is_wrong_with_the_table_is_said() {
    block_on(async {
        let ledger = DynamoLedger::new(client(), "keytrail-nowhere");
        let error = ledger.load(&[user("gateway").id()], now()).await.unwrap_err();
        assert!(matches!(error, LedgerError::Unavailable { .. }), "{error:?}");
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("non-existent table"), "{source}");
    });
}
