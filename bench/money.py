"""US dollars for a million service requests from start to close, by the counts of `calls` and `prices.yaml`."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean
from typing import Any, Final
from unittest.mock import patch

import yaml
from pydantic import BaseModel

from chalicelib.foundation.log import SERVICE, Lines

from . import photos
from .account import Bill
from .calls import operations
from .photos import Measured
from .results import Line

TITLE: Final = "8. Money, USD for a million service requests from start to close"
PRICES: Final = Path(__file__).parent / "prices.yaml"
GOAL: Final = 20.0
MILLION: Final = 1_000_000

# A life: how often each operation occurs. An operation's name begins so.
LIFE: Final = {
    "a submission of one that they are watched of": 1,
    "its relay and mark": 1,
    "a read by its citizen": 1,
    "a unit's report: acknowledge": 1,
    "a unit's report: resolve": 1,
}
THROUGH_THE_API: Final = ("a submission", "a read", "a unit's report")
# A batch of the unit's worker is one message at a city's mean, and so are its receipt and its deletion.
RECEIPT_AND_DELETION: Final = 2
MEMORY_GB: Final = 0.5
# Billed, per invocation: the CPU of `warm` on a third of a processor, and some milliseconds of waiting for each call.
BILLED_S: Final = 0.020
# The function that looks at photos (`.chalice/config.json`), which has a whole processor, and waits for its calls.
PHOTOS_MEMORY_GB: Final = 2.0
WAITED_S: Final = 0.015
# CloudWatch adds so much to each line. Of what goes well Lambda itself says nothing (`infra/app.yaml`).
BYTES_OF_A_LINE: Final = 26
# As Lambda gives it, and the line repeats it.
TRACE: Final = {"_X_AMZN_TRACE_ID": "Root=1-69245e7b-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"}
RECONCILES_A_MONTH: Final = 60 * 24 * 30
MEASURED_EVERY: Final = 5


class Prices(BaseModel, frozen=True):
    """As in `prices.yaml`: USD for one of each."""

    date: Any
    region: str
    api_request: float
    lambda_request: float
    lambda_gb_second: float
    dynamodb_write_unit: float
    dynamodb_read_unit: float
    sqs_fifo_request: float
    logs_gb: float
    secret_month: float
    sqs_request: float
    s3_write: float
    s3_read: float
    s3_gb_month: float

    @classmethod
    def read(cls) -> "Prices":
        return cls.model_validate(yaml.safe_load(PRICES.read_text(encoding="utf-8")))

    def invocations(
        self, number: float, logged: float, billed_s: float = BILLED_S, memory_gb: float = MEMORY_GB
    ) -> float:
        return number * (
            self.lambda_request + billed_s * memory_gb * self.lambda_gb_second + logged / 1e9 * self.logs_gb
        )

    def table(self, bill: Bill) -> float:
        return bill.write_units * self.dynamodb_write_unit + bill.reads * self.dynamodb_read_unit


def measure() -> list[Line]:
    prices = Prices.read()
    with _logged() as sizes:
        bills = {operation.name: operation.bill for operation in operations()}
    logged = mean(sizes)
    parts = {name: value * MILLION for name, value in of_one(prices, bills, logged).items()}
    total = sum(parts.values())
    lines = [Line("in all", f"{total:.2f}", f"prices of {prices.date}, {prices.region}", amount=total, goal=GOAL)]
    lines += [Line(f"of it {name}", f"{value:.2f}") for name, value in parts.items()]
    lines.append(Line("a line of the log, which each invocation writes", f"{logged:.0f} bytes"))
    lines.append(Line("and a month, whatever happens", f"{_a_month(prices, bills, logged):.2f}"))
    return [*lines, *_photos(prices, logged)]


def _photos(prices: Prices, logged: float) -> list[Line]:
    measured = photos.measured()
    parts = {name: value * MILLION for name, value in of_a_photo(prices, measured, logged).items()}
    stored = measured.stored_bytes / 1e9 * MILLION * prices.s3_gb_month
    megabytes = f"{measured.stored_bytes / 1e6:.2f} MB of renditions each"
    return [
        Line("beside it, if each has a photo that its unit looks at", f"{sum(parts.values()):.2f}", "not in the goal"),
        *(Line(f"of it {name}", f"{value:.2f}") for name, value in parts.items()),
        Line("and each month that a million of them are kept", f"{stored:.2f}", megabytes),
    ]


@contextmanager
def _logged() -> Iterator[list[int]]:
    """Bytes of each line that is logged meanwhile."""
    sizes: list[int] = []

    class Measure(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            sizes.append(len(self.format(record).encode()) + BYTES_OF_A_LINE)

    measure = Measure()
    measure.setFormatter(Lines())
    logger = logging.getLogger(SERVICE)
    logger.addHandler(measure)
    with patch.dict(os.environ, TRACE):
        yield sizes
    logger.removeHandler(measure)


def of_one(prices: Prices, bills: dict[str, Bill], logged: float) -> dict[str, float]:
    """USD for one service request, by what is paid for."""
    lived = {
        name: (bill, times) for start, times in LIFE.items() for name, bill in bills.items() if name.startswith(start)
    }
    requests = sum(times for name, (_, times) in lived.items() if name.startswith(THROUGH_THE_API))
    sent = sum(bill.calls["SendMessageBatch"] * times for bill, times in lived.values())
    return {
        "API Gateway": requests * prices.api_request,
        "DynamoDB": sum(prices.table(bill) * times for bill, times in lived.values()),
        "SQS": sent * (1 + RECEIPT_AND_DELETION) * prices.sqs_fifo_request,
        "Lambda and its logs": prices.invocations(sum(times for _, times in lived.values()), logged),
    }


def of_a_photo(prices: Prices, measured: Measured, logged: float) -> dict[str, float]:
    """USD for one photo, announced with its service request, accepted, told to its unit, which sees it once."""
    bills = {operation.name: operation.bill for operation in measured.operations}
    accepted, relayed, seen = (bills[name] for name in (photos.ACCEPTED, photos.RELAYED, photos.SEEN))
    billed_s = measured.look_s + WAITED_S * accepted.calls.total()
    uploaded = fetched = 1
    return {
        "API Gateway": prices.api_request,
        "DynamoDB": sum(map(prices.table, (accepted, relayed, seen))),
        "S3": (uploaded + accepted.calls["PutObject"]) * prices.s3_write
        + (accepted.calls["GetObject"] + fetched) * prices.s3_read,
        "SQS": (1 + RECEIPT_AND_DELETION) * (prices.sqs_request + prices.sqs_fifo_request),
        "Lambda and its logs": prices.invocations(1, logged, billed_s, PHOTOS_MEMORY_GB)
        + prices.invocations(2, logged),
    }


def _a_month(prices: Prices, bills: dict[str, Bill], logged: float) -> float:
    """The reconciler and the secret. Alarms and storage come on top."""
    quiet = next(bill for name, bill in bills.items() if name.startswith("the reconciler"))
    measuring = next(bill for name, bill in bills.items() if name.startswith("the same every fifth"))
    reads = prices.table(quiet) * (MEASURED_EVERY - 1) / MEASURED_EVERY + prices.table(measuring) / MEASURED_EVERY
    return RECONCILES_A_MONTH * (reads + prices.invocations(1, logged, billed_s=1.0)) + prices.secret_month
