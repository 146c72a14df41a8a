"""Measure, print, and keep.

python -m bench [NAME …]     without a name all, kept in `bench/results.md`
"""

import argparse
import importlib
import time
from typing import Final

from . import results
from .results import Line
from .world import quiet

CHAPTERS: Final = ("cold", "warm", "calls", "growth", "storm", "hot", "package", "money", "pictures")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure Guichet.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CHAPTERS)}; else all, and kept")
    names = parser.parse_args().names
    if unknown := set(names) - set(CHAPTERS):
        parser.error(f"no chapter {', '.join(sorted(unknown))}; there are {', '.join(CHAPTERS)}")
    started = time.monotonic()
    chapters: list[tuple[str, list[Line]]] = []
    for name in names or CHAPTERS:
        print(f"Measuring: {name} …", flush=True)
        module = importlib.import_module(f"bench.{name}")
        with quiet():
            chapters.append((module.TITLE, module.measure()))
        print(results.table(chapters[-1:]), flush=True)
    if not names:
        results.write(chapters, (time.monotonic() - started) / 60)


if __name__ == "__main__":
    main()
