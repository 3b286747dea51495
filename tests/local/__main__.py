"""
python -m local up        Keytrail on emulators until Ctrl-C; pages are printed as they come
python -m local demo      the same, and then: a key is created, used and reported as exposed; watch it go out of service
python -m local put FILE  put the records of files on the bus of a Keytrail that is up (in another terminal)

`../local` builds and installs what these need and calls them.
"""

import argparse
import contextlib
import json
import sys
import tempfile
import threading
import time
from pathlib import Path

import boto3

from emulator import processes
from emulator.pump import interface
from emulator.pump.config import read_config
from emulator.pump.pump import Pump
from emulator.stack import ACCOUNT, REGION, Stack
from samples import documents, envelopes

from . import records
from .deployment import OPERATOR, Deployment, wait_for

ROOT = Path(__file__).resolve().parents[2]
POLICY = f'mode = "enforce"\nenrolled_accounts = ["{ACCOUNT}"]\n'
# Where `put` finds the Keytrail that is up; git ignores the folder.
RUNNING = ROOT / ".tools" / "local.json"


def main():
    parser = argparse.ArgumentParser(
        prog="local", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["up", "demo", "put"])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--binaries", type=Path, default=ROOT / "target" / "debug", help="the folder of the functions")
    arguments = parser.parse_args()
    if arguments.command == "put":
        return put(arguments.files)
    return up(arguments.binaries, demo=arguments.command == "demo")


def up(binaries, demo):
    stop = processes.listen_for_stop(False)
    with contextlib.ExitStack() as closing:
        stack = closing.enter_context(Stack())
        deployment = Deployment(stack.addresses, binaries, policy=POLICY).create()
        logs = closing.enter_context(tempfile.TemporaryDirectory(prefix="keytrail-functions-"))
        pump = closing.enter_context(Pump(read_config(deployment.pump_config(logs))))
        server = interface.serve(pump)
        closing.callback(server.shutdown)
        RUNNING.write_text(json.dumps({**stack.addresses, "table": deployment.table}))
        closing.callback(RUNNING.unlink, missing_ok=True)
        tell(stack.addresses, deployment, logs, server.server_port)
        watching = threading.Thread(target=watch, args=(deployment, stop), daemon=True)
        watching.start()
        if demo:
            play(deployment)
        else:
            stop.wait()
        stop.set()
        watching.join(5)
    return 0


def tell(addresses, deployment, logs, port):
    print(
        f"""Keytrail is up, on emulators of this machine. Everything is in memory and ends with Ctrl-C.

  AWS       {addresses["endpoint"]} (any access key, region {REGION}, account {ACCOUNT})
  table     {deployment.table}
  logs      {logs}
  functions http://127.0.0.1:{port}/status

Put records on the bus, from another terminal:

  ./local put events/compromise_reported/hit_health_names_api_key.json

Look at what is remembered:

  AWS_ENDPOINT_URL={addresses["endpoint"]} AWS_ACCESS_KEY_ID={OPERATOR} AWS_SECRET_ACCESS_KEY=local \\
    aws --region {REGION} dynamodb scan --table-name {deployment.table} --output table

Pages appear here.
""",
        flush=True,
    )


def watch(deployment, stop):
    """Prints what the subscribed queue gets."""
    sqs = deployment.client("sqs")
    while not stop.is_set():
        got = sqs.receive_message(QueueUrl=deployment.inbox, MaxNumberOfMessages=10).get("Messages", [])
        for message in got:
            print(f"PAGE  {_told(json.loads(message['Body']))}\n", flush=True)
            sqs.delete_message(QueueUrl=deployment.inbox, ReceiptHandle=message["ReceiptHandle"])
        if not got:
            time.sleep(0.2)


def _told(page):
    """A page in a few lines; a subscriber by email gets all of it as text. What others wrote comes escaped."""
    notice = json.loads(page["Message"])
    news, lines = notice.get("news", {}), [page.get("Subject", "")]
    lines += [told["what"] for told in notice.get("notices", [])]
    if finding := news.get("finding"):
        lines += [finding["why"], *(f"{part['label']}: {part['value']}" for part in finding["evidence"]), *finding["next"]]
    if outcome := news.get("outcome"):
        lines += [f"outcome: {outcome}"]
    return "\n      ".join(line.encode("unicode_escape").decode() for line in lines)


def play(deployment):
    """A key is created, used, and reported as exposed."""
    iam, user = deployment.client("iam"), "checkout-gateway"
    say = lambda text: print(f"DEMO  {text}", flush=True)  # noqa: E731
    iam.create_user(UserName=user)
    key = iam.create_service_specific_credential(UserName=user, ServiceName="logs.amazonaws.com", CredentialAgeDays=30)
    key = key["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    say(f"the user {user} gets the API key {key}")
    deployment.put(*map(records.envelope, (records.user_created(user), records.key_created(user, key))))
    deployment.put(*(records.envelope(records.bearer_call(user)) for _ in range(5)))
    say("five log deliveries with it")
    dynamodb = deployment.client("dynamodb")
    address = {"pk": {"S": f"aws/{ACCOUNT}/global/api-key/{key}"}, "sk": {"S": "main"}}
    wait_for(lambda: dynamodb.get_item(TableName=deployment.table, Key=address).get("Item"))
    say("AWS Health reports the key as exposed")
    began = time.monotonic()
    deployment.put(records.exposed(key))

    def status():
        return iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"][0]["Status"]

    wait_for(lambda: status() == "Inactive")
    say(f"IAM shows the key as Inactive, {time.monotonic() - began:.1f} s after the report")
    time.sleep(3)  # for the pages


def put(files):
    if not RUNNING.exists():
        sys.exit("local: no Keytrail is up: start one with ./local up")
    running = json.loads(RUNNING.read_text())
    events = boto3.client(
        "events",
        endpoint_url=running["endpoint"],
        region_name=REGION,
        aws_access_key_id=OPERATOR,
        aws_secret_access_key="local",
    )
    count = 0
    for file in files:
        for envelope in envelopes(documents(file.read_bytes())):
            entry = {
                "Source": envelope["source"],
                "DetailType": envelope["detail-type"],
                "Detail": json.dumps(envelope["detail"]),
            }
            events.put_events(Entries=[entry])
            count += 1
    print(f"{count} events are on the bus")
    return 0


if __name__ == "__main__":
    sys.exit(main())
