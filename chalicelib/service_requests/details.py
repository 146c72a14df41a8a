"""The details of an action: which it takes, which it needs, and what is said of those that do not fit it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints

from ..foundation import ids
from ..foundation.languages import Text
from ..foundation.problems import Fault, refusal
from .lifecycle import Action


class Takes(NamedTuple):
    """The names of the details that an action needs, and of those it may carry."""

    required: frozenset[str]
    optional: frozenset[str]


def what_does_not_belong(given: Mapping[str, Any], takes: Mapping[Action, Takes]) -> list[Fault]:
    """Every detail that the given action lacks, or does not take."""
    action = next((action for action in takes if action == given.get("action")), None)
    if action is None:
        return []
    details = {name for each in takes.values() for name in each.required | each.optional}
    present = {name for name in details if given.get(name) is not None}
    own = takes[action]
    return [Fault((name,), _missing(action)) for name in sorted(own.required - present)] + [
        Fault((name,), _foreign(action)) for name in sorted(present - own.required - own.optional)
    ]


def nothing_changes(given: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a correction that corrects nothing."""
    changes = any(given.get(name) is not None for name in ("location", "description"))
    return [] if changes else [Fault((), _NOTHING)]


def _missing(action: Action) -> Text:
    return Text(fr=f"« {action} » demande ce champ.", en=f"“{action}” needs this field.")


def _foreign(action: Action) -> Text:
    return Text(fr=f"« {action} » ne prend pas ce champ.", en=f"“{action}” does not take this field.")


_NOTHING: Final = Text(
    fr="Dites ce qui change : le lieu (location), la description (description), ou les deux.",
    en="Say what changes: the location, the description, or both.",
)
_NOT_A_NUMBER: Final = Text(
    fr="Un numéro de demande est attendu : dix symboles, par exemple 7K3Q9-XPTM3.",
    en="A service request's number is expected: ten symbols, such as 7K3Q9-XPTM3.",
)


def _normalized(text: str) -> str:
    id = ids.normalized(text)
    if id is None:
        raise refusal([Fault((), _NOT_A_NUMBER)])
    return id


ServiceRequestNumber = Annotated[
    str, StringConstraints(max_length=40), AfterValidator(_normalized), Field(examples=["7K3Q9XPTM3"])
]
