"""What a function pays before its first line: `import app` reaches nothing, and brings nothing it may not need."""

import json
import subprocess
import sys

import pytest

from local.stages import ROOT

IMPORT = """
import importlib, json, socket, sys
def no_network(*_, **__):
    raise AssertionError("the network, at import")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = no_network
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(sys.modules)))
"""


def _imported(module: str) -> set[str]:
    """The modules that the import of one brings, in an environment with nothing in it."""
    command = [sys.executable, "-c", IMPORT, module]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)  # noqa: S603
    return set(json.loads(done.stdout))


@pytest.fixture(scope="module")
def imported() -> set[str]:
    return _imported("app")


@pytest.mark.parametrize(
    "module",
    [
        "h3",  # only a submission that must not give a home away
        "chalicelib.routing.relay",  # only the relay and the reconciler
        "chalicelib.routing.reconciler",
        "chalicelib.routing.messages",  # and a unit that asks for them again
        "aws_lambda_powertools.utilities.parameters",  # only who needs the keys
        "aws_lambda_powertools.event_handler.openapi.swagger_ui",
        "yaml",
        "plotly",
        "holidays",
        "chalicelib.catalogue.build",
        "chalicelib.photos.pictures",  # only the function that reads photos, which alone has these packages
        "PIL",
        "pillow_heif",
        "local",
    ],
)
def test_what_only_some_functions_need_is_not_loaded_by_all(imported, module):
    assert module not in imported


def test_the_relay_and_the_reconciler_start_without_the_api():
    brought = _imported("chalicelib.routing.events")
    assert "chalicelib.routing.relay" in brought
    assert not brought & {"app", "chalice", "aws_lambda_powertools.event_handler", "chalicelib.foundation.http"}


def test_the_function_that_looks_at_photos_starts_without_the_api():
    brought = _imported("chalicelib.photos.events")
    assert "chalicelib.photos.pictures.rendering" in brought
    assert not brought & {"app", "chalice", "aws_lambda_powertools.event_handler", "chalicelib.foundation.http"}


def test_no_client_of_aws_is_made(imported):
    assert "botocore.loaders" in imported, "boto3 is there"
    assert "botocore.parsers" in imported
    code = "import app\nfrom chalicelib.foundation import aws\nprint(aws.dynamodb.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "0"


@pytest.mark.parametrize(("module", "first"), [("app", []), ("chalicelib.routing.events", ["chalicelib.routing"])])
def test_garbage_is_not_looked_for_before_all_is_loaded(module, first):
    code = (
        f"import {module}, gc, json, sys\n"
        "ours = [name for name in sys.modules if name.startswith('chalicelib.')]\n"
        "print(json.dumps([ours, gc.isenabled(), gc.get_freeze_count()]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={}, capture_output=True, text=True, check=True)  # noqa: S603
    ours, enabled, frozen = json.loads(done.stdout)
    assert ours[: ours.index("chalicelib.starting")] == first
    assert enabled
    assert frozen > 10_000
