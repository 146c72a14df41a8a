"""Make the package of a stage: the code as a zip, and the application's template.

    python -m local.packaging STAGE

`chalice package` does the work, on a clean copy of what belongs in the package. Around it: packages are fetched for the
processor that the functions will run on, and what did not change is not made again. The same sources give the same
bytes.
"""

import argparse
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from chalicelib.catalogue.loading import COMPILED
from chalicelib.foundation.settings import Settings

from .stages import REGION, ROOT, stages

BUILD: Final = ROOT / ".build"
# botocore describes 400 services in 15 MB (zipped); the functions call these.
AWS_SERVICES: Final = ("dynamodb", "secretsmanager", "sqs")
ARCHITECTURES: Final = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
SOURCES: Final = (
    *("app.py", "chalicelib", ".chalice", "requirements.txt"),
    *("infra/app.yaml", "infra/stages.yaml", "local/packaging.py"),
)


class Package(NamedTuple):
    """What `make` made: the application's template (SAM, JSON) and the code it is to run."""

    template: Path
    code: Path


def package(stage: str, build: Path = BUILD) -> Package:
    """The package of a stage, made in the build directory if anything it is made of has changed.

    Raises:
        subprocess.CalledProcessError: a tool failed; it has said why.
    """
    made = Package(build / stage / "template.json", build / stage / "code.zip")
    with _one_at_a_time(build):
        stamp = build / stage / "made-of"
        made_of = _fingerprint(_sources())
        if COMPILED.exists() and stamp.exists() and stamp.read_text() == made_of:
            return made
        stamp.unlink(missing_ok=True)
        _make(stage, build, made)
        stamp.write_text(made_of)
    return made


def _make(stage: str, build: Path, made: Package) -> None:
    subprocess.run([sys.executable, "-m", "chalicelib.catalogue.compile"], cwd=ROOT, check=True)
    source = build / stage / "source"
    shutil.rmtree(source.parent, ignore_errors=True)
    source.mkdir(parents=True)
    shutil.copy(ROOT / "app.py", source)
    shutil.copytree(ROOT / "chalicelib", source / "chalicelib", ignore=_not_packaged)
    _precompile(source / "chalicelib", source)
    _copy_chalice_configuration(source, stage)
    (source / "requirements.txt").touch()  # the packages come by `vendor`: Chalice would fetch them anew each time
    (source / "vendor").symlink_to(_third_party(build, stage))
    chalice = Path(sys.executable).with_name("chalice")
    output = source.parent / "output"
    subprocess.run(
        [chalice, "package", "--stage", stage, "--merge-template", ROOT / "infra" / "app.yaml", output],
        cwd=source,
        env=os.environ | _environment(stage),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    # Chalice's YAML has aliases, which CloudFormation does not read.
    template = yaml.safe_load((output / "sam.yaml").read_text(encoding="utf-8"))
    made.template.write_text(json.dumps(template, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    (output / "deployment.zip").rename(made.code)
    shutil.rmtree(output)


def _not_packaged(directory: str, names: list[str]) -> set[str]:
    """What a function does not load: the catalogue's sources, which are packaged compiled, and Python's caches."""
    sources = {"build", "compile.py", "data"} if Path(directory) == COMPILED.parent else set()
    return {"__pycache__", *sources} & set(names)


def _environment(stage: str) -> dict[str, str]:
    """What `app.py` finds when Chalice imports it to see its routes: of its settings only the origins matter there."""
    placeholders = dict.fromkeys(map(str.upper, Settings.model_fields), "set by CloudFormation")
    return placeholders | {
        "AWS_DEFAULT_REGION": REGION,
        "ALLOWED_ORIGINS": stages()[stage].allowed_origins,
        "PYTHONDONTWRITEBYTECODE": "1",  # what Python cached while Chalice imports would be packaged too
    }


def _copy_chalice_configuration(source: Path, stage: str) -> None:
    shutil.copytree(ROOT / ".chalice", source / ".chalice", ignore=shutil.ignore_patterns("deployments", "deployed"))
    file = source / ".chalice" / "config.json"
    if stage == "local":  # functions run on this machine's processor, not on the cheaper one of AWS
        configuration = json.loads(file.read_text(encoding="utf-8"))
        architecture = ARCHITECTURES[platform.machine()]
        file.write_text(json.dumps(configuration | {"lambda_architecture": architecture}), encoding="utf-8")


def _third_party(build: Path, stage: str) -> Path:
    """The packages of requirements.txt for where the stage's functions run, less what none of them loads."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    on_aws = ("--python-version", python, "--python-platform", "aarch64-manylinux2014")
    target = () if stage == "local" else on_aws
    name = _fingerprint([ROOT / "requirements.txt", Path(__file__)], *target)[:16]
    packages = build / "packages" / name
    if packages.exists():
        return packages
    unfinished = packages.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "--system-certs", "--quiet", "pip", "install", "--no-deps"),
            *("--only-binary", ":all:", "--python", sys.executable, *target),
            *("--target", unfinished, "--requirement", ROOT / "requirements.txt"),
        ],
        check=True,
    )
    _prune(unfinished)
    _precompile(unfinished, unfinished)
    unfinished.rename(packages)
    return packages


def _prune(packages: Path) -> None:
    for name in ("bin", "include", "lib64"):  # scripts, which name this machine's interpreter, and C headers
        shutil.rmtree(packages / name, ignore_errors=True)
    for directory in (packages / "botocore" / "data").iterdir():
        if directory.is_dir() and directory.name not in AWS_SERVICES:
            shutil.rmtree(directory)
    for record in packages.glob("*.dist-info/RECORD"):  # lists what was just removed
        record.unlink()


def _precompile(directory: Path, root: Path) -> None:
    """Put Python's own form for the sources: where functions run nothing can be kept, so each cold start would compile.

    Neither time nor place of the making is in it, for the bytes to be the same.
    """
    subprocess.run(
        [
            *(sys.executable, "-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash"),
            *("-s", root, "-p", "/var/task", directory),
        ],
        check=True,
    )
    for source in directory.rglob("*.py"):
        source.unlink()


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        path = ROOT / name
        yield from (path.rglob("*") if path.is_dir() else [path])


def _fingerprint(files: Iterator[Path] | list[Path], *also: str) -> str:
    digest = hashlib.sha256(repr((sys.version_info, platform.machine(), also)).encode())
    for file in sorted(files):
        name = file.relative_to(ROOT)
        if file.is_file() and not {"__pycache__", "compiled", "deployments"} & set(name.parts):
            digest.update(repr((str(name), file.stat().st_size)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


@contextmanager
def _one_at_a_time(build: Path) -> Iterator[None]:
    """A developer's `make run` and the tests' share the build directory."""
    build.mkdir(exist_ok=True)
    with (build / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the package of a stage.")
    parser.add_argument("stage", choices=stages())
    try:
        made = package(parser.parse_args().stage)
    except subprocess.CalledProcessError:
        sys.exit("It could not be packaged.")  # the tool that failed has said why
    print(f"{made.template.relative_to(ROOT)}\n{made.code.relative_to(ROOT)} ({made.code.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
