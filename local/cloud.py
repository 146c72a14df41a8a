"""Where to deploy: AWS as the environment says, or the emulator on this machine."""

from typing import TYPE_CHECKING, Final, Self

from boto3.session import Session
from botocore.config import Config

from .stages import REGION

if TYPE_CHECKING:
    from types_boto3_apigateway import APIGatewayClient
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_s3 import S3Client
    from types_boto3_sqs import SQSClient
    from types_boto3_sts import STSClient

_CONFIG: Final = Config(retries={"mode": "standard", "total_max_attempts": 5})
# The emulator's administrator: its only user that may do everything, by any secret.
LOCAL_ACCESS_KEY_ID: Final = "test"
LOCAL_SECRET_ACCESS_KEY: Final = "test"  # noqa: S105


class Cloud:
    """Clients for one place."""

    def __init__(self, session: Session, endpoint: str | None = None) -> None:
        self._session = session
        self._endpoint = endpoint

    @classmethod
    def local(cls, endpoint: str) -> Self:
        """The emulator at that address."""
        return cls(Session(LOCAL_ACCESS_KEY_ID, LOCAL_SECRET_ACCESS_KEY, region_name=REGION), endpoint)

    @classmethod
    def from_environment(cls) -> Self:
        """What the usual variables and profiles of AWS say (AWS_PROFILE, AWS_ENDPOINT_URL, …)."""
        return cls(Session(region_name=REGION))

    def apigateway(self) -> "APIGatewayClient":
        return self._session.client("apigateway", endpoint_url=self._endpoint, config=_CONFIG)

    def cloudformation(self) -> "CloudFormationClient":
        return self._session.client("cloudformation", endpoint_url=self._endpoint, config=_CONFIG)

    def cognito(self) -> "CognitoIdentityProviderClient":
        return self._session.client("cognito-idp", endpoint_url=self._endpoint, config=_CONFIG)

    def s3(self) -> "S3Client":
        return self._session.client("s3", endpoint_url=self._endpoint, config=_CONFIG)

    def sqs(self) -> "SQSClient":
        return self._session.client("sqs", endpoint_url=self._endpoint, config=_CONFIG)

    def sts(self) -> "STSClient":
        return self._session.client("sts", endpoint_url=self._endpoint, config=_CONFIG)
