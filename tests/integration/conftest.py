"""The data and units stacks on moto, made from the templates that AWS gets; the app in front of them, in process."""

import json
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace

import boto3
import pytest
import yaml
from moto import mock_aws
from moto.cloudformation.utils import yaml_tag_constructor

from chalicelib.foundation import aws, keys
from chalicelib.foundation.settings import settings
from chalicelib.routing import queues
from chalicelib.service_requests import store
from local.stages import ROOT
from local.units import units_template
from tests.support.environment import STAGE
from tests.support.gateway import Gateway

_PER_PROCESS = (aws._session, aws.dynamodb, aws.sqs, aws.secretsmanager, keys._provider, settings, store.store, queues.queues)


@cache
def _templates(catalogue_name: str) -> dict[str, str]:
    """Of the two stacks, what moto makes and the tests use."""
    data = (ROOT / "infra" / "data.yaml").read_text()
    units = units_template(catalogue_name)
    return {"data": _only(data, "AWS::DynamoDB::Table"), "units": _only(units, "AWS::SQS::Queue")}


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_multi_constructor("", yaml_tag_constructor)


def _only(template: str, kind: str) -> str:
    parsed = yaml.load(template, Loader=_Loader)  # noqa: S506 - a safe loader, with CloudFormation's tags
    resources = {name: resource for name, resource in parsed["Resources"].items() if resource["Type"] == kind}
    return json.dumps({"Parameters": parsed["Parameters"], "Resources": resources})


@pytest.fixture
def catalogue_name() -> str:
    """Another is had by `parametrize("catalogue_name", […])`."""
    return "pilot"


@pytest.fixture
def cloud(catalogue_name, monkeypatch) -> Iterator[SimpleNamespace]:
    """Clients of a fresh cloud in which the data and units stacks stand."""
    monkeypatch.setenv("CATALOGUE", catalogue_name)
    # moto's table streams: with newer boto3 the client would put the account's id in the host.
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    with mock_aws():
        for cached in _PER_PROCESS:
            cached.cache_clear()
        formation = boto3.client("cloudformation")
        parameters = [{"ParameterKey": "Stage", "ParameterValue": STAGE}]
        for name, template in _templates(catalogue_name).items():
            formation.create_stack(StackName=name, TemplateBody=template, Parameters=parameters)
        # Its template is not understood by moto.
        boto3.client("secretsmanager").create_secret(Name=f"guichet-{STAGE}-keys", SecretString='{"1": "first"}')
        yield SimpleNamespace(dynamodb=aws.dynamodb(), sqs=aws.sqs(), secretsmanager=aws.secretsmanager())
    for cached in _PER_PROCESS:
        cached.cache_clear()


@pytest.fixture
def gateway(cloud) -> Gateway:
    from app import app

    return Gateway(app)
