"""What the pollers rely on in moto's queues and topics, with many callers at once."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from moto.sqs.models import Message, Queue

from emulator import queue_time


def test_every_message_is_received_once_by_many_receivers(client, control, name):
    url = client("sqs").create_queue(QueueName=name("queue"), Attributes={"VisibilityTimeout": "60"})[
        "QueueUrl"
    ]
    sent = {str(number) for number in range(80)}
    received, lock = [], threading.Lock()

    def send(part):
        sqs = client("sqs")
        for body in part:
            sqs.send_message(QueueUrl=url, MessageBody=body)

    def receive(_):
        sqs, idle = client("sqs"), 0
        while idle < 1:
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
                "Messages", []
            )
            idle = 0 if messages else idle + 1
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                with lock:
                    received.append(message["Body"])

    with ThreadPoolExecutor(8) as threads:
        bodies = sorted(sent)
        list(threads.map(send, [bodies[n::4] for n in range(4)]))
        list(threads.map(receive, range(4)))
    assert sorted(received) == sorted(sent)


def test_a_long_poll_ends_when_a_message_comes_and_holds_up_nobody(client, control, name):
    url = client("sqs").create_queue(QueueName=name("queue"))["QueueUrl"]
    with ThreadPoolExecutor(1) as threads:
        started = time.monotonic()
        waiting = threads.submit(client("sqs").receive_message, QueueUrl=url, WaitTimeSeconds=20)
        time.sleep(0.2)
        client("sqs").send_message(QueueUrl=url, MessageBody="now")
        assert waiting.result()["Messages"][0]["Body"] == "now"
        assert time.monotonic() - started < 5


def test_a_message_is_always_counted_somewhere():
    """Once by each count of a call, although its visibility ends between two of them."""
    queue_time.install()
    queue = Queue("counted", "us-east-1", "123456789012")
    message = Message("id", "body")
    queue._messages.append(message)
    with queue_time.CALL_TIME.held():
        message.visible_at = queue_time.CALL_TIME() + 1
        before = queue.approximate_number_of_messages
        time.sleep(0.01)
        after = queue.approximate_number_of_messages_not_visible
    assert before + after == 1


def test_redelivery_and_the_dead_letter_queue(client, control, name):
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName=name("dead"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    url = sqs.create_queue(QueueName=name("queue"), Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for expected in ("1", "2"):
        (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
        assert message["Attributes"]["ApproximateReceiveCount"] == expected
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        sqs.change_message_visibility(
            QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
        time.sleep(0.01)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "poison"


def test_a_topic_filters_by_message_attributes(client, control, name):
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name=name("topic"))["TopicArn"]
    urls = {}
    for severity in ("critical", "low"):
        urls[severity] = sqs.create_queue(QueueName=name("pages"))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=urls[severity], AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        policy = {"FilterPolicy": json.dumps({"severity": [severity]}), "RawMessageDelivery": "true"}
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=policy)
    attribute = {"severity": {"DataType": "String", "StringValue": "critical"}}
    structured = json.dumps({"default": "text", "sqs": '{"notice": 1}', "sms": "short"})
    sns.publish(TopicArn=topic, Message=structured, MessageStructure="json", MessageAttributes=attribute)
    (page,) = sqs.receive_message(QueueUrl=urls["critical"], MessageAttributeNames=["All"])["Messages"]
    assert json.loads(page["Body"]) == {"notice": 1}
    assert page["MessageAttributes"]["severity"]["StringValue"] == "critical"
    assert "Messages" not in sqs.receive_message(QueueUrl=urls["low"])
