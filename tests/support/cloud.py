"""The data and units stacks on moto, made from the templates that AWS gets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace

import boto3
import pytest
import yaml
from moto import mock_aws
from moto.cloudformation.utils import yaml_tag_constructor
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from chalicelib.foundation import aws, keys
from chalicelib.foundation.settings import settings
from chalicelib.photos import storage
from chalicelib.routing import queues
from chalicelib.service_requests import store, supports, watch_store
from local.stages import REGION, ROOT
from local.units import units_template

from .environment import STAGE
from .hastened import hasten

PER_PROCESS = (
    aws._session,
    aws.dynamodb,
    aws.sqs,
    aws.s3,
    aws.secretsmanager,
    keys._provider,
    settings,
    store.store,
    supports.supports,
    watch_store.watch_store,
    queues.queues,
    storage.photo_storage,
)


@contextmanager
def standing_cloud(catalogue_name: str) -> Iterator[SimpleNamespace]:
    """Clients of a fresh cloud in which the data and units stacks stand."""
    with pytest.MonkeyPatch.context() as patched, mock_aws():
        patched.setenv("CATALOGUE", catalogue_name)
        # moto's table streams: with newer boto3 the client would put the account's id in the host.
        patched.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
        hasten(patched)
        _forget()
        formation = boto3.client("cloudformation")
        parameters = {"Stage": STAGE, "AllowedOrigins": "https://www.test"}
        for name, template in _templates(catalogue_name).items():
            given = [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in parameters.items()
                if key in json.loads(template)["Parameters"]
            ]
            formation.create_stack(StackName=name, TemplateBody=template, Parameters=given)
        # Its template is not understood by moto.
        boto3.client("secretsmanager").create_secret(Name=f"guichet-{STAGE}-keys", SecretString='{"1": "first"}')
        aws.sqs().create_queue(QueueName=f"guichet-{STAGE}-photos")
        yield _clients()
    _forget()


def emptied() -> SimpleNamespace:
    """New clients of the cloud that stands, with nothing left in its tables, streams and queues."""
    for table in dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values():
        table.items.clear()
        if table.stream_shard:
            table.stream_shard.items.clear()
    for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():  # a purge is refused within the same minute
        queue._messages.clear()
        queue._pending_messages.clear()
    _forget()
    return _clients()


def _forget() -> None:
    for cached in PER_PROCESS:
        cached.cache_clear()


def _clients() -> SimpleNamespace:
    return SimpleNamespace(dynamodb=aws.dynamodb(), sqs=aws.sqs(), secretsmanager=aws.secretsmanager())


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
