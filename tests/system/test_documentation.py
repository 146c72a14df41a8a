"""The documentation for those who have nothing else, followed line by line on the packaged application."""

import os
import re
import shutil

import pytest

from local.stack import taken
from local.stages import ROOT
from tests.support.pages import Shell, follow, node

MISSING = [tool for tool in ("bash", "curl", "jq", "openssl") if shutil.which(tool) is None]


@pytest.fixture
def state(stack, tmp_path):
    """A directory from which the stack seems to run, as `.local` after `make run`."""
    with taken(tmp_path), stack.published(tmp_path):
        yield tmp_path


@pytest.mark.skipif(bool(MISSING) and "CI" not in os.environ, reason=f"a reader needs {', '.join(MISSING)}")
@pytest.mark.parametrize("page", ["for-apps.md", "for-units.md", "for-agents.md"])
def test_what_a_page_says_to_type_gives_what_it_shows(page, stack, state):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    here = text.replace("http://127.0.0.1:4566", stack.aws_endpoint_url)
    here = re.sub(r"(?<=\s)\.local\b", str(state), here)
    own = {"PATH": f"{node().parent}{os.pathsep}{os.environ['PATH']}", "TMPDIR": str(state)}
    with Shell(ROOT, os.environ | own) as shell:
        follow(here, shell)
