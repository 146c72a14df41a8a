"""One cloud for each file of tests, for they are many: what one stores stays for the next."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.catalogue import Catalogue
from chalicelib.foundation import keys
from chalicelib.foundation.settings import settings
from tests.support.cloud import standing_cloud
from tests.support.gateway import Gateway


@pytest.fixture(scope="module")
def bursts_are_held() -> bool:
    """Most tests send many from one place; those of bursts say otherwise."""
    return False


@pytest.fixture(scope="module", autouse=True)
def _bursts(bursts_are_held):
    with pytest.MonkeyPatch.context() as patched:
        if not bursts_are_held:
            patched.setattr(Catalogue, "burst_limit", lambda *_: None)
        yield


@pytest.fixture(scope="module")
def cloud(catalogue_name):
    with standing_cloud(catalogue_name) as clients:
        clients.dynamodb.meta.events.register("before-call.dynamodb.Scan", _no_scan)
        keys.keys()  # read once a process, so that it is not counted in whatever comes first
        yield clients


def _no_scan(**_):
    raise AssertionError("a list costs in proportion to what it returns: never a scan")


@pytest.fixture(scope="module")
def gateway(cloud) -> Gateway:
    from app import app

    return Gateway(app)


@pytest.fixture(scope="module")
def stored(cloud):
    """All that is in the table, by id. Asked of moto itself, whose scans are slow."""

    def items():
        table = dynamodb_backends[ACCOUNT_ID]["ca-central-1"].get_table(settings().service_requests_table)
        found = {item.hash_key.value: item.to_json()["Attributes"] for item in table.all_items()}
        return json.loads(json.dumps(found))  # moto would go on to change it

    return items


@pytest.fixture(scope="module")
def calls(cloud):
    """Count the app's calls of AWS: `with calls() as counted: …`."""

    @contextmanager
    def counting() -> Iterator[Counter[str]]:
        counted: Counter[str] = Counter()

        def count(model, **_):
            counted[model.name] += 1

        events = [client.meta.events for client in vars(cloud).values()]
        for client_events in events:
            client_events.register("before-call", count)
        try:
            yield counted
        finally:
            for client_events in events:
                client_events.unregister("before-call", count)

    return counting


@pytest.fixture(scope="module")
def before_call(cloud):
    """Do something before a call: `with before_call("PutItem", hook): …`. What the hook returns is the answer."""

    @contextmanager
    def hooked(operation, hook):
        event = f"before-call.dynamodb.{operation}"
        cloud.dynamodb.meta.events.register(event, hook)
        try:
            yield
        finally:
            cloud.dynamodb.meta.events.unregister(event, hook)

    return hooked
