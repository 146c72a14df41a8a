"""Times of several things, measured in turns so that what else the machine does hits all alike."""

import time
from collections.abc import Callable, Mapping
from statistics import median, quantiles
from typing import NamedTuple


class Measured(NamedTuple):
    """Repeated measurements of one thing."""

    values: list[float]

    @property
    def middle(self) -> float:
        return median(self.values)

    @property
    def noise(self) -> float:
        """Half the distance between the quartiles, as part of the median."""
        low, _, high = quantiles(self.values, n=4)
        return (high - low) / 2 / self.middle

    def shown(self, unit: str, scale: float = 1000.0) -> str:
        return f"{self.middle * scale:.{_digits(self.middle * scale)}f} {unit} ±{self.noise:.0%}"


def _digits(value: float) -> int:
    return 0 if value >= 100 else 1 if value >= 10 else 2


def in_turns(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Measured]:
    """What each gives, `rounds` times, one after the other; the first round warms up and is not counted."""
    values: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds + 1):
        for name, measure in measures.items():
            value = measure()
            if number:
                values[name].append(value)
    return {name: Measured(found) for name, found in values.items()}


def cpu_of(call: Callable[[], object], times: int) -> Callable[[], float]:
    """Measures CPU seconds (user and system) of this process per call."""

    def measure() -> float:
        started = time.process_time()
        for _ in range(times):
            call()
        return (time.process_time() - started) / times

    return measure


def ratio(ours: Measured, floor: Measured) -> float:
    """The median of the ratios of each round: what disturbs a round disturbs both sides of it."""
    return median(mine / least for mine, least in zip(ours.values, floor.values, strict=True))
