"""The local stage's package, unpacked, as a function finds it: nothing compiled can be kept beside it."""

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from local.packaging import package
from tests.support.environment import VARIABLES


class Unpacked(NamedTuple):
    directory: Path

    def run(self, script: Path, *arguments: str) -> list[str]:
        """A fresh interpreter runs a script on the package alone: the words of the last line that it prints."""
        done = subprocess.run(
            [sys.executable, "-S", script, *arguments],
            cwd=self.directory,
            env={**VARIABLES, "PATH": os.environ["PATH"], "PYTHONPATH": ".", "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()[-1].split()


@contextmanager
def unpacked() -> Iterator[Unpacked]:
    with tempfile.TemporaryDirectory(prefix="guichet-bench-") as directory:
        with zipfile.ZipFile(package("local").code) as code:
            code.extractall(directory)
        yield Unpacked(Path(directory).resolve())
