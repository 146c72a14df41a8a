"""Clients of AWS: one session, each client built once and only where it is used."""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import botocore.session
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004
    HTTPClientError,
    NoCredentialsError,
)

from .aws_json import Parsers, made_light

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sqs import SQSClient

# boto3's own limits (60 s) outlive API Gateway's 29 s: a caller would see a 504 while we wait.
# Neither checking what the stores have written against the service's description, nor describing this process anew in
# each call's user agent, helps anyone: together a fifth of a call's CPU (`make bench`). AWS refuses what is wrong.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,
    user_agent="guichet",
)

# All that a call of AWS raises.
FAILURES: Final = (BotoCoreError, ClientError)


@cache
def _session() -> Session:
    core = botocore.session.get_session()
    core.register_component("response_parser_factory", Parsers())
    return Session(botocore_session=core)


@cache
def dynamodb() -> "DynamoDBClient":
    client = _session().client("dynamodb", config=_CONFIG)
    made_light(client)
    return client


@cache
def sqs() -> "SQSClient":
    return _session().client("sqs", config=_CONFIG)


@cache
def s3() -> "S3Client":
    """For the function that checks photos: the others' package does not describe S3."""
    return _session().client("s3", config=_CONFIG)


@cache
def secretsmanager() -> "SecretsManagerClient":
    return _session().client("secretsmanager", config=_CONFIG)


def credentials() -> Any:
    """This process's own, as they are now, for what is signed without a client."""
    found = _session().get_credentials()
    if found is None:
        raise NoCredentialsError
    return found.get_frozen_credentials()


def region() -> str:
    return _session().region_name


def name_of(error: BaseException) -> str:
    """What went wrong, for a log: AWS's code for it, or the kind of error."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", type(error).__name__))


def is_passing(error: BaseException) -> bool:
    """Whether the same call may well succeed in a moment: throttling, a fault of AWS, the network."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or error.response["Error"]["Code"] in _THROTTLED
    if isinstance(error, ConnectionError | HTTPClientError):
        return True
    # Powertools wraps what it met when it reads a secret.
    return error.__context__ is not None and is_passing(error.__context__)


_THROTTLED = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
}
