from itertools import count

import pytest

from chalicelib.foundation import aws
from chalicelib.foundation.settings import settings
from chalicelib.service_requests.store import store
from tests.support.examples import submitted
from tests.support.photo_function import PhotoFunction
from tests.support.photos import with_photo

_ids = count(1)


@pytest.fixture
def function(cloud) -> PhotoFunction:
    location = {"LocationConstraint": aws.region()}
    aws.s3().create_bucket(Bucket=settings().photos_bucket, CreateBucketConfiguration=location)
    return PhotoFunction()


@pytest.fixture
def expected(cloud):
    """Make a service request to which a photo was announced; both their ids."""

    def make(**known):
        state, photo_id = with_photo(submitted(f"7K3Q9X{next(_ids):04}"), **known)
        store().add(state)
        return state.id, photo_id

    return make
