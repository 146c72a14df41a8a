"""What is seen of photos: by anyone, by who holds the tracking token, by units and agents."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pydantic import Field

from ..foundation import ids
from ..foundation.languages import Text
from ..foundation.times import Timestamp
from ..foundation.views import View
from .lifecycle import Kind, PhotoRefusal
from .model import ServiceRequest
from .photos import REFUSALS, PhotoState, Standing
from .timeline import Photo, Position

CITIZENS: Final = "/v1/service-requests"
AGENTS: Final = "/v1/agent/service-requests"

_ADDRESS: Final = "Ask there for a link to it; null until it is accepted."


def units_own(unit: str) -> str:
    return f"/v1/units/{unit}/service-requests"


class PublicPhoto(View):
    """A photo that an agent has published."""

    photo_id: str = Field(examples=["5f0c6e1d2b3a4987"])
    alternative_text: Text = Field(
        description="What it shows, for who cannot see it: as its sender said, in both; else a few words made of the "
        "service request."
    )
    width: int | None = Field(description="Of the view, in pixels; null until it is accepted.")
    height: int | None
    view: str | None = Field(
        description=f"Path of the photo, its longest side 2 048 pixels at most. {_ADDRESS}",
        examples=["/v1/service-requests/7K3Q9XPTM3/photos/5f0c6e1d2b3a4987/view"],
    )
    thumbnail: str | None = Field(
        description=f"Path of the small one, 320 pixels at most. {_ADDRESS}",
        examples=["/v1/service-requests/7K3Q9XPTM3/photos/5f0c6e1d2b3a4987/thumbnail"],
    )


class _Followed(PublicPhoto):
    state: PhotoState
    sent_by: Kind
    announced_at: Timestamp
    refusal: PhotoRefusal | None
    refusal_text: Text | None = Field(description="Why it was refused and what to do, in words.")


class PrivatePhoto(_Followed):
    """A photo of one's own service request, also before it is there, or where it was refused."""

    published: bool = Field(description="Whether anyone may see it.")


class _Hints(View):
    taken_at: Timestamp | None = Field(description="By the camera's clock, where the sender allows to keep it.")
    position: Position | None = Field(description="Where it was taken, likewise. Never published.")
    blurred: bool = Field(description="Whether an agent has blurred parts of it.")


class UnitPhoto(_Followed, _Hints):
    """A photo, as units see it."""


class AgentPhoto(PrivatePhoto, _Hints):
    """A photo, as agents see it."""


class _Seen(NamedTuple):
    id: str
    photo: Photo
    standing: Standing

    @property
    def is_there(self) -> bool:
        return self.standing.state is PhotoState.ACCEPTED


def public_photos(found: ServiceRequest) -> list[PublicPhoto]:
    """Those that were published, with an alternative text that tells no address."""
    return [
        PublicPhoto(**_shown(found, each, CITIZENS) | {"alternative_text": _public_text(found, each)})
        for each in _all(found)
        if each.standing.published_by
    ]


def private_photos(found: ServiceRequest) -> list[PrivatePhoto]:
    return [PrivatePhoto(**_followed(found, each, CITIZENS)) for each in _all(found)]


def unit_photos(found: ServiceRequest, unit: str) -> list[UnitPhoto]:
    return [UnitPhoto(**_followed(found, each, units_own(unit)), **_hints(each)) for each in _all(found)]


def agent_photos(found: ServiceRequest) -> list[AgentPhoto]:
    return [AgentPhoto(**_followed(found, each, AGENTS), **_hints(each)) for each in _all(found)]


def _all(found: ServiceRequest) -> Iterator[_Seen]:
    return (_Seen(id, found.photos[id], standing) for id, standing in found.photo_standings.items())


def _shown(found: ServiceRequest, seen: _Seen, prefix: str) -> dict[str, Any]:
    path = f"{prefix}/{found.id}/photos/{seen.id}"
    return {
        "photo_id": seen.id,
        "alternative_text": _text(found, seen.photo.alternative_text, address=True),
        "width": seen.photo.width if seen.is_there else None,
        "height": seen.photo.height if seen.is_there else None,
        "view": f"{path}/view" if seen.is_there else None,
        "thumbnail": f"{path}/thumbnail" if seen.is_there else None,
    }


def _followed(found: ServiceRequest, seen: _Seen, prefix: str) -> dict[str, Any]:
    standing = seen.standing
    return _shown(found, seen, prefix) | {
        "state": standing.state,
        "sent_by": standing.sent_by,
        "announced_at": standing.announced_at,
        "published": standing.published_by is not None,
        "refusal": standing.refusal,
        "refusal_text": REFUSALS[standing.refusal] if standing.refusal else None,
    }


def _hints(seen: _Seen) -> dict[str, Any]:
    # What a message tells must not depend on when its copy was made.
    return {
        "taken_at": seen.photo.taken_at if seen.is_there else None,
        "position": seen.photo.position if seen.is_there else None,
        "blurred": seen.standing.blurred,
    }


def _public_text(found: ServiceRequest, seen: _Seen) -> Text:
    as_published = found.texts.get(str(seen.standing.published_by))
    return _text(found, as_published or seen.photo.alternative_text, address=False)


def _text(found: ServiceRequest, said: str | None, *, address: bool) -> Text:
    if said:
        return Text(fr=said, en=said)
    number, service = ids.in_halves(found.id), found.service_name
    where = found.place.address or " / ".join(found.place.intersection or ())
    at = f", {where}" if where and address else ""
    return Text(
        fr=f"Photo du signalement {number} ({service.fr}){at}",
        en=f"Photo of service request {number} ({service.en}){at}",
    )
