"""Sending again what a unit asks for: after a purge, a restore, or whatever else it lost.

Only what its queue has accepted before: to send that again is harmless, for the consumer's rule drops a repeat whenever
it comes. What the queue lacks is the relay's.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ..foundation import aws, log
from ..foundation.problems import Busy
from ..foundation.settings import Settings
from ..service_requests.model import ServiceRequest
from ..service_requests.timeline import Entry
from .messages import body
from .queues import MOST_BYTES_IN_A_BATCH, MOST_IN_A_BATCH, Letter, Queues


class Resent(NamedTuple):
    """How many messages were sent again, of how many service requests."""

    service_requests: int
    messages: int


def resend(
    found: Sequence[ServiceRequest],
    unit: str,
    wanted: Callable[[Entry], bool],
    *,
    queues: Queues,
    settings: Settings,
) -> Resent:
    """Send again what is wanted of each, lowest first. One call for each message's place in its timeline, of up to ten.

    Raises:
        Busy: the queue does not take them; those already sent are no harm.
    """
    again = f".{secrets.token_hex(4)}"
    waiting = {each.id: _letters(each, unit, wanted, settings, again) for each in found}
    waiting = {id: letters for id, letters in waiting.items() if letters}
    sent = Resent(len(waiting), sum(map(len, waiting.values())))
    while waiting:
        for batch in _batches([letters.pop(0) for letters in waiting.values()]):
            _send(unit, batch, queues)
        waiting = {id: letters for id, letters in waiting.items() if letters}
    return sent


def _letters(
    found: ServiceRequest, unit: str, wanted: Callable[[Entry], bool], settings: Settings, again: str
) -> list[Letter]:
    reached = found.delivery.get(unit, 0)
    entries = [entry for entry in found.addressed_to(unit) if entry.sequence <= reached and wanted(entry)]
    return [Letter(found.id, entry.sequence, body(found, entry, unit, settings), again) for entry in entries]


def _batches(letters: Iterable[Letter]) -> Iterator[list[Letter]]:
    """As many at a time as a queue takes, by number and size."""
    batch: list[Letter] = []
    size = 0
    for letter in letters:
        more = len(letter.body.encode())
        if batch and (len(batch) == MOST_IN_A_BATCH or size + more > MOST_BYTES_IN_A_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(letter)
        size += more
    if batch:
        yield batch


def _send(unit: str, letters: list[Letter], queues: Queues) -> None:
    try:
        accepted = queues.send(unit, letters)
    except aws.FAILURES as error:
        log.warning("a queue did not take a batch", unit=unit, error=aws.name_of(error))
        raise Busy from error
    if len(accepted) < len(letters):
        raise Busy
