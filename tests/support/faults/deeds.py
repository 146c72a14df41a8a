"""What citizens, units and agents do: each one HTTP call, sent again until it is answered, and a mark to find it by."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.catalogue import load
from chalicelib.foundation.times import written
from tests.support.environment import UNIT_ROLE_PREFIX
from tests.support.gateway import Answer
from tests.support.photos import JPEG
from tests.support.submissions import PLACES

SERVICES: Mapping[str, Mapping[str, str]] = {
    "nid-de-poule": {"taille": "grand"},
    "graffiti": {"support": "mur"},
    "eclairage": {"probleme": "eteint"},
    "branches": {"situation": "tombee"},
}
BOROUGHS = list(load("pilot").boroughs)
UNITS = list(load("pilot").units)
KEYED = 0.7
PHOTO = JPEG | {"keep_hints": True}
NOWHERE = "nulle-part"


@dataclass
class Deed:
    """One call, with its mark in what it says; `keyed` where a repeat is known to be one."""

    mark: str
    path: str
    body: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    keyed: bool = True
    id: str = ""
    """The service request it is about; of a submission, once that is known."""
    tries: int = 0
    answer: Answer | None = None
    """The first that says it was done; else the last that says it was not."""
    wrong: list[str] = field(default_factory=list)

    @property
    def is_submission(self) -> bool:
        return self.path.endswith("/service-requests")

    @property
    def accepted(self) -> bool:
        return self.answer is not None and self.answer.status < 300

    @property
    def refused(self) -> bool:
        return self.answer is not None and self.answer.status >= 400

    def answered(self, answer: Answer | None) -> None:
        """By nothing, where the function was killed: who has a key sends it again."""
        self.tries += 1
        if answer is None or answer.status == 503:
            return
        if answer.status >= 500:
            self.wrong.append(f"answered {answer}")
        elif self.answer is None or not self.accepted:
            self.answer = answer
        elif (self.same_in(answer), answer.status) != (self.same_in(self.answer), self.answer.status):
            self.wrong.append(f"first answered {self.answer}, then {answer}")

    def same_in(self, answer: Answer) -> object:
        """What every answer to it says alike."""
        if answer.status >= 400:
            return answer.json["type"]
        if self.path.endswith("/updates"):
            return answer.json
        said = [answer.json.get(name) for name in ("service_request_id", "tracking_token", "submitted_at")]
        return [*said, *photos_in(answer)]


def photos_in(answer: Answer) -> list[str]:
    """The photos that an answer gives forms for."""
    return [form["photo_id"] for form in answer.json.get("photo_uploads", [])]


@dataclass(frozen=True)
class Known:
    """A service request as its citizen knows it."""

    id: str
    token: str


class People:
    """Make up deeds, by chance."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._made = 0

    def submission(self) -> Deed:
        mark, service = self._mark(), self._chance.choice(list(SERVICES))
        body = {
            "service_code": service,
            "location": self._location(mark),
            "attributes": SERVICES[service],
            "description": mark,
        }
        if self._chance.random() < 0.03:
            body["attributes"] = {}  # refused
        if self._chance.random() < 0.2:
            body["photos"] = [PHOTO] * self._chance.randint(1, 2)
        if self._chance.random() < 0.2:
            return self._keyed(Deed(mark, "/v1/agent/service-requests", body, {"agent": "agents"}))
        return self._keyed(Deed(mark, "/v1/service-requests", body))

    def of_citizen(self, known: Known) -> Deed:
        mark = self._mark()
        door, body = self._chance.choice(
            [
                ("comments", {"text": mark}),
                ("comments", {"text": mark}),
                ("reply", {"text": mark}),
                ("correction", {"location": self._location(mark)}),
                ("correction", {"description": mark}),
                ("photos", {"photos": [PHOTO | {"alternative_text": mark}]}),
                ("withdrawal", {"reason": mark}),
                ("reopening", {"reason": mark}),
            ]
        )
        headers = {"Tracking-Token": known.token}
        return self._keyed(
            Deed(mark, f"/v1/service-requests/{known.id}/{door}", body, {"headers": headers}, id=known.id)
        )

    def of_unit(self, id: str, unit: str, others: list[str], now: datetime) -> Deed:
        mark = self._mark()
        action, details = self._step(others)
        ago = self._chance.choice([0, 0, 0, 10, 600])
        body = {"action": action, "message": mark, "update_id": mark, **details}
        body["occurred_at"] = written(now - timedelta(seconds=ago))
        path = f"/v1/units/{unit}/service-requests/{id}/updates"
        return Deed(mark, path, body, {"role": UNIT_ROLE_PREFIX + unit}, id=id)

    def of_agent(self, id: str, others: list[str]) -> Deed:
        mark = self._mark()
        action, details = self._chance.choice(
            [
                ("triage", {"to_unit": self._unit()}),
                ("triage", {"service_code": self._chance.choice(list(SERVICES))}),
                ("prioritize", {"priority": "urgent"}),
                ("publish", {"about": 1}),
                ("unpublish", {"about": 1}),
                ("comment", {"message": mark}),
                ("correct", {"location": self._location(mark)}),
                ("withdraw", {}),
                ("reopen", {}),
                ("note", {}),
                ("ask", {"message": mark}),
                self._step(others),
            ]
        )
        body = {"action": action, "note": mark, **details}
        path = f"/v1/agent/service-requests/{id}/actions"
        return self._keyed(Deed(mark, path, body, {"agent": "agents"}, id=id))

    def _step(self, others: list[str]) -> tuple[str, dict[str, str]]:
        """What a unit reports, or an agent in its place."""
        other = self._chance.choice([*others, "7K3Q9XPTM3"])
        return self._chance.choice(
            [
                ("acknowledge", {"reference": "BT-1"}),
                ("acknowledge", {}),
                ("start", {}),
                ("resolve", {"resolution": "fixed"}),
                ("refuse", {"reason": "policy"}),
                ("transfer", {"to_unit": self._unit()}),
                ("transfer", {"to_unit": self._unit()}),
                ("duplicate", {"duplicate_of": other}),
                ("duplicate", {"duplicate_of": other}),
            ]
        )

    def _unit(self) -> str:
        return NOWHERE if self._chance.random() < 0.05 else self._chance.choice(UNITS)

    def _location(self, mark: str) -> dict[str, Any]:
        """Anywhere in the pilot. Positions are spread out, addresses are not: many of these are held as a burst."""
        borough = self._chance.choice(BOROUGHS)
        if self._chance.random() < 0.3:
            return {"borough": borough, "address": mark}
        lat, lon = PLACES[borough]
        return {"lat": lat + self._nearby(), "lon": lon + self._nearby(), "address": mark}

    def _nearby(self) -> float:
        return self._chance.uniform(-0.004, 0.004)

    def _mark(self) -> str:
        self._made += 1
        return f"mark-{self._made:06}"

    def _keyed(self, deed: Deed) -> Deed:
        deed.keyed = self._chance.random() < KEYED
        if deed.keyed:
            headers = {**deed.options.get("headers", {}), "Idempotency-Key": f"{deed.mark}-0123456789"}
            deed.options = {**deed.options, "headers": headers}
        return deed
