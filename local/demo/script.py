"""What does not happen every day, and yet once in the day of the demo: who asks for what, and what must come of it."""

from typing import Any, Final, NamedTuple

from chalicelib.catalogue import TRIAGE
from chalicelib.service_requests.cells import index_cell
from chalicelib.service_requests.record import Channel
from chalicelib.service_requests.timeline import Position

from . import lives
from .pictures import picture
from .planning import Planned, Planner, Want

# Hours of the day. The burst comes when the city sleeps: it is no ordinary traffic.
BURST: Final = 3
ASKED: Final = 4
REOPENED: Final = 5
TRANSFERRED: Final = 6
MOVED: Final = 7
PHONED: Final = 8
PHOTOGRAPHED: Final = 9
WITHDRAWN: Final = 18

# Degrees around a point, some 90 metres.
NEAR: Final = Position(lat=0.0008, lon=0.0011)
MOST_OF_A_BURST: Final = 3
"""Times the catalogue's limit."""


class Script(NamedTuple):
    asked: Planned
    """Says so little that its unit asks."""
    repeated: Planned
    """For the same service at the same point as `asked`."""
    withdrawn: Planned
    """Says as little; its citizen withdraws it instead of replying."""
    reopened: Planned
    transferred: Planned
    """Says that it is not its unit's."""
    elsewhere: dict[str, str]
    """The words that say so, and whose it is."""
    moved: Planned
    """At a wrong place."""
    right_place: dict[str, Any]
    """Another unit's."""
    phoned: Planned
    photographed: Planned
    """With a photo that was cut short on its way."""
    whole_photo: bytes
    burst: tuple[Planned, ...]
    """For one service in one cell, saying little: as many as may be needed until some are held."""
    real: Planned
    """For the same in the same cell, but true."""

    @property
    def units(self) -> set[str]:
        """All that must be told of something."""
        alone = (
            self.asked,
            self.withdrawn,
            self.reopened,
            self.transferred,
            self.moved,
            self.phoned,
            self.photographed,
        )
        return {TRIAGE}.union(*(planned.life.told for planned in (*alone, self.real)))


def write(planner: Planner) -> Script:
    """The script of a day."""
    texts = planner.texts
    same, away, wrong = planner.want(), _of_two_units(planner), _of_two_units(planner)
    theirs, right = away[1], wrong[1]
    # On the public way: elsewhere it is the centre of a smaller cell that says in which one a place is.
    many = planner.want(lambda want: want.service.on_public_way and _limit(want, planner) > 0)
    transferred = planner.planned(
        TRANSFERRED, away[0], lambda unit: lives.transferred(unit, planner.unit(theirs)), texts["elsewhere"]
    )
    name = planner.catalogue.boroughs[theirs.borough].name.fr
    transferred.body["description"] = transferred.body["description"].format(borough=name)
    phoned = planner.planned(PHONED, planner.want(), lives.done)
    phoned.body["channel"] = Channel.PHONE.value
    whole = picture(planner.chance)
    return Script(
        asked=planner.planned(ASKED, same, lives.asked, texts["little"]),
        repeated=planner.planned(ASKED, same, lives.repeated),
        withdrawn=planner.planned(WITHDRAWN, planner.want(), lives.withdrawn, texts["little"]),
        reopened=planner.planned(REOPENED, planner.want(), lives.reopened),
        transferred=transferred,
        elsewhere={name: planner.unit(theirs)},
        moved=planner.planned(MOVED, wrong[0], lambda unit: lives.moved(unit, planner.unit(right))),
        right_place=right.location,
        phoned=phoned,
        photographed=planner.planned(PHOTOGRAPHED, planner.want(), lives.done).with_photos(whole[: len(whole) // 2]),
        whole_photo=whole,
        burst=tuple(
            planner.planned(BURST, _close_to(many, planner), lives.unanswered, texts["burst"])
            for _ in range(MOST_OF_A_BURST * _limit(many, planner))
        ),
        real=planner.planned(BURST, _close_to(many, planner), lives.done),
    )


def _of_two_units(planner: Planner) -> tuple[Want, Want]:
    """A service at two places of two units."""
    while True:
        want = planner.want()
        if other := planner.elsewhere(want):
            return want, other


def _limit(want: Want, planner: Planner) -> int:
    """How many in one cell are nothing strange; 0 if however many."""
    limit = planner.catalogue.burst_limit(want.service.service_code)
    return limit.most if limit else 0


def _close_to(want: Want, planner: Planner) -> Want:
    """The same at another point of the same cell."""
    here = Position(**want.location)
    while True:
        lat, lon = (
            round(at + planner.chance.uniform(-away, away), 6)
            for at, away in ((here.lat, NEAR.lat), (here.lon, NEAR.lon))
        )
        same_cell = index_cell(Position(lat=lat, lon=lon)) == index_cell(here)
        if same_cell and planner.catalogue.locate(lat, lon) == want.borough:
            return want._replace(location={"lat": lat, "lon": lon})
