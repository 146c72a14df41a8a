"""The packages that functions run on, fetched for where they run, less what none of them loads."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

OUR_PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"


class Runtime(NamedTuple):
    """Where functions run."""

    python: str
    platform: str | None
    """The system, as uv names it; None for this machine."""


HERE: Final = Runtime(OUR_PYTHON, None)
ON_AWS: Final = Runtime(OUR_PYTHON, "aarch64-manylinux2014")
# A stranger's picture is read by the newest library there is. Its wheels ask for a younger system than the one that
# Lambda runs Python 3.11 on (Amazon Linux 2, glibc 2.26): this one is Amazon Linux 2023.
PHOTOS_ON_AWS: Final = Runtime("3.13", "aarch64-manylinux_2_34")


def fetch(requirements: Sequence[Path], runtime: Runtime, services: Sequence[str], directory: Path) -> None:
    """Fill a directory with the packages of requirement files, and of botocore's services with these.

    Raises:
        subprocess.CalledProcessError: they could not be had; uv has said why.
    """
    if directory.exists():
        return
    unfinished = directory.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    elsewhere = ("--python-version", runtime.python, "--python-platform", runtime.platform) if runtime.platform else ()
    for file in requirements:
        subprocess.run(
            [
                *(sys.executable, "-m", "uv", "--system-certs", "--quiet", "pip", "install", "--no-deps"),
                *("--only-binary", ":all:", "--python", sys.executable, *elsewhere),
                *("--target", unfinished, "--requirement", file),
            ],
            check=True,
        )
    _prune(unfinished, services)
    precompile(unfinished, unfinished, runtime)
    unfinished.rename(directory)


def _prune(packages: Path, services: Sequence[str]) -> None:
    for name in ("bin", "include", "lib64"):  # scripts, which name this machine's interpreter, and C headers
        shutil.rmtree(packages / name, ignore_errors=True)
    # botocore describes 400 services in 15 MB (zipped).
    for directory in (packages / "botocore" / "data").iterdir():
        if directory.is_dir() and directory.name not in services:
            shutil.rmtree(directory)
    for record in packages.glob("*.dist-info/RECORD"):  # lists what was just removed
        record.unlink()


def precompile(directory: Path, root: Path, runtime: Runtime) -> None:
    """Put Python's own form for the sources: where functions run nothing can be kept, so each cold start would compile.

    Neither time nor place of the making is in it, for the bytes to be the same. Another Python's form cannot be made.
    """
    if runtime.python != OUR_PYTHON:
        return
    subprocess.run(
        [
            *(sys.executable, "-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash"),
            *("-s", root, "-p", "/var/task", directory),
        ],
        check=True,
    )
    for source in directory.rglob("*.py"):
        source.unlink()
