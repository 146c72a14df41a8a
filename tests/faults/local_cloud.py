"""The promise on the local cloud: the demo's day, while functions, unit workers and the emulator itself are stopped."""

import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from local.running import Running, free_port, running
from local.stages import ROOT

REQUESTS: Final = 60
# The day itself lasts 48 s. To stop takes a while: it answers first what it was asked, then saves.
STOPS_AFTER_S: Final = ((10.0, 16.0), (15.0, 25.0))
STOPPED_WITHIN_S: Final = 240.0
# So its citizens wait longer than the demo's do, which are patient enough for a stop on an idle machine.
DEMO: Final = "from local.demo import __main__, line, play; line.PATIENCE_S = play.ALLOWED_S = 600.0; __main__.main()"


class Day(NamedTuple):
    kept: bool
    stops: int
    """How often the emulator was stopped and started again."""
    said: str
    """All that the demo printed."""


def day(seed: int) -> Day:
    """A day of the demo with `--faults`, which kills functions and unit workers (SIGKILL).

    The emulator is stopped by SIGTERM, for SIGKILL loses what it had not saved in its last ten seconds.
    """
    chance, stops = random.Random(seed), 0  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="guichet-prove-", ignore_cleanup_errors=True) as directory:
        state = Path(directory).resolve()
        said = state / "demo.log"
        options = ["--faults", "--requests", str(REQUESTS), "--seed", str(seed), "--state", str(state)]
        with running(state, port=free_port()) as now, said.open("wb") as log:
            demo = subprocess.Popen(  # noqa: S603 - our own
                [sys.executable, "-c", DEMO, *options], cwd=ROOT, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                for times in STOPS_AFTER_S:
                    if not _over_within(demo, chance.uniform(*times)):
                        _stop_and_start(now)
                        stops += 1
                status = demo.wait()
            finally:
                demo.terminate()
                demo.wait()
        return Day(status == 0, stops, said.read_text(encoding="utf-8", errors="replace"))


def _stop_and_start(now: Running) -> None:
    process = now._emulator._process
    process.terminate()  # not by the context's end, which after a minute ends by force what has not saved yet
    process.wait(STOPPED_WITHIN_S)
    now._emulator.__enter__()


def _over_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
