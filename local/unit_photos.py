"""The photos that the reference unit worker fetches: which it still wants, and what it has, in the unit's SQLite file.

A message tells that there is a photo and gives no picture, and a link to one dies in minutes: so the worker remembers
that it wants it, together with the message, and asks for a link when it fetches. A photo that was blurred is another.
"""

import math
import sqlite3
from collections.abc import Callable
from typing import Final, NamedTuple

PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
# Entries after which there is a picture to fetch, again if need be.
TOLD_BY: Final = frozenset({"accept_photo", "blur_photo"})

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS photos (
    photo_id TEXT PRIMARY KEY, service_request_id TEXT NOT NULL, told INTEGER NOT NULL, jpeg BLOB, due REAL,
    tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS photos_wanted ON photos (due) WHERE due IS NOT NULL;
"""


class Wanted(NamedTuple):
    """A photo that is to be fetched, since it was last told of by the entry of that sequence."""

    service_request_id: str
    photo_id: str
    told: int


class Album:
    def __init__(self, db: sqlite3.Connection, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def want(self, wanted: Wanted) -> None:
        """Remember that it is to be fetched, in the transaction that is open; what was had of it before goes."""
        self._db.execute(
            "INSERT OR REPLACE INTO photos (photo_id, service_request_id, told, due) VALUES (?, ?, ?, ?)",
            (wanted.photo_id, wanted.service_request_id, wanted.told, self._clock()),
        )

    def due(self, most: int) -> list[Wanted]:
        """Those to be fetched now, the longest wanted first."""
        rows = self._db.execute(
            "SELECT service_request_id, photo_id, told FROM photos WHERE due <= ? ORDER BY due LIMIT ?",
            (self._clock(), most),
        )
        return [Wanted(*row) for row in rows]

    def seconds_until_due(self) -> float:
        """Until the next is to be fetched; infinity if there is none."""
        (due,) = self._db.execute("SELECT min(due) FROM photos WHERE due IS NOT NULL").fetchone()
        return math.inf if due is None else max(0.0, due - self._clock())

    def fetched(self, wanted: Wanted, jpeg: bytes | None) -> None:
        """Keep a picture; None where there is none to have. Nothing if another was told of meanwhile."""
        self._db.execute(
            "UPDATE photos SET jpeg = ?, due = NULL WHERE photo_id = ? AND told = ?",
            (jpeg, wanted.photo_id, wanted.told),
        )

    def postpone(self, wanted: Wanted) -> None:
        """Fetch it later; later each time."""
        self._db.execute(
            "UPDATE photos SET due = ? + min(?, ? * (1 << min(tries, 10))), tries = tries + 1 WHERE photo_id = ?",
            (self._clock(), LONGEST_PAUSE_S, PAUSE_S, wanted.photo_id),
        )
