"""What the catalogue does not know, said alike at every door."""

from typing import Final

from ..foundation.languages import Text
from ..foundation.problems import Problem

NO_SUCH_SERVICE: Final = Text(
    fr="Ce service n'existe pas; voyez /v1/services.", en="There is no such service; see /v1/services."
)
NO_SUCH_BOROUGH: Final = Text(
    fr="Cet arrondissement n'existe pas; voyez /v1/boroughs.", en="There is no such borough; see /v1/boroughs."
)


class NoSuchService(Problem):
    status = 404
    slug = "service-not-found"
    title = Text(fr="Service inconnu", en="No such service")

    def __init__(self) -> None:
        super().__init__(NO_SUCH_SERVICE)
