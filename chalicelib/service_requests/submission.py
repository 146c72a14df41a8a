"""What a citizen sends to ask for a service: its shape. What the catalogue says of it is in `intake.py`."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from ..foundation.languages import Text
from ..foundation.problems import Fault
from ..foundation.texts import Code, Line, Prose
from ..foundation.wording import all_at_once
from .answers import Answer
from .photo_announcement import PhotoAnnouncements
from .record import Channel
from .timeline import Place, Position


def _number(value: object) -> object:
    # Before pydantic's own check: a huge whole number does not fit a float, and it is "too large", not "no number".
    return float("inf") if isinstance(value, int) and abs(value) > 10**9 else value


Latitude = Annotated[float, BeforeValidator(_number), Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
Longitude = Annotated[float, BeforeValidator(_number), Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]

_HALF_POSITION: Final = Text(
    fr="Donnez la latitude et la longitude, ou ni l'une ni l'autre.",
    en="Give both latitude and longitude, or neither.",
)
_BOROUGH_TWICE: Final = Text(
    fr="Une position dit déjà l'arrondissement; retirez l'un ou l'autre.",
    en="A position already tells the borough; remove one of them.",
)
_NO_PLACE: Final = Text(
    fr="Dites où : une position (lat, lon), ou un arrondissement (borough) avec une adresse ou une intersection.",
    en="Say where: a position (lat, lon), or a borough with an address or an intersection.",
)


class Location(BaseModel):
    """Where: a position; or a borough with an address or an intersection; or a borough alone for what has no place."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"lat": 45.5088, "lon": -73.554, "address": "275, rue Notre-Dame Est"},
                {"borough": "VM", "intersection": ["rue Notre-Dame Est", "rue Saint-Vincent"]},
            ]
        },
    )

    lat: Latitude | None = Field(None, description="WGS 84, degrees")
    lon: Longitude | None = Field(None, description="WGS 84, degrees")
    borough: Code | None = Field(None, description="Code; see `/v1/boroughs`.")
    address: Line | None = None
    intersection: tuple[Line, Line] | None = Field(None, description="The names of the two streets.")

    @model_validator(mode="wrap")
    @classmethod
    def _one_way_of_saying_where(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return all_at_once(data, handler, _ways_of_saying_where)

    @property
    def place(self) -> Place:
        position = Position(lat=self.lat, lon=self.lon) if self.lat is not None and self.lon is not None else None
        return Place(position=position, address=self.address, intersection=self.intersection)


def _ways_of_saying_where(given: Mapping[str, Any]) -> list[Fault]:
    lat, lon, borough = (given.get(name) is not None for name in ("lat", "lon", "borough"))
    if lat != lon:
        return [Fault(("lon" if lat else "lat",), _HALF_POSITION)]
    if lat and borough:
        return [Fault(("borough",), _BOROUGH_TWICE)]
    return [] if lat or borough else [Fault((), _NO_PLACE)]


class Submission(BaseModel):
    """What a citizen asks for: one service at one place."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "service_code": "nid-de-poule",
                    "location": {"lat": 45.5088, "lon": -73.554, "address": "275, rue Notre-Dame Est"},
                    "description": "Trou profond devant l'arrêt d'autobus.",
                    "attributes": {"taille": "grand"},
                    "channel": "web",
                }
            ]
        },
    )

    service_code: Code = Field(description="See `/v1/services`.")
    location: Location
    description: Prose | None = Field(None, description="Free text, any language; private until an agent publishes it.")
    attributes: dict[str, Answer] = Field(
        default_factory=dict, max_length=50, description="Answers to the service's questions, by their code."
    )
    catalogue_version: Code | None = Field(
        None,
        description="Version of the catalogue whose questions were answered, as `/v1/services` tells it. Send it with "
        "what was written offline: what was right by an earlier version that is kept is still taken.",
    )
    photos: PhotoAnnouncements = Field(
        default_factory=list,
        description="Photos that will be sent: the answer has a form for each. Private until an agent publishes them.",
    )
    channel: Literal[Channel.WEB, Channel.MOBILE, Channel.SOCIAL, Channel.CONSULTATION] = Channel.WEB

    def __repr__(self) -> str:
        """Nothing of it: the resolver writes out what a handler is given, at each request, for its debug log."""
        return f"<{type(self).__name__}>"
