"""A client generated from the published document asks for a service and follows it."""

import importlib
import subprocess
import sys

import pytest

from local.stages import ROOT
from tests.support.submissions import pothole, somewhere

DOCUMENT = ROOT / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The client's package, importable as `guichet_client`."""
    folder = tmp_path_factory.mktemp("generated")
    configuration = folder / "configuration.yaml"
    configuration.write_text("post_hooks: []\n")
    subprocess.run(  # noqa: S603 - our own arguments
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"),
            *("--path", DOCUMENT, "--output-path", folder / "guichet_client", "--config", configuration),
        ],
        check=True,
    )
    sys.path.insert(0, str(folder))
    yield folder / "guichet_client"
    sys.path.remove(str(folder))


@pytest.fixture
def operation(generated):
    """A generated operation, by tag and name."""
    return lambda tag, name: importlib.import_module(f"guichet_client.api.{tag}.{name}")


@pytest.fixture
def models(generated):
    return importlib.import_module("guichet_client.models")


@pytest.fixture
def client(generated, stack):
    return importlib.import_module("guichet_client").Client(base_url=stack.api_url)


def test_a_generated_client_submits_follows_comments_and_lists(client, models, operation):
    submission = models.Submission.from_dict(pothole(location=somewhere("VD"), description="Trou profond."))
    receipt = operation("service_requests", "submit_service_request").sync(
        client=client, body=submission, idempotency_key="a-key-of-a-generated-client"
    )
    assert isinstance(receipt, models.Receipt)
    assert receipt.status is models.Status.SUBMITTED

    held = {"client": client, "tracking_token": receipt.tracking_token}
    said = models.Comment(text="Il s'est agrandi.")
    commented = operation("service_requests", "comment_service_request").sync(
        receipt.service_request_id, body=said, **held
    )
    seen = operation("service_requests", "get_service_request").sync(receipt.service_request_id, **held)
    assert isinstance(seen, models.PrivateView)
    assert [step.text for step in seen.steps] == ["Trou profond.", "Il s'est agrandi."]
    assert seen.submitted_at.tzinfo
    assert commented.service_request_id == seen.service_request_id

    listed = operation("service_requests", "list_service_requests").sync(
        client=client, borough="VD", submitted_after=receipt.submitted_at, limit=100
    )
    assert receipt.service_request_id in [item.service_request_id for item in listed.items]


def test_a_refusal_is_typed_too(client, models, operation):
    lacking = models.Submission.from_dict(pothole(attributes={}))
    refused = operation("service_requests", "submit_service_request").sync(client=client, body=lacking)
    assert isinstance(refused, models.Problem)
    assert [fault.pointer for fault in refused.errors] == ["#/attributes/taille"]


def test_the_generated_client_is_rightly_typed(generated):
    subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir", generated.parent / "cache", generated],
        check=True,
        cwd=generated.parent,
    )
