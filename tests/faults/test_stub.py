"""The tables and queues in memory answer as moto does, to all that a whole history asks of them."""

import json
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from tests.support.cloud import standing_cloud
from tests.support.faults.healing import heal
from tests.support.faults.queues import Queues
from tests.support.faults.tables import Refused, Tables
from tests.support.faults.world import World


@pytest.fixture
def recorded(world: World, monkeypatch) -> list[tuple[str, str, dict[str, Any]]]:
    """The calls of a history, in order, each with its answer, as JSON."""
    calls = []

    def recording(answer):
        def answered(self, operation, asked):
            text = json.dumps(asked)
            try:
                found = answer(self, operation, asked)
            except Refused as refused:
                calls.append((operation, text, {"refused": refused.code, **refused.told}))
                raise
            calls.append((operation, text, found))
            return found

        return answered

    monkeypatch.setattr(Tables, "answer", recording(Tables.answer))
    monkeypatch.setattr(Queues, "answer", recording(Queues.answer))
    world.faults.rate = 0.03
    world.tables.lags = lambda _: False
    world.queues.takes = lambda _: True
    world.live(8)
    heal(world)
    return calls


def test_it_answers_what_moto_answers(recorded):
    assert {operation for operation, _, _ in recorded} >= {"PutItem", "UpdateItem", "TransactWriteItems", "Query"}
    with standing_cloud("pilot") as cloud:
        for operation, text, answer in recorded:
            client = cloud.sqs if operation == "SendMessageBatch" else cloud.dynamodb
            assert _compared(_asked_of(client, operation, json.loads(text))) == _compared(answer), text


def _asked_of(client: Any, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = getattr(client, xform_name(operation))(**asked)
    except ClientError as error:
        told = {name: error.response[name] for name in ("Item", "CancellationReasons") if name in error.response}
        return {"refused": error.response["Error"]["Code"], **told}
    return found


def _compared(answer: dict[str, Any]) -> dict[str, Any]:
    """What must be the same; in what order those of a batch come is nobody's to say."""
    found = {name: answer[name] for name in ("refused", "Item", "Items", "LastEvaluatedKey") if answer.get(name)}
    found["batch"] = [_sorted(items) for items in answer.get("Responses", {}).values()]
    found["sent"] = [(sent["Id"], sent["MD5OfMessageBody"]) for sent in answer.get("Successful", [])]
    found["reasons"] = [(reason["Code"], reason.get("Item")) for reason in answer.get("CancellationReasons", [])]
    return found


def _sorted(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: str(item.get("id")))
