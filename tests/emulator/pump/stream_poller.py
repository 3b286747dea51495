"""
DynamoDB stream -> function, as Lambda's event-source mapping does it.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html: a shard's records go out in order,
one batch at a time; a failed batch is retried, halved where it may be, and after its retries described to the
on-failure queue and left behind.
"""

import json
import time
import uuid
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from ..patterns import matches
from .outcome import failed_items
from .stream_records import lambda_record, sequence_number

LONGEST_BACKOFF = 2.0  # seconds
SHARDS_SECONDS = 5.0
EXPIRED, TRIMMED = "ExpiredIteratorException", "TrimmedDataAccessException"


class StreamPoller:
    """
    `poll` is for one Worker. It starts at the oldest record and remembers its place for as long as it lives.
    """

    def __init__(self, mapping, function, clients, region, account):
        self._mapping = mapping
        self._function = function
        self._clients = clients
        self._region = region
        self._account = account
        self._stream_arn = None
        self._iterators = {}  # shard -> the next iterator; None for a shard that is read to its end
        self._known_shards, self._shards_until = [], 0.0
        self._reached = {}  # shard -> the sequence number of the last record dealt with
        self.delivered = 0
        self.retried = 0
        self.given_up = 0

    def poll(self, worker):
        """A batch of every readable shard: a shard is readable once its parent is read to its end."""
        parents = {shard["ShardId"]: shard.get("ParentShardId") for shard in self._shards()}
        for shard, parent in parents.items():
            if parent not in parents or self._iterators.get(parent, "") is None:
                self._poll_shard(shard, worker)

    def _shards(self):
        """Asked anew when a shard ends, for its children, and now and then."""
        if time.monotonic() >= self._shards_until:
            streams, shards, last = self._clients["dynamodbstreams"], [], {}
            while last is not None:
                answer = streams.describe_stream(StreamArn=self._arn(), **last)["StreamDescription"]
                shards += answer["Shards"]
                end = answer.get("LastEvaluatedShardId")
                last = {"ExclusiveStartShardId": end} if end else None
            self._known_shards, self._shards_until = shards, time.monotonic() + SHARDS_SECONDS
        return self._known_shards

    def _arn(self):
        if self._stream_arn is None:
            table = self._clients["dynamodb"].describe_table(TableName=self._mapping.table)["Table"]
            self._stream_arn = table["LatestStreamArn"]
        return self._stream_arn

    def _poll_shard(self, shard, worker):
        if worker.stopping.is_set():
            return
        if shard not in self._iterators:
            self._iterators[shard] = self._iterator(shard)
        if self._iterators[shard] is None:
            return
        try:
            answer = self._clients["dynamodbstreams"].get_records(
                ShardIterator=self._iterators[shard], Limit=self._mapping.batch_size
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in (EXPIRED, TRIMMED):
                del self._iterators[shard]  # the next round makes one for the place that was reached
            if code == TRIMMED:
                self._reached.pop(shard, None)  # that place is gone: what is left starts at the horizon
            raise
        records = [lambda_record(record, self._arn(), self._region) for record in answer["Records"]]
        wanted = [record for record in records if self._wants(record)]
        if records:
            worker.busy()
        if wanted and not self._deliver(shard, wanted, worker.stopping):
            return
        if records:
            self._reached[shard] = sequence_number(records[-1])
        self._iterators[shard] = answer.get("NextShardIterator")
        if self._iterators[shard] is None:
            self._shards_until = 0.0

    def _iterator(self, shard):
        place = {"ShardIteratorType": "TRIM_HORIZON"}
        if shard in self._reached:
            place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._reached[shard]}
        answer = self._clients["dynamodbstreams"].get_shard_iterator(
            StreamArn=self._arn(), ShardId=shard, **place
        )
        return answer["ShardIterator"]

    def _wants(self, record):
        return not self._mapping.filters or any(matches(pattern, record) for pattern in self._mapping.filters)

    def _deliver(self, shard, records, stopping):
        """Until each record succeeded or was given up; False where told to stop before that."""
        attempts = 0
        while not stopping.is_set():
            result = self._function.invoke({"Records": records})
            numbers = [sequence_number(record) for record in records]
            failed = failed_items(result, numbers, self._mapping.partial)
            # Lambda takes the first that failed for the place to go on from, and sends again what came after
            # it.
            first = numbers.index(failed[0]) if failed else len(records)
            self.delivered += first
            if first == len(records):
                return True
            attempts = 1 if first else attempts + 1
            records = records[first:]
            self.retried += 1
            if self._mapping.bisect and len(records) > 1:
                half = (len(records) + 1) // 2
                return self._deliver(shard, records[:half], stopping) and self._deliver(
                    shard, records[half:], stopping
                )
            if attempts > self._mapping.retries:
                self._give_up(shard, records, result, attempts)
                return True
            stopping.wait(min(self._mapping.backoff * 2 ** (attempts - 1), LONGEST_BACKOFF))
        return False

    def _give_up(self, shard, records, result, attempts):
        self.given_up += len(records)
        if self._mapping.on_failure is None:
            return
        url = self._clients["sqs"].get_queue_url(QueueName=self._mapping.on_failure)["QueueUrl"]
        record = self._failure_record(shard, records, result, attempts)
        self._clients["sqs"].send_message(QueueUrl=url, MessageBody=json.dumps(record))

    def _failure_record(self, shard, records, result, attempts):
        """What Lambda sends to an on-failure destination: where the records are, not what they hold."""
        arrivals = [_time(record["dynamodb"]["ApproximateCreationDateTime"]) for record in records]
        function = f"arn:aws:lambda:{self._region}:{self._account}:function:{self._mapping.function}"
        function_error = None if result.error is None else "Unhandled"
        return {
            "requestContext": {
                "requestId": str(uuid.uuid4()),
                "functionArn": function,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": attempts,
            },
            "responseContext": {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": function_error,
            },
            "version": "1.0",
            "timestamp": _time(datetime.now(UTC).timestamp()),
            "DDBStreamBatchInfo": {
                "shardId": shard,
                "startSequenceNumber": sequence_number(records[0]),
                "endSequenceNumber": sequence_number(records[-1]),
                "approximateArrivalOfFirstRecord": arrivals[0],
                "approximateArrivalOfLastRecord": arrivals[-1],
                "batchSize": len(records),
                "streamArn": self._arn(),
            },
        }


def _time(seconds):
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
