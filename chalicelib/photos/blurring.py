"""Parts of a photo made unrecognizable, as an agent ordered. What was shown before is then gone."""

from typing import Final

from ..foundation.keys import Keys
from ..foundation.problems import Busy
from ..service_requests.store import ServiceRequestStore
from ..service_requests.timeline import Photo
from .actions.looked_at import Renditions, blurred, is_done, to_blur
from .naming import folder_for
from .orders import BlurOrder
from .pictures import blurring as pictures
from .storage import PhotoStorage

ATTEMPTS: Final = 5


class Blurring:
    def __init__(self, store: ServiceRequestStore, storage: PhotoStorage, keys: Keys) -> None:
        self._store = store
        self._storage = storage
        self._keys = keys

    def carry_out(self, order: BlurOrder) -> bool:
        """Blur what is shown now, and remove all that was shown before. False if no such photo is shown.

        Two reads and a write of the service request, five calls of S3; again if others blurred it meanwhile.

        Raises:
            Busy: others did so again and again.
        """
        ours = folder_for(self._keys, order.photo, order.entry_id)
        for _ in range(ATTEMPTS):
            found = self._store.get(order.service_request_id)
            photo = to_blur(found, order)
            if found is None or photo is None:
                return False
            if not is_done(found, order):
                photo = self._blurred(photo, order, ours)
                if photo is None or ours not in (photo.folder, *photo.former_folders):
                    continue  # others were first: what they blurred must stay so, and is where to begin anew
            for folder in photo.former_folders:
                self._storage.remove(folder)
            return True
        raise Busy

    def _blurred(self, photo: Photo, order: BlurOrder, folder: str) -> Photo | None:
        """The photo as it then is; None where what was shown a moment ago is no longer there."""
        source = photo.folder or ""
        view = self._storage.view(source)
        if view is None:
            return None
        made = pictures.blur(view, [pictures.Rectangle(**each.model_dump()) for each in order.rectangles])
        self._storage.put(folder, made)
        return blurred(self._store, order, source, Renditions(folder, made.view.width, made.view.height))
