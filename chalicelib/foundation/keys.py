"""The counter's secret keys: numbered, so that they rotate; no two purposes share one.

The secret is a JSON object of numbers and random texts, `{"1": "…", "2": "…"}`. The highest number signs. To rotate,
add the next number; take the old one out once nothing signed with it should open any more. Ids derived from an
idempotency key use the lowest, so that a retry across a rotation meets its first try.
"""

import hashlib
import hmac
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from . import aws
from .settings import settings

RELOAD_SECONDS = 300


class Keys(NamedTuple):
    by_number: Mapping[int, bytes]

    @property
    def newest(self) -> int:
        return max(self.by_number)

    @property
    def oldest(self) -> int:
        return min(self.by_number)

    def mac(self, purpose: str, message: str, *, number: int) -> bytes:
        """HMAC-SHA256 of `message` under key `number`, for one purpose alone. Raises KeyError for an unknown number."""
        key = hmac.digest(self.by_number[number], purpose.encode(), hashlib.sha256)
        return hmac.digest(key, message.encode(), hashlib.sha256)


def keys() -> Keys:
    """The keys, read from Secrets Manager at most every five minutes."""
    secret = _provider().get(settings().keys_secret, max_age=RELOAD_SECONDS, transform="json")
    return Keys({int(number): key.encode() for number, key in secret.items()})


@cache
def _provider():  # type: ignore[no-untyped-def]  # its import is heavy and only wanted here
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    return SecretsProvider(boto3_client=aws.secretsmanager())
