"""Show what lies in a dead-letter queue, of a unit or of photos, then send it back or set it aside.

    python -m local.redrive UNIT|--photos [--stage STAGE] [--do back|aside]

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
from .operated import NoUnit, Redriven, add_arguments, chosen, chosen_photos
from .stack import NoStack

BACK: Final = "back"
ASIDE: Final = "aside"


def redrive(of: Redriven, do: str | None, state: Path) -> None:
    """Do it, telling on standard output; `do` is `BACK`, `ASIDE`, or None to ask. Set aside is into `state`."""
    began = datetime.now(UTC)
    sqs, queue, dead = of.cloud.sqs(), of.queue_url(), of.dead_letters_url()
    before = counted(sqs, dead)
    print(f"guichet-{of.name}: {_written(before, counted(sqs, queue))}")
    letters = DeadLetters(sqs, dead)
    seen = letters.look()
    if not seen:
        print("There is nothing to send back.")
        return
    for line in table(seen, began):
        print(line)
    if (more := before.visible - len(seen)) > 0:
        print(f"and {more} more: the first {MOST_SHOWN} are shown, of one service request of a unit the first 10.")
    do = do or _asked()
    # Those that were shown too, even if this machine's clock is behind that of SQS.
    until = max(began, *(letter.since for letter in seen))
    file = state / "set-aside" / f"{of.name}.jsonl"
    if do == BACK:
        print(f"Sent back: {move(letters, to_queue(sqs, queue), until)}.")
    elif do == ASIDE:
        print(f"Set aside: {move(letters, to_file(file), until)}, in {file}.")
    else:
        print("Left as they were.")
    print(f"guichet-{of.name}: {_written(counted(sqs, dead), counted(sqs, queue))}")


def table(letters: Sequence[DeadLetter], now: datetime) -> Iterator[str]:
    """A line for each, under a head."""
    about = [letter.about for letter in letters]
    width = max(len(what) for _, what in [("", "sequence"), *about])
    head = "sequence" if any(letter.group for letter in letters) else "what"
    yield f"  {'service request':<17}{head:>{width}}{'received':>10}   dead for"
    for letter, (id, what) in zip(letters, about, strict=True):
        yield f"  {id:<17}{what:>{width}}{letter.received:>10}   {duration(now - letter.since)}"


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
        description="Show what lies in a dead-letter queue, of a unit or of photos, then send it back or set it aside.",
    )
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument("unit", nargs="?", help="its code, such as VM")
    whose.add_argument("--photos", action="store_true", help="what the function that looks at photos has given up")
    add_arguments(parser)
    parser.add_argument("--do", choices=(BACK, ASIDE), help="without asking")
    options = parser.parse_args()
    try:
        redrive(chosen_photos(options) if options.photos else chosen(options), options.do, options.state)
    except KeyboardInterrupt:
        sys.exit(f"\nStopped. Nothing is lost; what was just taken shows again within {HIDDEN_S} seconds.")
    except (NoUnit, NoStack, BotoCoreError, ClientError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
