//! A budget holds in DynamoDB, however many ask at once.

use std::collections::BTreeSet;

use keytrail_engine::policy::{Allowance, Budget, Cause, WINDOW};
use keytrail_engine::time::Time;
use keytrail_ledger::{LedgerError, Permit, take_permit};

use crate::local::{block_on, client, table};
use keytrail_aws::dynamo::DynamoLedger;

/// Asks until there is an answer, as whoever drives an action again does.
async fn ask(ledger: DynamoLedger, action: String) -> Option<String> {
    let five = Allowance {
        cause: Cause::Rule,
        account: "111122223333".into(),
        budget: Budget { per_account: 5, over_all: 10 },
        window: WINDOW,
    };
    let now = Time::from_millis(1_785_542_400_000);
    for _ in 0..100 {
        match take_permit(&ledger, &five, &action, now).await {
            Ok(Permit::Granted) => return Some(action),
            Ok(Permit::Spent { .. }) => return None,
            Err(LedgerError::Conflict { .. } | LedgerError::Throttled { .. }) => {}
            Err(error) => panic!("{action}: {error}"),
        }
    }
    panic!("no answer for {action}");
}

#[test]
fn a_thousand_that_ask_at_once_get_exactly_five_permits() {
    block_on(async {
        let table = table().await;
        let client = client();
        let asking: Vec<_> = (0..1_000)
            .map(|n| tokio::spawn(ask(DynamoLedger::new(client.clone(), &table), format!("action-{n}"))))
            .collect();
        let mut granted = BTreeSet::new();
        for asked in asking {
            granted.extend(asked.await.unwrap());
        }
        assert_eq!(granted.len(), 5, "{granted:?}");
    });
}
