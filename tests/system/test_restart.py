"""What a stop, and a kill, of the local cloud leave. Also proves that the emulator's internals are as we believe."""

import json
import time
from pathlib import Path

import pytest

from local.running import NotNow, free_port, running
from local.stack import NoStack, Stack
from local.watch import messages
from local.welcome import SUBMISSION
from tests.support.unit import call

UNIT = "VM"


def _submit(stack: Stack) -> str:
    status, _, answer = call("POST", f"{stack.api_url}/v1/service-requests", body=SUBMISSION)
    assert status == 201
    return json.loads(answer)["service_request_id"]


def _wait_until_queued(stack: Stack, ids: list[str]) -> None:
    """Wait until exactly these service requests have reached the unit's queue, in this order."""
    subjects: list[str] = []
    for _ in range(600):
        subjects = [json.loads(message["Body"])["subject"] for message in messages(stack, UNIT)]
        if len(subjects) >= len(ids):
            break
        time.sleep(0.1)
    assert subjects == ids


def _wait_until_saved(state: Path) -> None:
    """Wait until the emulator has saved all that is true now: tables first, queues last."""
    now, services = time.time(), state / "services"
    for _ in range(600):
        tables, queues = (
            file.stat().st_mtime if file.exists() else 0 for file in (services / "dynamodb.json", services / "sqs.json")
        )
        if now < tables <= queues:
            return
        time.sleep(0.1)
    pytest.fail("not saved within a minute")


def test_after_a_stop_service_requests_and_messages_are_there_and_routing_goes_on(tmp_path):
    with running(tmp_path, port=free_port()) as now:
        first = _submit(now.stack)
        _wait_until_queued(now.stack, [first])
    with pytest.raises(NoStack):
        Stack.read(tmp_path)
    with running(tmp_path, port=free_port()) as now:  # another port: nothing may depend on it
        _wait_until_queued(now.stack, [first])
        second = _submit(now.stack)
        _wait_until_queued(now.stack, [first, second])
    assert list((tmp_path / "tmp").iterdir()) == []


def test_after_a_kill_all_is_there_up_to_the_last_save(tmp_path):
    with running(tmp_path, port=free_port()) as now:
        first = _submit(now.stack)
        _wait_until_queued(now.stack, [first])
        _wait_until_saved(tmp_path)
        now._emulator._process.kill()
    with running(tmp_path, port=free_port()) as now:
        second = _submit(now.stack)
        _wait_until_queued(now.stack, [first, second])


def test_a_second_stack_in_the_same_place_is_refused_with_the_way_out(tmp_path):
    port = free_port()
    with running(tmp_path, port=port):
        with pytest.raises(NotNow, match="already runs"), running(tmp_path, port=free_port()):
            pass
        with pytest.raises(NotNow, match="Choose another"), running(tmp_path / "other", port=port):
            pass
