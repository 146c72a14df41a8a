"""That something is no photo to show. Free of what reads pictures: every function may load it."""

from ..service_requests.lifecycle import PhotoRefusal


class Refused(Exception):
    """This is not shown to anybody: it cannot be read, or should not be."""

    def __init__(self, reason: PhotoRefusal) -> None:
        super().__init__(reason)
        self.reason = reason
