"""What the citizen's side sees of a service request: anyone, and the holder of its tracking token."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from ..catalogue import Catalogue
from ..foundation.languages import Text
from ..foundation.times import Timestamp
from ..foundation.views import View
from .answers import AnswerValue
from .deadlines import is_late
from .lifecycle import OF_PHOTOS, STATUS_NAMES, Action, Kind, RefusalReason, Resolution, Status
from .model import ServiceRequest
from .photo_uploads import PhotoUpload, uploads
from .photo_views import PrivatePhoto, PublicPhoto, private_photos, public_photos
from .plain_words import so_far
from .record import Channel, Summary
from .timeline import Entry, Place, Position

# Nothing that happened to the service: only staff's business, or a word said in between.
_AMONG_STAFF: Final = frozenset(
    {Action.NOTE, Action.PUBLISH, Action.UNPUBLISH, Action.PRIORITIZE, Action.JOIN, Action.LEAVE}
)
# What becomes of photos is told of each of them.
_NOT_PRIVATE_STEPS: Final = _AMONG_STAFF | OF_PHOTOS
_NOT_STEPS: Final = frozenset({Action.COMMENT, Action.CORRECT}) | _NOT_PRIVATE_STEPS


class Named(View):
    """Something of the catalogue: its code, and its name in both languages."""

    code: str = Field(examples=["nid-de-poule"])
    name: Text


class PublicSummary(View):
    """What anyone may see in a list: nothing personal. The position is exact only for what is on the public way."""

    service_request_id: str = Field(examples=["7K3Q9XPTM3"])
    service: Named
    status: Status
    status_name: Text
    borough: Named
    unit: Named
    position: Position | None
    submitted_at: Timestamp
    updated_at: Timestamp
    expected_at: Timestamp | None = Field(description="When the city expects to be done.")
    late: bool = Field(description="Whether it is, or was, not done by then. Not while it waits for the citizen.")
    closed_at: Timestamp | None


class Step(View):
    """A step that moved the service request, and the status it led to."""

    at: Timestamp
    action: Action
    status: Status
    status_name: Text
    resolution: Resolution | None
    reason: RefusalReason | None
    unit: Named | None = Field(description="The unit that it went to with this step.")
    text: str | None = Field(description="What was written with it; to anyone, only if an agent published it.")


class PrivateStep(Step):
    """A step, or something said in between, which leaves the status as it was."""

    by: Kind


class PublicView(PublicSummary):
    """What anyone may see of one service request."""

    so_far: Text = Field(description="What became of it, in plain words.")
    description: str | None = Field(description="As an agent published it; else null.")
    duplicate_of: str | None = Field(description="The service request that it repeats: follow that one.")
    requesters: dict[str, int] = Field(
        description="How many asked for it, by channel, duplicates and support included."
    )
    photos: list[PublicPhoto] = Field(description="Those that an agent has published.")
    steps: list[Step]


class PrivateView(PublicView):
    """What the holder of the tracking token sees."""

    catalogue_version: str
    place: Place
    attributes: dict[str, AnswerValue]
    channel: Channel
    question: str | None = Field(description="What the unit asks, while it waits for the answer.")
    allowed_actions: list[Action] = Field(description="What its holder can do now, each by a path of its own.")
    photos: list[PrivatePhoto] = Field(  # type: ignore[assignment]  # as below
        description="All of them, also those that are expected, refused or missing."
    )
    steps: list[PrivateStep]  # type: ignore[assignment]  # a list of more, that nobody changes


class Receipt(View):
    """The answer to a submission. Keep `tracking_token`: it opens the private view, and cannot be asked for again."""

    service_request_id: str = Field(examples=["7K3Q9XPTM3"])
    status: Status
    status_name: Text
    service: Named
    borough: Named
    unit: Named
    submitted_at: Timestamp
    expected_at: Timestamp | None
    catalogue_version: str = Field(description="Version of the catalogue that it was accepted under.")
    tracking_token: str = Field(examples=["1-mPfUcnM5nNFoGwYf4aVJ7A"])
    photo_uploads: list[PhotoUpload] = Field(
        description="By what form to send each photo that was announced, in their order. New ones with each repeat."
    )


def summary(found: Summary, catalogue: Catalogue, at: datetime) -> PublicSummary:
    return PublicSummary(**summarized(found, catalogue, at))


def public(found: ServiceRequest, catalogue: Catalogue, at: datetime) -> PublicView:
    published = found.published
    steps = [state for state in _states(found) if _is_public(state.timeline[-1], published)]
    return PublicView(
        **_whole(found, catalogue, at),
        description=published.get(found.described_by),
        photos=public_photos(found),
        steps=[Step(**_step(state, catalogue), text=published.get(state.sequence)) for state in steps],
    )


def private(found: ServiceRequest, catalogue: Catalogue, at: datetime) -> PrivateView:
    return PrivateView(
        **_whole(found, catalogue, at) | {"position": found.place.position},
        catalogue_version=found.catalogue_version,
        place=found.place,
        description=found.description,
        attributes=dict(found.attributes),
        channel=found.channel,
        question=_question(found),
        allowed_actions=found.allowed(Kind.CITIZEN, at),
        photos=private_photos(found),
        steps=[
            PrivateStep(
                **_step(state, catalogue), by=state.timeline[-1].by.kind, text=found.texts.get(str(state.sequence))
            )
            for state in _states(found)
            if state.timeline[-1].action not in _NOT_PRIVATE_STEPS
        ],
    )


def receipt(found: ServiceRequest, catalogue: Catalogue, tracking_token: str, at: datetime) -> Receipt:
    """As the first time, whatever has happened since: a retry gets the same answer, with forms that are good now."""
    first = found.as_of(1).model_copy(update={"delivery": {}})
    shown = summarized(first, catalogue, found.submitted_at)
    return Receipt(
        **{name: shown[name] for name in Receipt.model_fields if name in shown},
        catalogue_version=found.catalogue_version,
        tracking_token=tracking_token,
        photo_uploads=uploads(found, found.timeline[0].photo_ids or (), at),
    )


def unit_name(code: str, catalogue: Catalogue) -> Text:
    """A unit's name; the code itself for one that takes no part any more."""
    return catalogue.units[code].name if code in catalogue.units else Text(fr=code, en=code)


def summarized(found: Summary, catalogue: Catalogue, at: datetime) -> dict[str, Any]:
    """The fields of a `PublicSummary`."""
    status = found.seen_status
    return {
        "service_request_id": found.id,
        "service": Named(code=found.service_code, name=found.service_name),
        "status": status,
        "status_name": STATUS_NAMES[status],
        "borough": Named(code=found.borough, name=catalogue.all_borough_names[found.borough]),
        "unit": Named(code=found.unit, name=unit_name(found.unit, catalogue)),
        "position": found.public_position,
        "submitted_at": found.submitted_at,
        "updated_at": found.updated_at,
        "expected_at": found.expected_at,
        "late": is_late(found.expected_at, found.closed_at, found.status, at),
        "closed_at": found.closed_at,
    }


def _whole(found: ServiceRequest, catalogue: Catalogue, at: datetime) -> dict[str, Any]:
    return summarized(found, catalogue, at) | {
        "so_far": so_far(found, unit_name(found.unit, catalogue), at, catalogue.timezone),
        "duplicate_of": found.duplicate_of,
        "requesters": found.requesters,
    }


def _is_public(entry: Entry, published: Mapping[int, str]) -> bool:
    """Whether anyone sees the entry: a step, also where a correction sent it on; or a word that an agent published."""
    said = entry.action is Action.COMMENT and entry.sequence in published
    return entry.action not in _NOT_STEPS or entry.unit is not None or said


def _states(found: ServiceRequest) -> Iterator[ServiceRequest]:
    """The state after each entry that counts."""
    return (state for state in found.replay() if state.timeline[-1].applied)


def _step(state: ServiceRequest, catalogue: Catalogue) -> dict[str, Any]:
    entry = state.timeline[-1]
    return {
        "at": entry.occurred_at or entry.at,
        "action": entry.action,
        "status": state.status,
        "status_name": STATUS_NAMES[state.status],
        "resolution": entry.resolution,
        "reason": entry.reason,
        "unit": Named(code=entry.unit, name=unit_name(entry.unit, catalogue)) if entry.unit else None,
    }


def _question(found: ServiceRequest) -> str | None:
    if found.status is not Status.INFO_REQUESTED:
        return None
    asked = next(e for e in reversed(found.timeline) if e.applied and e.action is Action.ASK)
    return found.texts.get(str(asked.sequence))
