"""A unit's consumer: the rule of `docs/routing.md`, as short as it can be said."""

import json

from chalicelib.routing.queues import Letter


class Consumer:
    def __init__(self, unit: str, store) -> None:
        self._unit = unit
        self._store = store
        self._last: dict[str, int] = {}
        self.applied: dict[str, list[int]] = {}

    def receive(self, letter: Letter) -> None:
        data = json.loads(letter.body)["data"]
        id, sequence, previous = letter.service_request_id, data["sequence"], data["previous_sequence"]
        last = self._last.get(id, 0)
        if sequence <= last:
            return
        if previous == last:
            self._apply(id, sequence)
        else:
            assert previous > last
            for entry in self._store.get(id).addressed_to(self._unit):
                if entry.sequence > last:
                    self._apply(id, entry.sequence)

    def _apply(self, id: str, sequence: int) -> None:
        self.applied.setdefault(id, []).append(sequence)
        self._last[id] = sequence
