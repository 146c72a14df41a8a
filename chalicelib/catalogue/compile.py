"""Compiles the data files into what the functions load.

    python -m chalicelib.catalogue.compile

Says every fault at once and writes nothing if there is one. The same data gives the same bytes; a file that would not
change is not touched.
"""

import sys
from datetime import date, datetime
from pathlib import Path

from .build.checks import check
from .build.compiled import compile_boundaries, compile_catalogue
from .build.earlier import read_kept, write_earlier
from .build.faults import DataError, Fault
from .build.files import DATA, write_if_changed
from .build.outlines import read_outlines
from .build.source import read_source
from .loading import COMPILED


def compile_all(data: Path, compiled: Path, today: date) -> None:
    """Check everything under `data`, then write every catalogue and the boundaries to `compiled`.

    Raises:
        DataError: something is wrong; the message says all that is.
    """
    faults: list[Fault] = []
    source = read_source(data, faults)
    outlines = read_outlines(data, source.boroughs.codes, faults)
    faults += check(source, today)
    kept = read_kept(data, faults)
    if faults:
        raise DataError(faults)
    boundaries = compile_boundaries(outlines)
    write_if_changed(compiled / "boundaries.json", boundaries)
    for name in source.catalogues.valid:
        write_if_changed(compiled / f"{name}.jsonl", compile_catalogue(source, name, boundaries, kept))
    write_earlier(compiled, kept)


if __name__ == "__main__":
    try:
        compile_all(DATA, COMPILED, datetime.now().astimezone().date())
    except DataError as error:
        sys.exit(str(error))
