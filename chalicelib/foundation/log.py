"""One structured line per invocation; nothing personal in it: no text, place, token, key or address of anyone."""

import json
import logging
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from .settings import trace_id
from .times import written

SERVICE: Final = "guichet"
# What each record has; all else are fields of the line.
_OF_RECORDS: Final = {*vars(logging.makeLogRecord({})), "message"}
_as_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class Lines(logging.Formatter):
    """A record as a line of JSON. Lambda and CloudWatch read `level` and `timestamp`."""

    def format(self, record: logging.LogRecord) -> str:
        always = {
            "level": record.levelname,
            "message": record.getMessage(),
            "timestamp": written(datetime.fromtimestamp(record.created, UTC)),
            "service": SERVICE,
        }
        fields = {name: value for name, value in vars(record).items() if name not in _OF_RECORDS}
        trace = {"xray_trace_id": found} if (found := trace_id()) else {}
        return _as_json(always | fields | trace)


@cache
def _logger() -> logging.Logger:
    logger = logging.getLogger(SERVICE)
    logger.propagate = False  # Lambda's own handler would write each line once more
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(Lines())
    logger.addHandler(handler)
    return logger


def _write(level: int, message: str, fields: Mapping[str, Any]) -> None:
    """As a logger's own methods do, but without looking for the caller, which would always be this file."""
    logger = _logger()
    logger.handle(logger.makeRecord(SERVICE, level, "", 0, message, (), None, extra=fields))


@contextmanager
def line(message: str, **fields: Any) -> Iterator[dict[str, Any]]:
    """Log `message` when the block ends, with `fields`, what the block added to them, and how long it took."""
    started = time.perf_counter()
    try:
        yield fields
    finally:
        _write(logging.INFO, message, fields | {"ms": round((time.perf_counter() - started) * 1000, 1)})


def warning(message: str, **fields: Any) -> None:
    _write(logging.WARNING, message, fields)


def failure(error: BaseException, **fields: Any) -> None:
    """An error nobody expected: its type and where it happened. Its message may quote what a citizen wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = [f"{frame.filename.rpartition('/chalicelib/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    _write(logging.ERROR, "unexpected error", fields | {"error": type(error).__name__, "places": places})


def gauges(values: Mapping[str, tuple[float, str]], *, stage: str, unit: str) -> None:
    """Set metrics of one unit, by name, each with CloudWatch's word for what it counts, as one line (EMF)."""
    from aws_lambda_powertools.metrics import EphemeralMetrics  # takes long, and few invocations count anything

    metrics = EphemeralMetrics()
    metrics.add_dimension(name="stage", value=stage)
    metrics.add_dimension(name="unit", value=unit)
    for name, (value, counts) in values.items():
        metrics.add_metric(name=name, unit=counts, value=value)
    metrics.flush_metrics()


def count(metric: str, number: int, *, stage: str) -> None:
    """Add to a metric, as a line that CloudWatch reads (embedded metric format). Nothing is written for zero."""
    if number:
        from aws_lambda_powertools.metrics import MetricUnit, single_metric

        with single_metric(name=metric, unit=MetricUnit.Count, value=number) as counted:
            counted.add_dimension(name="stage", value=stage)
