"""The template of the units stack: `infra/units.yaml`, which describes one unit, repeated for each."""

import re
from collections.abc import Iterable

from .stages import ROOT

_PARAMETER = "  Unit:\n    Type: String\n"
_RESOURCES = "Resources:\n"


def units_template(codes: Iterable[str]) -> str:
    """The template for the units with these codes, in the order of their codes whatever order they come in."""
    described = (ROOT / "infra" / "units.yaml").read_text(encoding="utf-8")
    head, resources = described.replace(_PARAMETER, "").split(_RESOURCES)
    return head + _RESOURCES + "".join(_for_unit(resources, code) for code in sorted(codes))


def _for_unit(resources: str, code: str) -> str:
    return resources.replace("${Unit}", code).replace("UNIT", _logical_name(code))


def _logical_name(code: str) -> str:
    """The code as CloudFormation lets resources be called: `feux-circulation` → `FeuxCirculation`."""
    return "".join(part[0].upper() + part[1:] for part in re.split("[^0-9A-Za-z]+", code))
