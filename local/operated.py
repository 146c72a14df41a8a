"""A unit of a stage, or its photos, as operators reach them: on AWS, or on the local stack that runs."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from botocore.exceptions import ClientError

from .cloud import Cloud
from .running import STAGE as LOCAL
from .stack import STATE, Stack
from .stages import stages
from .units import unit_codes


class NoUnit(Exception):
    """There is no such unit there; the message says which there are."""


class Redriven(Protocol):
    """A queue that has a dead-letter queue."""

    @property
    def cloud(self) -> Cloud: ...
    @property
    def name(self) -> str:
        """Stage and unit, as they are part of names; or stage and `photos`."""

    def queue_url(self) -> str: ...
    def dead_letters_url(self) -> str: ...


class Operated(Redriven, Protocol):
    """A unit, and where its things are."""

    def role_arn(self) -> str: ...
    def api_url(self) -> str:
        """With the stage, without a slash at the end."""


class OnAws:
    """A unit of a stage that was deployed to AWS. Its names are those of `infra/units.yaml`."""

    def __init__(self, stage: str, unit: str) -> None:
        self.cloud = Cloud.from_environment()
        self.name = f"{stage}-{unit}"
        self._stage = stage
        self._unit = unit

    def queue_url(self) -> str:
        return self._url("")

    def dead_letters_url(self) -> str:
        return self._url("-dead")

    def role_arn(self) -> str:
        account = self.cloud.sts().get_caller_identity()["Account"]
        return f"arn:aws:iam::{account}:role/guichet-{self._stage}-unit-{self._unit}"

    def api_url(self) -> str:
        described = self.cloud.cloudformation().describe_stacks(StackName=f"guichet-{self._stage}-app")
        outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0]["Outputs"]}
        return outputs["EndpointURL"].rstrip("/")

    def _url(self, suffix: str) -> str:
        try:
            return self.cloud.sqs().get_queue_url(QueueName=f"guichet-{self.name}{suffix}.fifo")["QueueUrl"]
        except ClientError as error:
            # Also a unit that takes no part any more has its queues, for as long as nobody deletes them.
            if error.response["Error"]["Code"].endswith(("QueueDoesNotExist", "NonExistentQueue")):
                raise NoUnit(_no_unit(self._unit, unit_codes(stages()[self._stage].catalogue))) from None
            raise


class OnLocalStack:
    """A unit of a local stack that runs.

    Raises:
        NoUnit: the stack has none of this code.
    """

    def __init__(self, stack: Stack, unit: str) -> None:
        if unit not in stack.queues:
            raise NoUnit(_no_unit(unit, stack.queues))
        self.cloud = Cloud.local(stack.aws_endpoint_url)
        self.name = f"{LOCAL}-{unit}"
        self._stack = stack
        self._unit = unit

    def queue_url(self) -> str:
        return self._stack.queues[self._unit]

    def dead_letters_url(self) -> str:
        return f"{self.queue_url().removesuffix('.fifo')}-dead.fifo"

    def role_arn(self) -> str:
        return self._stack.unit_roles[self._unit]

    def api_url(self) -> str:
        return self._stack.api_url


class Photos:
    """What the function that looks at photos has to do, of a stage. Its names are those of `infra/data.yaml`."""

    def __init__(self, cloud: Cloud, stage: str) -> None:
        self.cloud = cloud
        self.name = f"{stage}-photos"

    def queue_url(self) -> str:
        return self._url("")

    def dead_letters_url(self) -> str:
        return self._url("-dead")

    def _url(self, suffix: str) -> str:
        return self.cloud.sqs().get_queue_url(QueueName=f"guichet-{self.name}{suffix}")["QueueUrl"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where."""
    parser.add_argument("--stage", choices=sorted(stages().keys() - {LOCAL}), help="on AWS; else the local stack")
    parser.add_argument("--state", type=Path, metavar="DIRECTORY", default=STATE, help="of the local stack")


def chosen(options: argparse.Namespace) -> Operated:
    """The unit that the arguments name.

    Raises:
        NoUnit: there is none.
        NoStack: no local stack runs from the state directory.
    """
    if options.stage:
        return OnAws(options.stage, options.unit)
    return OnLocalStack(Stack.read(options.state), options.unit)


def chosen_photos(options: argparse.Namespace) -> Photos:
    """Those of the stage that the arguments name.

    Raises:
        NoStack: no local stack runs from the state directory.
    """
    if options.stage:
        return Photos(Cloud.from_environment(), options.stage)
    return Photos(Cloud.local(Stack.read(options.state).aws_endpoint_url), LOCAL)


def _no_unit(unit: str, units: Iterable[str]) -> str:
    return f"There is no unit {unit}. There are: {', '.join(units)}."
