"""Play a day of the city on a local stack, and see that nothing is lost, doubled or out of order.

    python -m local.demo [--requests N] [--seed SEED] [--faults] [--state DIRECTORY]

On the stack that runs, or on one of its own. Exit status 0 says that every service request went through.
"""

import argparse
import random
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from chalicelib.catalogue import load
from local.cloudformation import DeploymentError
from local.emulator import EmulatorError
from local.running import NotNow
from local.stack import STATE

from . import screen as printed
from . import where
from .agent import Agent
from .citizens import Citizens
from .day import Day, make_up
from .faults import Faults
from .figures import Figures
from .line import Line
from .play import Play
from .screen import Screen
from .stories import Stories
from .verdict import Outcome, Verdict, judge
from .workers import Workers

REQUESTS: Final = 300


def demo(number: int, seed: int, state: Path, *, faults: bool) -> Verdict:
    """Play it, print it, judge it."""
    screen, figures = Screen(), Figures.read()
    with ExitStack() as cleanup:
        place = where.found(state)
        if place is None:
            screen.say("No local stack runs: the demo starts one of its own (the first time takes longer) …")
            began = time.monotonic()
            place = cleanup.enter_context(where.own())
            screen.say(f"Ready after {time.monotonic() - began:.1f} s.")
            screen.say("It goes when the demo ends: to look things up afterwards, have `make run` running first.")
            look_up = "gone with the demo's stack"
        else:
            screen.say(
                f"On the local stack that runs at {place.stack.api_url}; its units take on what else is there, too."
            )
            look_up = f"look up: {place.stack.api_url}/v1/service-requests/ID"
        catalogue = load(place.stack.catalogue)
        day = make_up(number, seed, catalogue, figures)
        screen.say(_introduction(day, place.stack.catalogue, seed, figures))
        workers = cleanup.enter_context(Workers(day.units, place.state, day.script.elsewhere))
        line = cleanup.enter_context(Line(place.stack.api_url))
        citizens = cleanup.enter_context(Citizens(line))
        agent = Agent(line, place.stack)
        stories = cleanup.enter_context(Stories(day.script, line, citizens, agent))
        play = Play(day, citizens, agent, stories, workers, screen)
        if faults:
            with Faults(place.state, workers) as killed:
                play.day()
            screen.say(f"\n  Killed (kill -9): {killed.functions} functions, {killed.workers} unit workers.")
        else:
            play.day()
        play.units_finish()
        sent, unanswered, broken = play.sent, play.unanswered, stories.not_as_planned
        looked = play.citizens_look(sent)
        memories = play.memories()
    verdict = judge(Outcome(sent, unanswered, broken, memories, looked))
    for text in (
        "",
        *printed.unit_table(sent, memories),
        "",
        printed.measured(sent, memories, play.hour_s),
        "",
        *printed.what_else(stories.happened, look_up),
        "",
        *printed.details(verdict),
        printed.last_line(verdict),
    ):
        screen.say(text)
    return verdict


def _introduction(day: Day, catalogue: str, seed: int, figures: Figures) -> str:
    words = [len(planned.words) for planned in day.planned if planned.words]
    photos = [len(planned.photos) for planned in day.planned if planned.photos]
    return f"""
A {day.weekday} of the {catalogue}: {len(day.planned)} service requests for {len(day.units)} units (seed {seed}).
Services, hours and channels are in the proportions of the city's own data (Ville de Montréal, 311, CC BY 4.0); of the
channels only those that citizens use themselves: web, mobile and social media, {figures.citizens_part:.0%} of all.
{len(words)} citizens add {sum(words)} comments at once, so that their units have an order to keep; {len(photos)} send
photos, {sum(photos)} in all, which their units fetch.
Besides, once each: a burst of invented ones by night, a question, a duplicate, a reopening, a transfer, a correction, a
call, a photo that is refused and one that is blurred and published, a withdrawal.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m local.demo",
        description="Play a day of the city on a local stack, and see that nothing is lost.",
    )
    parser.add_argument("--requests", type=int, metavar="N", default=REQUESTS, help="how many service requests")
    parser.add_argument("--seed", type=int, help="the same seed makes the same day")
    parser.add_argument("--faults", action="store_true", help="kill functions and unit workers (kill -9) all along")
    parser.add_argument("--state", type=Path, default=STATE, help="where the stack that runs keeps its stack.json")
    options = parser.parse_args()
    seed = random.randrange(10_000) if options.seed is None else options.seed  # noqa: S311
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, signal.default_int_handler)  # so that all is tidied up
    try:
        verdict = demo(options.requests, seed, options.state.resolve(), faults=options.faults)
    except (NotNow, EmulatorError, DeploymentError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
    sys.exit(0 if verdict.kept else 1)


if __name__ == "__main__":
    main()
