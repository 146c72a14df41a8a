"""Reading and writing files: YAML without its traps, and outputs that are touched only when they change."""

import os
import re
from pathlib import Path
from typing import Any, Final

import yaml

from .faults import Fault

DATA: Final = Path(__file__).parents[1] / "data"

_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    """Knows texts, whole numbers, true, false and null: `no` and `2026-01-01` stay the texts that they look like."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # What an anchor repeats, a reviewer would have to look up.
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(f"anchors and aliases are not used here, see line {self.line + 1}")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(r"-?(?:0|[1-9][0-9]*)\Z"), list("-0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"(?:null|~|)\Z"), ["n", "~", ""])


def read_yaml(root: Path, file: str, faults: list[Fault]) -> Any:
    """The content of a data file; None, with the reason added to `faults`, if it cannot be read.

    The first level's keys, or the second's in a file of services, are what a fault calls the entry.
    """
    try:
        with (root / file).open(encoding="utf-8") as stream:
            loader = _Loader(stream)
            try:
                node = loader.get_single_node()
                repeated = _repeated_keys(node, ())
                content = loader.construct_document(node) if node else None
            finally:
                loader.dispose()
    except FileNotFoundError:
        faults.append(Fault(file, "", "", "the file is missing"))
        return None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        faults.append(Fault(file, "", "", f"is not YAML: {' '.join(str(error).split())}"))
        return None
    if content is None:
        faults.append(Fault(file, "", "", "is empty"))
    for path, line in repeated:
        entry, *field = path[1:] if path[0] == "services" and len(path) > 1 else path
        faults.append(Fault(file, entry, ".".join(field), f"is said twice, again on line {line}"))
    return content


def _repeated_keys(node: yaml.Node | None, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], int]]:
    """Where a map has the same key twice (PyYAML would silently keep the last), with the line of the second."""
    found = []
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            here = (*path, str(key.value))
            if here in seen:
                found.append((here, key.start_mark.line + 1))
            seen.add(here)
            found += _repeated_keys(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found += _repeated_keys(value, (*path, str(index)))
    return found


def write_if_changed(path: Path, content: bytes) -> bool:
    """Write the file unless it already says that; whether it was written. What did not change is not built again."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whole or not at all: somebody may be reading it.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
    return True
