"""Shared by all tests: the functions' environment, and the compiled catalogue."""

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

from chalicelib.foundation import log
from tests.support.environment import set_environment

set_environment()
# Lambda has a handler of its own, from which the log keeps its lines; that of pytest's `caplog` is to have them.
log._logger().propagate = True
# No test asserts a time. In CI the examples are always the same, so that a change is judged by what it changed; on a
# developer's machine they are new each time, and find things.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "here")
ROOT = Path(__file__).parent.parent


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        subprocess.run([sys.executable, "-m", "chalicelib.catalogue.compile"], cwd=ROOT, check=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """System tests first: while they wait for their stacks other workers are busy, and none is left alone with a long
    one at the end."""
    items.sort(key=lambda item: not item.path.is_relative_to(ROOT / "tests" / "system"))
