"""Whether the promise was kept: each accepted service request at exactly its unit, exactly once, in order, and back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from .citizens import NO_ANSWER, Answer, Looked, Sent
from .day import Planned
from .memories import Memory

# What a citizen must see, and no more: the steps, and the status they led to.
ENDS: Final = {
    ("submit", "acknowledge", "start", "resolve"): "resolved",
    ("submit", "acknowledge", "refuse"): "refused",
}


class Verdict(NamedTuple):
    """Ids of service requests, but for the first and the last."""

    not_accepted: list[Answer]
    """What was answered instead."""
    lost: set[str]
    """Accepted, and not at its unit with every word that was added."""
    doubled: set[str]
    """Applied twice, at another unit too, or with a step that the citizen sees twice."""
    out_of_order: set[str]
    unseen: set[str]
    """The citizen does not see the end of it."""
    through: int

    @property
    def kept(self) -> bool:
        return not (self.not_accepted or self.lost or self.doubled or self.out_of_order or self.unseen)


def judge(
    sent: Sequence[Sent], unanswered: Sequence[Planned], memories: Mapping[str, Memory], looked: Mapping[str, Looked]
) -> Verdict:
    """Compare what was accepted with what the units remember and what the citizens saw, by id."""
    accepted = [one for one in sent if one.accepted]
    keys_per_id = Counter(one.id for one in accepted)
    applied = {unit: _sequences(memory) for unit, memory in memories.items()}
    work_orders = Counter(id for memory in memories.values() for id in memory.work_orders)
    lost, doubled, out_of_order, unseen = set[str](), set[str](), set[str](), set[str]()
    for one in accepted:
        sequences = applied.get(one.planned.unit, {}).get(one.id, [])
        steps = _steps(looked.get(one.id))
        if len(set(sequences)) < one.entries or keys_per_id[one.id] > 1:
            lost.add(one.id)
        if (
            len(set(sequences)) < len(sequences)
            or work_orders[one.id] > 1
            or any(one.id in elsewhere for unit, elsewhere in applied.items() if unit != one.planned.unit)
            or len(set(steps)) < len(steps)
        ):
            doubled.add(one.id)
        if sequences != sorted(sequences) or _misplaced(steps):
            out_of_order.add(one.id)
        if not _sees_the_end(one, looked.get(one.id)):
            unseen.add(one.id)
    failed = lost | doubled | out_of_order | unseen
    not_accepted = [one.answer for one in sent if not one.accepted] + [NO_ANSWER] * len(unanswered)
    not_accepted += [answer for one in sent for answer in one.words if answer.status != 200]
    return Verdict(not_accepted, lost, doubled, out_of_order, unseen, len(keys_per_id.keys() - failed))


def _sequences(memory: Memory) -> dict[str, list[int]]:
    """By service request, the sequences applied, in the order in which they were."""
    found: dict[str, list[int]] = {}
    for applied in memory.applied:
        found.setdefault(applied.service_request_id, []).append(applied.sequence)
    return found


def _steps(looked: Looked | None) -> tuple[str, ...]:
    if looked is None or looked.private.status != 200:
        return ()
    return tuple(step["action"] for step in looked.private.body["steps"] if step["action"] != "comment")


def _misplaced(steps: tuple[str, ...]) -> bool:
    """Whether they are not some beginning of a right life; a step seen twice is another fault."""
    once = tuple(dict.fromkeys(steps))
    return not any(right[: len(once)] == once for right in ENDS)


def _sees_the_end(sent: Sent, looked: Looked | None) -> bool:
    if looked is None or looked.public.status != 200 or looked.private.status != 200:
        return False
    public, private = looked.public.body, looked.private.body
    end = ENDS.get(tuple(dict.fromkeys(_steps(looked))))
    return (
        public["status"] == private["status"] == end
        and private["description"] == sent.planned.body["description"]
        and "description" not in public
        and _of(public) == _of(private) == sent.planned.body["service_code"]
    )


def _of(view: Mapping[str, Any]) -> object:
    return view["service"]["code"]
