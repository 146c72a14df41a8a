"""The app on moto, its catalogue that of the city, with the city's own mix of service requests."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

import boto3

from chalicelib.catalogue import Catalogue, load
from chalicelib.foundation import aws, keys
from local.demo.figures import Figures
from local.demo.planning import Planner
from tests.support.cloud import standing_cloud
from tests.support.environment import UNIT_ROLE_PREFIX, set_environment
from tests.support.functions import Functions
from tests.support.gateway import Answer, Gateway

from .replay import Record, replayed

CATALOGUE: Final = "city"
SEED: Final = 311
PLACE: Final = {"lat": 45.5088, "lon": -73.554}
WATCHED: Final[dict[str, Any]] = {
    "service_code": "nid-de-poule",
    "location": PLACE,
    "description": "Trou profond devant la porte, dangereux à vélo le soir.",
    "attributes": {"taille": "grand"},
    "channel": "web",
}
"""A submission whose service is watched for bursts, as most are: a query before the write."""
KEY: Final = {"Idempotency-Key": "a-key-of-a-citizen-0001"}


@cache
def figures() -> Figures:
    """Of the city's own data."""
    return Figures.read()


def planner() -> Planner:
    """Makes up service requests in the city's proportions, the same each time."""
    return Planner(Random(SEED), load(CATALOGUE), figures())  # noqa: S311


def unwatched(catalogue: Catalogue) -> dict[str, Any]:
    """A submission whose service is not: one write alone."""
    found = (
        service.service_code
        for service in catalogue.services.values()
        if service.anonymous
        and service.place == "point"
        and catalogue.burst_limit(service.service_code) is None
        and not any(attribute.required for attribute in service.attributes)
        and "VM" in catalogue.boroughs_offering(service.service_code)
    )
    return {**WATCHED, "service_code": next(found), "attributes": {}}


@contextmanager
def app_on_moto() -> Iterator[tuple[Functions, SimpleNamespace]]:
    """The functions, and the clients that they use."""
    set_environment()
    with standing_cloud(CATALOGUE) as clients:
        keys.keys()  # read once a process
        from app import app

        yield Functions(Gateway(app), clients.sqs), clients


@contextmanager
def app_without_moto(record: Record) -> Iterator[dict[str, Any]]:
    """The app's calls are answered from a record alone, as are those of these clients, made as boto3 makes them."""
    with patch.dict(os.environ, {"CATALOGUE": CATALOGUE}):
        bare = {service: boto3.client(service) for service in ("dynamodb", "sqs")}
        secret = json.dumps({"Name": "keys", "SecretString": '{"1": "first"}'}).encode()
        answers = Record(answers={"GetSecretValue": [secret], **record.answers})
        with replayed(answers, [aws.dynamodb(), aws.sqs(), aws.secretsmanager()]), replayed(record, bare.values()):
            yield bare


def accepted(answer: Answer) -> Any:
    """Its JSON.

    Raises:
        RuntimeError: what is measured did not work.
    """
    if answer.status >= 400:
        raise RuntimeError(f"not as expected: {answer}")
    return answer.json


@contextmanager
def quiet() -> Iterator[None]:
    """Send what is printed nowhere: the functions' log lines are written, as on AWS, and not read."""
    sys.stdout.flush()
    shown = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            sys.stdout.flush()
            os.dup2(shown, 1)
            os.close(shown)


def as_unit(unit: str) -> str:
    return UNIT_ROLE_PREFIX + unit
