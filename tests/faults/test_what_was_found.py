"""What the random histories have found, each as short as it can be told."""

from datetime import timedelta

from tests.support.faults.acting import heals, reported, submit


def test_a_report_is_answered_as_the_first_time_though_the_clock_went_back(world):
    known = submit(world, "RO")
    again = reported(world, known, "RO", "acknowledge")
    for clock in (timedelta(), timedelta(days=-1)):
        world.now += clock
        world.send(again)
        world.finish()
    assert again.accepted
    assert again.wrong == []
    assert heals(world)
