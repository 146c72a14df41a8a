"""What the reference unit worker remembers, in one SQLite file: how far it got, its work orders, its reports.

The two rules that let it be killed at any moment are here; each is one transaction:

- `take`: an entry's sequence is remembered together with what the entry leads to, so that it leads to it exactly once.
- `settled`: a report's answer is noted together with the next report, which is thus on disk, whole and under its own
  `update_id`, before it is first sent.
"""

import json
import math
import random
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS service_requests (id TEXT PRIMARY KEY, last_sequence INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS journal (
    position INTEGER PRIMARY KEY, service_request_id TEXT NOT NULL, sequence INTEGER NOT NULL, action TEXT NOT NULL,
    queued_at REAL
);
CREATE TABLE IF NOT EXISTS work_orders (
    number INTEGER PRIMARY KEY, service_request_id TEXT NOT NULL, service TEXT NOT NULL, place TEXT NOT NULL,
    status TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS work_orders_of ON work_orders (service_request_id);
CREATE TABLE IF NOT EXISTS reports (
    update_id TEXT PRIMARY KEY, work_order INTEGER NOT NULL, action TEXT NOT NULL, body TEXT NOT NULL,
    due REAL NOT NULL, tries INTEGER NOT NULL DEFAULT 0, answer INTEGER
);
CREATE INDEX IF NOT EXISTS reports_waiting ON reports (due) WHERE answer IS NULL;
"""


class Report(NamedTuple):
    """A report that waits for an answer. Its body never changes: a repeat must say the same."""

    update_id: str
    service_request_id: str
    action: str
    body: str


class Ways(NamedTuple):
    """How this unit works. A real one has people for that."""

    pace_s: float = 2.0
    """From one step to the next, about."""
    refused: float = 0.02
    """The part of the service requests that it refuses."""


class Ledger:
    """The memory of one unit, on disk."""

    def __init__(self, file: Path, unit: str, ways: Ways, clock: Callable[[], float] = time.time) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._unit = unit
        self._ways = ways
        self._clock = clock
        self._db = sqlite3.connect(file, timeout=30, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    def take(self, data: Mapping[str, Any], queued_at: float) -> bool:
        """The consumer's rule, for a message's `data`. False if an entry before it is missing, and nothing was done."""
        found = data["service_request"]
        with self._transaction():
            last = self._last_sequence(found["service_request_id"])
            if data["sequence"] <= last:
                return True  # a repeat
            if data["previous_sequence"] != last:
                return False  # a gap
            self._apply(found, data["entry"], queued_at)
            self._remember(found["service_request_id"], data["sequence"])
            return True

    def catch_up(self, found: Mapping[str, Any]) -> None:
        """Apply what is new in a service request as the counter has it."""
        with self._transaction():
            last = self._last_sequence(found["service_request_id"])
            for entry in found["timeline"]:
                if entry["addressed"] and last < entry["sequence"]:
                    self._apply(found, entry, None)
            self._remember(found["service_request_id"], max(last, found["last_sequence"]))

    def due(self, most: int) -> list[Report]:
        """The reports to be sent now, what waits longest first."""
        rows = self._db.execute(
            "SELECT update_id, service_request_id, action, body FROM reports JOIN work_orders ON number = work_order"
            " WHERE answer IS NULL AND due <= ? ORDER BY due LIMIT ?",
            (self._clock(), most),
        )
        return [Report(*row) for row in rows]

    def seconds_until_due(self) -> float:
        """Until the next report is to be sent; infinity if none waits."""
        (due,) = self._db.execute("SELECT min(due) FROM reports WHERE answer IS NULL").fetchone()
        return math.inf if due is None else max(0.0, due - self._clock())

    def settled(self, report: Report, answer: int) -> None:
        """Note the status of the answer, and plan the next step.

        A refused report counts as well: what the service request no longer allows ends with its last step.
        """
        with self._transaction():
            waiting = self._db.execute(
                "UPDATE reports SET answer = ? WHERE update_id = ? AND answer IS NULL RETURNING work_order",
                (answer, report.update_id),
            ).fetchall()
            for (work_order,) in waiting:  # none if another process of this unit was faster
                self._set_status(work_order, report.action)
                if step := self._step_after(report.action):
                    self._plan(work_order, step, self._ways.pace_s * random.uniform(0.5, 1.5))  # noqa: S311

    def postpone(self, report: Report) -> None:
        """Send it again later; later each time."""
        self._db.execute(
            "UPDATE reports SET due = ? + min(?, ? * (1 << min(tries, 10))), tries = tries + 1 WHERE update_id = ?",
            (self._clock(), LONGEST_PAUSE_S, PAUSE_S, report.update_id),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def _last_sequence(self, id: str) -> int:
        row = self._db.execute("SELECT last_sequence FROM service_requests WHERE id = ?", (id,)).fetchone()
        return row[0] if row else 0

    def _remember(self, id: str, sequence: int) -> None:
        self._db.execute("INSERT OR REPLACE INTO service_requests VALUES (?, ?)", (id, sequence))

    def _apply(self, found: Mapping[str, Any], entry: Mapping[str, Any], queued_at: float | None) -> None:
        """What an entry leads to: here a unit's system writes to its own tables, in the same transaction."""
        id, action = found["service_request_id"], entry["action"]
        self._db.execute(
            "INSERT INTO journal (service_request_id, sequence, action, queued_at) VALUES (?, ?, ?, ?)",
            (id, entry["sequence"], action, queued_at),
        )
        if entry["unit"] == self._unit or action == "reopen":
            self._open_work_order(found)  # submitted or transferred to us, or wanted again
        elif entry["unit"] is not None or action in ("withdraw", "duplicate"):
            self._give_up(id, action)  # another unit's, or nobody's any more

    def _open_work_order(self, found: Mapping[str, Any]) -> None:
        place = json.dumps(found["place"], ensure_ascii=False)
        ((number,),) = self._db.execute(
            "INSERT INTO work_orders (service_request_id, service, place, status) VALUES (?, ?, ?, 'open')"
            " RETURNING number",
            (found["service_request_id"], found["service"]["code"], place),
        ).fetchall()
        self._plan(number, "acknowledge", 0)

    def _give_up(self, id: str, action: str) -> None:
        numbers = self._db.execute("SELECT number FROM work_orders WHERE service_request_id = ?", (id,)).fetchall()
        for (number,) in numbers:
            self._db.execute("DELETE FROM reports WHERE work_order = ? AND answer IS NULL", (number,))
            self._set_status(number, action)

    def _set_status(self, work_order: int, action: str) -> None:
        self._db.execute("UPDATE work_orders SET status = ? WHERE number = ?", (action, work_order))

    def _step_after(self, action: str) -> str | None:
        if action == "acknowledge":
            return "refuse" if random.random() < self._ways.refused else "start"  # noqa: S311
        return "resolve" if action == "start" else None

    def _plan(self, work_order: int, action: str, wait_s: float) -> None:
        """Put a step's report on disk, as it will be sent when the step is done."""
        due = self._clock() + wait_s
        body = {
            "update_id": f"{self._unit}-{uuid.uuid4()}",
            "occurred_at": datetime.fromtimestamp(due, UTC).isoformat(timespec="milliseconds"),
            "action": action,
            "reference": f"BT-{work_order}",
        }
        if action == "resolve":
            body |= {"resolution": "fixed", "message": "C'est fait. / Done."}
        elif action == "refuse":
            body |= {"reason": "not_ours", "message": "Ce lieu n'est pas à la ville. / This place is not the city's."}
        self._db.execute(
            "INSERT INTO reports (update_id, work_order, action, body, due) VALUES (?, ?, ?, ?, ?)",
            (body["update_id"], work_order, action, json.dumps(body), due),
        )
