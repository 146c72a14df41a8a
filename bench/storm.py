"""The storm: the packaged application on the local cloud, its catalogue that of the city, in the city's real mix.

The emulator, the functions and who sends share this machine's processors: what counts is the ratio to what the emulator
does with a bare route, and that nothing is lost.
"""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

from local.running import free_port, running
from local.stack import Stack

from .bare import bare_route
from .processes import functions_cpu_s
from .results import Line
from .sending import Sent, flat_out, on_time, one_by_one
from .told import told_at
from .world import CATALOGUE, SEED, figures, planner

TITLE: Final = "5. Storm, and 9. CPU of our own functions, on the local cloud"
WEEK_S: Final = 45.0  # a week of the city's curve takes so long
MEAN: Final = 0.4  # service requests a second of it
BURST: Final = 100  # times the mean
BURST_S: Final = 3.0
FLAT_OUT_S: Final = 20.0
CONNECTIONS: Final = 8
ALONE: Final = 200
# Of the best server-based peer: the request alone, and with its background tasks. A tenth is the goal.
PEER_MS: Final = (51.0, 182.0)
GOAL: Final = 0.1


def measure() -> list[Line]:
    with ExitStack() as ours:
        temporary = tempfile.TemporaryDirectory(prefix="guichet-bench-", ignore_cleanup_errors=True)
        state = Path(ours.enter_context(temporary)).resolve()
        stack = ours.enter_context(running(state, port=free_port(), catalogue=CATALOGUE)).stack
        return [*_cpu(stack), *_storm(stack)]


def _cpu(stack: Stack) -> list[Line]:
    """One after the other, so that each function has one process, and warm."""
    mix = planner()
    told_at(stack, one_by_one(stack.api_url, [mix.ordinary(12) for _ in range(30)]))
    before = functions_cpu_s(stack)
    sent = one_by_one(stack.api_url, [mix.ordinary(12) for _ in range(ALONE)])
    told_at(stack, sent)
    after = functions_cpu_s(stack)
    spent = {name: (after[name] - before.get(name, 0.0)) * 1000 / len(sent) for name in after}
    api, relay = spent.get("api", 0.0), spent.get("relay", 0.0)
    return [
        Line(what, f"{ours:.1f} ms", f"{peer:g} ms, the best server-based peer", ratio=ours / peer, goal=GOAL)
        for what, ours, peer in (
            ("CPU of a submission alone", api, PEER_MS[0]),
            ("CPU of a submission with relay and mark", api + relay, PEER_MS[1]),
        )
    ]


def _storm(stack: Stack) -> list[Line]:
    mix = planner()
    week = on_time(stack.api_url, [(at, mix.ordinary(12)) for at in arrivals()], CONNECTIONS)
    told = told_at(stack, week)
    lines = [_latency(f"the city's week in {WEEK_S:.0f} s, with a burst {BURST} times the mean", week, told)]
    with bare_route(stack) as bare_url:
        bare = [flat_out(bare_url, mix, CONNECTIONS, FLAT_OUT_S / 2)]
        ours = flat_out(f"{stack.api_url}/v1/service-requests", mix, CONNECTIONS, FLAT_OUT_S)
        bare.append(flat_out(bare_url, mix, CONNECTIONS, FLAT_OUT_S / 2))
    told = told_at(stack, ours)
    rate = len(ours) / FLAT_OUT_S
    ceiling = sum(map(len, bare)) / FLAT_OUT_S
    beside = f"{ceiling:.0f} a second, a bare PutItem route"
    return [
        *lines,
        Line("as fast as it goes: accepted", f"{rate:.0f} a second", beside, ratio=rate / ceiling),
        _latency("the same: POST to queue", ours, told),
    ]


def arrivals() -> list[float]:
    """Seconds from the start at which somebody sends: by the city's hours of the week, and the burst at its middle."""
    chance = Random(SEED)  # noqa: S311
    hours = [count for day in figures().requests_by_weekday_and_hour for count in day]
    hour_s = WEEK_S / len(hours)
    usual = [
        (hour + chance.random()) * hour_s for hour in chance.choices(range(len(hours)), hours, k=round(MEAN * WEEK_S))
    ]
    burst = [WEEK_S / 2 + chance.random() * BURST_S for _ in range(round(MEAN * BURST * BURST_S))]
    return sorted(usual + burst)


def _latency(what: str, sent: list[Sent], told: dict[str, float]) -> Line:
    took = sorted(told[one.id] - one.at for one in sent if one.id in told)
    lost = len(sent) - len(took)
    shown = f"p50 {median(took) * 1000:.0f} ms, p99 {took[int(len(took) * 0.99)] * 1000:.0f} ms, of {len(sent)}"
    return Line(what, shown, f"{lost} lost", amount=lost, goal=0)
