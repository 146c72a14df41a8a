"""Ids a person can read over the phone: ten symbols of Crockford's base32, the last a check symbol (Luhn mod 32)."""

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 10
BITS: Final = 5 * (LENGTH - 1)

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def from_number(number: int) -> str:
    """The id that carries the low 45 bits of `number`."""
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return body + _check_symbol(body)


def random_id() -> str:
    return from_number(secrets.randbits(BITS))


def normalized(text: str) -> str | None:
    """The id meant by `text` (case, dashes, spaces, O for 0, I and L for 1 forgiven); None if it is none."""
    # Before anything else: some letters grow when put in capitals.
    if len(text) > 4 * LENGTH or not text.isascii():
        return None
    id = text.upper().translate(_FORGIVEN)
    if len(id) != LENGTH or any(symbol not in _VALUE for symbol in id) or _check_symbol(id[:-1]) != id[-1]:
        return None
    return id


def in_halves(id: str) -> str:
    """As people read it: `7K3Q9-XPTM3`."""
    half = LENGTH // 2
    return f"{id[:half]}-{id[half:]}"


def _check_symbol(body: str) -> str:
    """Luhn mod N, N = 32: every single wrong symbol is seen, and nearly every swap of neighbours."""
    total = 0
    for position, symbol in enumerate(reversed(body)):
        doubled = _VALUE[symbol] * (2 if position % 2 == 0 else 1)
        total += doubled // 32 + doubled % 32
    return ALPHABET[-total % 32]
