"""What the photos' doors take and answer."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, model_validator

from ..foundation.languages import Text
from ..foundation.problems import Fault
from ..foundation.texts import Code
from ..foundation.views import View
from ..foundation.wording import all_at_once
from ..service_requests.photo_announcement import PhotoAnnouncements
from ..service_requests.photo_uploads import PhotoUpload
from ..service_requests.photos import MOST
from .orders import Rectangle

MOST_RECTANGLES: Final = 20

_NONE: Final = Text(
    fr="Annoncez des photos (photos), ou nommez-en d'annoncées (photo_ids) à envoyer encore.",
    en="Announce photos, or name announced ones (photo_ids) that are yet to be sent.",
)


class MorePhotos(BaseModel):
    """Photos to announce; and those announced before that need a new form, for it expired or they were refused."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    photos: PhotoAnnouncements = Field(default_factory=list)
    photo_ids: list[Code] = Field(default_factory=list, max_length=MOST, examples=[["5f0c6e1d2b3a4987"]])

    @model_validator(mode="wrap")
    @classmethod
    def _some(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return all_at_once(data, handler, _none_at_all)


def _none_at_all(given: Mapping[str, Any]) -> list[Fault]:
    return [] if given.get("photos") or given.get("photo_ids") else [Fault((), _NONE)]


class PhotoForms(View):
    """By what form to send each: those announced now, in their order, then those named."""

    photo_uploads: list[PhotoUpload]


class Blurring(BaseModel):
    """Faces, plates: the parts of the view to make unrecognizable, for good."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    rectangles: Annotated[list[Rectangle], Field(min_length=1, max_length=MOST_RECTANGLES)]


class BlurOrdered(View):
    """It will be done in a moment: read the service request to see that it is."""

    service_request_id: str = Field(examples=["7K3Q9XPTM3"])
    photo_id: str = Field(examples=["5f0c6e1d2b3a4987"])
