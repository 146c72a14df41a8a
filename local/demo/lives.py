"""The lives of service requests in the demo: what the citizen of each must see, and what its units must be told."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from chalicelib.catalogue import TRIAGE

_SUBMIT: Final = "submit"
_DONE: Final = ("acknowledge", "start", "resolve")


class Life(NamedTuple):
    """From the submission to the end, comments and corrections aside."""

    steps: tuple[str, ...]
    status: str
    """At the end."""
    told: Mapping[str, int]
    """By unit, of how many entries: to no other is any addressed."""
    work_orders: Mapping[str, int]


def done(unit: str) -> Life:
    return Life((_SUBMIT, *_DONE), "resolved", {unit: 1}, {unit: 1})


def refused(unit: str) -> Life:
    return Life((_SUBMIT, "acknowledge", "refuse"), "refused", {unit: 1}, {unit: 1})


def asked(unit: str) -> Life:
    """And done after the reply."""
    return Life((_SUBMIT, "acknowledge", "ask", "reply", "start", "resolve"), "resolved", {unit: 2}, {unit: 1})


def withdrawn(unit: str) -> Life:
    """Instead of a reply."""
    return Life((_SUBMIT, "acknowledge", "ask", "withdraw"), "withdrawn", {unit: 2}, {unit: 1})


def unanswered(unit: str) -> Life:
    """Asked, and refused by an agent, for there is no reply."""
    return Life((_SUBMIT, "acknowledge", "ask", "refuse"), "refused", {unit: 2}, {unit: 1})


def repeated(unit: str) -> Life:
    """A duplicate."""
    return Life((_SUBMIT, "acknowledge", "duplicate"), "duplicate", {unit: 1}, {unit: 1})


def reopened(unit: str) -> Life:
    """And done again."""
    return Life((_SUBMIT, *_DONE, "reopen", *_DONE), "resolved", {unit: 2}, {unit: 2})


def transferred(from_unit: str, to_unit: str) -> Life:
    both = {from_unit: 1, to_unit: 1}
    return Life((_SUBMIT, "acknowledge", "transfer", *_DONE), "resolved", {from_unit: 2, to_unit: 1}, both)


def moved(from_unit: str, to_unit: str) -> Life:
    """By a correction, before the first unit had acknowledged it."""
    return Life((_SUBMIT, *_DONE), "resolved", {from_unit: 2, to_unit: 1}, {from_unit: 1, to_unit: 1})


def set_aside() -> Life:
    """After it was held: no unit but triage ever hears of it."""
    return Life((_SUBMIT, "refuse"), "refused", {TRIAGE: 2}, {TRIAGE: 1})


def sent_on(unit: str) -> Life:
    """After it was held."""
    return Life((_SUBMIT, "triage", *_DONE), "resolved", {TRIAGE: 2, unit: 1}, {TRIAGE: 1, unit: 1})
