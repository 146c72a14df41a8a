"""Generates `data/holidays.yaml`: Québec's public holidays, from the `holidays` package (MIT).

Ahead of time, so that no function carries the package, and a change of the law is reviewed as a change of data.

    python -m chalicelib.catalogue.build.public_holidays
"""

from typing import Final

import holidays

from .files import DATA, write_if_changed
from .source import HOLIDAYS

YEARS: Final = range(2025, 2037)

_HEADING: Final = """\
# Québec's public holidays. Generated from the holidays package; do not edit by hand:
#   python -m chalicelib.catalogue.build.public_holidays
"""


def build() -> str:
    french, english = (holidays.country_holidays("CA", "QC", YEARS, language=each) for each in ("fr", "en_CA"))
    entries = [f"{day}:\n  fr: {french[day]}\n  en: {english[day]}\n" for day in sorted(french)]
    return "\n".join([_HEADING, *entries])


if __name__ == "__main__":
    write_if_changed(DATA / HOLIDAYS, build().encode())
