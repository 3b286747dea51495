"""
From the report of an exposed key on the bus to the key Inactive in IAM, on the emulators: median and worst of 50.

    cargo build --release -p keytrail-detect -p keytrail-respond -p keytrail-notify -p keytrail-sweep -p keytrail-rescue
    PYTHONPATH=tests:tests/infra .tools/emulator/bin/python tests/bench/until_inactive.py [--runs 50]

The emulators' own time is in it: the pollers look at queues and streams every few milliseconds, where Lambda's long polling
and AWS's networks take longer. What it shows is that nothing of Keytrail's own waits.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from emulator.pump.config import read_config
from emulator.pump.pump import Pump
from emulator.stack import ACCOUNT, Stack
from local import records
from local.deployment import Deployment, wait_for

ROOT = Path(__file__).resolve().parents[2]
POLICY = f'mode = "enforce"\nenrolled_accounts = ["{ACCOUNT}"]\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--binaries", type=Path, default=ROOT / "target" / "release")
    arguments = parser.parse_args()
    with Stack() as stack, tempfile.TemporaryDirectory() as logs:
        deployment = Deployment(stack.addresses, arguments.binaries, policy=POLICY).create()
        with Pump(read_config(deployment.pump_config(logs, scheduled=False))):
            seconds = [measure(deployment, number) for number in range(arguments.runs)]
    print(f"{len(seconds)} keys: median {statistics.median(seconds):.3f} s, worst {max(seconds):.3f} s")


def measure(deployment, number):
    iam, dynamodb = deployment.client("iam"), deployment.client("dynamodb")
    user = f"sender-{number}"
    iam.create_user(UserName=user)
    key = iam.create_service_specific_credential(UserName=user, ServiceName="logs.amazonaws.com")
    key = key["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    deployment.put(*map(records.envelope, (records.user_created(user), records.key_created(user, key))))
    document = {"pk": {"S": f"aws/{ACCOUNT}/global/api-key/{key}"}, "sk": {"S": "main"}}
    wait_for(lambda: dynamodb.get_item(TableName=deployment.table, Key=document).get("Item"))
    forget_permits(dynamodb, deployment.table)
    began = time.monotonic()
    deployment.put(records.exposed(key))

    def inactive():
        return iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"][0]["Status"] == "Inactive"

    wait_for(inactive, pause=0.01)
    return time.monotonic() - began


def forget_permits(dynamodb, table):
    """A day passes for the breakers: fifty keys are more than any budget allows."""
    for item in dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]:
        if item["pk"]["S"].startswith("slot/permits/"):
            dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


if __name__ == "__main__":
    main()
