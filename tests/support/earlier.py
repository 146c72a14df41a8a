"""A catalogue that has taken over from an earlier one, which was kept."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from chalicelib.catalogue import Catalogue
from chalicelib.catalogue.build.earlier import kept_form, path_of
from chalicelib.catalogue.loading import COMPILED

Change = Callable[[dict[str, Any], dict[str, dict[str, Any]]], None]


def taken_over(folder: Path, name: str, version: str, change: Change) -> Catalogue:
    """The compiled catalogue of that name, put in `folder` with an earlier version of it.

    `change` makes what the earlier one was of the first line and the services, by code, of the present one.
    """
    first, *lines = (COMPILED / f"{name}.jsonl").read_bytes().splitlines()
    now, then = json.loads(first), json.loads(first) | {"version": version}
    services = {code: json.loads(line) for code, line in zip(then["routing"], lines, strict=True)}
    change(then, services)
    then["routing"] = {code: then["routing"].get(code, {"not_offered": []}) for code in services}
    kept = kept_form("\n".join(map(json.dumps, [then, *services.values()])).encode(), date(2026, 1, 1))
    path = path_of(version, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept.content)
    present = b"\n".join([json.dumps(now | {"earlier": [version]}).encode(), *lines])
    (folder / f"{name}.jsonl").write_bytes(present)
    (folder / "boundaries.json").write_bytes((COMPILED / "boundaries.json").read_bytes())
    return Catalogue(present, folder)


def asked_otherwise(first: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    """An earlier pilot, which called a large pothole `enorme` and stopped at no answer about it, had a service more and
    one less, and took part in Anjou.
    """
    hole = services["nid-de-poule"]
    size, position = hole["attributes"]
    size["values"][2] = {"key": "enorme", "name": {"fr": "Énorme", "en": "Huge"}}
    size["values"] = size["values"][:3]
    position["values"].append({"key": "pont", "name": {"fr": "Pont", "en": "Bridge"}})
    hole["name"] = {"fr": "Trou dans la rue", "en": "Hole in the street"}
    hole["stoppers"] = []
    services["cabine"] = hole | {"service_code": "cabine", "target_working_days": 30, "attributes": []}
    del services["graffiti"]
    first["boroughs"]["AJ"] = first["boroughs"]["VM"]
    first["routing"]["branches"]["not_offered"] = ["VM"]
