"""Refuse a change that breaks those who use the API, unless its major version is raised.

    python -m local.contract              compare docs/openapi.json with what was last released
    python -m local.contract --release    the same, then make docs/openapi.json what was last released

`docs/openapi.released.json` is the document of the last release, without its texts. It is a file rather than a tag of
git, so that any copy of the repository can be judged. What breaks and what does not: `docs/decisions/0008`.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .schemas import Comparison, Way, resolved
from .stages import ROOT

PRESENT: Final = ROOT / "docs" / "openapi.json"
RELEASED: Final = ROOT / "docs" / "openapi.released.json"
_METHODS: Final = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
_TEXTS: Final = ("title", "description", "summary", "examples", "example", "links", "tags", "servers")


def breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What in the document `new` breaks those who keep to `old`, a sentence each."""
    return list(_breaks(old, new))


def is_new_major(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return _major(new) > _major(old)


def without_texts(found: Any, *, named: bool = False) -> Any:
    """The document, or part of it, with only what `breaks` compares. `named`: its keys are names, not keywords."""
    if isinstance(found, list):
        return [without_texts(each) for each in found]
    if not isinstance(found, dict):
        return found
    return {
        name: without_texts(value, named=not named and name in ("properties", "schemas", "headers", "paths"))
        for name, value in found.items()
        if named or name not in _TEXTS
    }


def _major(document: Mapping[str, Any]) -> int:
    return int(document["info"]["version"].partition(".")[0])


def _breaks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for path, item in old["paths"].items():
        for method in _METHODS:
            if method not in item:
                continue
            label, now = f"{method.upper()} {path}", new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{label}: removed"
            else:
                yield from (f"{label}: {each}" for each in _Operation(old, new).breaks(item[method], now))
    before, after = (each.get("components", {}).get("securitySchemes", {}) for each in (old, new))
    for name in before:
        kept = ("type", "in", "name", "scheme")
        if any(before[name].get(part) != after.get(name, {}).get(part) for part in kept):
            yield f"securitySchemes/{name}: changed"


class _Operation:
    """The comparison of one operation in two documents."""

    def __init__(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        self._old = old
        self._new = new
        self._schemas = Comparison(old, new)

    def breaks(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):  # generated clients name their functions by it
            yield f"operationId {old.get('operationId')} → {new.get('operationId')}"
        yield from self._parameters(old, new)
        yield from self._body(old.get("requestBody"), new.get("requestBody"))
        yield from self._answers(old["responses"], new["responses"])
        yield from _security(_ways_in(self._old, old), _ways_in(self._new, new))

    def _parameters(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
        before, after = _parameters(self._old, old), _parameters(self._new, new)
        for key, parameter in before.items():
            if key not in after:
                yield f"{key}: removed"
            else:
                yield from self._schemas.breaks(parameter["schema"], after[key]["schema"], Way.SENT, key)
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{key}: now required"

    def _body(self, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[str]:
        if old and not new:
            yield "body: removed"
        if new and new.get("required") and not (old and old.get("required")):
            yield "body: now required"
        if old and new:
            yield from self._contents(old["content"], new["content"], Way.SENT, "body")

    def _answers(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
        for status, answer in old.items():
            if status not in new:
                yield f"{status}: removed"
                continue
            before, after = resolved(self._old, answer), resolved(self._new, new[status])
            yield from self._contents(before.get("content", {}), after.get("content", {}), Way.ANSWERED, status)
            for name in before.get("headers", {}).keys() - after.get("headers", {}).keys():
                yield f"{status}: header {name} removed"
        # Every client knows what to do with an unknown refusal (RFC 9110 §15); 304 answers those who ask for it.
        yield from (f"{each}: added" for each in new.keys() - old.keys() if each < "400" and each != "304")

    def _contents(self, old: Mapping[str, Any], new: Mapping[str, Any], way: Way, where: str) -> Iterator[str]:
        for kind, content in old.items():
            if kind not in new:
                yield f"{where}: {kind} removed"
            else:
                yield from self._schemas.breaks(content.get("schema", {}), new[kind].get("schema", {}), way, where)


def _parameters(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = (resolved(document, parameter) for parameter in operation.get("parameters", []))
    return {f"{each['in']} {each['name'].lower() if each['in'] == 'header' else each['name']}": each for each in found}


def _ways_in(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[set[str]]:
    security = operation.get("security", document.get("security")) or [{}]
    return [{scheme for scheme, scopes in way.items() for scheme in (scheme, *scopes)} for way in security]


def _security(old: list[set[str]], new: list[set[str]]) -> Iterator[str]:
    """Who could come in can still, with what they had."""
    for way in old:
        if not any(other <= way for other in new):
            yield f"security: {' and '.join(sorted(way)) or 'nothing'} is not enough any more"


def main() -> None:
    parser = argparse.ArgumentParser(description="Refuse a change that breaks those who use the API.")
    parser.add_argument("--release", action="store_true", help="make docs/openapi.json what was last released")
    options = parser.parse_args()
    if not RELEASED.exists() and not options.release:
        sys.exit(f"{RELEASED} is missing: nothing to compare with.")
    present = json.loads(PRESENT.read_bytes())
    released = json.loads(RELEASED.read_bytes()) if RELEASED.exists() else present
    found = breaks(released, present)
    if found and not is_new_major(released, present):
        sys.exit("\n".join([*found, f"{len(found)} change(s) that break: undo them, or raise the major version."]))
    if options.release:
        RELEASED.write_text(json.dumps(without_texts(present), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
