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

from .unit_photos import SCHEMA as PHOTOS_SCHEMA
from .unit_photos import TOLD_BY, Album, Wanted
from .unit_ways import ACKNOWLEDGE, START, Step, Ways, step_after, step_after_looking

PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
# How long work waits for a citizen whom an agent has asked something.
REPLY_WITHIN_S: Final = 3 * 24 * 3600.0

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS service_requests (id TEXT PRIMARY KEY, last_sequence INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS journal (
    position INTEGER PRIMARY KEY, service_request_id TEXT NOT NULL, sequence INTEGER NOT NULL, action TEXT NOT NULL,
    said TEXT, queued_at REAL
);
CREATE INDEX IF NOT EXISTS journal_of ON journal (service_request_id);
CREATE TABLE IF NOT EXISTS work_orders (
    number INTEGER PRIMARY KEY, service_request_id TEXT NOT NULL, service TEXT NOT NULL, place TEXT NOT NULL,
    description TEXT, urgent INTEGER NOT NULL, status TEXT NOT NULL, open INTEGER NOT NULL DEFAULT TRUE
);
CREATE INDEX IF NOT EXISTS work_orders_of ON work_orders (service_request_id);
CREATE INDEX IF NOT EXISTS work_orders_at ON work_orders (place) WHERE open;
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


class Ledger:
    """The memory of one unit, on disk."""

    def __init__(self, file: Path, unit: str, ways: Ways, clock: Callable[[], float] = time.time) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._unit = unit
        self._ways = ways
        self._clock = clock
        self._db = sqlite3.connect(file, timeout=30, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA + PHOTOS_SCHEMA)

    def close(self) -> None:
        self._db.close()

    @property
    def album(self) -> Album:
        return Album(self._db, self._clock)

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
        """The reports to be sent now: what is urgent, then what waits longest."""
        rows = self._db.execute(
            "SELECT update_id, service_request_id, action, body FROM reports JOIN work_orders ON number = work_order"
            " WHERE answer IS NULL AND due <= ? ORDER BY urgent DESC, due LIMIT ?",
            (self._clock(), most),
        )
        return [Report(*row) for row in rows]

    def seconds_until_due(self) -> float:
        """Until the next report is to be sent, or photo fetched; infinity if none waits."""
        (due,) = self._db.execute("SELECT min(due) FROM reports WHERE answer IS NULL").fetchone()
        until_report = math.inf if due is None else max(0.0, due - self._clock())
        return min(until_report, self.album.seconds_until_due())

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
                step = self._step_after(work_order, report.action, taken=answer == 200)
                self._set_status(work_order, report.action, is_open=bool(step) or report.action == "ask")
                if step:
                    self._plan(work_order, step, self._about_a_pace())

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
            "INSERT INTO journal (service_request_id, sequence, action, said, queued_at) VALUES (?, ?, ?, ?, ?)",
            (id, entry["sequence"], action, entry["text"] or entry["note"], queued_at),
        )
        if entry["unit"] is not None:  # submitted, transferred, triaged, or corrected into another borough
            self._close(id, action)
            if entry["unit"] == self._unit:
                self._open_work_order(found)
        elif action == "reopen":
            self._open_work_order(found)
        elif action in ("withdraw", "duplicate", "resolve", "refuse"):  # by its citizen, or by an agent in our place
            self._close(id, action)
        elif action == "ask":
            self._wait_for_reply(id)
        elif action == "reply":
            self._go_on(id)
        elif action in ("correct", "prioritize"):
            self._rewrite(found)
        elif action in TOLD_BY:
            self.album.want(Wanted(id, entry["photo_id"], entry["sequence"]))
        # Whatever else there is (comments, notes, duplicates of it, …) the crew reads in the journal.

    def _open_work_order(self, found: Mapping[str, Any]) -> None:
        ((number,),) = self._db.execute(
            "INSERT INTO work_orders (service_request_id, service, place, description, urgent, status)"
            " VALUES (?, ?, ?, ?, ?, 'open') RETURNING number",
            (found["service_request_id"], found["service"]["code"], *_written(found)),
        ).fetchall()
        self._plan(number, ACKNOWLEDGE, 0)

    def _rewrite(self, found: Mapping[str, Any]) -> None:
        for number in self._open_of(found["service_request_id"]):
            self._db.execute(
                "UPDATE work_orders SET place = ?, description = ?, urgent = ? WHERE number = ?",
                (*_written(found), number),
            )

    def _close(self, id: str, action: str) -> None:
        for number in self._open_of(id):
            self._db.execute("DELETE FROM reports WHERE work_order = ? AND answer IS NULL", (number,))
            self._set_status(number, action, is_open=False)

    def _wait_for_reply(self, id: str) -> None:
        for number in self._open_of(id):
            self._db.execute(
                "UPDATE reports SET due = due + ? WHERE work_order = ? AND answer IS NULL", (REPLY_WITHIN_S, number)
            )

    def _go_on(self, id: str) -> None:
        """After a reply: with the step that waits for it, or else with the work."""
        for number in self._open_of(id):
            self._db.execute(
                "DELETE FROM reports WHERE work_order = ? AND action = 'ask' AND answer IS NULL", (number,)
            )
            waiting = self._db.execute(
                "UPDATE reports SET due = min(due, ?) WHERE work_order = ? AND answer IS NULL RETURNING action",
                (self._clock(), number),
            ).fetchall()
            if not waiting:
                self._plan(number, START, self._about_a_pace())

    def _open_of(self, id: str) -> list[int]:
        rows = self._db.execute("SELECT number FROM work_orders WHERE service_request_id = ? AND open", (id,))
        return [number for (number,) in rows.fetchall()]

    def _set_status(self, work_order: int, action: str, *, is_open: bool) -> None:
        self._db.execute("UPDATE work_orders SET status = ?, open = ? WHERE number = ?", (action, is_open, work_order))

    def _step_after(self, work_order: int, action: str, *, taken: bool) -> Step | None:
        if action != "acknowledge":
            return step_after(action, taken=taken)
        ((id, said),) = self._db.execute(
            "SELECT service_request_id, description FROM work_orders WHERE number = ?", (work_order,)
        ).fetchall()
        same_as, replied = self._same_as(work_order), self._has_replied(id)
        return step_after_looking(self._unit, self._ways, said or "", same_as, replied=replied)

    def _same_as(self, work_order: int) -> str | None:
        """The service request of the first open work order for the same service at the same point of the map."""
        row = self._db.execute(
            "SELECT earlier.service_request_id FROM work_orders AS this JOIN work_orders AS earlier"
            " ON earlier.place = this.place AND earlier.service = this.service AND earlier.number < this.number"
            " AND earlier.service_request_id != this.service_request_id AND earlier.open"
            " WHERE this.number = ? AND json_extract(this.place, '$.position') IS NOT NULL"
            " ORDER BY earlier.number LIMIT 1",
            (work_order,),
        ).fetchone()
        return row[0] if row else None

    def _has_replied(self, id: str) -> bool:
        row = self._db.execute("SELECT 1 FROM journal WHERE service_request_id = ? AND action = 'reply'", (id,))
        return row.fetchone() is not None

    def _about_a_pace(self) -> float:
        return self._ways.pace_s * random.uniform(0.5, 1.5)  # noqa: S311

    def _plan(self, work_order: int, step: Step, wait_s: float) -> None:
        """Put a step's report on disk, as it will be sent when the step is done."""
        if self._ways.listens:
            return
        due = self._clock() + wait_s
        body = {
            "update_id": f"{self._unit}-{uuid.uuid4()}",
            "occurred_at": datetime.fromtimestamp(due, UTC).isoformat(timespec="milliseconds"),
            "action": step.action,
            "reference": f"BT-{work_order}",
            **step.details,
        }
        self._db.execute(
            "INSERT INTO reports (update_id, work_order, action, body, due) VALUES (?, ?, ?, ?, ?)",
            (body["update_id"], work_order, step.action, json.dumps(body), due),
        )


def _written(found: Mapping[str, Any]) -> tuple[str, str | None, bool]:
    """What a work order says of where, what, and whether it is urgent."""
    place = json.dumps(found["place"], ensure_ascii=False, sort_keys=True)
    return place, found["description"], found["priority"] == "urgent"
