//! Documents as large as they get, and texts as bad as they get.

use keytrail_engine::document::Document;
use keytrail_engine::event::{Caller, Event, Grant, KmsKeyChange, Lesson, What};
use keytrail_engine::finding::FindingId;
use keytrail_engine::ids::{Network, Principal};
use keytrail_engine::subject::{DocumentId, Part};

use super::story::{self, START, create, event, kms_key, user, writing};
use crate::ledger::Ledger;

/// Well under the 400 KB that DynamoDB takes.
const BOUND: usize = 350_000;

/// Text that takes several bytes a character in UTF-8 and in JSON.
fn long(characters: usize, salt: usize) -> String {
    format!("{salt}").chars().chain("\u{1}é\"\\𝄞".chars().cycle()).take(characters).collect()
}

fn by(mut event: Event, salt: usize) -> Event {
    event.caller = Caller { principal: Some(Principal::new(long(256, salt))), ..Caller::default() };
    event.event_id = Some(long(36, salt).into());
    event
}

fn filled(id: &DocumentId, what: impl Fn(usize) -> What) -> Document {
    let events: Vec<Event> =
        (0..400).map(|n| by(event(n as u64, 61 * i64::try_from(n).unwrap(), what(n)), n)).collect();
    story::document(id, &events)
}

pub async fn documents_at_their_bounds_are_stored_whole<L: Ledger>(ledger: &L) {
    let usage = story::usage("gateway");
    let hour = DocumentId { subject: usage.clone(), part: Part::Hour { hour: START, credential: None } };
    let call = |n: usize| {
        let What::BearerCall(mut call) = story::called("gateway") else { panic!() };
        call.log_group = Some(format!("/{n}/{}", "g".repeat(500)).as_str().into());
        What::BearerCall(call)
    };
    let documents = [
        filled(&DocumentId::main(kms_key("k")), |n| What::KmsKeyChanged {
            key: kms_key("k"),
            change: KmsKeyChange::PolicyChanged {
                policy: Some(long(32_768 / 3, n).into()),
                bypassed_lockout_check: true,
            },
        }),
        filled(&DocumentId::main(user("gateway")), |n| match n % 3 {
            0 => {
                What::UserGranted { user: "gateway".into(), grant: Grant::InlinePolicy(long(128, n).into()) }
            }
            1 => story::key_created(&format!("ACCA{n}"), "gateway"),
            _ => What::UserTagged {
                user: "gateway".into(),
                tag: long(128, n).into(),
                value: Some(long(256, n).into()),
            },
        }),
        filled(&DocumentId::main(usage.clone()), |n| match n % 3 {
            0 => What::Expected {
                subject: usage.clone(),
                lesson: Lesson {
                    findings: (0..8).map(|part| FindingId::new(&format!("{n:0>24}{part:0>8}"))).collect(),
                    networks: (0..8)
                        .map(|part| Network::new(format!("2001:db8:{n:x}:{part}::/64")))
                        .collect(),
                    taken_back: n % 2 == 0,
                },
                why: long(512, n).into(),
            },
            _ => call(n),
        }),
        filled(&hour, call),
        filled(&DocumentId::main(story::log_group("/a")), |n| story::associated("/a", &format!("{n}"))),
    ];
    ledger.commit(&writing(documents.iter().cloned().map(create))).await.unwrap();
    for document in documents {
        let size = serde_json::to_string(&document).unwrap().len();
        assert!((1_000..BOUND).contains(&size), "{}: {size}", document.subject);
        let stored = ledger.load(&[document.id()], START).await.unwrap();
        assert_eq!(stored[0].document, document);
    }
}

pub async fn hostile_text_is_stored_as_it_is<L: Ledger>(ledger: &L) {
    let names =
        ["a\u{0}b", "'; DROP TABLE documents; --", "𝄞\u{202e}é", "a/b//", "%_*?", " ", "=1+1", "a#main"];
    let documents: Vec<Document> = names.iter().map(|name| story::user_document(name)).collect();
    ledger.commit(&writing(documents.iter().cloned().map(create))).await.unwrap();
    for document in documents {
        let stored = ledger.load(&[document.id()], START).await.unwrap();
        assert_eq!(stored.len(), 1);
        assert_eq!(stored[0].document, document);
    }
}
