"""Stores what comes, and answers as the counter would."""

import json
from typing import Any
from uuid import uuid4

import boto3

client = boto3.client("dynamodb")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    body = json.loads(event["body"])
    id = uuid4().hex
    client.put_item(TableName="guichet-bench-bare", Item={"id": {"S": id}, "body": {"S": json.dumps(body)}})
    print("{}")  # the emulator waits for a line
    return {"statusCode": 201, "body": json.dumps({"service_request_id": id, "unit": {"code": ""}})}
