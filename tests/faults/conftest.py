"""The city with its counter, in process, its faults at rest."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.faults.endpoint import standing_endpoint
from tests.support.faults.world import World


@pytest.fixture
def worlds() -> Iterator[Iterator[World]]:
    """One after another; each begins anew."""
    with standing_endpoint() as endpoint:

        def made() -> Iterator[World]:
            for seed in count():
                endpoint.cloud = world = World(seed, rate=0)
                yield world
                world.close()

        yield made()


@pytest.fixture
def world(worlds: Iterator[World]) -> World:
    return next(worlds)
