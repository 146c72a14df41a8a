"""Show the messages on a unit's queue as they come, taking nothing: the emulator lets one look.

python -m local.watch UNIT [--state DIRECTORY]
"""

import argparse
import json
import sys
import time
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from .stack import STATE, NoStack, Stack

EVERY: Final = 1.0  # seconds


def watch(stack: Stack, unit: str) -> None:
    """Print each message once, for ever."""
    shown: set[str] = set()
    while True:
        for message in messages(stack, unit):
            if message["MessageId"] not in shown:
                shown.add(message["MessageId"])
                print(json.dumps(json.loads(message["Body"]), indent=2, ensure_ascii=False), flush=True)
        time.sleep(EVERY)


def messages(stack: Stack, unit: str) -> list[dict[str, Any]]:
    """What is on a unit's queue now, in flight or not, in the order it was sent."""
    query = urllib.parse.urlencode({"QueueUrl": stack.queues[unit]})
    with urllib.request.urlopen(f"{stack.aws_endpoint_url}/_ministack/sqs/messages?{query}") as answer:  # noqa: S310
        accounts = json.load(answer)["messages"]
    return [
        message
        for regions in accounts.values()
        for queues in regions.values()
        for queue in queues.values()
        for message in queue
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Show the messages on a unit's queue as they come.")
    parser.add_argument("unit")
    parser.add_argument("--state", type=Path, default=STATE)
    options = parser.parse_args()
    try:
        stack = Stack.read(options.state)
    except NoStack as error:
        sys.exit(str(error))
    if options.unit not in stack.queues:
        sys.exit(f"No unit {options.unit}; there are {', '.join(stack.queues)}.")
    with suppress(KeyboardInterrupt):
        watch(stack, options.unit)


if __name__ == "__main__":
    main()
