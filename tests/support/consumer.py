"""A unit's consumer: the rule of `docs/routing.md`, as short as it can be said, over what the API gives a unit."""

import json
from collections.abc import Callable

from chalicelib.routing.queues import Letter
from chalicelib.service_requests import unit_views
from chalicelib.service_requests.model import ServiceRequest


class Consumer:
    def __init__(self, unit: str, get: Callable[[str], ServiceRequest | None]) -> None:
        self._unit = unit
        self._get = get
        self._last: dict[str, int] = {}
        self.applied: dict[str, list[int]] = {}
        self.gaps = 0

    def receive(self, letter: Letter) -> None:
        data = json.loads(letter.body)["data"]
        id, sequence, previous = letter.service_request_id, data["sequence"], data["previous_sequence"]
        last = self._last.get(id, 0)
        if sequence <= last:
            return
        if previous == last:
            self._apply(id, sequence)
        else:
            assert previous > last, "no message names one before it that the unit was not told of"
            self.gaps += 1
            self.catch_up(id)

    def catch_up(self, id: str) -> None:
        """As `GET /v1/units/{unit}/service-requests/{id}` shows it; also what a daily comparison does."""
        found = self._get(id)
        assert found is not None
        view = unit_views.for_unit(found, self._unit)
        for entry in view.timeline:
            if entry.addressed and entry.sequence > self._last.get(id, 0):
                self._apply(id, entry.sequence)
        assert self._last.get(id, 0) == view.last_sequence

    def _apply(self, id: str, sequence: int) -> None:
        self.applied.setdefault(id, []).append(sequence)
        self._last[id] = sequence
