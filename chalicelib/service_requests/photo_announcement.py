"""How somebody announces photos that they will send: the shape, and what is kept of it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..foundation.texts import Line
from .photos import MOST_AT_ONCE, MOST_BYTES, photo_ids
from .timeline import Photo

ContentType = Literal["image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif"]


class PhotoAnnouncement(BaseModel):
    """A photo that is to come: each gets a form by which it is sent, straight to where photos are kept."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    content_type: ContentType
    size: Annotated[int, Field(strict=True, ge=1, le=MOST_BYTES)] = Field(
        description="Of the file, in bytes. More than that is not taken.", examples=[2400000]
    )
    alternative_text: Line | None = Field(
        None,
        description="What the photo shows, for who cannot see it.",
        examples=["Trou dans la chaussée, à côté d'un arrêt d'autobus."],
    )
    keep_hints: bool = Field(
        False,
        description="Whether the unit may know when and where the photo was taken, as the file says. Never published; "
        "without it, not kept.",
    )


PhotoAnnouncements = Annotated[list[PhotoAnnouncement], Field(max_length=MOST_AT_ONCE)]


def announced(photos: Sequence[PhotoAnnouncement], entry_id: str) -> dict[str, Photo]:
    """By id, what is kept of the photos announced in an entry."""
    return {
        id: Photo(
            content_type=photo.content_type,
            size=photo.size,
            alternative_text=photo.alternative_text,
            hints_allowed=photo.keep_hints,
        )
        for id, photo in zip(photo_ids(entry_id, len(photos)), photos, strict=True)
    }
