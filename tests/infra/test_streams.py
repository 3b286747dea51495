"""Which changes of the table reach respond and notify."""

import json

import pytest
from emulator import patterns

from template import Stack

STACK = Stack()
READS = {"Respond": "action", "Notify": "notice"}
KINDS = ["action", "notice", "finding", "document", "cursor", "epoch"]
STATES = ["pending", "waiting", "done", "failed", "withheld", "fired", "withdrawn"]


def stream(name):
    return STACK[name]["Events"]["Stream"]["Properties"]


def filters(name):
    return [json.loads(filter["Pattern"]) for filter in stream(name)["FilterCriteria"]["Filters"]]


def change(event, **item):
    """A stream record. A removal has no new image in truth; with one, no filter can lean on that."""
    types = {str: "S", int: "N"}
    image = {key: {types[type(value)]: str(value)} for key, value in item.items()}
    return {
        "eventName": event,
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"pk": {"S": "p"}, "sk": {"S": "s"}}, "NewImage": image},
    }


def readers(record):
    return {name for name in READS if any(patterns.matches(pattern, record) for pattern in filters(name))}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", STATES)
def test_a_new_item_reaches_its_reader_only_while_pending(kind, state):
    expected = {name for name, reads in READS.items() if reads == kind and state == "pending"}
    assert readers(change("INSERT", kind=kind, state=state, drive=0)) == expected
    assert readers(change("INSERT", kind=kind, state=state)) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("drive", [1, 2, 10, 1000])
def test_a_changed_item_reaches_its_reader_only_when_driven_again(kind, state, drive):
    expected = {name for name, reads in READS.items() if reads == kind and state == "pending"}
    assert readers(change("MODIFY", kind=kind, state=state, drive=drive)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_other_changes_reach_nobody(kind):
    assert readers(change("MODIFY", kind=kind, state="pending", drive=0)) == set()
    assert readers(change("MODIFY", kind=kind, state="pending")) == set()
    assert readers(change("REMOVE", kind=kind, state="pending", drive=1)) == set()
    assert readers(change("INSERT", kind=kind)) == set()
    assert readers(change("INSERT")) == set()


@pytest.mark.parametrize("name", READS)
def test_filters_are_such_as_lambda_takes(name):
    assert len(filters(name)) <= 5
    for pattern in filters(name):
        patterns.require_valid(pattern)
        assert len(json.dumps(pattern)) <= 4096


@pytest.mark.parametrize("name", READS)
def test_a_stream_is_read_so_that_nothing_is_lost_and_nothing_blocks(name):
    settings = stream(name)
    assert settings["StartingPosition"] == "TRIM_HORIZON"
    assert settings["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert settings["BisectBatchOnFunctionError"] is True
    # -1 would be for ever, as is its absence.
    assert 0 < settings["MaximumRetryAttempts"] <= 10
    assert 60 <= settings["MaximumRecordAgeInSeconds"] <= 3600
    assert settings["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": STACK.arn("GivenUp")}


def test_the_table_has_two_readers_and_no_more():
    table_stream = stream("Respond")["Stream"]
    functions = STACK.of_type("AWS::Serverless::Function")
    reading = {
        name
        for name, function in functions.items()
        for event in function.get("Events", {}).values()
        if event["Properties"].get("Stream") == table_stream
    }
    assert reading == set(READS)
