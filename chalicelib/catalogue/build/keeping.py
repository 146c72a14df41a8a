"""Keeps the version that a deployment is about to publish."""

from datetime import date, datetime
from pathlib import Path

from ..compile import compile_all
from ..loading import COMPILED
from .earlier import MOST_KEPT, kept_form, path_of, read_kept
from .files import DATA


def keep(name: str, *, today: date | None = None, data: Path = DATA, compiled: Path = COMPILED) -> list[Path]:
    """Keep the present version of a catalogue, unless it is kept already, and drop those past the newest fifty.

    The files of `data` that were written or removed, to be committed. What is packaged after this takes the version.

    Raises:
        DataError: the data have faults.
    """
    today = today or datetime.now().astimezone().date()
    compile_all(data, compiled, today)
    present = kept_form((compiled / f"{name}.jsonl").read_bytes(), today)
    path = path_of(present.version, data)
    if path.exists():
        return []
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(present.content)
    others = [each for each in read_kept(data, []) if each.catalogue == name and each.version != present.version]
    dropped = [path_of(each.version, data) for each in others[: -(MOST_KEPT - 1)]]
    for old in dropped:
        old.unlink()
    compile_all(data, compiled, today)
    return [path, *dropped]
