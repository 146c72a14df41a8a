"""The citizens of the demo: they send a service request until it is answered, and later ask how theirs went."""

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from .day import Planned

# The emulator starts a process per concurrent call: many at once would wait for one another to start.
AT_ONCE: Final = 4
TIMEOUT_S: Final = 30.0
# Long enough to outlive a stack that is stopped and started again.
PATIENCE_S: Final = 120.0
LONGEST_PAUSE_S: Final = 3.0


class Answer(NamedTuple):
    status: int
    """0 if there was none."""
    body: Any


NO_ANSWER: Final = Answer(0, "not answered in the time allowed")


class Sent(NamedTuple):
    """A service request that was sent, with the counter's last answer."""

    planned: Planned
    at: float
    tries: int
    answer: Answer
    words: tuple[Answer, ...] = ()
    """What was answered to each word that the citizen added."""

    @property
    def entries(self) -> int:
        """How many the unit must be told of: the submission, and each word that was taken."""
        return 1 + sum(answer.status == 200 for answer in self.words)

    @property
    def accepted(self) -> bool:
        return self.answer.status == 201

    @property
    def id(self) -> str:
        return str(self.answer.body["service_request_id"])

    @property
    def token(self) -> str:
        return str(self.answer.body["tracking_token"])


class Looked(NamedTuple):
    """What a citizen saw of a service request: as anyone may, and with its tracking token."""

    public: Answer
    private: Answer


class Citizens:
    """Several at once, at one API. A context: at its end nobody waits any more."""

    def __init__(self, api_url: str) -> None:
        self._address = f"{api_url}/v1/service-requests"
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._gone = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.set()
        self._pool.shutdown(cancel_futures=True)

    def send(self, planned: Planned) -> Future[Sent]:
        """Send it, with the same key each time, until it is accepted or refused, or patience ends."""
        return self._pool.submit(self._send, planned)

    def look(self, sent: Sent) -> Future[Looked]:
        """Ask how it went."""
        return self._pool.submit(self._look, sent)

    def _send(self, planned: Planned) -> Sent:
        at = time.time()
        headers = {"Idempotency-Key": planned.key, "Accept-Language": planned.language}
        body = json.dumps(planned.body, ensure_ascii=False).encode()
        answer, tries = self._ask("POST", self._address, headers, body)
        sent = Sent(planned, at, tries, answer)
        return sent._replace(words=tuple(self._say(sent, text) for text in planned.words)) if sent.accepted else sent

    def _say(self, sent: Sent, text: str) -> Answer:
        headers = {"Tracking-Token": sent.token, "Idempotency-Key": f"{sent.planned.key}-{text[:1]}"}
        address, body = f"{self._address}/{sent.id}/comments", json.dumps({"text": text}).encode()
        answer, _ = self._ask("POST", address, headers, body)
        return answer

    def _look(self, sent: Sent) -> Looked:
        address = f"{self._address}/{sent.id}"
        public, _ = self._ask("GET", address, {})
        private, _ = self._ask("GET", address, {"Tracking-Token": sent.token})
        return Looked(public, private)

    def _ask(
        self, method: str, address: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[Answer, int]:
        """Ask again after a fault of the other side or of the line; the last answer, and how often it was asked."""
        end = time.monotonic() + PATIENCE_S
        tries, pause = 1, 0.1
        while True:
            answer = _once(method, address, headers, body)
            passing = answer.status in (0, 429) or answer.status >= 500
            if not passing or time.monotonic() > end or self._gone.wait(pause * random.uniform(0.5, 1.5)):  # noqa: S311
                return answer, tries
            tries, pause = tries + 1, min(2 * pause, LONGEST_PAUSE_S)


def _once(method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    request = urllib.request.Request(  # noqa: S310
        address, body, {"Content-Type": "application/json", **headers}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return Answer(answer.status, json.load(answer))
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, str(error))
