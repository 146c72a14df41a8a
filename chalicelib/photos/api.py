"""The photos' door for who holds a tracking token, and for anyone once a photo is published."""

from typing import Annotated, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path

from ..foundation.http import created
from ..foundation.keys import keys
from ..foundation.presigned import Link
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from ..service_requests.actions.common import found, the_id
from ..service_requests.api import IdempotencyKey, ServiceRequestId, TrackingToken
from ..service_requests.model import Full, TooManyPhotos
from ..service_requests.problems import KeyReused, NotFound, WrongToken
from ..service_requests.store import store
from .actions.announcing import announce, holder
from .actions.showing import check_may_see, link_to
from .naming import Rendition
from .problems import PhotoNotFound
from .views import MorePhotos, PhotoForms

router: Final = Router("Demandes · Service requests")

PhotoId = Annotated[str, Path(examples=["5f0c6e1d2b3a4987"])]


@router.post(
    "/v1/service-requests/{id}/photos",
    auth=Auth.ANYONE,
    summary="Annoncer des photos · Announce photos",
    status_code=201,
    problems=[NotFound, WrongToken, TooManyPhotos, KeyReused, Full, Busy],
    security=[{"trackingToken": []}],
)
def announce_photos(
    id: ServiceRequestId,
    wanted: Annotated[MorePhotos, Body()],
    tracking_token: TrackingToken = None,
    idempotency_key: IdempotencyKey = None,
) -> Response[PhotoForms]:
    """More photos, at any time; or new forms for those whose form expired, or that were refused. The unit hears of each
    once it has come."""
    secret, one = keys(), the_id(id)
    forms = announce(store(), secret, one, holder(secret, tracking_token), wanted, idempotency_key)
    return created(PhotoForms(photo_uploads=forms), location=f"/v1/service-requests/{one}")


@router.get(
    "/v1/service-requests/{id}/photos/{photo_id}/{rendition}",
    auth=Auth.ANYONE,
    summary="Voir une photo · See a photo",
    problems=[NotFound, PhotoNotFound, WrongToken, Busy],
    security=[{}, {"trackingToken": []}],
)
def get_photo(
    id: ServiceRequestId, photo_id: PhotoId, rendition: Rendition, tracking_token: TrackingToken = None
) -> Link:
    """A link to it, good for some minutes. Without the token, if it is published. Fetch it without any header of
    yours."""
    service_request = found(store(), id)
    check_may_see(keys(), service_request, photo_id, tracking_token)
    return link_to(service_request, photo_id, rendition)
