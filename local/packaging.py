"""Make the package of a stage: the code as a zip, and the application's template.

    python -m local.packaging STAGE

`chalice package` does the work, on a clean copy of what belongs in the package. Around it: packages are fetched for the
processor that the functions will run on, and what did not change is not made again. The function that checks photos has
code of its own, with what reads pictures, which the others need not carry. The same sources give the same bytes.
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
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from chalicelib.catalogue.loading import COMPILED
from chalicelib.foundation.settings import Settings

from . import third_party
from .stages import REGION, ROOT, stages
from .third_party import HERE, ON_AWS, PHOTOS_ON_AWS, Runtime, precompile

BUILD: Final = ROOT / ".build"
# Those that the functions call.
AWS_SERVICES: Final = ("dynamodb", "secretsmanager", "sqs")
PHOTOS_AWS_SERVICES: Final = ("dynamodb", "s3", "secretsmanager")
REQUIREMENTS: Final = ROOT / "requirements.txt"
PHOTOS_REQUIREMENTS: Final = ROOT / "requirements-photos.txt"
# The function that has code of its own, by its name in the template.
PHOTOS: Final = "Photos"
ARCHITECTURES: Final = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
SOURCES: Final = (
    *("app.py", "chalicelib", ".chalice", "requirements.txt", "requirements-photos.txt"),
    *("infra/app.yaml", "infra/stages.yaml", "local/packaging.py", "local/third_party.py"),
)


class Package(NamedTuple):
    """What `make` made: the application's template (SAM, JSON) and the code it is to run."""

    template: Path
    code: Path
    photos: Path
    """The code of the function that checks photos."""


def package(stage: str, build: Path = BUILD) -> Package:
    """The package of a stage, made in the build directory if anything it is made of has changed.

    Raises:
        subprocess.CalledProcessError: a tool failed; it has said why.
    """
    made = Package(*(build / stage / name for name in ("template.json", "code.zip", "photos.zip")))
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
    shutil.rmtree(build / stage, ignore_errors=True)
    runtime, photos_runtime = (HERE, HERE) if stage == "local" else (ON_AWS, PHOTOS_ON_AWS)
    template = _make_code(stage, build, made.code, runtime)
    if photos_runtime != runtime:
        template["Resources"][PHOTOS]["Properties"]["Runtime"] = f"python{photos_runtime.python}"
    made.template.write_text(json.dumps(template, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    _make_photos(build / stage / "photos", build, made.photos, photos_runtime)


def _make_code(stage: str, build: Path, code: Path, runtime: Runtime) -> dict[str, Any]:
    """Make the code of all functions but one; the application's template, as Chalice writes it."""
    source = build / stage / "source"
    _copy_ours(source, runtime)
    shutil.copy(ROOT / "app.py", source)
    _copy_chalice_configuration(source, stage)
    (source / "requirements.txt").touch()  # the packages come by `vendor`: Chalice would fetch them anew each time
    (source / "vendor").symlink_to(_third_party(build, [REQUIREMENTS], runtime, AWS_SERVICES))
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
    template: dict[str, Any] = yaml.safe_load((output / "sam.yaml").read_text(encoding="utf-8"))
    (output / "deployment.zip").rename(code)
    shutil.rmtree(output)
    return template


def _make_photos(source: Path, build: Path, code: Path, runtime: Runtime) -> None:
    _copy_ours(source, runtime)
    requirements = [REQUIREMENTS, PHOTOS_REQUIREMENTS]
    _zip([source, _third_party(build, requirements, runtime, PHOTOS_AWS_SERVICES)], code)


def _copy_ours(source: Path, runtime: Runtime) -> None:
    shutil.copytree(ROOT / "chalicelib", source / "chalicelib", ignore=_not_packaged)
    precompile(source / "chalicelib", source, runtime)


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


def _third_party(build: Path, requirements: list[Path], runtime: Runtime, services: tuple[str, ...]) -> Path:
    """The packages of requirement files: fetched once."""
    made_of = _fingerprint([*requirements, Path(third_party.__file__)], *runtime, *services)
    packages = build / "packages" / made_of[:16]
    third_party.fetch(requirements, runtime, services, packages)
    return packages


def _zip(directories: list[Path], whole: Path) -> None:
    """Pack what is in directories, side by side. Neither times nor owners are in it, for the bytes to be the same."""
    files = {file.relative_to(top).as_posix(): file for top in directories for file in top.rglob("*")}
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in sorted(name for name, file in files.items() if file.is_file()):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            opened.writestr(entry, files[name].read_bytes(), zipfile.ZIP_DEFLATED)


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        path = ROOT / name
        yield from (path.rglob("*") if path.is_dir() else [path])


def _fingerprint(files: Iterator[Path] | list[Path], *also: str | None) -> str:
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
    print(made.template.relative_to(ROOT))
    for code in (made.code, made.photos):
        print(f"{code.relative_to(ROOT)} ({code.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
