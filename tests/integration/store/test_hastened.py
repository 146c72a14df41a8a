"""The tests' cloud answers as moto does, whatever it is spared."""

from datetime import timedelta

import pytest

from chalicelib.foundation.settings import settings
from chalicelib.service_requests.lifecycle import Action
from chalicelib.service_requests.model import ServiceRequest
from chalicelib.service_requests.store import Conflict, store
from chalicelib.service_requests.timeline import Change
from tests.support import cloud
from tests.support.examples import CITIZEN, NOW, submitted

INDEXES = {
    "by-unit-and-status": ("unit", "VM"),
    "by-unit-and-late": ("unit", "VM"),
    "by-unit-and-due": ("unit", "VM"),
    "by-borough": ("borough", "VM"),
    "by-cell": ("cell", "892baa0b6b7ffff"),
}


def answers(stored: list[ServiceRequest]) -> list[object]:
    """What each index, the table and its stream say after writes and a transaction that failed."""
    with cloud.standing_cloud("pilot") as clients:
        table, comment = settings().service_requests_table, Change(action=Action.COMMENT, by=CITIZEN, text="« été » 🚲")
        for each in stored:
            store().add(each)
        grown = [each.after(comment, at=NOW, entry_id=f"e{each.id}") for each in stored]
        store().append(stored[0], grown[0])
        store().append_together((stored[1], grown[1]), (stored[2], grown[2]))
        with pytest.raises(Conflict):
            store().append_together((stored[0], grown[1]), (stored[3], grown[3]))
        store().append(stored[3], grown[3])
        asked = [
            clients.dynamodb.query(
                TableName=table,
                IndexName=index,
                KeyConditionExpression="#key = :key",
                ExpressionAttributeNames={"#key": key},
                ExpressionAttributeValues={":key": {"S": value}},
            )["Items"]
            for index, (key, value) in INDEXES.items()
        ]
        read = [clients.dynamodb.get_item(TableName=table, Key={"id": {"S": each.id}})["Item"] for each in stored]
        records = cloud.dynamodb_backends[cloud.DEFAULT_ACCOUNT_ID][cloud.REGION].get_table(table).stream_shard.items
        return [*asked, read, [(record.record["eventName"], record.record["dynamodb"]["Keys"]) for record in records]]


def test_what_is_hastened_answers_as_moto_does(monkeypatch):
    stored = [submitted(id, at=NOW - timedelta(minutes=minute)) for minute, id in enumerate("ADBC")]
    stored = [each.model_copy(update={"cell": INDEXES["by-cell"][1]}) for each in stored]
    hastened = answers(stored)
    monkeypatch.setattr(cloud, "hasten", lambda _: None)
    assert hastened == answers(stored)
    assert all(hastened)
