"""Letting somebody see a photo: a link to a rendition of it, for some minutes."""

from ...foundation import presigned, times
from ...foundation.keys import Keys
from ...foundation.settings import settings
from ...service_requests.actions.holding import check_token
from ...service_requests.model import ServiceRequest
from ..naming import Rendition, rendition_key
from ..problems import PhotoNotFound


def link_to(found: ServiceRequest, photo_id: str, rendition: Rendition) -> presigned.Link:
    """A link to a photo's rendition, in what its caller sees of a service request. No call.

    Raises:
        PhotoNotFound: it is not there.
    """
    folder = found.photos[photo_id].folder if found.shows(photo_id) else None
    if folder is None:
        raise PhotoNotFound
    return presigned.link(settings().photos_bucket, rendition_key(folder, rendition), at=times.now())


def check_may_see(keys: Keys, found: ServiceRequest, photo_id: str, tracking_token: str | None) -> None:
    """Nothing if it is public, or the token is the one of its service request.

    Raises:
        WrongToken: the token is not.
        PhotoNotFound: without a token, it is not public.
    """
    if tracking_token is not None:
        check_token(keys, tracking_token, found)
        return
    standing = found.photo_standings.get(photo_id)
    if standing is None or standing.published_by is None:
        raise PhotoNotFound
