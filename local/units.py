"""The template of the units stack: `infra/units.yaml`, which describes one unit, repeated for each of a catalogue's.

python -m local.units CATALOGUE
"""

import re
import sys
from typing import Final

from chalicelib.catalogue import load

from .stages import ROOT

_RESOURCES: Final = "Resources:\n"


def unit_codes(catalogue: str) -> list[str]:
    """The codes of a catalogue's units, sorted: another order in the data must not be a change to CloudFormation."""
    return sorted(load(catalogue).units)


def units_template(catalogue: str) -> str:
    """The template for a catalogue's units."""
    described = (ROOT / "infra" / "units.yaml").read_text(encoding="utf-8")
    head, resources = described.split(_RESOURCES)
    return head + _RESOURCES + "".join(_for_unit(resources, code) for code in unit_codes(catalogue))


def _for_unit(resources: str, code: str) -> str:
    return resources.replace("${Unit}", code).replace("UNIT", _logical_name(code))


def _logical_name(code: str) -> str:
    """The code as CloudFormation lets resources be called: `feux-circulation` → `FeuxCirculation`."""
    return "".join(part[0].upper() + part[1:] for part in re.split("[^0-9A-Za-z]+", code))


if __name__ == "__main__":
    print(units_template(sys.argv[1]))
