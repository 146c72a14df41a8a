"""What the units remember, read from their workers' files while these work."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Applied(NamedTuple):
    """An entry that a unit applied. One that it had to read from the counter was never on its queue."""

    service_request_id: str
    sequence: int
    queued_at: float | None


class Reported(NamedTuple):
    """A report that the counter answered."""

    service_request_id: str
    action: str
    answer: int


class Memory(NamedTuple):
    """What one unit remembers: in the order in which it happened there."""

    applied: list[Applied]
    """But for what it was told of photos, which come when they come."""
    work_orders: list[str]
    """Of which service request each is."""
    reported: list[Reported]
    open: frozenset[str] = frozenset()
    """Service requests with a work order that is not closed."""
    photos: frozenset[str] = frozenset()
    """Ids of those of which it has the picture."""

    def done(self, *actions: str) -> set[str]:
        """Of which service requests the unit has reported any of these, and the counter has taken it."""
        return {r.service_request_id for r in self.reported if r.action in actions and r.answer == 200}


def read(file: Path) -> Memory:
    """A worker's memory; empty if it has none yet."""
    if not file.exists():
        return Memory([], [], [])
    # Not `mode=ro`: a reader of a journal in WAL mode also writes, to its shared memory.
    db = sqlite3.connect(file, timeout=30)
    try:
        with db:
            db.execute("BEGIN")
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'reports_waiting'").fetchone():
                return Memory([], [], [])  # just being made
            return Memory(
                [
                    Applied(*row)
                    for row in db.execute(
                        "SELECT service_request_id, sequence, queued_at FROM journal"
                        " WHERE action NOT LIKE '%_photo' ORDER BY position"
                    )
                ],
                [id for (id,) in db.execute("SELECT service_request_id FROM work_orders ORDER BY number")],
                [
                    Reported(*row)
                    for row in db.execute(
                        "SELECT service_request_id, action, answer FROM reports JOIN work_orders ON number = work_order"
                        " WHERE answer IS NOT NULL ORDER BY due"
                    )
                ],
                frozenset(id for (id,) in db.execute("SELECT service_request_id FROM work_orders WHERE open")),
                frozenset(id for (id,) in db.execute("SELECT photo_id FROM photos WHERE jpeg IS NOT NULL")),
            )
    finally:
        db.close()


def read_all(files: Mapping[str, Path]) -> dict[str, Memory]:
    """By unit."""
    return {unit: read(file) for unit, file in files.items()}
