"""Whether what a caller kept of an answer still is the answer: entity tags and `If-None-Match` (RFC 9110 §8.8, §13)."""

import hashlib
import re
from typing import Final

KEPT_FOR: Final = "public, max-age=300"
"""For five minutes nobody asks again; after, the tag tells with little work and no body whether there is news.

A form that is five minutes old can still be sent: a submission says by which catalogue it was filled in.
"""

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def tag_of(body: str) -> str:
    """The entity tag of an answer: of its content, so that whatever makes it another one changes the tag."""
    return f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'


def is_kept(tag: str | None, if_none_match: str | None) -> bool:
    """Whether the caller has the answer of that tag, by what they say: `*`, or a list; strong and weak are the same."""
    if tag is None or not if_none_match:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
