"""Cold start: CPU time of fresh interpreters on the unpacked package, in turns with those of the floors.

CPU rather than elapsed time: an import waits for nothing, and a function's start has a processor to itself. Each script
prints what it took until then, user and system: no function waits for the interpreter's end.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app import app
from tests.support.gateway import Gateway

from .results import Line
from .timing import Measured, in_turns, ratio
from .unpacked import Unpacked, unpacked
from .world import KEY, WATCHED

TITLE: Final = "1. Cold start, CPU"
GOAL: Final = 1.25
ROUNDS: Final = 11
STARTS: Final = Path(__file__).parent / "starts"


def measure() -> list[Line]:
    with unpacked() as package:
        event = package.directory / "event.json"
        event.write_text(json.dumps(_event()))
        scripts: dict[str, tuple[str, ...]] = {
            "nothing": ("nothing",),
            "app": ("app_alone",),
            "api floor": ("floor", "dynamodb,secretsmanager"),
            "relay": ("relay",),
            "relay floor": ("floor", "dynamodb,sqs"),
            "first": ("first_submission", str(event)),
            "bare first": ("bare_submission", "dynamodb,secretsmanager", str(event)),
        }
        found = in_turns({name: _start(package, *script) for name, script in scripts.items()}, ROUNDS)
        memory = [_memory_mb(package, *scripts[name]) for name in ("first", "bare first")]
    nothing = found.pop("nothing").middle
    net = {name: Measured([value - nothing for value in measured.values]) for name, measured in found.items()}
    return [
        _line("`import app` (every function), no client of AWS made", net["app"], net["api floor"]),
        _line("the relay ready for its first batch, clients made", net["relay"], net["relay floor"]),
        _line("the API from nothing to its first answer, a submission", net["first"], net["bare first"], goal=None),
        Line(
            "memory of the API after it",
            f"{memory[0]:.0f} MB",
            f"{memory[1]:.0f} MB, a bare function",
            ratio=memory[0] / memory[1],
        ),
    ]


def _line(what: str, ours: Measured, floor: Measured, goal: float | None = GOAL) -> Line:
    return Line(what, ours.shown("ms"), floor.shown("ms"), ratio=ratio(ours, floor), goal=goal)


def _start(package: Unpacked, script: str, *arguments: str) -> Callable[[], float]:
    return lambda: float(package.run(STARTS / f"{script}.py", *arguments)[0])


def _memory_mb(package: Unpacked, script: str, *arguments: str) -> float:
    return int(package.run(STARTS / f"{script}.py", *arguments)[1]) / 1024


def _event() -> object:
    """A submission's, as the gateway sends it."""
    kept: list[object] = []

    class Catch:
        routes = app.routes

        def __call__(self, event: object, context: object) -> dict[str, object]:
            kept.append(event)
            return {"statusCode": 0, "multiValueHeaders": {}}

    Gateway(Catch()).post("/v1/service-requests", WATCHED, headers=KEY)
    return kept[0]
