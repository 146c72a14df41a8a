import pytest

from tests.support.functions import Functions


@pytest.fixture
def functions(cloud, gateway) -> Functions:
    return Functions(gateway, cloud.sqs)
