"""
The whole of Keytrail on the emulator: one deployment for the run, with the real binaries. Every test has users and keys of
its own, and leaves no fault behind.
"""

import itertools
import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emulator.control_client import Control
from emulator.iam_extension import DEFAULT_PAGE
from emulator.pump.config import read_config
from emulator.pump.pump import Pump
from emulator.stack import ACCOUNT, Stack
from local import records
from local.deployment import ACCESS_KEYS, OPERATOR, Deployment, wait_for

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("KEYTRAIL_BINARIES", ROOT / "target" / "debug"))

ENFORCE = f"""
mode = "enforce"
enrolled_accounts = ["{ACCOUNT}"]
"""

# A pending item that its stream has missed is driven again after two minutes; whoever waits waits longer than that.
LONGER_THAN_A_REDRIVE = 240

_numbers = itertools.count(1)
_running = []  # every deployment of the run


@pytest.fixture(scope="session")
def stack():
    with Stack() as running:
        yield running


@pytest.fixture(scope="session")
def deployed(stack, tmp_path_factory):
    """Makes deployments that run until the end; sweep's schedules are the tests' own doing."""
    pumps = []

    def make(name, policy, bus="default"):
        deployment = Deployment(stack.addresses, BINARIES, name, policy, bus).create()
        logs = tmp_path_factory.mktemp(name)
        pump = Pump(read_config(deployment.pump_config(logs, scheduled=False)))
        pumps.append(pump)
        pump.__enter__()
        _running.append(Keytrail(deployment, pump, logs))
        return _running[-1]

    yield make
    _running.clear()
    for pump in pumps:
        pump.__exit__()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows what stands in every outbox beside a test that fails."""
    report = (yield).get_result()
    if report.when == "call" and report.failed:
        for keytrail in _running:
            report.sections.append((f"outbox of {keytrail.deployment.name}", keytrail.shown_outbox()))


@pytest.fixture(scope="session")
def enforcing(deployed):
    return deployed("keytrail", ENFORCE)


@pytest.fixture
def control(stack):
    control = Control(stack.addresses["control"])
    yield control
    control.remove_faults()
    control.set_clock(offset_seconds=0)
    control.set_iam(page_size=DEFAULT_PAGE, stale_listings=0)


@pytest.fixture
def keytrail(enforcing, control):
    yield enforcing
    control.remove_faults()
    enforcing.settle()
    enforcing.reset_budgets()


class Keytrail:
    """A running deployment, and what a test does to it and sees of it."""

    def __init__(self, deployment, pump, logs):
        self.deployment, self.pump, self.logs = deployment, pump, logs
        self._iam, self._sqs = deployment.client("iam"), deployment.client("sqs")
        self._dynamodb = deployment.client("dynamodb")
        self._pages = []

    def put(self, *envelopes):
        self.deployment.put(*envelopes)

    def new_key(self, user=None):
        """A user with an API key, in IAM and on the bus: (user, credential id)."""
        user = user or f"sender-{next(_numbers)}"
        self._iam.create_user(UserName=user)
        key = self._iam.create_service_specific_credential(
            UserName=user, ServiceName="logs.amazonaws.com", CredentialAgeDays=30
        )["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
        created = [records.envelope(records.user_created(user)), records.envelope(records.key_created(user, key))]
        self.put(*created)
        wait_for(lambda: self.document(f"aws/{ACCOUNT}/global/api-key/{key}"))
        return user, key

    def status(self, user, key):
        listed = self._iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"]
        return next(it["Status"] for it in listed if it["ServiceSpecificCredentialId"] == key)

    def wait_until_inactive(self, user, key, seconds=60):
        wait_for(lambda: self.status(user, key) == "Inactive", seconds)

    def item(self, pk, sk):
        found = self._dynamodb.get_item(
            TableName=self.deployment.table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
        return found.get("Item")

    def document(self, subject):
        return self.item(subject, "main")

    def outbox(self, kind, text):
        """The outbox items of a kind whose body has the text, as {id: state}."""
        answer = self._dynamodb.scan(
            TableName=self.deployment.table,
            ConsistentRead=True,
            FilterExpression="#kind = :kind AND begins_with(pk, :prefix)",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": {"S": kind}, ":prefix": {"S": f"{kind}/"}},
        )
        return {it["pk"]["S"]: it for it in answer["Items"] if text in it["body"]["S"]}

    def shown_outbox(self):
        """Where the pollers are, and a line for each item of the outbox."""
        items = [it for kind in ("action", "notice") for it in self.outbox(kind, "").values()]
        lines = [json.dumps({name: list(it[name].values())[0][:300] for name in sorted(it)}) for it in items]
        return "\n".join([f"at {datetime.now(UTC)}", json.dumps(self.pump.status()["mappings"]), *lines])

    def states(self, kind, text):
        return sorted(it["state"]["S"] for it in self.outbox(kind, text).values())

    def notices(self, text):
        """The notices whose body has the text and that don't wait for the digest of the day, as {id: state}."""

        def in_digest(body):
            news = json.loads(body)["notice"]["news"]
            quiet = news["news"] == "found" and news["finding"]["severity"] in ("info", "low")
            return quiet and not news.get("will") and not news.get("withheld")

        found = self.outbox("notice", text)
        return {pk: it["state"]["S"] for pk, it in found.items() if not in_digest(it["body"]["S"])}

    def pages(self, text=""):
        """What the subscribed queue got so far and has the text: the parsed SNS messages."""
        while True:
            got = self._sqs.receive_message(QueueUrl=self.deployment.inbox, MaxNumberOfMessages=10).get("Messages", [])
            for message in got:
                self._pages.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self.deployment.inbox, ReceiptHandle=message["ReceiptHandle"])
            if not got:
                return [page for page in self._pages if text in page["Message"]]

    def wait_for_pages(self, text, count, seconds=60):
        return wait_for(lambda: len(self.pages(text)) >= count and self.pages(text), seconds)

    def run(self, command):
        """Runs a person's command, whose AWS is the emulator."""
        program, *arguments = command
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": OPERATOR,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_ENDPOINT_URL": self.deployment.client("sts").meta.endpoint_url,
        }
        return subprocess.run(
            [BINARIES / program, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    def tick(self):
        """Sweep's minute tick."""
        result = self.pump.functions["Sweep"].invoke({"sweep": "tick"})
        assert result.error is None, result
        return json.loads(result.body)

    def rescue(self):
        """Rescue's minute tick."""
        result = self.pump.functions["Rescue"].invoke({"rescue": "tick"})
        assert result.error is None, result

    def settle(self, quiet=0.5, timeout=LONGER_THAN_A_REDRIVE):
        self.pump.wait_until_quiet(quiet, timeout)

    def tick_until(self, what, seconds=LONGER_THAN_A_REDRIVE):
        """Ticks every two seconds, as the clock would every minute, until `what()` is something."""

        def look():
            self.tick()
            self.settle()
            return what()

        return wait_for(look, seconds, pause=2)

    def writes(self, control, since, user):
        """IAM writes about a user, as IAM saw them."""
        calls, _ = control.log(since=since, service="iam", write=True)
        return [call for call in calls if user in json.dumps(call["params"]) and call["accessKey"] in ACCESS_KEYS.values()]

    def reset_budgets(self):
        """A day has passed for the breakers: the tests together do more than an account's budget allows."""
        for item in self._slots("slot/permits/"):
            self._dynamodb.delete_item(TableName=self.deployment.table, Key={key: item[key] for key in ("pk", "sk")})

    def parked(self):
        return self._slots("slot/parked/")

    def _slots(self, prefix):
        answer = self._dynamodb.scan(TableName=self.deployment.table, ConsistentRead=True)
        return [it for it in answer["Items"] if it["pk"]["S"].startswith(prefix)]
