"""The photos' door for agents. Publishing one, and taking it back, is among what they do with a service request."""

from typing import Annotated, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from ..foundation.callers import Caller
from ..foundation.http import created
from ..foundation.keys import keys
from ..foundation.presigned import Link
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from ..service_requests.actions.agents import read_by
from ..service_requests.actions.common import the_id
from ..service_requests.api import IdempotencyKey, ServiceRequestId
from ..service_requests.model import Full, TooManyPhotos
from ..service_requests.problems import KeyReused, NotFound, NotHere
from ..service_requests.store import store
from .actions.announcing import agent, announce
from .actions.blurring import order_blur
from .actions.showing import link_to
from .api import PhotoId
from .naming import Rendition
from .problems import PhotoNotFound
from .views import BlurOrdered, Blurring, MorePhotos, PhotoForms

router: Final = Router("Agents")


@router.post(
    "/v1/agent/service-requests/{id}/photos",
    auth=Auth.AGENT,
    summary="Annoncer des photos, comme agent · Announce photos, as an agent",
    status_code=201,
    problems=[NotFound, NotHere, TooManyPhotos, KeyReused, Full, Busy],
)
def announce_agent_photos(
    caller: Caller,
    id: ServiceRequestId,
    wanted: Annotated[MorePhotos, Body()],
    idempotency_key: IdempotencyKey = None,
) -> Response[PhotoForms]:
    """Such as came by mail; or new forms for those whose form expired, or that were refused."""
    forms = announce(store(), keys(), the_id(id), agent(caller), wanted, idempotency_key)
    return created(PhotoForms(photo_uploads=forms), location=f"/v1/agent/service-requests/{the_id(id)}")


@router.get(
    "/v1/agent/service-requests/{id}/photos/{photo_id}/{rendition}",
    auth=Auth.AGENT,
    summary="Voir une photo, comme agent · See a photo, as an agent",
    problems=[NotFound, PhotoNotFound, Busy],
)
def get_agent_photo(caller: Caller, id: ServiceRequestId, photo_id: PhotoId, rendition: Rendition) -> Link:
    """A link to it, good for some minutes. Fetch it without any header of yours."""
    return link_to(read_by(store(), caller, id), photo_id, rendition)


@router.post(
    "/v1/agent/service-requests/{id}/photos/{photo_id}/blur",
    auth=Auth.AGENT,
    summary="Flouter une photo · Blur a photo",
    status_code=202,
    problems=[NotFound, NotHere, PhotoNotFound, KeyReused, Busy],
)
def blur_photo(
    caller: Caller,
    id: ServiceRequestId,
    photo_id: PhotoId,
    blurring: Annotated[Blurring, Body()],
    idempotency_key: IdempotencyKey = None,
) -> Response[BlurOrdered]:
    """For good: once it is done, in a moment, the unblurred photo is nowhere any more. The unit is told; the timeline
    says who."""
    order = order_blur(store(), keys(), caller, id, photo_id, blurring.rectangles, idempotency_key)
    done = BlurOrdered(service_request_id=order.service_request_id, photo_id=order.photo_id)
    return Response(202, "application/json", done)
