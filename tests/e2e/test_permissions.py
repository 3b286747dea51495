"""
Every call that the real binaries make is one that their role in the template allows: the emulator itself allows all of
them.
"""

import json

from access import may, role
from conftest import ACCOUNT
from template import ACCOUNT as TEMPLATE_ACCOUNT
from template import REGION, Stack

from local import records
from local.deployment import ACCESS_KEYS, wait_for

STACK = Stack(PolicyParameter="/keytrail/policy", RescueKmsKeys="true")
USER = f"arn:aws:iam::{TEMPLATE_ACCOUNT}:user"
# What one part of a transaction needs.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


def needed(call, deployment):
    """(action, resource, condition keys) of each permission that a logged call needs."""
    service, action, params = call["service"], call["action"], call["params"]
    match service:
        case "dynamodb":
            table = STACK.arn("Table")
            if action == "TransactWriteItems":
                kinds = {PARTS[part] for item in params["TransactItems"] for part in item}
                return [(f"dynamodb:{kind}", table, {}) for kind in kinds]
            if action == "Query" and "IndexName" in params:
                return [("dynamodb:Query", f"{table}/index/{params['IndexName']}", {})]
            return [(f"dynamodb:{action}", table, {})]
        case "iam":
            keys = {"iam:PolicyARN": _in_template(params["PolicyArn"])} if "PolicyArn" in params else {}
            if action in ("UpdateServiceSpecificCredential", "DeleteServiceSpecificCredential"):
                keys["iam:ServiceSpecificCredentialServiceName"] = "logs.amazonaws.com"
            # Which resource a listing of all users needs isn't documented; that each user may be listed is.
            user = params.get("UserName", "any")
            if action == "GenerateServiceLastAccessedDetails":
                user = params["Arn"].rsplit("/", 1)[1]
            if action == "GetServiceLastAccessedDetails":
                return [(f"iam:{action}", "*", {})]
            return [(f"iam:{action}", "*" if action == "ListUsers" else f"{USER}/{user}", keys)]
        case "sqs":
            queue = params["QueueUrl"].rsplit("/", 1)[1].removeprefix(f"{deployment.name}-")
            return [(f"sqs:{action.removesuffix('Batch')}", STACK.arn(queue), {})]
        case "sns":
            topic = params["TopicArn"].rsplit(":", 1)[1].removeprefix(f"{deployment.name}-")
            return [(f"sns:{action}", STACK.arn(topic), {})]
        case "ssm":
            return [(f"ssm:{action}", f"arn:aws:ssm:{REGION}:{TEMPLATE_ACCOUNT}:parameter{params['Name']}", {})]
        case "cloudtrail" if action == "LookupEvents":
            return [("cloudtrail:LookupEvents", "*", {})]
        case "kms":
            return [(f"kms:{action}", _in_template(params.get("KeyId", "*")), {})]
        case "cloudtrail":
            trail = params.get("Name") or params.get("TrailName") or "*"
            return [(f"cloudtrail:{action}", _in_template(trail), {})]
        case "ec2" if action == "DescribeRegions":
            return [("ec2:DescribeRegions", "*", {})]
        case "logs":
            return [(f"logs:{action}", "*", {})]
    raise NotImplementedError(f"a function called {service}:{action}")


def _in_template(arn):
    return arn.replace(ACCOUNT, TEMPLATE_ACCOUNT)


def test_no_function_calls_what_its_role_does_not_allow(keytrail, control):
    deployment = keytrail.deployment
    user, key = keytrail.new_key()
    deployment.client("s3").create_bucket(Bucket="permissions")
    deployment.client("cloudtrail").create_trail(Name="permissions", S3BucketName="permissions")
    keytrail.put(*(records.envelope(records.bearer_call(user)) for _ in range(3)))
    keytrail.put(records.exposed(key))
    keytrail.wait_until_inactive(user, key)
    keytrail.tick()
    sweep_until(keytrail, control, "GetEventSelectors")
    control.plant(
        service="iam", action="ListServiceSpecificCredentials", where={"AllUsers": "true"},
        access_key=ACCESS_KEYS["Sweep"], answer={"code": "AccessDenied", "status": 403},
    )  # fmt: skip
    sweep_until(keytrail, control, "ListUsers")
    wait_for(lambda: keytrail.states("action", key) == ["done"])

    for function, access_key in ACCESS_KEYS.items():
        calls, _ = control.log(accessKey=access_key)
        policy = STACK[f"{function}Policy"]["PolicyDocument"]
        caller = STACK.arn(f"{function}Role")
        made = {}
        for call in calls:
            for action, resource, keys in needed(call, deployment):
                made[action, resource, json.dumps(keys)] = may(role(caller, **keys), action, resource, own=[policy])
        assert made, f"{function} called nothing"
        assert all(made.values()), f"{function}: {[what for what, allowed in made.items() if not allowed]}"


def sweep_until(keytrail, control, action):
    """Asks for everything, and waits until sweep has come to a call and then to its end."""
    since = control.mark()
    assert keytrail.pump.functions["Sweep"].invoke({"sweep": "everything"}).error is None
    wait_for(lambda: control.log(since=since, accessKey=ACCESS_KEYS["Sweep"], action=action)[0])
    keytrail.settle(quiet=1)
