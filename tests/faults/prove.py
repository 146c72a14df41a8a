"""The proof at length: histories by chance, each safeguard taken out in turn, and the local cloud.

    python -m tests.faults.prove [--seed SEED [--without SAFEGUARD]] [--worlds N] [--no-local-cloud]

Exit status 0 says that all is as promised. Whatever fails says how to run it alone.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.support.environment import set_environment

set_environment()

from tests.support.faults.mutations import SAFEGUARDS, SAVES_REPEATS  # noqa: E402 - they read the environment
from tests.support.faults.run import Result, Workers, workers  # noqa: E402

WORLDS: Final = 120
# Each safeguard is missed by one of so many; most by the first or second.
MOST_WITHOUT: Final = 100
ANY_WITHOUT: Final = 20
TOLD_EVERY: Final = 20


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def histories(working: Workers, first: int, number: int) -> bool:
    """Many worlds; whether all was right."""
    say(f"{number} histories by chance, seeds {first} to {first + number - 1}:")
    began, results = time.monotonic(), list[Result]()
    for done in _in_order(working, range(first, first + number)):
        results.append(done)
        if done.wrong:
            say(_failure(done))
        if len(results) % TOLD_EVERY == 0 or len(results) == number:
            say(f"  {_summary(results, time.monotonic() - began)}")
    faults = Counter[str]()
    for result in results:
        faults.update(result.faults)
    say("  " + ", ".join(f"{kind} {times}" for kind, times in faults.most_common()))
    return not any(result.wrong for result in results)


def _in_order(working: Workers, seeds: Sequence[int]) -> Iterator[Result]:
    for begun in [working.begin(seed) for seed in seeds]:
        yield begun.result()


def _summary(results: Sequence[Result], seconds: float) -> str:
    number, wrong = sum(result.service_requests for result in results), sum(bool(result.wrong) for result in results)
    accepted, refused = sum(result.accepted for result in results), sum(result.refused for result in results)
    faults, calls = sum(sum(result.faults.values()) for result in results), sum(result.calls for result in results)
    return (
        f"{len(results)} histories, {wrong} wrong: {number} service requests, {accepted} calls accepted and {refused} "
        f"refused, {calls} calls of AWS, {faults} faults in {seconds:.0f} s; "
        f"{number / seconds * 60:.0f} service requests and {faults / seconds * 60:.0f} faults a minute"
    )


def _failure(result: Result) -> str:
    return "\n".join([f"  WRONG: {result.reproduce}", *(f"    {wrong[:500]}" for wrong in result.wrong[:10])])


def safeguards(working: Workers, at_once: int) -> bool:
    """Each taken out; whether each was missed, and the one that only saves repeats was not."""
    say("\nEach safeguard taken out in turn, until it is missed:")
    with ThreadPoolExecutor(at_once) as threads:
        names = list(SAFEGUARDS)
        missed = list(threads.map(lambda name: working.first_wrong(range(MOST_WITHOUT), name), names))
    for name, (number, result) in zip(names, missed, strict=True):
        what = f"missed by history {number}: {result.wrong[0][:110]}" if result else f"NOT MISSED by {number} histories"
        say(f"  {name:26} {what}" + (f"\n  {'':26} {result.reproduce}" if result else ""))
    fine = all(result for _, result in missed)
    for name in SAVES_REPEATS:
        number, result = working.first_wrong(range(ANY_WITHOUT), name)
        say(f"  {name:26} " + (_failure(result) if result else f"only saves repeats: {number} histories right without"))
        fine = fine and result is None
    return fine


def one(working: Workers, seed: int, without: str | None) -> bool:
    result = working.begin(seed, without).result()
    say(_summary([result], result.seconds))
    say("\n".join(result.wrong) or "All is as promised.")
    return not result.wrong


def on_the_local_cloud(seed: int) -> bool:
    from tests.faults.local_cloud import day

    say(f"\nOn the local cloud: a day of the demo, seed {seed}; functions, workers and the emulator are stopped …")
    began, played = time.monotonic(), day(seed)
    lines = [line for line in played.said.splitlines() if line.strip()]
    killed = [line.strip() for line in lines if "Killed" in line]
    say("\n".join(f"  {line}" for line in ([*killed, lines[-1].strip()] if played.kept else lines)))
    say(f"  The emulator was stopped and started again {played.stops} times. {time.monotonic() - began:.0f} s.")
    return played.kept


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.prove", description="The proof at length.")
    parser.add_argument("--seed", type=int, help="only this history")
    parser.add_argument("--without", choices=[*SAFEGUARDS, *SAVES_REPEATS], help="and without this safeguard")
    parser.add_argument("--worlds", type=int, default=WORLDS, help="how many histories")
    parser.add_argument("--no-local-cloud", action="store_true", help="only what runs in process")
    options = parser.parse_args()
    at_once = os.cpu_count() or 2
    with workers(at_once if options.seed is None else 1) as working:
        if options.seed is not None:
            sys.exit(0 if one(working, options.seed, options.without) else 1)
        first = random.randrange(10**6) * WORLDS  # noqa: S311
        fine = histories(working, first, options.worlds) & safeguards(working, at_once)
    if not options.no_local_cloud:
        fine &= on_the_local_cloud(first)
    say("\nAll is as promised." if fine else "\nNOT as promised; see above.")
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
