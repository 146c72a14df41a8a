"""Sending submissions: one by one, each at its time, or as fast as it goes."""

import http.client
import json
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple
from urllib.parse import urlsplit

from local.demo.planning import Planned, Planner


class Sent(NamedTuple):
    """One that was accepted."""

    id: str
    unit: str
    at: float
    """When the POST began, seconds since the epoch."""


class _Connection:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._path = parts.path
        self._line = http.client.HTTPConnection(parts.netloc, timeout=60)

    def post(self, planned: Planned) -> Sent | None:
        """None if it was not accepted."""
        at = time.time()
        headers = {"Content-Type": "application/json", "Idempotency-Key": planned.key}
        self._line.request("POST", self._path, json.dumps(planned.body), headers)
        answer = self._line.getresponse()
        body = answer.read()
        if answer.status != 201:
            return None
        told = json.loads(body)
        return Sent(told["service_request_id"], told["unit"]["code"], at)


def one_by_one(api_url: str, planned: Iterable[Planned]) -> list[Sent]:
    connection = _Connection(f"{api_url}/v1/service-requests")
    return _accepted([connection.post(one) for one in planned])


def on_time(api_url: str, planned: Sequence[tuple[float, Planned]], connections: int) -> list[Sent]:
    """Each at its second from now, or as soon after as a connection is free; the wait counts."""
    start = time.time()
    waiting, lock = iter(planned), Lock()

    def work(_: int) -> list[Sent | None]:
        connection = _Connection(f"{api_url}/v1/service-requests")
        done: list[Sent | None] = []
        while True:
            with lock:
                following = next(waiting, None)
            if following is None:
                return done
            due, one = following
            time.sleep(max(0.0, start + due - time.time()))
            found = connection.post(one)
            done.append(found and found._replace(at=start + due))

    with ThreadPoolExecutor(connections) as pool:
        return _accepted([one for found in pool.map(work, range(connections)) for one in found])


def flat_out(url: str, mix: Planner, connections: int, seconds: float) -> list[Sent]:
    """As many as each connection can, one after the other."""
    planned = iter([mix.ordinary(12) for _ in range(4000)])
    lock = Lock()
    end = time.time() + seconds

    def work(_: int) -> list[Sent | None]:
        connection = _Connection(url)
        done: list[Sent | None] = []
        while time.time() < end:
            with lock:
                one = next(planned)
            done.append(connection.post(one))
        return done

    with ThreadPoolExecutor(connections) as pool:
        return _accepted([one for found in pool.map(work, range(connections)) for one in found])


def _accepted(found: list[Sent | None]) -> list[Sent]:
    """All of them.

    Raises:
        RuntimeError: one was refused: what is measured did not work.
    """
    accepted = [one for one in found if one]
    if len(accepted) < len(found):
        raise RuntimeError(f"{len(found) - len(accepted)} of {len(found)} were not accepted")
    return accepted
