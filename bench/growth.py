"""What reads cost with a thousand service requests stored, and with a hundred thousand.

What is open at a time stays; what grows is the past, years of closed ones. All that moto keeps of one item but its keys
and times is shared, or a hundred thousand would not fit.
"""

import copy
from collections.abc import Callable
from datetime import timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict

from chalicelib.catalogue.chosen import catalogue
from chalicelib.foundation import ids, times
from chalicelib.foundation.settings import settings
from chalicelib.routing.events import reconcile_due
from chalicelib.service_requests.cells import index_cell
from chalicelib.service_requests.timeline import Position
from local.stages import REGION
from tests.support.functions import Functions
from tests.support.gateway import ACCOUNT, Context

from .account import Accountant, Bill
from .results import Line
from .world import PLACE, SEED, WATCHED, accepted, app_on_moto, as_unit

TITLE: Final = "4. Growth: reads with 1 000 and with 100 000 stored"
FEW: Final = 1_000
MANY: Final = 100_000
OPEN: Final = 500
FILLED: Final = 20
LATELY: Final = timedelta(days=30)
# The past grows longer, not denser: one is closed each four hours.
PACE: Final = timedelta(hours=4)
GOAL: Final = 1.1


def measure() -> list[Line]:
    with app_on_moto() as (functions, clients):
        past = _Past(functions, clients)
        past.grow(FEW)
        few = past.costs()
        past.grow(MANY)
        many = past.costs()
    return [_line(name, few[name], many[name]) for name in few]


def _line(name: str, few: Bill, many: Bill) -> Line:
    ratio = max(many.calls.total() / few.calls.total(), many.reads / few.reads)
    return Line(name, _shown(many), f"{_shown(few)} with 1 000", ratio=ratio, goal=GOAL)


def _shown(bill: Bill) -> str:
    return f"{bill.calls.total()} calls, {bill.reads:g} read, {bill.items} found"


class _Past:
    """A table that fills: first what is open, then what was closed, back to years ago."""

    def __init__(self, functions: Functions, clients: SimpleNamespace) -> None:
        self._gateway = functions.gateway
        self._accountant = Accountant(vars(clients))
        self._chance = Random(SEED)  # noqa: S311
        self._table: Any = dynamodb_backends[ACCOUNT][REGION].get_table(settings().service_requests_table)
        self._boroughs = list(catalogue().boroughs)
        self._now = times.now()
        self._open = self._one_made(functions, "acknowledge")
        self._closed = self._one_made(functions, "acknowledge", "resolve")
        self._receipt = accepted(self._gateway.post("/v1/service-requests", WATCHED))
        functions.relay()

    def _one_made(self, functions: Functions, *actions: str) -> Any:
        """One that went the ordinary way, as moto keeps it; it is taken out again."""
        receipt = accepted(self._gateway.post("/v1/service-requests", WATCHED))
        functions.relay()
        for action in actions:
            details = {"resolution": "fixed"} if action == "resolve" else {"reference": "BT-2026-1"}
            functions.report(receipt["unit"]["code"], receipt["service_request_id"], action, **details)
        functions.relay()
        return self._table.items.pop(DynamoType({"S": receipt["service_request_id"]}))

    def grow(self, number: int) -> None:
        """Up to so many."""
        while (stored := len(self._table.items)) < number:
            if stored < OPEN:
                self._add(self._open, "open", self._chance.random() * LATELY)
            else:
                self._add(self._closed, "closed", (stored - OPEN) * PACE)

    def _add(self, like: Any, openness: str, ago: timedelta) -> None:
        borough = self._chance.choice(self._boroughs)
        at = times.written(self._now - ago)
        position = Position(
            lat=round(PLACE["lat"] + self._chance.uniform(-0.01, 0.01), 6),
            lon=round(PLACE["lon"] + self._chance.uniform(-0.01, 0.01), 6),
        )
        status = like.attrs["status"].value
        attributes = dict(like.attrs) | {
            name: DynamoType({"S": value})
            for name, value in {
                "id": ids.random_id(),
                "borough": borough,
                "unit": borough,
                "cell": index_cell(position),
                "status_updated": f"{status}#{at}",
                "open_submitted": f"{openness}#{at}",
            }.items()
        }
        position_kept = {"lat": {"N": str(position.lat)}, "lon": {"N": str(position.lon)}}
        attributes["public_position"] = DynamoType({"M": position_kept})
        item = copy.copy(like)
        item.hash_key = attributes["id"]
        item.attrs = LimitedSizeDict.__new__(LimitedSizeDict)
        dict.update(item.attrs, attributes)
        self._table.items[item.hash_key] = item

    def costs(self) -> dict[str, Bill]:
        """Each read's calls and units. The first page of what has pages."""
        id, token = self._receipt["service_request_id"], {"Tracking-Token": self._receipt["tracking_token"]}
        near = f"near={PLACE['lat']},{PLACE['lon']}&radius=250"
        box = "bbox=-73.56,45.505,-73.55,45.512"
        unit = "/v1/units/VM/service-requests"
        lists = "/v1/service-requests?"
        reads: dict[str, Callable[[], object]] = {
            "a read by its citizen": self._get(f"/v1/service-requests/{id}", headers=token),
            # As many as the smaller table has of each, open and closed, in a borough.
            "a list of a borough": self._get(f"{lists}borough=VM&limit={FILLED}"),
            "the same, of what is open": self._get(f"{lists}borough=VM&status=open"),
            "a list near a place": self._get(f"{lists}{near}"),
            "the same, of what was closed": self._get(f"{lists}{near}&status=closed"),
            "a list in a box of a map": self._get(f"{lists}{box}"),
            "a unit's list": self._get(unit, role=as_unit("VM")),
            "a unit's list of one status": self._get(f"{unit}?status=acknowledged", role=as_unit("VM")),
            "the reconciler": self._reconcile,
        }
        return {name: self._cost(read) for name, read in reads.items()}

    def _get(self, path: str, **options: Any) -> Callable[[], object]:
        return lambda: accepted(self._gateway.get(path, **options))

    def _reconcile(self) -> None:
        with patch.object(times, "now", lambda: self._now.replace(minute=1)):
            reconcile_due({}, Context())

    def _cost(self, read: Callable[[], object]) -> Bill:
        with self._accountant.counting() as bill:
            read()
        return bill
