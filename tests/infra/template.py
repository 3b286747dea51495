"""The SAM template as data, and with its intrinsic functions worked out as CloudFormation would for one deployment."""

import re
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "infra" / "template.yaml"

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
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{{}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::Serverless::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
}
REF_IS_ARN = ("AWS::SNS::Topic", "AWS::IAM::ManagedPolicy")


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
def template():
    """The template as it is written."""
    return yaml.load(PATH.read_text(encoding="utf-8"), _Loader)  # noqa: S506, a SafeLoader underneath


class Stack:
    """One deployment of the template."""

    def __init__(self, **parameters):
        self.parameters = {name: part.get("Default") for name, part in template()["Parameters"].items()} | parameters
        self.conditions = {}
        for name, condition in template()["Conditions"].items():
            self.conditions[name] = self._resolve(condition)
        self.resources = {
            name: self._resolve(resource)
            for name, resource in template()["Resources"].items()
            if self.conditions.get(resource.get("Condition"), True)
        }

    def of_type(self, kind):
        """The properties of all resources of a type, by logical id."""
        return {name: r.get("Properties", {}) for name, r in self.resources.items() if r["Type"] == kind}

    def __getitem__(self, name):
        return self.resources[name]["Properties"]

    def arn(self, name):
        return ARNS[template()["Resources"][name]["Type"]].format(name)

    def _resolve(self, value):
        if isinstance(value, list):
            return [part for part in map(self._resolve, value) if part is not NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref" or name.startswith("Fn::"):
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
            case "Fn::Not":
                return not self._resolve(argument[0])
        raise NotImplementedError(name)

    def _named(self, name):
        resource, _, attribute = name.partition(".")
        return str(self._attribute(resource, attribute) if attribute else self._ref(name))

    def _ref(self, name):
        if name == "AWS::NoValue":
            return NOTHING
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.parameters:
            return self.parameters[name]
        kind = template()["Resources"][name]["Type"]
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
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
