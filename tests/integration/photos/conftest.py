from itertools import count

import pytest

from chalicelib.foundation import aws, keys
from chalicelib.foundation.settings import settings
from chalicelib.service_requests.store import store
from tests.support.cloud import standing_cloud
from tests.support.examples import submitted
from tests.support.photo_function import PhotoFunction
from tests.support.photos import with_photo

_ids = count(1)


@pytest.fixture(scope="module")
def cloud():
    """One for each file, for it takes longer to make than a test to run; each test has its own service requests."""
    with standing_cloud("pilot") as clients:
        location = {"LocationConstraint": aws.region()}
        aws.s3().create_bucket(Bucket=settings().photos_bucket, CreateBucketConfiguration=location)
        keys.keys()  # read once a process, so that it is not among the calls of whatever comes first
        yield clients


@pytest.fixture
def function(cloud) -> PhotoFunction:
    found = PhotoFunction()
    for key in found.in_bucket():  # what the test before left
        aws.s3().delete_object(Bucket=settings().photos_bucket, Key=key)
    return found


@pytest.fixture
def expected(cloud):
    """Make a service request to which a photo was announced; both their ids."""

    def make(**known):
        state, photo_id = with_photo(submitted(f"7K3Q9X{next(_ids):04}"), **known)
        store().add(state)
        return state.id, photo_id

    return make
