"""The templates as CloudFormation gets them, and a stack of one on moto."""

import io
import json
import logging
import zipfile

import boto3
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

CODE = "s3://released/function.zip"


class _NoManagedPolicies:
    """SAM looks managed policies up by name; no function here uses one."""

    def load(self):
        return {}


def plain(path, region="us-east-1"):
    """A template after SAM's transform; without one as it is written. Functions come from a released zip."""
    template = yaml_parse(path.read_text(encoding="utf-8"))
    if "Transform" not in template:
        return template
    for resource in template["Resources"].values():
        # What names a bucket already is packaged.
        if resource["Type"] == "AWS::Serverless::Function" and isinstance(resource["Properties"]["CodeUri"], str):
            resource["Properties"]["CodeUri"] = CODE
    return transform(template, {"AWS::Region": region}, _NoManagedPolicies())


def upload_code():
    """The zip of all functions where `plain` says that it is, and where the packaged template looks for each."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="released")
    keys = [
        f"{folder}keytrail-{name}-{architecture}.zip"
        for folder in ("", "0.1.0/")
        for name in ("detect", "respond", "notify", "sweep", "rescue")
        for architecture in ("arm64", "x86_64")
    ]
    for key in ["function.zip", *keys]:
        s3.put_object(Bucket="released", Key=key, Body=content.getvalue())


class _Skipped(logging.Handler):
    def __init__(self):
        super().__init__()
        self.types = set()

    def emit(self, record):
        if record.msg == "No Moto CloudFormation support for %s":
            self.types.add(record.args[0])


class Deployed:
    """A stack while it is there. `skipped`: the resource types that moto passed over."""

    def __init__(self, name, template, **parameters):
        self.name, self._cloudformation = name, boto3.client("cloudformation")
        skipped = _Skipped()
        log = logging.getLogger("moto")
        log.addHandler(skipped)
        try:
            self._cloudformation.create_stack(
                StackName=name,
                TemplateBody=json.dumps(template),
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            )
        finally:
            log.removeHandler(skipped)
        self.skipped = skipped.types

    def status(self):
        return self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]

    def resources(self):
        """(type, logical id) of each that was made."""
        summaries = self._cloudformation.list_stack_resources(StackName=self.name)["StackResourceSummaries"]
        return {(part["ResourceType"], part["LogicalResourceId"]) for part in summaries}

    def outputs(self):
        stack = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return {part["OutputKey"]: part["OutputValue"] for part in stack.get("Outputs", [])}

    def delete(self):
        self._cloudformation.delete_stack(StackName=self.name)
