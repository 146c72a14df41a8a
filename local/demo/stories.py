"""The script of the day as it is played: citizens and an agent do their part, and wait for the units to do theirs."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import yaml

from chalicelib.catalogue import TRIAGE
from chalicelib.service_requests.record import Channel

from . import lives
from .agent import NAME, Agent
from .citizens import AT_ONCE, Citizens, Sent
from .line import Answer, Line
from .lives import Life
from .planning import TEXTS, Planned
from .script import ASKED, BURST, MOVED, PHONED, PHOTOGRAPHED, REOPENED, TRANSFERRED, WITHDRAWN, Script

LOOKS_EVERY_S: Final = 1.0
# What the stream lost is the reconciler's, two to three minutes later; there is more than one message in a life.
PATIENCE_S: Final = 480.0
ENOUGH_HELD: Final = 7
SET_ASIDE: Final = {"note": "Rafale de demandes inventées.", "message": "Cette demande n'a pas été retenue."}
LEFT_HALF: Final = {"x": 0, "y": 0, "width": 0.5, "height": 1}
SENT_ON: Final = "Vérifiée : celle-ci est vraie."


class Happened(NamedTuple):
    """What happened, for the reader."""

    what: str
    id: str
    told: str


class NotAsPlanned(Exception):
    """The counter answered otherwise than it promises."""


class Stories:
    """A context: they are played inside."""

    def __init__(self, script: Script, line: Line, citizens: Citizens, agent: Agent) -> None:
        self._script = script
        self._line = line
        self._citizens = citizens
        self._agent = agent
        self._texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
        self._acts: list[tuple[int, Callable[[], list[Happened]]]] = [
            (BURST, self._burst),
            (ASKED, self._asked_and_repeated),
            (REOPENED, self._reopened),
            (TRANSFERRED, self._transferred),
            (MOVED, self._moved),
            (PHONED, self._phoned),
            (PHOTOGRAPHED, self._photographed),
            (WITHDRAWN, self._withdrawn),
        ]
        self._pool = ThreadPoolExecutor(len(self._acts))
        self._playing: list[Future[list[Happened]]] = []
        self._lock = threading.Lock()
        self.sent: list[Sent] = []
        """What was sent until now, each with what must come of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def begin(self, hour: int) -> None:
        """Those of an hour."""
        for at, act in self._acts:
            if at == hour:
                self._playing.append(self._pool.submit(act))

    @property
    def going_on(self) -> int:
        return sum(not playing.done() for playing in self._playing)

    @property
    def happened(self) -> list[Happened]:
        """In those that went as planned."""
        ended = (playing for playing in self._playing if playing.done() and not playing.exception())
        return [each for playing in ended for each in playing.result()]

    @property
    def not_as_planned(self) -> list[str]:
        """What broke the others off."""
        ended = [playing.exception() for playing in self._playing if playing.done()]
        unended = ["a story is not at its end in the time allowed"] * self.going_on
        return [f"{type(error).__name__}: {error}" for error in ended if error] + unended

    def _burst(self) -> list[Happened]:
        through, held = self._burst_until_held()
        real = self._send(self._script.real, lives.sent_on(self._script.real.unit))
        if real.unit != TRIAGE:
            raise NotAsPlanned(f"{real.id}, after a burst, is not held but at {real.unit}")
        aside = self._agent.set_aside([sent.id for sent in held], **SET_ASIDE)
        if aside.status != 200 or not all(item["set_aside"] for item in aside.body["items"]):
            raise NotAsPlanned(f"setting aside: {aside}")
        self._agent_does(real, "triage", note=SENT_ON)
        for sent in through:
            self._until(sent, "info_requested")
            self._agent_does(sent, "refuse", reason="policy", **SET_ASIDE)
        self._until(real, "resolved")
        number, code, unit = len(through) + len(held), real.planned.body["service_code"], real.planned.unit
        many = (
            f"the first of {number} for {code} in one cell; {len(through)} reach {unit}, until an agent refuses them."
        )
        more = f"the first of {len(held)} held with 311, no crew told; the agent sets them aside all at once."
        return [
            Happened("Burst", through[0].id, many),
            Happened("", held[0].id, more),
            Happened("", real.id, f"a true one, right after: held too, but the agent sends it on, and {unit} does it."),
        ]

    def _burst_until_held(self) -> tuple[list[Sent], list[Sent]]:
        """Send of the burst until enough are held: what went through, and what is held."""
        through, held, waiting = list[Sent](), list[Sent](), list(self._script.burst)
        while waiting and len(held) < ENOUGH_HELD:
            some, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
            for sending in [self._citizens.send(planned) for planned in some]:
                sent = _accepted(sending)
                is_held = sent.unit == TRIAGE
                (held if is_held else through).append(sent)
                self._note(sent._replace(life=lives.set_aside()) if is_held else sent)
        if not through or not held:
            raise NotAsPlanned(f"of a burst {len(through)} went through and {len(held)} are held")
        return through, held

    def _asked_and_repeated(self) -> list[Happened]:
        asked = self._send(self._script.asked)
        question = self._until(asked, "info_requested")["question"]
        began = time.monotonic()
        repeated = self._send(self._script.repeated)
        original = self._until(repeated, "duplicate")["duplicate_of"]
        if original != asked.id:
            raise NotAsPlanned(f"{repeated.id} is said to be a duplicate of {original}, not of {asked.id}")
        reply = self._said("reply", asked)
        self._act(asked, "reply", text=reply)
        waited = time.monotonic() - began
        requesters = self._until(asked, "resolved")["requesters"]
        if sum(requesters.values()) != 2:
            raise NotAsPlanned(f"the requesters of {asked.id} and of its duplicate are counted as {requesters}")
        asks = f"“{asked.planned.body['description']}” {asked.unit} asks: “{question}”"
        return [
            Happened("Question", asked.id, f"{asks} Its clock stands still for {waited:.0f} s. “{reply}” Done."),
            Happened(
                "Duplicate", repeated.id, f"of {asked.id}, says {asked.unit}; that one now counts two requesters."
            ),
        ]

    def _reopened(self) -> list[Happened]:
        sent = self._send(self._script.reopened)
        self._until(sent, "resolved")
        reason = self._said("reopening", sent)
        self._act(sent, "reopening", reason=reason)
        self._until(sent, "resolved")
        return [Happened("Reopening", sent.id, f"{sent.unit} does it. “{reason}” It is reopened, and done again.")]

    def _transferred(self) -> list[Happened]:
        sent = self._send(self._script.transferred)
        unit = self._until(sent, "resolved")["unit"]["code"]
        return [Happened("Transfer", sent.id, f"{sent.unit}: not ours, {unit}'s. Both are told; {unit} does it.")]

    def _moved(self) -> list[Happened]:
        sent = self._send(self._script.moved)
        corrected = self._citizens.act(sent, "correction", location=self._script.right_place)
        if corrected.status == 409:  # the unit was faster
            with self._lock:
                self.sent[self.sent.index(sent)] = sent._replace(life=lives.done(sent.unit))
            self._until(sent, "resolved")
            return [Happened("Correction", sent.id, f"of its place: too late, for {sent.unit} had it in hand already.")]
        _expect(200, corrected, f"correction of {sent.id}")
        unit = self._until(sent, "resolved")["unit"]["code"]
        return [
            Happened(
                "Correction", sent.id, f"of its place: {unit}'s, not {sent.unit}'s. Both are told; {unit} does it."
            )
        ]

    def _phoned(self) -> list[Happened]:
        sent = self._agent.take_call(self._script.phoned, time.time())
        _expect(201, sent.answer, "submission by telephone")
        self._note(sent)
        channel = self._until(sent, "resolved")["channel"]
        if channel != Channel.PHONE:
            raise NotAsPlanned(f"the channel of {sent.id} is {channel}")
        return [
            Happened("By telephone", sent.id, f"taken by {NAME}, who is signed in; {sent.unit} does it like any other.")
        ]

    def _photographed(self) -> list[Happened]:
        sent = _accepted(self._citizens.send(self._script.photographed))
        # Of its photos the story itself tells what must come.
        self._note(sent._replace(planned=sent.planned._replace(photos=())))
        cut = self._until_photo(sent, 0, "refused")
        again = self._citizens.send_photo_again(sent, self._script.whole_photo)
        _expect(204, again, f"a photo of {sent.id}")
        photo_id = self._until_photo(sent, 1, "accepted")["photo_id"]
        _expect(202, self._agent.blur(sent, photo_id, LEFT_HALF), f"blurring a photo of {sent.id}")
        seen = self._look_until(
            lambda: self._agent.read(sent.id), lambda view: bool(view["photos"][1]["blurred"]), "its photo is blurred"
        )
        photo = seen["photos"][1]
        self._agent_does(sent, "publish_photo", photo_id=photo_id)
        self._until(sent, "resolved")
        why = cut["refusal_text"][sent.planned.language]
        return [
            Happened(
                "Photo",
                sent.id,
                f"cut short on its way: “{why}” The next is good; {NAME} blurs half of it, and publishes it: "
                f"{photo['width']} × {photo['height']} pixels that anyone may see.",
            )
        ]

    def _withdrawn(self) -> list[Happened]:
        sent = self._send(self._script.withdrawn)
        self._until(sent, "info_requested")
        reason = self._said("withdrawal", sent)
        self._act(sent, "withdrawal", reason=reason)
        self._until(sent, "withdrawn")
        return [
            Happened(
                "Withdrawal", sent.id, f"{sent.unit} asks something. “{reason}” {sent.unit} is told, and lets it be."
            )
        ]

    def _send(self, planned: Planned, life: Life | None = None) -> Sent:
        sent = _accepted(self._citizens.send(planned))
        self._note(sent._replace(life=life or sent.life))
        return sent

    def _note(self, sent: Sent) -> None:
        with self._lock:
            self.sent.append(sent)

    def _agent_does(self, sent: Sent, action: str, **body: Any) -> None:
        _expect(200, self._agent.act(sent, action, **body), f"{action} of {sent.id}")

    def _act(self, sent: Sent, what: str, **body: Any) -> None:
        _expect(200, self._citizens.act(sent, what, **body), f"{what} of {sent.id}")

    def _said(self, what: str, sent: Sent) -> str:
        return str(self._texts[what][sent.planned.language])

    def _until(self, sent: Sent, status: str) -> dict[str, Any]:
        """Look as the citizen does, until it has this status; what they then see."""
        return self._look_until(
            lambda: self._citizens.private(sent), lambda view: bool(view["status"] == status), status
        )

    def _until_photo(self, sent: Sent, number: int, state: str) -> dict[str, Any]:
        """Look as the citizen does, until a photo, from 0, stands so; what they then see of it."""
        view = self._look_until(
            lambda: self._citizens.private(sent),
            lambda view: bool(view["photos"][number]["state"] == state),
            f"its photo is {state}",
        )
        photo: dict[str, Any] = view["photos"][number]
        return photo

    def _look_until(
        self, look: Callable[[], Answer], suits: Callable[[dict[str, Any]], bool], wanted: str
    ) -> dict[str, Any]:
        """Look again and again until what is seen suits."""
        end = time.monotonic() + PATIENCE_S
        while True:
            answer = look()
            _expect(200, answer, f"looking until {wanted}")
            view: dict[str, Any] = answer.body
            if suits(view):
                return view
            if time.monotonic() > end or not self._line.wait(LOOKS_EVERY_S):
                raise NotAsPlanned(f"{view['service_request_id']} is {view['status']}: too long until {wanted}")


def _accepted(sending: Future[Sent]) -> Sent:
    sent = sending.result()
    _expect(201, sent.answer, "submission")
    return sent


def _expect(status: int, answer: Answer, what: str) -> None:
    if answer.status != status:
        raise NotAsPlanned(f"{what}: {answer.status} {str(answer.body)[:300]}")
