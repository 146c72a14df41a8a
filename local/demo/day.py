"""A day of the city, made up: an ordinary one, in the city's proportions, but for what its script has besides."""

from random import Random
from typing import NamedTuple

from chalicelib.catalogue import TRIAGE, Catalogue

from . import script
from .figures import WEEKDAYS, Figures
from .planning import Planned, Planner
from .script import Script


class Day(NamedTuple):
    weekday: str
    planned: list[Planned]
    script: Script

    @property
    def units(self) -> list[str]:
        """Those that get something to do; the one for triage last."""
        units = {planned.unit for planned in self.planned} | self.script.units
        return sorted(units, key=lambda unit: (unit == TRIAGE, len(unit), unit))


def make_up(number: int, seed: int, catalogue: Catalogue, figures: Figures) -> Day:
    """A day of so many ordinary service requests; the same for the same seed, but for the keys."""
    chance = Random(seed)  # noqa: S311
    (weekday,) = chance.choices(range(7), figures.weekdays)
    planner = Planner(chance, catalogue, figures)
    hours = chance.choices(range(24), figures.requests_by_weekday_and_hour[weekday], k=number)
    planned = [planner.ordinary(at) for at in sorted(hour + chance.random() for hour in hours)]
    return Day(WEEKDAYS[weekday], planned, script.write(planner))
