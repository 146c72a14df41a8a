"""The data and units stacks on moto, and the app in front of them, in process."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.support.cloud import emptied, standing_cloud
from tests.support.gateway import Gateway


@pytest.fixture(scope="module")
def catalogue_name() -> str:
    """Another is had by `parametrize("catalogue_name", […], scope="module")`."""
    return "pilot"


@pytest.fixture(scope="module")
def standing(catalogue_name) -> Iterator[None]:
    """The data and units stacks, for all tests of a file: they take longer to make than most tests."""
    with standing_cloud(catalogue_name):
        yield


@pytest.fixture
def cloud(standing) -> SimpleNamespace:
    """Clients of the cloud, in which nothing is left of the test before."""
    return emptied()


@pytest.fixture
def gateway(cloud) -> Gateway:
    from app import app

    return Gateway(app)
