"""The agent of the demo, who is signed in, and acts for all units."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.stack import Stack
from local.token import id_token

from .citizens import Sent
from .line import Answer, Line
from .planning import Planned

NAME: Final = "agent.311"
SERVICE_REQUESTS: Final = "/v1/agent/service-requests"


class Agent:
    def __init__(self, line: Line, stack: Stack) -> None:
        self._line = line
        self._signed_in = {"Authorization": f"Bearer {id_token(stack, NAME)}"}

    def take_call(self, planned: Planned, at: float) -> Sent:
        """Take a service request over the telephone, at that time."""
        headers = self._signed_in | {"Idempotency-Key": planned.key, "Accept-Language": planned.language}
        answer, tries = self._line.ask("POST", SERVICE_REQUESTS, headers, planned.body)
        return Sent(planned, at, tries, answer, planned.life)

    def act(self, sent: Sent, action: str, **body: Any) -> Answer:
        """Do something with one, with one key for each action."""
        headers = self._signed_in | {"Idempotency-Key": f"{sent.planned.key}-{action}"}
        return self._line.ask("POST", f"{SERVICE_REQUESTS}/{sent.id}/actions", headers, {"action": action, **body})[0]

    def set_aside(self, ids: Sequence[str], note: str, message: str) -> Answer:
        """Close what is held, at once."""
        body = {"service_request_ids": ids, "note": note, "message": message}
        return self._line.ask("POST", "/v1/agent/set-asides", self._signed_in, body)[0]

    def blur(self, sent: Sent, photo_id: str, rectangle: Mapping[str, float]) -> Answer:
        """Have a part of a photo blurred."""
        body = {"rectangles": [rectangle]}
        return self._line.ask("POST", f"{SERVICE_REQUESTS}/{sent.id}/photos/{photo_id}/blur", self._signed_in, body)[0]

    def read(self, id: str) -> Answer:
        """All of one, with its timeline."""
        return self._line.ask("GET", f"{SERVICE_REQUESTS}/{id}", self._signed_in)[0]
