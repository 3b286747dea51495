"""What a function's answer says about the batch it was given."""

import json


def failed_items(result, sent, partial):
    """
    The identifiers out of `sent` that failed, in their order in `sent`: all of them for a failed invocation
    and, with `partial` (ReportBatchItemFailures), for an answer that Lambda cannot read: no JSON, an
    identifier that is empty or was never sent.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    if result.error is not None:
        return list(sent)
    if not partial:
        return []
    try:
        answer = json.loads(result.body) if result.body.strip() else None
        items = (answer or {}).get("batchItemFailures") or []
        failed = {item["itemIdentifier"] for item in items}
    except (ValueError, AttributeError, TypeError, KeyError):
        return list(sent)
    if not failed <= set(sent):
        return list(sent)
    return [item for item in sent if item in failed]
