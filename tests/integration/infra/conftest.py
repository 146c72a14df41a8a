"""The templates as CloudFormation gets them: the policy tests of this directory are the proof for AWS."""

import json
from typing import Any

import pytest
from chalice.package import YAMLTemplateSerializer

from local.packaging import package
from local.stages import ROOT, stages
from local.units import units_template

Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def data_template() -> dict[str, Any]:
    return _template((ROOT / "infra" / "data.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def data_stack(data_template) -> Resources:
    return data_template["Resources"]


@pytest.fixture(scope="session")
def edge_stack() -> Resources:
    return _resources((ROOT / "infra" / "edge.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session", params=["pilot", "city"])
def units_stack(request) -> Resources:
    return _resources(units_template(request.param))


@pytest.fixture(scope="session", params=stages())
def app_template(request) -> dict[str, Any]:
    return json.loads(package(request.param).template.read_text(encoding="utf-8"))


@pytest.fixture
def app_stack(app_template) -> Resources:
    return app_template["Resources"]


def _resources(template: str) -> Resources:
    return _template(template)["Resources"]


def _template(template: str) -> dict[str, Any]:
    return YAMLTemplateSerializer().load_template(template)
