"""One structured line per invocation; nothing personal in it: no text, place, token, key or address of anyone."""

import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit, single_metric


@cache
def _logger() -> Logger:
    return Logger(use_rfc3339=True, location=None)  # it would always be this file


@contextmanager
def line(message: str, **fields: Any) -> Iterator[dict[str, Any]]:
    """Log `message` when the block ends, with `fields`, what the block added to them, and how long it took."""
    started = time.perf_counter()
    try:
        yield fields
    finally:
        _logger().info(message, extra=fields | {"ms": round((time.perf_counter() - started) * 1000, 1)})


def warning(message: str, **fields: Any) -> None:
    _logger().warning(message, extra=fields)


def failure(error: BaseException, **fields: Any) -> None:
    """An error nobody expected: its type and where it happened. Its message may quote what a citizen wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = [f"{frame.filename.rpartition('/chalicelib/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    _logger().error("unexpected error", extra=fields | {"error": type(error).__name__, "places": places})


def gauges(values: Mapping[str, tuple[float, str]], *, stage: str, unit: str) -> None:
    """Set metrics of one unit, by name, each with CloudWatch's word for what it counts, as one line (EMF)."""
    metrics = EphemeralMetrics()
    metrics.add_dimension(name="stage", value=stage)
    metrics.add_dimension(name="unit", value=unit)
    for name, (value, counts) in values.items():
        metrics.add_metric(name=name, unit=counts, value=value)
    metrics.flush_metrics()


def count(metric: str, number: int, *, stage: str) -> None:
    """Add to a metric, as a line that CloudWatch reads (embedded metric format). Nothing is written for zero."""
    if number:
        with single_metric(name=metric, unit=MetricUnit.Count, value=number) as counted:
            counted.add_dimension(name="stage", value=stage)
