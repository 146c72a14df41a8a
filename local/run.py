"""Run the whole of Guichet on this machine, in the foreground.

    python -m local.run [--port PORT] [--state DIRECTORY] [--catalogue CATALOGUE]

Ctrl-C stops it. State survives: service requests, and messages not yet taken, are there the next time.
"""

import argparse
import fcntl
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from . import gateway
from .cloud import LOCAL_CREDENTIALS, Cloud
from .cloudformation import DeploymentError
from .deploy import deploy, unit_codes
from .emulator import Emulator, EmulatorError
from .packaging import package
from .stack import STATE, Stack
from .stages import REGION, Stage, stages
from .welcome import welcome

STAGE: Final = "local"
ACCOUNT: Final = "000000000000"  # the emulator's


class NotNow(Exception):
    """It cannot run here and now; the message says why and what to do."""


def run(port: int, state: Path, stage: Stage) -> None:
    """Run until told to stop (SIGINT, SIGTERM).

    Raises:
        NotNow: the state directory or the port is in use.
        EmulatorError: the emulator did not start, or died.
        DeploymentError: the application could not be deployed.
    """
    stop = threading.Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stop.set())
    began = time.monotonic()
    with _alone(port, state):
        print("Packaging …", flush=True)
        made = package(STAGE)
        print("Starting the local cloud …", flush=True)
        with Emulator(port, state) as emulator:
            cloud = Cloud.local(emulator.url)
            outputs = deploy(cloud, STAGE, stage, made)
            api_url = gateway.finish(cloud, emulator.url, STAGE, outputs["RestAPIId"], made.template)
            stack = _describe(cloud, stage, api_url)
            with stack.published(state):
                print(welcome(stack, time.monotonic() - began), flush=True)
                while not stop.wait(0.5):
                    emulator.check()
            print("\nStopping, saving the state …", flush=True)
    print("Stopped.", flush=True)


@contextmanager
def _alone(port: int, state: Path) -> Iterator[None]:
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock, socket.socket() as probe:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotNow(
                f"A local stack already runs from {state}: use it, stop it, or start a second one from another "
                "directory and port: make run STATE=.local/second PORT=4600"
            ) from None
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise NotNow(f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}")
        yield


def _describe(cloud: Cloud, stage: Stage, api_url: str) -> Stack:
    units = unit_codes(stage.catalogue)
    sqs = cloud.sqs()
    return Stack(
        api_url=api_url,
        aws_endpoint_url=api_url.removesuffix(f"/{STAGE}"),
        region=REGION,
        catalogue=stage.catalogue,
        queues={unit: sqs.get_queue_url(QueueName=f"guichet-{STAGE}-{unit}.fifo")["QueueUrl"] for unit in units},
        unit_roles={unit: f"arn:aws:iam::{ACCOUNT}:role/guichet-{STAGE}-unit-{unit}" for unit in units},
        tables={"service-requests": f"guichet-{STAGE}-service-requests"},
        buckets={},
        **LOCAL_CREDENTIALS,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the whole of Guichet on this machine.")
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--state", type=Path, default=STATE, help="where state and stack.json are kept")
    stage = stages()[STAGE]
    parser.add_argument("--catalogue", default=stage.catalogue)
    options = parser.parse_args()
    try:
        run(options.port, options.state.resolve(), stage.model_copy(update={"catalogue": options.catalogue}))
    except (NotNow, EmulatorError, DeploymentError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
