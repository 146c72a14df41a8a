"""Calls of AWS and capacity units of each operation, next to the least that would do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from unittest.mock import patch

from chalicelib.catalogue.chosen import catalogue
from chalicelib.foundation import times
from chalicelib.routing.events import reconcile_due, relay_stream
from chalicelib.service_requests.areas import Near
from chalicelib.service_requests.cells import cells_of
from chalicelib.service_requests.timeline import Position
from tests.support.gateway import Context

from . import photos
from .account import Accountant, Least, Operation
from .results import Line
from .world import KEY, PLACE, WATCHED, accepted, app_on_moto, as_unit, unwatched

TITLE: Final = "3. Calls of AWS and capacity units of each operation"


def measure() -> list[Line]:
    return [line for operation in [*operations(), *photos.measured().operations] for line in operation.lines()]


def operations() -> list[Operation]:
    """All operations of a service request's life, and those of reading."""
    with app_on_moto() as (functions, clients):
        story = _Story(functions, Accountant(vars(clients)))
        story.submit()
        story.relay()
        story.read()
        story.report()
        story.ten()
        story.reconcile()
        return story.done


class _Story:
    """A service request from start to close, each step counted."""

    def __init__(self, functions: Any, accountant: Accountant) -> None:
        self._functions = functions
        self._gateway = functions.gateway
        self._accountant = accountant
        self.done: list[Operation] = []

    def _count(self, name: str, least: Least, action: Callable[[], Any]) -> Any:
        with self._accountant.counting() as bill:
            answer = action()
        self.done.append(Operation(name, bill, least))
        return answer

    def _post(self, path: str, body: Any, **options: Any) -> Callable[[], Any]:
        return lambda: accepted(self._gateway.post(path, body, **options))

    def _get(self, path: str, **options: Any) -> Callable[[], Any]:
        return lambda: accepted(self._gateway.get(path, **options))

    def submit(self) -> None:
        body = unwatched(catalogue())
        self._count(
            "a submission of a service that bursts are not watched of",
            Least({"PutItem": 1}, writes=_OF_A_NEW_ONE),
            self._post("/v1/service-requests", body),
        )
        self._functions.relay()
        self._receipt = self._count(
            "a submission of one that they are watched of (most)",
            Least({"Query": 1, "PutItem": 1}, reads=0.5, writes=_OF_A_NEW_ONE),
            self._post("/v1/service-requests", WATCHED, headers=KEY),
        )
        self._id = self._receipt["service_request_id"]
        self._path = f"/v1/service-requests/{self._id}"
        self._unit = self._receipt["unit"]["code"]

    def relay(self) -> None:
        batch = self._functions.stream.batch()
        self._count(
            "its relay and mark",
            Least({"SendMessageBatch": 1, "UpdateItem": 1}, writes=_OF_A_MARK),
            lambda: relay_stream(batch, Context()),
        )

    def read(self) -> None:
        token = {"Tracking-Token": self._receipt["tracking_token"]}
        one = Least({"GetItem": 1}, reads=1)
        cells = len(cells_of(Near(Position(**PLACE), _RADIUS)))
        self._count("a read, public", one, self._get(self._path))
        self._count("a read by its citizen", one, self._get(self._path, headers=token))
        self._count(
            "a list of a borough",
            Least({"Query": 2}, reads=2 * 0.5),
            self._get("/v1/service-requests?borough=VM"),
        )
        self._count(
            "the same, of what is open",
            Least({"Query": 1}, reads=0.5),
            self._get("/v1/service-requests?borough=VM&status=open"),
        )
        self._count(
            f"a list near a place ({_RADIUS} m)",
            Least({"Query": cells}, reads=cells / 2),
            self._get(f"/v1/service-requests?near={PLACE['lat']},{PLACE['lon']}&radius={_RADIUS}"),
        )
        units = f"/v1/units/{self._unit}/service-requests"
        role = as_unit(self._unit)
        self._count(
            "a unit's list of one status, which holds two",
            Least({"Query": 1, "BatchGetItem": 1}, reads=0.5 + 2),
            self._get(f"{units}?status=queued", role=role),
        )
        self._count("a unit's read", one, self._get(f"{units}/{self._id}", role=role))
        self._count("the list of services", Least({}), self._get("/v1/services"))
        self._count("where a point is", Least({}), self._get(f"/v1/locate?lat={PLACE['lat']}&lon={PLACE['lon']}"))

    def report(self) -> None:
        """The unit's reports need no message to itself, so no mark."""
        for action, writes, details in (
            ("acknowledge", _OF_AN_ACKNOWLEDGEMENT, {"reference": "BT-2026-1"}),
            ("start", _OF_A_REPORT, {}),
            ("resolve", _OF_A_CLOSURE, {"resolution": "fixed", "message": "Réparé."}),
        ):
            self._count(
                f"a unit's report: {action}",
                Least({"GetItem": 1, "UpdateItem": 1}, reads=1, writes=writes),
                lambda: self._functions.report(self._unit, self._id, action, **details),  # noqa: B023 - called at once
            )
        self._count(
            "a citizen's reopening",
            Least({"GetItem": 1, "UpdateItem": 1}, reads=1, writes=_OF_A_REOPENING),
            self._post(
                f"{self._path}/reopening",
                {"reason": "Le trou est encore là."},
                headers={"Tracking-Token": self._receipt["tracking_token"]},
            ),
        )
        self._functions.relay()

    def ten(self) -> None:
        """Ten submissions in one batch of the stream, all of one unit."""
        for _ in range(10):
            accepted(self._gateway.post("/v1/service-requests", WATCHED))
        batch = self._functions.stream.batch()
        self._count(
            "relay and marks of ten to one unit, in one batch",
            Least({"SendMessageBatch": 1, "UpdateItem": 10}, writes=10 * _OF_A_MARK),
            lambda: relay_stream(batch, Context()),
        )
        self._functions.relay()

    def reconcile(self) -> None:
        """Each unit is asked for what is undelivered and for what is late; one more query finds what a clock that
        jumped has written. Every fifth minute four more a unit measure what waits."""
        units = len(catalogue().all_units)
        quiet = times.now().replace(minute=1) + timedelta(days=-1)
        for name, minute, queries in (
            (f"the reconciler of {units} units, nothing due", 1, 2 * units + 1),
            ("the same every fifth minute, when what waits is measured", 0, 6 * units + 1),
        ):
            with patch.object(times, "now", lambda minute=minute: quiet.replace(minute=minute)):
                self._count(name, Least({"Query": queries}, reads=queries / 2), lambda: reconcile_due({}, Context()))


_RADIUS: Final = 250  # metres
# A service request of usual length has less than 1 kB until its unit reports, then less than 2.
_TABLE_AT_FIRST: Final = 1
_TABLE: Final = 2
# It comes into five indexes: status, due, late, borough, cell.
_OF_A_NEW_ONE: Final = _TABLE_AT_FIRST + 5
# A mark takes it out of the index of what is due, and the two public lists show that it is `queued`.
_OF_A_MARK: Final = _TABLE_AT_FIRST + 1 + 2
# It moves in the index by status (out and in), and the two public lists show it.
_OF_A_REPORT: Final = _TABLE + 2 + 2
# The date to acknowledge by gives way to the date to close by: in the index of what is late, out and in.
_OF_AN_ACKNOWLEDGEMENT: Final = _OF_A_REPORT + 2
# Out of the index of what is late; in the two public ones from what is open to what is closed, so out and in.
_OF_A_CLOSURE: Final = _TABLE + 2 + 1 + 2 + 2
# The same way back, and it is due.
_OF_A_REOPENING: Final = _OF_A_CLOSURE + 1
