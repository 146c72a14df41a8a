"""The reconciler: every minute, the same relay for whatever was left behind. Found by a sparse index, never by a scan.

Fair without memory: the units take turns at being first, by the minute; each gives a page at a time; and within a unit,
what was looked at has a later `due_at` than what was not. So neither a run that dies early nor one unit's backlog
starves the rest.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ..foundation import aws, log
from ..service_requests.model import DELIVERY_GRACE
from ..service_requests.store import ServiceRequestStore
from .relay import Relay

PAGE: Final = 100
# Small, and each ends with what it noted: even a run that dies soon has moved something.
CHUNK: Final = 10
# No rule sets a look later than this: what is beyond was written by a clock that had jumped.
HORIZON: Final = DELIVERY_GRACE + timedelta(minutes=10)


@dataclass
class Reconciled:
    """What a run did."""

    looked_at: int = 0
    sent: int = 0
    refused: int = 0
    left: int = 0
    """What it could not deliver, or not even look at."""
    lacking: dict[str, datetime] = field(default_factory=dict)
    """By recipient whose queue still lacks something, since when it has lacked the oldest that was looked at."""


class Reconciler:
    def __init__(self, store: ServiceRequestStore, relay: Relay, units: Sequence[str]) -> None:
        self._store = store
        self._relay = relay
        self._units = units

    def run(self, now: datetime, *, may_go_on: Callable[[], bool]) -> Reconciled:
        """Look at what is due in every unit. One query a unit, and one more for the first, when nothing is due."""
        first = int(now.timestamp() // 60) % len(self._units)
        turns = deque([*self._units[first:], *self._units[:first]])
        done = Reconciled()
        looked_at: set[str] = set()
        ids = self._asked(self._store.due_beyond, turns[0], now + HORIZON, done)
        while True:
            # The index lags behind: what was looked at a moment ago may still stand in it.
            new = [id for id in ids if id not in looked_at]
            looked_at.update(new)
            for start in range(0, len(new), CHUNK):
                if may_go_on():
                    self._look(new[start : start + CHUNK], now, may_go_on, done)
            if not (turns and may_go_on()):
                return done
            unit = turns.popleft()
            ids = self._asked(self._store.due, unit, now, done)
            if len(ids) == PAGE and not looked_at.issuperset(ids):
                turns.append(unit)

    def _asked(
        self, query: Callable[[str, datetime, int], list[str]], unit: str, time: datetime, done: Reconciled
    ) -> list[str]:
        try:
            return query(unit, time, PAGE)
        except aws.FAILURES as error:
            log.warning("a unit could not be looked at", unit=unit, error=aws.name_of(error))
            done.left += 1  # of how many nobody knows
            return []

    def _look(self, ids: list[str], now: datetime, may_go_on: Callable[[], bool], done: Reconciled) -> None:
        left = set(ids)
        try:
            found = self._store.get_many(ids)
            outcome = self._relay.run(found.values(), may_go_on=may_go_on)
            # One that cannot be read waits for somebody to see why.
            left = outcome.left | (left - found.keys())
            done.looked_at += len(found)
            done.sent += outcome.sent
            done.refused += outcome.refused
            for recipient, since in outcome.lacking.items():
                done.lacking[recipient] = min(since, done.lacking.get(recipient, since))
            for id in outcome.stuck:
                if may_go_on():
                    # To the end of the line, so that what is behind gets its look.
                    self._store.postpone(found[id], now + DELIVERY_GRACE)
        except aws.FAILURES as error:
            log.warning("what was due could not be handled", error=aws.name_of(error))
        done.left += len(left)
