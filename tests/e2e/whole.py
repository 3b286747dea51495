"""
A deployment with all that `keytrail doctor` looks at: beside what the functions need, their roles, policies, keys, schedules
and concurrency, the bus of other regions, a trail and forwarders; as infra/template.yaml has it, under names of its own.
"""

import json
import re

import boto3

import template as sam
from emulator.stack import ACCOUNT, REGION
from local.deployment import BINARIES, OPERATOR, Deployment

FORWARDERS = ("KmsKeysRule", "LogTargetsRule", "TrailsRule", "GuardDutyRule", "BearerCallsRule")
SELECTORS = [
    {"Name": "changes", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
    {
        "Name": "calls",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::Logs::LogGroupAuthorization"]},
        ],
    },
]


class Whole(Deployment):
    """As Deployment, in an account with `regions` enabled besides the home."""

    regions = ("eu-central-1", "us-west-2")

    def create(self):
        super().create()
        self._physical = {"Table": self.table}
        self._create_hub()
        self._create_roles()
        self._create_functions()
        self._create_schedules()
        self._create_key()
        self._guard()
        self.create_trail()
        for region in self.regions:
            self.forward(region)
        return self

    def resources(self):
        """What CloudFormation would list."""
        found = []
        for name, resource in self._stack.resources.items():
            kind = resource["Type"].replace("AWS::Serverless::Function", "AWS::Lambda::Function")
            physical = self._physical.get(name, self.own(name))
            if name in self.queues:
                physical = self.queues[name]
            elif kind == "AWS::SNS::Topic":
                physical = self.topic(name)
            elif kind == "AWS::Events::Rule" and "EventBusName" in resource["Properties"]:
                physical = f"{self.own('Hub')}|{physical}"
            elif kind == "AWS::IAM::ManagedPolicy":
                physical = self.deny_policy
            found.append({"name": name, "type": kind, "physical": physical})
        return found

    def own(self, name):
        return f"{self.name}-{name}"

    def topic(self, name):
        return f"arn:aws:sns:{REGION}:{ACCOUNT}:{self.own(name)}"

    @property
    def deny_policy(self):
        return f"arn:aws:iam::{ACCOUNT}:policy/KeytrailDenyBearer"

    @property
    def hub(self):
        return f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{self.own('Hub')}"

    def in_region(self, region):
        endpoint = self._addresses["endpoint"]
        keys = {"aws_access_key_id": OPERATOR, "aws_secret_access_key": "local"}
        return boto3.client("events", endpoint_url=endpoint, region_name=region, **keys)

    def live(self, policy):
        """A policy of the template, with the names that its parts have here."""
        text = json.dumps(policy).replace(sam.ACCOUNT, ACCOUNT)
        for name in sorted(self._stack.resources, key=len, reverse=True):
            text = re.sub(rf"(?<=[:/]){name}(?=[\"/])", self.own(name), text)
        return text

    def forward(self, region):
        events = self.in_region(region)
        for name in FORWARDERS:
            events.put_rule(Name=name, EventPattern='{"source": ["aws.kms"]}', State="ENABLED")
            events.put_targets(Rule=name, Targets=[{"Id": "hub", "Arn": self.hub}])

    def create_trail(self, **changed):
        cloudtrail = self.client("cloudtrail")
        self.client("s3").create_bucket(Bucket="audit")
        settings = {"Name": "audit", "S3BucketName": "audit", "IsMultiRegionTrail": True} | changed
        cloudtrail.create_trail(**settings)
        cloudtrail.start_logging(Name="audit")
        self.select(SELECTORS)

    def select(self, selectors):
        self.client("cloudtrail").put_event_selectors(TrailName="audit", AdvancedEventSelectors=selectors)

    def guard_queue(self, name):
        for policy in self._stack.of_type("AWS::SQS::QueuePolicy").values():
            if any(url.rsplit("/", 1)[1] == name for url in policy["Queues"]):
                attributes = {"Policy": self.live(policy["PolicyDocument"])}
                self.client("sqs").set_queue_attributes(QueueUrl=self.queues[name], Attributes=attributes)

    def guard_topic(self, name):
        policy = self.live(self._stack[f"{name}Policy"]["PolicyDocument"])
        self.client("sns").set_topic_attributes(TopicArn=self.topic(name), AttributeName="Policy", AttributeValue=policy)

    def guard_table(self):
        dynamodb = self.client("dynamodb")
        arn = dynamodb.describe_table(TableName=self.table)["Table"]["TableArn"]
        policy = self.live(self._stack["Table"]["ResourcePolicy"]["PolicyDocument"])
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=policy)
        return arn

    def put_key_policy(self):
        policy = self.live(self._stack["PagesKey"]["KeyPolicy"])
        self.client("kms").put_key_policy(KeyId=self._physical["PagesKey"], PolicyName="default", Policy=policy)

    def _create_hub(self):
        events = self.client("events")
        events.create_event_bus(Name=self.own("Hub"))
        for name, properties in self._stack.rules("Hub").items():
            rule = {"Name": self.own(name), "EventBusName": self.own("Hub")}
            state = properties.get("State", "ENABLED")
            events.put_rule(**rule, EventPattern=json.dumps(properties["EventPattern"]), State=state)
            self.target(name, bus=self.own("Hub"))

    def target(self, name, bus="default"):
        targets = [
            {
                "Id": it["Id"],
                "Arn": self._queue_arn(it["Arn"]),
                "DeadLetterConfig": {"Arn": self._queue_arn(it["DeadLetterConfig"]["Arn"])},
            }
            for it in self._stack[name]["Targets"]
        ]
        self.client("events").put_targets(Rule=self.own(name), EventBusName=bus, Targets=targets)

    def _create_roles(self):
        iam = self.client("iam")
        for name, role in self._stack.of_type("AWS::IAM::Role").items():
            trust = self.live(role["AssumeRolePolicyDocument"])
            iam.create_role(RoleName=self.own(name), AssumeRolePolicyDocument=trust)
            for policy in role.get("Policies", []):
                document = self.live(policy["PolicyDocument"])
                iam.put_role_policy(RoleName=self.own(name), PolicyName=policy["PolicyName"], PolicyDocument=document)
        for policy in self._stack.of_type("AWS::IAM::Policy").values():
            for role in policy["Roles"]:
                self.put_role_policy(role, policy)

    def put_role_policy(self, role, policy):
        self.client("iam").put_role_policy(
            RoleName=self.own(role),
            PolicyName=policy["PolicyName"],
            PolicyDocument=self.live(policy["PolicyDocument"]),
        )

    def _create_functions(self):
        functions = self.client("lambda")
        stream = self.client("dynamodb").describe_table(TableName=self.table)["Table"]["LatestStreamArn"]
        for name in BINARIES:
            function = self._stack[name]
            functions.create_function(
                FunctionName=self.own(name),
                Runtime="provided.al2023",
                Handler="bootstrap",
                Role=f"arn:aws:iam::{ACCOUNT}:role/{self.own(name)}Role",
                Code={"ZipFile": b"nothing that runs"},
                Environment={"Variables": self._environment(function)},
            )
            reserved = function["ReservedConcurrentExecutions"]
            functions.put_function_concurrency(FunctionName=self.own(name), ReservedConcurrentExecutions=reserved)
            for event in function.get("Events", {}).values():
                is_queue = event["Type"] == "SQS"
                source = self._queue_arn(event["Properties"]["Queue"]) if is_queue else stream
                position = {} if is_queue else {"StartingPosition": "TRIM_HORIZON"}
                functions.create_event_source_mapping(
                    FunctionName=self.own(name), EventSourceArn=source, **position
                )

    def _create_schedules(self):
        for name in self._stack.of_type("AWS::Scheduler::Schedule"):
            self.client("scheduler").create_schedule(**self.schedule(name))

    def schedule(self, name, **changed):
        properties = self._stack[name]
        target = {key: properties["Target"][key] for key in ("Arn", "RoleArn", "Input")}
        return {
            "Name": self.own(name),
            "ScheduleExpression": properties["ScheduleExpression"],
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": json.loads(self.live(target)),
        } | changed

    def _create_key(self):
        key = self.client("kms").create_key()["KeyMetadata"]["KeyId"]
        self._physical["PagesKey"] = key
        self.put_key_policy()
        sns = self.client("sns")
        sns.set_topic_attributes(TopicArn=self.topic("Pages"), AttributeName="KmsMasterKeyId", AttributeValue=key)
        sns.subscribe(TopicArn=self.topic("OwnAlarms"), Protocol="email", Endpoint="nobody@example.com")

    def _guard(self):
        for name in self.queues:
            self.guard_queue(name)
        for name in ("Pages", "OwnAlarms"):
            self.guard_topic(name)
        self.guard_table()
        dynamodb = self.client("dynamodb")
        dynamodb.update_table(TableName=self.table, DeletionProtectionEnabled=True)
        expires = {"AttributeName": "expires", "Enabled": True}
        dynamodb.update_time_to_live(TableName=self.table, TimeToLiveSpecification=expires)
        recovery = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_continuous_backups(TableName=self.table, PointInTimeRecoverySpecification=recovery)
