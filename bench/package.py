"""The package for AWS: how large, and of what."""

import zipfile
from collections import Counter
from typing import Final

from local.packaging import package

from .results import Line

TITLE: Final = "7. The package"
STAGE: Final = "city"
GOAL_MB: Final = 10.0
SHOWN: Final = 8


def measure() -> list[Line]:
    code = package(STAGE).code
    zipped, whole = Counter[str](), Counter[str]()
    with zipfile.ZipFile(code) as opened:
        for entry in opened.infolist():
            part = entry.filename.split("/")[0]
            zipped[part] += entry.compress_size
            whole[part] += entry.file_size
    size = code.stat().st_size / 1e6
    total = Line("zipped", f"{size:.1f} MB", amount=size, goal=GOAL_MB)
    parts = [
        Line(f"of it `{part}`", f"{bytes_ / 1e6:.2f} MB, {whole[part] / 1e6:.1f} MB unzipped")
        for part, bytes_ in zipped.most_common(SHOWN)
    ]
    return [total, Line("unzipped", f"{whole.total() / 1e6:.1f} MB"), *parts]
