"""The watch: tells once of each service request that a unit is late with, and measures what waits in every unit."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ..foundation import aws, log
from ..service_requests.actions.missing import miss_photos
from ..service_requests.lateness import Lateness, crossed
from ..service_requests.lifecycle import Status
from ..service_requests.store import ServiceRequestStore
from ..service_requests.watch_store import Counted, WatchStore

# A unit's share of a run; what is more waits a minute. So that a storm of late ones leaves time for deliveries.
PAGE: Final = 25
MEASURED_EVERY: Final = 5  # minutes
SAMPLE: Final = 100


class Waiting(NamedTuple):
    """What waits in one unit: how many, and since how long the oldest, in seconds."""

    undelivered: int
    oldest_undelivered_s: float
    unacknowledged: int
    oldest_unacknowledged_s: float
    overdue: int
    most_overdue_s: float
    at_least: bool
    """Whether one of the numbers is only as far as one query reads."""

    @property
    def metrics(self) -> dict[str, tuple[float, str]]:
        return {
            "Waiting": (self.undelivered, "Count"),
            "OldestWaiting": (self.oldest_undelivered_s, "Seconds"),
            "Unacknowledged": (self.unacknowledged, "Count"),
            "OldestUnacknowledged": (self.oldest_unacknowledged_s, "Seconds"),
            "Overdue": (self.overdue, "Count"),
            "MostOverdue": (self.most_overdue_s, "Seconds"),
        }


class Watch:
    def __init__(self, store: ServiceRequestStore, watch_store: WatchStore, units: Sequence[str]) -> None:
        self._store = store
        self._watch_store = watch_store
        self._units = units

    def tell(self, now: datetime, *, may_go_on: Callable[[], bool]) -> Iterator[tuple[str, Lateness]]:
        """Log a line for each date that has passed unmet, once; its unit and kind, as they are told. A query a unit.

        Also put in the timeline which photos did not come: their unit hears of it as of anything else.
        """
        for unit in self._units:
            if may_go_on():
                yield from self._tell(unit, now)

    def _tell(self, unit: str, now: datetime) -> Iterator[tuple[str, Lateness]]:
        try:
            ids = self._watch_store.to_look_at(unit, now, PAGE)
            for read in self._store.get_many(ids).values() if ids else ():
                found = miss_photos(self._store, read, now)
                late = crossed(found, now)
                # Also where nothing is late: an older state, written since, left its look behind.
                if not self._watch_store.tell(found, late):
                    continue
                for kind, date in late.items():
                    log.warning("late", kind=kind, unit=found.unit, service_request_id=found.id, since=date.isoformat())
                    yield found.unit, kind
        except aws.FAILURES as error:
            log.warning("what is late could not be looked at", unit=unit, error=aws.name_of(error))

    def measured(self, now: datetime, *, may_go_on: Callable[[], bool]) -> Iterator[tuple[str, Waiting]]:
        """What waits, by unit. Four queries a unit, and two reads where something is undelivered."""
        for unit in self._units:
            try:
                if may_go_on():
                    yield unit, self.waiting(unit, now)
            except aws.FAILURES as error:
                log.warning("a unit could not be measured", unit=unit, error=aws.name_of(error))

    def waiting(self, unit: str, now: datetime) -> Waiting:
        """What waits in one unit."""
        undelivered = self._watch_store.waiting(unit)
        unacknowledged = [self._watch_store.in_status(unit, status) for status in (Status.SUBMITTED, Status.REOPENED)]
        overdue = self._watch_store.overdue(unit)
        return Waiting(
            undelivered=undelivered.number,
            oldest_undelivered_s=self._oldest_undelivered_s(unit, now) if undelivered.number else 0,
            unacknowledged=sum(counted.number for counted in unacknowledged),
            oldest_unacknowledged_s=max(_age_s(counted, now) for counted in unacknowledged),
            overdue=overdue.number,
            most_overdue_s=_age_s(overdue, now),
            at_least=any(counted.at_least for counted in (undelivered, *unacknowledged, overdue)),
        )

    def _oldest_undelivered_s(self, unit: str, now: datetime) -> float:
        """What this unit's own queue lacks, of those that are looked at first. For a sample: a look that failed goes to
        the end of the line, and the reconciler itself measures what it could not deliver."""
        found = self._store.get_many(self._store.due(unit, datetime.max.replace(tzinfo=now.tzinfo), SAMPLE))
        lacking = [each.undelivered().get(unit) for each in found.values()]
        return max((age_s(entries[0].at, now) for entries in lacking if entries), default=0)


def age_s(since: datetime, now: datetime) -> float:
    """Seconds; 0 where a clock was ahead."""
    return max(0.0, (now - since).total_seconds())


def _age_s(counted: Counted, now: datetime) -> float:
    """Since the time in the first sort key; 0 where there is none."""
    if counted.first is None:
        return 0
    return age_s(datetime.fromisoformat(counted.first.rpartition("#")[2]), now)
