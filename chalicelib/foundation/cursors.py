"""Cursors of lists: signed and bound to their list, for a bare key in a client's hand would read any entry."""

from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from .keys import Keys
from .languages import Text
from .problems import Fault, InvalidInput


def sealed(keys: Keys, binding: str, position: dict[str, Any]) -> str:
    """`position` as a text that `opened` takes only for the same `binding` (route and filters)."""
    return str(_serializer(keys, binding).dumps(position))


def opened(keys: Keys, binding: str, cursor: str) -> dict[str, Any]:
    """The position in `cursor`.

    Raises:
        InvalidInput: it was not made here, or for another list.
    """
    try:
        position: dict[str, Any] = _serializer(keys, binding).loads(cursor)
    except BadData as bad:
        detail = Text(
            fr="Ce curseur n'est pas celui de cette liste; reprenez sans curseur, ou suivez le lien « next » tel quel.",
            en="This cursor does not belong to this list; start without a cursor, or follow the “next” link as it is.",
        )
        raise InvalidInput([Fault(("cursor",), detail, "query")]) from bad
    return position


def _serializer(keys: Keys, binding: str) -> URLSafeSerializer:
    # itsdangerous signs with the last key and accepts any of them.
    signers = [keys.mac("cursor", binding, number=number) for number in sorted(keys.by_number)]
    return URLSafeSerializer(signers, salt="cursor")
