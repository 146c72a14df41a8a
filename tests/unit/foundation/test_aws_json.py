"""Our clients ask and understand as boto3's own do: the same requests, the same answers, the same refusals."""

import io
import json
from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation import aws

words = st.text(max_size=8)
names = st.text(st.characters(categories=["L"]), min_size=1, max_size=8)
values = st.recursive(
    st.fixed_dictionaries({"S": words})
    | st.fixed_dictionaries({"N": st.integers().map(str)})
    | st.fixed_dictionaries({"BOOL": st.booleans()})
    | st.just({"NULL": True}),
    lambda inner: (
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"M": st.dictionaries(words, inner, max_size=3)})
    ),
    max_leaves=8,
)
items = st.dictionaries(names, values, max_size=4)
parts = st.lists(items, max_size=3)
TABLE = {"TableName": "table"}
CONDITION = {"ConditionExpression": "a = :a", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


@st.composite
def asked(draw):
    """A client, a method of it, and its arguments: those that the stores use."""
    item, key = draw(items), draw(items)
    update = {**TABLE, **CONDITION, "Key": key, "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": item}
    named = {"ExpressionAttributeNames": draw(st.dictionaries(names, words, max_size=2))}
    entries = [{"Id": "1", "MessageBody": draw(words), "MessageGroupId": "g", "MessageDeduplicationId": "d"}]
    return draw(
        st.sampled_from(
            [
                ("dynamodb", "put_item", {**TABLE, **CONDITION, "Item": item}),
                ("dynamodb", "get_item", {**TABLE, "Key": key, "ConsistentRead": True}),
                ("dynamodb", "delete_item", {**TABLE, "Key": key}),
                ("dynamodb", "update_item", update | named),
                (
                    "dynamodb",
                    "query",
                    {
                        **TABLE,
                        **named,
                        "IndexName": "by",
                        "KeyConditionExpression": "a = :a",
                        "ExpressionAttributeValues": item,
                        "ScanIndexForward": False,
                        "Limit": draw(st.integers(1, 100)),
                        "ExclusiveStartKey": key,
                    },
                ),
                ("dynamodb", "batch_get_item", {"RequestItems": {"table": {"Keys": [key], "ConsistentRead": True}}}),
                (
                    "dynamodb",
                    "transact_write_items",
                    {"TransactItems": [{"Update": update}, {"Update": update}], "ClientRequestToken": "once"},
                ),
                ("sqs", "send_message_batch", {"QueueUrl": "https://sqs/1/q", "Entries": entries}),
                ("secretsmanager", "get_secret_value", {"SecretId": "keys"}),
            ]
        )
    )


@st.composite
def answered(draw):
    """What AWS may say to any of these, well or badly."""
    part = draw(parts)
    code = draw(st.sampled_from(["ConditionalCheckFailedException", "TransactionCanceledException", "Other"]))
    told = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": draw(words), "Item": draw(items)}
    reasons = {"CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": draw(items)}]}
    return draw(
        st.sampled_from(
            [
                (200, "GetItem", {"Item": draw(items)}),
                (200, "GetItem", {"Item": None}),
                (200, "GetItem", {}),
                (200, "UpdateItem", {"Attributes": draw(items)}),
                (200, "Query", {"Items": part, "Count": len(part), "ScannedCount": 9}),
                (200, "Query", {"Items": part, "LastEvaluatedKey": draw(items)}),
                (200, "Query", {"Items": part, "LastEvaluatedKey": None}),
                (200, "BatchGetItem", {"Responses": {"table": part}, "UnprocessedKeys": {}}),
                (200, "SendMessageBatch", {"Successful": [{"Id": "1", "MessageId": "m"}], "Failed": []}),
                (
                    200,
                    "SendMessageBatch",
                    {"Failed": [{"Id": "1", "SenderFault": True, "Code": "c"}], "Successful": None},
                ),
                (200, "GetSecretValue", {"Name": "keys", "SecretString": draw(words)}),
                (400, None, told | reasons),
                (500, None, {"__type": "InternalServerError"}),
                (503, None, None),
            ]
        )
    )


def ours(service):
    return {"dynamodb": aws.dynamodb, "sqs": aws.sqs, "secretsmanager": aws.secretsmanager}[service]()


@pytest.fixture(scope="module", autouse=True)
def clients():
    """Ours and boto3's own, of each service. Neither waits between tries."""
    cached = (aws._session, aws.dynamodb, aws.sqs, aws.secretsmanager)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None))
        for each in cached:
            each.cache_clear()
        yield {
            service: (ours(service), boto3.client(service, config=aws._CONFIG))
            for service in ("dynamodb", "sqs", "secretsmanager")
        }
    for each in cached:
        each.cache_clear()


def called(client, method, arguments, status=200, answer=None):
    """The requests that were sent, and what came of it."""
    sent = []

    def send(request, **_):
        told = ("X-Amz-Target", "Content-Type", "x-amzn-query-mode")
        sent.append((request.url, json.loads(request.body), *(request.headers.get(name) for name in told)))
        body = io.BytesIO(b"" if answer is None else json.dumps(answer).encode())
        body.stream = lambda: iter([body.read()])
        headers = HTTPHeaders()
        headers["x-amzn-RequestId"] = "r"
        return AWSResponse(request.url, status, headers, body)

    client.meta.events.register("before-send", send)
    try:
        return sent, getattr(client, method)(**arguments)
    except (ClientError, BotoCoreError) as error:
        # The kind is the client's own class, of the same name.
        return sent, (type(error).__name__, str(error), known(error.response))
    finally:
        client.meta.events.unregister("before-send", send)


def known(response):
    return {name: value for name, value in response.items() if name != "RetryAttempts"}


@given(asked())
def test_what_is_asked_is_what_boto3_would_ask(clients, call):
    service, method, arguments = call
    mine, theirs = clients[service]
    assert called(mine, method, arguments)[0] == called(theirs, method, arguments)[0]


METHODS = {
    "GetItem": ("dynamodb", "get_item", {**TABLE, "Key": {"id": {"S": "1"}}}),
    "UpdateItem": ("dynamodb", "update_item", {**TABLE, "Key": {"id": {"S": "1"}}}),
    "Query": ("dynamodb", "query", TABLE),
    "BatchGetItem": ("dynamodb", "batch_get_item", {"RequestItems": {"table": {"Keys": []}}}),
    "TransactWriteItems": ("dynamodb", "transact_write_items", {"TransactItems": [], "ClientRequestToken": "once"}),
    "SendMessageBatch": ("sqs", "send_message_batch", {"QueueUrl": "https://sqs/1/q", "Entries": []}),
    "GetSecretValue": ("secretsmanager", "get_secret_value", {"SecretId": "keys"}),
}


@given(answered(), st.sampled_from([name for name in METHODS if METHODS[name][0] == "dynamodb"]))
def test_what_is_answered_is_understood_as_boto3_does(clients, told, otherwise):
    """With what follows of it: how often it was tried, and which error it is."""
    status, operation, answer = told
    service, method, arguments = METHODS[operation or otherwise]
    mine, theirs = clients[service]
    # boto3 tells a client the answers that it expects alone: so each is asked with its own method.
    assert called(mine, method, arguments, status, answer) == called(theirs, method, arguments, status, answer)
