"""
What `sam deploy` makes of infra/template.yaml, made on the emulator: nothing here says a second time what the template
says. What the emulator has no counterpart for (roles, alarms, log groups, concurrency) is left out, and so is the bus of
other regions and accounts: there are none.
"""

import json
import re
import time

import boto3
from botocore.config import Config

import template as sam
from emulator.stack import ACCOUNT, REGION

BINARIES = {name: f"keytrail-{name.lower()}" for name in ("Detect", "Respond", "Notify", "Sweep", "Rescue")}
# One access key for each, so that the request log tells them apart.
ACCESS_KEYS = {name: f"AKIA{name.upper():0<16}"[:20] for name in BINARIES}
# Seconds after which a failed message comes back, at most. AWS wants six times the function's timeout, which is minutes:
# nobody who watches waits that long, and a message that comes back too early does no harm.
VISIBILITY = 15
OPERATOR = "AKIAOPERATOR00000000"


class Deployment:
    """
    One deployment under a name of its own; `create` makes its resources, `pump_config` says what runs on them.

    `policy` is the text of the policy (TOML), kept in an SSM parameter; `bus` an event bus other than the default one, made
    here. What tests and people need of it: `table`, `pages` (the topic), `inbox` (URL of a queue that is subscribed to it),
    `queues` (URLs, by their names in the template).
    """

    def __init__(self, addresses, binaries, name="keytrail", policy="", bus="default"):
        self._addresses, self._binaries, self.name, self.bus = addresses, binaries, name, bus
        self._policy_parameter = f"/{name}/policy"
        parameter = self._policy_parameter if policy else ""
        self._stack = sam.Stack(PolicyParameter=parameter, RescueKmsKeys="true")
        self._policy = policy
        self._real = {}  # what the template's references give, and what they are on the emulator
        self._real[sam.ACCOUNT] = ACCOUNT
        self.table, self.queues, self.pages, self.inbox = f"{name}-Table", {}, None, None

    def client(self, service):
        """A boto3 client of a person, or of what else is no function."""
        return boto3.client(
            service,
            endpoint_url=self._addresses["endpoint"],
            region_name=REGION,
            aws_access_key_id=OPERATOR,
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def create(self):
        self._create_table()
        self._create_queues()
        self._create_topics()
        self._create_deny_policy()
        self._create_rules()
        if self._policy:
            self.set_policy(self._policy)
        return self

    def set_policy(self, text):
        self.client("ssm").put_parameter(Name=self._policy_parameter, Value=text, Type="String", Overwrite=True)

    def put(self, *envelopes):
        """Put events on the bus, each an envelope with `source`, `detail-type` and `detail`."""
        events = self.client("events")
        for start in range(0, len(envelopes), 10):
            entries = [
                {
                    "Source": envelope["source"],
                    "DetailType": envelope["detail-type"],
                    "Detail": json.dumps(envelope["detail"]),
                    "EventBusName": self.bus,
                }
                for envelope in envelopes[start : start + 10]
            ]
            answer = events.put_events(Entries=entries)
            if answer["FailedEntryCount"]:
                raise RuntimeError(f"the bus refused events: {answer['Entries']}")

    def pump_config(self, logs, scheduled=True):
        """The pump's configuration; `scheduled` False leaves sweep's schedules to the caller."""
        functions, mappings = {}, {}
        for name, binary in BINARIES.items():
            function = self._stack[name]
            functions[name] = {
                "command": [str(self._binaries / binary)],
                "environment": self._environment(function),
                "access_key": ACCESS_KEYS[name],
                "timeout": function.get("Timeout", self._globals()["Timeout"]),
                "memory": function.get("MemorySize", self._globals()["MemorySize"]),
            }
            for event, source in function.get("Events", {}).items():
                mappings[f"{name}-{event}"] = self._mapping(name, source)
        for name, schedule in self._stack.of_type("AWS::Scheduler::Schedule").items() if scheduled else ():
            if every := re.fullmatch(r"rate\((\d+) minutes?\)", schedule["ScheduleExpression"]):
                mappings[name] = {
                    "kind": "schedule",
                    "function": schedule["Target"]["Arn"].rsplit(":", 1)[1],
                    "every": 60 * int(every[1]),
                    "event": json.loads(schedule["Target"]["Input"]),
                }
        addresses = {key: self._addresses[key] for key in ("endpoint", "control", "region", "account")}
        return {**addresses, "logs": str(logs), "functions": functions, "mappings": mappings}

    def _globals(self):
        return sam.template()["Globals"]["Function"]

    def _environment(self, function):
        common = {
            name: self._stack._resolve(value) for name, value in self._globals()["Environment"]["Variables"].items()
        }
        own = function.get("Environment", {}).get("Variables", {})
        return {name: str(self._emulated(value)) for name, value in {**common, **own}.items()}

    def _mapping(self, function, source):
        properties = source["Properties"]
        common = {"function": function, "batch_size": properties["BatchSize"], "partial": True}
        if source["Type"] == "SQS":
            queue = properties["Queue"].rsplit(":", 1)[1]
            # The template's window saves writes; people who watch want to see something.
            window = min(properties.get("MaximumBatchingWindowInSeconds", 0), 1)
            return {"kind": "queue", "queue": f"{self.name}-{queue}", "window": window, **common}
        filters = [json.loads(part["Pattern"]) for part in properties["FilterCriteria"]["Filters"]]
        on_failure = properties["DestinationConfig"]["OnFailure"]["Destination"].rsplit(":", 1)[1]
        return {
            "kind": "stream",
            "table": self.table,
            "filters": filters,
            "bisect": properties["BisectBatchOnFunctionError"],
            "retries": properties["MaximumRetryAttempts"],
            "on_failure": f"{self.name}-{on_failure}",
            **common,
        }

    def _emulated(self, value):
        """A value of the template with what it refers to as it is on the emulator."""
        return self._real.get(value, value) if isinstance(value, str) else value

    def _create_table(self):
        properties = self._stack["Table"]
        dynamodb = self.client("dynamodb")
        dynamodb.create_table(
            TableName=self.table,
            **{
                key: properties[key]
                for key in ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
            },
            StreamSpecification={"StreamEnabled": True, **properties["StreamSpecification"]},
        )
        dynamodb.get_waiter("table_exists").wait(TableName=self.table, WaiterConfig={"Delay": 1})
        self._real["Table"] = self.table

    def _create_queues(self):
        sqs = self.client("sqs")
        queues = self._stack.of_type("AWS::SQS::Queue")
        # Dead-letter queues first: the others name them.
        for name, properties in sorted(queues.items(), key=lambda it: "RedrivePolicy" in it[1]):
            visibility = min(properties.get("VisibilityTimeout", 30), VISIBILITY)
            attributes = {"VisibilityTimeout": str(visibility)}
            if redrive := properties.get("RedrivePolicy"):
                dead = redrive["deadLetterTargetArn"].rsplit(":", 1)[1]
                target = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}-{dead}"
                attributes["RedrivePolicy"] = json.dumps({**redrive, "deadLetterTargetArn": target})
            url = sqs.create_queue(QueueName=f"{self.name}-{name}", Attributes=attributes)["QueueUrl"]
            self.queues[name] = url
            self._real[self._stack._ref(name)] = url
        self.inbox = sqs.create_queue(QueueName=f"{self.name}-inbox")["QueueUrl"]

    def _create_topics(self):
        sns = self.client("sns")
        for name in self._stack.of_type("AWS::SNS::Topic"):
            self._real[self._stack.arn(name)] = sns.create_topic(Name=f"{self.name}-{name}")["TopicArn"]
        self.pages = self._real[self._stack.arn("Pages")]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}-inbox"
        sns.subscribe(TopicArn=self.pages, Protocol="sqs", Endpoint=arn)

    def _create_deny_policy(self):
        properties = self._stack["KeytrailDenyBearer"]
        iam = self.client("iam")
        try:
            arn = iam.create_policy(
                PolicyName=properties["ManagedPolicyName"], PolicyDocument=json.dumps(properties["PolicyDocument"])
            )["Policy"]["Arn"]
        except iam.exceptions.EntityAlreadyExistsException:
            # An account has one, however many deployments there are in it.
            arn = f"arn:aws:iam::{ACCOUNT}:policy/{properties['ManagedPolicyName']}"
        self._real[self._stack.arn("KeytrailDenyBearer")] = arn

    def _create_rules(self):
        events = self.client("events")
        if self.bus != "default":
            events.create_event_bus(Name=self.bus)
        for name, properties in self._stack.rules().items():
            rule = {"Name": f"{self.name}-{name}", "EventBusName": self.bus}
            state = properties.get("State", "ENABLED")
            events.put_rule(**rule, EventPattern=json.dumps(properties["EventPattern"]), State=state)
            targets = [
                {
                    "Id": target["Id"],
                    "Arn": self._queue_arn(target["Arn"]),
                    "DeadLetterConfig": {"Arn": self._queue_arn(target["DeadLetterConfig"]["Arn"])},
                }
                for target in properties["Targets"]
            ]
            events.put_targets(Rule=rule["Name"], EventBusName=self.bus, Targets=targets)

    def _queue_arn(self, arn):
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}-{arn.rsplit(':', 1)[1]}"


def wait_for(what, seconds=60.0, pause=0.05):
    """The first value of `what()` that is something; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not (value := what()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing came within {seconds:g} s")
        time.sleep(pause)
    return value
