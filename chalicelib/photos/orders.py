"""What the API has the `photos` function do, by the queue that also tells it of uploads."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..foundation import aws
from ..foundation.settings import settings
from .naming import PhotoKey

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Rectangle(BaseModel):
    """A part of a view: its upper left corner and its size, as fractions of the view's width and height."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    x: Fraction
    y: Fraction
    width: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    height: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class BlurOrder(BaseModel):
    """Blur these parts of a photo, in an agent's name. The entry's id makes a repeat the same."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    service_request_id: str
    photo_id: str
    rectangles: tuple[Rectangle, ...]
    agent_id: str
    agent_name: str
    entry_id: str

    @property
    def photo(self) -> PhotoKey:
        return PhotoKey(self.service_request_id, self.photo_id)


class Orders(BaseModel):
    """The body of such a message."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    blur: BlurOrder


def send(order: BlurOrder) -> None:
    """Put it on the queue of the `photos` function. One call."""
    aws.sqs().send_message(QueueUrl=settings().photos_queue_url, MessageBody=Orders(blur=order).model_dump_json())
