"""The reference unit worker: what the system of a unit does, to be read and copied.

    python -m local.unit_worker UNIT [--state DIRECTORY]

It takes the messages of its unit's queue, opens a work order for each service request, and reports what becomes of it:
acknowledged, then started and resolved; or refused, transferred to the unit whose it is, marked as a duplicate of one
for the same place; or it asks the citizen, and goes on after the reply. It fetches the photos it is told of. Killed
at any moment, by kill -9 too, and started again, it goes on where it was. Messages come at least once: perhaps again,
perhaps after one that was lost. `unit_ledger.py` holds what makes that harmless; the rule is told in `docs/routing.md`.
What a unit finds and decides is in `unit_ways.py`, what it keeps of photos in `unit_photos.py`.

These four files need boto3 and nothing else of this project. On AWS only what `stack.json` says is different.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from boto3.session import Session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session

from .unit_ledger import Ledger, Report
from .unit_photos import Wanted
from .unit_ways import Ways

STATE: Final = Path(".local")
# A message taken is hidden this long, and so is what follows it: what a crash costs. Handling one takes milliseconds.
HIDDEN_S: Final = 30
LONGEST_POLL_S: Final = 20
REPORTS_IN_A_ROW: Final = 10
PHOTOS_IN_A_ROW: Final = 10
PAUSE_S: Final = 1.0
# A report is settled by success, or by a refusal that no repeat will change. After anything else it is sent again.
SETTLED: Final = frozenset({200, 400, 409, 422})
NO_ANSWER: Final = 0
# Taken away meanwhile, or another unit's by now: there is nothing to fetch.
NO_PHOTO: Final = 404


class NoAccess(Exception):
    """The counter turns us away: the hour of our credentials is over, or the role is not this unit's."""


class Message(NamedTuple):
    """A message as the queue gave it."""

    body: str
    receipt: str
    queued_at: float


class Queue(Protocol):
    """The unit's queue."""

    def receive(self, wait_s: int) -> list[Message]: ...
    def delete(self, message: Message) -> None: ...


class Counter(Protocol):
    """The city's counter, as the unit sees it."""

    def service_request(self, id: str) -> Mapping[str, Any] | None:
        """A service request with its timeline; None if it cannot be had now."""

    def report(self, report: Report) -> int:
        """Send a report; the status of the answer, or `NO_ANSWER`."""

    def photo(self, wanted: Wanted) -> tuple[int, bytes]:
        """The view of a photo, a JPEG, with status 200; or else why it cannot be had."""


class Worker:
    """Takes and reports, in turns."""

    def __init__(self, queue: Queue, counter: Counter, ledger: Ledger) -> None:
        self._queue = queue
        self._counter = counter
        self._ledger = ledger

    def turn(self) -> None:
        """Wait for messages, until something is due; take them; send and fetch what is due."""
        wait = math.ceil(min(LONGEST_POLL_S, self._ledger.seconds_until_due()))
        for message in self._queue.receive(wait):
            if self._take(message):
                self._queue.delete(message)
        for report in self._ledger.due(REPORTS_IN_A_ROW):
            self._report(report)
        for wanted in self._ledger.album.due(PHOTOS_IN_A_ROW):
            self._fetch(wanted)

    def _take(self, message: Message) -> bool:
        """Whether the message has done its work and may be deleted."""
        try:
            event = json.loads(message.body)
            id, data = event["subject"], event["data"]
            _say(f"{id}  message {data['sequence']}: {data['entry']['action']}")
            if self._ledger.take(data, message.queued_at):
                return True
            _say(f"{id}  something is missing before {data['sequence']}: reading it from the counter")
            found = self._counter.service_request(id)
            if found is None:
                return False
            self._ledger.catch_up(found)
            return bool(found["last_sequence"] >= data["sequence"])
        except (KeyError, TypeError, ValueError) as error:
            # After some tries the queue puts it aside, for somebody to look at.
            _say(f"A message cannot be read ({type(error).__name__}: {error}); it stays on the queue.")
            return False

    def _report(self, report: Report) -> None:
        answer = self._counter.report(report)
        if answer in SETTLED:
            self._ledger.settled(report, answer)
        else:
            self._ledger.postpone(report)
        outcome = {200: "done", NO_ANSWER: "no answer, again later"}.get(answer, f"answered {answer}")
        _say(f"{report.service_request_id}  {report.action}: {outcome}")

    def _fetch(self, wanted: Wanted) -> None:
        answer, jpeg = self._counter.photo(wanted)
        if answer in (200, NO_PHOTO):
            self._ledger.album.fetched(wanted, jpeg if answer == 200 else None)
        else:
            self._ledger.album.postpone(wanted)
        _say(f"{wanted.service_request_id}  photo {wanted.photo_id}: {f'{len(jpeg)} bytes' if jpeg else answer}")


class SqsQueue:
    """The unit's queue on SQS."""

    def __init__(self, session: Session, endpoint_url: str, url: str) -> None:
        # A long poll is silent for as long as it lasts.
        config = Config(connect_timeout=2, read_timeout=LONGEST_POLL_S + 5, retries={"mode": "standard"})
        self._sqs = session.client("sqs", endpoint_url=endpoint_url, config=config)
        self._url = url

    def receive(self, wait_s: int) -> list[Message]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=wait_s,
            VisibilityTimeout=HIDDEN_S,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        return [
            Message(m["Body"], m["ReceiptHandle"], int(m["Attributes"]["SentTimestamp"]) / 1000)
            for m in answer.get("Messages", [])
        ]

    def delete(self, message: Message) -> None:
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt)


class HttpCounter:
    """The unit's side of the counter's API: requests signed by its role (SigV4)."""

    def __init__(self, role: Credentials, region: str, api_url: str, unit: str) -> None:
        self._address = f"{api_url}/v1/units/{unit}/service-requests"
        self._signature = SigV4Auth(role, "execute-api", region)
        self._http = URLLib3Session(timeout=30)  # the API itself gives up before

    def service_request(self, id: str) -> Mapping[str, Any] | None:
        status, body = self._send("GET", id, None)
        found: dict[str, Any] | None = json.loads(body) if status == 200 else None
        return found

    def report(self, report: Report) -> int:
        return self._send("POST", f"{report.service_request_id}/updates", report.body)[0]

    def photo(self, wanted: Wanted) -> tuple[int, bytes]:
        path = f"{wanted.service_request_id}/photos/{wanted.photo_id}/view"
        status, body = self._send("GET", path, None)
        if status != 200:
            return status, b""
        try:
            # The link is signed itself. Our own signature would only be in its way.
            answer = self._http.send(AWSRequest("GET", json.loads(body)["url"]).prepare())
        except BotoCoreError:
            return NO_ANSWER, b""
        # If it has died, or what it led to was blurred, there is another.
        return (200, answer.content) if answer.status_code == 200 else (NO_ANSWER, b"")

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        headers = {"Content-Type": "application/json"}
        request = AWSRequest(method, f"{self._address}/{path}", headers=headers, data=body)
        self._signature.add_auth(request)
        try:
            answer = self._http.send(request.prepare())
        except BotoCoreError:
            return NO_ANSWER, ""
        if answer.status_code == 403:
            raise NoAccess(answer.text)
        return answer.status_code, answer.text


def connect(unit: str, stack: Mapping[str, Any], ledger: Ledger) -> Worker:
    """A worker under its unit's role, for as long as the role's credentials last."""
    endpoint, region = stack["aws_endpoint_url"], stack["region"]
    ours = Session(stack["aws_access_key_id"], stack["aws_secret_access_key"], region_name=region)
    sts = ours.client("sts", endpoint_url=endpoint)
    assumed = sts.assume_role(RoleArn=stack["unit_roles"][unit], RoleSessionName="worker")["Credentials"]
    role = Credentials(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
    session = Session(role.access_key, role.secret_key, role.token, region_name=region)
    queue = SqsQueue(session, endpoint, stack["queues"][unit])
    return Worker(queue, HttpCounter(role, region, stack["api_url"], unit), ledger)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m local.unit_worker",
        description="The reference unit worker: takes its unit's messages, works, reports. Ctrl-C stops it.",
    )
    parser.add_argument("unit", help="the unit's code, such as VM")
    parser.add_argument(
        "--state", type=Path, metavar="DIRECTORY", default=STATE, help="where stack.json and the memory are"
    )
    parser.add_argument(
        "--pace", type=float, metavar="SECONDS", default=Ways().pace_s, help="from one step to the next"
    )
    parser.add_argument(
        "--elsewhere", nargs="*", metavar="WORDS=UNIT", default=[], help="words that say that it is another unit's"
    )
    parser.add_argument("--listens", action="store_true", help="report nothing: people do it, as agents")
    options = parser.parse_args()
    try:
        stack = json.loads((options.state / "stack.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        sys.exit(f"No local stack runs from {options.state}: start one with `make run`, or give its --state.")
    if options.unit not in stack["queues"]:
        sys.exit(f"There is no unit {options.unit}. There are: {', '.join(stack['queues'])}.")
    elsewhere = dict(each.rsplit("=", 1) for each in options.elsewhere)
    file = options.state / "units" / f"{options.unit}.sqlite"
    ledger = Ledger(file, options.unit, Ways(options.pace, elsewhere, options.listens))
    _say(f"Unit {options.unit} works; its memory is {file}.")
    try:
        _work_for_ever(options.unit, stack, ledger)
    except KeyboardInterrupt:
        ledger.close()


def _work_for_ever(unit: str, stack: Mapping[str, Any], ledger: Ledger) -> None:
    while True:
        try:
            worker = connect(unit, stack, ledger)
            while True:
                worker.turn()
        except (NoAccess, BotoCoreError, ClientError) as error:
            # Whatever it was, the ledger knows how far we got: begin again, with new credentials.
            _say(f"Beginning again: {error}")
            time.sleep(PAUSE_S)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


if __name__ == "__main__":
    main()
