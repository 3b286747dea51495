"""
SQS -> function, as Lambda's event-source mapping does it.

https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html: a batch is deleted when the function succeeds;
what it reports as failed, or everything where it fails, comes back after the queue's visibility timeout, and
the queue's redrive policy ends that.
"""

import time

from .outcome import failed_items

SQS_BATCH = 10  # messages that one ReceiveMessage or DeleteMessageBatch takes
GATHER_SECONDS = 0.02


class QueuePoller:
    """`poll` is for a Worker; several workers may share one poller."""

    def __init__(self, mapping, function, sqs, region, account):
        self._mapping = mapping
        self._function = function
        self._sqs = sqs
        self._region = region
        self._arn = f"arn:aws:sqs:{region}:{account}:{mapping.queue}"
        self._url = None
        self.delivered = 0
        self.failed = 0

    def poll(self, worker):
        """One batch, if there is one."""
        messages = self._receive(worker)
        if not messages:
            return
        result = self._function.invoke({"Records": [self._record(message) for message in messages]})
        failed = set(
            failed_items(result, [message["MessageId"] for message in messages], self._mapping.partial)
        )
        self._delete([message for message in messages if message["MessageId"] not in failed])
        self.delivered += len(messages) - len(failed)
        self.failed += len(failed)

    def _receive(self, worker):
        """
        Up to a batch of messages: what is there at once or, with a window, what comes in it after the first.
        """
        wanted, messages, end = self._mapping.batch_size, [], None
        while len(messages) < wanted and not worker.stopping.is_set():
            answer = self._sqs.receive_message(
                QueueUrl=self._queue_url(),
                MaxNumberOfMessages=min(SQS_BATCH, wanted - len(messages)),
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            received = answer.get("Messages", [])
            messages += received
            if not messages:
                break
            worker.busy()
            end = end or time.monotonic() + self._mapping.window
            if not received:
                if time.monotonic() >= end:
                    break
                worker.stopping.wait(GATHER_SECONDS)
        return messages

    def _queue_url(self):
        if self._url is None:
            self._url = self._sqs.get_queue_url(QueueName=self._mapping.queue)["QueueUrl"]
        return self._url

    def _record(self, message):
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: {
                    "dataType": value["DataType"],
                    "stringValue": value.get("StringValue"),
                    "stringListValues": [],
                    "binaryListValues": [],
                }
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._arn,
            "awsRegion": self._region,
        }

    def _delete(self, messages):
        for start in range(0, len(messages), SQS_BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages[start : start + SQS_BATCH])
            ]
            self._sqs.delete_message_batch(QueueUrl=self._queue_url(), Entries=entries)
