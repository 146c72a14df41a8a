"""The units' side: the reference worker's ledger behind each queue, which it reads as badly as anyone could."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from local.unit_ledger import Ledger
from local.unit_ways import Ways

from .faults import Faults
from .queues import Message, Queue

MEMORY = Path(":memory:")


class Unit:
    """One unit's system: its ledger, and what it must ask the counter for."""

    def __init__(self, code: str, chance: random.Random, faults: Faults) -> None:
        self.code = code
        self.ledger = Ledger(MEMORY, code, Ways(listens=True))
        self.asks = True
        """Whether it is there at all: some do not answer for long."""
        self.gaps: Counter[str] = Counter()
        self.lost: set[str] = set()
        """Service requests of which its queue lost a message: a purge, or kept too long."""
        self._chance = chance
        self._faults = faults

    def receive(self, queue: Queue) -> str | None:
        """Take a message, now and then not the first; the id of the service request that must be asked for first.

        That message stays in the queue.
        """
        if not queue.waiting:
            return None
        place = self._chance.randrange(len(queue.waiting)) if self._faults.by_chance("taken out of order") else 0
        message = queue.waiting[place]
        del queue.waiting[place]
        if self._faults.by_chance("dead-lettered"):
            queue.dead.append(message)
        elif self._faults.by_chance("lost from the queue", 0.3):
            self.lost.add(message.group)
        elif not self.ledger.take(json.loads(message.body)["data"], 0.0):
            self.gaps[message.group] += 1
            queue.waiting.appendleft(message)
            return message.group
        elif self._faults.by_chance("not deleted in time"):
            queue.waiting.insert(self._chance.randint(0, len(queue.waiting)), message)
        return None

    def redrive(self, queue: Queue) -> None:
        queue.waiting.extend(queue.dead)
        queue.dead.clear()

    def catch_up(self, view: dict[str, Any]) -> None:
        self.ledger.catch_up(view)

    def applied(self) -> dict[str, list[int]]:
        """By service request, the sequences applied, as they were."""
        found: dict[str, list[int]] = {}
        rows = self.ledger._db.execute("SELECT service_request_id, sequence FROM journal ORDER BY position")
        for id, sequence in rows:
            found.setdefault(id, []).append(sequence)
        return found


def sequence_of(message: Message) -> int:
    sequence: int = json.loads(message.body)["data"]["sequence"]
    return sequence
