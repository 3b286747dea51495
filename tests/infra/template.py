"""The templates as data, and with their intrinsic functions worked out as CloudFormation would for one deployment."""

import re
import runpy
import tempfile
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "infra" / "template.yaml"
MEMBER = ROOT / "infra" / "member.yaml"
TRAIL = ROOT / "infra" / "trail.yaml"

PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "keytrail",
    "AWS::URLSuffix": "amazonaws.com",
}
ACCOUNT, REGION = PSEUDO["AWS::AccountId"], PSEUDO["AWS::Region"]
NOTHING = object()

# What !GetAtt X.Arn and !Ref X give; the name of a resource is its logical id.
ARNS = {
    "AWS::CloudTrail::Trail": "arn:aws:cloudtrail:{region}:{account}:trail/{name}",
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "arn:aws:events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "arn:aws:events:{region}:{account}:rule/{name}",
    "AWS::IAM::ManagedPolicy": "arn:aws:iam::{account}:policy/{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::Serverless::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
}
REF_IS_ARN = ("AWS::SNS::Topic", "AWS::IAM::ManagedPolicy")


# What ./release makes of the template, until this process ends.
_folder = tempfile.TemporaryDirectory(prefix="keytrail-packaged-")
PACKAGED = Path(_folder.name) / "packaged.yaml"
PACKAGED.write_text(
    runpy.run_path(str(ROOT / "infra" / "package"))["packaged"](PATH.read_text(encoding="utf-8")), encoding="utf-8"
)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags: !Sub x is {"Fn::Sub": x}."""


def _tagged(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _tagged)


@cache
def template(path=PATH):
    """A template as it is written; the hub's where none is named."""
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506, a SafeLoader underneath


class Stack:
    """One deployment of a template, the hub's where none is named, in an account and a region."""

    def __init__(self, path=PATH, region=REGION, account=ACCOUNT, **parameters):
        self._template = template(path)
        self._place = {"region": region, "account": account}
        self._pseudo = PSEUDO | {"AWS::Region": region, "AWS::AccountId": account}
        self.parameters = {name: part.get("Default") for name, part in self._template["Parameters"].items()} | parameters
        self.conditions = {}
        for name, condition in self._template.get("Conditions", {}).items():
            self.conditions[name] = self._resolve(condition)
        self.resources = {
            name: self._resolve(resource)
            for name, resource in self._template["Resources"].items()
            if self.conditions.get(resource.get("Condition"), True)
        }

    def of_type(self, kind):
        """The properties of all resources of a type, by logical id."""
        return {name: r.get("Properties", {}) for name, r in self.resources.items() if r["Type"] == kind}

    def rules(self, bus=None):
        """The rules on the default bus, or on the bus of a name."""
        rules = self.of_type("AWS::Events::Rule")
        return {name: rule for name, rule in rules.items() if rule.get("EventBusName") == bus}

    def __getitem__(self, name):
        return self.resources[name]["Properties"]

    def arn(self, name):
        resource = self._template["Resources"][name]
        path = resource["Properties"].get("Path", "/").lstrip("/") if resource["Type"] == "AWS::IAM::Role" else ""
        # A rule of another bus than the default one has the bus in its name.
        bus = resource["Properties"].get("EventBusName") if resource["Type"] == "AWS::Events::Rule" else None
        path += f"{self._resolve(bus)}/" if bus else ""
        return ARNS[resource["Type"]].format(name=path + name, **self._place)

    def _resolve(self, value):
        if isinstance(value, list):
            return [part for part in map(self._resolve, value) if part is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::") or (name == "Condition" and isinstance(argument, str)):
                return self._intrinsic(name, argument)
        resolved = {key: self._resolve(part) for key, part in value.items()}
        return {key: part for key, part in resolved.items() if part is not NOTHING}

    def _intrinsic(self, name, argument):
        match name:
            case "Ref":
                return self._ref(argument)
            case "Fn::GetAtt":
                return self._attribute(*argument)
            case "Fn::Sub":
                return re.sub(r"\$\{([^}]+)\}", lambda found: self._named(found[1]), argument)
            case "Fn::If":
                condition, then, otherwise = argument
                return self._resolve(then if self.conditions[condition] else otherwise)
            case "Fn::Equals":
                left, right = map(self._resolve, argument)
                return left == right
            case "Fn::And":
                return all(map(self._resolve, argument))
            case "Condition":
                return self.conditions[argument]
            case "Fn::Not":
                return not self._resolve(argument[0])
        raise NotImplementedError(name)

    def _named(self, name):
        resource, _, attribute = name.partition(".")
        return str(self._attribute(resource, attribute) if attribute else self._ref(name))

    def _ref(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = self._template["Resources"][name]["Type"]
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{self._place['region']}.amazonaws.com/{self._place['account']}/{name}"
        return self.arn(name) if kind in REF_IS_ARN else name

    def _attribute(self, name, attribute):
        match attribute:
            case "Arn":
                return self.arn(name)
            case "StreamArn":
                return f"{self.arn(name)}/stream/2026-11-01T00:00:00.000"
            case "QueueName":
                return name
        raise NotImplementedError(attribute)
