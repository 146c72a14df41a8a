"""Run the whole of Guichet on this machine, in the foreground.

    python -m local.run [--port PORT] [--state DIRECTORY] [--catalogue CATALOGUE]

Ctrl-C stops it. State survives: service requests, and messages not yet taken, are there the next time.
"""

import argparse
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from .cloudformation import DeploymentError
from .emulator import EmulatorError
from .running import NotNow, running
from .stack import STATE
from .stages import stages
from .welcome import welcome


def run(state: Path, port: int, catalogue: str | None) -> None:
    """Run until told to stop (SIGINT, SIGTERM).

    Raises:
        EmulatorError: the emulator died.
        Also what `running` raises.
    """
    stop = threading.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stop.set())
    began = time.monotonic()
    print("Starting (the first time, and after a change, it packages and deploys) …", flush=True)
    with running(state, port=port, catalogue=catalogue) as now:
        print(welcome(now.stack, state, time.monotonic() - began), flush=True)
        while not stop.wait(0.5):
            now.check()
        print("\nStopping, saving the state …", flush=True)
    print("Stopped.", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the whole of Guichet on this machine.")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--state", type=Path, default=STATE, help="where state and stack.json are kept")
    parser.add_argument("--catalogue", choices=sorted({stage.catalogue for stage in stages().values()}))
    options = parser.parse_args()
    try:
        run(options.state.resolve(), options.port, options.catalogue)
    except (NotNow, EmulatorError, DeploymentError) as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError:
        sys.exit("It could not be packaged.")  # the tool has said why


if __name__ == "__main__":
    main()
