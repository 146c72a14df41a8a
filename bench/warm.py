"""CPU time of warm handlers, AWS answered from a record, next to bare handlers that make the same calls.

A bare handler does what Lambda's runtime and any handler must: read the event and its body as JSON, call, write JSON.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from app import app
from chalicelib.catalogue.chosen import catalogue
from chalicelib.foundation import times
from chalicelib.routing.events import relay_stream
from tests.support.functions import Functions
from tests.support.gateway import Context, Gateway

from .replay import Record, recorded
from .results import Line
from .timing import cpu_of, in_turns, ratio
from .world import KEY, WATCHED, accepted, app_on_moto, app_without_moto, as_unit, unwatched

TITLE: Final = "2. CPU of warm handlers, AWS answered by a stub under botocore"
GOAL: Final = 1.5
ROUNDS: Final = 25
CALLS: Final = 10  # a round
CONTEXT: Final = Context()


class Case(NamedTuple):
    """A handler's event, as text, and what it asked of AWS."""

    name: str
    handler: Callable[[Any, Any], Any]
    event: str
    record: Record
    answer: Any

    def ours(self) -> None:
        json.dumps(self.handler(json.loads(self.event), CONTEXT))

    def bare(self, clients: Mapping[str, Any]) -> None:
        event = json.loads(self.event)
        if event.get("body"):
            json.loads(event["body"])
        self.record.repeat(clients)
        if self.answer:
            json.dumps(self.answer | {"body": json.dumps(self.answer["body"])})


def measure() -> list[Line]:
    return [_line(case) for case in _cases()]


def _line(case: Case) -> Line:
    with app_without_moto(case.record) as clients:
        bare = partial(case.bare, clients)
        found = in_turns({"ours": cpu_of(case.ours, CALLS), "bare": cpu_of(bare, CALLS)}, ROUNDS)
    ours, least = found["ours"], found["bare"]
    return Line(case.name, ours.shown("ms"), least.shown("ms"), ratio=ratio(ours, least), goal=GOAL)


class _Camera:
    """The app, which keeps the last event."""

    routes = app.routes

    def __init__(self) -> None:
        self.event: Any = None

    def __call__(self, event: Any, context: Any) -> Any:
        self.event = json.dumps(event)
        self.answer = app(event, context)
        return self.answer


def _cases() -> list[Case]:
    with app_on_moto() as (functions, found):
        clients = {"dynamodb": found.dynamodb, "sqs": found.sqs}
        camera = _Camera()
        gateway = Gateway(camera)

        def case(name: str, method: str, path: str, **options: Any) -> Case:
            with recorded(clients) as record:
                receipt.append(accepted(gateway.call(method, path, **options)))
            answer = json.loads(json.dumps(camera.answer))
            return Case(name, app, camera.event, record, answer | {"body": json.loads(answer["body"])})

        receipt: list[Any] = []
        lists, role = "/v1/service-requests", as_unit("VM")
        cases = [case("a submission: one write", "POST", lists, body=unwatched(catalogue()), headers=KEY)]
        functions.relay()
        cases.append(case("a submission watched for bursts: a query, a write", "POST", lists, body=WATCHED))
        functions.relay()
        id, token = receipt[-1]["service_request_id"], {"Tracking-Token": receipt[-1]["tracking_token"]}
        cases.append(case("a read by its citizen", "GET", f"{lists}/{id}", headers=token))
        update = {"update_id": "1", "occurred_at": times.written(times.now()), "action": "acknowledge"}
        path = f"/v1/units/VM/service-requests/{id}/updates"
        cases.append(case("a unit's report", "POST", path, body=update, role=role))
        for _ in range(50):
            accepted(gateway.post(lists, unwatched(catalogue())))
        functions.relay()
        cases.append(case("a list of a borough, of 50", "GET", f"{lists}?borough=VM"))
        cases.append(_relay(functions, gateway, clients))
        return cases


def _relay(functions: Functions, gateway: Gateway, clients: Mapping[str, Any]) -> Case:
    for _ in range(10):
        accepted(gateway.post("/v1/service-requests", unwatched(catalogue())))
    event = json.dumps(functions.stream.batch())
    with recorded(clients) as record:
        relay_stream(json.loads(event), CONTEXT)
    return Case("relay and marks of ten", relay_stream, event, record, None)
