"""What wakes the routing: the table's stream, and the clock."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .. import starting
from ..catalogue.chosen import catalogue
from ..foundation import aws, log, times
from ..foundation.settings import settings
from ..service_requests.items import from_item
from ..service_requests.model import ServiceRequest
from ..service_requests.store import ServiceRequestStore, store
from ..service_requests.watch_store import watch_store
from .queues import queues
from .reconciler import Reconciler
from .relay import Relay
from .watch import MEASURED_EVERY, Watch, age_s

# SQS forgets what it has seen after five minutes: sending again from an older image would double.
FRESH: Final = timedelta(minutes=4)
MOST_AT_ONCE: Final = 100
# Time kept for a call under way, which may take all its attempts, and to note what was sent.
RESERVE_MS: Final = 30_000
# The watch has nothing to note after a call. So it has its share of a run whose deliveries never come to an end.
WATCH_RESERVE_MS: Final = 12_000


def relay_stream(event: Mapping[str, Any], context: Any) -> None:
    """Deliver what a batch of the table's stream shows to be lacking somewhere.

    It never fails a record: what could not be sent is the reconciler's, and one queue's trouble delays nobody.
    """
    records = event["Records"]
    with log.line("relay", records=len(records)) as line, _nothing_told():
        seen = _newest_images(records, store(), times.now())
        outcome = Relay(store(), queues(), settings()).run(seen, may_go_on=_until_near_end(context))
        line |= {"sent": outcome.sent, "left": len(outcome.left)}
    log.count("RefusedMessages", outcome.refused, stage=settings().stage)


def reconcile_due(_: Mapping[str, Any], context: Any) -> None:
    """Deliver what was left behind, in every unit; tell what has become late; now and then, measure what waits.

    Each step tells what it found before the next begins, which may fail.
    """
    now, stage = times.now(), settings().stage
    # All that ever had a queue: what waits for one that no longer takes part must not be forgotten.
    units = catalogue().all_units
    with log.line("reconcile") as line, _nothing_told():
        # Deliveries first: a run that dies early, again and again, must still deliver.
        reconciler = Reconciler(store(), Relay(store(), queues(), settings()), units)
        done = reconciler.run(now, may_go_on=_until_near_end(context))
        line |= {"late": 0, "looked_at": done.looked_at, "sent": done.sent, "left": done.left}
        log.count("RefusedMessages", done.refused, stage=stage)
        log.count("LeftBehind", done.left, stage=stage)
        for unit, since in done.lacking.items():
            log.gauges({"OldestWaiting": (age_s(since, now), "Seconds")}, stage=stage, unit=unit)
        watch, may_go_on = Watch(store(), watch_store(), units), _until_near_end(context, WATCH_RESERVE_MS)
        for unit, kind in watch.tell(now, may_go_on=may_go_on):
            log.gauges({f"Became{kind.title()}": (1, "Count")}, stage=stage, unit=unit)
            line["late"] += 1
        if now.minute % MEASURED_EVERY == 0:
            for unit, waiting in watch.measured(now, may_go_on=may_go_on):
                log.gauges(waiting.metrics, stage=stage, unit=unit)


def _newest_images(
    records: Iterable[Mapping[str, Any]], store: ServiceRequestStore, now: datetime
) -> list[ServiceRequest]:
    """One state per service request: the batch's newest image, or a fresh read where that is old."""
    newest: dict[str, ServiceRequest] = {}
    stale: set[str] = set()
    for record in records:
        image = record["dynamodb"].get("NewImage")
        if not image:
            continue
        try:
            found = from_item(image)
        except ValueError as error:
            log.failure(error, service_request_id=record["dynamodb"]["Keys"]["id"]["S"])
            continue
        if found.id not in newest or found.sequence >= newest[found.id].sequence:
            newest[found.id] = found
            created = datetime.fromtimestamp(float(record["dynamodb"]["ApproximateCreationDateTime"]), UTC)
            (stale.add if now - created > FRESH else stale.discard)(found.id)
    for id in stale:
        del newest[id]
    return [*newest.values(), *_read(sorted(stale), store)]


def _read(ids: list[str], store: ServiceRequestStore) -> list[ServiceRequest]:
    found: list[ServiceRequest] = []
    for start in range(0, len(ids), MOST_AT_ONCE):
        try:
            found += store.get_many(ids[start : start + MOST_AT_ONCE]).values()
        except aws.FAILURES as error:
            log.warning("old images could not be read afresh", error=aws.name_of(error))
    return found


@contextmanager
def _nothing_told() -> Iterator[None]:
    """Lambda logs an error with its message, which may quote what a citizen wrote: it gets one that says nothing."""
    try:
        yield
    except Exception as error:
        log.failure(error)
        raise RuntimeError(f"{type(error).__name__}; see the line before") from None


def _until_near_end(context: Any, reserve_ms: int = RESERVE_MS) -> Callable[[], bool]:
    return lambda: context.get_remaining_time_in_millis() > reserve_ms


starting.done()
