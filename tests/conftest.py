"""Shared by all tests: the functions' environment, and the compiled catalogue."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environment import set_environment

set_environment()
ROOT = Path(__file__).parent.parent


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        subprocess.run([sys.executable, "-m", "chalicelib.catalogue.compile"], cwd=ROOT, check=True)
