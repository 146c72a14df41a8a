"""Functions that run at the same time, each until its next call of AWS: which goes on is the caller's choice.

Threads, of which only one runs at any moment, so that one seed always gives one history.
"""

import threading
from collections.abc import Callable
from datetime import timedelta

_here = threading.local()


class Killed(BaseException):
    """The function's process is gone."""


class Process:
    """One invocation. `then` is called with it, by who runs it, when it is over."""

    def __init__(self, work: Callable[[], object], then: Callable[["Process"], None], skew: timedelta) -> None:
        self.then = then
        self.skew = skew
        """How wrong its clock is."""
        self.result: object = None
        self.error: BaseException | None = None
        self.over = False
        self.calls = 0
        self.trouble: list[str] = []
        """Faults that its next calls will meet."""
        self._doomed = False
        self._may_go = threading.Semaphore(0)
        self._waits = threading.Semaphore(0)
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def go_on(self) -> None:
        """To its next call, or its end."""
        self._may_go.release()
        self._waits.acquire()

    def kill(self) -> None:
        self._doomed = True
        while not self.over:
            self.go_on()

    def pause(self) -> None:
        """By the process itself, before each call."""
        self._waits.release()
        self._may_go.acquire()
        if self._doomed:
            raise Killed

    def _run(self) -> None:
        self._may_go.acquire()
        _here.process = self
        try:
            if not self._doomed:
                self.result = self._work()
        except BaseException as error:
            self.error = error
        self.over = True
        self._waits.release()


def current() -> Process | None:
    """The process that asks; None for who runs them."""
    return getattr(_here, "process", None)
