"""What the demo prints: a line per hour, a table per unit, what was measured, what else happened, the verdict."""

import statistics
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Self

from .citizens import Sent
from .memories import Memory
from .stories import Happened
from .verdict import Verdict

BAR: Final = 24
UNIT: Final = 11
COLUMNS: Final = (9, 14, 10, 9, 11, 19)
WIDTH: Final = 118
HAPPENED: Final = 14
ID: Final = 12


class Counts(NamedTuple):
    """How far the day has come."""

    accepted: int
    queued: int
    acknowledged: int
    closed: int

    @classmethod
    def of(cls, accepted: Iterable[Sent], memories: Mapping[str, Memory]) -> Self:
        """Counts of what this demo sent: a stack may know others."""
        first = {sent.id: 1 + sent.comments for sent in accepted}
        ids, units = first.keys(), memories.values()
        applied = Counter(applied.service_request_id for memory in units for applied in memory.applied)
        known = {id for memory in units for id in memory.work_orders}
        return cls(
            len(ids),
            sum(applied[id] >= number for id, number in first.items()),
            len(ids & {id for memory in units for id in memory.done("acknowledge")}),
            len((ids & known) - {id for memory in units for id in memory.open}),
        )


class Screen:
    """Standard output. On a terminal a last line may be written over; elsewhere it is not written at all."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()
        self._passing = False

    def say(self, text: str = "") -> None:
        self._wipe()
        print(text, flush=True)

    def passing(self, text: str) -> None:
        """Something that the next output replaces."""
        if self._terminal:
            self._wipe()
            print(text, end="", flush=True)
            self._passing = True

    def _wipe(self) -> None:
        if self._passing:
            print("\r\033[K", end="")
            self._passing = False


def hours_head() -> str:
    so_far = "so far:"
    return f"  {'hour':<6}{'sent':>4}  {so_far:>{BAR}}{'accepted':>10}{'at units':>10}{'acknowledged':>14}{'closed':>8}"


def hour_line(hour: int, sent: int, most: int, counts: Counts | None) -> str:
    """Of `most` in the busiest hour, `sent` in this one; and all that came of the day until then, if known."""
    line = f"  {hour:02} h  {sent:>4}  {'█' * min(BAR, round(BAR * sent / max(most, 1))):<{BAR}}"
    if counts is None:
        return line
    return f"{line}{counts.accepted:>10}{counts.queued:>10}{counts.acknowledged:>14}{counts.closed:>8}"


def still(sending: int, stories: int, counts: Counts) -> str:
    """What is not done yet."""
    parts = {
        "not accepted yet": sending,
        "on the way to their units": counts.accepted - counts.queued,
        "being worked on": counts.queued - counts.closed,
        "story going on" if stories == 1 else "stories going on": stories,
    }
    return ", ".join(f"{number} {what}" for what, number in parts.items() if number) or "some messages on their way"


def unit_table(sent: Sequence[Sent], memories: Mapping[str, Memory]) -> Iterable[str]:
    """Per unit what it got of what was sent, and what it made of it."""
    yield _columns("unit", "received", "acknowledged", "resolved", "refused", "otherwise", "median s to queue")
    ids = {one.id for one in sent if one.accepted}
    waits = seconds_to_queue(sent, memories)
    for unit, memory in memories.items():
        received = ids & {applied.service_request_id for applied in memory.applied}
        yield _row(unit, received, memory, [waits[id] for id in received & waits.keys()])
    yield "  otherwise: sent on to another unit, withdrawn, a duplicate, or ended by an agent"


def _row(unit: str, received: set[str], memory: Memory, waits: Sequence[float]) -> str:
    acknowledged, resolved, refused = (
        received & memory.done(action) for action in ("acknowledge", "resolve", "refuse")
    )
    counted = (received, acknowledged, resolved, refused, received - resolved - refused)
    return _columns(unit, *map(len, counted), f"{statistics.median(waits):.2f}" if waits else "–")


def _columns(unit: str, *cells: object) -> str:
    return f"  {unit:<{UNIT}}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, COLUMNS, strict=True))


def seconds_to_queue(sent: Iterable[Sent], memories: Mapping[str, Memory]) -> dict[str, float]:
    """From sending each service request, its first try, to its unit's queue having it; by id."""
    sent_at = {one.id: one.at for one in sent if one.accepted}
    return {
        applied.service_request_id: applied.queued_at - sent_at[applied.service_request_id]
        for memory in memories.values()
        for applied in memory.applied
        if applied.queued_at is not None and applied.sequence == 1 and applied.service_request_id in sent_at
    }


def measured(sent: Sequence[Sent], memories: Mapping[str, Memory], hour_s: float) -> str:
    """Rates and waits, when an hour lasted `hour_s` seconds."""
    by_hour = [0] * 24
    for one in sent:
        by_hour[int(one.planned.hour)] += 1
    rates = (
        f"{len(sent) / (24 * hour_s):.1f} service requests a second, {max(by_hour) / hour_s:.1f} in the busiest hour."
    )
    waits = sorted(seconds_to_queue(sent, memories).values())
    if not waits:
        return rates
    p50, p99 = (waits[min(len(waits) - 1, int(len(waits) * part))] for part in (0.5, 0.99))
    return f"{rates} From POST to the unit's queue: p50 {p50:.2f} s, p99 {p99:.2f} s."


def what_else(happened: Iterable[Happened], where: str) -> Iterable[str]:
    """What does not happen every day: what, to which service request, how it went, and where to look it up."""
    yield f"What else happened ({where})"
    yield ""
    for each in happened:
        head = f"  {each.what:<{HAPPENED}}{each.id:<{ID}}"
        yield from textwrap.wrap(each.told, WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def last_line(verdict: Verdict) -> str:
    """What went through, and what did not."""
    counts = f"{len(verdict.lost)} lost, {len(verdict.doubled)} doubled, {len(verdict.out_of_order)} out of order"
    if verdict.unseen - verdict.lost:
        counts += f", {len(verdict.unseen - verdict.lost)} whose citizen does not see the end"
    if verdict.without_photo:
        counts += f", {len(verdict.without_photo)} without a photo of theirs"
    if verdict.not_accepted:
        counts += f", {len(verdict.not_accepted)} never accepted"
    if verdict.not_as_planned:
        counts += f", {len(verdict.not_as_planned)} not as planned"
    return f"{verdict.through} service requests went through; {counts}."


def details(verdict: Verdict) -> Iterable[str]:
    """What went wrong, one by one, for whoever has to find out why."""
    named = {
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "out of order": verdict.out_of_order,
        "end not seen": verdict.unseen - verdict.lost,
        "without a photo": verdict.without_photo,
    }
    for what, ids in named.items():
        for id in sorted(ids)[:10]:
            yield f"  {what}: {id}"
    for told in verdict.not_as_planned:
        yield f"  not as planned: {told}"
    for answer in verdict.not_accepted[:10]:
        yield f"  not accepted: {answer.status} {str(answer.body)[:300]}"
