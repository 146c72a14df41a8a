"""Show what lies in a unit's dead-letter queue, then send it back to the unit or set it aside.

    python -m local.redrive UNIT [--stage STAGE] [--do back|aside]

`docs/operations.md` says when to do which.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from .dead_letters import HIDDEN_S, MOST_SHOWN, Counts, DeadLetter, DeadLetters, counted, move, to_file, to_queue
from .operated import NoUnit, Operated, add_arguments, chosen
from .stack import NoStack

BACK: Final = "back"
ASIDE: Final = "aside"


def redrive(unit: Operated, do: str | None, state: Path) -> None:
    """Do it, telling on standard output; `do` is `BACK`, `ASIDE`, or None to ask. Set aside is into `state`."""
    began = datetime.now(UTC)
    sqs, queue, dead = unit.cloud.sqs(), unit.queue_url(), unit.dead_letters_url()
    before = counted(sqs, dead)
    print(f"guichet-{unit.name}: {_written(before, counted(sqs, queue))}")
    letters = DeadLetters(sqs, dead)
    seen = letters.look()
    if not seen:
        print("There is nothing to send back.")
        return
    for line in table(seen, began):
        print(line)
    if (more := before.visible - len(seen)) > 0:
        print(f"and {more} more: the first {MOST_SHOWN} are shown, of one service request the first 10.")
    do = do or _asked()
    # Those that were shown too, even if this machine's clock is behind that of SQS.
    until = max(began, *(letter.since for letter in seen))
    file = state / "set-aside" / f"{unit.name}.jsonl"
    if do == BACK:
        print(f"Sent back: {move(letters, to_queue(sqs, queue), until)}.")
    elif do == ASIDE:
        print(f"Set aside: {move(letters, to_file(file), until)}, in {file}.")
    else:
        print("Left as they were.")
    print(f"guichet-{unit.name}: {_written(counted(sqs, dead), counted(sqs, queue))}")


def table(letters: Sequence[DeadLetter], now: datetime) -> Iterator[str]:
    """A line for each, under a head."""
    yield f"  {'service request':<17}{'sequence':>8}{'received':>10}   dead for"
    for letter in letters:
        sequence = "?" if letter.sequence is None else letter.sequence
        yield f"  {letter.group:<17}{sequence:>8}{letter.received:>10}   {duration(now - letter.since)}"


def duration(time: timedelta) -> str:
    """As somebody says it: `2 d 3 h`, `14 min`."""
    minutes = max(0, int(time.total_seconds() // 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _written(dead: Counts, queue: Counts) -> str:
    return f"{_number(dead)} dead, {_number(queue)} on the queue"


def _number(counts: Counts) -> str:
    return f"{counts.visible}{f' (and {counts.hidden} taken, not deleted)' if counts.hidden else ''}"


def _asked() -> str:
    try:
        return input(f"Send them {BACK}, set them {ASIDE}, or leave them? [{BACK}/{ASIDE}/Enter] ").strip()
    except EOFError:
        print()
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m local.redrive",
        description="Show what lies in a unit's dead-letter queue, then send it back to the unit or set it aside.",
    )
    add_arguments(parser)
    parser.add_argument("--do", choices=(BACK, ASIDE), help="without asking")
    options = parser.parse_args()
    try:
        redrive(chosen(options), options.do, options.state)
    except KeyboardInterrupt:
        sys.exit(f"\nStopped. Nothing is lost; what was just taken shows again within {HIDDEN_S} seconds.")
    except (NoUnit, NoStack, BotoCoreError, ClientError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
