"""
What moto and DynamoDB Local have not and a deployment's doctor asks for: a stack's list of resources, a table's backups
its policy, the enabled regions, and event sources on DynamoDB Local's streams.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html

A stack is what the control interface says was deployed: moto's CloudFormation passes many types over.
"""

import json
from xml.sax.saxutils import escape

from moto.awslambda.models import EventSourceMapping, LambdaBackend

from . import errors

PAGE = 20  # AWS's is 100; a hub's stack has more than one of these
_moto_create = LambdaBackend.create_event_source_mapping


class StackParts:
    """Stacks by name, and what tables have beside DynamoDB Local's own."""

    def __init__(self):
        self._stacks, self._recovery, self._policies, self._regions = {}, {}, {}, None

    def deploy(self, name, resources, regions):
        """`regions` are the account's enabled ones from now on; moto has all that there are."""
        self._stacks[name], self._regions = resources, regions

    def answer(self, call):
        """(status, headers, body), or None where the call is not one of these."""
        if (call.service, call.action) == ("cloudformation", "ListStackResources"):
            return self._resources(call)
        if (call.service, call.action) == ("ec2", "DescribeRegions") and self._regions:
            items = "".join(f"<item><regionName>{escape(region)}</regionName></item>" for region in self._regions)
            return 200, [("Content-Type", "text/xml")], f"<r><regionInfo>{items}</regionInfo></r>".encode()
        if call.service != "dynamodb":
            return None
        match call.action:
            case "UpdateContinuousBackups":
                wanted = call.params["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
                self._recovery[call.params["TableName"]] = wanted
                return self._backups(call)
            case "DescribeContinuousBackups":
                return self._backups(call)
            case "PutResourcePolicy":
                self._policies[call.params["ResourceArn"]] = call.params["Policy"]
                return _json({"RevisionId": "1"})
            case "DeleteResourcePolicy":
                self._policies.pop(call.params["ResourceArn"], None)
                return _json({})
            case "GetResourcePolicy":
                policy = self._policies.get(call.params["ResourceArn"])
                if policy is None:
                    return errors.render(call, {"code": "PolicyNotFoundException", "status": 400, "message": "none"})
                return _json({"Policy": policy, "RevisionId": "1"})
        return None

    def _backups(self, call):
        status = "ENABLED" if self._recovery.get(call.params["TableName"]) else "DISABLED"
        recovery = {"PointInTimeRecoveryStatus": status}
        described = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
        return _json({"ContinuousBackupsDescription": described})

    def _resources(self, call):
        resources = self._stacks.get(call.params["StackName"])
        if resources is None:
            message = f"Stack with id {call.params['StackName']} does not exist"
            return errors.render(call, {"code": "ValidationError", "status": 400, "message": message})
        start = int(call.params.get("NextToken", 0))
        members = "".join(
            f"<member><LogicalResourceId>{escape(it['name'])}</LogicalResourceId>"
            f"<PhysicalResourceId>{escape(it['physical'])}</PhysicalResourceId>"
            f"<ResourceType>{escape(it['type'])}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
            for it in resources[start : start + PAGE]
        )
        more = f"<NextToken>{start + PAGE}</NextToken>" if start + PAGE < len(resources) else ""
        body = (
            "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>"
            f"{members}</StackResourceSummaries>{more}</ListStackResourcesResult></ListStackResourcesResponse>"
        )
        return 200, [("Content-Type", "text/xml")], body.encode()


def _json(value):
    return 200, [("Content-Type", "application/x-amz-json-1.0")], json.dumps(value).encode()


def _create_event_source_mapping(self, spec):
    """Keeps the mapping and runs nothing: the pump is what calls functions here."""
    if ":dynamodb:" not in spec.get("EventSourceArn", "") and ":sqs:" not in spec.get("EventSourceArn", ""):
        return _moto_create(self, spec)
    function = self._lambdas.get_function_by_name_or_arn_with_qualifier(spec["FunctionName"])
    spec |= {"RegionName": self.region_name, "AccountId": self.account_id, "FunctionArn": function.function_arn}
    mapping = EventSourceMapping(spec)
    self._event_source_mappings[mapping.uuid] = mapping
    return mapping


def install():
    """Make moto keep event sources of DynamoDB Local's streams."""
    LambdaBackend.create_event_source_mapping = _create_event_source_mapping
