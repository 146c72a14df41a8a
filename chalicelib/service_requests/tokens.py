"""Tracking tokens: who holds one sees and does what the citizen who sent the service request may.

HMAC of the id and a generation, with the number of its key: secrets rotate, and one leaked token is revoked by raising
its service request's generation. 128 bits. Derived, never stored.
"""

import base64
import hmac
from typing import Final

from ..foundation.keys import Keys

_BYTES: Final = 16


def token_for(keys: Keys, id: str, generation: int) -> str:
    return _token(keys, keys.newest, id, generation)


def opens(keys: Keys, token: str, id: str, generation: int) -> bool:
    """Whether `token` is the one of this service request, under any key still kept."""
    number, _, _ = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 9 and int(number) in keys.by_number):
        return False
    return hmac.compare_digest(token.encode(errors="replace"), _token(keys, int(number), id, generation).encode())


def _token(keys: Keys, number: int, id: str, generation: int) -> str:
    digest = keys.mac("tracking-token", f"{id}|{generation}", number=number)[:_BYTES]
    return f"{number}-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
