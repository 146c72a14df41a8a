"""Supporting a service request of somebody else's: once, counted by channel, and to be taken back."""

import pytest

from chalicelib.foundation import keys, times
from chalicelib.foundation.problems import Busy
from chalicelib.service_requests.actions.common import change_stored
from chalicelib.service_requests.actions.submitting import Sender, submit
from chalicelib.service_requests.actions.supporting import support, take_back
from chalicelib.service_requests.lifecycle import Action, Kind
from chalicelib.service_requests.problems import IsDuplicate, NotFound, NotSupportable
from chalicelib.service_requests.record import Channel
from chalicelib.service_requests.store import store
from chalicelib.service_requests.submission import Submission
from chalicelib.service_requests.supports import supports
from chalicelib.service_requests.timeline import Actor, Change
from tests.support.examples import AGENT, entry_id, unit_actor
from tests.support.submissions import pothole

ANNE, BRUNO = "person-anne", "person-bruno"


@pytest.fixture
def id(gateway):
    sender = Sender(Actor(kind=Kind.CITIZEN), Channel.WEB)
    return submit(store(), keys.keys(), Submission.model_validate(pothole()), sender, None).id


def counted(id):
    found = store().get(id)
    assert all(number >= 0 for number in found.supporters.values())
    return found.requesters


def yes(id, person=ANNE, channel=Channel.MOBILE):
    support(store(), supports(), person, channel, id)


def no(id, person=ANNE):
    take_back(store(), supports(), person, id)


def do(id, action, by=AGENT, **details):
    change = Change(action=action, by=by, **details)
    return change_stored(store(), id, lambda before: before.after(change, at=times.now(), entry_id=entry_id()))


def test_who_supports_counts_once_by_their_channel(id, calls):
    with calls() as made:
        yes(id)
    assert made == {"GetItem": 1, "TransactWriteItems": 1}
    yes(id)
    yes(id, channel=Channel.WEB)
    assert counted(id) == {"mobile": 1, "web": 1}
    yes(id, BRUNO, Channel.WEB)
    assert counted(id) == {"mobile": 1, "web": 2}


def test_it_is_taken_back_once_by_the_channel_it_came_by(id, calls):
    yes(id)
    yes(id, BRUNO)
    with calls() as made:
        no(id)
    assert made == {"GetItem": 2, "TransactWriteItems": 1}
    assert counted(id) == {"mobile": 1, "web": 1}
    no(id)
    no(id, "person-who-never-did")
    assert counted(id) == {"mobile": 1, "web": 1}
    yes(id, channel=Channel.WEB)
    assert counted(id) == {"mobile": 1, "web": 2}


def test_it_is_no_entry_of_the_timeline_and_nobody_is_told(id):
    before = store().get(id)
    yes(id)
    no(id)
    yes(id)
    after = store().get(id)
    assert after.model_copy(update={"supporters": {}}) == before


def test_the_number_is_read_as_people_write_it(id):
    yes(f" {id[:5].lower()}-{id[5:]}")
    assert supports().channel_of(id, ANNE) == "mobile"


@pytest.mark.parametrize("unknown", ["7K3Q9XPTM3", "x", ""])
def test_what_does_not_exist_cannot_be_supported(gateway, unknown):
    for change in (yes, no):
        with pytest.raises(NotFound):
            change(unknown)


def test_what_is_held_is_nobodys_to_support(id):
    found = store().get(id)
    store()._client.update_item(
        TableName=store()._table,
        Key={"id": {"S": id}},
        UpdateExpression="SET held = :yes",
        ExpressionAttributeValues={":yes": {"BOOL": True}},
    )
    with pytest.raises(NotFound):
        yes(id)
    assert counted(id) == found.requesters


def test_what_is_closed_cannot_be_supported_but_taken_back(id):
    yes(id)
    do(id, Action.RESOLVE, resolution="fixed")
    with pytest.raises(NotSupportable):
        yes(id, BRUNO)
    no(id)
    assert counted(id) == {"web": 1}


def test_of_a_duplicate_the_original_is_named(id, gateway):
    original = gateway.post("/v1/service-requests", pothole()).json["service_request_id"]
    yes(id)
    do(id, Action.DUPLICATE, duplicate_of=original)
    assert counted(original) == {"mobile": 1, "web": 2}, "who supports the duplicate counts on the original"
    with pytest.raises(IsDuplicate) as refused:
        yes(id, BRUNO)
    assert refused.value.extensions == {"duplicate_of": original}


@pytest.fixture
def chain(id, gateway):
    """Two that it is a duplicate of, the second by way of the first."""
    originals = [gateway.post("/v1/service-requests", pothole()).json["service_request_id"] for _ in range(2)]
    yes(id)
    yes(id, BRUNO)
    do(id, Action.DUPLICATE, duplicate_of=originals[0])
    do(originals[0], Action.DUPLICATE, duplicate_of=originals[1])
    return originals


def test_taken_back_from_a_duplicate_it_counts_on_none_of_its_originals(id, chain):
    no(id)
    assert [counted(each) for each in chain] == [{"mobile": 1, "web": 2}, {"mobile": 1, "web": 3}]
    no(id)
    do(id, Action.REOPEN)
    assert [counted(each) for each in [id, *chain]] == [{"mobile": 1, "web": 1}, {"web": 1}, {"web": 2}]


@pytest.mark.parametrize(
    ("place", "faster", "then"),
    [
        (0, Action.REOPEN, [{"mobile": 1, "web": 1}, {"web": 1}, {"web": 2}]),
        (2, Action.COMMENT, [{"mobile": 1, "web": 1}, {"mobile": 1, "web": 2}, {"mobile": 1, "web": 3}]),
    ],
)
def test_taken_back_while_somebody_writes_it_is_counted_off_once(id, chain, before_call, place, faster, then):
    which = [[id, *chain][place]]

    def overtake(**_):
        if which:
            do(which.pop(), faster, text="Encore")

    with before_call("TransactWriteItems", overtake):
        no(id)
    assert [counted(each) for each in [id, *chain]] == then


def test_who_comes_while_it_becomes_a_duplicate_counts_on_the_original_too(id, gateway, before_call):
    original = gateway.post("/v1/service-requests", pothole()).json["service_request_id"]
    faster = [BRUNO]

    def overtake(**_):
        if faster:
            yes(id, faster.pop())

    with before_call("TransactWriteItems", overtake):
        do(id, Action.DUPLICATE, duplicate_of=original)
    assert [counted(each) for each in (id, original)] == [{"mobile": 1, "web": 1}, {"mobile": 1, "web": 2}]


def test_who_goes_while_it_is_reopened_is_counted_off_once(id, chain, before_call):
    faster = [ANNE]

    def overtake(**_):
        if faster:
            no(id, faster.pop())

    with before_call("TransactWriteItems", overtake):
        do(id, Action.REOPEN)
    assert [counted(each) for each in [id, *chain]] == [{"mobile": 1, "web": 1}, {"web": 1}, {"web": 2}]


def test_two_at_once_count_twice_and_one_person_twice_at_once_counts_once(id, before_call):
    faster = [BRUNO, ANNE]

    def overtake(**_):
        if faster:
            yes(id, faster.pop(0))

    with before_call("TransactWriteItems", overtake):
        yes(id)
    assert counted(id) == {"mobile": 2, "web": 1}


def test_one_taken_back_twice_at_once_is_counted_off_once(id, before_call):
    yes(id)
    yes(id, BRUNO)
    faster = [ANNE]

    def overtake(**_):
        if faster:
            no(id, faster.pop())

    with before_call("TransactWriteItems", overtake):
        no(id)
    assert counted(id) == {"mobile": 1, "web": 1}


@pytest.mark.parametrize("closing", [Action.RESOLVE, Action.WITHDRAW])
def test_what_is_closed_between_the_look_and_the_write_is_not_supported(id, before_call, closing):
    closed = []

    def close(**_):
        if not closed:
            closed.append(do(id, closing, resolution="fixed" if closing is Action.RESOLVE else None))

    with before_call("TransactWriteItems", close), pytest.raises(NotSupportable):
        yes(id)
    assert counted(id) == {"web": 1}
    assert supports().channel_of(id, ANNE) is None


def test_a_change_at_the_same_moment_loses_neither(id, before_call):
    faster = [ANNE]

    def overtake(**_):
        if faster:
            yes(id, faster.pop())

    with before_call("UpdateItem", overtake):
        do(id, Action.START, unit_actor("VM"))
    assert (store().get(id).status, counted(id)) == ("in_progress", {"mobile": 1, "web": 1})


def test_where_it_fails_again_and_again_neither_is_written(id, cloud):
    class Http:
        status_code = 400

    refused = {
        "Error": {"Code": "TransactionCanceledException", "Message": "x"},
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}],
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    event = "before-call.dynamodb.TransactWriteItems"

    def conflict(**_):
        return Http, refused

    cloud.dynamodb.meta.events.register(event, conflict)
    try:
        with pytest.raises(Busy):
            yes(id)
    finally:
        cloud.dynamodb.meta.events.unregister(event, conflict)
    assert (counted(id), supports().channel_of(id, ANNE)) == ({"web": 1}, None)


def test_a_support_whose_answer_was_lost_counts_once(id, cloud):
    def again(attempts, **_):
        return 0 if attempts == 1 else None

    events = cloud.dynamodb.meta.events
    events.register_first("needs-retry.dynamodb.TransactWriteItems", again)
    try:
        yes(id)
        assert counted(id) == {"mobile": 1, "web": 1}
        no(id)
    finally:
        events.unregister("needs-retry.dynamodb.TransactWriteItems", again)
    assert counted(id) == {"web": 1}
