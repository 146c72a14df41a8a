"""AWS as the functions meet it, from one seed: everything works, but for what goes wrong by chance."""

import json
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter

from app import app
from chalicelib.foundation.settings import settings
from tests.support.cloud import _templates
from tests.support.environment import STAGE
from tests.support.gateway import Context

from .faults import Faults
from .processes import Killed, Process, current
from .queues import Message, Queues, unit_of
from .tables import Item, Refused, Tables, from_template
from .units import sequence_of

BEGIN: Final = datetime(2026, 1, 5, 14, tzinfo=UTC)
# Of a queue: its service fails, it was removed, its policy is wrong.
DOWN: Final = ("ServiceUnavailable", "AWS.SimpleQueueService.NonExistentQueue", "AccessDeniedException")
SKEWS: Final = [timedelta(days=-1), timedelta(minutes=-7), timedelta(minutes=7), timedelta(days=1)]


class Hurried(Context):
    """A function's context; its time may run out after so many questions."""

    def __init__(self, questions: float) -> None:
        self._questions = questions

    def get_remaining_time_in_millis(self) -> int:
        self._questions -= 1
        return 60_000 if self._questions >= 0 else 1_000


class Cloud:
    """Tables, queues, their faults, and the functions that run on it at the same time."""

    def __init__(self, seed: int, rate: float) -> None:
        self.seed = seed
        self.chance = random.Random(seed)  # noqa: S311
        self._bits = random.Random(f"{seed} ids")  # noqa: S311
        self.faults = Faults(self.chance, rate)
        self.now = BEGIN
        self.calls = 0
        self.wrong: list[str] = []
        self.tables = Tables(from_template(_resources(), STAGE))
        self.table = self.tables.tables[settings().service_requests_table]
        self.table.on_write = self._written
        self.tables.lags = lambda _: self.chance.random() < self.faults.rate / 2
        self.stream: list[dict[str, Any]] = []
        self.queues = Queues(lambda: self.now)
        self.queues.takes = lambda _: not (current() and self.faults.by_chance("message refused"))
        self.queues.taken = self._taken
        self.down: set[str] = set()
        self.lives = math.inf
        """After how many calls every function dies."""
        self.first: dict[tuple[str, str], list[int]] = {}
        self.bodies: dict[tuple[str, str, int], str] = {}
        self.sends = 0
        self.running: list[Process] = []

    # What the endpoint asks of a cloud.

    def clock(self) -> datetime:
        process = current()
        return self.now + (process.skew if process else timedelta())

    def bits(self, number: int) -> int:
        return self._bits.getrandbits(number)

    def call(self, service: str, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        process = current()
        if process:
            _pause(process)
            process.calls += 1
            if process.calls > self.lives:
                raise Killed
            self.faults.land()
        self.calls += 1
        if service == "AmazonSQS":
            self.sends += 1
            if unit_of(asked["QueueUrl"]) in self.down:
                raise Refused(DOWN[self.calls % len(DOWN)])
            answered = self.queues.answer
        else:
            answered = self.tables.answer

        def effect() -> dict[str, Any]:
            return answered(operation, asked)

        return self.faults.meet(process, service, operation, asked, effect) if process else effect()

    def _written(self, item: Item) -> None:
        if "due_at" not in item and (lacking := _lacking(item)):
            self.wrong.append(f"{item['id']['S']}: nobody will look at what {lacking} lacks")
        if "due_at" not in item:  # as the stream's filter in `infra/app.yaml`
            return
        self.stream.append(
            {
                "eventName": "MODIFY",
                "dynamodb": {
                    "Keys": {"id": item["id"]},
                    "NewImage": item,
                    "ApproximateCreationDateTime": self.now.timestamp(),
                },
            }
        )

    def _taken(self, unit: str, message: Message) -> None:
        sequence = sequence_of(message)
        arrived = self.first.setdefault((message.group, unit), [])
        if sequence not in arrived:
            arrived.append(sequence)
        if self.bodies.setdefault((message.group, unit, sequence), message.body) != message.body:
            self.wrong.append(f"{message.group}.{sequence} to {unit}: a copy of a message is another message")

    # Functions.

    def start(self, work: Callable[[], object], then: Callable[[Process], None] = lambda _: None) -> None:
        skew = self.chance.choice(SKEWS) if self.faults.by_chance("clock wrong", 0.5) else timedelta()
        self.running.append(Process(work, then, skew))

    def go_on(self) -> None:
        """One of those that run, to its next call."""
        process = self.chance.choice(self.running)
        process.go_on()
        if process.over:
            self.running.remove(process)
            process.then(process)
            if process.error and not isinstance(process.error, Killed):
                raise process.error

    def finish(self) -> None:
        while self.running:
            self.go_on()

    def close(self) -> None:
        for process in self.running:
            process.kill()

    def context(self) -> Context:
        return Hurried(self.chance.randint(0, 40) if self.faults.by_chance("little time") else math.inf)


def _lacking(item: Item) -> list[str]:
    """The recipients to whose queues something is still to be sent."""
    entries = [entry["M"] for entry in item["timeline"]["L"]]
    told = [(entry["sequence"]["N"], entry["recipients"]["L"]) for entry in entries if "recipients" in entry]
    last = {recipient["S"]: int(sequence) for sequence, recipients in told for recipient in recipients}
    reached = item["delivery"]["M"]
    return sorted(recipient for recipient, sequence in last.items() if int(reached[recipient]["N"]) < sequence)


def _pause(process: Process) -> None:
    """The resolver keeps its event and route for all of a Python process, for Lambda runs one invocation there."""
    event, context = getattr(BaseRouter, "current_event", None), dict(app.resolver.context)
    process.pause()
    BaseRouter.current_event = event
    app.resolver.context.clear()
    app.resolver.context.update(context)


def _resources() -> Any:
    return json.loads(_templates("pilot")["data"])["Resources"]
