"""The packages for AWS: how large, and of what."""

import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from local.packaging import package

from .results import Line

TITLE: Final = "7. The packages"
STAGE: Final = "city"
GOAL_MB: Final = 10.0
# Nobody waits for its cold start; what Lambda takes in one call is 50.
PHOTOS_GOAL_MB: Final = 25.0
SHOWN: Final = 8


def measure() -> list[Line]:
    made = package(STAGE)
    return [*_measured("", made.code, GOAL_MB), *_measured("photos: ", made.photos, PHOTOS_GOAL_MB)]


def _measured(whose: str, code: Path, goal: float) -> Iterator[Line]:
    zipped, whole = Counter[str](), Counter[str]()
    with zipfile.ZipFile(code) as opened:
        for entry in opened.infolist():
            part = entry.filename.split("/")[0]
            zipped[part] += entry.compress_size
            whole[part] += entry.file_size
    size = code.stat().st_size / 1e6
    yield Line(f"{whose}zipped", f"{size:.1f} MB", amount=size, goal=goal)
    yield Line(f"{whose}unzipped", f"{whole.total() / 1e6:.1f} MB")
    for part, bytes_ in zipped.most_common(SHOWN):
        yield Line(f"{whose}of it `{part}`", f"{bytes_ / 1e6:.2f} MB, {whole[part] / 1e6:.1f} MB unzipped")
