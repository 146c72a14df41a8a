"""Cells of H3, Uber's hexagonal grid of the Earth: what service requests are found by near a place, and hidden in.

Loaded where it is needed only: its library takes some 30 ms.
"""

from typing import Final

import h3

from .areas import Area, metres_between
from .timeline import Position

INDEX_RESOLUTION: Final = 9  # edges of some 200 m
PUBLIC_RESOLUTION: Final = 10  # the centre is at most some 75 m away

# No area that may be asked for reaches so far; whatever else is wrong, a list ends.
MOST_RINGS: Final = 12

# Metres. A cell's sides, a parallel and the digits of floats are not quite what `away` takes them for.
_SLACK: Final = 1


def index_cell(position: Position) -> str:
    """The cell under which a public position is indexed."""
    return str(h3.latlng_to_cell(position.lat, position.lon, INDEX_RESOLUTION))


def blurred(position: Position) -> Position:
    """The centre of the cell that a position is in: so that no home is given away."""
    lat, lon = h3.cell_to_latlng(h3.latlng_to_cell(position.lat, position.lon, PUBLIC_RESOLUTION))
    return Position(lat=round(lat, 6), lon=round(lon, 6))


def cells_of(area: Area) -> list[str]:
    """The index cells that hold every position of an area; few others: those of which a corner nearly reaches it."""
    centre = index_cell(area.centre)
    found: list[str] = []
    ring = 0
    # Cells that touch an area hang together: where a whole ring does not, none beyond it does.
    while (touching := [cell for cell in h3.grid_ring(centre, ring) if _reaches(cell, area)]) and ring < MOST_RINGS:
        found += touching
        ring += 1
    return found


def _reaches(cell: str, area: Area) -> bool:
    """Whether the circle around a cell touches the area."""
    points = (h3.cell_to_latlng(cell), *h3.cell_to_boundary(cell))
    centre, *corners = (Position(lat=lat, lon=lon) for lat, lon in points)
    return area.away(centre) <= max(metres_between(centre, corner) for corner in corners) + _SLACK
