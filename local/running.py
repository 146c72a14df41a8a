"""The local stack as a context: whole and ready inside, stopped and saved after."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from . import agents, gateway
from .cloud import LOCAL_ACCESS_KEY_ID, LOCAL_SECRET_ACCESS_KEY, Cloud
from .cloudformation import Outputs
from .deploy import deploy
from .emulator import Emulator
from .packaging import package
from .stack import SignIn, Stack, taken
from .stages import REGION, Stage, stages
from .units import unit_codes

STAGE: Final = "local"
ACCOUNT: Final = "000000000000"  # the emulator's


class NotNow(Exception):
    """It cannot run here and now; the message says why and what to do."""


class Running:
    """A stack that runs."""

    def __init__(self, stack: Stack, emulator: Emulator) -> None:
        self.stack = stack
        self._emulator = emulator

    def check(self) -> None:
        """See that it still does.

        Raises:
            EmulatorError: it does not.
        """
        self._emulator.check()


@contextmanager
def running(state: Path, *, port: int, catalogue: str | None = None) -> Iterator[Running]:
    """Package what changed, start the emulator, deploy what changed, publish `stack.json`; the reverse at the end.

    If this process dies, the emulator saves its state and ends by itself.

    Raises:
        NotNow: the state directory or the port is in use.
        EmulatorError: the emulator did not start.
        DeploymentError: the application could not be deployed.
    """
    stage = stages()[STAGE]
    if catalogue:
        stage = stage.model_copy(update={"catalogue": catalogue})
    with _alone(port, state):
        made = package(STAGE)
        with Emulator(port, state) as emulator:
            cloud = Cloud.local(emulator.url)
            deployed = deploy(cloud, STAGE, stage, made)
            api_url = gateway.finish(cloud, emulator.url, STAGE, deployed.app["RestAPIId"], made.template)
            signed_up = agents.sign_up(cloud.cognito(), deployed.data["StaffPool"])
            stack = _describe(stage, emulator.url, api_url, deployed.data, signed_up)
            with stack.published(state):
                yield Running(stack, emulator)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _alone(port: int, state: Path) -> Iterator[None]:
    with ExitStack() as held, socket.socket() as probe:
        try:
            held.enter_context(taken(state))
        except BlockingIOError:
            raise NotNow(
                f"A local stack already runs from {state}: use it, stop it, or start a second one from another "
                "directory and port: make run STATE=.local/second PORT=4600"
            ) from None
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise NotNow(f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}")
        yield


def _describe(stage: Stage, endpoint: str, api_url: str, data: Outputs, signed_up: dict[str, SignIn]) -> Stack:
    units = unit_codes(stage.catalogue)
    return Stack(
        api_url=api_url,
        aws_endpoint_url=endpoint,
        region=REGION,
        catalogue=stage.catalogue,
        # Not as the emulator says them: it keeps the port under which a queue was made.
        queues={unit: f"{endpoint}/{ACCOUNT}/guichet-{STAGE}-{unit}.fifo" for unit in units},
        unit_roles={unit: f"arn:aws:iam::{ACCOUNT}:role/guichet-{STAGE}-unit-{unit}" for unit in units},
        tables={"service-requests": f"guichet-{STAGE}-service-requests"},
        buckets={"photos": data["Photos"]},
        user_pool_ids={"staff": data["StaffPool"]},
        clients={"staff": data["StaffClient"]},
        agents=signed_up,
        aws_access_key_id=LOCAL_ACCESS_KEY_ID,
        aws_secret_access_key=LOCAL_SECRET_ACCESS_KEY,
    )
