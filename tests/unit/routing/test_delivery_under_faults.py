"""The promise of the routing, for random histories and faults: each entry reaches each unit it is addressed to, first
arrivals in order, and a unit that applies the consumer's rule applies each exactly once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.world import World


@given(st.lists(st.sampled_from(World.STEPS), max_size=60), st.integers(0, 2**32), st.sampled_from([0, 0.05, 0.2, 0.4]))
@settings(max_examples=150, deadline=None)
def test_every_entry_reaches_its_units_in_order_and_is_applied_once_whatever_fails(steps, seed, fault_rate):
    world = World(seed, fault_rate)
    for step in steps:
        step(world)
    world.heal()
    world.check()


@pytest.mark.parametrize("seed", range(24))
def test_long_histories_too(seed):
    world = World(seed, 0.02 + 0.03 * (seed % 8))
    for _ in range(400):
        world.chance.choice(World.STEPS)(world)
    assert len(world.store.items) > 20
    world.heal()
    world.check()
