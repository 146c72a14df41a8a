"""Whether the promise was kept: each accepted service request at exactly its units, once, in order, and back."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from .citizens import Looked, Sent
from .line import NO_ANSWER, Answer
from .memories import Memory
from .planning import Planned

# What leaves the status as it was: not a step of a life.
_ASIDE: Final = frozenset({"comment", "correct"})


class Verdict(NamedTuple):
    """Ids of service requests, but for the first two and the last."""

    not_accepted: list[Answer]
    """What was answered instead."""
    not_as_planned: list[str]
    """What broke a story off."""
    lost: set[str]
    """Accepted, and a unit was not told of all that is addressed to it."""
    doubled: set[str]
    """Applied twice, at another unit too, with a work order or a step too many."""
    out_of_order: set[str]
    unseen: set[str]
    """The citizen does not see the end of it, or another than planned."""
    without_photo: set[str]
    """A photo that was sent is not accepted, or its unit could not fetch it."""
    through: int

    @property
    def kept(self) -> bool:
        wrong = (self.not_accepted, self.not_as_planned, self.lost, self.doubled, self.out_of_order, self.unseen)
        return not any(wrong) and not self.without_photo


class Outcome(NamedTuple):
    """What there is to judge."""

    sent: Sequence[Sent]
    unanswered: Sequence[Planned]
    not_as_planned: list[str]
    memories: Mapping[str, Memory]
    looked: Mapping[str, Looked]
    """By id."""


def judge(outcome: Outcome) -> Verdict:
    """Compare what must come of what was accepted with what the units remember and what the citizens saw."""
    accepted = [one for one in outcome.sent if one.accepted]
    keys_per_id = Counter(one.id for one in accepted)
    units = _Units(outcome.memories)
    lost = lacking(accepted, outcome.memories) | {id for id, keys in keys_per_id.items() if keys > 1}
    doubled, out_of_order, unseen = set[str](), set[str](), set[str]()
    for one in accepted:
        looked = outcome.looked.get(one.id)
        steps = _steps(looked)
        surplus = Counter(steps) - Counter(one.life.steps)
        if units.more_than_addressed(one) or any(action in one.life.steps for action in surplus):
            doubled.add(one.id)
        if units.out_of_order(one) or _misplaced(steps, one.life.steps):
            out_of_order.add(one.id)
        if not _sees_the_end(one, looked):
            unseen.add(one.id)
    without_photo = lacking_photos(accepted, outcome.memories)
    without_photo |= {one.id for one in accepted if not _sees_photos(one, outcome.looked.get(one.id))}
    failed = lost | doubled | out_of_order | unseen | without_photo
    not_accepted = [one.answer for one in outcome.sent if not one.accepted] + [NO_ANSWER] * len(outcome.unanswered)
    not_accepted += [answer for one in outcome.sent for answer in one.words if answer.status != 200]
    not_accepted += [answer for one in outcome.sent for answer in one.photos if answer.status != 204]
    through = len(keys_per_id.keys() - failed)
    return Verdict(not_accepted, outcome.not_as_planned, lost, doubled, out_of_order, unseen, without_photo, through)


def lacking(sent: Iterable[Sent], memories: Mapping[str, Memory]) -> set[str]:
    """The ids of what was accepted and of which a unit has not applied all that is addressed to it."""
    units = _Units(memories)
    return {
        one.id
        for one in sent
        if one.accepted
        for unit, entries in _addressed(one).items()
        if len(set(units.sequences(unit, one.id))) < entries
    }


def lacking_photos(sent: Iterable[Sent], memories: Mapping[str, Memory]) -> set[str]:
    """The ids of what was accepted with a photo whose picture no unit has fetched."""
    fetched = frozenset[str]().union(*(memory.photos for memory in memories.values()))
    return {one.id for one in sent if one.accepted and not fetched.issuperset(one.photo_ids)}


def _addressed(one: Sent) -> Mapping[str, int]:
    """By unit, how many entries. What its citizen added at once went to its first unit."""
    return {unit: entries + (one.comments if unit == one.unit else 0) for unit, entries in one.life.told.items()}


class _Units:
    """What units remember, by service request."""

    def __init__(self, memories: Mapping[str, Memory]) -> None:
        self._applied: dict[str, dict[str, list[int]]] = {}
        for unit, memory in memories.items():
            for applied in memory.applied:
                self._applied.setdefault(applied.service_request_id, {}).setdefault(unit, []).append(applied.sequence)
        self._work_orders = {unit: Counter(memory.work_orders) for unit, memory in memories.items()}

    def sequences(self, unit: str, id: str) -> list[int]:
        """The sequences applied, in the order in which they were."""
        return self._applied.get(id, {}).get(unit, [])

    def more_than_addressed(self, one: Sent) -> bool:
        """Whether any unit applied or did something twice, or more of it than was for it."""
        addressed = _addressed(one)
        return any(
            len(sequences) > addressed.get(unit, 0) or len(set(sequences)) < len(sequences)
            for unit, sequences in self._applied.get(one.id, {}).items()
        ) or any(
            work_orders[one.id] > one.life.work_orders.get(unit, 0) for unit, work_orders in self._work_orders.items()
        )

    def out_of_order(self, one: Sent) -> bool:
        return any(sequences != sorted(sequences) for sequences in self._applied.get(one.id, {}).values())


def _steps(looked: Looked | None) -> tuple[str, ...]:
    if looked is None or looked.private.status != 200:
        return ()
    return tuple(step["action"] for step in looked.private.body["steps"] if step["action"] not in _ASIDE)


def _misplaced(steps: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether they are not some beginning of the right life; a step seen too often is another fault."""
    allowed, kept = Counter(right), list[str]()
    for step in steps:
        if allowed[step]:
            allowed[step] -= 1
            kept.append(step)
    return tuple(kept) != right[: len(kept)]


def _sees_the_end(sent: Sent, looked: Looked | None) -> bool:
    if looked is None or looked.public.status != 200 or looked.private.status != 200:
        return False
    public, private = looked.public.body, looked.private.body
    return (
        _steps(looked) == sent.life.steps
        and public["status"] == private["status"] == sent.life.status
        and private["description"] == sent.planned.body["description"]
        and public["description"] is None
        and _of(public) == _of(private) == sent.planned.body["service_code"]
    )


def _sees_photos(sent: Sent, looked: Looked | None) -> bool:
    """Whether the citizen sees every photo accepted, and anyone none."""
    if not sent.planned.photos or looked is None or looked.public.status != 200 or looked.private.status != 200:
        return True  # there is nothing to see, or that is told of already
    states = [photo["state"] for photo in looked.private.body["photos"]]
    return states == ["accepted"] * len(sent.planned.photos) and looked.public.body["photos"] == []


def _of(view: Mapping[str, Any]) -> object:
    return view["service"]["code"]
