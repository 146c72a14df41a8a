"""The table's stream as Lambda hands it to the relay: batches of the records that moto kept."""

from typing import Any

import boto3


class Stream:
    """Reads a table's stream from its beginning, in batches shaped as Lambda events."""

    def __init__(self, table: str) -> None:
        self._client = boto3.client("dynamodbstreams")
        (stream,) = self._client.list_streams(TableName=table)["Streams"]
        self._arn = stream["StreamArn"]
        (shard,) = self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        self._iterator = self._client.get_shard_iterator(
            StreamArn=self._arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]

    def batch(self) -> dict[str, Any]:
        """What was written since the last batch and passes the filter of `infra/app.yaml`; `Records` is empty at the
        end."""
        answer = self._client.get_records(ShardIterator=self._iterator)
        self._iterator = answer["NextShardIterator"]
        return {"Records": [self._as_lambda_sends(record) for record in answer["Records"] if _is_owed(record)]}

    def _as_lambda_sends(self, record: dict[str, Any]) -> dict[str, Any]:
        change = dict(record["dynamodb"])
        change["ApproximateCreationDateTime"] = change["ApproximateCreationDateTime"].timestamp()
        return {**record, "dynamodb": change, "eventSourceARN": self._arn}


def _is_owed(record: dict[str, Any]) -> bool:
    return "due_at" in record["dynamodb"].get("NewImage", {})
