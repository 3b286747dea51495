//! Small things for the tests to happen.

use keytrail_engine::document::Document;
use keytrail_engine::event::{
    ApiKeySeen, BearerCall, Caller, CompromiseSource, Compromised, Event, Expiry, KmsKeyChange, KmsKeyRef,
    LogTargetName, Place, Status, Token, What,
};
use keytrail_engine::fingerprint::hash64;
use keytrail_engine::ids::{AccountId, RecordId};
use keytrail_engine::subject::{DocumentId, SubjectId};
use keytrail_engine::time::{Span, Time};

use crate::commit::{Commit, Write};
use crate::error::LedgerError;
use crate::ledger::Ledger;

/// 2026-08-01T00:00:00Z.
pub const START: Time = Time::from_millis(1_785_542_400_000);

pub fn at(minutes: i64) -> Time {
    START + Span::minutes(minutes)
}

/// An event of a record that is told by its number.
pub fn event(record: u64, minutes: i64, what: What) -> Event {
    let (partition, account, region) = ("aws".into(), "111122223333".into(), "us-east-1".into());
    Event {
        record: RecordId(record),
        event_id: None,
        revision: 0,
        time: Some(at(minutes)),
        place: Place { partition, account, region },
        caller: Caller::default(),
        foreign_envelope: false,
        what,
    }
}

fn seen(key: &str, user: &str, expires: Expiry) -> ApiKeySeen {
    ApiKeySeen {
        key: key.into(),
        user: Some(user.into()),
        service: Some("logs.amazonaws.com".into()),
        status: Some(Status::Active),
        created: None,
        expires: Some(expires),
        alias: None,
    }
}

pub fn key_created(key: &str, user: &str) -> What {
    What::ApiKeyCreated(seen(key, user, Expiry::At(START + Span::days(30))))
}

pub fn key_without_end_created(key: &str, user: &str) -> What {
    What::ApiKeyCreated(seen(key, user, Expiry::Never))
}

pub fn key_deleted(key: &str, user: &str) -> What {
    What::ApiKeyDeleted { key: key.into(), user: Some(user.into()) }
}

pub fn key_status(key: &str, user: &str, status: Status) -> What {
    What::ApiKeyStatusChanged { key: key.into(), user: Some(user.into()), status }
}

pub fn key_compromised(key: &str) -> What {
    let source = CompromiseSource::Health("AWS_RISK_CREDENTIALS_COMPROMISED".into());
    What::CompromiseReported { of: Compromised::ApiKey(key.into()), source }
}

pub fn called(user: &str) -> What {
    What::BearerCall(BearerCall {
        service: "logs.amazonaws.com".into(),
        user: Some(user.into()),
        key: None,
        token: Token::LongTerm,
        log_group: Some("/checkout/orders".into()),
        denied: None,
    })
}

pub fn target(name: &str) -> LogTargetName {
    LogTargetName::LogGroup(name.into())
}

pub fn associated(group: &str, key: &str) -> What {
    What::Associated { target: target(group), key: KmsKeyRef::Key(kms_key(key)) }
}

pub fn deletion_scheduled(key: &str) -> What {
    let change =
        KmsKeyChange::DeletionScheduled { date: Some(START + Span::days(7)), waits_for_replicas: false };
    What::KmsKeyChanged { key: kms_key(key), change }
}

pub fn deletion_cancelled(key: &str) -> What {
    What::KmsKeyChanged { key: kms_key(key), change: KmsKeyChange::DeletionCancelled }
}

pub fn log_group_deleted(group: &str) -> What {
    What::LogGroupDeleted { target: target(group) }
}

pub fn user_created(user: &str) -> What {
    What::UserCreated { user: user.into() }
}

pub fn user(name: &str) -> SubjectId {
    SubjectId::user("aws".into(), "111122223333".into(), &name.into())
}

pub fn api_key(id: &str) -> SubjectId {
    SubjectId::api_key("aws".into(), "111122223333".into(), &id.into())
}

pub fn usage(user: &str) -> SubjectId {
    SubjectId::usage("aws".into(), "111122223333".into(), &"logs.amazonaws.com".into(), &user.into())
}

pub fn kms_key(id: &str) -> SubjectId {
    SubjectId::kms_key("aws".into(), "111122223333".into(), "us-east-1".into(), &id.into())
}

pub fn log_group(name: &str) -> SubjectId {
    SubjectId::log_target("aws".into(), "111122223333".into(), "us-east-1".into(), &target(name))
}

/// A document that has taken in events.
pub fn document(id: &DocumentId, events: &[Event]) -> Document {
    let mut document = Document::empty(id).unwrap();
    for event in events {
        document.absorb(event);
    }
    document
}

/// The document of a user that was created.
pub fn user_document(name: &str) -> Document {
    document(&DocumentId::main(user(name)), &[event(1, 0, user_created(name))])
}

pub fn create(document: Document) -> Write {
    Write { document, expected: None, expires: None }
}

pub fn writing(writes: impl IntoIterator<Item = Write>) -> Commit {
    Commit { writes: writes.into_iter().collect(), ..Commit::at(START) }
}

/// Creates documents, as many at once as a ledger takes.
pub async fn create_all<L: Ledger>(
    ledger: &L,
    documents: impl IntoIterator<Item = Document>,
) -> Result<(), LedgerError> {
    let writes: Vec<Write> = documents.into_iter().map(create).collect();
    for writes in writes.chunks(crate::commit::LARGEST_COMMIT) {
        ledger.commit(&writing(writes.to_vec())).await?;
    }
    Ok(())
}

/// A story of an account, its names all its own: keys that come and go, calls, and a KMS key in danger.
pub fn story(prefix: &str) -> Vec<Event> {
    let (one, two) = (format!("ACCA{prefix}1"), format!("ACCA{prefix}2"));
    let (user, kms) = (format!("{prefix}-gateway"), format!("{prefix}-key"));
    let (orders, audit) = (format!("/{prefix}/orders"), format!("/{prefix}/audit"));
    let mut told = vec![
        (0, user_created(&user)),
        (1, key_without_end_created(&one, &user)),
        (2, associated(&orders, &kms)),
        (3, associated(&audit, &kms)),
        (90, key_created(&two, &user)),
        (200, key_status(&one, &user, Status::Inactive)),
        (210, key_compromised(&two)),
        (220, deletion_scheduled(&kms)),
        (230, log_group_deleted(&audit)),
        (240, associated(&audit, &format!("{prefix}-other"))),
        (250, key_deleted(&one, &user)),
    ];
    told.extend([30, 40, 100, 110, 170, 260].map(|minutes| (minutes, called(&user))));
    // An account of its own too: what is seen of an account has one document.
    let account: AccountId = (&*format!("{:012}", hash64("account", prefix) % 1_000_000_000_000)).into();
    let mut events: Vec<Event> =
        (1..).zip(told).map(|(record, (minutes, what))| event(record, minutes, what)).collect();
    events.iter_mut().for_each(|event| event.place.account = account.clone());
    events
}
