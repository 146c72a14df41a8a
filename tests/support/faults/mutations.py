"""The safeguards of `docs/routing.md`, each with the way it is taken out: what the harness must notice."""

import secrets
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chalicelib.routing import relay
from chalicelib.routing.messages import body
from chalicelib.routing.queues import Letter
from chalicelib.routing.reconciler import Reconciled, Reconciler
from chalicelib.routing.relay import Relay
from chalicelib.service_requests import store
from chalicelib.service_requests.store import ServiceRequestStore
from local.unit_ledger import Ledger

Patch = pytest.MonkeyPatch


def highest_first(patch: Patch) -> None:
    patch.setattr(relay, "deque", lambda entries: deque(reversed(list(entries))))


def no_stop_after_a_failure(patch: Patch) -> None:
    def go_on(work: Any, recipient: str, id: str) -> None:
        work.stuck.add(id)
        work.todo[recipient][id].popleft()
        if not work.todo[recipient][id]:
            work._remove(recipient, id)

    patch.setattr(relay._Work, "refuse", go_on)


def several_of_one_in_a_batch(patch: Patch) -> None:
    def letters(self: Any, recipient: str, work: Any) -> list[Letter]:
        found = [
            Letter(id, entry.sequence, body(work.seen[id], entry, recipient, self._settings))
            for id, entries in work.todo[recipient].items()
            for entry in entries
        ]
        return found[:10]

    patch.setattr(Relay, "_letters", letters)
    refuse = relay._Work.refuse
    # One of an id may be refused that another of the same id, before it in the batch, has finished with.
    patch.setattr(
        relay._Work,
        "refuse",
        lambda work, recipient, id: refuse(work, recipient, id) if id in work.todo.get(recipient, {}) else None,
    )


def writers_without_condition(patch: Patch) -> None:
    appending = ServiceRequestStore._appending

    def unconditional(self: Any, before: Any, after: Any) -> Any:
        asked = appending(self, before, after)
        return asked | {"ConditionExpression": asked["ConditionExpression"].replace(" = ", " >= ")}

    patch.setattr(ServiceRequestStore, "_appending", unconditional)


def clearing_whatever_was_written_since(patch: Patch) -> None:
    _mark_if(patch, "mark_all", " = ", " >= ")


def marks_that_go_back(patch: Patch) -> None:
    _mark_if(patch, "mark", " < ", " <> ")


def _mark_if(patch: Patch, name: str, condition: str, instead: str) -> None:
    class Other(ServiceRequestStore):
        def _mark(self, id: str, update: Any, text: str) -> bool:
            return super()._mark(id, update, text.replace(condition, instead))

    method = getattr(ServiceRequestStore, name)
    patch.setattr(ServiceRequestStore, name, lambda self, *given: method(Other(self._client, self._table), *given))


def no_reconciler(patch: Patch) -> None:
    patch.setattr(Reconciler, "run", lambda *_, **__: Reconciled())


def own_entries_not_known(patch: Patch) -> None:
    patch.setattr(store, "holds_last_of", lambda *_: False)


def units_that_apply_whatever_comes(patch: Patch) -> None:
    def take(self: Any, data: Mapping[str, Any], queued_at: float) -> bool:
        self._apply(data["service_request"], data["entry"], queued_at)
        return True

    patch.setattr(Ledger, "take", take)


def units_that_do_not_see_gaps(patch: Patch) -> None:
    take = Ledger.take

    def blind(self: Any, data: Mapping[str, Any], queued_at: float) -> bool:
        last = self._last_sequence(data["service_request"]["service_request_id"])
        return take(self, {**data, "previous_sequence": last}, queued_at)

    patch.setattr(Ledger, "take", blind)


def no_deduplication_id(patch: Patch) -> None:
    patch.setattr(Letter, "message_id", property(lambda letter: f"{letter.sequence}.{secrets.token_hex(8)}"))


SAFEGUARDS: Mapping[str, Callable[[Patch], None]] = {
    "lowest-first": highest_first,
    "stop-after-a-failure": no_stop_after_a_failure,
    "one-of-each-per-batch": several_of_one_in_a_batch,
    "writers-condition": writers_without_condition,
    "clearing-if-unchanged": clearing_whatever_was_written_since,
    "marks-only-go-up": marks_that_go_back,
    "reconciler": no_reconciler,
    "own-entry-check": own_entries_not_known,
    "consumers-rule": units_that_apply_whatever_comes,
    "previous-sequence": units_that_do_not_see_gaps,
}
# It only saves repeats: without it nothing must be wrong.
SAVES_REPEATS: Mapping[str, Callable[[Patch], None]] = {"deduplication-id": no_deduplication_id}
