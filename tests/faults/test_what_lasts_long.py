"""The scenarios of `docs/routing.md`, on the functions' own handlers: whatever lasts long, the rest goes on."""

from datetime import timedelta

from tests.support.faults.acting import comment, heals, minutes, relay_all, report, submit
from tests.support.faults.queues import Message
from tests.support.faults.units import sequence_of
from tests.support.faults.world import World


def test_a_queue_down_for_a_day_delays_nobody_else(world):
    world.down = {"RO"}
    for hour in range(0, 24, 2):
        there, elsewhere = submit(world, "RO"), submit(world, "VM")
        world.stream.clear() if hour % 4 else relay_all(world)
        minutes(world, 3)
        assert world.first[elsewhere.id, "VM"] == [1]
        assert (there.id, "RO") not in world.first
        world.now += timedelta(minutes=117)
    assert heals(world)


def test_an_edit_every_two_seconds_during_an_outage_does_not_postpone_the_delivery(world):
    known = submit(world, "RO")
    world.down = {"RO"}
    for second in range(2, 360, 2):
        world.now += timedelta(seconds=2)
        if second < 240:
            comment(world, known)
        world.stream.clear()
        if second == 180:
            world.down = set()
        if second % 60 == 0:
            world.reconcile()
            world.finish()
    got = world.first[known.id, "RO"]
    assert len(got) >= 20, "delivered while edits went on"
    assert got == list(range(1, len(got) + 1))
    assert heals(world)


def test_forty_waiting_get_through_though_every_run_dies_after_thirty_calls(world):
    waiting = [submit(world, "RO").id for _ in range(40)]
    world.stream.clear()
    world.now += timedelta(minutes=3)
    world.lives = 30
    minutes(world, 40)
    assert [id for id in waiting if (id, "RO") not in world.first] == []
    assert heals(world)


def test_a_transfer_away_and_back_tells_both_everything(world):
    known = submit(world, "VM")
    report(world, known, "VM", "transfer", to_unit="RO")
    comment(world, known)
    report(world, known, "RO", "transfer", to_unit="VM")
    comment(world, known)
    relay_all(world)
    assert world.first == {(known.id, "VM"): [1, 2, 4, 5], (known.id, "RO"): [2, 3, 4]}
    world.receive()
    assert heals(world)
    assert not any(unit.gaps for unit in world.units.values()), "who got all has nothing to ask for"


def test_a_stream_dead_for_an_hour_only_delays_and_what_it_then_says_is_not_sent_again(world):
    for minute in range(60):
        known = submit(world, "SO")
        comment(world, known)
        if minute % 2:
            minutes(world, 1)
        world.now += timedelta(minutes=1)
    minutes(world, 3)
    assert _sequences(world, "SO") == {known.id: [1, 2] for known in world.known}
    relay_all(world)
    assert _sequences(world, "SO") == {known.id: [1, 2] for known in world.known}
    assert heals(world)


def _sequences(world: World, unit: str) -> dict[str, list[int]]:
    """What is on a queue: by service request, every copy."""
    found: dict[str, list[int]] = {}
    message: Message
    for message in world.queue(unit).waiting:
        found.setdefault(message.group, []).append(sequence_of(message))
    return found
