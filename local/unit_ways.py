"""How the reference unit works: what it finds when it looks at a work order, and what it then reports.

A real unit has people for that. These rules are simple, so that whoever tries the counter can make each of them happen.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

NOT_THE_CITYS: Final = ("terrain privé", "private ground")
SAYS_LITTLE: Final = 15  # letters


class Step(NamedTuple):
    """A step of the work, with what its report says besides."""

    action: str
    details: Mapping[str, str] = {}


ACKNOWLEDGE: Final = Step("acknowledge")
START: Final = Step("start")
RESOLVE: Final = Step("resolve", {"resolution": "fixed", "message": "C'est fait. / Done."})
REFUSE: Final = Step(
    "refuse", {"reason": "not_ours", "message": "Ce lieu n'est pas à la ville. / This place is not the city's."}
)
ASK: Final = Step("ask", {"message": "Où exactement? / Where exactly?"})


class Ways(NamedTuple):
    """The ways of one unit."""

    pace_s: float = 2.0
    """From one step to the next, about."""
    elsewhere: Mapping[str, str] = {}
    """Words in a description that say that it is another unit's, with that unit's code."""
    listens: bool = False
    """Whether it reports nothing itself, for its people do that as agents: the triage unit."""


def step_after_looking(unit: str, ways: Ways, said: str, same_as: str | None, *, replied: bool) -> Step:
    """The step after acknowledging, for what a citizen `said`.

    `same_as` is the service request that asks for the same at the same point, if there is one.
    """
    said = said.lower()
    for words, other in ways.elsewhere.items():
        if words.lower() in said and other != unit:
            return Step("transfer", {"to_unit": other, "message": f"C'est à l'unité {other}. / It is unit {other}'s."})
    if any(words in said for words in NOT_THE_CITYS):
        return REFUSE
    if same_as:
        return Step("duplicate", {"duplicate_of": same_as})
    return ASK if 0 < len(said) < SAYS_LITTLE and not replied else START


def step_after(action: str, *, taken: bool) -> Step | None:
    """The step after any later one, whether the counter took it or not; None after the last, and after a question."""
    if action == "start":
        return RESOLVE
    # If nobody else can have it, or it is no duplicate, then it is this unit's work.
    return START if action in ("transfer", "duplicate") and not taken else None
