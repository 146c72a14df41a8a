"""US dollars for a million service requests from start to close, by the counts of `calls` and `prices.yaml`."""

from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel

from .account import Bill
from .calls import operations
from .results import Line

TITLE: Final = "8. Money, USD for a million service requests from start to close"
PRICES: Final = Path(__file__).parent / "prices.yaml"
GOAL: Final = 20.0
MILLION: Final = 1_000_000

# A life: how often each operation occurs. An operation's name begins so.
LIFE: Final = {
    "a submission of one that they are watched of": 1,
    "its relay and mark": 1,
    "the relay again": 1,
    "a read by its citizen": 1,
    "a unit's report: acknowledge": 1,
    "a unit's report: resolve": 1,
    "the relay, for those reports": 2,
}
THROUGH_THE_API: Final = ("a submission", "a read", "a unit's report")
# A batch of the unit's worker is one message at a city's mean, and so are its receipt and its deletion.
RECEIPT_AND_DELETION: Final = 2
MEMORY_GB: Final = 0.5
# Billed, per invocation: the CPU of `warm` on a third of a processor, and some milliseconds of waiting for each call.
BILLED_S: Final = 0.020
# Our line, and Lambda's own START, END and REPORT.
LOGGED_BYTES: Final = 800
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

    @classmethod
    def read(cls) -> "Prices":
        return cls.model_validate(yaml.safe_load(PRICES.read_text(encoding="utf-8")))

    def invocations(self, number: float, billed_s: float = BILLED_S) -> float:
        return number * (
            self.lambda_request + billed_s * MEMORY_GB * self.lambda_gb_second + LOGGED_BYTES / 1e9 * self.logs_gb
        )

    def table(self, bill: Bill) -> float:
        return bill.write_units * self.dynamodb_write_unit + bill.reads * self.dynamodb_read_unit


def measure() -> list[Line]:
    prices = Prices.read()
    bills = {operation.name: operation.bill for operation in operations()}
    parts = {name: value * MILLION for name, value in of_one(prices, bills).items()}
    total = sum(parts.values())
    lines = [Line("in all", f"{total:.2f}", f"prices of {prices.date}, {prices.region}", amount=total, goal=GOAL)]
    lines += [Line(f"of it {name}", f"{value:.2f}") for name, value in parts.items()]
    return [*lines, Line("and a month, whatever happens", f"{_a_month(prices, bills):.2f}")]


def of_one(prices: Prices, bills: dict[str, Bill]) -> dict[str, float]:
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
        "Lambda and its logs": prices.invocations(sum(times for _, times in lived.values())),
    }


def _a_month(prices: Prices, bills: dict[str, Bill]) -> float:
    """The reconciler and the secret. Alarms and storage come on top."""
    quiet = next(bill for name, bill in bills.items() if name.startswith("the reconciler"))
    measuring = next(bill for name, bill in bills.items() if name.startswith("the same every fifth"))
    reads = prices.table(quiet) * (MEASURED_EVERY - 1) / MEASURED_EVERY + prices.table(measuring) / MEASURED_EVERY
    return RECONCILES_A_MONTH * (reads + prices.invocations(1, billed_s=1.0)) + prices.secret_month
