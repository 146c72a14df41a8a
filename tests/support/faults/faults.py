"""What goes wrong with a call of AWS, by chance."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from .processes import Killed, Process
from .tables import Answer, Refused

URL = "https://aws.test"
# Each with how often it is drawn.
KINDS: Mapping[str, int] = {
    "throttled": 2,
    "failing": 2,
    "unreachable": 2,
    "answer lost": 4,
    "failed after all": 2,
    "late": 2,
    "killed before": 3,
    "killed after": 4,
    "conflict": 2,
    "in part": 3,
}
# Some last longer than botocore tries.
LASTING = ("throttled", "failing", "unreachable", "answer lost", "failed after all", "late")
CODES = {"throttled": "ThrottlingException", "failing": "InternalServerError"}
TRIES = 3
LANDS = 0.3
LASTS = 0.3

Effect = Callable[[], Answer]


class Faults:
    def __init__(self, chance: random.Random, rate: float) -> None:
        self.rate = rate
        self.happened: Counter[str] = Counter()
        self._chance = chance
        self._late: list[Effect] = []

    def by_chance(self, kind: str, part: float = 1) -> bool:
        """Whether something goes wrong, here and now."""
        happens = self._chance.random() < self.rate * part
        self.happened[kind] += happens
        return happens

    def meet(self, process: Process, service: str, operation: str, asked: dict[str, Any], effect: Effect) -> Answer:
        """The call's answer, or what becomes of it."""
        if not process.trouble and self._chance.random() < self.rate:
            kind = self._chance.choices(list(KINDS), list(KINDS.values()))[0]
            process.trouble = [kind] * (TRIES if kind in LASTING and self._chance.random() < LASTS else 1)
        if not process.trouble:
            return effect()
        kind = process.trouble.pop()
        return self._suffer(kind, service, operation, asked, effect)

    def _suffer(self, kind: str, service: str, operation: str, asked: dict[str, Any], effect: Effect) -> Answer:
        self.happened[kind] += 1
        if kind in CODES:
            raise Refused(CODES[kind])
        match kind:
            case "unreachable":
                raise ConnectionClosedError(endpoint_url=URL)
            case "late":
                self._late.append(effect)
                raise ReadTimeoutError(endpoint_url=URL)
            case "killed before":
                raise Killed
            case "conflict" if operation in ("UpdateItem", "TransactWriteItems"):
                raise _conflict(operation, asked)
            case "in part" if operation == "BatchGetItem":
                return _in_part(asked, effect, self._chance)
        answer = _whatever(effect)
        if kind == "answer lost":
            raise ReadTimeoutError(endpoint_url=URL)
        if kind == "failed after all":
            raise Refused("InternalServerError")
        if kind == "killed after":
            raise Killed
        return answer() if callable(answer) else answer

    def land(self, *, all_of_them: bool = False) -> None:
        """What a caller has given up waiting for is done, after all."""
        while self._late and (all_of_them or self._chance.random() < LANDS):
            _whatever(self._late.pop(0))


def _whatever(effect: Effect) -> Any:
    """The answer, or what raises it again, for who may never hear it."""
    try:
        return effect()
    except Refused as refused:
        told = refused

        def again() -> Answer:
            raise told

        return again


def _conflict(operation: str, asked: dict[str, Any]) -> Refused:
    if operation == "UpdateItem":
        return Refused("TransactionConflictException")
    others = [{"Code": "None"}] * (len(asked["TransactItems"]) - 1)
    reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}, *others]
    return Refused("TransactionCanceledException", CancellationReasons=reasons)


def _in_part(asked: dict[str, Any], effect: Effect, chance: random.Random) -> Answer:
    """Some of the keys come back undone. `effect` reads what is `asked` when it is called."""
    ((table, wanted),) = asked["RequestItems"].items()
    keys = wanted["Keys"]
    done = chance.randrange(len(keys))
    if done == 0:
        return {"Responses": {}, "UnprocessedKeys": {table: wanted}}
    asked["RequestItems"] = {table: {**wanted, "Keys": keys[:done]}}
    return effect() | {"UnprocessedKeys": {table: {**wanted, "Keys": keys[done:]}}}
