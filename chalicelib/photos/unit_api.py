"""The photos' door for units' systems."""

from typing import Annotated, Final

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from ..foundation.http import created
from ..foundation.keys import keys
from ..foundation.presigned import Link
from ..foundation.problems import Busy
from ..foundation.routes import Auth, Router
from ..service_requests.actions.common import found, the_id
from ..service_requests.api import IdempotencyKey, ServiceRequestId
from ..service_requests.model import Full, TooManyPhotos
from ..service_requests.problems import KeyReused, NotFound, NotHere
from ..service_requests.store import store
from ..service_requests.unit_api import Unit
from ..service_requests.unit_views import as_seen_by
from .actions.announcing import announce
from .actions.announcing import unit as sender_of
from .actions.showing import link_to
from .api import PhotoId
from .naming import Rendition
from .problems import PhotoNotFound
from .views import MorePhotos, PhotoForms

router: Final = Router("Unités · Units")


@router.post(
    "/v1/units/{unit}/service-requests/{id}/photos",
    auth=Auth.UNIT,
    summary="Annoncer des photos de l'unité · Announce the unit's photos",
    status_code=201,
    problems=[NotFound, NotHere, TooManyPhotos, KeyReused, Full, Busy],
)
def announce_unit_photos(
    unit: Unit,
    id: ServiceRequestId,
    wanted: Annotated[MorePhotos, Body()],
    idempotency_key: IdempotencyKey = None,
) -> Response[PhotoForms]:
    """Photos of the work, for the citizen too; or new forms for those whose form expired, or that were refused."""
    forms = announce(store(), keys(), the_id(id), sender_of(unit), wanted, idempotency_key)
    return created(PhotoForms(photo_uploads=forms), location=f"/v1/units/{unit}/service-requests/{the_id(id)}")


@router.get(
    "/v1/units/{unit}/service-requests/{id}/photos/{photo_id}/{rendition}",
    auth=Auth.UNIT,
    summary="Voir une photo d'une demande de l'unité · See a photo of one of the unit's service requests",
    problems=[NotFound, PhotoNotFound, Busy],
)
def get_unit_photo(unit: Unit, id: ServiceRequestId, photo_id: PhotoId, rendition: Rendition) -> Link:
    """A link to it, good for some minutes. Fetch it unsigned, without any header of yours. A unit that transferred the
    service request sees those that came before."""
    service_request = found(store(), id)
    if unit not in service_request.delivery:
        raise NotFound
    return link_to(as_seen_by(service_request, unit), photo_id, rendition)
