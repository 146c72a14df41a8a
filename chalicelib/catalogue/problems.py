"""What the catalogue does not know, said alike at every door."""

from collections.abc import Iterable
from typing import Final

from ..foundation.languages import Text
from ..foundation.problems import Problem

NO_SUCH_SERVICE: Final = Text(
    fr="Ce service n'existe pas; voyez /v1/services.", en="There is no such service; see /v1/services."
)
NO_SUCH_BOROUGH: Final = Text(
    fr="Cet arrondissement n'existe pas; voyez /v1/boroughs.", en="There is no such borough; see /v1/boroughs."
)

SWAPPED: Final = Text(
    fr="La latitude et la longitude sont inversées : Montréal est près de 45,5 de latitude et -73,6 de longitude.",
    en="Latitude and longitude are swapped: Montréal is near latitude 45.5 and longitude -73.6.",
)

MIRRORED: Final = Text(
    fr="Il manque le signe moins : Montréal est à l'ouest, près de -73,6 de longitude.",
    en="The minus sign is missing: Montréal is in the west, near longitude -73.6.",
)


def no_such_unit(units: Iterable[str]) -> Text:
    codes = ", ".join(units)
    return Text(fr=f"Cette unité n'existe pas; il y a : {codes}.", en=f"There is no such unit; there are: {codes}.")


class NoSuchService(Problem):
    status = 404
    slug = "service-not-found"
    title = Text(fr="Service inconnu", en="No such service")

    def __init__(self) -> None:
        super().__init__(NO_SUCH_SERVICE)
