"""DynamoDB Local through the gateway."""

import pytest

TABLE = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


@pytest.fixture
def table(client, control, name):
    table_name = name("ledger")
    client("dynamodb").create_table(TableName=table_name, **TABLE)
    return table_name


def item(sk, **more):
    return {
        "pk": {"S": "subject"},
        "sk": {"S": sk},
        **{name: {"N": str(value)} for name, value in more.items()},
    }


def test_a_stream_has_every_change_in_order(client, table):
    dynamodb, streams = client("dynamodb"), client("dynamodbstreams")
    dynamodb.put_item(TableName=table, Item=item("a", version=1))
    dynamodb.put_item(TableName=table, Item=item("a", version=2))
    dynamodb.delete_item(TableName=table, Key=item("a"))
    stream = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]  # fmt: skip
    records = streams.get_records(ShardIterator=iterator)["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["OldImage"] == item("a", version=1)
    assert records[1]["dynamodb"]["NewImage"] == item("a", version=2)


def test_callers_with_different_keys_see_one_database(client, table):
    client("dynamodb", access_key="AKIADETECTFUNCTION00").put_item(TableName=table, Item=item("a"))
    seen = client("dynamodb", access_key="AKIASWEEPFUNCTION000").get_item(TableName=table, Key=item("a"))
    assert seen["Item"] == item("a")


def test_conditions_and_transactions_are_the_engines(client, table):
    dynamodb = client("dynamodb")
    create = {
        "Put": {"TableName": table, "Item": item("a"), "ConditionExpression": "attribute_not_exists(pk)"}
    }
    dynamodb.transact_write_items(TransactItems=[create])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(
            TransactItems=[create, {"Put": {"TableName": table, "Item": item("b")}}]
        )
    assert [reason["Code"] for reason in caught.value.response["CancellationReasons"]] == [
        "ConditionalCheckFailed",
        "None",
    ]
    assert "Item" not in dynamodb.get_item(TableName=table, Key=item("b"))


def test_the_log_sums_the_capacity_that_calls_ask_for(client, control, table):
    dynamodb, mark = client("dynamodb"), control.mark()
    big = {**item("big"), "text": {"S": "x" * 2500}}
    dynamodb.put_item(TableName=table, Item=big, ReturnConsumedCapacity="TOTAL")
    write = {"Put": {"TableName": table, "Item": item("a")}}
    dynamodb.transact_write_items(TransactItems=[write], ReturnConsumedCapacity="TOTAL")
    dynamodb.put_item(TableName=table, Item=item("b"))
    assert [call["capacity"] for call in control.log(since=mark, service="dynamodb")[0]] == [3.0, 2.0, None]


def test_throttled_and_recovered(client, control, table):
    dynamodb = client("dynamodb")
    throttle = {"code": "ProvisionedThroughputExceededException"}
    fault = control.plant(service="dynamodb", action="*Item*", where={"TableName": table}, answer=throttle)
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException):
        dynamodb.put_item(TableName=table, Item=item("a"))
    control.remove_faults(fault)
    assert "Item" not in dynamodb.get_item(TableName=table, Key=item("a"))
