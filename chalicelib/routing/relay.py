"""The relay: puts on each recipient's queue what the timeline holds and the queue lacks, and notes how far it got.

It converges, it does not forward: run twice, late, in parallel or on a stale image it is harmless. The rules are those
of `docs/routing.md`, found by a model; each line that looks fussy closes a hole.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, NamedTuple

from ..foundation import aws, log
from ..foundation.settings import Settings
from ..service_requests.model import ServiceRequest
from ..service_requests.store import ServiceRequestStore
from ..service_requests.timeline import Entry
from .messages import body
from .queues import MOST_BYTES_IN_A_BATCH, MOST_IN_A_BATCH, Letter, Queues

# A round is one batch for each queue. What is left after so many waits for the stream record of the marks: so even one
# service request with many entries moves on, in a run that dies soon after.
ROUNDS: Final = 10


class Outcome(NamedTuple):
    """What a run did."""

    sent: int
    refused: int
    """Messages that could not be built, or that a queue would not take though it took others."""
    left: set[str]
    """Ids of what still lacks something at some queue."""
    stuck: set[str]
    """Those of them that a queue would not take, as against what was only not finished."""
    lacking: dict[str, datetime]
    """By recipient whose queue still lacks something, since when it has lacked the oldest of it."""


class Relay:
    """One invocation's relay: a queue that failed once is left alone from then on."""

    def __init__(self, store: ServiceRequestStore, queues: Queues, settings: Settings) -> None:
        self._store = store
        self._queues = queues
        self._settings = settings
        self._closed: set[str] = set()

    def run(self, seen: Iterable[ServiceRequest], *, may_go_on: Callable[[], bool]) -> Outcome:
        """Deliver what these lack, given one state of each. Stops sending once `may_go_on` says no; then notes.

        What was sent is always noted: unnoted, it would be sent again, and after five minutes doubled.
        """
        work = _Work(seen)
        for recipient in self._closed:
            work.stuck |= work.give_up(recipient)
        for _ in range(ROUNDS):
            for recipient in list(work.todo):
                if may_go_on():
                    self._send_batch(recipient, work)
        for recipient in list(work.todo):
            work.left |= work.give_up(recipient)
        for found in work.seen.values():
            self._mark(found, work)
        return Outcome(work.sent, work.refused, work.left | work.stuck, work.stuck, work.lacking)

    def _send_batch(self, recipient: str, work: "_Work") -> None:
        """One call, with the lowest entry that is still to be sent of at most ten service requests."""
        letters = self._letters(recipient, work)
        try:
            accepted = self._queues.send(recipient, letters) if letters else set()
        except aws.FAILURES as error:
            log.warning("a queue did not take a batch", unit=recipient, error=aws.name_of(error))
            self._closed.add(recipient)
            work.stuck |= work.give_up(recipient)
            return
        for letter in letters:
            if letter.service_request_id in accepted:
                work.accepted(recipient, letter)
            else:
                # Nothing later may overtake what was refused: in this run no more for this recipient.
                log.warning("a queue refused a message", unit=recipient, message_id=letter.message_id)
                work.refuse(recipient, letter.service_request_id)

    def _letters(self, recipient: str, work: "_Work") -> list[Letter]:
        letters: list[Letter] = []
        size = 0
        for id, entries in list(work.todo[recipient].items()):
            try:
                text = body(work.seen[id], entries[0], recipient, self._settings)
            except Exception as error:  # one that cannot be told must not keep the others waiting
                log.failure(error, message_id=f"{id}.{entries[0].sequence}", unit=recipient)
                work.refuse(recipient, id)
                continue
            size += len(text.encode())
            if size > MOST_BYTES_IN_A_BATCH:
                break
            letters.append(Letter(id, entries[0].sequence, text))
            if len(letters) == MOST_IN_A_BATCH:
                break
        return letters

    def _mark(self, found: ServiceRequest, work: "_Work") -> None:
        """Note how far the queues got. No write where nothing is new and nothing is owed: that ends the loop
        stream → relay → stream."""
        reached = work.reached[found.id]
        try:
            if found.id not in work.left and found.id not in work.stuck:
                all_reached = {recipient: found.addressed_to(recipient)[-1].sequence for recipient in found.delivery}
                due_at = found.model_copy(update={"delivery": all_reached}).needed_look()
                if not reached and due_at == found.due_at:
                    return
                if self._store.mark_all(found, all_reached, due_at):
                    return
            for recipient, sequence in reached.items():
                self._store.mark(found.id, recipient, sequence)
        except aws.FAILURES as error:
            # Sent but not noted: it will be sent again, and the consumer's rule drops the repeat.
            log.warning("a mark was not written", error=aws.name_of(error))
            work.left.add(found.id)


class _Work:
    """What a run still has to send, and how far each queue got."""

    def __init__(self, seen: Iterable[ServiceRequest]) -> None:
        self.seen = {found.id: found for found in seen}
        self.todo: dict[str, dict[str, deque[Entry]]] = {}  # by recipient, then by id; lowest entry first
        self.reached: dict[str, dict[str, int]] = {id: {} for id in self.seen}
        self.left: set[str] = set()
        self.stuck: set[str] = set()
        self.lacking: dict[str, datetime] = {}
        self.sent = 0
        self.refused = 0
        for found in self.seen.values():
            for recipient, entries in found.undelivered().items():
                self.todo.setdefault(recipient, {})[found.id] = deque(entries)

    def accepted(self, recipient: str, letter: Letter) -> None:
        self.sent += 1
        self.reached[letter.service_request_id][recipient] = letter.sequence
        entries = self.todo[recipient][letter.service_request_id]
        entries.popleft()
        if not entries:
            self._remove(recipient, letter.service_request_id)

    def refuse(self, recipient: str, id: str) -> None:
        self.refused += 1
        self.stuck.add(id)
        self._lacks(recipient, self.todo[recipient][id][0])
        self._remove(recipient, id)

    def give_up(self, recipient: str) -> set[str]:
        """Send nothing more to it; the ids of what it lacks."""
        given_up = self.todo.pop(recipient, {})
        for entries in given_up.values():
            self._lacks(recipient, entries[0])
        return set(given_up)

    def _lacks(self, recipient: str, entry: Entry) -> None:
        self.lacking[recipient] = min(entry.at, self.lacking.get(recipient, entry.at))

    def _remove(self, recipient: str, id: str) -> None:
        del self.todo[recipient][id]
        if not self.todo[recipient]:
            del self.todo[recipient]
