//! A commit as the writes that DynamoDB is asked for.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use keytrail_engine::time::Time;
use keytrail_ledger::form::address;
use keytrail_ledger::{Change, Check, Item, ItemId, LedgerError, State, Version, Write};

use super::attribute::{
    Attributes, CHANGED, DRIVE, DUE, EXPIRES, OUTCOME, STATE, VERSION, n, s, second, size,
};
use super::document::{document_key, item_of as document_item};
use super::outbox::{item_key, item_of, outcome_value};

/// The most that DynamoDB takes in one transaction.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
pub(super) const MOST_WRITES: usize = 100;
const MOST_BYTES: usize = 4 << 20;

/// What has to hold for a write.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    expression: &'static str,
    names: Vec<(&'static str, &'static str)>,
    values: Vec<(&'static str, AttributeValue)>,
}

impl Condition {
    /// The version must be this one; for `None` there must be nothing, or only what has aged out.
    fn version(expected: Option<Version>, now: Time) -> Self {
        match expected {
            Some(version) => Self {
                expression: "#version = :expected",
                names: vec![("#version", VERSION)],
                values: vec![(":expected", n(version.number()))],
            },
            None => Self {
                expression: "attribute_not_exists(pk) OR #expires <= :now",
                names: vec![("#expires", EXPIRES)],
                values: vec![(":now", n(second(now)))],
            },
        }
    }

    /// The version must be this one; for `None` there must be nothing.
    pub(super) fn exact(expected: Option<Version>) -> Self {
        match expected {
            Some(_) => Self::version(expected, Time::from_millis(0)),
            None => Self::absent(),
        }
    }

    fn absent() -> Self {
        Self { expression: "attribute_not_exists(pk)", names: Vec::new(), values: Vec::new() }
    }

    /// The condition in DynamoDB's language.
    pub(super) const fn expression(&self) -> &'static str {
        self.expression
    }

    /// The names in it.
    pub(super) fn names(&self) -> impl Iterator<Item = (String, String)> {
        self.names.iter().map(|(short, name)| ((*short).to_owned(), (*name).to_owned()))
    }

    /// The values in it.
    pub(super) fn values(&self) -> impl Iterator<Item = (String, AttributeValue)> {
        self.values.iter().map(|(short, value)| ((*short).to_owned(), value.clone()))
    }
}

/// One write, or one condition without a write.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Writes a document.
    Document { item: Attributes, condition: Condition },
    /// Only demands something of a document.
    Check { key: Attributes, condition: Condition },
    /// Creates an outbox item.
    Create { id: ItemId, item: Attributes },
    /// Moves an outbox item on.
    Change(Move),
}

/// The move of an outbox item into another state, as the clauses of an update.
#[derive(Clone, Debug)]
pub(super) struct Move {
    key: Attributes,
    set: Vec<&'static str>,
    remove: Vec<&'static str>,
    add: Vec<&'static str>,
    values: Vec<(&'static str, AttributeValue)>,
}

/// The names that a [`Move`]'s clauses may use.
const NAMES: [(&str, &str); 6] = [
    ("#version", VERSION),
    ("#state", STATE),
    ("#changed", CHANGED),
    ("#due", DUE),
    ("#outcome", OUTCOME),
    ("#drive", DRIVE),
];

/// A step, and what it is about.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// The address of it, for messages.
    pub(super) what: Box<str>,
    /// The step.
    pub(super) step: Step,
}

/// The step of a write.
pub(super) fn plan_write(write: &Write, now: Time) -> Result<Planned, LedgerError> {
    let condition = Condition::version(write.expected, now);
    let step = Step::Document { item: document_item(write)?, condition };
    Ok(Planned { what: address(&write.document.id()), step })
}

/// The step of a check.
pub(super) fn plan_check(check: &Check, now: Time) -> Planned {
    let condition = Condition::version(check.version, now);
    Planned {
        what: address(&check.document),
        step: Step::Check { key: document_key(&check.document), condition },
    }
}

/// The step of a new item.
pub(super) fn plan_item(item: &Item) -> Result<Planned, LedgerError> {
    let id = item.id();
    Ok(Planned { what: id.to_string().into(), step: Step::Create { item: item_of(item)?, id } })
}

/// The step of a change.
pub(super) fn plan_change(change: &Change, now: Time) -> Result<Planned, LedgerError> {
    let what: Box<str> = change.item.to_string().into();
    let mut step = Move {
        key: item_key(&change.item),
        set: vec!["#version = :version", "#state = :state", "#changed = :changed"],
        remove: Vec::new(),
        add: Vec::new(),
        values: vec![
            (":expected", n(change.expected.number())),
            (":version", n(change.expected.next().number())),
            (":state", s(change.state.word())),
            (":changed", n(now.millis())),
        ],
    };
    step.set_or_remove(change.state.due(now).map(|due| n(due.millis())), "#due = :due", ":due", "#due");
    let outcome = change.outcome.as_ref().map(|outcome| outcome_value(outcome, &what)).transpose()?;
    step.set_or_remove(outcome, "#outcome = :outcome", ":outcome", "#outcome");
    if change.state == State::Pending {
        step.add.push("#drive :once");
        step.values.push((":once", n(1)));
    }
    Ok(Planned { what, step: Step::Change(step) })
}

/// Refuses what one transaction can't hold.
pub(super) fn fits(steps: &[Planned]) -> Result<(), LedgerError> {
    let bytes: usize = steps.iter().map(|planned| planned.step.bytes()).sum();
    if steps.len() > MOST_WRITES || bytes > MOST_BYTES {
        let what = format!("a commit of {} writes and {bytes} bytes", steps.len());
        return Err(LedgerError::Unstorable {
            what: what.into(),
            why: "it is too large for one transaction",
        });
    }
    Ok(())
}

impl Step {
    fn bytes(&self) -> usize {
        match self {
            Self::Document { item, .. } | Self::Create { item, .. } => size(item),
            Self::Check { .. } | Self::Change(_) => 0,
        }
    }

    /// The step as a part of a transaction.
    pub(super) fn in_transaction(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let part = TransactWriteItem::builder();
        Ok(match self {
            Self::Document { item, condition } => part.put(put(table, item, &condition)?),
            Self::Create { item, .. } => part.put(put(table, item, &Condition::absent())?),
            Self::Check { key, condition } => part.condition_check(check(table, key, &condition)?),
            Self::Change(change) => part.update(change.update(table)?),
        }
        .build())
    }
}

fn put(table: &str, item: Attributes, condition: &Condition) -> Result<Put, BuildError> {
    Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression(condition.expression)
        .set_expression_attribute_names(some(condition.names().collect()))
        .set_expression_attribute_values(some(condition.values().collect()))
        .build()
}

fn check(table: &str, key: Attributes, condition: &Condition) -> Result<ConditionCheck, BuildError> {
    ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key))
        .condition_expression(condition.expression)
        .set_expression_attribute_names(some(condition.names().collect()))
        .set_expression_attribute_values(some(condition.values().collect()))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None)
        .build()
}

impl Move {
    /// Sets an attribute, or removes it where it has no value now.
    fn set_or_remove(
        &mut self,
        value: Option<AttributeValue>,
        set: &'static str,
        placeholder: &'static str,
        name: &'static str,
    ) {
        match value {
            Some(value) => {
                self.set.push(set);
                self.values.push((placeholder, value));
            }
            None => self.remove.push(name),
        }
    }

    fn update(self, table: &str) -> Result<Update, BuildError> {
        let clauses = [("SET", &self.set), ("REMOVE", &self.remove), ("ADD", &self.add)];
        let clauses = clauses.into_iter().filter(|(_, of)| !of.is_empty());
        let clauses: Vec<String> = clauses.map(|(word, of)| format!("{word} {}", of.join(", "))).collect();
        let expression = clauses.join(" ");
        // DynamoDB refuses names that no expression uses.
        let names = NAMES.into_iter().filter(|(short, _)| expression.contains(short));
        let names = names.map(|(short, name)| (short.to_owned(), name.to_owned()));
        let values = self.values.into_iter().map(|(short, value)| (short.to_owned(), value));
        Update::builder()
            .table_name(table)
            .set_key(Some(self.key))
            .set_expression_attribute_names(some(names.collect()))
            .set_expression_attribute_values(some(values.collect()))
            .update_expression(expression)
            .condition_expression("#version = :expected")
            .build()
    }
}

/// DynamoDB refuses maps that are empty.
fn some<V>(map: std::collections::HashMap<String, V>) -> Option<std::collections::HashMap<String, V>> {
    (!map.is_empty()).then_some(map)
}
