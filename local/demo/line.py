"""The line to the counter: what is asked is asked again until it is answered."""

import http.client
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

TIMEOUT_S: Final = 30.0
# Long enough to outlive a stack that is stopped and started again.
PATIENCE_S: Final = 120.0
LONGEST_PAUSE_S: Final = 3.0


class Answer(NamedTuple):
    status: int
    """0 if there was none."""
    body: Any


NO_ANSWER: Final = Answer(0, "not answered in the time allowed")


class Line:
    """For any number of threads. A context: at its end nobody waits any more."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._cut = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cut.set()

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: Any = None) -> tuple[Answer, int]:
        """Ask again after a fault of the other side or of the line; the last answer, and how often it was asked."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self._until_answered(
            method, f"{self._api_url}{path}", {"Content-Type": "application/json", **headers}, data
        )

    def send(self, form: Mapping[str, Any], file: bytes) -> Answer:
        """Send a file by the form that the counter gave for it."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in form["fields"].items()
        ]
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="photo"\r\n\r\n'.encode()
        body = b"".join([*parts, head, file, f"\r\n--{boundary}--\r\n".encode()])
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._until_answered("POST", form["url"], headers, body)[0]

    def _until_answered(
        self, method: str, address: str, headers: Mapping[str, str], data: bytes | None
    ) -> tuple[Answer, int]:
        end = time.monotonic() + PATIENCE_S
        tries, pause = 1, 0.1
        while True:
            answer = _once(method, address, headers, data)
            passing = answer.status in (0, 429) or answer.status >= 500
            if not passing or time.monotonic() > end or not self.wait(pause * random.uniform(0.5, 1.5)):  # noqa: S311
                return answer, tries
            tries, pause = tries + 1, min(2 * pause, LONGEST_PAUSE_S)

    def wait(self, seconds: float) -> bool:
        """Let some time pass; False if there is no use in it, for the line is cut."""
        return not self._cut.wait(seconds)


def _once(method: str, address: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    request = urllib.request.Request(address, body, dict(headers), method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return Answer(answer.status, None if answer.status == 204 else json.load(answer))
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, refused.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, str(error))
