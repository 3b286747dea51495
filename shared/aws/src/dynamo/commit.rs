//! Writing all of a commit or nothing, for the least that DynamoDB asks.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use keytrail_ledger::{Commit, Committed, Item, ItemId, LedgerError};

use super::DynamoLedger;
use super::attribute::{Attributes, PK, TOKEN, text};
use super::error::{is_busy, is_overtaken, ledger_error};
use super::outbox::{entry_of, item_id, item_key};
use super::plan::{Condition, Planned, Step, fits, plan_change, plan_check, plan_item, plan_write};

/// How often somebody else may create one of our items between our look and our write. Each time there is one fewer
/// to create, so that more than a few times is no race but a fault.
const RACES: usize = 8;

/// What became of a transaction.
enum Transacted {
    /// It is written.
    Written,
    /// Nothing is written: somebody created these items first.
    Existing(BTreeSet<ItemId>),
}

impl DynamoLedger {
    pub(super) async fn write(&self, commit: &Commit) -> Result<Committed, LedgerError> {
        commit.validate()?;
        let mut existing = self.existing(&commit.items).await?;
        for item in commit.items.iter().filter(|item| !existing.contains(&item.id())) {
            self.enter(item).await?;
        }
        for _ in 0..RACES {
            let new = || commit.items.iter().filter(|item| !existing.contains(&item.id()));
            match self.run(plan(commit, new())?).await? {
                Transacted::Written => return Ok(Committed { created: new().map(Item::id).collect() }),
                Transacted::Existing(more) => existing.extend(more),
            }
        }
        Err(LedgerError::Conflict { what: "an outbox item".into() })
    }

    /// Which of these items there are already. Looking costs less than a transaction that fails.
    async fn existing(&self, items: &[Item]) -> Result<BTreeSet<ItemId>, LedgerError> {
        if items.is_empty() {
            return Ok(BTreeSet::new());
        }
        let found = self.get(items.iter().map(|item| item_key(&item.id())), Some(PK)).await?;
        Ok(found.iter().filter_map(|item| item_id(text(item, PK))).collect())
    }

    /// Enters an item under its subject, before it is there: an entry of nothing says nothing, an item without an entry
    /// would be overlooked.
    async fn enter(&self, item: &Item) -> Result<(), LedgerError> {
        let put = self.client.put_item().table_name(&*self.table).set_item(Some(entry_of(item)?));
        let done = put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        let done = done.map_err(|error| ledger_error("enter an item", &item.id().to_string(), error))?;
        self.meter.write(done.consumed_capacity());
        Ok(())
    }

    async fn run(&self, mut steps: Vec<Planned>) -> Result<Transacted, LedgerError> {
        match (steps.pop(), steps.is_empty()) {
            (None, _) => Ok(Transacted::Written),
            (Some(Planned { what, step: Step::Document { item, condition } }), true) => {
                self.put(&what, item, &condition).await.map(|()| Transacted::Written)
            }
            (Some(last), _) => {
                steps.push(last);
                self.transact(steps).await
            }
        }
    }

    /// Writes one item at half of what a transaction would cost.
    pub(super) async fn put(
        &self,
        what: &str,
        mut item: Attributes,
        condition: &Condition,
    ) -> Result<(), LedgerError> {
        item.insert(TOKEN.to_owned(), AttributeValue::B(fastrand::u64(..).to_be_bytes().to_vec().into()));
        let mut put = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item.clone()))
            .condition_expression(condition.expression())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        for (short, name) in condition.names() {
            put = put.expression_attribute_names(short, name);
        }
        for (short, value) in condition.values() {
            put = put.expression_attribute_values(short, value);
        }
        match put.send().await {
            Ok(done) => {
                self.meter.write(done.consumed_capacity());
                Ok(())
            }
            Err(error) if found_instead(&error).is_some_and(|there| there.get(TOKEN) == item.get(TOKEN)) => {
                Ok(())
            }
            Err(error) => Err(ledger_error("write a document", what, error)),
        }
    }

    async fn transact(&self, steps: Vec<Planned>) -> Result<Transacted, LedgerError> {
        const ATTEMPT: &str = "write a transaction";
        fits(&steps)?;
        let parts = steps.iter().map(|planned| planned.step.clone().in_transaction(&self.table));
        let parts = parts.collect::<Result<_, _>>();
        let parts =
            parts.map_err(|source| LedgerError::Unavailable { attempt: ATTEMPT, source: source.into() })?;
        // The SDK sends one token with every try of this call, so that a try whose answer was lost isn't made twice.
        let transaction = self.client.transact_write_items().set_transact_items(Some(parts));
        match transaction.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(done) => {
                self.meter.write(done.consumed_capacity());
                Ok(Transacted::Written)
            }
            Err(error) => match cancelled(&error).map(|reasons| judge(&steps, reasons)) {
                Some(Verdict::Existing(ids)) => Ok(Transacted::Existing(ids)),
                Some(Verdict::Overtaken(what)) => Err(LedgerError::Conflict { what }),
                Some(Verdict::Busy) => {
                    Err(LedgerError::Throttled { source: Box::new(error.into_service_error()) })
                }
                Some(Verdict::Refused) | None => Err(ledger_error(ATTEMPT, &self.table, error)),
            },
        }
    }
}

fn plan<'a>(commit: &Commit, new: impl Iterator<Item = &'a Item>) -> Result<Vec<Planned>, LedgerError> {
    let mut steps = Vec::with_capacity(commit.len());
    for write in &commit.writes {
        steps.push(plan_write(write, commit.now)?);
    }
    steps.extend(commit.checks.iter().map(|check| plan_check(check, commit.now)));
    for change in &commit.changes {
        steps.push(plan_change(change, commit.now)?);
    }
    for item in new {
        steps.push(plan_item(item)?);
    }
    Ok(steps)
}

/// What was there instead of what was expected. If it has our token, an earlier try of the same call had succeeded,
/// and its answer was lost.
fn found_instead(error: &SdkError<PutItemError>) -> Option<&Attributes> {
    match error.as_service_error()? {
        PutItemError::ConditionalCheckFailedException(failed) => failed.item(),
        _ => None,
    }
}

fn cancelled(error: &SdkError<TransactWriteItemsError>) -> Option<&[CancellationReason]> {
    match error.as_service_error()? {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            Some(cancelled.cancellation_reasons())
        }
        _ => None,
    }
}

/// What the reasons for a cancelled transaction come to.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// Another writer changed this, or is about to.
    Overtaken(Box<str>),
    /// The table asks for a pause.
    Busy,
    /// These items exist already, and that was all.
    Existing(BTreeSet<ItemId>),
    /// Something else.
    Refused,
}

/// A reason for each step, in their order. A version that is gone outweighs the rest: after a pause the same would
/// fail again.
fn judge(steps: &[Planned], reasons: &[CancellationReason]) -> Verdict {
    let mut existing = BTreeSet::new();
    let (mut busy, mut refused, mut contended) = (false, false, None);
    for (planned, code) in steps.iter().zip(reasons.iter().map(|reason| reason.code().unwrap_or("None"))) {
        match (&planned.step, code) {
            (_, "None") => {}
            (Step::Create { id, .. }, "ConditionalCheckFailed") => {
                existing.insert(id.clone());
            }
            (_, "ConditionalCheckFailed") => return Verdict::Overtaken(planned.what.clone()),
            (_, code) if is_overtaken(code) => contended = contended.or(Some(&planned.what)),
            (_, code) if is_busy(code) => busy = true,
            _ => refused = true,
        }
    }
    match contended {
        _ if refused => Verdict::Refused,
        _ if busy => Verdict::Busy,
        Some(what) => Verdict::Overtaken(what.clone()),
        None if existing.is_empty() => Verdict::Refused,
        None => Verdict::Existing(existing),
    }
}
