"""Send a unit again what its queue has had since a time: after a purge, or when its system was restored from a backup.

    python -m local.replay UNIT SINCE [--stage STAGE]

It asks through the unit's own door, under the unit's role, as the unit itself can. Messages that the unit has applied
are repeats, which it drops; so to do it twice, or again from the start, is harmless.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session

from .operated import NoUnit, Operated, add_arguments, chosen
from .stack import NoStack
from .stages import REGION

NO_ANSWER: Final = 0
PASSING: Final = frozenset({NO_ANSWER, 429, 500, 502, 503, 504})
TRIES: Final = 8
LONGEST_PAUSE_S: Final = 30.0

# Asks the door with a body; status and answer.
Post = Callable[[Mapping[str, Any]], tuple[int, Mapping[str, Any]]]


class Refused(Exception):
    """The counter did not do it; the message says why."""


class Part(NamedTuple):
    """What one call has sent again."""

    service_requests: int
    messages: int


def replay(post: Post, since: str, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Part]:
    """Have all sent again, part after part.

    Raises:
        Refused: the counter refuses it, or is out of reach for a minute and a half.
    """
    cursor: str | None = None
    while True:
        answer = _answered(post, {"since": since, "cursor": cursor}, sleep)
        yield Part(answer["service_requests"], answer["messages"])
        cursor = answer["cursor"]
        if cursor is None:
            return


def _answered(post: Post, body: Mapping[str, Any], sleep: Callable[[float], None]) -> Mapping[str, Any]:
    status, answer = post(body)
    for tries in range(1, TRIES):
        if status not in PASSING:
            break
        sleep(min(LONGEST_PAUSE_S, 2.0 ** (tries - 1)))
        status, answer = post(body)
    if status == 200:
        return answer
    raise Refused(_why(status, answer))


def _why(status: int, problem: Mapping[str, Any]) -> str:
    if status == NO_ANSWER:
        return "The counter does not answer."
    faults = [
        f"{fault.get('pointer', '').removeprefix('#/')}: {fault['detail']}" for fault in problem.get("errors", ())
    ]
    return "\n".join(faults or [f"{status}: {problem.get('detail') or problem.get('title') or 'no reason was given'}"])


class Door:
    """The unit's door `…/resend`, asked under the unit's role."""

    def __init__(self, unit: Operated, code: str) -> None:
        assumed = unit.cloud.sts().assume_role(RoleArn=unit.role_arn(), RoleSessionName="replay")["Credentials"]
        role = Credentials(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
        self._signature = SigV4Auth(role, "execute-api", REGION)
        self._url = f"{unit.api_url()}/v1/units/{code}/resend?lang=en"
        self._http = URLLib3Session(timeout=30)  # the API itself gives up before

    def post(self, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        headers = {"Content-Type": "application/json"}
        request = AWSRequest("POST", self._url, headers=headers, data=json.dumps(body))
        self._signature.add_auth(request)
        try:
            answer = self._http.send(request.prepare())
        except BotoCoreError:
            return NO_ANSWER, {}
        try:
            return answer.status_code, json.loads(answer.text)
        except ValueError:
            return answer.status_code, {}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m local.replay", description="Send a unit again what its queue has had since a time."
    )
    add_arguments(parser)
    parser.add_argument("unit", help="its code, such as VM")
    parser.add_argument("since", help="with its zone, such as 2026-11-24T00:00:00-05:00")
    options = parser.parse_args()
    service_requests = messages = 0
    try:
        for part in replay(Door(chosen(options), options.unit).post, options.since):
            service_requests, messages = service_requests + part.service_requests, messages + part.messages
            print(f"{messages} messages of {service_requests} service requests", flush=True)
    except (NoUnit, NoStack, Refused, BotoCoreError, ClientError, KeyboardInterrupt) as error:
        sent = "\nWhat was sent before is no harm: do it again from the start." if messages else ""
        sys.exit(f"{str(error) or 'Stopped.'}{sent}")
    print(f"Sent again to {options.unit}." if messages else f"{options.unit} was sent nothing since then.")


if __name__ == "__main__":
    main()
