"""CPU time of the functions' processes, which the emulator starts: from /proc."""

import os
from collections import defaultdict
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from local.running import STAGE
from local.stack import Stack

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")


def functions_cpu_s(stack: Stack) -> dict[str, float]:
    """By function (`api`, `relay`, `reconcile`), user and system seconds of its processes that live."""
    port = str(urlsplit(stack.aws_endpoint_url).port)
    found: dict[str, float] = defaultdict(float)
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            environment = _environment(directory)
            name = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
            if name.startswith(f"guichet-{STAGE}-") and environment.get("GATEWAY_PORT") == port:
                found[name.removeprefix(f"guichet-{STAGE}-")] += cpu_s((directory / "stat").read_text())
        except OSError:  # it has ended, or is another user's
            continue
    return found


def _environment(process: Path) -> dict[str, str]:
    pairs = (process / "environ").read_bytes().decode(errors="replace").split("\0")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def cpu_s(stat: str) -> float:
    """User and system seconds, from a process's line in /proc. Its name, in brackets, may hold anything."""
    fields = stat.rpartition(")")[2].split()
    user, system = fields[11:13]
    return (int(user) + int(system)) * _TICK_S
