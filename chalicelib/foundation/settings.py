"""What differs between stages, read once from the environment. The only module that reads it."""

import os
from functools import cache
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """One field per environment variable, in capitals there (`infra/` sets them; a test holds the two together)."""

    model_config = ConfigDict(frozen=True)

    stage: str
    catalogue: str = Field(description="`pilot` or `city`")
    service_requests_table: str
    supports_table: str
    queue_url_prefix: str = Field(description="a unit's queue is this, its code, `.fifo`")
    photos_bucket: str
    photos_queue_url: str
    unit_role_prefix: str = Field(description="a unit's IAM role is this and its code")
    staff_client: str = Field(description="id of the client of the staff's user pool; agents' tokens are issued to it")
    keys_secret: str = Field(description="name of the secret that holds the signing keys")
    message_source: str = Field(description="URI of this counter, `source` of messages to units")
    message_type_prefix: str = Field(description="`type` of messages to units starts with it")
    allowed_origins: str = Field(description="web sites whose pages may call the API, separated by commas")

    @classmethod
    def from_environment(cls) -> Self:
        return cls.model_validate(
            {name: os.environ[name.upper()] for name in cls.model_fields if name.upper() in os.environ}
        )

    @property
    def origins(self) -> list[str]:
        return [origin.strip() for origin in self.allowed_origins.split(",") if origin.strip()]


@cache
def settings() -> Settings:
    return Settings.from_environment()


def endpoint_url() -> str | None:
    """Where AWS is, if not where it usually is: boto3's own variable, which the local cloud sets."""
    return os.environ.get("AWS_ENDPOINT_URL")


def trace_id() -> str | None:
    """The trace of this invocation, by which the answer's `X-Amzn-Trace-Id` leads to its line of the log."""
    root, _, _ = os.environ.get("_X_AMZN_TRACE_ID", "").partition(";")
    return root.removeprefix("Root=") or None
