"""Faults for the demo: functions and unit workers are killed (kill -9) at random, as long as it lasts."""

import os
import random
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .workers import Workers

# A function takes a second or two to start: killed much more often, it would never get to its work.
FUNCTION_EVERY_S: Final = 1.5
WORKER_EVERY_S: Final = 4.0
WORKER_AWAY_S: Final = 2.0


class Faults:
    """A context: it kills inside. Only functions of the stack with that state directory, and those workers."""

    def __init__(self, state: Path, workers: Workers) -> None:
        self._directories = str(state / "tmp" / "ministack-lambda-")
        self._workers = workers
        self._over = threading.Event()
        self._threads = [threading.Thread(target=killer) for killer in (self._kill_functions, self._kill_workers)]
        self.functions = 0
        """How many were killed."""
        self.workers = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _kill_functions(self) -> None:
        while not self._over.wait(_about(FUNCTION_EVERY_S)):
            if processes := self._function_processes():
                # The function first: of the relay there is one process, of the API several.
                process = random.choice(random.choice(processes))  # noqa: S311
                with suppress(ProcessLookupError):  # it may have ended by itself
                    os.kill(process, signal.SIGKILL)
                    self.functions += 1

    def _function_processes(self) -> list[list[int]]:
        """The processes of each function: they run a file in their stack's directory for temporary files."""
        listed = subprocess.run(["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
        found: dict[str, list[int]] = {}
        for line in listed.stdout.splitlines():
            if self._directories in line:
                function = line.partition(self._directories)[2].rpartition("-")[0]
                found.setdefault(function, []).append(int(line.split()[0]))
        return list(found.values())

    def _kill_workers(self) -> None:
        while not self._over.wait(_about(WORKER_EVERY_S)):
            unit = random.choice(self._workers.units)  # noqa: S311
            self._workers.kill(unit)
            self.workers += 1
            self._over.wait(_about(WORKER_AWAY_S))
            self._workers.start(unit)


def _about(seconds: float) -> float:
    return seconds * random.uniform(0.2, 1.8)  # noqa: S311
