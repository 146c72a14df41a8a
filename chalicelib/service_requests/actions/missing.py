"""Photos that were announced and never came."""

import secrets
from datetime import datetime

from ..lateness import missing
from ..lifecycle import Action
from ..model import ServiceRequest
from ..store import Conflict, ServiceRequestStore
from ..timeline import SYSTEM, Change


def miss_photos(store: ServiceRequestStore, found: ServiceRequest, now: datetime) -> ServiceRequest:
    """Note each photo that did not come in time. One write each, none where there is none.

    Where another writer was first it stays as it was read, and is looked at again in a minute.
    """
    for photo_id in missing(found, now):
        change = Change(action=Action.MISS_PHOTO, by=SYSTEM, photo_id=photo_id)
        after = found.after(change, at=now, entry_id=secrets.token_hex(8))
        try:
            store.append(found, after)
        except Conflict:
            return found
        found = after
    return found
