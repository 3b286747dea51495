"""
The parts of CloudWatch Logs that have a KMS key and that moto has not: anomaly detectors, lookup tables, scheduled queries.
They are made and listed, and nothing else; pages are small, so that there are several.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListLogAnomalyDetectors.html,
API_DescribeLookupTables.html, API_ListScheduledQueries.html
"""

import json
import uuid

from moto.logs.responses import LogsResponse

PAGE = 2
# What makes one, what lists them, the field of the list, the kind in the ARN and the name of its field.
KINDS = (
    ("create_log_anomaly_detector", "list_log_anomaly_detectors", "anomalyDetectors", "anomaly-detector", "anomalyDetectorArn"),
    ("create_lookup_table", "describe_lookup_tables", "lookupTables", "lookup-table", "lookupTableArn"),
    ("create_scheduled_query", "list_scheduled_queries", "scheduledQueries", "scheduled-query", "scheduledQueryArn"),
)


def _kept(response, kind):
    return response.logs_backend.__dict__.setdefault(f"parts_{kind}", [])


def _create(kind, field):
    def call(self):
        asked = json.loads(self.body)
        name = asked.get("lookupTableName") or asked.get("name") or str(uuid.uuid4())
        arn = f"arn:aws:logs:{self.region}:{self.current_account}:{kind}:{name}"
        _kept(self, kind).append({**asked, field: arn})
        return json.dumps({field: arn})

    return call


def _list(kind, listed):
    def call(self):
        start = int(self._get_param("nextToken") or 0)
        everything = _kept(self, kind)
        answer = {listed: everything[start : start + PAGE]}
        if start + PAGE < len(everything):
            answer["nextToken"] = str(start + PAGE)
        return json.dumps(answer)

    return call


def install():
    """Make moto keep and list them."""
    for create, lists, listed, kind, field in KINDS:
        setattr(LogsResponse, create, _create(kind, field))
        setattr(LogsResponse, lists, _list(kind, listed))
