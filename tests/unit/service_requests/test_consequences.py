"""Duplicates: what they do to the original, on stored service requests in memory, through what every door calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.foundation.problems import Busy, InvalidInput
from chalicelib.service_requests.actions.common import change_stored, once
from chalicelib.service_requests.lifecycle import Action, MoveNotAllowed, Status
from chalicelib.service_requests.model import OthersAsk
from chalicelib.service_requests.problems import IsDuplicate
from chalicelib.service_requests.record import Channel
from chalicelib.service_requests.store import Conflict
from chalicelib.service_requests.timeline import Change
from tests.support.examples import AGENT, CITIZEN, NOW, entry_id, submitted, unit_actor
from tests.support.memory import MemoryStore

A, B, C = "AAAAAAAAAA", "BBBBBBBBBB", "CCCCCCCCCC"
UNITS = {A: "VM", B: "RO", C: "VM"}
CHANNELS = {A: Channel.WEB, B: Channel.PHONE, C: Channel.MOBILE}


def make_store():
    store = MemoryStore()
    for id, unit in UNITS.items():
        store.add(submitted(id, unit).model_copy(update={"channel": CHANNELS[id]}))
    return store


@pytest.fixture
def store():
    return make_store()


def do(store, id, action, *, by=AGENT, mark=None, **details):
    change = Change(action=action, by=by, **details)
    mark = mark or entry_id()
    return change_stored(store, id, lambda before: once(before, change, at=NOW, entry_id=mark))


def duplicate(store, id, of, **options):
    return do(store, id, Action.DUPLICATE, duplicate_of=of, **options)


def test_a_duplicate_is_closed_and_its_requester_counts_on_the_original_whose_unit_is_told(store):
    writes = []
    store.on_write = lambda state: writes.append(state.id)
    made = duplicate(store, A, B, by=unit_actor("VM"))
    assert (made.status, made.duplicate_of) == (Status.DUPLICATE, B)
    assert sorted(writes) == [A, B]
    original = store.items[B]
    entry = original.timeline[-1]
    assert (entry.action, entry.duplicate, entry.requesters, entry.by) == (Action.JOIN, A, {"web": 1}, unit_actor("VM"))
    assert entry.recipients == ("RO",)
    assert original.requesters == {"phone": 1, "web": 1}
    assert original.status is Status.SUBMITTED


def test_of_two_of_one_unit_the_unit_that_says_so_is_not_told_of_either(store):
    duplicate(store, A, C, by=unit_actor("VM"))
    assert store.items[A].timeline[-1].recipients == store.items[C].timeline[-1].recipients == ()


def test_the_original_may_be_resolved_already_and_stays_so(store):
    do(store, B, Action.RESOLVE)
    duplicate(store, A, B)
    assert not store.items[B].status.is_open
    assert store.items[B].requesters == {"phone": 1, "web": 1}


@pytest.mark.parametrize("closing", [Action.WITHDRAW, Action.REFUSE])
def test_what_nobody_acts_upon_is_no_original(store, closing):
    do(store, B, closing)
    with pytest.raises(InvalidInput):
        duplicate(store, A, B)
    assert store.items[A].status.is_open


def test_what_is_held_is_no_original(store):
    store.items[B] = store.items[B].model_copy(update={"held": True})
    with pytest.raises(InvalidInput):
        duplicate(store, A, B)


def test_a_citizen_does_not_withdraw_what_others_ask_for_too(store):
    duplicate(store, A, B)
    with pytest.raises(OthersAsk) as refused:
        do(store, B, Action.WITHDRAW, by=CITIZEN)
    assert Action.WITHDRAW not in refused.value.extensions["allowed"]
    do(store, A, Action.REOPEN, by=CITIZEN)
    do(store, B, Action.WITHDRAW, by=CITIZEN)
    assert store.items[B].status is Status.WITHDRAWN


@pytest.mark.parametrize("by", [CITIZEN, AGENT])
def test_reopened_it_takes_its_requesters_back(store, by):
    duplicate(store, A, B)
    reopened = do(store, A, Action.REOPEN, by=by)
    assert (reopened.status, reopened.duplicate_of) == (Status.REOPENED, None)
    entry = store.items[B].timeline[-1]
    assert (entry.action, entry.duplicate, entry.requesters) == (Action.LEAVE, A, {"web": 1})
    assert entry.recipients == ("RO",)
    assert store.items[B].requesters == {"phone": 1}


def test_the_duplicates_of_a_duplicate_count_on_its_original(store):
    duplicate(store, A, B)
    duplicate(store, B, C)
    assert store.items[C].requesters == {"mobile": 1, "phone": 1, "web": 1}
    do(store, B, Action.REOPEN)
    assert store.items[C].requesters == {"mobile": 1}
    assert store.items[B].requesters == {"phone": 1, "web": 1}


def test_who_leaves_a_duplicate_leaves_its_original_too_and_is_counted_off_once(store):
    do(store, C, Action.START)
    duplicate(store, A, B)
    duplicate(store, B, C)
    do(store, A, Action.REOPEN, by=CITIZEN)
    assert store.items[C].requesters == {"mobile": 1, "phone": 1}
    assert store.items[C].timeline[-1].recipients == ("VM",)
    do(store, B, Action.REOPEN)
    assert [store.items[id].requesters for id in (A, B, C)] == [{"web": 1}, {"phone": 1}, {"mobile": 1}]


def test_a_duplicate_again_after_it_was_reopened_counts_once(store):
    for _ in range(3):
        duplicate(store, A, B)
        assert store.items[B].requesters == {"phone": 1, "web": 1}
        do(store, A, Action.REOPEN)
        assert store.items[B].requesters == {"phone": 1}
    duplicate(store, A, C)
    assert (store.items[B].requesters, store.items[C].requesters) == ({"phone": 1}, {"mobile": 1, "web": 1})


@pytest.mark.parametrize("wrong", [A, "0000000000"])
def test_it_is_no_duplicate_of_itself_or_of_nothing(store, wrong):
    before = dict(store.items)
    with pytest.raises(InvalidInput) as refused:
        duplicate(store, A, wrong)
    [fault] = refused.value.faults
    assert fault.where == ("duplicate_of",)
    assert store.items == before


def test_of_a_duplicate_the_original_is_named(store):
    duplicate(store, A, B)
    before = dict(store.items)
    with pytest.raises(IsDuplicate) as refused:
        duplicate(store, C, A)
    assert refused.value.extensions == {"duplicate_of": B}
    assert B in refused.value.detail.fr
    assert store.items == before


def test_a_repeat_changes_nothing_and_asks_nothing_of_the_original(store):
    first = duplicate(store, A, B, mark="once")
    before = dict(store.items)
    assert duplicate(store, A, B, mark="once") == first
    assert store.items == before


def test_a_report_that_came_too_late_to_count_joins_nothing(store):
    do(store, A, Action.START, by=unit_actor("VM"), occurred_at=NOW)
    change = Change(action=Action.DUPLICATE, by=unit_actor("VM"), duplicate_of=B, occurred_at=NOW.replace(year=2025))
    change_stored(store, A, lambda before: before.after(change, at=NOW, entry_id="late"))
    assert store.items[A].status is Status.IN_PROGRESS
    assert store.items[B].sequence == 1


def test_reopened_when_its_original_is_gone_it_is_reopened(store):
    duplicate(store, A, B)
    del store.items[B]
    assert do(store, A, Action.REOPEN).status is Status.REOPENED


@pytest.mark.parametrize("which", [A, B])
def test_when_either_is_written_meanwhile_both_are_read_again(store, which):
    real, disturbed = store.append_together, []

    def disturb(*changes):
        if not disturbed:
            disturbed.append(do(store, which, Action.COMMENT, by=CITIZEN, text="Encore"))
        real(*changes)

    store.append_together = disturb
    duplicate(store, A, B)
    assert [entry.action for entry in store.items[which].timeline][1] is Action.COMMENT
    assert store.items[B].requesters == {"phone": 1, "web": 1}


def test_two_that_are_each_to_be_the_others_duplicate_do_not_both_close(store):
    real, raced = store.append_together, []

    def race(*changes):
        if not raced:
            raced.append(True)
            duplicate(store, B, A)
        real(*changes)

    store.append_together = race
    with pytest.raises(IsDuplicate):
        duplicate(store, A, B)
    assert store.items[A].status.is_open
    assert store.items[B].duplicate_of == A


def test_a_transaction_that_fails_writes_neither(store):
    def fail(*_):
        raise Conflict(A)

    before = dict(store.items)
    store.append_together = fail
    with pytest.raises(Busy):
        duplicate(store, A, B)
    assert store.items == before


moves = st.lists(st.tuples(st.sampled_from([A, B, C]), st.none() | st.sampled_from([A, B, C])), max_size=12)


@given(moves)
def test_whatever_is_tried_an_original_counts_each_of_its_duplicates_once(moves):
    """But for one reopened below another duplicate: how far up it is to be taken back is not said yet."""
    store = make_store()
    for id, of in moves:
        original = store.items[id].duplicate_of
        if of is None and original and store.items[original].duplicate_of:
            continue
        try:
            duplicate(store, id, of) if of else do(store, id, Action.REOPEN)
        except (InvalidInput, IsDuplicate, MoveNotAllowed):
            continue
    for id, state in store.items.items():
        of_it = [other for other in store.items.values() if other.duplicate_of == id]
        counted = {CHANNELS[id].value: 1}
        for other in of_it:
            for channel, number in other.requesters.items():
                counted[channel] = counted.get(channel, 0) + number
        assert state.requesters == counted
        assert state.duplicate_of != id
