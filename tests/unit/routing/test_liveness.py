"""The scenarios of `docs/routing.md`: whatever goes wrong for long, the rest goes on, and all of it ends well."""

from datetime import timedelta

from chalicelib.service_requests.lifecycle import Action
from tests.support.world import UNITS, World, budget

DEAD_AFTER = 30  # calls


def minutes(world, number):
    for _ in range(number):
        world.now += timedelta(minutes=1)
        world.reconcile()


def test_a_queue_down_for_a_day_delays_nobody_else():
    world = World()
    world.down = {"RO"}
    for hour in range(24):
        there, elsewhere = world.submit("RO"), world.submit("VM")
        world.stream.clear() if hour % 2 else world.relay()
        minutes(world, 3)
        assert world.first[elsewhere.id, "VM"] == [1]
        assert (there.id, "RO") not in world.first
        world.now += timedelta(minutes=57)
    world.heal()
    world.check()


def test_an_edit_every_two_seconds_during_an_outage_does_not_postpone_the_delivery():
    world = World()
    id = world.submit("RO").id
    world.down = {"RO"}
    for second in range(0, 600, 2):
        world.now += timedelta(seconds=2)
        if second < 400:
            world.do(id, Action.COMMENT)
        world.stream.clear()
        if second == 300:
            world.down = set()
        if second % 60 == 0:
            world.reconcile()
    got = world.first[id, "RO"]
    assert len(got) >= 40, "delivered while edits went on"
    assert got == list(range(1, len(got) + 1))
    world.heal()
    world.check()


def test_forty_waiting_get_through_though_every_run_dies_after_thirty_calls():
    world = World()
    for _ in range(40):
        world.submit("RO")
    world.stream.clear()
    world.now += timedelta(minutes=3)
    for _ in range(20):
        world.calls_left = DEAD_AFTER
        minutes(world, 1)
    assert len(world.first) == 40
    world.heal()
    world.check()


def test_one_with_forty_entries_gets_through_though_every_run_dies_after_thirty_calls_or_its_budget():
    for limit in ("calls", "budget"):
        world = World()
        id = world.submit("RO").id
        for _ in range(39):
            world.do(id, Action.COMMENT)
        world.stream.clear()
        world.now += timedelta(minutes=3)
        for _ in range(20):
            if limit == "calls":
                world.calls_left = DEAD_AFTER
            else:
                world._budget = lambda: budget(DEAD_AFTER)
            minutes(world, 3)
        assert world.first[id, "RO"] == list(range(1, 41)), limit
        sent = len(world.queues.accepted["RO"])
        assert sent == 40, "what was sent is noted, not sent again"


def test_what_a_batch_sent_is_noted_though_its_time_is_up():
    world = World()
    made = [world.submit("VM") for _ in range(60)]
    world._budget = lambda: budget(4)
    world._relay().run(made, may_go_on=world._budget())
    sent = {letter.service_request_id for letter in world.queues.accepted["VM"]}
    noted = {state.id for state in world.store.items.values() if state.delivery == {"VM": 1}}
    assert 0 < len(sent) < 60, "its time was up"
    assert noted == sent


def test_what_was_sent_is_noted_though_another_wrote_meanwhile():
    world = World()
    seen = world.submit("VM")
    world.do(seen.id, Action.COMMENT)
    world._relay().run([seen], may_go_on=lambda: True)
    assert world.first[seen.id, "VM"] == [1]
    assert world.store.items[seen.id].delivery == {"VM": 1}
    assert world.store.items[seen.id].due_at is not None, "the comment is still to be sent"


def test_a_queue_that_fails_is_asked_once_a_run_and_the_others_get_all():
    world = World()
    for unit in ("RO", "VM"):
        for _ in range(40):
            world.submit(unit)
    world.down = {"RO"}
    minutes(world, 2)
    assert len(world.queues.accepted["VM"]) == 40
    assert world.queues.calls == 4 + 1


def test_a_transfer_away_and_back_tells_both_everything():
    world = World()
    id = world.submit("VM").id
    for action, unit in [
        (Action.TRANSFER, "RO"),
        (Action.COMMENT, None),
        (Action.TRANSFER, "VM"),
        (Action.COMMENT, None),
        (Action.RESOLVE, None),
    ]:
        world.do(id, action, unit=unit)
    world.relay()
    assert world.first == {(id, "VM"): [1, 2, 4, 5], (id, "RO"): [2, 3, 4]}
    world.consume()
    assert all(consumer.gaps == 0 for consumer in world.consumers.values()), "who got all has nothing to ask for"
    world.heal()
    world.check()


def test_a_stream_dead_for_an_hour_only_delays():
    world = World()
    for minute in range(60):
        world.submit()
        world.change()
        world.stream.clear()
        if minute % 2:
            minutes(world, 1)
    world.heal()
    world.check()


def test_what_a_jumped_clock_wrote_is_looked_at_within_as_many_minutes_as_there_are_units():
    world = World()
    world.now += timedelta(days=400)
    for unit in UNITS:
        world.submit(unit)
    world.stream.clear()
    world.now -= timedelta(days=400)
    minutes(world, len(UNITS))
    world.consume()
    world.check()


def test_while_one_waits_for_a_refused_message_those_behind_it_get_their_turn():
    world = World()
    stubborn = [world.submit("VM").id for _ in range(150)]
    fine = world.submit("VM").id
    world.stream.clear()
    world.queues.accepts = lambda recipient, letter: (
        letter.service_request_id not in stubborn and world._accepts(recipient, letter)
    )
    world.now += timedelta(minutes=3)
    world._budget = lambda: budget(60)
    minutes(world, 10)
    assert world.first == {(fine, "VM"): [1]}
