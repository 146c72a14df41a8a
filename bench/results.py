"""What was measured, as one table."""

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parent / "results.md"
_HEADINGS: Final = ("measured", "ours", "beside", "ratio", "goal", "met")


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    what: str
    ours: str
    beside: str = ""
    """The floor, the least that would do, or what is known of others."""
    ratio: float | None = None
    """Of ours to what stands beside it."""
    goal: float | None = None
    """At most, for the ratio; without one, for `amount`."""
    amount: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        judged = self.amount if self.ratio is None else self.ratio
        return None if self.goal is None or judged is None else judged <= self.goal

    @property
    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            self.ours,
            self.beside,
            "" if self.ratio is None else f"{self.ratio:.2f}",
            "" if self.goal is None else f"≤ {self.goal:g}",
            {None: "", True: "yes", False: "**no**"}[self.met],
        )


def table(chapters: Iterable[tuple[str, list[Line]]]) -> str:
    """Markdown: the lines of each chapter under its title."""
    rows = [_HEADINGS, ("---",) * len(_HEADINGS)]
    for title, lines in chapters:
        rows += [(f"**{title}**", *("",) * (len(_HEADINGS) - 1)), *(line.cells for line in lines)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def write(chapters: Iterable[tuple[str, list[Line]]], minutes: float) -> None:
    """Keep a whole run."""
    FILE.write_text(
        f"# Figures\n\nMade by `make bench` in {minutes:.0f} minutes. [docs/performance.md](../docs/performance.md) "
        f"says how each is measured.\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, on {machine()}.\n\n{table(chapters)}",
        encoding="utf-8",
    )


def machine() -> str:
    """This machine, as far as it matters to times, and what else it was doing."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0].partition(":")[2].strip() if models else platform.machine()
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} × {model}, Python {platform.python_version()}, load {load:.1f}"
