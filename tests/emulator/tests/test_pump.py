"""The pump, with functions that do what the records tell them, under cargo-lambda's runtime emulator."""

import json
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from emulator.pump import interface
from emulator.pump.config import InvalidConfig, read_config
from emulator.pump.outcome import failed_items
from emulator.pump.pump import Pump
from emulator.pump.sandbox import Result

from .test_dynamodb import TABLE

FUNCTION = Path(__file__).with_name("function.py")
KEY = "AKIAPUMPEDFUNCTION00"


class Seen:
    """What the function was given."""

    def __init__(self, path):
        self.path = path

    def lines(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def batches(self):
        return [line["names"] for line in self.lines()]

    def names(self):
        return sum(self.batches(), [])


@pytest.fixture
def seen(tmp_path):
    return Seen(tmp_path / "seen.jsonl")


@pytest.fixture
def configured(stack, control, tmp_path, seen):
    """Makes configurations with one function, `echo`, and the mappings given."""

    def make(mappings, **function):
        echo = {
            "command": [sys.executable, str(FUNCTION)],
            "environment": {"SEEN": str(seen.path)},
            "access_key": KEY,
            **function,
        }
        addresses = {name: stack.addresses[name] for name in ("endpoint", "control", "region", "account")}
        document = {**addresses, "logs": str(tmp_path), "functions": {"echo": echo}, "mappings": mappings}
        return read_config(document)

    return make


@pytest.fixture
def queue(client, name):
    """Makes a queue, with a dead-letter queue where asked; gives its name and URL."""
    sqs = client("sqs")

    def make(visibility=1, receives=None):
        queue_name, attributes, dead = name("queue"), {"VisibilityTimeout": str(visibility)}, None
        if receives:
            dead = sqs.create_queue(QueueName=f"{queue_name}-dead")["QueueUrl"]
            arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"][
                "QueueArn"
            ]
            attributes["RedrivePolicy"] = json.dumps(
                {"deadLetterTargetArn": arn, "maxReceiveCount": receives}
            )
        return queue_name, sqs.create_queue(QueueName=queue_name, Attributes=attributes)["QueueUrl"], dead

    return make


@pytest.fixture
def table(client, control, name):
    table_name = name("ledger")
    client("dynamodb").create_table(TableName=table_name, **TABLE)
    return table_name


def send(client, url, *bodies):
    for start in range(0, len(bodies), 10):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
        client("sqs").send_message_batch(QueueUrl=url, Entries=entries)


def put(client, table, *names, **more):
    for name in names:
        client("dynamodb").put_item(TableName=table, Item={"pk": {"S": name}, "sk": {"S": "x"}, **more})


def bodies(client, url):
    messages = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in messages]


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def left(client, url):
    attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=attributes)["Attributes"]
    return sum(int(count) for count in found.values())


def test_a_batch_is_delivered_and_deleted(client, configured, queue, seen):
    source, url, _ = queue(visibility=30)
    send(client, url, *(str(number) for number in range(25)))
    with Pump(
        configured(
            {"m": {"kind": "queue", "function": "echo", "queue": source, "batch_size": 20, "window": 1}}
        )
    ) as pump:
        until(lambda: left(client, url) == 0)
        pump.wait_until_quiet(0.2)
        status = pump.status()
    assert [len(batch) for batch in seen.batches()] == [20, 5]
    assert Counter(seen.names()) == Counter(str(number) for number in range(25))
    record = seen.lines()[0]["event"]["Records"][0]
    assert (
        record["eventSource"] == "aws:sqs"
        and record["eventSourceARN"] == f"arn:aws:sqs:us-east-1:123456789012:{source}"
    )
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert status["mappings"]["m"] == {"enabled": True, "trouble": None, "delivered": 25, "failed": 0}
    assert status["functions"]["echo"]["starts"] == 1 and status["functions"]["echo"]["cold_start_ms"][0] > 0


def test_what_the_function_sees_of_lambda(client, configured, queue, seen):
    source, url, _ = queue()
    send(client, url, "one")
    with Pump(configured({"m": {"kind": "queue", "function": "echo", "queue": source}}, timeout=7)):
        until(lambda: left(client, url) == 0)
    (line,) = seen.lines()
    assert line["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:echo"
    assert 0 < line["deadline"] - time.time() * 1000 <= 7000


def test_only_what_failed_comes_back_and_ends_in_the_dead_letter_queue(client, configured, queue, seen):
    source, url, dead = queue(receives=2)
    send(client, url, "good 1", "bad", "once-bad", "good 2")
    with Pump(configured({"m": {"kind": "queue", "function": "echo", "queue": source}})):
        until(lambda: left(client, dead) == 1)
    assert Counter(seen.names()) == {"good 1": 1, "good 2": 1, "once-bad": 2, "bad": 2}
    assert bodies(client, dead) == ["bad"] and left(client, url) == 0


@pytest.mark.parametrize("trouble", ["once-fail", "once-die", "once-nonsense"])
def test_a_failed_invocation_brings_the_whole_batch_back(client, configured, queue, seen, trouble):
    source, url, _ = queue()
    send(client, url, "good", trouble)
    with Pump(configured({"m": {"kind": "queue", "function": "echo", "queue": source}})) as pump:
        until(lambda: left(client, url) == 0)
        starts = pump.status()["functions"]["echo"]["starts"]
    assert Counter(seen.names()) == {"good": 2, trouble: 2}
    assert starts == (2 if trouble == "once-die" else 1)


def test_a_function_that_hangs_is_ended_at_its_timeout(client, configured, queue, seen):
    source, url, _ = queue(visibility=2)
    send(client, url, "once-hang")
    with Pump(configured({"m": {"kind": "queue", "function": "echo", "queue": source}}, timeout=0.5)):
        until(lambda: left(client, url) == 0)
    assert len({line["pid"] for line in seen.lines()}) == 2


def test_several_processes_share_a_queue(client, configured, queue, seen):
    source, url, _ = queue(visibility=30)
    send(client, url, *(f"n{number}" for number in range(60)))
    mapping = {"kind": "queue", "function": "echo", "queue": source, "batch_size": 5, "pollers": 2}
    with Pump(configured({"m": mapping}, concurrency=2)):
        until(lambda: left(client, url) == 0)
    assert Counter(seen.names()) == Counter(f"n{number}" for number in range(60))
    assert len({line["pid"] for line in seen.lines()}) == 2


def test_stream_records_come_in_order_and_filtered(client, configured, table, seen):
    pattern = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"state": {"S": ["pending"]}}}}
    with Pump(
        configured({"m": {"kind": "stream", "function": "echo", "table": table, "filters": [pattern]}})
    ) as pump:
        put(client, table, "a", "b", state={"S": "pending"}, blob={"B": b"\x00\xff"})
        put(client, table, "c", state={"S": "done"})
        put(client, table, "a", state={"S": "pending"}, again={"BOOL": True})
        client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": "b"}, "sk": {"S": "x"}})
        until(lambda: len(seen.names()) == 3)
        pump.wait_until_quiet(0.3)
    assert seen.names() == ["a", "b", "a"]
    records = [record for line in seen.lines() for record in line["event"]["Records"]]
    assert [record["eventName"] for record in records] == ["INSERT", "INSERT", "MODIFY"]
    assert records[0]["dynamodb"]["NewImage"]["blob"] == {"B": "AP8="}
    assert isinstance(records[0]["dynamodb"]["ApproximateCreationDateTime"], int)
    assert records[0]["eventSourceARN"].endswith(
        client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamLabel"]
    )


def test_a_stream_goes_on_from_the_first_failed_record(client, configured, table, seen):
    put(client, table, "a", "b", "once-bad", "d")
    mapping = {"kind": "stream", "function": "echo", "table": table, "bisect": False}
    with Pump(configured({"m": mapping})) as pump:
        until(lambda: len(seen.batches()) == 2)
        pump.wait_until_quiet(0.2)
        assert pump.status()["mappings"]["m"] == {
            "enabled": True, "trouble": None, "delivered": 4, "retried": 1, "given_up": 0
        }  # fmt: skip
    assert seen.batches() == [["a", "b", "once-bad", "d"], ["once-bad", "d"]]


def test_a_poisoned_record_is_found_by_halving_and_left_behind(client, configured, table, queue, seen):
    put(client, table, *"abc", "fail", *"efgh")
    failures, url, _ = queue()
    mapping = {
        "kind": "stream",
        "function": "echo",
        "table": table,
        "retries": 1,
        "backoff": 0.01,
        "on_failure": failures,
    }
    with Pump(configured({"m": mapping})) as pump:
        until(lambda: left(client, url) == 1)
        pump.wait_until_quiet(0.2)
    delivered = [batch for batch in seen.batches() if "fail" not in batch]
    assert sum(delivered, []) == list("abcefgh")
    assert seen.batches().count(["fail"]) == 2
    (message,) = bodies(client, url)
    record = json.loads(message)
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["DDBStreamBatchInfo"]["batchSize"] == 1
    poisoned = next(
        r
        for line in seen.lines()
        for r in line["event"]["Records"]
        if r["dynamodb"]["Keys"]["pk"]["S"] == "fail"
    )
    assert record["DDBStreamBatchInfo"]["startSequenceNumber"] == poisoned["dynamodb"]["SequenceNumber"]


def test_a_fault_kills_the_function_in_the_middle_of_a_call(client, control, configured, queue, table, seen):
    """The caller is ended before its call takes effect, or after."""
    source, url, _ = queue()
    function = {"environment": {"SEEN": str(seen.path), "TABLE": table}}
    with Pump(configured({"m": {"kind": "queue", "function": "echo", "queue": source}}, **function)) as pump:
        for when, expected in (("before", "1"), ("after", "3")):
            control.plant(access_key=KEY, action="UpdateItem", count=1, kill=True, when=when)
            send(client, url, f"count {when}")
            until(lambda: left(client, url) == 0)
            item = client("dynamodb").get_item(
                TableName=table, Key={"pk": {"S": "n"}, "sk": {"S": "x"}}, ConsistentRead=True
            )
            assert item["Item"]["n"]["N"] == expected
        assert pump.status()["functions"]["echo"]["starts"] == 3


def test_the_interface(client, configured, queue, seen):
    source, url, _ = queue()
    mapping = {"kind": "queue", "function": "echo", "queue": source, "enabled": False}
    with Pump(configured({"m": mapping})) as pump:
        server = interface.serve(pump)

        def call(method, path, body=None):
            data = None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(
                f"http://127.0.0.1:{server.server_port}{path}", data=data, method=method
            )
            with urllib.request.urlopen(request) as answer:
                return json.load(answer), answer.headers

        invoke = "/2015-03-31/functions/echo/invocations"
        assert call("POST", invoke, {"n": 1})[0] == {"echo": {"n": 1}, "key": KEY}
        failed, headers = call("POST", invoke, {"Records": [{"body": "fail", "messageId": "1"}]})
        assert (failed["errorType"], headers["X-Amz-Function-Error"]) == ("Planted", "Unhandled")
        send(client, url, "waits")
        assert call("GET", "/status")[0]["mappings"]["m"]["enabled"] is False
        assert left(client, url) == 1
        call("PUT", "/mappings/m", {"enabled": True})
        until(lambda: left(client, url) == 0)
        call("POST", "/functions/echo/kill", {})
        assert call("POST", invoke, {"n": 2})[0]["echo"] == {"n": 2}
        assert call("POST", "/quiet", {"seconds": 0.2})[0]["functions"]["echo"]["starts"] == 2
        with pytest.raises(urllib.error.HTTPError, match="404"):
            call("POST", "/functions/none/kill", {})
        server.shutdown()


def test_a_schedule(configured, seen):
    with Pump(
        configured({"m": {"kind": "schedule", "function": "echo", "every": 0.2, "event": {"tick": True}}})
    ):
        until(lambda: len(seen.lines()) >= 2)
    assert seen.lines()[0]["event"] == {"tick": True}


def test_a_function_that_does_not_start_says_where_to_look(configured, tmp_path):
    with (
        pytest.raises(RuntimeError, match="echo-0.log"),
        Pump(configured({}, environment={"SEEN": "x", "BROKEN": "1"})),
    ):
        pass
    assert "broken at its start" in (tmp_path / "echo-0.log").read_text()


@pytest.mark.parametrize(
    ("body", "error", "partial", "expected"),
    [
        (b"", None, True, []),
        (b"null", None, True, []),
        (b'{"batchItemFailures": null}', None, True, []),
        (b'{"batchItemFailures": []}', None, True, []),
        (b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', None, True, ["b"]),
        (b'{"batchItemFailures": [{"itemIdentifier": "b"}]}', None, False, []),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', None, True, ["a", "b"]),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', None, True, ["a", "b"]),
        (b'{"batchItemFailures": [{"identifier": "b"}]}', None, True, ["a", "b"]),
        (b'{"batchItemFailures": "b"}', None, True, ["a", "b"]),
        (b"[]", None, True, []),
        (b"not json", None, True, ["a", "b"]),
        (b"{}", "Planted: x", False, ["a", "b"]),
    ],
)
def test_what_an_answer_says(body, error, partial, expected):
    assert failed_items(Result(body, error), ["a", "b"], partial) == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mappings": {"m": {"kind": "topic"}}}, "kind is one of"),
        ({"mappings": {"m": {"kind": "queue", "function": "f", "que": "q"}}}, "unknown setting que"),
        ({"mappings": {"m": {"kind": "queue", "function": "f"}}}, "lacks queue"),
        ({"mappings": {"m": {"kind": "queue", "function": "g", "queue": "q"}}}, "names the function g"),
        (
            {"mappings": {"m": {"kind": "stream", "function": "f", "table": "t", "filters": [{"a": 1}]}}},
            "a must be",
        ),
        ({"endpoint": None, "regoin": "x"}, "unknown setting regoin"),
    ],
)
def test_a_configuration_that_is_wrong_says_where(change, said):
    whole = {
        "endpoint": "x",
        "region": "r",
        "account": "a",
        "functions": {"f": {"command": ["x"], "access_key": "k"}},
    }
    with pytest.raises(InvalidConfig, match=said):
        read_config({**whole, **change})
