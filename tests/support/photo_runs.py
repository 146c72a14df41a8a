"""Runs of the function that looks at photos, at once, in whatever order of their calls of AWS a test wants."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.foundation import aws

from .photo_function import Message, PhotoFunction

WITHIN_S = 20
TO_ITS_END = 100


class Run:
    """The function with a message, in a thread of its own, which stands still before each of its calls."""

    def __init__(self, function: PhotoFunction, message: Message) -> None:
        self._work = lambda: function.run(message)
        self._may_go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.is_done: bool | None = None
        """Whether it is done with the message; None before its end."""

    def begin(self) -> None:
        self.thread.start()
        self._await()

    def make(self, calls: int = TO_ITS_END) -> None:
        """Let it make so many calls, and stand before the next."""
        for _ in range(calls):
            if self.is_done is not None:
                return
            self._may_go.release()
            self._await()

    def stand(self) -> None:
        self._stands.release()
        assert self._may_go.acquire(timeout=WITHIN_S)

    def _run(self) -> None:
        self.is_done = self._work()
        self._stands.release()

    def _await(self) -> None:
        assert self._stands.acquire(timeout=WITHIN_S)


class Runs:
    def __init__(self, function: PhotoFunction) -> None:
        self._function = function
        self._runs: dict[threading.Thread, Run] = {}

    def begin(self, message: Message) -> Run:
        """A run that stands before its first call."""
        run = Run(self._function, message)
        self._runs[run.thread] = run
        run.begin()
        return run

    def before_call(self, **_: object) -> None:
        if run := self._runs.get(threading.current_thread()):
            run.stand()


@contextmanager
def in_turns(function: PhotoFunction) -> Iterator[Runs]:
    runs = Runs(function)
    clients = (aws.dynamodb(), aws.s3())
    for client in clients:
        client.meta.events.register_first("before-call", runs.before_call)
    try:
        yield runs
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", runs.before_call)
