"""The data and units stacks on moto, and the app in front of them, in process."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.support.cloud import standing_cloud
from tests.support.gateway import Gateway


@pytest.fixture
def catalogue_name() -> str:
    """Another is had by `parametrize("catalogue_name", […])`."""
    return "pilot"


@pytest.fixture
def cloud(catalogue_name) -> Iterator[SimpleNamespace]:
    """Clients of a fresh cloud in which the data and units stacks stand."""
    with standing_cloud(catalogue_name) as clients:
        yield clients


@pytest.fixture
def gateway(cloud) -> Gateway:
    from app import app

    return Gateway(app)
