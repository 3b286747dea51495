"""
A function for the pump's tests, over Lambda's runtime API. It writes each event it is given as a line to
$SEEN, and does with it what the names in it say: `fail` fails the invocation, `die` ends the process, `hang`
hangs, `bad` is reported as a failed item, `nonsense` makes the answer unreadable, `count` adds one to an item
of the table $TABLE. `once-` before any of these does it the first time only.
"""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

API = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
SEEN = Path(os.environ["SEEN"])


def name_of(record):
    if "body" in record:
        return record["body"], record["messageId"]
    return record["dynamodb"]["Keys"]["pk"]["S"], record["dynamodb"]["SequenceNumber"]


def handle(event, before):
    """(kind of answer, answer)."""
    failed = []
    for record in event.get("Records", []):
        name, item = name_of(record)
        if name.startswith("once-") and before.count(name) > 0:
            continue
        what = name.removeprefix("once-").split(" ")[0]
        if what == "die":
            os._exit(7)
        if what == "hang":
            time.sleep(600)
        if what == "fail":
            return "error", {"errorType": "Planted", "errorMessage": name}
        if what == "nonsense":
            return "response", {"batchItemFailures": [{"itemIdentifier": "never-sent"}]}
        if what == "count":
            count()
        if what == "bad":
            failed.append({"itemIdentifier": item})
    return "response", {"batchItemFailures": failed} if "Records" in event else {
        "echo": event,
        "key": os.environ["AWS_ACCESS_KEY_ID"],
    }


def count():
    scope = f"{os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/dynamodb/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "X-Amz-Target": "DynamoDB_20120810.UpdateItem",
        "Content-Type": "application/x-amz-json-1.0",
    }
    add = {
        "TableName": os.environ["TABLE"],
        "Key": {"pk": {"S": "n"}, "sk": {"S": "x"}},
        "UpdateExpression": "ADD n :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    data = json.dumps(add).encode()
    urllib.request.urlopen(
        urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], data=data, headers=headers)
    ).read()


def post(url, body):
    urllib.request.urlopen(urllib.request.Request(url, data=json.dumps(body).encode(), method="POST")).read()


def main():
    if os.environ.get("BROKEN"):
        sys.exit("broken at its start")
    while True:
        with urllib.request.urlopen(f"{API}/next") as answer:
            request, headers = answer.headers["Lambda-Runtime-Aws-Request-Id"], dict(answer.headers)
            event = json.load(answer)
        before = (
            [n for line in SEEN.read_text().splitlines() for n in json.loads(line)["names"]]
            if SEEN.exists()
            else []
        )
        line = {
            "names": [name_of(record)[0] for record in event.get("Records", [])],
            "event": event,
            "pid": os.getpid(),
            "deadline": int(headers["lambda-runtime-deadline-ms"]),
            "arn": headers["lambda-runtime-invoked-function-arn"],
        }
        with SEEN.open("a") as seen:
            seen.write(json.dumps(line) + "\n")
        kind, body = handle(event, before)
        post(f"{API}/{request}/{kind}", body)


if __name__ == "__main__":
    main()
