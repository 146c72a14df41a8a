"""Hot partitions: how fast one key of an index is written in the city's real mix, next to what a partition takes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from chalicelib.catalogue import load
from chalicelib.service_requests.cells import index_cell
from chalicelib.service_requests.timeline import Position

from .calls import operations
from .results import Line
from .world import CATALOGUE, planner

TITLE: Final = "6. Hot partitions: write units a second on the busiest key, at 100 submissions a second"
RATE: Final = 100.0
PARTITION: Final = 1000.0  # write units a second: DynamoDB's limit
FULL: Final = 0.8
SAMPLE: Final = 20_000
KEY_OF: Final = {
    "by-unit-and-status": "unit",
    "by-unit-and-due": "unit",
    "by-unit-and-late": "unit",
    "by-borough": "borough",
    "by-cell": "cell",
}
STORM: Final = ("a submission of one that they are watched of", "its relay and mark")
LIFE: Final = (*STORM, "a unit's report: acknowledge", "a unit's report: resolve")


def measure() -> list[Line]:
    shares = busiest(_sample())
    bills = {operation.name: operation.bill.writes for operation in operations()}
    lines = []
    for index, kind in KEY_OF.items():
        key, share = shares[kind]
        storm, life = (_units(bills, steps, index) * share * RATE for steps in (STORM, LIFE))
        most = FULL * PARTITION / (life / RATE)
        ours = f"{storm:.0f} submitted and told; {life:.0f} if as many are closed"
        beside = f"{PARTITION:.0f} a partition takes; 80 % of it at {most:.0f} submissions a second"
        lines.append(
            Line(f"`{index}`, {kind} {key} ({share:.0%} of all)", ours, beside, ratio=life / PARTITION, goal=FULL)
        )
    return lines


def busiest(drawn: Iterable[Mapping[str, str]]) -> dict[str, tuple[str, float]]:
    """Of each kind of key the one that most have, and its share of all."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    total = 0
    for keys in drawn:
        total += 1
        for kind, key in keys.items():
            counted[kind][key] += 1
    return {kind: (key, number / total) for kind, counts in counted.items() for key, number in counts.most_common(1)}


def _sample() -> Iterable[Mapping[str, str]]:
    planned, catalogue = planner(), load(CATALOGUE)
    for _ in range(SAMPLE):
        one = planned.ordinary(hour=12)
        location: Mapping[str, Any] = one.body["location"]
        keys = {"unit": one.unit}
        if "lat" in location:
            keys["borough"] = str(catalogue.locate(location["lat"], location["lon"]))
            keys["cell"] = index_cell(Position(lat=location["lat"], lon=location["lon"]))
        else:
            keys["borough"] = location["borough"]
        yield keys


def _units(bills: Mapping[str, Counter[str]], steps: Iterable[str], index: str) -> int:
    return sum(writes[index] for step in steps for name, writes in bills.items() if name.startswith(step))
