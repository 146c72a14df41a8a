"""The template of the units stack: `infra/units.yaml`, which describes one unit, repeated for each of a catalogue's.

python -m local.units CATALOGUE
"""

import re
import sys
from typing import Final

from chalicelib.catalogue import Unit, load

from .stages import ROOT

# Added to a unit's limit before an alarm speaks: where people acknowledge, nobody does at night, and at night nobody
# could mend it.
NIGHT_S: Final = 12 * 3600
_RESOURCES: Final = "Resources:\n"


def unit_codes(catalogue: str) -> list[str]:
    """The codes of a catalogue's units, sorted: another order in the data must not be a change to CloudFormation."""
    return sorted(load(catalogue).units)


def units_template(catalogue: str) -> str:
    """The template for a catalogue's units."""
    described = (ROOT / "infra" / "units.yaml").read_text(encoding="utf-8")
    head, resources = described.split(_RESOURCES)
    units = load(catalogue).units
    return head + _RESOURCES + "".join(_for_unit(resources, units[code]) for code in unit_codes(catalogue))


def _for_unit(resources: str, unit: Unit) -> str:
    too_long = str(unit.acknowledge_within_hours * 3600 + NIGHT_S)
    described = resources.replace("${Unit}", unit.code).replace("${UnacknowledgedTooLong}", too_long)
    return described.replace("UNIT", _logical_name(unit.code))


def _logical_name(code: str) -> str:
    """The code as CloudFormation lets resources be called: `feux-circulation` → `FeuxCirculation`."""
    return "".join(part[0].upper() + part[1:] for part in re.split("[^0-9A-Za-z]+", code))


if __name__ == "__main__":
    print(units_template(sys.argv[1]))
