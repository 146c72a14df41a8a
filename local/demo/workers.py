"""The units' side of the demo: a reference worker for each unit, in a process of its own."""

import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from chalicelib.catalogue import TRIAGE
from local.stages import ROOT

PACE_S: Final = 0.8  # from acknowledging to starting, and to the end: days in a real city


class Workers:
    """A context: they work inside, and are ended after. Their memory and their logs are beside the stack's state."""

    def __init__(self, units: Iterable[str], state: Path, elsewhere: Mapping[str, str]) -> None:
        self._state = state
        words = [f"{words}={unit}" for words, unit in elsewhere.items()]
        self._options = ("--state", str(state), "--pace", str(PACE_S), "--elsewhere", *words)
        self._processes: dict[str, subprocess.Popen[bytes] | None] = dict.fromkeys(units)
        self._lock = threading.Lock()
        self._ended = False

    @property
    def units(self) -> list[str]:
        return list(self._processes)

    def memory(self, unit: str) -> Path:
        return self._state / "units" / f"{unit}.sqlite"

    def __enter__(self) -> Self:
        (self._state / "units").mkdir(exist_ok=True)
        for unit in self._processes:
            self.start(unit)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._ended = True
            for process in filter(None, self._processes.values()):
                process.kill()  # which it is made for
            for process in filter(None, self._processes.values()):
                process.wait()

    def start(self, unit: str) -> None:
        """Start a unit's worker, unless all are to end."""
        with self._lock, (self._state / "units" / f"{unit}.log").open("ab") as log:
            if not self._ended:
                # What is held for triage is an agent's to decide.
                listens = ("--listens",) if unit == TRIAGE else ()
                self._processes[unit] = subprocess.Popen(
                    [sys.executable, "-m", "local.demo.worker", unit, *self._options, *listens],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,  # closes with this process
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C is the demo's to handle
                )

    def kill(self, unit: str) -> None:
        """kill -9."""
        with self._lock:
            process = self._processes[unit]
            if process:
                process.kill()
                process.wait()
