import pytest
from botocore import exceptions

from chalicelib.foundation.aws import is_passing


def answered(code, status):
    return exceptions.ClientError(
        {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutItem"
    )


def wrapped(error):
    try:
        try:
            raise error
        except exceptions.ClientError as cause:
            raise RuntimeError(str(cause))  # noqa: B904 - as Powertools does
    except RuntimeError as outer:
        return outer


@pytest.mark.parametrize(
    "error",
    [
        answered("ProvisionedThroughputExceededException", 400),
        answered("ThrottlingException", 400),
        answered("RequestLimitExceeded", 400),
        answered("RequestThrottled", 403),
        answered("InternalServerError", 500),
        answered("ServiceUnavailable", 503),
        exceptions.ReadTimeoutError(endpoint_url="https://x"),
        exceptions.ConnectTimeoutError(endpoint_url="https://x"),
        exceptions.EndpointConnectionError(endpoint_url="https://x"),
        exceptions.ConnectionClosedError(endpoint_url="https://x"),
        wrapped(answered("ThrottlingException", 400)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_throttling_faults_of_aws_and_the_network_pass(error):
    assert is_passing(error)


@pytest.mark.parametrize(
    "error",
    [
        answered("AccessDeniedException", 400),
        answered("ResourceNotFoundException", 400),
        answered("ConditionalCheckFailedException", 400),
        answered("ValidationException", 400),
        exceptions.NoCredentialsError(),
        wrapped(answered("AccessDeniedException", 400)),
        ValueError("x"),
        KeyError("ThrottlingException"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_would_fail_again_does_not_pass(error):
    assert not is_passing(error)
