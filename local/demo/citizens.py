"""The citizens of the demo: they send a service request until it is answered, and later ask how theirs went."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from .line import Answer, Line
from .lives import Life
from .planning import Planned

# The emulator starts a process per concurrent call: many at once would wait for one another to start.
AT_ONCE: Final = 4
SERVICE_REQUESTS: Final = "/v1/service-requests"


class Sent(NamedTuple):
    """A service request that was sent, with the counter's last answer."""

    planned: Planned
    at: float
    tries: int
    answer: Answer
    life: Life
    """What must come of it."""
    words: tuple[Answer, ...] = ()
    """What was answered to each word that the citizen added."""
    photos: tuple[Answer, ...] = ()
    """What was answered to each photo that the citizen sent."""

    @property
    def comments(self) -> int:
        """How many words were taken, of which the unit must be told."""
        return sum(answer.status == 200 for answer in self.words)

    @property
    def accepted(self) -> bool:
        return self.answer.status == 201

    @property
    def id(self) -> str:
        return str(self.answer.body["service_request_id"])

    @property
    def unit(self) -> str:
        """That got it first."""
        return str(self.answer.body["unit"]["code"])

    @property
    def photo_ids(self) -> list[str]:
        """Of those that its unit must fetch."""
        return [str(form["photo_id"]) for form in self.answer.body["photo_uploads"]] if self.planned.photos else []

    @property
    def token(self) -> str:
        return str(self.answer.body["tracking_token"])


class Looked(NamedTuple):
    """What a citizen saw of a service request: as anyone may, and with its tracking token."""

    public: Answer
    private: Answer


class Citizens:
    """Several at once. A context: at its end nobody begins any more."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._lock = threading.Lock()
        self.begun = 0
        """How many service requests they set out to send."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def send(self, planned: Planned, then: Callable[[Sent], Sent] = lambda sent: sent) -> Future[Sent]:
        """Send it, with the same key each time, until it is accepted or refused, or patience ends."""
        with self._lock:
            self.begun += 1
        return self._pool.submit(lambda: then(self._send(planned)))

    def look(self, sent: Sent) -> Future[Looked]:
        """Ask how it went."""
        return self._pool.submit(self._look, sent)

    def act(self, sent: Sent, what: str, **body: Any) -> Answer:
        """Add a word, reply, correct, withdraw, reopen, with the token; one key for each sort."""
        headers = {"Tracking-Token": sent.token, "Idempotency-Key": f"{sent.planned.key}-{what}"}
        return self._line.ask("POST", f"{SERVICE_REQUESTS}/{sent.id}/{what}", headers, body)[0]

    def send_photo_again(self, sent: Sent, photo: bytes) -> Answer:
        """Send one more photo, in place of one that was refused."""
        headers = {"Tracking-Token": sent.token, "Idempotency-Key": f"{sent.planned.key}-photo"}
        body = {"photos": [{"content_type": "image/jpeg", "size": len(photo)}]}
        answer = self._line.ask("POST", f"{SERVICE_REQUESTS}/{sent.id}/photos", headers, body)[0]
        return self._line.send(answer.body["photo_uploads"][0], photo) if answer.status == 201 else answer

    def private(self, sent: Sent) -> Answer:
        """What its holder sees."""
        return self._line.ask("GET", f"{SERVICE_REQUESTS}/{sent.id}", {"Tracking-Token": sent.token})[0]

    def _send(self, planned: Planned) -> Sent:
        at = time.time()
        headers = {"Idempotency-Key": planned.key, "Accept-Language": planned.language}
        answer, tries = self._line.ask("POST", SERVICE_REQUESTS, headers, planned.body)
        sent = Sent(planned, at, tries, answer, planned.life)
        if not sent.accepted:
            return sent
        forms = answer.body["photo_uploads"] if planned.photos else []
        photos = tuple(self._line.send(form, photo) for form, photo in zip(forms, planned.photos, strict=True))
        return sent._replace(words=tuple(self._say(sent, text) for text in planned.words), photos=photos)

    def _say(self, sent: Sent, text: str) -> Answer:
        headers = {"Tracking-Token": sent.token, "Idempotency-Key": f"{sent.planned.key}-{text[:1]}"}
        return self._line.ask("POST", f"{SERVICE_REQUESTS}/{sent.id}/comments", headers, {"text": text})[0]

    def _look(self, sent: Sent) -> Looked:
        public, _ = self._line.ask("GET", f"{SERVICE_REQUESTS}/{sent.id}", {})
        return Looked(public, self.private(sent))
